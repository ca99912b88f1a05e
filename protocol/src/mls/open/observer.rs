//! A hub's public view of one group.

use super::codec;
use super::group::group_id;
use super::incoming::{
    Incoming, OpenStaged, handshake_of, require_context, require_proposal, require_references, stage_updates,
    unless_missing,
};
use super::kv::{Kv, Slot};
use super::provider::{SUITE, SimCrypto};
use super::servers;
use super::signing;
use super::view::{self, View};
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    ContentKind, Dictionary, GroupInfoForm, Handshake, Leaves, MlsConfig, MlsError, MlsGroup, MlsObserver,
    Octets, ProposalInfo, ProposalRef, Propose, Received, Sender, Writes,
};
use crate::mutant::Mutant;
use crate::wire::pseudonym::PseudonymousCredential;
use crate::wire::ratchet_tree::PartialGroupInfo;
use openmls::group::{
    ProposalStore, PublicGroup, PublicProcessMessageError, StageCommitError, ValidationError,
};
use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::{LeafNodeIndex, ProcessedMessageContent, ProtocolMessage, Verifiable};
use std::collections::BTreeMap;

/// A group as its hub has it: the tree, the GroupContext and the pending proposals.
#[derive(Debug)]
pub struct OpenObserver<C> {
    pub(super) config: MlsConfig,
    crypto: C,
    pub(super) kv: Kv,
    pub(super) inner: PublicGroup,
    pub(super) leaves: Leaves,
    pending: BTreeMap<ProposalRef, ProposalInfo>,
    /// Whether the group was reinitialised (RFC 9420 §11.2).
    reinitialized: bool,
}

impl<C: SimCrypto> OpenObserver<C> {
    pub(super) fn new(config: &MlsConfig, kv: Kv, inner: PublicGroup) -> Result<Self, MlsError> {
        let leaves = view::leaves(config, inner.members())?;
        let (config, crypto, pending) = (config.clone(), C::default(), BTreeMap::new());
        let reinitialized = kv.has(Slot::Reinitialized, &())?;
        let mut observer = Self { config, crypto, kv, inner, leaves, pending, reinitialized };
        let kept = observer.inner.queued_proposals(&observer.kv)?;
        let view = observer.view();
        observer.pending = kept.iter().map(|(_, queued)| view.kept(queued)).collect::<Result<_, _>>()?;
        Ok(observer)
    }

    fn load(config: &MlsConfig, room: RoomId, kv: Kv) -> Result<Self, MlsError> {
        let inner = PublicGroup::load(&kv, &group_id(config, room)?)?.ok_or(MlsError::Storage)?;
        Self::new(config, kv, inner).map_err(|_| MlsError::Storage)
    }

