//! One message on its way from a node to the next, and the semantic name by which faults refer to it.

use crate::keyed::Key;
use mimic_protocol::NodeId;
use mimic_protocol::mls::Octets;
use mimic_protocol::node::{Call, Exchange};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a message asks or answers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leg {
    /// It asks.
    Request,
    /// It answers.
    Response,
}

/// One direction between two nodes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Link {
    /// Where messages depart.
    pub from: NodeId,
    /// Where they arrive.
    pub to: NodeId,
}

impl Link {
    /// The other direction.
    pub fn reversed(self) -> Self {
        Self { from: self.to, to: self.from }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}->{}", self.from, self.to)
    }
}

/// What a message is, whatever else happens in the run: its name in fault schedules, and its rank among equal times.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct PacketKey {
    /// The hop.
    pub link: Link,
    /// Who asked first, and for what.
    pub exchange: Exchange,
    /// What within the exchange's label: an epoch, a place in a queue. Given by the originator.
    pub operation: u64,
    /// How often the originator asked that before.
    pub attempt: u32,
    /// Question or answer.
    pub leg: Leg,
}

impl PacketKey {
    /// The key of the draws about this message.
    pub(crate) fn as_key(&self) -> Key {
        let key = Key::new("packet").node(self.link.from).node(self.link.to).node(self.exchange.origin);
        let (label, first, second) = match self.exchange.call {
            Call::Publish => (0, 0, 0),
            Call::Open(room) => (1, room.0, 0),
            Call::KeyMaterial(room, user) => (2, room.0, user.0),
            Call::Update(room) => (3, room.0, 0),
            Call::Submit(room) => (4, room.0, 0),
            Call::GroupInfo(room) => (5, room.0, 0),
            Call::Notify(room, follower) => (6, room.0, follower.0),
            Call::Deliver(client) => (7, client.0, 0),
            Call::ReportAbuse(room) => (8, room.0, 0),
            Call::Consent(room, other) => (9, room.0, other.0),
            Call::Search(room, peer) => (10, room.0, peer.0),
            Call::Download(room) => (11, room.0, 0),
            Call::Directory(peer) => (12, peer.0, 0),
            Call::Oblivious(room) => (13, room.0, 0),
            Call::OhttpKeys(room) => (14, room.0, 0),
            Call::Tree(room) => (15, room.0, 0),
        };
        key.number(label)
            .number(u64::from(first) << 16 | u64::from(second))
            .number(self.operation)
            .number(u64::from(self.attempt) << 1 | u64::from(self.leg == Leg::Response))
    }
}

/// A message in flight: a name, and encoded octets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// What it is.
    pub key: PacketKey,
    /// Which copy of it: 0 is the original.
    pub copy: u32,
    /// The step of the run that sent it.
    pub step: u64,
    /// What is on the wire.
    pub bytes: Octets,
}

impl Packet {
    /// An original message, sent in this step.
    pub fn new(key: PacketKey, step: u64, bytes: Octets) -> Self {
        Self { key, copy: 0, step, bytes }
    }
}
