//! Servers as external senders: the proposals that they make, and those of them that the library does not take (MLS-10).

use super::codec::{decode_failed, encode};
use super::kv;
use super::proposing::RE_INIT;
use super::provider::{SUITE, SimCrypto};
use super::settings;
use super::signer::StepSigner;
use super::view::{self, View};
use crate::ids::ProviderId;
use crate::mls::{MlsError, Octets, Propose};
use openmls::ciphersuite::hash_ref::{ProposalRef, make_proposal_ref};
use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _, VLByteSlice, VLBytes};
use openmls::prelude::*;
use openmls_traits::signatures::Signer as _;

/// The version and the wire format in front of a PublicMessage.
const FRAME: (ProtocolVersion, WireFormat) = (ProtocolVersion::Mls10, WireFormat::PublicMessage);

impl<C: SimCrypto> View<'_, C> {
    /// A proposal of the external sender `by`, as a PublicMessage (RFC 9420 §6.1, §6.2).
    ///
    /// The library makes three types of them, and so all are put together here alike.
    pub(super) fn propose_as(&self, by: ProviderId, propose: &Propose) -> Result<Octets, MlsError> {
        let senders = view::external_senders(&self.config.directory, self.context);
        let index = senders.iter().position(|sender| *sender == by).ok_or(MlsError::NotAnExternalSender)?;
        let sender = Sender::External(SenderExtensionIndex::new(index as u32));
        let (proposing, _) = self.proposing(propose)?;
        let context = (self.context.group_id(), self.context.epoch());
        let frame = (FRAME, context, (sender, VLBytes::new(Vec::new()), ContentType::Proposal));
        let mut octets = frame.tls_serialize_detached().map_err(|_| MlsError::Limit)?;
        octets.extend(proposing.octets()?);
        let to_be_signed = (VLByteSlice(b"MLS 1.0 FramedContentTBS"), VLByteSlice(&octets));
        let to_be_signed = to_be_signed.tls_serialize_detached().map_err(|_| MlsError::Limit)?;
        let (secret, _) = settings::server_keys::<C>(&self.config.directory, by);
        let signer = StepSigner { crypto: self.crypto, secret: &secret };
        let signature = signer.sign(&to_be_signed).map_err(|_| MlsError::Limit)?;
        octets.extend_from_slice(&encode(&VLByteSlice(&signature))?);
        Ok(octets.into())
    }
}

/// A kept proposal, as the library stores it and lets nobody make it.
#[derive(serde::Serialize)]
struct Queued {
    proposal: Proposal,
    proposal_reference: ProposalRef,
    sender: Sender,
    proposal_or_ref_type: ProposalOrRefType,
}

/// The proposal of an external sender that the library has found authentic, and then refused for its type.
pub(super) fn refused_for_its_type(
    octets: &[u8],
    crypto: &impl SimCrypto,
) -> Result<QueuedProposal, MlsError> {
    let rest = &mut &*octets;
    let mut read = || {
        <(ProtocolVersion, WireFormat)>::tls_deserialize(rest)?;
        <(GroupId, GroupEpoch)>::tls_deserialize(rest)?;
        let sender = Sender::tls_deserialize(rest)?;
        <(VLBytes, ContentType)>::tls_deserialize(rest)?;
        Ok((sender, ProposalIn::tls_deserialize(rest)?))
    };
    let (sender, proposal) = read().map_err(decode_failed)?;
    let proposal = match proposal {
        ProposalIn::AppDataUpdate(update) => Proposal::AppDataUpdate(update),
        ProposalIn::Custom(custom) if custom.proposal_type() == RE_INIT => Proposal::Custom(custom),
        ProposalIn::Update(_) | ProposalIn::SelfRemove | ProposalIn::ExternalInit(_) => {
            return Err(MlsError::InvalidProposal);
        }
        _ => return Err(MlsError::Limit),
    };
    // RFC 9420 §5.2: the AuthenticatedContent, which in a server's message is all behind the version.
    let authenticated = octets.get(2..).ok_or(MlsError::Malformed)?;
    let proposal_reference = make_proposal_ref(authenticated, SUITE, crypto).map_err(|_| MlsError::Limit)?;
    let proposal_or_ref_type = ProposalOrRefType::Reference;
    Ok(kv::converted(&Queued { proposal, proposal_reference, sender, proposal_or_ref_type })?)
}
