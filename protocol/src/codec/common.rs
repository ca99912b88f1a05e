//! What requests and answers share: URIs, trees, Welcomes and fan-out messages.

use super::CodecError;
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::{ClientId, ProviderId, RoomId, UserId};
use crate::mls::{GroupInfoForm, Octets};
use crate::node::{Event, FanOut, Voucher};
use crate::uri::{MimiUri, UriKind};
use crate::wire::notify::{Attached, FanoutMessage};
use crate::wire::ratchet_tree::{GroupInfoOption, RatchetTreeOption};
use crate::wire::update::ProposalList;
use crate::wire::voucher::Voucher as WireVoucher;
use crate::wire::{GroupInfoBytes, IdentifierUri, MlsBytes, SYMBOLIC, WelcomeBytes, Wire};

/// The MLSMessage header of a Welcome: version mls10, wire format mls_welcome.
const WELCOME_HEADER: [u8; 4] = [0, 1, 0, 3];
/// The MLSMessage header of a symbolic message, whose wire format is a part of the object itself.
const VERSION: [u8; 2] = [0, 1];

pub(super) fn user(directory: &Directory, uri: &IdentifierUri) -> Result<UserId, CodecError> {
    directory.resolve_user(uri.as_slice()).ok_or(CodecError::UnknownName)
}

pub(super) fn client(directory: &Directory, uri: &[u8]) -> Result<ClientId, CodecError> {
    directory.resolve_client(uri).ok_or(CodecError::UnknownName)
}

/// The first group of the room that a URI of the drafts' names; that of a group is none.
pub(super) fn room(directory: &Directory, uri: &[u8]) -> Result<RoomId, CodecError> {
    room_by(directory, uri, UriKind::Room)
}

/// The group that a URI of ours names; that of a room says too little, where it has had several.
pub(super) fn group(directory: &Directory, uri: &[u8]) -> Result<RoomId, CodecError> {
    room_by(directory, uri, UriKind::Group)
}

fn room_by(directory: &Directory, uri: &[u8], kind: UriKind) -> Result<RoomId, CodecError> {
    let is_of_kind = MimiUri::parse(uri).is_ok_and(|uri| uri.kind() == kind);
    directory.resolve_room(uri).filter(|_| is_of_kind).ok_or(CodecError::UnknownName)
}

/// The provider of a domain.
pub(super) fn provider(directory: &Directory, domain: &[u8]) -> Result<ProviderId, CodecError> {
    let domain = std::str::from_utf8(domain).map_err(|_| CodecError::UnknownName)?;
    directory.resolve_provider(MimiUri::provider(domain).as_str().as_bytes()).ok_or(CodecError::UnknownName)
}

pub(super) fn text(utf8: &[u8]) -> Result<String, CodecError> {
    String::from_utf8(utf8.to_vec()).map_err(|_| CodecError::UnknownName)
}

pub(super) fn tree(tree: &Octets) -> RatchetTreeOption {
    RatchetTreeOption::Full(tree.to_vec().into())
}

pub(super) fn full_tree(option: RatchetTreeOption) -> Result<Octets, CodecError> {
    match option {
        RatchetTreeOption::Full(tree) => Ok(tree.as_slice().into()),
        _ => Err(CodecError::Unsupported),
    }
}

pub(super) fn group_info_option(form: &GroupInfoForm) -> Result<GroupInfoOption, CodecError> {
    Ok(match form {
        GroupInfoForm::Full(octets) => GroupInfoOption::Full(group_info(octets)?),
        GroupInfoForm::Partial(partial) => GroupInfoOption::Partial(partial.clone()),
    })
}

pub(super) fn group_info_form(option: GroupInfoOption) -> GroupInfoForm {
    match option {
        GroupInfoOption::Full(group_info) => GroupInfoForm::Full(group_info.as_slice().into()),
        GroupInfoOption::Partial(partial) => GroupInfoForm::Partial(partial),
    }
}

pub(super) fn group_info(octets: &Octets) -> Result<GroupInfoBytes, CodecError> {
    Ok(GroupInfoBytes::try_from(&**octets)?)
}

/// The Welcome in an MLSMessage.
pub(super) fn bare_welcome(message: &Octets) -> Result<WelcomeBytes, CodecError> {
    let symbolic = message.get(2..4) == Some(&SYMBOLIC.to_be_bytes());
    let header = if symbolic { &VERSION[..] } else { &WELCOME_HEADER };
    let bare = message.strip_prefix(header).ok_or(CodecError::Unsupported)?;
    Ok(WelcomeBytes::try_from(bare)?)
}

