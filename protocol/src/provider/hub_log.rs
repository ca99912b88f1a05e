//! A hub with `carrier = hub-log`: it orders state events in two logs, and takes commits that change members alone.
//!
//! The three kinds of state are independent (arch §4.3): a state event is judged by the policy, whoever is in the group; a
//! commit by whether those whom it lets in are participants. Nothing makes a commit carry what an event has brought about:
//! that clients of users who are out are taken out is for the members to see to (ARCH-22). So an accepted event is in force at
//! once, nothing is ever pending, and there are no proposals by reference.

use super::KeyStore;
use super::hub::{HubRoom, accepted_prefix, provider_behind};
use super::judge::{Judged, asks_policy, change_by, check_after, enforce, judge_beside, welcome_targets};
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::{Actor, ClientId, NodeId, ProviderId};
use crate::mls::{
    CommitBundle, CommitInfo, Dictionary, Mls, MlsError, Octets, ProposalInfo, Proposed, Sender,
};
use crate::mutant::Mutant;
use crate::node::{Accepted, Event, FanOut, MessageId, Rejection};
use crate::policy::{self, Surroundings};
use crate::readings::Committers;
use crate::room::{RoomLog, RoomState, Sequences, Standing, StateEvent};
use crate::step::Step;
use std::collections::BTreeSet;

/// What a room begins with: in its GroupContext, or in empty logs.
pub(super) fn beginning(
    config: &NodeConfig,
    dictionary: &Dictionary,
    state: Option<Octets>,
) -> Option<(Standing, Option<Sequences>)> {
    let directory = config.directory();
    if !config.readings().by_log() {
        return Some((Standing::decode(directory, dictionary).ok()?, None));
    }
    let begun = RoomLog::decode(directory, &state?).ok()?;
    let empty = begun.sequences == Sequences::default();
    empty.then(|| (Standing::clone(&begun.standing), Some(begun.sequences)))
}

impl<M: Mls> HubRoom<M> {
    /// How far the logs have come; none where the GroupContext carries the state.
    pub fn sequences(&self) -> Option<Sequences> {
        self.core.sequences
    }

    /// What the logs have led to, for one who joins.
    pub(super) fn snapshot(&self) -> Option<Octets> {
        let mut log = self.log()?;
        if self.config.planted.is(Mutant::MixedSnapshot) {
            log.sequences.participation = log.sequences.participation.saturating_sub(1);
        }
        Some(log.encode(self.config.directory()))
    }

    fn log(&self) -> Option<RoomLog> {
        let standing = self.core.state.effective.clone();
        self.core.sequences.map(|sequences| RoomLog { sequences, standing })
    }

    /// Judges a state event, and gives it its place in its log and in the order of all that happens in the room.
    pub(super) fn state_event(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        (from, octets): (NodeId, Octets),
    ) -> Result<u64, Rejection> {
        let malformed = Rejection::Mls(MlsError::Malformed);
        let log = self.log().ok_or(malformed)?;
        let directory = self.config.directory();
        let event = StateEvent::decode(directory, &octets).map_err(|_| malformed)?;
        let vouched = provider_behind(&self.config, from) == provider_of(directory, event.author);
        if event.room != self.room || !vouched {
            return Err(malformed);
        }
        let id = MessageId::of(&octets);
        if let Some(accepted_ms) = self.accepted.get(&id) {
            return Ok(*accepted_ms);
        }
        let next = log.sequences.of(event.log) + 1;
        if event.sequence != next && !self.config.planted.is(Mutant::SamePlaceTwice) {
            return Err(Rejection::WrongSequence);
        }
        let placed = StateEvent { sequence: next, ..event.clone() };
        let after = log.after(directory, &placed, self.config.readings()).ok_or(Rejection::InvalidAfter)?;
        self.judge_event(step.now_ms, &event, &after.standing)?;
        judge_beside(&self.config, self.room, Some(&log.standing), &after.standing, others)?;
        let accepted =
            Accepted::State { log: event.log, sequence: event.sequence, proposals: event.proposals() };
        if let Sender::Member(client) = event.author
            && log.standing.role_of(directory.user_of(client)).is_none()
        {
            self.codes_used(step, Sender::Joiner(client));
        }
        let accepted_ms = self.accept(step, id, accepted);
        self.accepted.insert(id, accepted_ms);
        step.put([&accepted_prefix(self.room)[..], &id.0.to_be_bytes()[..]].concat(), &accepted_ms);
        let targets = self.event_targets(&after.standing);
        self.core.state = RoomState { committed: after.standing.clone(), effective: after.standing };
        self.core.sequences = Some(after.sequences);
        self.keep_links(step, accepted_ms);
        let targets = self.but_author(targets, event.author);
        self.fan_out(step, &targets, FanOut { accepted_ms, event: Event::State(octets) });
        self.store(step);
        Ok(accepted_ms)
    }

