//! Requests to octets and back.

use super::common::{
    bare_welcome, batch, fan_out, fanout_message, full_tree, group, group_info, group_info_form,
    group_info_option, message, messages, octets, provider, room, split_vouchers, text, tree, user,
    welcome_message, with_vouchers,
};
use super::frame::{Framed, Hop, frame, open};
use super::{CodecError, Endpoint, consent, log, search};
use crate::config::NodeConfig;
use crate::directory::{Directory, Named};
use crate::ids::{NodeId, RoomId};
use crate::mls::CommitBundle;
use crate::node::{Bundle, FanOut, Request};
use crate::wire::abuse_report::AbuseReport;
use crate::wire::group_info::GroupInfoRequest;
use crate::wire::identifier_query::IdentifierRequest;
use crate::wire::key_material::KeyMaterialRequest;
use crate::wire::mls::Credential;
use crate::wire::notify::{FanoutMessage, NotifyRequest};
use crate::wire::ratchet_tree::RatchetTreeOption;
use crate::wire::submit_message::SubmitMessageRequest;
use crate::wire::update::HandshakeBundle;
use crate::wire::{GroupInfoBytes, IdentifierUri, KeyPackageBytes, Protocol, Wire};
use std::borrow::Cow;

/// The octets of a request on this hop.
pub fn encode_request(directory: &Directory, hop: Hop, request: &Request) -> Result<Vec<u8>, CodecError> {
    if let Some(frame) = log::encode(directory, request)? {
        return Ok(frame);
    }
    let (endpoint, path, body) = parts(directory, request)?;
    Ok(frame(directory, hop, endpoint, (&path, &body)))
}

/// The endpoint, the parameter of its path, and the body.
fn parts<'a>(
    directory: &'a Directory,
    request: &Request,
) -> Result<(Endpoint, Cow<'a, str>, Vec<u8>), CodecError> {
    let room_path = |id| directory.room_uri(id).as_str();
    let group_path = |id| directory.group_uri(id).as_str();
    let (endpoint, path, body) = match request {
        Request::KeyMaterial { target, signed, .. } => {
            (Endpoint::KeyMaterial, directory.user_uri(*target).as_str(), signed.encode())
        }
        Request::Update { room, bundle, vouchers } => {
            let body = with_vouchers(directory, handshake(bundle)?.encode(), vouchers);
            (Endpoint::Update, room_path(*room), body)
        }
        Request::Submit { room, message: sent, sender, vouchers } => {
            let sending_uri = IdentifierUri::from(directory.user_uri(*sender));
            let body =
                SubmitMessageRequest { protocol: Protocol::Mls10, app_message: message(sent)?, sending_uri };
            (Endpoint::Submit, room_path(*room), with_vouchers(directory, body.encode(), vouchers))
        }
        Request::GroupInfo { room, signed, .. } => (Endpoint::GroupInfo, room_path(*room), signed.encode()),
        Request::ReportAbuse { room, report } => (Endpoint::ReportAbuse, room_path(*room), report.encode()),
        Request::Consent { consent, scope, serial, key_packages } => {
            let (endpoint, domain, body) =
                consent::encode(directory, (*consent, *scope), *serial, key_packages)?;
            return Ok((endpoint, domain.into(), body));
        }
        Request::Notify { room, event } => {
            let body = NotifyRequest(vec![fanout_message(event)?]).encode();
            (Endpoint::Notify, room_path(*room), with_vouchers(directory, body, &event.vouchers))
        }
        Request::Directory => (Endpoint::Directory, "", Vec::new()),
        Request::Search { at, query } => {
            let domain = directory.provider_uri(*at).domain();
            (Endpoint::Search, domain, search::request(query).encode())
        }
        Request::Download { hub, url } => {
            let domain = directory.provider_uri(*hub).domain().to_owned();
            return Ok((Endpoint::Download, url.clone().into(), domain.into()));
        }
        Request::Oblivious { gateway, sealed } => {
            let domain = directory.provider_uri(*gateway).domain();
            return Ok((Endpoint::Oblivious, domain.into(), sealed.to_vec()));
        }
        Request::OhttpKeys { gateway } => {
            (Endpoint::OhttpKeys, directory.provider_uri(*gateway).domain(), Vec::new())
        }
        Request::Asset { url } => return Ok((Endpoint::Asset, url.clone().into(), Vec::new())),
        Request::Publish { key_packages, key_changes } => {
            let packages = key_packages.iter().map(|p| KeyPackageBytes::try_from(&**p));
            let mut body = packages.collect::<Result<Vec<_>, _>>()?.encode();
            if *key_changes > 0 {
                body.extend(key_changes.to_be_bytes());
            }
            (Endpoint::Publish, "", body)
        }
        Request::Open { room, group_info: info, tree: nodes, state: _ } => {
            let body = [group_info(info)?.encode(), tree(nodes).encode()].concat();
            (Endpoint::Open, group_path(*room), body)
        }
        Request::Deliver { position, room, event } => {
            let body = [position.to_be_bytes().to_vec(), fanout_message(event)?.encode()].concat();
            (Endpoint::Deliver, group_path(*room), body)
        }
    };
    Ok((endpoint, path.into(), body))
}

