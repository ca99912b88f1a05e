//! What a verified message turned out to be, with what it takes to act on it.

use super::codec;
use super::list;
use super::provider::SimCrypto;
use super::view::{View, change};
use crate::ids::ClientId;
use crate::mls::{
    CommitInfo, ContentKind, Leaves, MlsError, Octets, ProposalInfo, ProposalRef, Received, Sender,
};
use openmls::group::{AppDataUpdates, UnresolvedAppDataCommit};
use openmls::prelude::{
    ContentType, GroupContext, ProtocolMessage, QueuedProposal, StageCommitError, StagedCommit,
};
use std::collections::BTreeMap;

/// A verified commit that waits to be merged, and the leaves after it.
#[derive(Debug)]
pub struct OpenStaged {
    /// The transcript hash of the epoch that it ends.
    pub(super) parent: Vec<u8>,
    pub(super) leaves: Leaves,
    pub(super) commit: Box<StagedCommit>,
}

/// A verified message.
pub(super) enum Incoming {
    Proposal(ProposalInfo, Box<QueuedProposal>),
    Commit(CommitInfo, OpenStaged),
    OwnCommit,
    Message { sender: ClientId, payload: Vec<u8> },
    OwnMessage,
}

impl Incoming {
    /// A staged commit of `sender`.
    pub(super) fn commit<C: SimCrypto>(
        view: &View<'_, C>,
        sender: Sender,
        commit: Box<StagedCommit>,
    ) -> Result<Self, MlsError> {
        let info = view.commit(sender, &commit)?;
        let parent = view.context.confirmed_transcript_hash().to_vec();
        let staged = OpenStaged { parent, leaves: info.leaves.clone(), commit };
        Ok(Incoming::Commit(info, staged))
    }
}

impl From<Incoming> for Received<OpenStaged> {
    fn from(incoming: Incoming) -> Self {
        match incoming {
            Incoming::Proposal(info, _) => Received::Proposal(info),
            Incoming::Commit(info, staged) => Received::Commit(info, staged),
            Incoming::OwnCommit => Received::OwnCommit,
            Incoming::Message { sender, payload } => Received::Message { sender, payload },
            Incoming::OwnMessage => Received::OwnMessage,
        }
    }
}

/// Stages a commit with AppDataUpdates: works out the dictionary after it and has the library stage it with that.
pub(super) fn stage_updates<C: SimCrypto>(
    view: &View<'_, C>,
    commit: UnresolvedAppDataCommit,
    stage: impl FnOnce(UnresolvedAppDataCommit, Option<AppDataUpdates>) -> Result<StagedCommit, StageCommitError>,
) -> Result<Box<StagedCommit>, MlsError> {
    let before = view.context.extensions().app_data_dictionary().map(|extension| extension.dictionary());
    let updates: Vec<_> = commit.app_data_update_proposals().map(change).collect();
    let changes = list::dictionary_changes(view.config, before, &updates)?;
    Ok(Box::new(stage(commit, changes)?))
}

/// Whether all is kept here that a commit refers to, as far as that must be asked before the library verifies it: where a joiner
/// goes, and so what its leaf signs, follows from the SelfRemoves in its commit.
pub(super) fn require_references(
    octets: &Octets,
    message: &ProtocolMessage,
    pending: &BTreeMap<ProposalRef, ProposalInfo>,
) -> Result<(), MlsError> {
    let ProtocolMessage::PublicMessage(message) = message else { return Ok(()) };
    if message.content_type() != ContentType::Commit {
        return Ok(());
    }
    let references = codec::commit_references(octets)?;
    let is_joiner = *message.sender() == openmls::prelude::Sender::NewMemberCommit;
    let known = references.iter().all(|reference| pending.contains_key(reference));
    if known || !is_joiner { Ok(()) } else { Err(MlsError::MissingProposal) }
}

/// Whether a message belongs to this group and epoch, in this order.
pub(super) fn require_context(message: &ProtocolMessage, context: &GroupContext) -> Result<(), MlsError> {
    if message.group_id() != context.group_id() {
        return Err(MlsError::NoSuchGroup);
    }
    if message.epoch() == context.epoch() { Ok(()) } else { Err(MlsError::WrongEpoch) }
}

/// Whether a message is one that can be kept: a proposal of this group and epoch.
pub(super) fn require_proposal(message: &Octets, context: &GroupContext) -> Result<(), MlsError> {
    let (message, kind) = codec::protocol_message(message)?;
    if kind == ContentKind::Application {
        return Err(MlsError::Malformed);
    }
    require_context(&message, context)?;
    if kind == ContentKind::Proposal { Ok(()) } else { Err(MlsError::Malformed) }
}
