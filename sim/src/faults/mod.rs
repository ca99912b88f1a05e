//! Faults: where they come from, what strikes, and what struck so far.

mod family;
mod partition;
mod plan;
mod schedule;

pub use family::{Family, FaultCounts};
pub use partition::{Closed, Partition};
pub use plan::{FaultPlan, Strength};
pub use schedule::{Crash, FaultEntry, FaultSchedule, PacketFaults};

use crate::keyed::{Domain, Draw, Key, Randomness};
use crate::packet::{Link, PacketKey};
use mimic_protocol::NodeId;
use std::collections::BTreeSet;

/// Where the decisions come from.
#[derive(Clone, PartialEq, Debug)]
pub enum FaultSource {
    /// Each is drawn when it comes up, by a hash of what it is about.
    Drawn(FaultPlan),
    /// Each is looked up; what is not there does not happen.
    Recorded(FaultSchedule),
}

/// The faults of one run. From the time at which the world heals, nothing strikes any more.
#[derive(Clone, Debug)]
pub struct Faults {
    source: FaultSource,
    heal_at_us: u64,
    partitions: Vec<Partition>,
    struck: FaultSchedule,
    counts: FaultCounts,
    strikes: Vec<(u64, Family)>,
}

impl Faults {
    /// Faults from this source, until `heal_at_ms`.
    pub fn new(source: FaultSource, heal_at_ms: u64) -> Self {
        let partitions: BTreeSet<Partition> = match &source {
            FaultSource::Drawn(plan) => plan.partitions.iter().cloned().collect(),
            FaultSource::Recorded(schedule) => schedule.partitions().cloned().collect(),
        };
        let mut faults = Self {
            source,
            heal_at_us: 1_000 * heal_at_ms,
            partitions: partitions.into_iter().collect(),
            struck: FaultSchedule::default(),
            counts: FaultCounts::default(),
            strikes: Vec::new(),
        };
        for partition in faults.partitions.clone() {
            faults.struck.insert(FaultEntry::Partition(partition));
        }
        for crash in faults.crashes() {
            faults.struck.insert(FaultEntry::Crash(crash));
        }
        faults
    }

    /// When the world heals.
    pub fn heal_at_us(&self) -> u64 {
        self.heal_at_us
    }

    /// What strikes this message. `draw` is the stream of this message, and each family has its place in it.
    pub(crate) fn packet(&mut self, now_us: u64, key: &PacketKey, draw: Draw) -> PacketFaults {
        if now_us >= self.heal_at_us {
            return PacketFaults::default();
        }
        let faults = match &self.source {
            FaultSource::Drawn(plan) => drawn_for_packet(plan, draw),
            FaultSource::Recorded(schedule) => schedule.packet(key),
        };
        self.struck.insert_packet(*key, faults);
        let struck = [
            (faults.lost, Family::Loss),
            (faults.duplicate_after_us.is_some(), Family::Duplication),
            (faults.delayed_by_us.is_some(), Family::Delay),
            (faults.reordered_by_us.is_some(), Family::Reordering),
        ];
        struck
            .into_iter()
            .filter(|(strikes, _)| *strikes)
            .for_each(|(_, family)| self.strike(now_us, family));
        faults
    }

    /// The partition that stops a message on this link now, if one does; it is counted.
    pub(crate) fn cut(&mut self, now_us: u64, link: Link) -> Option<Family> {
        if now_us >= self.heal_at_us {
            return None;
        }
        let family = self.partitions.iter().find(|partition| partition.cuts(now_us, link))?.family();
        self.strike(now_us, family);
        Some(family)
    }

    /// The planned crashes.
    pub fn crashes(&self) -> Vec<Crash> {
        match &self.source {
            FaultSource::Drawn(plan) => plan.crashes.clone(),
            FaultSource::Recorded(schedule) => schedule.crashes().copied().collect(),
        }
    }

    /// A planned crash did strike.
    pub fn crashed(&mut self, family: Family) {
        self.counts.add(family);
    }

    /// By how much this record is slow.
    pub fn slow_write_us(&mut self, now_us: u64, randomness: &Randomness, node: NodeId, record: u64) -> u64 {
        if now_us >= self.heal_at_us {
            return 0;
        }
        let by_us = match &self.source {
            FaultSource::Drawn(plan) => plan.slow_disk.and_then(|strength| {
                let mut draw = randomness.draw(Domain::Fault, &Key::new("slow").node(node).number(record));
                draw.chance(strength.chance).then(|| 1_000 * draw.exponential(strength.time_ms))
            }),
            FaultSource::Recorded(schedule) => schedule.slow_write_us(node, record),
        };
        if let Some(by_us) = by_us {
            self.struck.insert(FaultEntry::SlowWrite { node, record, by_us });
            self.strike(now_us, Family::SlowDisk);
        }
        by_us.unwrap_or_default()
    }

    /// Whether the crash that strikes now loses this record, which is not durable yet.
    pub fn loses_write(&mut self, randomness: &Randomness, node: NodeId, record: u64) -> bool {
        let lost = match &self.source {
            FaultSource::Drawn(plan) => plan.lost_write_chance.is_some_and(|chance| {
                let key = Key::new("lost").node(node).number(record);
                randomness.draw(Domain::Fault, &key).chance(chance)
            }),
            FaultSource::Recorded(schedule) => schedule.loses_write(node, record),
        };
        if lost {
            self.struck.insert(FaultEntry::LostWrite { node, record });
            self.counts.add(Family::LostWrite);
        }
        lost
    }

    /// Everything that was planned by time or struck so far: replayed as `Recorded`, it gives the same run.
    pub fn schedule(&self) -> &FaultSchedule {
        &self.struck
    }

    /// How often each family struck so far.
    pub fn counts(&self) -> &FaultCounts {
        &self.counts
    }

    /// When which family struck a message or a record so far, in this order; for pictures.
    pub fn strikes(&self) -> &[(u64, Family)] {
        &self.strikes
    }

    /// Something of this family strikes a message or a record.
    pub(crate) fn strike(&mut self, now_us: u64, family: Family) {
        self.counts.add(family);
        self.strikes.push((now_us, family));
    }
}

/// Every number is drawn, whichever families are on: what one family draws never moves another. A lost message is not late.
fn drawn_for_packet(plan: &FaultPlan, mut draw: Draw) -> PacketFaults {
    let strength = |of: Option<Strength>| of.map_or((0.0, 0), |s| (s.chance, 1_000 * s.time_ms));
    let lost = draw.chance(plan.loss_chance.unwrap_or_default());
    let (chance, within_us) = strength(plan.duplication);
    let (duplicated, after_us) = (draw.chance(chance), draw.between(0, within_us));
    let (chance, mean_us) = strength(plan.delay);
    let (delayed, delay_us) = (draw.chance(chance), draw.exponential(mean_us));
    let (chance, within_us) = strength(plan.reordering);
    let (reordered, wait_us) = (draw.chance(chance), draw.between(0, within_us));
    PacketFaults {
        lost,
        duplicate_after_us: duplicated.then_some(after_us),
        delayed_by_us: (delayed && !lost).then_some(delay_us),
        reordered_by_us: (reordered && !lost).then_some(wait_us),
    }
}
