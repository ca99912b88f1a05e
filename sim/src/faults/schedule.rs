//! The faults of a run as data: what was drawn can be replayed, edited by hand, shrunk and committed.

use crate::faults::family::Family;
use crate::faults::partition::{Closed, Partition};
use crate::packet::PacketKey;
use mimic_protocol::NodeId;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One fault, named by what it strikes, so that taking it out leaves every other one as it was.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum FaultEntry {
    /// The message never arrives.
    Lost {
        /// Which.
        packet: PacketKey,
    },
    /// A second copy of the message arrives, even if the first is lost.
    Duplicated {
        /// Which.
        packet: PacketKey,
        /// How long after the first was due.
        after_us: u64,
    },
    /// The message arrives much later.
    Delayed {
        /// Which.
        packet: PacketKey,
        /// By how much.
        by_us: u64,
    },
    /// The message waits, so that others overtake it.
    Reordered {
        /// Which.
        packet: PacketKey,
        /// How long.
        by_us: u64,
    },
    /// A border is closed.
    Partition(Partition),
    /// A node crashes.
    Crash(Crash),
    /// A record takes long to become durable.
    SlowWrite {
        /// Whose.
        node: NodeId,
        /// The number of the record.
        record: u64,
        /// By how much.
        by_us: u64,
    },
    /// A record that is not durable yet does not survive a crash, and nor do those after it.
    LostWrite {
        /// Whose.
        node: NodeId,
        /// The number of the record.
        record: u64,
    },
}

/// A node loses its memory, and comes back later with what its disk holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Crash {
    /// From when on it may strike.
    pub at_ms: u64,
    /// Which node.
    pub node: NodeId,
    /// As a case of what it counts.
    pub family: Family,
    /// Whether it waits until the node is writing a record, and strikes before that record is durable.
    pub while_writing: bool,
    /// How long the node is down.
    pub down_ms: u64,
}

/// What strikes one message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PacketFaults {
    /// The original never arrives.
    pub lost: bool,
    /// A copy arrives this long after the original was due.
    pub duplicate_after_us: Option<u64>,
    /// It is delayed by this much.
    pub delayed_by_us: Option<u64>,
    /// It is held back by this much.
    pub reordered_by_us: Option<u64>,
}

/// A set of faults.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<FaultEntry>", into = "Vec<FaultEntry>")]
pub struct FaultSchedule {
    packets: BTreeMap<PacketKey, PacketFaults>,
    partitions: BTreeSet<Partition>,
    crashes: BTreeSet<Crash>,
    slow_writes: BTreeMap<(NodeId, u64), u64>,
    lost_writes: BTreeSet<(NodeId, u64)>,
}

impl FaultSchedule {
    /// Adds a fault, in place of one of the same family that strikes the same.
    pub fn insert(&mut self, entry: FaultEntry) {
        match entry {
            FaultEntry::Lost { packet } => self.packet_mut(packet).lost = true,
            FaultEntry::Duplicated { packet, after_us } => {
                self.packet_mut(packet).duplicate_after_us = Some(after_us);
            }
            FaultEntry::Delayed { packet, by_us } => self.packet_mut(packet).delayed_by_us = Some(by_us),
            FaultEntry::Reordered { packet, by_us } => self.packet_mut(packet).reordered_by_us = Some(by_us),
            FaultEntry::Partition(partition) => _ = self.partitions.insert(partition),
            FaultEntry::Crash(crash) => _ = self.crashes.insert(crash),
            FaultEntry::SlowWrite { node, record, by_us } => {
                self.slow_writes.insert((node, record), by_us);
            }
            FaultEntry::LostWrite { node, record } => _ = self.lost_writes.insert((node, record)),
        }
    }

    /// Adds all faults that strike one message.
    pub fn insert_packet(&mut self, packet: PacketKey, faults: PacketFaults) {
        if faults != PacketFaults::default() {
            self.packets.insert(packet, faults);
        }
    }

