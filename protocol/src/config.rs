//! What a node is built with, and the part of a node that is no part of its state.

use crate::directory::Directory;
use crate::ids::ProviderId;
use crate::mls::MlsConfig;
use crate::mutant::Planted;
use crate::plans::Plans;
use crate::policy::Envelope;
use crate::readings::Readings;
use crate::room;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// Fixed for a whole world: the directory, the readings, and the planted bug, if any.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// What every MLS engine is built with.
    pub mls: MlsConfig,
    /// The planted bug.
    pub planted: Planted,
    /// Which policies each hub has rooms with; any, where nothing stands here (arch §4.4, ARCH-26).
    pub envelopes: BTreeMap<ProviderId, Envelope>,
    /// What users have in mind.
    pub plans: Plans,
}

impl NodeConfig {
    /// The configuration of a world's nodes.
    pub fn new(directory: Arc<Directory>, readings: Readings, planted: Planted) -> Arc<Self> {
        Self::of(directory, readings, planted, Plans::default(), BTreeMap::new())
    }

    /// The same, in a world where users have more in mind, and hubs mind more.
    pub fn of(
        directory: Arc<Directory>,
        readings: Readings,
        planted: Planted,
        plans: Plans,
        envelopes: BTreeMap<ProviderId, Envelope>,
    ) -> Arc<Self> {
        let mls = MlsConfig { directory, readings, apply: room::apply_updates, planted };
        Arc::new(Self { mls, planted, envelopes, plans })
    }

    /// The world's names.
    pub fn directory(&self) -> &Directory {
        &self.mls.directory
    }

    /// The readings of the contested rules.
    pub fn readings(&self) -> Readings {
        self.mls.readings
    }
}

/// Something that is the same in all nodes of a world, and so makes no two of them differ.
#[derive(Clone, Debug)]
pub struct Fixed<T>(pub Arc<T>);

impl<T> Deref for Fixed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> PartialEq for Fixed<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Fixed<T> {}

impl<T> Hash for Fixed<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}
