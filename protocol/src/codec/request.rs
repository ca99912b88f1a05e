//! Requests to octets and back.

use super::common::{
    bare_welcome, batch, fan_out, fanout_message, full_group_info, full_tree, group, group_info, message,
    messages, octets, room, tree, user, welcome_message,
};
use super::{CodecError, Endpoint, consent, log};
use crate::directory::{Directory, Named};
use crate::ids::NodeId;
use crate::mls::{CommitBundle, Octets};
use crate::node::{Bundle, Request};
use crate::uri::MimiUri;
use crate::wire::abuse_report::AbuseReport;
use crate::wire::group_info::{GroupInfoRequest, GroupInfoRequestTbs};
use crate::wire::key_material::{KeyMaterialRequest, KeyMaterialRequestTbs};
use crate::wire::mls::{Credential, RequiredCapabilities};
use crate::wire::notify::{FanoutMessage, NotifyRequest};
use crate::wire::ratchet_tree::{GroupInfoOption, RatchetTreeOption};
use crate::wire::submit_message::SubmitMessageRequest;
use crate::wire::update::HandshakeBundle;
use crate::wire::{GroupInfoBytes, IdentifierUri, KeyPackageBytes, Opaque, Protocol, Wire};

/// MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, the only suite in use.
const SUITE: u16 = 1;

