//! A member's view of one group.

use super::Symbolic;
use super::public::{PublicGroup, SymbolicStaged};
use super::state::GroupState;
use super::wire::{PrivateMessage, Signer};
use crate::identity::pseudonymous;
use crate::ids::{ClientId, ProviderId};
use crate::mls::{Dictionary, Leaves, MlsConfig, MlsError, MlsGroup, Octets, ProposalInfo, Sender};
use crate::wire::pseudonym::PseudonymousCredential;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far ahead of the newest known generation of a sender a message may be: a local policy (MLS-17), which bounds
/// what a receiver must remember.
const MAX_FORWARD_DISTANCE: u32 = 1000;

/// A group as one of its members knows it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct SymbolicGroup {
    pub(super) public: PublicGroup,
    /// The own leaf.
    pub(super) leaf: u32,
    /// Whether the client is still a member. After its removal it can only look back (MLS-06).
    pub(super) is_active: bool,
    /// The own commit that waits for its answer.
    pub(super) own_commit: Option<OwnCommit>,
    /// The own next generation.
    pub(super) generation: u32,
    /// Which generations of the other senders' ratchets are used up.
    pub(super) ratchets: BTreeMap<u32, Ratchet>,
}

/// A commit of the own, and where it leads.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct OwnCommit {
    /// The commit, as it was sent.
    pub message: Octets,
    /// The state after it.
    pub next: Arc<GroupState>,
}

/// The generations of one sender that were decrypted: all before `next` but those in `skipped`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub(super) struct Ratchet {
    next: u32,
    skipped: BTreeSet<u32>,
}

impl SymbolicGroup {
    /// The group at `state`, fresh in its epoch.
    pub(super) fn new(state: Arc<GroupState>, leaf: u32) -> Self {
        let public = PublicGroup { state, pending: BTreeMap::new() };
        SymbolicGroup {
            public,
            leaf,
            is_active: true,
            own_commit: None,
            generation: 0,
            ratchets: BTreeMap::new(),
        }
    }

    /// Uses up the key of another member's application message; each generation has one (MLS-17).
    pub(super) fn decrypt(&mut self, message: &PrivateMessage) -> Result<(), MlsError> {
        let mut ratchet = self.ratchets.get(&message.leaf).cloned().unwrap_or_default();
        ratchet.use_up(message.generation)?;
        self.ratchets.insert(message.leaf, ratchet);
        Ok(())
    }

    /// Goes to the epoch that a commit leads to; or stops, if that removed the client (MLS-06), and it does not go on all the same.
    pub(super) fn advance(&mut self, staged: SymbolicStaged, goes_on: bool) -> Result<(), MlsError> {
        if staged.parent != self.public.state.transcript {
            return Err(MlsError::WrongEpoch);
        }
        if staged.removed.contains(&self.leaf) && !goes_on {
            self.is_active = false;
            self.own_commit = None;
            self.public.pending.clear();
        } else {
            *self = SymbolicGroup::new(staged.next, self.leaf);
        }
        Ok(())
    }
}

impl Ratchet {
    fn use_up(&mut self, generation: u32) -> Result<(), MlsError> {
        if generation < self.next {
            return if self.skipped.remove(&generation) { Ok(()) } else { Err(MlsError::Replayed) };
        }
        if generation - self.next > MAX_FORWARD_DISTANCE {
            return Err(MlsError::NotAuthentic);
        }
        let next = generation.checked_add(1).ok_or(MlsError::NotAuthentic)?;
        self.skipped.extend(self.next..generation);
        self.next = next;
        Ok(())
    }
}

impl MlsGroup for PublicGroup {
    /// The leaf says no more than whose it is, and so its credential is made anew.
    fn pseudonym(&self, config: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential> {
        let key = self.signature_key(Sender::Member(of))?;
        pseudonymous::<Symbolic>(config, of, &key).ok().flatten()
    }

    fn epoch(&self) -> u64 {
        self.state.epoch
    }

    fn leaves(&self) -> Leaves {
        self.state.clients()
    }

    fn dictionary(&self) -> Dictionary {
        self.state.dictionary.clone()
    }

    fn external_senders(&self) -> Vec<ProviderId> {
        self.state.external_senders.clone()
    }

    fn pending(&self) -> Vec<ProposalInfo> {
        self.pending_infos()
    }

    fn signature_key(&self, of: Sender) -> Option<Octets> {
        let signer = match of {
            Sender::Member(client) | Sender::Joiner(client) => {
                let leaf = self.state.leaves.values().find(|leaf| leaf.client() == client)?;
                Signer::Client(leaf.holder)
            }
            Sender::External(server) if self.state.external_senders.contains(&server) => {
                Signer::Server(server)
            }
            Sender::External(_) => return None,
        };
        Some(signer.key())
    }

    fn context_digest(&self) -> [u8; 32] {
        self.state.context().digest()
    }
}

impl MlsGroup for SymbolicGroup {
    fn pseudonym(&self, config: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential> {
        self.public.pseudonym(config, of)
    }

    fn epoch(&self) -> u64 {
        self.public.epoch()
    }

    fn leaves(&self) -> Leaves {
        self.public.leaves()
    }

    fn dictionary(&self) -> Dictionary {
        self.public.dictionary()
    }

    fn external_senders(&self) -> Vec<ProviderId> {
        self.public.external_senders()
    }

    fn pending(&self) -> Vec<ProposalInfo> {
        self.public.pending()
    }

    fn signature_key(&self, of: Sender) -> Option<Octets> {
        self.public.signature_key(of)
    }

    fn context_digest(&self) -> [u8; 32] {
        self.public.context_digest()
    }
}