    fn view(&self) -> View<'_, C> {
        View {
            config: &self.config,
            crypto: &self.crypto,
            context: self.inner.group_context(),
            leaves: &self.leaves,
        }
    }

    /// Verifies a message. The membership tag is left out: whoever checks it must know the epoch's secrets.
    fn receive(&self, octets: &Octets) -> Result<Incoming, MlsError> {
        let (message, kind) = codec::protocol_message(octets)?;
        let handshake = handshake_of(&message);
        self.receive_message(octets, message, kind).map_err(|error| handshake.blame(error))
    }

    fn receive_message(
        &self,
        octets: &Octets,
        message: ProtocolMessage,
        kind: ContentKind,
    ) -> Result<Incoming, MlsError> {
        if self.reinitialized && message.group_id() == self.inner.group_id() {
            return Err(MlsError::Reinitialized);
        }
        require_context(&message, self.inner.group_context())?;
        if kind == ContentKind::Application {
            // ARCH-33: the hub holds no secret.
            return Err(MlsError::NotAuthentic);
        }
        let processed = match self.inner.process_message(&self.crypto, message) {
            Err(PublicProcessMessageError::ValidationError(ValidationError::UpdatePathError(_))) => {
                return Err(unless_missing(MlsError::NotAuthentic, octets, &self.pending));
            }
            Err(PublicProcessMessageError::InvalidCommit(
                error @ StageCommitError::ExternalCommitValidation(_),
            )) => return Err(unless_missing(error.into(), octets, &self.pending)),
            Err(PublicProcessMessageError::UnsupportedProposalType) => {
                let queued = servers::refused_for_its_type(octets, &self.crypto)?;
                let (_, info) = self.view().kept(&queued)?;
                return Ok(Incoming::Proposal(info, Box::new(queued)));
            }
            processed => processed?,
        };
        let view = self.view();
        let sender = view.sender(processed.sender(), processed.credential())?;
        match processed.into_content() {
            ProcessedMessageContent::ProposalMessage(queued) => {
                Ok(Incoming::Proposal(view.proposal(&queued, sender)?, queued))
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                require_references(octets, &self.pending)?;
                Incoming::commit(&view, sender, staged)
            }
            ProcessedMessageContent::UnresolvedAppDataCommit(commit) => {
                require_references(octets, &self.pending)?;
                let stage = |commit, changes| self.inner.stage_app_data_commit(&self.crypto, commit, changes);
                Incoming::commit(&view, sender, stage_updates(&view, *commit, stage)?)
            }
            _ => Err(MlsError::Malformed),
        }
    }

    fn try_merge(&mut self, staged: OpenStaged, form: &GroupInfoForm) -> Result<Octets, MlsError> {
        if staged.parent != self.inner.group_context().confirmed_transcript_hash() {
            return Err(MlsError::WrongEpoch);
        }
        if let GroupInfoForm::Full(octets) = form
            && codec::group_info(octets)?.group_context() != staged.commit.group_context()
        {
            return Err(MlsError::GroupInfoMismatch);
        }
        self.inner.merge_commit(&self.kv, *staged.commit).map_err(|_| MlsError::Storage)?;
        let group_info = match form {
            GroupInfoForm::Full(octets) => octets.clone(),
            GroupInfoForm::Partial(partial) => self.rebuild(partial, staged.committer)?,
        };
        let verified = self.check_group_info(codec::group_info(&group_info)?, &group_info);
        let is_partial = matches!(form, GroupInfoForm::Partial(_));
        if !(is_partial && self.config.planted.is(Mutant::TakesAnyPartial)) {
            verified?;
        }
        if staged.reinitializes {
            self.kv.put(Slot::Reinitialized, &(), &true)?;
        }
        self.reinitialized = staged.reinitializes;
        self.leaves = staged.leaves;
        self.pending.clear();
        Ok(group_info)
    }

    /// The GroupInfo of this epoch, which the committer has signed and sent in part (ratchet-tree-options §4, MLS-21).
    fn rebuild(&self, partial: &PartialGroupInfo, committer: Option<u32>) -> Result<Octets, MlsError> {
        let signer = LeafNodeIndex::new(committer.ok_or(MlsError::GroupInfoMismatch)?);
        let (context, tag) = (self.inner.group_context(), self.inner.confirmation_tag());
        codec::rebuilt_group_info(context, partial, (tag, signer))
    }

    fn merge_form(&mut self, staged: OpenStaged, form: &GroupInfoForm) -> Result<Octets, MlsError> {
        self.kv.begin();
        let result = self.try_merge(staged, form);
        if result.is_ok() {
            self.kv.keep_changes();
        } else if self.kv.roll_back() {
            let id = self.inner.group_id().clone();
            self.inner = PublicGroup::load(&self.kv, &id)?.ok_or(MlsError::Storage)?;
        }
        result
    }

    /// Whether a GroupInfo of this epoch lets others join: tag and signature are what a joiner checks too (RACE-33).
    fn check_group_info(&self, offered: VerifiableGroupInfo, octets: &[u8]) -> Result<(), MlsError> {
        let (tag, signer) = codec::group_info_tail(octets)?;
        let signer = self.inner.leaf(signer).ok_or(MlsError::GroupInfoMismatch)?;
        if tag != *self.inner.confirmation_tag() {
            return Err(MlsError::GroupInfoMismatch);
        }
        let key = signer.signature_key().clone();
        let key = key.into_signature_public_key_enriched(SUITE.signature_algorithm());
        let verified: Result<openmls::messages::group_info::GroupInfo, _> =
            offered.verify(&self.crypto, &key);
        verified.map(|_| ()).map_err(|_| MlsError::NotAuthentic)
    }
}

