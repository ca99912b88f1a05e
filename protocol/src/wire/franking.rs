//! Franking: the hub's stamp on messages that it cannot read (proto §5.4.1, §10.1, §10.2).

use super::mls::Credential;
use super::{IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The item of the frank_aad component in a message's Safe AAD (proto §10.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct FrankAad {
    /// The sender's HMAC over what it sends.
    pub franking_tag: [u8; 32],
}

/// The franking_agent component (proto §10.2): whose stamp counts in the room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct FrankingAgentData {
    /// The key that stamps are verified with.
    pub franking_signature_key: Opaque,
    /// Whose key that is: the hub's.
    pub credential: Credential,
}

/// What a stamp says beside the tag.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ServerFrankingContext {
    /// The user who sent it.
    pub sender_uri: IdentifierUri,
    /// The room.
    pub room_uri: IdentifierUri,
    /// When the hub accepted it.
    pub accepted_timestamp_ms: u64,
}

/// What the hub signs.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct FrankingIntegrityTbs {
    /// The hub's HMAC over tag and context.
    pub server_frank: [u8; 32],
    /// The cipher suite of the signature.
    pub franking_signature_ciphersuite: u16,
    /// What the stamp says.
    pub context: ServerFrankingContext,
}

/// What is signed with a label (RFC 9420 §5.1.2).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct SignContent {
    /// `MLS 1.0 ` and the label.
    pub label: Opaque,
    /// What is signed.
    pub content: Opaque,
}
