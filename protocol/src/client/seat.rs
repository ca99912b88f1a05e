//! A client's place in one room: what its user wants there, what is under way, and what the group says.

use super::log::LogSeat;
use super::timeline::Timeline;
use crate::durable::Durable;
use crate::epoch_view::EpochView;
use crate::ids::{RoomId, UserId};
use crate::mls::{CommitBundle, JoinMaterial, Octets, ProposalInfo};
use crate::node::{Call, Intent, MessageId};
use crate::ohttp::Context;
use crate::room::{Sequences, Standing};
use crate::step::Step;
use crate::trees::Place;
use crate::wire::abuse_report::AbuseReport;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Durable but for `phase`, `sealed_answer`, `gateway_key` and `awaited_tree`, which begin anew after a restart: what was asked is asked again, in the same octets.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Seat {
    /// What the user wants, in order; the first is being worked at.
    pub(super) intents: Durable<VecDeque<Intent>>,
    /// What has been made and not settled.
    pub(super) attempt: Durable<Attempt>,
    /// How many proposals were pending when it was made: a refusal says nothing of what has come since.
    pub(super) made_over: Durable<usize>,
    /// The room's committed state, where the client is a member.
    pub(super) standing: Durable<Option<Arc<Standing>>>,
    /// The pending proposals of the epoch, in the hub's order: their messages and what they say.
    pub(super) pending: Durable<Vec<(Octets, ProposalInfo)>>,
    /// Key packages that were claimed for the first intent; a commit that lost its race takes them again (RACE-11).
    pub(super) material: Durable<Option<(UserId, Vec<Octets>)>>,
    /// The client cannot follow the group any more, and comes back by an external commit.
    pub(super) rejoin: Durable<bool>,
    /// An external commit that was given up for a Welcome and that the hub may accept, and the epoch that it would end.
    pub(super) given_up: Durable<Option<(MessageId, u64)>>,
    /// What was said here, as far as this client has it.
    pub(super) timeline: Timeline,
    /// Messages of the epoch that the client has sent and that have not come back: the MLS message, and what is in it.
    pub(super) sent: Durable<Vec<(Octets, Octets)>>,
    /// With hub-log, what it has of the logs.
    pub(super) log: Durable<LogSeat>,
    /// What the group looks like in its current epoch, where the client is a member; read from the engine after a restart.
    pub(super) epoch: Option<EpochView>,
    /// Where the exchange about the attempt stands.
    pub(super) phase: Phase,
    /// What the answer is opened with where an encapsulated request is out.
    pub(super) sealed_answer: Option<Context>,
    /// The key of the hub's gateway, once it was fetched.
    pub(super) gateway_key: Option<Octets>,
    /// What the hub has told of the group while the tree is fetched.
    pub(super) awaited_tree: Option<AwaitedTree>,
}

/// What the hub has told of a group but for its tree (ratchet-tree-options §3).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct AwaitedTree {
    /// All the rest; the tree is empty.
    pub material: JoinMaterial,
    /// With hub-log, what the logs have led to.
    pub state: Option<Octets>,
    /// Where the tree is.
    pub place: Place,
}

/// What a client has made and sent, or is about to send, and which the hub's order has not settled.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Attempt {
    /// Nothing.
    #[default]
    Idle,
    /// The room's group was created and is handed to the hub.
    Open(CommitBundle),
    /// A commit: for the first intent, or only to commit what is pending.
    Commit {
        /// What is sent.
        bundle: CommitBundle,
        /// Whether it carries out the first intent.
        for_intent: bool,
    },
    /// An external commit.
    Join {
        /// What is sent.
        bundle: CommitBundle,
        /// The epoch that it ends.
        epoch: u64,
        /// The proposals that were pending then.
        proposals: Vec<Octets>,
    },
    /// A batch of proposals: a leave.
    Proposals(Vec<Octets>),
    /// An application message.
    Message(Octets),
    /// With hub-log, a state event.
    State(Octets),
    /// A report of abuse.
    Abuse(AbuseReport),
}

/// Where the exchange about the attempt, or about what it needs, stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Phase {
    /// Nothing is asked: the next step may act.
    #[default]
    Ready,
    /// This question is out: no other answer is waited for.
    Asked(Call),
    /// The hub has said no; whether that is for good is asked by /groupInfo, or by what that leads to.
    Checking(Call),
    /// Only the hub's order can tell more: the next event of the room, or a timer.
    Waiting,
    /// The hub has accepted the commit by which the client joins, and its order will bring it: no timer makes that undone, as a Welcome
    /// may come first, and then the client has to know the commit again.
    Accepted,
}

