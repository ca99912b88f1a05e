//! What a group looks like in one epoch, taken once when the epoch begins: it cannot change within it.

use crate::ids::ClientId;
use crate::mls::{Leaves, MlsGroup};
use std::sync::Arc;

/// Epoch, context and leaves. It is a function of the group, kept so that looking at a node costs nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct EpochView {
    /// The epoch.
    pub epoch: u64,
    /// The digest of the GroupContext.
    pub context: [u8; 32],
    /// The leaves.
    pub leaves: Arc<Leaves>,
}

impl EpochView {
    /// The view of the group's current epoch.
    pub fn of(group: &impl MlsGroup) -> Self {
        Self { epoch: group.epoch(), context: group.context_digest(), leaves: Arc::new(group.leaves()) }
    }

    /// The same, with the leaves of `before` where they are equal.
    pub(crate) fn sharing(mut self, before: Option<&Self>) -> Self {
        if let Some(before) = before.filter(|before| before.leaves == self.leaves) {
            self.leaves = before.leaves.clone();
        }
        self
    }

    /// The members.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> + '_ {
        self.leaves.values().copied()
    }
}
