//! A commit with all that goes with it.

use super::Octets;
use crate::wire::ratchet_tree::PartialGroupInfo;
use serde::{Deserialize, Serialize};

/// A commit, ready to be sent; its GroupInfo as octets where it was made, as a [`GroupInfoForm`] on its way.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct CommitBundle<G = Octets> {
    /// The commit, an `MLSMessage`.
    pub commit: Octets,
    /// The Welcome, an `MLSMessage` without the tree, where clients are added.
    pub welcome: Option<Octets>,
    /// The GroupInfo of the new epoch with external_pub, without the tree.
    pub group_info: G,
    /// The ratchet tree of the new epoch.
    pub tree: Octets,
}

impl CommitBundle {
    /// The same, with its GroupInfo as it travels.
    pub fn with(self, group_info: GroupInfoForm) -> CommitBundle<GroupInfoForm> {
        let Self { commit, welcome, group_info: _, tree } = self;
        CommitBundle { commit, welcome, group_info, tree }
    }
}

/// The GroupInfo that goes with a commit, never with the ratchet tree in it (proto §5.3, PROTO-32).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum GroupInfoForm {
    /// All of it.
    Full(Octets),
    /// What a hub cannot work out from the commit (ratchet-tree-options §4, MLS-21).
    Partial(PartialGroupInfo),
}
