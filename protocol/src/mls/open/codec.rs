//! Octets of the seam to objects of the library, and back.

use super::provider::SimCrypto;
use crate::mls::{ContentKind, KeyPackageRef, MlsError, Octets, ProposalRef};
use crate::wire::ratchet_tree::{PartialGroupInfo, RatchetTreePresence};
use crate::wire::{self, Wire as _};
use openmls::messages::ConfirmationTag;
use openmls::messages::group_info::{GroupInfo, VerifiableGroupInfo};
use openmls::prelude::tls_codec::{Deserialize, DeserializeBytes as _, Serialize};
use openmls::prelude::*;

/// The octets of an object.
pub(super) fn encode(object: &impl Serialize) -> Result<Octets, MlsError> {
    object.tls_serialize_detached().map(Into::into).map_err(|_| MlsError::Limit)
}

fn decode<T: Deserialize>(octets: &[u8]) -> Result<T, MlsError> {
    T::tls_deserialize_exact(octets).map_err(decode_failed)
}

/// Octets that are no such object.
pub(super) fn decode_failed(_: tls_codec::Error) -> MlsError {
    MlsError::Malformed
}

/// A message of a group, with its visible content type: PublicMessages carry handshakes, PrivateMessages application data.
pub(super) fn protocol_message(octets: &[u8]) -> Result<(ProtocolMessage, ContentKind), MlsError> {
    let message = decode::<MlsMessageIn>(octets)?;
    let message = message.try_into_protocol_message().map_err(|_| MlsError::Malformed)?;
    let kind = match (message.wire_format(), message.content_type()) {
        (WireFormat::PublicMessage, ContentType::Proposal) => ContentKind::Proposal,
        (WireFormat::PublicMessage, ContentType::Commit) => ContentKind::Commit,
        (WireFormat::PrivateMessage, ContentType::Application) => ContentKind::Application,
        _ => return Err(MlsError::Malformed),
    };
    Ok((message, kind))
}

/// The leaf of the member that has made a PublicMessage, as it says.
pub(super) fn member_leaf(message: &ProtocolMessage) -> Option<u32> {
    match message {
        ProtocolMessage::PublicMessage(message) => match message.sender() {
            Sender::Member(leaf) => Some(leaf.u32()),
            _ => None,
        },
        ProtocolMessage::PrivateMessage(_) => None,
    }
}

/// The authenticated data of a PrivateMessage with application data (RFC 9420 §6.3).
pub(super) fn authenticated_data(octets: &[u8]) -> Result<Vec<u8>, MlsError> {
    let rest = &mut &*octets;
    let mut read = || {
        let (_, wire_format) = <(u16, WireFormat)>::tls_deserialize(rest)?;
        GroupId::tls_deserialize(rest)?;
        let (_, content) = <(GroupEpoch, ContentType)>::tls_deserialize(rest)?;
        Ok::<_, tls_codec::Error>((wire_format, content, VLBytes::tls_deserialize(rest)?))
    };
    match read().map_err(decode_failed)? {
        (WireFormat::PrivateMessage, ContentType::Application, aad) => Ok(aad.into()),
        _ => Err(MlsError::Malformed),
    }
}

/// The references in a commit's list of proposals, before anything of it is verified.
///
/// The library takes proposals that are the same for one, which by reference they are and by value they are not.
pub(super) fn commit_references(octets: &[u8]) -> Result<Vec<ProposalRef>, MlsError> {
    let rest = &mut &*octets;
    let mut read = || {
        <(u16, u16)>::tls_deserialize(rest)?;
        GroupId::tls_deserialize(rest)?;
        <(GroupEpoch, Sender)>::tls_deserialize(rest)?;
        <(VLBytes, ContentType)>::tls_deserialize(rest)?;
        Vec::<ProposalOrRefIn>::tls_deserialize(rest)
    };
    let listed = read().map_err(decode_failed)?;
    let mut references = Vec::new();
    for (place, proposal) in listed.iter().enumerate() {
        let repeated = listed[..place].contains(proposal);
        match proposal {
            ProposalOrRefIn::Reference(_) if repeated => return Err(MlsError::InvalidProposalList),
            ProposalOrRefIn::Reference(reference) => references.push(ProposalRef(hash_ref(reference)?)),
            ProposalOrRefIn::Proposal(_) if repeated => return Err(MlsError::Limit),
            ProposalOrRefIn::Proposal(_) => {}
        }
    }
    Ok(references)
}

/// A PublicMessage.
pub(super) fn public_message(octets: &[u8]) -> Result<PublicMessageIn, MlsError> {
    match decode::<MlsMessageIn>(octets)?.extract() {
        MlsMessageBodyIn::PublicMessage(message) => Ok(message),
        _ => Err(MlsError::Malformed),
    }
}

