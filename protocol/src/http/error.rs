//! Why a message is no request or answer of the protocol.

use super::status;

/// What is wrong with the head of a message.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum HttpError {
    /// It is no HTTP/1.1, or its length is not what it says.
    #[error("no HTTP/1.1 message")]
    Malformed,
    /// No endpoint of this provider has that path.
    #[error("no endpoint of this provider has that path")]
    NoSuchEndpoint,
    /// The endpoint takes another method.
    #[error("the endpoint takes another method")]
    WrongMethod,
    /// The Content-Type header is not that of what the endpoint takes.
    #[error("the endpoint takes another media type")]
    WrongMedia,
    /// The Host header is missing, or names another provider (PROTO-12).
    #[error("the request is for another provider")]
    Misdirected,
    /// The From header is missing, or is not `mimi@` and a domain (PROTO-12).
    #[error("the From header is not mimi@ and the source's domain")]
    BadFrom,
    /// The From header names another provider than the connection's certificate (PROTO-12, PROTO-13).
    #[error("the From header names another provider than the certificate")]
    ForgedFrom,
}

impl HttpError {
    /// The status that it is answered with.
    pub fn status(&self) -> u16 {
        match self {
            HttpError::Malformed | HttpError::BadFrom => status::BAD_REQUEST,
            HttpError::NoSuchEndpoint => status::NOT_FOUND,
            HttpError::WrongMethod => status::METHOD_NOT_ALLOWED,
            HttpError::WrongMedia => status::UNSUPPORTED_MEDIA_TYPE,
            HttpError::Misdirected => status::MISDIRECTED,
            HttpError::ForgedFrom => status::FORBIDDEN,
        }
    }
}