/// The octets of a request.
pub fn encode_request(directory: &Directory, request: &Request) -> Result<Vec<u8>, CodecError> {
    if let Some(frame) = log::encode(directory, request)? {
        return Ok(frame);
    }
    let room_path = |id| directory.room_uri(id).as_str();
    let group_path = |id| directory.group_uri(id).as_str();
    let (endpoint, path, body) = match request {
        Request::KeyMaterial { room, target, requester } => {
            let uri = |uri: &MimiUri| IdentifierUri::from(uri);
            let tbs = KeyMaterialRequestTbs {
                protocol: Protocol::Mls10,
                requesting_user: uri(directory.user_uri(*requester)),
                target_user: uri(directory.user_uri(*target)),
                room_id: uri(directory.room_uri(*room)),
                acceptable_ciphersuites: vec![SUITE],
                required_capabilities: RequiredCapabilities::default(),
                requester_signature_key: empty(),
                requester_credential: credential(directory.user_uri(*requester)),
            };
            let body = KeyMaterialRequest { tbs, signature: empty() }.encode();
            (Endpoint::KeyMaterial, directory.user_uri(*target).as_str(), body)
        }
        Request::Update { room, bundle } => (Endpoint::Update, room_path(*room), handshake(bundle)?.encode()),
        Request::Submit { room, message: sent, sender } => {
            let sending_uri = IdentifierUri::from(directory.user_uri(*sender));
            let body =
                SubmitMessageRequest { protocol: Protocol::Mls10, app_message: message(sent)?, sending_uri };
            (Endpoint::Submit, room_path(*room), body.encode())
        }
        Request::GroupInfo { room, requester, code } => {
            let tbs = GroupInfoRequestTbs {
                protocol: Protocol::Mls10,
                cipher_suite: SUITE,
                requesting_signature_key: empty(),
                requesting_credential: credential(match requester {
                    NodeId::Client(client) => directory.client_uri(*client),
                    NodeId::Provider(server) => directory.provider_uri(*server),
                }),
                group_info_public_key: empty(),
                joining_code: code.as_ref().map(|code| (&**code).into()),
            };
            let body = GroupInfoRequest { tbs, signature: empty() };
            (Endpoint::GroupInfo, room_path(*room), body.encode())
        }
        Request::ReportAbuse { room, report } => (Endpoint::ReportAbuse, room_path(*room), report.encode()),
        Request::Consent { consent, scope, serial } => {
            let (endpoint, domain, body) = consent::encode(directory, (*consent, *scope), *serial);
            return Ok([vec![endpoint as u8], Opaque::from(domain.as_bytes()).encode(), body].concat());
        }
        Request::Notify { room, event } => {
            (Endpoint::Notify, room_path(*room), NotifyRequest(vec![fanout_message(event)?]).encode())
        }
        Request::Publish { key_packages } => {
            let packages = key_packages.iter().map(|p| KeyPackageBytes::try_from(&**p));
            (Endpoint::Publish, "", packages.collect::<Result<Vec<_>, _>>()?.encode())
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
    Ok([vec![endpoint as u8], Opaque::from(path.as_bytes()).encode(), body].concat())
}

/// The request of a frame.
pub fn decode_request(directory: &Directory, frame: &[u8]) -> Result<Request, CodecError> {
    let (endpoint, rest) = frame.split_first().ok_or(CodecError::UnknownEndpoint)?;
    let endpoint = Endpoint::of(*endpoint)?;
    let (path, body) = prefix::<Opaque>(rest)?;
    let at = || room(directory, path.as_slice());
    let at_group = || group(directory, path.as_slice());
    Ok(match endpoint {
        Endpoint::KeyMaterial => {
            let KeyMaterialRequestTbs { requesting_user, target_user, room_id, .. } =
                KeyMaterialRequest::decode(body)?.tbs;
            let (target, requester) = (user(directory, &target_user)?, user(directory, &requesting_user)?);
            Request::KeyMaterial { room: room(directory, room_id.as_slice())?, target, requester }
        }
        Endpoint::Update => Request::Update { room: at()?, bundle: bundle(HandshakeBundle::decode(body)?)? },
        Endpoint::Submit => {
            let SubmitMessageRequest { app_message, sending_uri, .. } = SubmitMessageRequest::decode(body)?;
            Request::Submit {
                room: at()?,
                message: octets(&app_message),
                sender: user(directory, &sending_uri)?,
            }
        }
        Endpoint::GroupInfo => {
            let GroupInfoRequestTbs { requesting_credential, joining_code, .. } =
                GroupInfoRequest::decode(body)?.tbs;
            let requester = match requesting_credential {
                Credential::Basic(identity) => match directory.resolve(identity.as_slice()) {
                    Some(Named::Client(client)) => NodeId::Client(client),
                    Some(Named::Provider(server)) => NodeId::Provider(server),
                    _ => return Err(CodecError::UnknownName),
                },
                Credential::X509(_) => return Err(CodecError::Unsupported),
            };
            let code = joining_code.map(|code| code.as_slice().into());
            Request::GroupInfo { room: at()?, requester, code }
        }
        Endpoint::ReportAbuse => Request::ReportAbuse { room: at()?, report: AbuseReport::decode(body)? },
        Endpoint::RequestConsent | Endpoint::UpdateConsent | Endpoint::OwnConsent => {
            consent::decode(directory, endpoint, body)?
        }
        Endpoint::Notify => {
            let mut messages = NotifyRequest::decode(body)?.0;
            let (Some(message), true) = (messages.pop(), messages.is_empty()) else {
                return Err(CodecError::Unsupported);
            };
            Request::Notify { room: at()?, event: fan_out(message)? }
        }
        Endpoint::Publish => {
            let packages = Vec::<KeyPackageBytes>::decode(body)?;
            Request::Publish { key_packages: packages.iter().map(|p| Octets::from(p.as_slice())).collect() }
        }
        Endpoint::Open => {
            let (info, rest) = prefix::<GroupInfoBytes>(body)?;
            let tree = full_tree(RatchetTreeOption::decode(rest)?)?;
            Request::Open { room: at_group()?, group_info: info.as_slice().into(), tree, state: None }
        }
        Endpoint::Log => log::decode(directory, path.as_slice(), body)?,
        Endpoint::Deliver => {
            let (position, rest) = prefix::<u64>(body)?;
            Request::Deliver { position, room: at_group()?, event: fan_out(FanoutMessage::decode(rest)?)? }
        }
    })
}

fn handshake(bundle: &Bundle) -> Result<HandshakeBundle, CodecError> {
    Ok(match bundle {
        Bundle::Commit(commit) => HandshakeBundle::Commit {
            commit: message(&commit.commit)?,
            welcome: commit.welcome.as_ref().map(bare_welcome).transpose()?,
            group_info: GroupInfoOption::Full(group_info(&commit.group_info)?),
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
                group_info: full_group_info(&group_info)?,
                tree: full_tree(ratchet_tree)?,
            })
        }
        HandshakeBundle::Proposals { first, more } => Bundle::Proposals(messages(&first, &more)),
    })
}

fn empty() -> Opaque {
    Vec::new().into()
}

fn credential(uri: &MimiUri) -> Credential {
    Credential::Basic(uri.as_str().as_bytes().into())
}

/// A struct at the start of `bytes`, and the rest.
fn prefix<T: tls_codec::DeserializeBytes>(bytes: &[u8]) -> Result<(T, &[u8]), CodecError> {
    T::tls_deserialize_bytes(bytes).map_err(|error| CodecError::Wire(error.into()))
}
