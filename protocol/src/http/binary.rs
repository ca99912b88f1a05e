//! Binary HTTP: a message in itself, to be sealed (RFC 9292). What is written has known length; what has another is read too.

use super::HttpError;
use bhttp::{Message, Mode, StatusCode};
use std::io::Cursor;

/// What the lengths of padded requests are multiples of, in octets.
const PADDED_TO: usize = 256;

/// A request, as far as it matters here: its fields and trailers are left out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BinaryRequest {
    /// The method.
    pub method: String,
    /// The target: `scheme://authority` and the path.
    pub url: String,
    /// The content.
    pub content: Vec<u8>,
}

/// An answer, as far as it matters here: as for a request, and informational ones before it are left out as well.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BinaryResponse {
    /// The status.
    pub status: u16,
    /// The content.
    pub content: Vec<u8>,
}

impl BinaryRequest {
    /// A GET of this URL.
    pub fn get(url: &str) -> Self {
        Self { method: "GET".to_owned(), url: url.to_owned(), content: Vec::new() }
    }

    /// Its octets. A URL that has no scheme, no authority or no path gets empty ones.
    pub fn encode(&self) -> Vec<u8> {
        let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let [method, scheme, authority, path] =
            [&self.method, scheme, authority, path].map(|text| text.as_bytes().to_vec());
        let mut message = Message::request(method, scheme, authority, path);
        message.write_content(&self.content);
        written(&message)
    }

    /// Its octets, with zeros behind them up to a multiple of 256 (RFC 9292 §3.8): how long the URL is, whoever relays it
    /// sees no better than that.
    pub fn padded(&self) -> Vec<u8> {
        let mut octets = self.encode();
        octets.resize(octets.len().next_multiple_of(PADDED_TO), 0);
        octets
    }

    /// Reads a request.
    pub fn decode(octets: &[u8]) -> Result<Self, HttpError> {
        let message = read(octets)?;
        let control = message.control();
        let (Some(method), Some(scheme)) = (control.method(), control.scheme()) else {
            return Err(HttpError::Malformed);
        };
        let (authority, path) = (control.authority().unwrap_or_default(), control.path().unwrap_or_default());
        // What stands before the path has none of its delimiters: each target is written in one way alone.
        if scheme.contains(&b':') || authority.contains(&b'/') || !(path.is_empty() || path[0] == b'/') {
            return Err(HttpError::Malformed);
        }
        let url = [scheme, b"://", authority, path].concat();
        Ok(Self { method: text(method)?, url: text(&url)?, content: message.content().to_vec() })
    }
}

impl BinaryResponse {
    /// Its octets; none if there is no such status.
    pub fn encode(&self) -> Result<Vec<u8>, HttpError> {
        let status = StatusCode::try_from(self.status).map_err(|_| HttpError::Malformed)?;
        let mut message = Message::response(status);
        message.write_content(&self.content);
        Ok(written(&message))
    }

    /// Reads an answer.
    pub fn decode(octets: &[u8]) -> Result<Self, HttpError> {
        let message = read(octets)?;
        let status = message.control().status().ok_or(HttpError::Malformed)?;
        Ok(Self { status: status.code(), content: message.content().to_vec() })
    }
}

/// One message, and nothing behind it but padding (RFC 9292 §3.8).
fn read(octets: &[u8]) -> Result<Message, HttpError> {
    let mut cursor = Cursor::new(octets);
    let message = Message::read_bhttp(&mut cursor).map_err(|_| HttpError::Malformed)?;
    let rest = usize::try_from(cursor.position()).ok().and_then(|at| octets.get(at..));
    match rest {
        Some(rest) if rest.iter().all(|octet| *octet == 0) => Ok(message),
        _ => Err(HttpError::Malformed),
    }
}

fn written(message: &Message) -> Vec<u8> {
    let mut octets = Vec::new();
    // Writing into memory has no way to fail.
    message.write_bhttp(Mode::KnownLength, &mut octets).map(|()| octets).unwrap_or_default()
}

fn text(octets: &[u8]) -> Result<String, HttpError> {
    String::from_utf8(octets.to_vec()).map_err(|_| HttpError::Malformed)
}
