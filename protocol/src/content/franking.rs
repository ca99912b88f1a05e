//! Franking as functions of its inputs: the sender's tag, the hub's stamp, and the receivers' checks (proto §5.4.1).

use super::{ContentError, MimiContent, SALT_OCTETS};
use crate::room::component::FRANK_AAD;
use crate::uri::MimiUri;
use crate::wire::app_data::{AppDataDictionary, ComponentData};
use crate::wire::franking::{
    FrankAad, FrankingAgentData, FrankingIntegrityTbs, ServerFrankingContext, SignContent,
};
use crate::wire::mls::Credential;
use crate::wire::submit_message::Frank;
use crate::wire::{IdentifierUri, Wire};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The label of the hub's signature behind MLS's own (RFC 9420 §5.1.2).
const LABEL: &[u8] = b"MLS 1.0 FrankingIntegrityTBS";

/// The secret by which a hub knows its own stamps again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct HubKey(pub [u8; 32]);

/// What a receiver has of a stamped message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamped<'a> {
    /// The content, as it was decrypted.
    pub application_data: &'a [u8],
    /// The additional authenticated data of the message.
    pub aad: &'a [u8],
    /// The stamp.
    pub frank: &'a Frank,
    /// When the hub accepted it, so its fan-out says.
    pub accepted_timestamp_ms: u64,
}

/// What a receiver knows of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receiver<'a> {
    /// The cipher suite of the group.
    pub ciphersuite: u16,
    /// The room's franking agent.
    pub agent: Option<&'a FrankingAgentData>,
    /// The provider that hosts the room.
    pub hub: &'a MimiUri,
    /// The user of the leaf that sent the message.
    pub sender: &'a MimiUri,
    /// The room in which it came.
    pub room: &'a MimiUri,
}