/// A Welcome.
pub(super) fn welcome(octets: &[u8]) -> Result<Welcome, MlsError> {
    match decode::<MlsMessageIn>(octets)?.extract() {
        MlsMessageBodyIn::Welcome(welcome) => Ok(welcome),
        _ => Err(MlsError::Malformed),
    }
}

/// A key package whose signatures verify.
pub(super) fn key_package(crypto: &impl SimCrypto, octets: &[u8]) -> Result<KeyPackage, MlsError> {
    let key_package = decode::<KeyPackageIn>(octets)?;
    key_package.validate(crypto, ProtocolVersion::Mls10).map_err(|_| MlsError::NotAuthentic)
}

/// The reference of a key package.
pub(super) fn key_package_ref(
    crypto: &impl SimCrypto,
    key_package: &KeyPackage,
) -> Result<KeyPackageRef, MlsError> {
    hash_ref(&key_package.hash_ref(crypto)?).map(KeyPackageRef)
}

/// The octets of a reference of either kind.
pub(super) fn hash_ref(
    reference: &openmls::ciphersuite::hash_ref::HashReference,
) -> Result<[u8; 32], MlsError> {
    reference.as_slice().try_into().map_err(|_| MlsError::Malformed)
}

/// The reference of a kept proposal.
pub(super) fn proposal_ref(proposal: &QueuedProposal) -> Result<ProposalRef, MlsError> {
    hash_ref(proposal.proposal_reference_ref()).map(ProposalRef)
}

/// A ratchet tree.
pub(super) fn tree(octets: &[u8]) -> Result<RatchetTreeIn, MlsError> {
    decode(octets)
}

/// A GroupInfo with external_pub and without the tree.
pub(super) fn group_info(octets: &[u8]) -> Result<VerifiableGroupInfo, MlsError> {
    let group_info = decode::<VerifiableGroupInfo>(octets)?;
    let extensions = group_info.extensions();
    if extensions.ratchet_tree().is_some() || extensions.external_pub().is_none() {
        return Err(MlsError::Malformed);
    }
    Ok(group_info)
}

/// The octets of a GroupInfo that comes as a message.
pub(super) fn group_info_octets(message: &MlsMessageOut) -> Result<Octets, MlsError> {
    match message.body() {
        MlsMessageBodyOut::GroupInfo(group_info) => encode(group_info),
        _ => Err(MlsError::Limit),
    }
}

/// The confirmation tag and the signer of a GroupInfo, which the library's type does not tell.
pub(super) fn group_info_tail(octets: &[u8]) -> Result<(ConfirmationTag, LeafNodeIndex), MlsError> {
    let rest = &mut &*octets;
    let mut read = || {
        GroupContext::tls_deserialize(rest)?;
        Extensions::<GroupInfo>::tls_deserialize(rest)?;
        Ok((ConfirmationTag::tls_deserialize(rest)?, LeafNodeIndex::tls_deserialize(rest)?))
    };
    read().map_err(decode_failed)
}

/// What a hub cannot work out of a GroupInfo that has no tree in it (ratchet-tree-options §4).
pub(super) fn partial_group_info(octets: &[u8]) -> Result<PartialGroupInfo, MlsError> {
    group_info(octets)?;
    let rest = &mut &*octets;
    GroupContext::tls_deserialize(rest).map_err(decode_failed)?;
    let (extensions, mut rest) =
        Vec::<wire::mls::Extension>::tls_deserialize_bytes(rest).map_err(decode_failed)?;
    let mut read = || {
        <(ConfirmationTag, LeafNodeIndex)>::tls_deserialize(&mut rest)?;
        VLBytes::tls_deserialize(&mut rest)
    };
    let signature = Vec::from(read().map_err(decode_failed)?).into();
    let ratchet_tree_presence = RatchetTreePresence::NoRatchetTree;
    Ok(PartialGroupInfo { ratchet_tree_presence, extensions, signature })
}

/// The GroupInfo of which that came, in an epoch with this tag, signed by the leaf.
pub(super) fn rebuilt_group_info(
    context: &GroupContext,
    partial: &PartialGroupInfo,
    (tag, signer): (&ConfirmationTag, LeafNodeIndex),
) -> Result<Octets, MlsError> {
    let (extensions, signature) = (partial.extensions.encode(), partial.signature.encode());
    let (context, tag, signer) = (encode(context)?, encode(tag)?, encode(&signer)?);
    Ok([&context[..], &extensions, &tag, &signer, &signature].concat().into())
}

/// The digest of a GroupContext: what all parties in one epoch agree on.
pub(super) fn context_digest(context: &GroupContext) -> [u8; 32] {
    let octets = context.tls_serialize_detached().unwrap_or_default();
    *blake3::hash(&octets).as_bytes()
}