    /// All faults, in a canonical order.
    pub fn entries(&self) -> impl Iterator<Item = FaultEntry> + '_ {
        let partitions = self.partitions.iter().cloned().map(FaultEntry::Partition);
        let crashes = self.crashes.iter().copied().map(FaultEntry::Crash);
        let packets = self.packets.iter().flat_map(|(packet, faults)| packet_entries(*packet, *faults));
        let slow = self.slow_writes.iter();
        let slow = slow.map(|(&(node, record), &by_us)| FaultEntry::SlowWrite { node, record, by_us });
        let lost = self.lost_writes.iter();
        let lost = lost.map(|&(node, record)| FaultEntry::LostWrite { node, record });
        partitions.chain(crashes).chain(packets).chain(slow).chain(lost)
    }

    /// How many faults there are.
    pub fn len(&self) -> usize {
        self.entries().count()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// What strikes this message.
    pub fn packet(&self, key: &PacketKey) -> PacketFaults {
        self.packets.get(key).copied().unwrap_or_default()
    }

    /// The partitions.
    pub fn partitions(&self) -> impl Iterator<Item = &Partition> {
        self.partitions.iter()
    }

    /// The crashes, by time.
    pub fn crashes(&self) -> impl Iterator<Item = &Crash> {
        self.crashes.iter()
    }

    /// By how much this record is slow.
    pub fn slow_write_us(&self, node: NodeId, record: u64) -> Option<u64> {
        self.slow_writes.get(&(node, record)).copied()
    }

    /// Whether a crash loses this record.
    pub fn loses_write(&self, node: NodeId, record: u64) -> bool {
        self.lost_writes.contains(&(node, record))
    }

    fn packet_mut(&mut self, key: PacketKey) -> &mut PacketFaults {
        self.packets.entry(key).or_default()
    }
}

impl FromIterator<FaultEntry> for FaultSchedule {
    fn from_iter<I: IntoIterator<Item = FaultEntry>>(entries: I) -> Self {
        let mut schedule = Self::default();
        entries.into_iter().for_each(|entry| schedule.insert(entry));
        schedule
    }
}

impl From<Vec<FaultEntry>> for FaultSchedule {
    fn from(entries: Vec<FaultEntry>) -> Self {
        entries.into_iter().collect()
    }
}

impl From<FaultSchedule> for Vec<FaultEntry> {
    fn from(schedule: FaultSchedule) -> Self {
        schedule.entries().collect()
    }
}

impl FaultEntry {
    /// The family that it belongs to.
    pub fn family(&self) -> Family {
        match self {
            Self::Lost { .. } => Family::Loss,
            Self::Duplicated { .. } => Family::Duplication,
            Self::Delayed { .. } => Family::Delay,
            Self::Reordered { .. } => Family::Reordering,
            Self::Partition(partition) => partition.family(),
            Self::Crash(crash) => crash.family,
            Self::SlowWrite { .. } => Family::SlowDisk,
            Self::LostWrite { .. } => Family::LostWrite,
        }
    }
}

impl Partition {
    /// The family that it belongs to.
    pub fn family(&self) -> Family {
        match self.closed {
            Closed::BothWays => Family::Partition,
            Closed::Outbound | Closed::Inbound => Family::OneWayPartition,
        }
    }
}

fn packet_entries(packet: PacketKey, faults: PacketFaults) -> impl Iterator<Item = FaultEntry> {
    let PacketFaults { lost, duplicate_after_us, delayed_by_us, reordered_by_us } = faults;
    let lost = lost.then_some(FaultEntry::Lost { packet });
    let duplicated = duplicate_after_us.map(|after_us| FaultEntry::Duplicated { packet, after_us });
    let delayed = delayed_by_us.map(|by_us| FaultEntry::Delayed { packet, by_us });
    let reordered = reordered_by_us.map(|by_us| FaultEntry::Reordered { packet, by_us });
    [lost, duplicated, delayed, reordered].into_iter().flatten()
}
