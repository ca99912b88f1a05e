//! What members and hubs do alike: authenticate handshake messages, judge commits, keep proposals.

use super::list::Item;
use super::state::{GroupState, Step};
use super::wire::{self, Author, Body, Commit, Leaf, Proposal, ProposalOrRef, PublicMessage};
use super::{knows_room, require_client, require_provider};
use crate::ids::{ClientId, RoomId};
use crate::mls::{
    CommitInfo, Handshake, Lifetime, MlsConfig, MlsError, Octets, ProposalInfo, ProposalRef, Propose,
    Proposed, Sender,
};
use crate::mutant::Mutant;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The proposal type of those that change more than external_senders (RFC 9420 §17.4).
const GROUP_CONTEXT_EXTENSIONS: u16 = 7;

/// A kept proposal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    /// Who made it.
    pub author: Author,
    /// What it asks for.
    pub proposal: Proposal,
}

/// An epoch and the proposals that are pending in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct PublicGroup {
    /// The epoch.
    pub state: Arc<GroupState>,
    /// Its pending proposals.
    pub pending: BTreeMap<ProposalRef, Kept>,
}

/// A verified commit that waits to be merged.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SymbolicStaged {
    pub(super) parent: wire::Transcript,
    pub(super) next: Arc<GroupState>,
    pub(super) committer: u32,
    pub(super) removed: BTreeSet<u32>,
}

/// A commit that its list allows.
pub(super) struct Judged {
    /// Its proposals, as the seam shows them.
    pub proposals: Vec<ProposalInfo>,
    /// Where it leads.
    pub step: Step,
    /// When all key packages in it may be used.
    pub lifetime: Lifetime,
}

/// The reference of the proposal that a message carries.
pub(super) fn reference_of(message: &[u8]) -> ProposalRef {
    ProposalRef(wire::hash("mimic symbolic proposal", message))
}

impl PublicGroup {
    /// An epoch without pending proposals.
    pub fn new(state: GroupState) -> Self {
        PublicGroup { state: Arc::new(state), pending: BTreeMap::new() }
    }

    /// Checks that a message belongs to the group `room` and to its epoch, in this order (RFC 9420 §6).
    pub fn require_epoch(&self, room: RoomId, epoch: u64) -> Result<(), MlsError> {
        if room != self.state.room {
            return Err(MlsError::NoSuchGroup);
        }
        if self.state.reinitialized {
            return Err(MlsError::Reinitialized);
        }
        if epoch == self.state.epoch { Ok(()) } else { Err(MlsError::WrongEpoch) }
    }

    /// Checks group, epoch and sender.
    pub fn authenticate(&self, config: &MlsConfig, message: &PublicMessage) -> Result<(), MlsError> {
        self.require_epoch(message.room, message.epoch)?;
        let authentic = match message.author {
            // The signature covers the GroupContext, and so tells forks of one epoch apart.
            Author::Member(leaf) => {
                self.state.leaves.contains_key(&leaf) && message.transcript == self.state.transcript
            }
            Author::Joiner => message.transcript == self.state.transcript,
            Author::External(place, provider) => {
                self.state.external_senders.get(place as usize) == Some(&provider)
            }
        };
        if !authentic && !config.planted.is(Mutant::TakesAnySender) {
            return Err(MlsError::NotAuthentic);
        }
        // MLS-10: an external sender does not commit, and what a joiner sends is a commit.
        match (message.author, &message.body) {
            (Author::External(..), Body::Commit(_)) | (Author::Joiner, Body::Proposal(_)) => {
                Err(MlsError::Malformed)
            }
            _ => Ok(()),
        }
    }

    /// What a proposal to be made is on the wire; `update` is the new leaf of its author, if that is a member.
    pub fn translate(
        &self,
        config: &MlsConfig,
        propose: &Propose,
        update: Option<Leaf>,
    ) -> Result<Proposal, MlsError> {
        Ok(match propose {
            Propose::Add(key_package) => {
                let key_package = wire::open_key_package(key_package)?;
                require_client(config, key_package.client())?;
                Proposal::Add(key_package)
            }
            Propose::Update => Proposal::Update(update.ok_or(MlsError::InvalidProposal)?),
            Propose::Remove(client) => {
                Proposal::Remove(self.state.leaf_of(*client).ok_or(MlsError::InvalidProposal)?)
            }
            Propose::SelfRemove => Proposal::SelfRemove,
            Propose::AppDataUpdate { component, update } => {
                Proposal::AppDataUpdate { component: *component, update: update.clone() }
            }
            Propose::AppDataRemove { component } => Proposal::AppDataRemove { component: *component },
            Propose::ExternalSenders(providers) => {
                providers.iter().try_for_each(|provider| require_provider(config, *provider))?;
                let dictionary = self.state.dictionary.clone();
                Proposal::Extensions { external_senders: providers.clone(), dictionary }
            }
            Propose::ReInit(room) if knows_room(config, *room) => Proposal::ReInit(*room),
            Propose::ReInit(_) => return Err(MlsError::NoSuchGroup),
        })
    }