impl<C: SimCrypto> MlsGroup for OpenObserver<C> {
    fn epoch(&self) -> u64 {
        self.inner.group_context().epoch().as_u64()
    }

    fn leaves(&self) -> Leaves {
        self.leaves.clone()
    }

    fn dictionary(&self) -> Dictionary {
        view::dictionary(self.inner.group_context())
    }

    fn external_senders(&self) -> Vec<ProviderId> {
        view::external_senders(&self.config.directory, self.inner.group_context())
    }

    fn pending(&self) -> Vec<ProposalInfo> {
        self.pending.values().cloned().collect()
    }

    fn signature_key(&self, of: Sender) -> Option<Octets> {
        signing::key_in(&self.inner, &self.leaves, &self.external_senders(), of)
    }

    fn pseudonym(&self, _: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential> {
        signing::pseudonym_in(&self.inner, &self.leaves, of)
    }

    fn context_digest(&self) -> [u8; 32] {
        codec::context_digest(self.inner.group_context())
    }
}

impl<C: SimCrypto> MlsObserver for OpenObserver<C> {
    type Staged = OpenStaged;

    fn open(config: &MlsConfig, room: RoomId, group_info: &Octets, tree: &Octets) -> Result<Self, MlsError> {
        let offered = codec::group_info(group_info)?;
        if *offered.group_id() != group_id(config, room)? {
            return Err(MlsError::NoSuchGroup);
        }
        let (kv, crypto, store) = (Kv::default(), C::default(), ProposalStore::new());
        let (inner, _) = PublicGroup::from_external(&crypto, &kv, codec::tree(tree)?, offered, store)?;
        Self::new(config, kv, inner)
    }

    fn recover(
        config: &MlsConfig,
        room: RoomId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError> {
        let kv = Kv::restore(cells.iter().map(|(key, value)| (key.clone(), value.clone())));
        Self::load(config, room, kv)
    }

    fn take_writes(&mut self) -> Writes {
        self.kv.take_writes()
    }

    fn inspect(&self, message: &Octets) -> Result<Received<OpenStaged>, MlsError> {
        Ok(self.receive(message)?.into())
    }

    fn propose(&self, by: ProviderId, proposal: &Propose) -> Result<Octets, MlsError> {
        if self.reinitialized {
            return Err(MlsError::Reinitialized);
        }
        self.view().propose_as(by, proposal).map_err(|error| Handshake::Proposal.blame(error))
    }

    fn keep(&mut self, message: &Octets) -> Result<(), MlsError> {
        require_proposal(message)?;
        let Incoming::Proposal(info, queued) = self.receive(message)? else {
            return Err(MlsError::Malformed);
        };
        let reference = info.reference.ok_or(MlsError::Malformed)?;
        if self.pending.insert(reference, info).is_none() {
            self.inner.add_proposal(&self.kv, *queued)?;
        }
        Ok(())
    }

    fn merge(&mut self, staged: OpenStaged, group_info: &Octets) -> Result<(), MlsError> {
        self.merge_form(staged, &GroupInfoForm::Full(group_info.clone())).map(|_| ())
    }

    fn merge_partial(&mut self, staged: OpenStaged, partial: &PartialGroupInfo) -> Result<Octets, MlsError> {
        self.merge_form(staged, &GroupInfoForm::Partial(partial.clone()))
    }

    fn tree(&self) -> Octets {
        // A tree that was decoded or built has an encoding.
        codec::encode(&self.inner.export_ratchet_tree()).unwrap_or_default()
    }
}
