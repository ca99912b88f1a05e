//! Small, copyable names of the entities inside the core; the URIs that they stand for live at the wire edge.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $letter:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self, f)
            }
        }
    };
}

id!(
    /// One provider: a single logical server with one domain (arch §2, ARCH-01).
    ProviderId,
    "p"
);
id!(
    /// One user, belonging to exactly one provider.
    UserId,
    "u"
);
id!(
    /// One client, that is one device of one user.
    ClientId,
    "c"
);
id!(
    /// One room, and with it its MLS group (proto §4.2, PROTO-14).
    RoomId,
    "r"
);

/// A node of the world: what has an address, a disk and a state of its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NodeId {
    /// A provider's server.
    Provider(ProviderId),
    /// A user's device.
    Client(ClientId),
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeId::Provider(id) => fmt::Display::fmt(id, f),
            NodeId::Client(id) => fmt::Display::fmt(id, f),
        }
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl From<ProviderId> for NodeId {
    fn from(id: ProviderId) -> Self {
        NodeId::Provider(id)
    }
}

impl From<ClientId> for NodeId {
    fn from(id: ClientId) -> Self {
        NodeId::Client(id)
    }
}

/// Who acts in a room: a user, by one of its clients, or a server, as an external sender (arch §4.4, ARCH-25).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Actor {
    /// A user.
    User(UserId),
    /// A provider's server.
    Provider(ProviderId),
}

impl From<UserId> for Actor {
    fn from(id: UserId) -> Self {
        Actor::User(id)
    }
}

impl From<ProviderId> for Actor {
    fn from(id: ProviderId) -> Self {
        Actor::Provider(id)
    }
}
