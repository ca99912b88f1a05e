//! The edge between nodes and the wire: requests and answers to octets and back, ids to URIs and back.
//!
//! Between providers a message is HTTP as the draft has it ([`http`]), and its body is as the draft encodes it. The hop
//! between a client and its own provider is the provider's private affair (ARCH-29); its frames are ours: an endpoint octet (for an
//! answer, a status code as well), the path's parameter as `opaque<V>`, and the same body.
//!
//! The drafts' paths name the room, and a room may have had several groups (ARCH-04): what is read from there is the first of
//! them, and whoever gets it finds out which by the message. Frames of ours name the group.

mod common;
mod consent;
mod frame;
mod log;
mod request;
mod response;
mod search;

pub use frame::{Hop, encode_failure};
pub use request::{decode_request, encode_request};
pub use response::{decode_response, encode_response};

use crate::http::{self, HttpError, status};
use crate::ohttp::{KEYS_MEDIA, RESPONSE_MEDIA};
use crate::wire::WireError;

/// Why a frame is no request or answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CodecError {
    /// Its head is not that of a request or answer here.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Its body is not what the draft encodes.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// It names no endpoint, or a status that the endpoint does not have.
    #[error("no such endpoint or status")]
    UnknownEndpoint,
    /// What is said about consent is not for this endpoint (PROTO-59).
    #[error("another endpoint is for this operation")]
    WrongOperation,
    /// Its path names another domain than that of the user whom its body is for (proto §5.7).
    #[error("it is addressed to another domain than that of the user whom it is for")]
    Misaddressed,
    /// A URI in it names nothing in this world, or something of another kind.
    #[error("a URI names nothing here")]
    UnknownName,
    /// It asks for a part of the draft that is not built: HTTPS trees, partial GroupInfo.
    #[error("an option that is not supported")]
    Unsupported,
}

impl CodecError {
    /// The HTTP status that such a request is answered with.
    pub fn status(&self) -> u16 {
        match self {
            CodecError::Http(error) => error.status(),
            CodecError::Wire(_) | CodecError::WrongOperation | CodecError::Misaddressed => {
                status::BAD_REQUEST
            }
            CodecError::UnknownEndpoint | CodecError::UnknownName => status::NOT_FOUND,
            CodecError::Unsupported => status::NOT_IMPLEMENTED,
        }
    }
}

/// The endpoints: those of the drafts, and ours, as the first octet of a frame of ours.
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
    Directory = 9,
    Search = 10,
    Download = 11,
    Asset = 12,
    Oblivious = 13,
    OhttpKeys = 14,
    Publish = 0x81,
    Open = 0x82,
    Deliver = 0x83,
    Log = 0x84,
    OwnConsent = 0x85,
}

impl Endpoint {
    const ALL: [Endpoint; 19] = {
        use Endpoint::*;
        [
            KeyMaterial,
            Update,
            Submit,
            Notify,
            GroupInfo,
            ReportAbuse,
            RequestConsent,
            UpdateConsent,
            Directory,
            Search,
            Download,
            Asset,
            Oblivious,
            OhttpKeys,
            Publish,
            Open,
            Deliver,
            Log,
            OwnConsent,
        ]
    };

    fn of(octet: u8) -> Result<Self, CodecError> {
        Self::ALL.into_iter().find(|e| *e as u8 == octet).ok_or(CodecError::UnknownEndpoint)
    }

    /// The drafts' endpoint that it is; none if it is ours.
    fn over_http(self) -> Option<http::Endpoint> {
        Some(match self {
            Endpoint::KeyMaterial => http::Endpoint::KeyMaterial,
            Endpoint::Update => http::Endpoint::Update,
            Endpoint::Submit => http::Endpoint::SubmitMessage,
            Endpoint::Notify => http::Endpoint::Notify,
            Endpoint::GroupInfo => http::Endpoint::GroupInfo,
            Endpoint::ReportAbuse => http::Endpoint::ReportAbuse,
            Endpoint::RequestConsent => http::Endpoint::RequestConsent,
            Endpoint::UpdateConsent => http::Endpoint::UpdateConsent,
            Endpoint::Directory => http::Endpoint::Directory,
            Endpoint::Search => http::Endpoint::IdentifierQuery,
            Endpoint::Download => http::Endpoint::ProxyDownload,
            Endpoint::Oblivious => http::Endpoint::OhttpGateway,
            Endpoint::OhttpKeys => http::Endpoint::OhttpKeys,
            Endpoint::Publish
            | Endpoint::Open
            | Endpoint::Deliver
            | Endpoint::Log
            | Endpoint::OwnConsent
            | Endpoint::Asset => return None,
        })
    }

    /// What an answer's body is said to be, where it is 200.
    fn response_media(self) -> Option<&'static str> {
        match self {
            Endpoint::Oblivious => Some(RESPONSE_MEDIA),
            Endpoint::OhttpKeys => Some(KEYS_MEDIA),
            _ => None,
        }
    }

    fn of_http(endpoint: http::Endpoint) -> Result<Self, CodecError> {
        let drafts = Self::ALL.into_iter().find(|own| own.over_http() == Some(endpoint));
        drafts.ok_or(CodecError::Unsupported)
    }
}
