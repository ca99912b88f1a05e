//! The room's state apart from its MLS group: a policy log and a participation log, ordered by the hub (arch §4.2 to §4.4).
//!
//! With the reading `carrier = hub-log` the hub gives each state event a sequence number in its log. Whoever follows the room
//! applies the events in that order to what it had before. Nothing of it stands in the GroupContext.

use super::{Malformed, Standing, component, standing_after};
use crate::directory::{Directory, Named};
use crate::ids::RoomId;
use crate::mls::{Octets, ProposalInfo, Proposed, Sender};
use crate::readings::Readings;
use crate::wire::Wire;
use crate::wire::app_data::{AppDataOperation, AppDataUpdate};
use crate::wire::state_log::{
    ComponentOctets, LogKind, LogSnapshot, StateEvent as WireEvent, StateEventContent,
};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One of the two logs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Log {
    /// Roles, base policy and the other components.
    Policy,
    /// The participant list.
    Participation,
}

/// How many events each log has: with the epoch, the place at which a node stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Sequences {
    /// In the policy log.
    pub policy: u64,
    /// In the participation log.
    pub participation: u64,
}

/// What both logs have led to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct RoomLog {
    /// How far they have come.
    pub sequences: Sequences,
    /// The room's state.
    pub standing: Arc<Standing>,
}

/// A change of the room's state that asks for the next place in one log.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct StateEvent {
    /// The room.
    pub room: RoomId,
    /// The log.
    pub log: Log,
    /// The place in it, counted from 1. Positions in its updates mean the state just before that place.
    pub sequence: u64,
    /// Who wants it: a user's client, or a server (arch §4.4: "capabilities per server").
    pub author: Sender,
    /// What it makes of which components.
    pub updates: Vec<AppDataUpdate>,
    /// The author's signature over all of that.
    pub signature: Octets,
}

impl Log {
    /// The log of a component.
    pub fn of(component: u16) -> Self {
        if component == component::PARTICIPANT_LIST { Self::Participation } else { Self::Policy }
    }
}

impl Sequences {
    /// How many events the log has.
    pub fn of(&self, log: Log) -> u64 {
        match log {
            Log::Policy => self.policy,
            Log::Participation => self.participation,
        }
    }

    /// Whether one of the logs has an event more than in `other`.
    pub fn is_ahead_of(&self, other: &Self) -> bool {
        self.policy > other.policy || self.participation > other.participation
    }

    fn count(&mut self, log: Log) {
        match log {
            Log::Policy => self.policy += 1,
            Log::Participation => self.participation += 1,
        }
    }
}

impl RoomLog {
    /// Empty logs, and the state that the room begins with (arch §4: "The hub server establishes the initial state").
    pub fn begin(standing: Standing) -> Self {
        Self { sequences: Sequences::default(), standing: Arc::new(standing) }
    }

    /// The next event of a log, not signed so far.
    pub fn next(&self, room: RoomId, author: Sender, log: Log, updates: Vec<AppDataUpdate>) -> StateEvent {
        let sequence = self.sequences.of(log) + 1;
        StateEvent { room, log, sequence, author, updates, signature: Octets::default() }
    }

    /// What the event makes of it; none if the event does not follow on it, or is not valid.
    pub fn after(&self, directory: &Directory, event: &StateEvent, readings: Readings) -> Option<Self> {
        let follows = event.sequence == self.sequences.of(event.log) + 1;
        let in_log = event.updates.iter().all(|update| Log::of(update.component_id) == event.log);
        if !follows || !in_log || event.updates.is_empty() {
            return None;
        }
        let updates = event.proposals();
        let updates = updates.iter().map(|proposal| &proposal.body);
        let standing = standing_after(directory, self.standing.encode(directory), updates, readings)?;
        let mut sequences = self.sequences;
        sequences.count(event.log);
        Some(Self { sequences, standing: Arc::new(standing) })
    }

    /// The octets of a copy for one who joins.
    pub fn encode(&self, directory: &Directory) -> Octets {
        let components = self.standing.encode(directory);
        let components = components.iter().map(|(id, octets)| component_octets(*id, octets)).collect();
        let Sequences { policy, participation } = self.sequences;
        LogSnapshot { policy, participation, components }.encode().into()
    }

    /// The copy that these octets are.
    pub fn decode(directory: &Directory, octets: &[u8]) -> Result<Self, Malformed> {
        let LogSnapshot { policy, participation, components } =
            LogSnapshot::decode(octets).map_err(|_| Malformed)?;
        let components = components.iter().map(|c| (c.component, c.octets.as_slice().into())).collect();
        let standing = Arc::new(Standing::decode(directory, &components)?);
        Ok(Self { sequences: Sequences { policy, participation }, standing })
    }
}

impl StateEvent {
    /// Its octets.
    pub fn encode(&self, directory: &Directory) -> Octets {
        let signature = self.signature.to_vec().into();
        WireEvent { content: self.content(directory), signature }.encode().into()
    }

    /// The octets that its author signs.
    pub fn to_be_signed(&self, directory: &Directory) -> Octets {
        self.content(directory).encode().into()
    }

    fn content(&self, directory: &Directory) -> StateEventContent {
        let log = match self.log {
            Log::Policy => LogKind::Policy,
            Log::Participation => LogKind::Participation,
        };
        let author = match self.author {
            Sender::Member(client) | Sender::Joiner(client) => directory.client_uri(client),
            Sender::External(provider) => directory.provider_uri(provider),
        };
        StateEventContent {
            room: directory.group_uri(self.room).into(),
            log,
            sequence: self.sequence,
            author: author.as_str().as_bytes().into(),
            updates: self.updates.clone(),
        }
    }

    /// The event that these octets are.
    pub fn decode(directory: &Directory, octets: &[u8]) -> Result<Self, Malformed> {
        let WireEvent { content: event, signature } = WireEvent::decode(octets).map_err(|_| Malformed)?;
        Ok(Self {
            room: directory.resolve_room(event.room.as_slice()).ok_or(Malformed)?,
            log: match event.log {
                LogKind::Policy => Log::Policy,
                LogKind::Participation => Log::Participation,
            },
            sequence: event.sequence,
            author: match directory.resolve(event.author.as_slice()).ok_or(Malformed)? {
                Named::Client(client) => Sender::Member(client),
                Named::Provider(provider) => Sender::External(provider),
                _ => return Err(Malformed),
            },
            updates: event.updates,
            signature: signature.as_slice().into(),
        })
    }

    /// Its updates in the terms in which policy judges them.
    pub fn proposals(&self) -> Vec<ProposalInfo> {
        let body = |update: &AppDataUpdate| match &update.operation {
            AppDataOperation::Update(octets) => {
                Proposed::AppDataUpdate { component: update.component_id, update: octets.as_slice().into() }
            }
            AppDataOperation::Remove => Proposed::AppDataRemove { component: update.component_id },
        };
        let proposal = |body| ProposalInfo { reference: None, sender: self.author, body };
        self.updates.iter().map(body).map(proposal).collect()
    }
}

fn component_octets(component: u16, octets: &[u8]) -> ComponentOctets {
    ComponentOctets { component, octets: octets.to_vec().into() }
}