/// Who asks, and the request of a frame that came on this hop.
pub fn decode_request(config: &NodeConfig, hop: Hop, frame: &[u8]) -> Result<(NodeId, Request), CodecError> {
    let Framed { from, endpoint, path, body } = open(config, hop, frame)?;
    Ok((from, request(config, endpoint, (&path, body))?))
}

fn request(
    config: &NodeConfig,
    endpoint: Endpoint,
    (path, body): (&[u8], &[u8]),
) -> Result<Request, CodecError> {
    let directory = config.directory();
    let at = || room(directory, path);
    let at_group = || group(directory, path);
    Ok(match endpoint {
        Endpoint::KeyMaterial => {
            let signed = KeyMaterialRequest::decode(body)?;
            let tbs = &signed.tbs;
            let target = user(directory, &tbs.target_user)?;
            let NodeId::Client(requester) = holder(directory, &tbs.requester_credential)? else {
                return Err(CodecError::UnknownName);
            };
            // Who is named several times must be the same.
            let names_fit = user(directory, &tbs.requesting_user)? == directory.user_of(requester)
                && directory.resolve_user(path) == Some(target);
            let room = room(directory, tbs.room_id.as_slice())?;
            if !names_fit {
                return Err(CodecError::UnknownName);
            }
            Request::KeyMaterial { room, target, requester, signed }
        }
        Endpoint::Update => {
            let (handshake, vouchers) = split_vouchers(config, body)?;
            Request::Update { room: at()?, bundle: bundle(handshake)?, vouchers }
        }
        Endpoint::Submit => submitted(config, at()?, body)?,
        Endpoint::GroupInfo => {
            let signed = GroupInfoRequest::decode(body)?;
            let requester = holder(directory, &signed.tbs.requesting_credential)?;
            Request::GroupInfo { room: at()?, requester, signed }
        }
        Endpoint::ReportAbuse => Request::ReportAbuse { room: at()?, report: AbuseReport::decode(body)? },
        Endpoint::RequestConsent | Endpoint::UpdateConsent | Endpoint::OwnConsent => {
            consent::decode(directory, endpoint, (path, body))?
        }
        Endpoint::Notify => Request::Notify { room: at()?, event: notified(config, body)? },
        Endpoint::Publish => published(body)?,
        Endpoint::Open => {
            let (info, rest) = prefix::<GroupInfoBytes>(body)?;
            let tree = full_tree(RatchetTreeOption::decode(rest)?)?;
            Request::Open { room: at_group()?, group_info: info.as_slice().into(), tree, state: None }
        }
        Endpoint::Directory => Request::Directory,
        Endpoint::Search => {
            let at = provider(directory, path)?;
            Request::Search { at, query: search::query(IdentifierRequest::decode(body)?)? }
        }
        Endpoint::Download => search::download(directory, (path, body))?,
        Endpoint::Oblivious => {
            Request::Oblivious { gateway: provider(directory, path)?, sealed: body.into() }
        }
        Endpoint::OhttpKeys if body.is_empty() => Request::OhttpKeys { gateway: provider(directory, path)? },
        Endpoint::OhttpKeys => return Err(CodecError::Unsupported),
        Endpoint::Asset => Request::Asset { url: text(path)? },
        Endpoint::Log => log::decode(config, path, body)?,
        Endpoint::Deliver => {
            let (position, rest) = prefix::<u64>(body)?;
            Request::Deliver { position, room: at_group()?, event: fan_out(FanoutMessage::decode(rest)?)? }
        }
    })
}

