//! What users say to each other: MIMI content (draft-ietf-mimi-content) and reports on it (draft-mahy-mimi-message-status).
//!
//! Both are CBOR in its core deterministic form. Decoding is strict: whatever decodes also encodes to the same octets, so
//! that a message has one ID; it allocates no more than a small multiple of its input. What the draft tells receivers to put
//! up with (dispositions, media types, languages and extensions that nobody knows) decodes and is kept as it came.

mod abuse;
mod disposition;
mod error;
mod expiration;
mod extensions;
mod external_part;
pub mod franking;
mod links;
mod message;
mod message_id;
mod part;
mod reader;
mod status;

pub use abuse::{Judge, check_report};
pub use disposition::Disposition;
pub use error::ContentError;
pub use expiration::Expiration;
pub use extensions::{ExtensionKey, Extensions};
pub use external_part::{ExternalPart, Fetched};
pub use links::{Link, LinkWarning, links};
pub use message::MimiContent;
pub use message_id::MessageId;
pub use part::{NestedPart, PartContent, PartSemantics};
pub use status::{MessageStatus, StatusReport};

/// How many octets a salt has (content §4.1, CONT-04).
pub const SALT_OCTETS: usize = 16;
/// The media type of a message container (content §7.1, CONT-19).
pub const MIMI_CONTENT: &str = "application/mimi-content";
/// The media type of a status report (status §3, STAT-01).
pub const MESSAGE_STATUS: &str = "application/mimi-message-status";
/// The media type of plain text (content §7.1, CONT-19).
pub const PLAIN_TEXT: &str = "text/plain;charset=utf-8";
/// The media type of Markdown as MIMI has it (content §7.1, CONT-19).
pub const MARKDOWN: &str = "text/markdown;variant=GFM-MIMI";
