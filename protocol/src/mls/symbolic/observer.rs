//! A hub's public view of one symbolic group.

use super::committing;
use super::public::{PublicGroup, SymbolicStaged};
use super::state::{GroupState, require_signed};
use super::wire::{self, Author, Body, Message};
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    Dictionary, Leaves, MlsConfig, MlsError, MlsGroup, MlsObserver, Octets, ProposalInfo, Propose, Received,
    Sender, Writes,
};
use crate::mutant::Mutant;
use crate::wire::pseudonym::PseudonymousCredential;
use crate::wire::ratchet_tree::PartialGroupInfo;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::mem;

/// The observer of one group in the symbolic engine.
///
/// Two observers are equal when they are in the same situation; the configuration, which is the world's, does not count.
#[derive(Clone, Debug)]
pub struct SymbolicObserver {
    config: MlsConfig,
    group: PublicGroup,
    is_changed: bool,
}

impl PartialEq for SymbolicObserver {
    fn eq(&self, other: &Self) -> bool {
        (&self.group, self.is_changed) == (&other.group, other.is_changed)
    }
}

impl Eq for SymbolicObserver {}

impl Hash for SymbolicObserver {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (&self.group, self.is_changed).hash(hasher);
    }
}

/// The key of the observer's only cell.
fn cell_key(room: RoomId) -> Vec<u8> {
    [&b"observed"[..], &room.0.to_be_bytes()].concat()
}

impl MlsGroup for SymbolicObserver {
    fn pseudonym(&self, config: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential> {
        self.group.pseudonym(config, of)
    }

    fn epoch(&self) -> u64 {
        self.group.epoch()
    }

    fn leaves(&self) -> Leaves {
        self.group.leaves()
    }

    fn dictionary(&self) -> Dictionary {
        self.group.dictionary()
    }

    fn external_senders(&self) -> Vec<ProviderId> {
        self.group.external_senders()
    }

    fn pending(&self) -> Vec<ProposalInfo> {
        self.group.pending()
    }

    fn signature_key(&self, of: Sender) -> Option<Octets> {
        self.group.signature_key(of)
    }

    fn context_digest(&self) -> [u8; 32] {
        self.group.context_digest()
    }
}

impl MlsObserver for SymbolicObserver {
    type Staged = SymbolicStaged;

    fn open(config: &MlsConfig, room: RoomId, group_info: &Octets, tree: &Octets) -> Result<Self, MlsError> {
        let (group_info, tree) = (wire::open_group_info(group_info)?, wire::open_tree(tree)?);
        let state = GroupState::from_group_info(config, room, group_info, tree)?;
        Ok(SymbolicObserver { config: config.clone(), group: PublicGroup::new(state), is_changed: true })
    }

    fn recover(
        config: &MlsConfig,
        room: RoomId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError> {
        let group = cells.get(&cell_key(room)).and_then(|octets| wire::decode(octets));
        let sound = |group: &PublicGroup| group.state.room == room && group.is_sound(config);
        let group = group.filter(sound).ok_or(MlsError::Storage)?;
        Ok(SymbolicObserver { config: config.clone(), group, is_changed: false })
    }

    fn take_writes(&mut self) -> Writes {
        if !mem::take(&mut self.is_changed) {
            return Writes::new();
        }
        vec![(cell_key(self.group.state.room), Some(wire::encode(&self.group).into()))]
    }

    fn inspect(&self, message: &Octets) -> Result<Received<SymbolicStaged>, MlsError> {
        let public = match wire::open_message(message)? {
            Message::Public(public) => public,
            // ARCH-33: the hub holds no secret.
            Message::Private(private) => {
                self.group.require_epoch(private.room, private.epoch)?;
                return Err(MlsError::NotAuthentic);
            }
            Message::Welcome(_) => return Err(MlsError::Malformed),
        };
        self.group.authenticate(&self.config, &public)?;
        match &public.body {
            Body::Proposal(proposal) => {
                let judged = self.group.judge_proposal(&self.config, message, public.author, proposal);
                judged.map(|(info, _)| Received::Proposal(info))
            }
            Body::Commit(commit) => {
                let (info, staged) = self.group.receive_commit(&self.config, public.author, commit, None)?;
                Ok(Received::Commit(info, staged))
            }
        }
    }

    fn propose(&self, by: ProviderId, proposal: &Propose) -> Result<Octets, MlsError> {
        let state = &self.group.state;
        self.group.require_epoch(state.room, state.epoch)?;
        let place = state.external_senders.iter().position(|sender| *sender == by);
        let author = Author::External(place.ok_or(MlsError::NotAnExternalSender)? as u32, by);
        let proposal = self.group.translate(&self.config, proposal, None)?;
        let message = committing::public_message(state, author, Body::Proposal(proposal.clone()));
        self.group.judge_proposal(&self.config, &message, author, &proposal)?;
        Ok(message)
    }

    fn keep(&mut self, message: &Octets) -> Result<(), MlsError> {
        self.group.keep(&self.config, message)?;
        self.is_changed = true;
        Ok(())
    }

    fn merge(&mut self, staged: SymbolicStaged, group_info: &Octets) -> Result<(), MlsError> {
        if staged.parent != self.group.state.transcript {
            return Err(MlsError::WrongEpoch);
        }
        let group_info = wire::open_group_info(group_info)?;
        if group_info.context != staged.next.context() {
            return Err(MlsError::GroupInfoMismatch);
        }
        require_signed(&group_info, &staged.next.leaves)?;
        self.go_on(staged);
        Ok(())
    }

    fn merge_partial(
        &mut self,
        staged: SymbolicStaged,
        partial: &PartialGroupInfo,
    ) -> Result<Octets, MlsError> {
        if staged.parent != self.group.state.transcript {
            return Err(MlsError::WrongEpoch);
        }
        let signed_by = wire::decode(partial.signature.as_slice()).filter(|_| partial.extensions.is_empty());
        let group_info = staged.next.group_info(staged.committer, signed_by.ok_or(MlsError::Malformed)?);
        let verified = require_signed(&group_info, &staged.next.leaves);
        if !self.config.planted.is(Mutant::TakesAnyPartial) {
            verified?;
        }
        self.go_on(staged);
        Ok(wire::seal_group_info(group_info))
    }

    fn tree(&self) -> Octets {
        self.group.state.sealed_tree()
    }
}

impl SymbolicObserver {
    /// The epoch that a commit leads to begins.
    fn go_on(&mut self, staged: SymbolicStaged) {
        self.group = PublicGroup { state: staged.next, pending: BTreeMap::new() };
        self.is_changed = true;
    }
}
