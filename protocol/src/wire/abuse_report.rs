//! `POST /reportAbuse/{roomId}`: a report to the hub (proto §5.9).

use super::app_data::AppDataDictionary;
use super::submit_message::Frank;
use super::{IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The report.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct AbuseReport {
    /// Who reports; empty where that is not said (AMB-23).
    pub reporting_user: IdentifierUri,
    /// Who is reported.
    pub alleged_abuser_uri: IdentifierUri,
    /// What kind of abuse it is; no kind is registered yet.
    pub reason_code: u8,
    /// A remark; may be empty.
    pub note: Opaque,
    /// What was sent.
    pub messages: Vec<AbusiveMessage>,
    /// Whatever else.
    pub abuse_extensions: AppDataDictionary,
}

/// A message that is reported, with the stamp that it came with.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct AbusiveMessage {
    /// The content, as it was decrypted.
    pub message_content: Opaque,
    /// The hub's stamp.
    pub frank: Frank,
    /// When the hub accepted it.
    pub accepted_timestamp_ms: u64,
}
