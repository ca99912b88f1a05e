//! The edge between nodes and the wire: requests and answers to octets and back, ids to URIs and back.
//!
//! A frame stands for an HTTP message: an endpoint octet (for an answer, a status code as well), the path's parameter as
//! `opaque<V>`, and the body as the draft encodes it. The hop between a client and its own provider is the provider's
//! private affair (ARCH-29); its frames are ours.
//!
//! The drafts' paths name the room, and a room may have had several groups (ARCH-04): what is read from there is the first of
//! them, and whoever gets it finds out which by the message. Frames of ours name the group.

mod common;
mod consent;
mod log;
mod request;
mod response;

pub use request::{decode_request, encode_request};
pub use response::{decode_response, encode_response};

use crate::wire::WireError;

/// Why a frame is no request or answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodecError {
    /// Its body is not what the draft encodes.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// It names no endpoint, or a status that the endpoint does not have.
    #[error("no such endpoint or status")]
    UnknownEndpoint,
    /// What is said about consent is not for this endpoint (PROTO-59).
    #[error("another endpoint is for this operation")]
    WrongOperation,
    /// A URI in it names nothing in this world, or something of another kind.
    #[error("a URI names nothing here")]
    UnknownName,
    /// It asks for a part of the draft that is not built: HTTPS trees, partial GroupInfo.
    #[error("an option that is not supported")]
    Unsupported,
}

/// The endpoints, as the first octet of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Endpoint {
    KeyMaterial = 1,
    Update = 2,
    Submit = 3,
    Notify = 4,
    GroupInfo = 5,
    ReportAbuse = 6,
    RequestConsent = 7,
    UpdateConsent = 8,
    Publish = 0x81,
    Open = 0x82,
    Deliver = 0x83,
    Log = 0x84,
    OwnConsent = 0x85,
}

impl Endpoint {
    fn of(octet: u8) -> Result<Self, CodecError> {
        use Endpoint::*;
        let all = [
            KeyMaterial,
            Update,
            Submit,
            Notify,
            GroupInfo,
            ReportAbuse,
            RequestConsent,
            UpdateConsent,
            Publish,
            Open,
            Deliver,
            Log,
            OwnConsent,
        ];
        all.into_iter().find(|e| *e as u8 == octet).ok_or(CodecError::UnknownEndpoint)
    }
}