/// Why a stamp does not count.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    serde::Serialize,
    serde::Deserialize,
    thiserror::Error,
)]
pub enum FrankError {
    /// The message carries no franking tag.
    #[error("the message carries no franking tag")]
    NoTag,
    /// The signature is of another cipher suite than the group's, or than the hub knows.
    #[error("the cipher suite of the stamp is not the group's")]
    WrongCiphersuite,
    /// The room has no franking agent.
    #[error("the room has no franking agent")]
    NoAgent,
    /// The franking agent is not of the hub's domain.
    #[error("the franking agent is not of the hub's domain")]
    ForeignAgent,
    /// What was sent is no content.
    #[error("what was sent is no content: {0}")]
    Content(#[from] ContentError),
    /// The content does not say who sent it, or where.
    #[error("the content does not say who sent it, or where")]
    NoClaim,
    /// The hub's signature does not verify: stamp, time, sender or room are not what it signed.
    #[error("the hub's signature does not verify")]
    BadSignature,
    /// The tag was made over other content.
    #[error("the tag was made over other content")]
    WrongTag,
    /// The content names another sender than the leaf does, or than is accused.
    #[error("the content names another sender")]
    WrongSender,
    /// The content names another room.
    #[error("the content names another room")]
    WrongRoom,
    /// The stamp is not one that this hub made for this content, sender, room and time.
    #[error("the stamp is not this hub's")]
    WrongServerFrank,
}

/// The sender's tag: HMAC-SHA256 under the salt over all that is encrypted, with its framing where there is one (PROTO-39).
pub fn franking_tag(salt: &[u8; SALT_OCTETS], application_data: &[u8]) -> [u8; 32] {
    hmac(salt, &[application_data]).finalize().into_bytes().into()
}

/// The Safe AAD that carries the tag and nothing else.
pub fn frank_aad(franking_tag: [u8; 32]) -> Vec<u8> {
    let data = FrankAad { franking_tag }.encode().into();
    AppDataDictionary { component_data: vec![ComponentData { component_id: FRANK_AAD, data }] }.encode()
}

/// The tag in a message's Safe AAD, if there is one.
pub fn tag_of(aad: &[u8]) -> Option<[u8; 32]> {
    let items = AppDataDictionary::decode(aad).ok()?.component_data;
    let item = items.iter().find(|item| item.component_id == FRANK_AAD)?;
    FrankAad::decode(item.data.as_slice()).ok().map(|item| item.franking_tag)
}

/// What a stamp says beside the tag.
pub fn context(sender: &MimiUri, room: &MimiUri, accepted_timestamp_ms: u64) -> ServerFrankingContext {
    claimed_context(sender.as_str(), room.as_str(), accepted_timestamp_ms)
}

/// The hub's stamp; `sign` signs with its franking key (PROTO-40). The hub cannot tell whether the tag fits the content
/// (PROTO-43).
pub fn frank(
    hub_key: &HubKey,
    tag: &[u8; 32],
    context: &ServerFrankingContext,
    ciphersuite: u16,
    sign: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Frank {
    let server_frank = server_mac(hub_key, tag, context).finalize().into_bytes().into();
    let signature = sign(&signed_octets(server_frank, ciphersuite, context));
    Frank {
        server_frank,
        franking_signature_ciphersuite: ciphersuite,
        franking_integrity_signature: signature.into(),
    }
}

/// The octets that the hub signs: a SignContent around a FrankingIntegrityTBS (RFC 9420 §5.1.2).
pub fn signed_octets(server_frank: [u8; 32], ciphersuite: u16, context: &ServerFrankingContext) -> Vec<u8> {
    let context = context.clone();
    let tbs = FrankingIntegrityTbs { server_frank, franking_signature_ciphersuite: ciphersuite, context };
    SignContent { label: LABEL.into(), content: tbs.encode().into() }.encode()
}

/// The checks of a receiver (proto §5.4.1.3, PROTO-41). `verify` says whether a key verifies the signature over octets.
pub fn check_frank(
    stamped: Stamped<'_>,
    receiver: Receiver<'_>,
    verify: impl FnOnce(&[u8], &[u8], &[u8]) -> bool,
) -> Result<(), FrankError> {
    let tag = tag_of(stamped.aad).ok_or(FrankError::NoTag)?;
    if stamped.frank.franking_signature_ciphersuite != receiver.ciphersuite {
        return Err(FrankError::WrongCiphersuite);
    }
    let key = agent_key(receiver.agent, receiver.hub)?;
    let content = MimiContent::decode(stamped.application_data)?;
    let (sender, room) = claim(&content)?;
    let context = claimed_context(sender, room, stamped.accepted_timestamp_ms);
    check_signature(stamped.frank, &context, key, verify)?;
    if franking_tag(&content.salt, stamped.application_data) != tag {
        return Err(FrankError::WrongTag);
    }
    check_claim((sender, room), receiver.sender, receiver.room)
}

/// The key by which the room's stamps are verified: of an agent of the hub's domain.
fn agent_key<'a>(agent: Option<&'a FrankingAgentData>, hub: &MimiUri) -> Result<&'a [u8], FrankError> {
    let agent = agent.ok_or(FrankError::NoAgent)?;
    let Credential::Basic(identity) = &agent.credential else { return Err(FrankError::ForeignAgent) };
    let uri = MimiUri::parse(identity.as_slice()).map_err(|_| FrankError::ForeignAgent)?;
    let is_hub = uri.domain() == hub.domain();
    if is_hub { Ok(agent.franking_signature_key.as_slice()) } else { Err(FrankError::ForeignAgent) }
}

/// Whom and where the content claims to be from.
pub(super) fn claim(content: &MimiContent) -> Result<(&str, &str), FrankError> {
    let extensions = &content.extensions;
    extensions.sender_uri().zip(extensions.room_uri()).ok_or(FrankError::NoClaim)
}

pub(super) fn check_claim(
    (claimed_sender, claimed_room): (&str, &str),
    sender: &MimiUri,
    room: &MimiUri,
) -> Result<(), FrankError> {
    if claimed_sender != sender.as_str() {
        Err(FrankError::WrongSender)
    } else if claimed_room != room.as_str() {
        Err(FrankError::WrongRoom)
    } else {
        Ok(())
    }
}

pub(super) fn claimed_context(sender: &str, room: &str, accepted_timestamp_ms: u64) -> ServerFrankingContext {
    let [sender_uri, room_uri] = [sender, room].map(|uri| IdentifierUri(uri.as_bytes().into()));
    ServerFrankingContext { sender_uri, room_uri, accepted_timestamp_ms }
}

pub(super) fn check_signature(
    frank: &Frank,
    context: &ServerFrankingContext,
    key: &[u8],
    verify: impl FnOnce(&[u8], &[u8], &[u8]) -> bool,
) -> Result<(), FrankError> {
    let signed = signed_octets(frank.server_frank, frank.franking_signature_ciphersuite, context);
    let valid = verify(key, &signed, frank.franking_integrity_signature.as_slice());
    if valid { Ok(()) } else { Err(FrankError::BadSignature) }
}

pub(super) fn server_mac(hub_key: &HubKey, tag: &[u8; 32], context: &ServerFrankingContext) -> Hmac<Sha256> {
    hmac(&hub_key.0, &[tag, &context.encode()])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes a key of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac
}
