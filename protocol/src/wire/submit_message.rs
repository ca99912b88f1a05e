//! `POST /submitMessage/{roomId}`: an application message for the room (proto §5.4).

use super::mls_bytes::message_of;
use super::{IdentifierUri, MessageKind, MlsBytes, Opaque, Protocol};
use tls_codec::{DeserializeBytes, Error, TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The request.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize)]
pub struct SubmitMessageRequest {
    /// The protocol of the room.
    pub protocol: Protocol,
    /// A PrivateMessage with application data.
    pub app_message: MlsBytes,
    /// The user who sends it, so its provider says.
    pub sending_uri: IdentifierUri,
}

impl DeserializeBytes for SubmitMessageRequest {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (protocol, rest) = Protocol::tls_deserialize_bytes(bytes)?;
        let (app_message, rest) = message_of(MessageKind::Application, rest)?;
        let (sending_uri, rest) = IdentifierUri::tls_deserialize_bytes(rest)?;
        Ok((Self { protocol, app_message, sending_uri }, rest))
    }
}

/// The hub's stamp on a message that it cannot read (proto §5.4.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Frank {
    /// The hub's HMAC over the franking tag, sender, room and time.
    pub server_frank: [u8; 32],
    /// The cipher suite of the signature.
    pub franking_signature_ciphersuite: u16,
    /// The hub's, for the receivers.
    pub franking_integrity_signature: Opaque,
}

/// The response.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct SubmitMessageResponse {
    /// The protocol of the room.
    pub protocol: Protocol,
    /// The code, with what belongs to it.
    pub outcome: SubmitOutcome,
}

/// How a submission ended (proto §5.4, PROTO-35).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum SubmitOutcome {
    /// `accepted` (AMB-02): it was accepted and will be distributed.
    #[tls_codec(discriminant = 0)]
    Accepted {
        /// When the hub accepted it.
        accepted_timestamp_ms: u64,
        /// The stamp, if the message asked for one.
        frank: Option<Frank>,
    },
    /// `notAllowed`: policy forbids it, or it makes no sense.
    #[tls_codec(discriminant = 1)]
    NotAllowed,
    /// `epochTooOld`: the hub is in a later epoch.
    #[tls_codec(discriminant = 2)]
    EpochTooOld {
        /// The hub's.
        current_epoch: u64,
    },
}
