//! A provider's share in a room on behalf of its own users: who of its clients gets the room's events.
//!
//! The hub has one too, for its own users: it fans out to itself as to any follower, only without the network.

use crate::config::NodeConfig;
use crate::durable::Durable;
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::{JoinMaterial, Mls, Octets};
use crate::node::{Accepted, Fact, FanOut, MessageId};
use crate::step::{Step, read, under};
use std::collections::{BTreeMap, BTreeSet};

/// A room as a provider with users in it sees it. It holds no group: that is the hub's and the members'.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct FollowedRoom {
    /// The clients that get the room's events, each with the place in its inbox from which on that holds.
    subscribers: BTreeMap<ClientId, u64>,
    /// Where followers watch the group: its public state, as the hub has told it last, with what has become pending since.
    pub(super) told: Durable<Option<JoinMaterial>>,
    /// The hub has accepted what the policy forbids: nothing more of the room is passed on (OPEN-34).
    pub(super) objects: Durable<bool>,
    /// The notify bodies that were processed (PROTO-53: a repetition gets 201 and is processed once).
    seen: BTreeSet<MessageId>,
}

impl FollowedRoom {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, room: RoomId) -> Option<Self> {
        let subscribers = read(cells, &key(room));
        let seen = under(cells, &seen_prefix(room)).into_keys();
        let seen: BTreeSet<MessageId> =
            seen.filter_map(|k| k.try_into().ok().map(|b| MessageId(u64::from_be_bytes(b)))).collect();
        // What was processed before anybody subscribed is not processed again after a crash (PROTO-53).
        let subscribers = subscribers.or_else(|| (!seen.is_empty()).then(BTreeMap::new))?;
        let told = Durable::recover(cells, &told_key(room)).unwrap_or_default();
        let objects = Durable::recover(cells, &objects_key(room)).unwrap_or_default();
        Some(Self { subscribers, told, objects, seen })
    }

    /// The clients that get the room's events.
    pub fn subscribers(&self) -> impl Iterator<Item = ClientId> + '_ {
        self.subscribers.keys().copied()
    }

    /// The client gets the room's events from the place `since` of its inbox on.
    pub(super) fn subscribe(&mut self, step: &mut Step, room: RoomId, client: ClientId, since: u64) {
        self.subscribers.insert(client, since);
        step.put(key(room), &self.subscribers);
    }

    /// The client wants no more events, as it said of the one at `position`; not if it has subscribed again since.
    pub(super) fn unsubscribe(&mut self, step: &mut Step, room: RoomId, client: ClientId, position: u64) {
        if self.subscribers.get(&client).is_some_and(|since| *since <= position) {
            self.subscribers.remove(&client);
            step.put(key(room), &self.subscribers);
        }
    }

    /// Writes what was touched of the group's state.
    pub(super) fn store_told(&mut self, step: &mut Step, room: RoomId) {
        self.told.store(step, || told_key(room));
        self.objects.store(step, || objects_key(room));
    }

    /// Whether this notify is new; it is remembered.
    pub(super) fn is_new(&mut self, step: &mut Step, room: RoomId, event: &FanOut) -> bool {
        let octets = postcard::to_allocvec(event).unwrap_or_default();
        let id = MessageId::of(&octets);
        let new = self.seen.insert(id);
        if new {
            step.put([&seen_prefix(room)[..], &id.0.to_be_bytes()[..]].concat(), &());
        }
        new
    }
}

/// Only a planted bug makes a follower decide what is the hub's to decide.
pub(super) fn decide<M: Mls>(
    step: &mut Step,
    config: &NodeConfig,
    room: RoomId,
    message: &Octets,
    sender: UserId,
) -> u64 {
    let epoch = M::envelope(&config.mls, message).map_or(0, |envelope| envelope.epoch);
    let event = Accepted::Message { epoch, sender };
    let (accepted_ms, message) = (step.now_ms, MessageId::of(message));
    step.observe(Fact::Accepted { room, position: 0, accepted_ms, message, event });
    accepted_ms
}

fn key(room: RoomId) -> Vec<u8> {
    [b"f/", &room.0.to_be_bytes()[..]].concat()
}

fn told_key(room: RoomId) -> Vec<u8> {
    [b"fg/", &room.0.to_be_bytes()[..]].concat()
}

fn objects_key(room: RoomId) -> Vec<u8> {
    [b"fo/", &room.0.to_be_bytes()[..]].concat()
}

fn seen_prefix(room: RoomId) -> Vec<u8> {
    [b"fd/", &room.0.to_be_bytes()[..], b"/"].concat()
}
