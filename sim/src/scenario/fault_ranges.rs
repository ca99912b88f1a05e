//! The `[faults]` of a scenario: which families of faults a seed may draw, and from which ranges.

use super::range::{Chance, Range};
use crate::faults::Family;
use serde::{Deserialize, Serialize};

/// One entry per family; a family without an entry never strikes. In each, `probability` is the probability that the
/// family is on in a seed at all, so that runs differ in kind and not only in degree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FaultRanges {
    /// Messages never arrive.
    pub loss: Option<RateRanges>,
    /// Messages arrive twice.
    pub duplication: Option<WithinRanges>,
    /// Messages arrive much later.
    pub delay: Option<MeanRanges>,
    /// Messages wait so that later ones overtake them.
    pub reordering: Option<WithinRanges>,
    /// Nothing passes a border for a time.
    pub partition: PartitionFaults,
    /// Nodes lose their memory and are down for a time.
    pub crash: CrashFaults,
    /// Records are late, or lost in a crash.
    pub disk: DiskFaults,
}

impl FaultRanges {
    /// The families that a seed may draw.
    pub fn families(&self) -> impl Iterator<Item = Family> {
        let Self { loss, duplication, delay, reordering, partition, crash, disk } = self;
        let named = [
            (Family::Loss, loss.is_some()),
            (Family::Duplication, duplication.is_some()),
            (Family::Delay, delay.is_some()),
            (Family::Reordering, reordering.is_some()),
            (Family::Partition, partition.symmetric.is_some()),
            (Family::OneWayPartition, partition.one_way.is_some()),
            (Family::HubCrash, crash.hub.is_some()),
            (Family::FollowerCrash, crash.follower.is_some()),
            (Family::ClientCrash, crash.client.is_some()),
            (Family::SlowDisk, disk.slow.is_some()),
            (Family::LostWrite, disk.lost_write.is_some()),
        ];
        named.into_iter().filter_map(|(family, is_named)| is_named.then_some(family))
    }
}

/// The families of partitions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct PartitionFaults {
    /// In both directions.
    pub symmetric: Option<PartitionRanges>,
    /// In one direction only.
    pub one_way: Option<PartitionRanges>,
}

/// The families of crashes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct CrashFaults {
    /// Of the room's hub.
    pub hub: Option<CrashRanges>,
    /// Of another provider.
    pub follower: Option<CrashRanges>,
    /// Of a client.
    pub client: Option<CrashRanges>,
}

/// The families of storage faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DiskFaults {
    /// Records take long to become durable.
    pub slow: Option<MeanRanges>,
    /// A crash loses the records that are not durable yet.
    pub lost_write: Option<RateRanges>,
}

/// A family that strikes each time with some chance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RateRanges {
    /// How probable it is that the family is on in a seed.
    pub probability: Chance,
    /// How probable it then is each time.
    pub chance: Range<Chance>,
}

/// A family that strikes each time with some chance, and takes a time up to a bound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct WithinRanges {
    /// How probable it is that the family is on in a seed.
    pub probability: Chance,
    /// How probable it then is each time.
    pub chance: Range<Chance>,
    /// The bound.
    pub within_ms: Range<u64>,
}

/// A family that strikes each time with some chance, and takes a time that is exponential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MeanRanges {
    /// How probable it is that the family is on in a seed.
    pub probability: Chance,
    /// How probable it then is each time.
    pub chance: Range<Chance>,
    /// The mean.
    pub mean_ms: Range<u64>,
}

/// Partitions, planned by time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PartitionRanges {
    /// How probable it is that the family is on in a seed.
    pub probability: Chance,
    /// How many there then are.
    pub count: Range<u64>,
    /// How long each lasts.
    pub duration_ms: Range<u64>,
}

/// Crashes, planned by time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CrashRanges {
    /// How probable it is that the family is on in a seed.
    pub probability: Chance,
    /// How many there then are.
    pub count: Range<u64>,
    /// How long the node is down.
    pub down_ms: Range<u64>,
    /// How probable it is that a crash waits until the node is writing a record.
    pub while_writing: Chance,
}
