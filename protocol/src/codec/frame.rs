//! What is around a body: HTTP between providers, a frame of ours elsewhere.

use super::{CodecError, Endpoint};
use crate::assets;
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::http::{
    HttpError, RequestHead, ResponseHead, read_request, read_response, write_request, write_response,
};
use crate::ids::{NodeId, ProviderId};
use crate::mutant::Mutant;
use crate::node::Exchange;
use crate::uri::MimiUri;
use crate::wire::{Opaque, Wire};
use std::borrow::Cow;
use tls_codec::DeserializeBytes;

/// One direction between two nodes. Its ends are who the connection says that they are (PROTO-13).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hop {
    /// Who speaks.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
}

/// A request without what is around it.
pub(super) struct Framed<'a> {
    pub from: NodeId,
    pub endpoint: Endpoint,
    pub path: Cow<'a, [u8]>,
    pub body: &'a [u8],
}

impl Hop {
    /// The two providers, if it is one between providers.
    fn providers(self) -> Option<(ProviderId, ProviderId)> {
        match (self.from, self.to) {
            (NodeId::Provider(from), NodeId::Provider(to)) => Some((from, to)),
            _ => None,
        }
    }
}

/// The octets of a request.
pub(super) fn frame(
    directory: &Directory,
    hop: Hop,
    endpoint: Endpoint,
    (path, body): (&str, &[u8]),
) -> Vec<u8> {
    let domain = |provider| directory.provider_uri(provider).domain();
    match (hop.providers(), endpoint.over_http(), assets::parts(path)) {
        // What lies at an asset server is no endpoint of the protocol.
        (Some((from, _)), _, Some((host, path))) if endpoint == Endpoint::Asset => {
            let head = RequestHead { method: "GET", path, host, from: domain(from), content_type: None };
            write_request(&head, &[])
        }
        (Some((from, to)), Some(at), _) => {
            let path = directory.document(to).path(at, path);
            let (method, content_type) = (at.method(), at.request_media());
            let head =
                RequestHead { method, path: &path, host: domain(to), from: domain(from), content_type };
            // A GET has no body: which hub is to fetch it is who is asked.
            write_request(&head, if method == "GET" { &[] } else { body })
        }
        _ => [&[endpoint as u8], &Opaque::from(path.as_bytes()).encode()[..], body].concat(),
    }
}

/// The request in a frame, and who makes it.
pub(super) fn open<'a>(config: &'a NodeConfig, hop: Hop, frame: &'a [u8]) -> Result<Framed<'a>, CodecError> {
    let is_ours = frame.first() == Some(&(Endpoint::Log as u8));
    if let (Some(ends), false) = (hop.providers(), is_ours) {
        return open_http(config, ends, frame);
    }
    let (endpoint, rest) = frame.split_first().ok_or(CodecError::UnknownEndpoint)?;
    let endpoint = Endpoint::of(*endpoint)?;
    let (path, body) = Opaque::tls_deserialize_bytes(rest).map_err(|error| CodecError::Wire(error.into()))?;
    Ok(Framed { from: hop.from, endpoint, path: Cow::Owned(path.into()), body })
}

/// Who asks is who the connection says that it is, and the head must say the same (PROTO-12, PROTO-13).
fn open_http<'a>(
    config: &'a NodeConfig,
    (from, to): (ProviderId, ProviderId),
    octets: &'a [u8],
) -> Result<Framed<'a>, CodecError> {
    let directory = config.directory();
    let (head, body) = read_request(octets)?;
    let domain = directory.provider_uri(to).domain();
    let url = format!("https://{}{}", head.host, head.path);
    let is_asset = head.host != domain && assets::owner(directory, &url) == Some(to);
    if head.host != domain && !is_asset {
        return Err(HttpError::Misdirected.into());
    }
    let mut said = directory.resolve_provider(MimiUri::provider(head.from).as_str().as_bytes());
    if config.planted.is(Mutant::BelievesFrom) {
        said = said.or(Some(from));
    } else if said != Some(from) {
        return Err(HttpError::ForgedFrom.into());
    }
    let from = NodeId::Provider(said.unwrap_or(from));
    if is_asset && head.method == "GET" {
        return Ok(Framed { from, endpoint: Endpoint::Asset, path: Cow::Owned(url.into()), body });
    }
    let (endpoint, path) = directory.document(to).find(head.method, head.path)?;
    if endpoint.request_media().is_some_and(|media| head.content_type != Some(media)) {
        return Err(HttpError::WrongMedia.into());
    }
    let endpoint = Endpoint::of_http(endpoint)?;
    // Whose gateway it is for is who is asked.
    let is_gateway = matches!(endpoint, Endpoint::Oblivious | Endpoint::OhttpKeys);
    let path = if is_gateway { domain.as_bytes().to_vec() } else { path };
    let body = match (endpoint, body) {
        (Endpoint::Download, []) => domain.as_bytes(),
        (Endpoint::Download | Endpoint::Directory | Endpoint::OhttpKeys, [_, ..]) => {
            return Err(HttpError::Malformed.into());
        }
        (_, body) => body,
    };
    Ok(Framed { from, endpoint, path: Cow::Owned(path), body })
}

/// An answer without what is around it.
pub(super) struct Answer<'a> {
    pub status: u16,
    /// What its body is, where that is said.
    pub media: Option<&'a str>,
    /// In how many seconds to ask again, where that is said.
    pub retry_after_s: Option<u32>,
    pub body: &'a [u8],
}

/// The octets of an answer.
pub(super) fn answer_frame(hop: Hop, endpoint: Endpoint, answer: &Answer<'_>) -> Vec<u8> {
    let Answer { status, media, retry_after_s, body } = *answer;
    match (hop.providers(), endpoint.over_http()) {
        (Some(_), Some(_)) => {
            write_response(&ResponseHead { status, content_type: media, retry_after_s }, body)
        }
        _ => [&[endpoint as u8], &status.to_be_bytes()[..], body].concat(),
    }
}

/// The answer in a frame. One of ours is always what its endpoint answers with.
pub(super) fn open_answer(hop: Hop, endpoint: Endpoint, frame: &[u8]) -> Result<Answer<'_>, CodecError> {
    if hop.providers().is_some() && endpoint.over_http().is_some() {
        let (ResponseHead { status, content_type: media, retry_after_s }, body) = read_response(frame)?;
        return Ok(Answer { status, media, retry_after_s, body });
    }
    match frame {
        [octet, high, low, body @ ..] if Endpoint::of(*octet)? == endpoint => {
            let status = u16::from_be_bytes([*high, *low]);
            Ok(Answer { status, media: endpoint.response_media(), retry_after_s: None, body })
        }
        _ => Err(CodecError::UnknownEndpoint),
    }
}

/// The octets of the answer to a request that is none: a status, and nothing else.
pub fn encode_failure(hop: Hop, exchange: &Exchange, error: &CodecError) -> Vec<u8> {
    let answer = Answer { status: error.status(), media: None, retry_after_s: None, body: &[] };
    answer_frame(hop, super::response::endpoint(exchange.call), &answer)
}