    /// Whether the policy lets its author do so. Clients that stay behind are no objection: they are taken out by commits.
    fn judge_event(&self, now_ms: u64, event: &StateEvent, after: &Standing) -> Result<(), Rejection> {
        let directory = self.config.directory();
        let before = &*self.core.state.effective;
        let (actor, client) = match event.author {
            Sender::Member(client) | Sender::Joiner(client) => {
                (Actor::User(directory.user_of(client)), Some(client))
            }
            Sender::External(provider) => (Actor::Provider(provider), None),
        };
        let listed = client.map(|client| before.role_of(directory.user_of(client)).is_some());
        let takes_part = client.is_none_or(|client| before.may_take_part(directory.user_of(client)));
        if listed == Some(true) && !takes_part {
            return Err(Rejection::Blocked);
        }
        if asks_policy(&self.config) {
            let proposals = event.proposals();
            let mut change = change_by(actor, before, after, &proposals.iter().collect::<Vec<_>>());
            if listed == Some(false) {
                // The device with which the user will join is the one that asks.
                change.external = true;
                change.added_clients.extend(client);
                change.join_code =
                    client.map(|client| self.code_of(Sender::Joiner(client), now_ms)).transpose()?.flatten();
            }
            let verdict = policy::authorise(directory, before, &BTreeSet::new(), &change);
            enforce(&self.config, verdict).map_err(|_| Rejection::Denied)?;
        }
        let members: BTreeSet<ClientId> = self.epoch.clients().collect();
        let aligned = |standing| aligned(&self.config, standing, &members);
        check_after(&self.config, (before, &aligned(before)), (after, &aligned(after)))
    }

    /// arch §2: the servers that participate, those with participants and not only with members, before or after; and those
    /// whose clients are members still.
    fn event_targets(&self, after: &Standing) -> BTreeSet<ProviderId> {
        let directory = self.config.directory();
        let before = &self.core.state.effective;
        let listed = before.participants.iter().chain(&after.participants).map(|entry| entry.user);
        let taking_part = listed.filter(|user| before.may_take_part(*user) || after.may_take_part(*user));
        let mut targets = self.providers(self.epoch.clients());
        targets.extend(taking_part.map(|user| directory.provider_of(user)));
        targets
    }

    /// Judges a commit whose MLS side is valid.
    pub(super) fn judge_beside_logs(
        &self,
        key_store: &KeyStore,
        (info, bundle): (&CommitInfo, &CommitBundle),
    ) -> Result<Judged, Rejection> {
        let (directory, standing) = (self.config.directory(), &*self.core.state.effective);
        let (committer, external) = match info.sender {
            Sender::Member(client) => (client, false),
            Sender::Joiner(client) => (client, true),
            Sender::External(_) => return Err(Rejection::Denied),
        };
        let user = directory.user_of(committer);
        let waved_through = external && self.config.planted.is(Mutant::BannedMayJoin);
        let blocked = !standing.may_take_part(user) && !waved_through;
        // An external commit is a way in, whoever may commit (arch §4.2).
        if blocked && (external || self.config.readings().committers == Committers::NotBlocked) {
            return Err(Rejection::Blocked);
        }
        let own: Vec<&ProposalInfo> = info.proposals.iter().filter(|p| !self.is_due(committer, p)).collect();
        if asks_policy(&self.config) && !waved_through {
            let mut change = change_by(user.into(), standing, standing, &own);
            change.external = external;
            change.added_clients.extend(external.then_some(committer));
            let members: BTreeSet<ClientId> = self.epoch.clients().collect();
            let verdict =
                policy::authorise(directory, standing, &aligned(&self.config, standing, &members), &change);
            enforce(&self.config, verdict).map_err(|_| Rejection::Denied)?;
        }
        if own.iter().any(|p| !changes_members(&p.body)) {
            return Err(Rejection::Denied);
        }
        let before: BTreeSet<ClientId> = self.epoch.clients().collect();
        let after: BTreeSet<ClientId> = info.leaves.values().copied().collect();
        let aligned = |members| aligned(&self.config, standing, members);
        check_after(&self.config, (standing, &aligned(&before)), (standing, &aligned(&after)))?;
        let welcome_to = welcome_targets::<M>(&self.config, key_store, &info.proposals, bundle)?;
        Ok(Judged { standing: standing.clone(), welcome_to })
    }

    /// Whether it only does to the group what an event has done to the list: the event's author had the authority (AMB-18).
    fn is_due(&self, committer: ClientId, proposal: &ProposalInfo) -> bool {
        let (directory, standing) = (self.config.directory(), &self.core.state.effective);
        let own = |client| directory.user_of(client) == directory.user_of(committer);
        let anybody = self.config.planted.is(Mutant::AddsBesideTheList);
        match proposal.body {
            Proposed::Add(client, _) => {
                !own(client) && (anybody || standing.may_take_part(directory.user_of(client)))
            }
            Proposed::Remove(client) => !standing.may_take_part(directory.user_of(client)),
            _ => false,
        }
    }
}

/// Those of the clients whose users take part: the others are in the group, or not, as far as the policy is concerned.
fn aligned(config: &NodeConfig, standing: &Standing, clients: &BTreeSet<ClientId>) -> BTreeSet<ClientId> {
    let takes_part = |client: &&ClientId| standing.may_take_part(config.directory().user_of(**client));
    clients.iter().filter(takes_part).copied().collect()
}

fn provider_of(directory: &Directory, author: Sender) -> ProviderId {
    match author {
        Sender::Member(client) | Sender::Joiner(client) => directory.provider_of_client(client),
        Sender::External(provider) => provider,
    }
}

fn changes_members(body: &Proposed) -> bool {
    use Proposed::{Add, ReInit, Remove, SelfRemove, Update};
    matches!(body, Add(..) | Remove(_) | SelfRemove | Update | ReInit(_))
}