impl Seat {
    /// What the user still wants here.
    pub fn intents(&self) -> &VecDeque<Intent> {
        &self.intents
    }

    /// What is under way.
    pub fn attempt(&self) -> &Attempt {
        &self.attempt
    }

    /// The room's committed state, where the client is a member.
    pub fn standing(&self) -> Option<&Arc<Standing>> {
        self.standing.as_ref()
    }

    /// What was said here, as far as this client has it.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// With hub-log, how far the logs have come here, where the client is a member.
    pub fn sequences(&self) -> Option<Sequences> {
        self.log.sequences().filter(|_| self.epoch.is_some())
    }

    /// What the group looks like in its current epoch, where the client is a member.
    pub fn epoch(&self) -> Option<&EpochView> {
        self.epoch.as_ref()
    }

    /// The pending proposals that this client knows, in the hub's order.
    pub fn pending(&self) -> impl Iterator<Item = &ProposalInfo> {
        self.pending.iter().map(|(_, info)| info)
    }

    /// Whether nothing is left to do here.
    pub fn is_settled(&self) -> bool {
        self.intents.is_empty() && *self.attempt == Attempt::Idle && !*self.rejoin
    }

    /// The seat whose cells these are, without its epoch; none if it has none.
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, room: RoomId) -> Option<Self> {
        let seat = Self {
            intents: Durable::recover(cells, &key(room, b'i')).unwrap_or_default(),
            attempt: Durable::recover(cells, &key(room, b'a')).unwrap_or_default(),
            made_over: Durable::recover(cells, &key(room, b'o')).unwrap_or_default(),
            standing: Durable::recover(cells, &key(room, b's')).unwrap_or_default(),
            pending: Durable::recover(cells, &key(room, b'p')).unwrap_or_default(),
            material: Durable::recover(cells, &key(room, b'm')).unwrap_or_default(),
            rejoin: Durable::recover(cells, &key(room, b'r')).unwrap_or_default(),
            given_up: Durable::recover(cells, &key(room, b'g')).unwrap_or_default(),
            timeline: Timeline::recover(cells, &key(room, b't')),
            sent: Durable::recover(cells, &key(room, b'e')).unwrap_or_default(),
            log: Durable::recover(cells, &key(room, b'l')).unwrap_or_default(),
            epoch: None,
            phase: Phase::default(),
            sealed_answer: None,
            gateway_key: None,
            awaited_tree: None,
        };
        (seat != Self::default()).then_some(seat)
    }

    /// Writes what was touched.
    pub(super) fn store(&mut self, step: &mut Step, room: RoomId) {
        self.intents.store(step, || key(room, b'i'));
        self.attempt.store(step, || key(room, b'a'));
        self.made_over.store(step, || key(room, b'o'));
        self.standing.store(step, || key(room, b's'));
        self.pending.store(step, || key(room, b'p'));
        self.material.store(step, || key(room, b'm'));
        self.rejoin.store(step, || key(room, b'r'));
        self.given_up.store(step, || key(room, b'g'));
        self.timeline.store(step, || key(room, b't'));
        self.sent.store(step, || key(room, b'e'));
        self.log.store(step, || key(room, b'l'));
    }

    /// The client is in the group's current epoch. What has not changed stays shared with what was there before.
    pub(super) fn set_epoch(&mut self, epoch: EpochView) {
        self.epoch = Some(epoch.sharing(self.epoch.as_ref()));
    }

    /// Whether the hub's answer is, word for word, what the attempt was made from: the same epoch, the same pending proposals.
    pub(super) fn agrees_with(&self, own_epoch: Option<u64>, hub_epoch: u64, hub: &JoinMaterial) -> bool {
        let mut theirs: Vec<&Octets> = hub.proposals.iter().collect();
        let mut ours: Vec<&Octets> = self.pending.iter().map(|(message, _)| message).collect();
        theirs.sort();
        ours.sort();
        own_epoch == Some(hub_epoch) && *self.made_over == self.pending.len() && theirs == ours
    }
}

fn key(room: RoomId, part: u8) -> Vec<u8> {
    [b"s/", &room.0.to_be_bytes()[..], &[b'/', part]].concat()
}
