//! Events of a room's two logs, and a copy of what the logs have led to. No draft has a format for these: arch §4 and §5 only
//! say that there are such events. The structs are this testbed's own rendering, for the reading `carrier = hub-log`.

use super::{IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// Which log.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum LogKind {
    /// Policy: every component but the participant list.
    Policy = 1,
    /// Participation: the participant list.
    Participation = 2,
}

/// A component with an update of it, or with its value; each in the component's own format.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ComponentOctets {
    /// The component's id.
    pub component: u16,
    /// The update, or the value.
    pub octets: Opaque,
}

/// A state event. The signature is empty so far, like that of the drafts' signed requests: the author's provider vouches
/// for the author, as it does for the sendingUri of a message (PROTO-34).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct StateEvent {
    /// The room.
    pub room: IdentifierUri,
    /// The log.
    pub log: LogKind,
    /// The place that it takes in the log, counted from 1.
    pub sequence: u64,
    /// The client of the user who wants it, or the server that does.
    pub author: Opaque,
    /// The updates of components.
    pub updates: Vec<ComponentOctets>,
    /// The author's signature over all that stands before.
    pub signature: Opaque,
}

/// What both logs have led to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct LogSnapshot {
    /// How many events the policy log has.
    pub policy: u64,
    /// How many events the participation log has.
    pub participation: u64,
    /// The components' values.
    pub components: Vec<ComponentOctets>,
}
