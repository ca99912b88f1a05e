//! What a server says of an event that comes from it. No draft has a format for this: arch §5.2 only says that every event is
//! authenticated so. The structs are this testbed's own rendering, for the reading `event-authentication = origin`.

use super::{IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// What the server signs (arch §5.2, ARCH-36).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct VoucherTbs {
    /// The room.
    pub room: IdentifierUri,
    /// The server that the event comes from.
    pub server: IdentifierUri,
    /// The octets of the event: of each `MLSMessage` in it.
    pub messages: Vec<Opaque>,
}

impl VoucherTbs {
    /// The label of the signature, one of its own.
    pub const LABEL: &'static str = "MIMIEventOrigin";
}

/// The server's word, behind an event on its way between servers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Voucher {
    /// The server that the event comes from.
    pub server: IdentifierUri,
    /// Its signature.
    pub signature: Opaque,
}