/// The MLSMessage with a Welcome.
pub(super) fn welcome_message(welcome: &WelcomeBytes) -> Octets {
    let symbolic = welcome.symbolic_content().is_some();
    let header = if symbolic { &VERSION[..] } else { &WELCOME_HEADER };
    [header, welcome.as_slice()].concat().into()
}

pub(super) fn message(octets: &Octets) -> Result<MlsBytes, CodecError> {
    Ok(MlsBytes::try_from(&**octets)?)
}

pub(super) fn octets(message: &MlsBytes) -> Octets {
    message.as_slice().into()
}

/// The first of a batch, and the others.
pub(super) fn batch(messages: &[Octets]) -> Result<(MlsBytes, ProposalList), CodecError> {
    let (first, more) = messages.split_first().ok_or(CodecError::Unsupported)?;
    let more = more.iter().map(message).collect::<Result<_, _>>()?;
    Ok((message(first)?, ProposalList(more)))
}

pub(super) fn messages(first: &MlsBytes, more: &ProposalList) -> Vec<Octets> {
    std::iter::once(first).chain(&more.0).map(octets).collect()
}

pub(super) fn fanout_message(event: &FanOut) -> Result<FanoutMessage, CodecError> {
    let timestamp_ms = event.accepted_ms;
    let (message, attached) = match &event.event {
        Event::Message { message: m, frank } => (message(m)?, Attached::Application { frank: frank.clone() }),
        Event::Commit { commit, staple } => {
            let stapled = staple.iter().map(message).collect::<Result<_, _>>()?;
            (message(commit)?, Attached::Commit { external_proposals: ProposalList(stapled) })
        }
        Event::Welcome { welcome, tree: octets, state: _ } => {
            (message(welcome)?, Attached::Welcome { ratchet_tree: tree(octets) })
        }
        Event::State(_) => return Err(CodecError::Unsupported),
        Event::Proposals(all) => {
            let (first, more_proposals) = batch(all)?;
            (first, Attached::Proposal { more_proposals })
        }
    };
    Ok(FanoutMessage { timestamp_ms, message, attached })
}

pub(super) fn fan_out(wire: FanoutMessage) -> Result<FanOut, CodecError> {
    let message = octets(&wire.message);
    let event = match wire.attached {
        Attached::Application { frank } => Event::Message { message, frank },
        Attached::Commit { external_proposals } => {
            Event::Commit { commit: message, staple: external_proposals.0.iter().map(octets).collect() }
        }
        Attached::Welcome { ratchet_tree } => {
            Event::Welcome { welcome: message, tree: full_tree(ratchet_tree)?, state: None }
        }
        Attached::Proposal { more_proposals } => Event::Proposals(messages(&wire.message, &more_proposals)),
    };
    Ok(FanOut::new(wire.timestamp_ms, event))
}

/// A body, with what servers say of it behind it, if they do. The drafts have nothing there.
pub(super) fn with_vouchers(directory: &Directory, mut body: Vec<u8>, vouchers: &[Voucher]) -> Vec<u8> {
    if !vouchers.is_empty() {
        let wire = |voucher: &Voucher| WireVoucher {
            server: directory.provider_uri(voucher.server).into(),
            signature: voucher.signature.to_vec().into(),
        };
        body.extend(vouchers.iter().map(wire).collect::<Vec<_>>().encode());
    }
    body
}

/// A body and what stands behind it, where there can be something.
pub(super) fn split_vouchers<T: Wire>(
    config: &NodeConfig,
    body: &[u8],
) -> Result<(T, Vec<Voucher>), CodecError> {
    if !config.readings().by_origin() {
        return Ok((T::decode(body)?, Vec::new()));
    }
    let (read, rest) = T::tls_deserialize_bytes(body).map_err(|error| CodecError::Wire(error.into()))?;
    if rest.is_empty() {
        return Ok((read, Vec::new()));
    }
    let voucher = |wire: WireVoucher| {
        let server = config.directory().resolve_provider(wire.server.as_slice());
        let signature = wire.signature.as_slice().into();
        server.map(|server| Voucher { server, signature }).ok_or(CodecError::UnknownName)
    };
    let vouchers = Vec::<WireVoucher>::decode(rest)?.into_iter().map(voucher);
    Ok((read, vouchers.collect::<Result<_, _>>()?))
}
