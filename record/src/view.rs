//! What a node looks like from outside, the abstraction α: the same for simulator, models, replay and conformance.

use mimic_protocol::node::IntentId;
use mimic_protocol::room::{Sequences, Standing};
use mimic_protocol::{ClientId, NodeId, ProviderId, RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The views of all nodes that are up, or the last ones of those that are down.
pub type Views = BTreeMap<NodeId, Arc<NodeView>>;

/// The view of one node, by room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum NodeView {
    /// A provider's.
    Provider {
        /// The rooms that it is the hub of.
        hosted: BTreeMap<RoomId, HubView>,
        /// The rooms in which it serves users of its own.
        followed: BTreeMap<RoomId, FollowerView>,
    },
    /// A client's.
    Client(ClientView),
}

/// A hub's view of a room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct HubView {
    /// The epoch.
    pub epoch: u64,
    /// A short digest of the GroupContext.
    pub context: u64,
    /// The state as of the last commit.
    pub committed: Arc<Standing>,
    /// That state with the accepted pending changes applied (INV-33).
    pub effective: Arc<Standing>,
    /// With hub-log, how far the two logs have come; with the epoch, it is where the hub stands.
    pub sequences: Option<Sequences>,
    /// The leaves.
    pub leaves: Arc<BTreeMap<u32, ClientId>>,
    /// How many proposals are pending.
    pub pending: usize,
    /// The members whose removal or ban awaits its commit (PROTO-31).
    pub blocked: Vec<UserId>,
    /// How many events it has accepted.
    pub position: u64,
    /// What it still owes its followers: events by follower; those that are owed nothing are left out.
    pub owed: Vec<(ProviderId, usize)>,
}

/// A provider's view of a room on behalf of its own users.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct FollowerView {
    /// The clients that get the room's events, each with how many of all rooms' events it is still owed.
    pub subscribers: Vec<(ClientId, usize)>,
}

/// A client's view.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct ClientView {
    /// Its places in rooms.
    pub seats: BTreeMap<RoomId, SeatView>,
}

/// A client's view of a room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct SeatView {
    /// The epoch, where the client is a member.
    pub epoch: Option<u64>,
    /// A short digest of the GroupContext, where it is a member.
    pub context: Option<u64>,
    /// The room's committed state as the client holds it.
    pub standing: Option<Arc<Standing>>,
    /// With hub-log, how far it has come in the two logs, where it is a member.
    pub sequences: Option<Sequences>,
    /// The leaves.
    pub leaves: Arc<BTreeMap<u32, ClientId>>,
    /// How many proposals it knows to be pending.
    pub pending: usize,
    /// Whether something that it has sent is not settled.
    pub uncertain: bool,
    /// The intents that are neither done nor refused.
    pub intents: Vec<IntentId>,
}