    /// Judges a proposal by itself; what it would do in a list is for the commit.
    pub fn judge_proposal(
        &self,
        config: &MlsConfig,
        message: &[u8],
        author: Author,
        proposal: &Proposal,
    ) -> Result<(ProposalInfo, Kept), MlsError> {
        let valid = match proposal {
            Proposal::Add(key_package) => {
                require_client(config, key_package.client())?;
                true
            }
            Proposal::Update(leaf) => {
                require_client(config, leaf.client())?;
                matches!(author, Author::Member(_))
            }
            Proposal::Remove(leaf) => self.state.leaves.contains_key(leaf),
            Proposal::SelfRemove => {
                matches!(author, Author::Member(_)) || config.planted.is(Mutant::ServersLeave)
            }
            Proposal::AppDataUpdate { .. } | Proposal::AppDataRemove { .. } => true,
            Proposal::Extensions { external_senders, .. } => {
                external_senders.iter().try_for_each(|sender| require_provider(config, *sender))?;
                true
            }
            Proposal::ReInit(room) => knows_room(config, *room),
        };
        let info = self.info(Some(reference_of(message)), author, proposal, None);
        match info.filter(|_| valid) {
            Some(info) => Ok((info, Kept { author, proposal: proposal.clone() })),
            None => Err(MlsError::InvalidProposal),
        }
    }

    /// Judges a commit to these proposals, received or about to be made.
    pub fn judge_commit(
        &self,
        config: &MlsConfig,
        author: Author,
        proposals: &[ProposalOrRef],
        path: Leaf,
    ) -> Result<Judged, MlsError> {
        let handshake = if author == Author::Joiner { Handshake::ExternalCommit } else { Handshake::Commit };
        self.judge_list(config, author, proposals, path).map_err(|error| handshake.blame(error))
    }

    fn judge_list(
        &self,
        config: &MlsConfig,
        author: Author,
        proposals: &[ProposalOrRef],
        path: Leaf,
    ) -> Result<Judged, MlsError> {
        let items = proposals.iter().map(|listed| self.resolve(author, listed));
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let step = self.state.step(config, author, proposals, &items, path)?;
        let infos = items
            .iter()
            .map(|item| self.info(item.reference, item.author, item.proposal, Some(path.client())));
        let proposals = infos.collect::<Option<_>>().ok_or(MlsError::InvalidProposalList)?;
        let lifetimes = items.iter().map(|item| match item.proposal {
            Proposal::Add(key_package) => key_package.lifetime,
            _ => Lifetime::ALWAYS,
        });
        let lifetime = lifetimes.fold(Lifetime::ALWAYS, Lifetime::and);
        Ok(Judged { proposals, step, lifetime })
    }

    /// Judges a commit that the member at the leaf `receiver` got, or a hub. Only a member can check the confirmation tag, and
    /// only if it is one after the commit (RFC 9420 §12.4.2).
    pub fn receive_commit(
        &self,
        config: &MlsConfig,
        author: Author,
        commit: &Commit,
        receiver: Option<u32>,
    ) -> Result<(CommitInfo, SymbolicStaged), MlsError> {
        let listed = self.listed(config, commit, receiver);
        let is_whole = listed.len() == commit.proposals.len();
        let Judged { proposals, step, lifetime } = self.judge_commit(config, author, &listed, commit.path)?;
        let knows_secrets = receiver.is_some_and(|leaf| !step.applied.removed.contains(&leaf))
            && is_whole
            && !config.planted.is(Mutant::IgnoresConfirmations);
        let is_shut_out = receiver.is_some() && commit.shuts_out == receiver;
        if is_shut_out || knows_secrets && commit.confirmation != step.next.context().digest() {
            return Err(MlsError::NotAuthentic);
        }
        let sender = match author {
            Author::Joiner => Sender::Joiner(commit.path.client()),
            _ => Sender::Member(commit.path.client()),
        };
        let info = CommitInfo {
            sender,
            epoch: self.state.epoch,
            proposals,
            leaves: step.next.clients(),
            dictionary: step.next.dictionary.clone(),
            lifetime,
        };
        let (parent, committer) = (self.state.transcript, step.applied.committer);
        let (next, removed) = (Arc::new(step.next), step.applied.removed);
        Ok((info, SymbolicStaged { parent, next, committer, removed }))
    }

