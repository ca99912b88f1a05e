//! HTTP as providers speak it with one another: which endpoint, who asks whom, how it ended (proto §4.1, §5.1).
//!
//! What TLS gives is not here: who a peer is comes from the connection (PROTO-13), and the head of a request is held against it.
//! A message is HTTP/1.1 in its text form, with its length always said.

mod binary;
mod directory_document;
mod endpoint;
mod error;
mod head;

pub use binary::{BinaryRequest, BinaryResponse};
pub use directory_document::{DirectoryDocument, DirectoryError};
pub use endpoint::Endpoint;
pub use error::HttpError;
pub use head::{RequestHead, ResponseHead, read_request, read_response, write_request, write_response};

/// The statuses that the endpoints answer with (RFC 9110 §15).
pub mod status {
    /// It is answered in the body.
    pub const OK: u16 = 200;
    /// Accepted and durable, or received.
    pub const CREATED: u16 = 201;
    /// With hub-log: a GroupInfo, and before it what the logs have led to.
    pub const WITH_LOG: u16 = 203;
    /// The request is malformed.
    pub const BAD_REQUEST: u16 = 400;
    /// The peer may not ask that.
    pub const FORBIDDEN: u16 = 403;
    /// There is nothing of that name, or nothing that is told of.
    pub const NOT_FOUND: u16 = 404;
    /// The endpoint is there, for another method.
    pub const METHOD_NOT_ALLOWED: u16 = 405;
    /// Provider-private: done, and no more events of the room, please.
    pub const GONE: u16 = 410;
    /// The body is of another media type than the endpoint takes.
    pub const UNSUPPORTED_MEDIA_TYPE: u16 = 415;
    /// The request is for another provider.
    pub const MISDIRECTED: u16 = 421;
    /// Not now.
    pub const UNAVAILABLE: u16 = 503;
    /// A part of the drafts that is not built.
    pub const NOT_IMPLEMENTED: u16 = 501;
}
