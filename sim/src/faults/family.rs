//! The families of faults: each is switched on or off as a whole for a seed, and counted.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A kind of fault.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// A message never arrives.
    Loss,
    /// A message arrives twice.
    Duplication,
    /// A message arrives much later.
    Delay,
    /// A message is overtaken by later ones.
    Reordering,
    /// Nothing passes a border in either direction for a time.
    Partition,
    /// Nothing passes a border in one direction for a time.
    OneWayPartition,
    /// A hub loses its memory and is down for a time.
    HubCrash,
    /// A follower loses its memory and is down for a time.
    FollowerCrash,
    /// A client loses its memory and is down for a time.
    ClientCrash,
    /// A record takes long to become durable.
    SlowDisk,
    /// A record that was not durable yet is lost in a crash.
    LostWrite,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Loss,
        Self::Duplication,
        Self::Delay,
        Self::Reordering,
        Self::Partition,
        Self::OneWayPartition,
        Self::HubCrash,
        Self::FollowerCrash,
        Self::ClientCrash,
        Self::SlowDisk,
        Self::LostWrite,
    ];

    /// Its name in scenarios, schedules and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Duplication => "duplication",
            Self::Delay => "delay",
            Self::Reordering => "reordering",
            Self::Partition => "partition",
            Self::OneWayPartition => "one-way-partition",
            Self::HubCrash => "hub-crash",
            Self::FollowerCrash => "follower-crash",
            Self::ClientCrash => "client-crash",
            Self::SlowDisk => "slow-disk",
            Self::LostWrite => "lost-write",
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often each family struck.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FaultCounts(BTreeMap<Family, u64>);

impl FaultCounts {
    /// Counts one more.
    pub fn add(&mut self, family: Family) {
        *self.0.entry(family).or_default() += 1;
    }

    /// How often it struck.
    pub fn of(&self, family: Family) -> u64 {
        self.0.get(&family).copied().unwrap_or_default()
    }

    /// The families that struck at all, with how often.
    pub fn iter(&self) -> impl Iterator<Item = (Family, u64)> + '_ {
        self.0.iter().map(|(family, count)| (*family, *count))
    }

    /// How often any of them struck.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}