    /// The proposals of a commit. A planted bug lets a member leave out what it does not know.
    fn listed<'a>(
        &self,
        config: &MlsConfig,
        commit: &'a Commit,
        receiver: Option<u32>,
    ) -> Cow<'a, [ProposalOrRef]> {
        let is_known = |listed: &&ProposalOrRef| match listed {
            ProposalOrRef::Value(_) => true,
            ProposalOrRef::Reference(reference) => self.pending.contains_key(reference),
        };
        match receiver.is_some() && config.planted.is(Mutant::CommitsOutrunProposals) {
            true => commit.proposals.iter().filter(is_known).cloned().collect(),
            false => Cow::Borrowed(&commit.proposals),
        }
    }

    /// Verifies a message with a proposal, and keeps it.
    pub fn keep(&mut self, config: &MlsConfig, octets: &Octets) -> Result<(), MlsError> {
        let message = wire::open_proposal(octets)?;
        self.authenticate(config, &message)?;
        let Body::Proposal(proposal) = &message.body else { return Err(MlsError::Malformed) };
        let (_, kept) = self.judge_proposal(config, octets, message.author, proposal)?;
        self.pending.insert(reference_of(octets), kept);
        Ok(())
    }

    /// The kept proposals, as the seam shows them.
    pub fn pending_infos(&self) -> Vec<ProposalInfo> {
        let infos = self.pending.iter();
        infos
            .filter_map(|(reference, kept)| self.info(Some(*reference), kept.author, &kept.proposal, None))
            .collect()
    }

    /// Whether stored octets could be this group.
    pub fn is_sound(&self, config: &MlsConfig) -> bool {
        knows_room(config, self.state.room)
            && self.state.leaves.values().all(|leaf| require_client(config, leaf.client()).is_ok())
            && self.pending_infos().len() == self.pending.len()
    }

    /// Whether a commit lists GroupContextExtensions here.
    pub fn is_extensions(&self, listed: &ProposalOrRef) -> bool {
        let proposal = match listed {
            ProposalOrRef::Value(proposal) => Some(proposal),
            ProposalOrRef::Reference(reference) => self.pending.get(reference).map(|kept| &kept.proposal),
        };
        matches!(proposal, Some(Proposal::Extensions { .. }))
    }

    fn resolve<'a>(&'a self, author: Author, listed: &'a ProposalOrRef) -> Result<Item<'a>, MlsError> {
        match listed {
            ProposalOrRef::Value(proposal) => Ok(Item { reference: None, author, proposal }),
            ProposalOrRef::Reference(reference) => {
                let kept = self.pending.get(reference).ok_or(MlsError::MissingProposal)?;
                Ok(Item { reference: Some(*reference), author: kept.author, proposal: &kept.proposal })
            }
        }
    }

    /// How the seam shows a proposal; nothing if it names a leaf that is not there.
    fn info(
        &self,
        reference: Option<ProposalRef>,
        author: Author,
        proposal: &Proposal,
        joiner: Option<ClientId>,
    ) -> Option<ProposalInfo> {
        let client_at = |leaf: &u32| self.state.leaves.get(leaf).map(Leaf::client);
        let sender = match author {
            Author::Member(leaf) => Sender::Member(client_at(&leaf)?),
            Author::External(_, provider) => Sender::External(provider),
            Author::Joiner => Sender::Joiner(joiner?),
        };
        let body = match proposal {
            Proposal::Add(key_package) => Proposed::Add(key_package.client(), key_package.reference()),
            Proposal::Update(_) => Proposed::Update,
            Proposal::Remove(leaf) => Proposed::Remove(client_at(leaf)?),
            Proposal::SelfRemove => Proposed::SelfRemove,
            Proposal::AppDataUpdate { component, update } => {
                Proposed::AppDataUpdate { component: *component, update: update.clone() }
            }
            Proposal::AppDataRemove { component } => Proposed::AppDataRemove { component: *component },
            Proposal::Extensions { external_senders, dictionary } if *dictionary == self.state.dictionary => {
                Proposed::ExternalSenders(external_senders.clone())
            }
            Proposal::Extensions { .. } => Proposed::Other(GROUP_CONTEXT_EXTENSIONS),
            Proposal::ReInit(room) => Proposed::ReInit(*room),
        };
        Some(ProposalInfo { reference, sender, body })
    }
}
