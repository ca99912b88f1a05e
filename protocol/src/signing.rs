//! Signatures of what is no MLS message: with which label, over which octets, and with whose key (RFC 9420 §5.1.2).

use crate::capabilities;
use crate::config::NodeConfig;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{Mls, MlsError, MlsMember, Octets};
use crate::node::Request;
use crate::uri::MimiUri;
use crate::wire::franking::SignContent;
use crate::wire::group_info::{GroupInfoRequest, GroupInfoRequestTbs};
use crate::wire::key_material::{KeyMaterialRequest, KeyMaterialRequestTbs};
use crate::wire::mls::Credential;
use crate::wire::{Protocol, Wire};

/// MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, the only suite in use.
pub(crate) const SUITE: u16 = 1;

/// What is signed with a label.
pub(crate) fn labelled(label: &str, content: &[u8]) -> Vec<u8> {
    SignContent { label: format!("MLS 1.0 {label}").into_bytes().into(), content: content.into() }.encode()
}

/// A client's request for key packages of a user for a room, as it signs it (PROTO-23).
pub fn key_material_request(
    config: &NodeConfig,
    member: &impl MlsMember,
    (room, target, requester): (RoomId, UserId, ClientId),
) -> Result<Request, MlsError> {
    let directory = config.directory();
    let tbs = KeyMaterialRequestTbs {
        protocol: Protocol::Mls10,
        requesting_user: directory.user_uri(directory.user_of(requester)).into(),
        target_user: directory.user_uri(target).into(),
        room_id: directory.room_uri(room).into(),
        acceptable_ciphersuites: vec![SUITE],
        required_capabilities: capabilities::required(directory, room),
        requester_signature_key: member.own_key().to_vec().into(),
        requester_credential: credential(directory.client_uri(requester)),
    };
    let signature = member.sign(&labelled(KeyMaterialRequestTbs::LABEL, &tbs.encode()))?;
    let signed = KeyMaterialRequest { tbs, signature: signature.to_vec().into() };
    Ok(Request::KeyMaterial { room, target, requester, signed })
}

/// Whether such a request is as its requester has signed it.
pub(crate) fn check_key_material<M: Mls>(signed: &KeyMaterialRequest) -> Result<(), MlsError> {
    let KeyMaterialRequest { tbs, signature } = signed;
    let octets = labelled(KeyMaterialRequestTbs::LABEL, &tbs.encode());
    M::verify(tbs.requester_signature_key.as_slice(), &octets, signature.as_slice())
}

/// A client's request for what it takes to join, as it signs it (proto §5.6, PROTO-55).
pub fn group_info_request(
    config: &NodeConfig,
    member: &impl MlsMember,
    (room, client): (RoomId, ClientId),
    code: Option<Octets>,
) -> Result<Request, MlsError> {
    let uri = config.directory().client_uri(client);
    let tbs = group_info_tbs((uri, &member.own_key()), &member.sealing_key()?, code.as_ref());
    let signature = member.sign(&labelled(GroupInfoRequestTbs::LABEL, &tbs.encode()))?;
    let signed = GroupInfoRequest { tbs, signature: signature.to_vec().into() };
    Ok(Request::GroupInfo { room, requester: client.into(), signed })
}

/// The same of a server, which wants to know.
pub(crate) fn group_info_request_of_server<M: Mls>(
    config: &NodeConfig,
    (room, server): (RoomId, ProviderId),
) -> Result<Request, MlsError> {
    let uri = config.directory().provider_uri(server);
    let sealing_key = M::server_sealing_key(&config.mls, server)?;
    let tbs = group_info_tbs((uri, &M::server_key(&config.mls, server)), &sealing_key, None);
    let signature = M::sign_as(&config.mls, server, &labelled(GroupInfoRequestTbs::LABEL, &tbs.encode()))?;
    let signed = GroupInfoRequest { tbs, signature: signature.to_vec().into() };
    Ok(Request::GroupInfo { room, requester: server.into(), signed })
}

/// Whether such a request is as its requester has signed it: a server with the key of its domain, a client with the one that it
/// names, as in a key package.
pub(crate) fn check_group_info<M: Mls>(
    config: &NodeConfig,
    requester: NodeId,
    signed: &GroupInfoRequest,
) -> Result<(), MlsError> {
    let GroupInfoRequest { tbs, signature } = signed;
    let key = tbs.requesting_signature_key.as_slice();
    if let NodeId::Provider(server) = requester
        && *M::server_key(&config.mls, server) != *key
    {
        return Err(MlsError::NotAuthentic);
    }
    M::verify(key, &labelled(GroupInfoRequestTbs::LABEL, &tbs.encode()), signature.as_slice())
}

fn group_info_tbs(
    (uri, key): (&MimiUri, &[u8]),
    sealing_key: &[u8],
    code: Option<&Octets>,
) -> GroupInfoRequestTbs {
    GroupInfoRequestTbs {
        protocol: Protocol::Mls10,
        cipher_suite: SUITE,
        requesting_signature_key: key.into(),
        requesting_credential: credential(uri),
        group_info_public_key: sealing_key.into(),
        joining_code: code.map(|code| (&**code).into()),
    }
}

/// The credential of whoever has this URI.
pub(crate) fn credential(uri: &MimiUri) -> Credential {
    Credential::Basic(uri.as_str().as_bytes().into())
}
