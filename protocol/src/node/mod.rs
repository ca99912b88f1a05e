//! What passes in and out of a node: inputs, outputs, requests, answers, intents and facts.

mod fact;
mod intent;
mod message;

pub use fact::{Accepted, Aside, Fact, Refusal, Rejection};
pub use intent::{Action, Deed, Intent, IntentId};
pub use message::{
    Bundle, ClientMaterial, Consent, ConsentScope, Event, FanOut, GroupInfoAnswer, KeyMaterialAnswer,
    MessageId, Request, Response, SearchAnswer, SubmitAnswer, UpdateAnswer, UserStatus, VouchedEvent,
    Voucher,
};

use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{Entropy, Octets, Writes};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;

/// A provider or a client: one mutation for each input, all effects as outputs (see the crate's documentation).
pub trait Node: Debug + Sized {
    /// Handles one input. `entropy` is for this step alone, `now_ms` serves the hub's accepted timestamps, and clients to know
    /// one that cannot be.
    fn handle(&mut self, now_ms: u64, entropy: Entropy, input: Input) -> Vec<Output>;
}

/// What a driver hands to a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Input {
    /// The node begins, for the first time or after a recovery: it takes up again what its durable state says is unfinished.
    Start,
    /// A peer asks. `from` is the authenticated peer (PROTO-13), the next hop of an answer.
    Request {
        /// Which exchange it belongs to.
        exchange: Exchange,
        /// The peer.
        from: NodeId,
        /// The decoded request.
        request: Request,
    },
    /// A peer answers.
    Response {
        /// Which exchange it belongs to.
        exchange: Exchange,
        /// The peer.
        from: NodeId,
        /// The decoded answer.
        response: Response,
    },
    /// An exchange that this node originated ended without an answer: whether it had an effect is unknown.
    Failed {
        /// Which one.
        call: Call,
    },
    /// The local user wants something. Clients only.
    Command(Intent),
    /// A timer that the node asked for is due.
    Wake(Timer),
}

/// What a node wants from its driver, in this order. An output after a `Persist` leaves only once the record is durable.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Output {
    /// Make one record durable: all that this step changed, or nothing of it.
    Persist(Writes),
    /// Ask a peer, in an exchange of the own or one that is passed on.
    Send {
        /// The next hop.
        to: NodeId,
        /// Which exchange it belongs to.
        exchange: Exchange,
        /// The request.
        request: Request,
    },
    /// Answer a request, or pass on the answer to one.
    Reply {
        /// The next hop back.
        to: NodeId,
        /// Which exchange it belongs to.
        exchange: Exchange,
        /// The answer.
        response: Response,
    },
    /// Wake the node with this timer after a delay. Asking again for a timer moves it.
    Wake {
        /// Which timer.
        timer: Timer,
        /// When, from now.
        delay_ms: u64,
    },
    /// What happened, for traces and checks; it has no effect on anything.
    Observe(Fact),
}

/// One question and its answer, named by who asked first and for what. A relay keeps no state: it passes the name on.
///
/// The driver ends each exchange exactly once at its origin, by `Response` or by `Failed`; what arrives later is dropped
/// there, as an HTTP client drops what arrives on a connection that it has given up.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Exchange {
    /// Who asked first.
    pub origin: NodeId,
    /// For what.
    pub call: Call,
}

/// What an exchange is for. A node has at most one exchange open for each call; a new one replaces the old.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Call {
    /// A client publishes key packages at its provider.
    Publish,
    /// A client opens a room that it has created, at its hub.
    Open(RoomId),
    /// A client claims key packages of a user for a room (proto §5.2).
    KeyMaterial(RoomId, UserId),
    /// A client sends a commit or proposals (proto §5.3).
    Update(RoomId),
    /// A client sends an application message (proto §5.4).
    Submit(RoomId),
    /// A client asks for what it needs to join, or to learn where the hub is (proto §5.6).
    GroupInfo(RoomId),
    /// A client reports messages to the hub (proto §5.9).
    ReportAbuse(RoomId),
    /// A client speaks about consent with a user (proto §5.7), as something that its user wants in this room.
    Consent(RoomId, UserId),
    /// A client asks another provider who somebody is (proto §5.8), as something that its user wants in this room.
    Search(RoomId, ProviderId),
    /// A client fetches an asset by the hub's proxy (proto §5.10.2).
    Download(RoomId),
    /// A client fetches an asset by Oblivious HTTP (proto §5.10.3). The name stands for the connections on the way: no node
    /// reads from it what they do not tell.
    Oblivious(RoomId),
    /// A client fetches the ratchet tree of a room's group, which is on the web (ratchet-tree-options §3).
    Tree(RoomId),
    /// A client asks for the key configuration of the hub's gateway (RFC 9458 §3).
    OhttpKeys(RoomId),
    /// A provider asks another one where its endpoints are (proto §5.1).
    Directory(ProviderId),
    /// A hub fans out to a follower (proto §5.5).
    Notify(RoomId, ProviderId),
    /// A provider hands the next event to a client of its own.
    Deliver(ClientId),
}

impl Call {
    /// The room that it is about, if it is about one.
    pub fn room(self) -> Option<RoomId> {
        match self {
            Self::Open(room) | Self::KeyMaterial(room, _) | Self::Update(room) => Some(room),
            Self::Submit(room)
            | Self::GroupInfo(room)
            | Self::ReportAbuse(room)
            | Self::Consent(room, _)
            | Self::Search(room, _)
            | Self::Download(room)
            | Self::Oblivious(room)
            | Self::OhttpKeys(room)
            | Self::Tree(room)
            | Self::Notify(room, _) => Some(room),
            Self::Publish | Self::Directory(_) | Self::Deliver(_) => None,
        }
    }
}

/// What a node wants to be woken for. A node has at most one timer of each name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Timer {
    /// A client may commit pending proposals (POL-61: random delay).
    CommitPending(RoomId),
    /// A client takes up its current intent in the room again.
    Retry(RoomId),
    /// A client publishes key packages again.
    Publish,
    /// A hub retries a fan-out.
    Notify(RoomId, ProviderId),
    /// A provider retries a delivery to a client.
    Deliver(ClientId),
}

/// Durable content of a node's disk: the cells of all its records, merged.
pub type Cells = BTreeMap<Vec<u8>, Octets>;
