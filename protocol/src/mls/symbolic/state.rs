//! The public state of a group in one epoch, and its steps.

use super::list::{self, Applied, Item};
use super::wire::{
    self, Author, GroupContext, GroupInfo, Holder, Key, Leaf, ProposalOrRef, Transcript, Tree,
};
use super::{knows_room, require_client};
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{Dictionary, Entropy, Leaves, MlsConfig, MlsError, Octets};
use crate::mutant::Mutant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

/// What all members and the hub know of one epoch.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct GroupState {
    /// The room whose group it is.
    pub room: RoomId,
    /// The external senders.
    pub external_senders: Vec<ProviderId>,
    /// The epoch.
    pub epoch: u64,
    /// The history, and the secret that only members use.
    pub transcript: Transcript,
    /// The ratchet tree.
    pub leaves: Tree,
    /// The app_data_dictionary.
    pub dictionary: Dictionary,
    /// Whether the commit that led here ended the group (RFC 9420 §11.2).
    pub reinitialized: bool,
}

/// The transcript stands for all the rest, which follows from it.
impl Hash for GroupState {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.transcript.hash(hasher);
    }
}

/// A step from one epoch to the next.
pub(super) struct Step {
    /// The state after it.
    pub next: GroupState,
    /// What the list did to the leaves.
    pub applied: Applied,
}

impl GroupState {
    /// The first epoch of a group with one client alone.
    pub fn create(
        room: RoomId,
        holder: Holder,
        dictionary: &Dictionary,
        hub: ProviderId,
        entropy: Entropy,
    ) -> Self {
        let key = Key::fresh(entropy, "mimic symbolic creator's leaf");
        let leaves = Tree::from([(0, Leaf { holder, key })]);
        let first = wire::encode(&(room, hub, &leaves, dictionary));
        let transcript = Transcript(wire::hash("mimic symbolic first transcript", &first));
        GroupState {
            room,
            external_senders: vec![hub],
            epoch: 0,
            transcript,
            leaves,
            dictionary: dictionary.clone(),
            reinitialized: false,
        }
    }

    /// The state that a GroupInfo and a tree give, if they fit.
    pub fn from_group_info(
        config: &MlsConfig,
        room: RoomId,
        group_info: GroupInfo,
        leaves: Tree,
    ) -> Result<Self, MlsError> {
        if group_info.context.room != room || !knows_room(config, room) {
            return Err(MlsError::NoSuchGroup);
        }
        // RFC 9420 §12.4.3.1: first the signature, by a key of the tree, and then the tree.
        require_signed(&group_info, &leaves)?;
        let GroupContext { external_senders, epoch, transcript, tree, dictionary, .. } = group_info.context;
        if tree != tree_hash(&leaves) || !is_valid_tree(&leaves) {
            return Err(MlsError::GroupInfoMismatch);
        }
        leaves.values().try_for_each(|leaf| require_client(config, leaf.client()))?;
        let reinitialized = false;
        Ok(GroupState { room, external_senders, epoch, transcript, leaves, dictionary, reinitialized })
    }

    /// What a commit of `author` with these proposals leads to.
    pub fn step(
        &self,
        config: &MlsConfig,
        author: Author,
        proposals: &[ProposalOrRef],
        items: &[Item<'_>],
        path: Leaf,
    ) -> Result<Step, MlsError> {
        let applied = list::apply(config, self, author, items, path)?;
        let content = match config.planted.is(Mutant::ForgetsHistory) {
            true => wire::encode(&self.epoch),
            false => wire::encode(&(self.transcript, author, proposals, path)),
        };
        let next = GroupState {
            room: self.room,
            external_senders: applied.external_senders.clone(),
            epoch: self.epoch + 1,
            transcript: Transcript(wire::hash("mimic symbolic transcript", &content)),
            leaves: applied.leaves.clone(),
            dictionary: applied.dictionary.clone(),
            reinitialized: applied.reinitializes,
        };
        Ok(Step { next, applied })
    }

    /// The GroupContext.
    pub fn context(&self) -> GroupContext {
        GroupContext {
            room: self.room,
            external_senders: self.external_senders.clone(),
            epoch: self.epoch,
            transcript: self.transcript,
            tree: tree_hash(&self.leaves),
            dictionary: self.dictionary.clone(),
        }
    }

    /// The GroupInfo, signed by the client at the leaf `signer`.
    pub fn group_info(&self, signer: u32, signed_by: Holder) -> GroupInfo {
        GroupInfo { context: self.context(), signer, signed_by }
    }

    /// The octets of the tree.
    pub fn sealed_tree(&self) -> Octets {
        wire::seal_tree(self.leaves.clone())
    }

    /// The leaves, as the seam names them.
    pub fn clients(&self) -> Leaves {
        self.leaves.iter().map(|(index, leaf)| (*index, leaf.client())).collect()
    }

    /// The leaf of `client`.
    pub fn leaf_of(&self, client: ClientId) -> Option<u32> {
        self.leaves.iter().find(|(_, leaf)| leaf.client() == client).map(|(index, _)| *index)
    }
}

/// Checks the signature of a GroupInfo with the signer's key in the tree.
pub(super) fn require_signed(group_info: &GroupInfo, leaves: &Tree) -> Result<(), MlsError> {
    let signer = leaves.get(&group_info.signer).ok_or(MlsError::GroupInfoMismatch)?;
    if signer.holder == group_info.signed_by { Ok(()) } else { Err(MlsError::NotAuthentic) }
}

/// Whether all clients and all keys are distinct (RFC 9420 §7.3, §12.4.3.1).
pub(super) fn is_valid_tree(leaves: &Tree) -> bool {
    let clients = leaves.values().map(Leaf::client).collect::<BTreeSet<_>>();
    let keys = leaves.values().map(|leaf| leaf.key).collect::<BTreeSet<_>>();
    clients.len() == leaves.len() && keys.len() == leaves.len()
}

/// The leftmost blank leaf, which the next Add or joiner takes (RFC 9420 §12.1.1, §12.4.3.2).
pub(super) fn leftmost_blank(leaves: &Tree) -> u32 {
    let indices = leaves.keys().copied();
    (0..).zip(indices).find(|(blank, index)| blank != index).map_or(leaves.len() as u32, |(blank, _)| blank)
}

fn tree_hash(leaves: &Tree) -> [u8; 32] {
    wire::hash("mimic symbolic tree", &wire::encode(leaves))
}
