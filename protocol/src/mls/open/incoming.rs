//! What a verified message turned out to be, with what it takes to act on it.

use super::codec;
use super::list;
use super::provider::SimCrypto;
use super::view::{View, change};
use crate::ids::ClientId;
use crate::mls::{
    CommitInfo, ContentKind, Handshake, Leaves, MlsError, Octets, ProposalInfo, ProposalRef, Proposed,
    Received, Sender,
};
use openmls::group::{AppDataUpdates, UnresolvedAppDataCommit};
use openmls::prelude::{
    ContentType, GroupContext, ProtocolMessage, QueuedProposal, Sender as OpenSender, StageCommitError,
    StagedCommit,
};
use std::collections::BTreeMap;

/// A verified commit that waits to be merged, and the leaves after it.
#[derive(Debug)]
pub struct OpenStaged {
    /// The transcript hash of the epoch that it ends.
    pub(super) parent: Vec<u8>,
    pub(super) leaves: Leaves,
    /// The committer's leaf after it.
    pub(super) committer: Option<u32>,
    /// Whether nothing comes after it in this group.
    pub(super) reinitializes: bool,
    pub(super) commit: Box<StagedCommit>,
}

/// A verified message.
pub(super) enum Incoming {
    Proposal(ProposalInfo, Box<QueuedProposal>),
    Commit(CommitInfo, OpenStaged),
    OwnCommit,
    Message { sender: ClientId, payload: Vec<u8>, aad: Vec<u8> },
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
        let (leaves, reinitializes) = (info.leaves.clone(), reinitializes(&info.proposals));
        let committer = match sender {
            Sender::Member(client) | Sender::Joiner(client) => info.leaf_of(client),
            Sender::External(_) => None,
        };
        let staged = OpenStaged { parent, leaves, committer, reinitializes, commit };
        Ok(Incoming::Commit(info, staged))
    }
}

impl From<Incoming> for Received<OpenStaged> {
    fn from(incoming: Incoming) -> Self {
        match incoming {
            Incoming::Proposal(info, _) => Received::Proposal(info),
            Incoming::Commit(info, staged) => Received::Commit(info, staged),
            Incoming::OwnCommit => Received::OwnCommit,
            Incoming::Message { sender, payload, aad } => Received::Message { sender, payload, aad },
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

/// Whether a commit to these proposals ends the group (RFC 9420 §11.2).
pub(super) fn reinitializes(proposals: &[ProposalInfo]) -> bool {
    proposals.iter().any(|proposal| matches!(proposal.body, Proposed::ReInit(_)))
}

/// What a message is, if it turns out to be invalid.
pub(super) fn handshake_of(message: &ProtocolMessage) -> Handshake {
    match message {
        ProtocolMessage::PublicMessage(message) => match (message.content_type(), message.sender()) {
            (ContentType::Commit, OpenSender::NewMemberCommit) => Handshake::ExternalCommit,
            (ContentType::Commit, _) => Handshake::Commit,
            _ => Handshake::Proposal,
        },
        ProtocolMessage::PrivateMessage(_) => Handshake::Proposal,
    }
}

/// Whether all that an authentic commit refers to is kept here.
pub(super) fn require_references(
    commit: &Octets,
    pending: &BTreeMap<ProposalRef, ProposalInfo>,
) -> Result<(), MlsError> {
    let references = codec::commit_references(commit)?;
    let known = references.iter().all(|reference| pending.contains_key(reference));
    if known { Ok(()) } else { Err(MlsError::MissingProposal) }
}

/// The reason for which an external commit is refused: `error`, unless that only shows that a proposal is missing.
///
/// The library looks at the leaf's signature, which covers the leaf's index, and at the types of references before it notices
/// that it does not know one of them, and so neither the index nor the type.
pub(super) fn unless_missing(
    error: MlsError,
    commit: &Octets,
    pending: &BTreeMap<ProposalRef, ProposalInfo>,
) -> MlsError {
    let missing = require_references(commit, pending) == Err(MlsError::MissingProposal);
    if missing { MlsError::MissingProposal } else { error }
}

/// Whether a message belongs to this group and epoch, in this order.
pub(super) fn require_context(message: &ProtocolMessage, context: &GroupContext) -> Result<(), MlsError> {
    if message.group_id() != context.group_id() {
        return Err(MlsError::NoSuchGroup);
    }
    if message.epoch() == context.epoch() { Ok(()) } else { Err(MlsError::WrongEpoch) }
}

/// Whether a message carries a proposal.
pub(super) fn require_proposal(message: &Octets) -> Result<(), MlsError> {
    match codec::protocol_message(message)? {
        (_, ContentKind::Proposal) => Ok(()),
        _ => Err(MlsError::Malformed),
    }
}
