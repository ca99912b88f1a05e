//! Events of a room's two logs, and a copy of what the logs have led to. No draft has a format for these: arch §4 and §5 only
//! say that there are such events. The structs are this testbed's own rendering, for the reading `carrier = hub-log`.

use super::app_data::AppDataUpdate;
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

/// A component with its value, in the component's own format.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ComponentOctets {
    /// The component's id.
    pub component: u16,
    /// The value.
    pub octets: Opaque,
}

/// What a state event says, and what its author signs (arch §5.2, ARCH-36).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct StateEventContent {
    /// The room.
    pub room: IdentifierUri,
    /// The log.
    pub log: LogKind,
    /// The place that it takes in the log, counted from 1.
    pub sequence: u64,
    /// The client of the user who wants it, or the server that does.
    pub author: Opaque,
    /// The updates and removals of components, as proposals have them (MLS-11).
    pub updates: Vec<AppDataUpdate>,
}

/// A state event.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct StateEvent {
    /// What it says.
    pub content: StateEventContent,
    /// The author's signature over that, with the key of its leaf or of its place in external_senders.
    pub signature: Opaque,
}

/// A state event on its way between servers: the one that it comes from signs what a client of its own has made, so that any
/// other can tell, whatever way it came (arch §5.2, ARCH-36).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct VouchedEvent {
    /// The octets of the StateEvent.
    pub event: Opaque,
    /// The signature of the author's server over them; empty between a client and its own server, and where the author is a server.
    pub origin: Opaque,
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