fn submitted(config: &NodeConfig, room: RoomId, body: &[u8]) -> Result<Request, CodecError> {
    let (submitted, vouchers) = split_vouchers(config, body)?;
    let SubmitMessageRequest { app_message, sending_uri, .. } = submitted;
    let (message, sender) = (octets(&app_message), user(config.directory(), &sending_uri)?);
    Ok(Request::Submit { room, message, sender, vouchers })
}

/// Key packages, and behind them how often the client has changed its key, if it has.
fn published(body: &[u8]) -> Result<Request, CodecError> {
    let (packages, rest) = prefix::<Vec<KeyPackageBytes>>(body)?;
    let key_packages = packages.iter().map(|package| package.as_slice().into()).collect();
    let key_changes = if rest.is_empty() { 0 } else { u32::decode(rest)? };
    Ok(Request::Publish { key_packages, key_changes })
}

/// The one event of a notify.
fn notified(config: &NodeConfig, body: &[u8]) -> Result<FanOut, CodecError> {
    if config.readings().by_origin() {
        let (message, vouchers) = split_vouchers(config, body)?;
        return Ok(FanOut { vouchers, ..fan_out(message)? });
    }
    let mut messages = NotifyRequest::decode(body)?.0;
    match (messages.pop(), messages.is_empty()) {
        (Some(message), true) => fan_out(message),
        _ => Err(CodecError::Unsupported),
    }
}

fn handshake(bundle: &Bundle) -> Result<HandshakeBundle, CodecError> {
    Ok(match bundle {
        Bundle::Commit(commit) => HandshakeBundle::Commit {
            commit: message(&commit.commit)?,
            welcome: commit.welcome.as_ref().map(bare_welcome).transpose()?,
            group_info: group_info_option(&commit.group_info)?,
            ratchet_tree: tree(&commit.tree),
        },
        Bundle::Proposals(all) => {
            let (first, more) = batch(all)?;
            HandshakeBundle::Proposals { first, more }
        }
        Bundle::State(_) => return Err(CodecError::Unsupported),
    })
}

fn bundle(wire: HandshakeBundle) -> Result<Bundle, CodecError> {
    Ok(match wire {
        HandshakeBundle::Commit { commit, welcome, group_info, ratchet_tree } => {
            Bundle::Commit(CommitBundle {
                commit: octets(&commit),
                welcome: welcome.as_ref().map(welcome_message),
                group_info: group_info_form(group_info),
                tree: full_tree(ratchet_tree)?,
            })
        }
        HandshakeBundle::Proposals { first, more } => Bundle::Proposals(messages(&first, &more)),
    })
}

/// Whose credential it is.
fn holder(directory: &Directory, credential: &Credential) -> Result<NodeId, CodecError> {
    let Credential::Basic(identity) = credential else { return Err(CodecError::Unsupported) };
    match directory.resolve(identity.as_slice()) {
        Some(Named::Client(client)) => Ok(client.into()),
        Some(Named::Provider(server)) => Ok(server.into()),
        _ => Err(CodecError::UnknownName),
    }
}

/// A struct at the start of `bytes`, and the rest.
fn prefix<T: tls_codec::DeserializeBytes>(bytes: &[u8]) -> Result<(T, &[u8]), CodecError> {
    T::tls_deserialize_bytes(bytes).map_err(|error| CodecError::Wire(error.into()))
}
