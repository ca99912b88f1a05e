//! What the faults of a seed are drawn from: the `faults` table of a scenario.

use crate::span::Span;
use serde::{Deserialize, Serialize};

/// The ranges of all families. The defaults let every family strike in at least 30 % of the seeds.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct FaultRanges {
    /// How probable it is that a family is on in a seed, for each family on its own.
    pub family_chance: f64,
    /// The chance that a message is lost.
    pub loss_chance: Span<f64>,
    /// The chance that a message arrives twice.
    pub duplication_chance: Span<f64>,
    /// How long after the first copy was due the second one is, at most.
    pub duplicate_within_ms: Span<u64>,
    /// The chance that a message is delayed.
    pub delay_chance: Span<f64>,
    /// The mean of the delay, which is exponential.
    pub delay_mean_ms: Span<u64>,
    /// The chance that a message waits so that others may overtake it.
    pub reordering_chance: Span<f64>,
    /// How long it waits at most.
    pub reordering_within_ms: Span<u64>,
    /// How many partitions there are, for each of the two families.
    pub partitions: Span<u64>,
    /// How long a partition lasts.
    pub partition_ms: Span<u64>,
    /// How many crashes there are, for each of the three families.
    pub crashes: Span<u64>,
    /// How long a node is down.
    pub down_ms: Span<u64>,
    /// The chance that a crash waits until the node is writing a record.
    pub crash_while_writing_chance: f64,
    /// The chance that a record is slow.
    pub slow_write_chance: Span<f64>,
    /// The mean of what it takes in addition, which is exponential.
    pub slow_write_mean_ms: Span<u64>,
    /// The chance that a crash loses the records that are not durable yet.
    pub lost_write_chance: Span<f64>,
}

impl Default for FaultRanges {
    fn default() -> Self {
        Self {
            family_chance: 0.6,
            loss_chance: Span::new(0.01, 0.3),
            duplication_chance: Span::new(0.01, 0.3),
            duplicate_within_ms: Span::new(50, 3_000),
            delay_chance: Span::new(0.01, 0.1),
            delay_mean_ms: Span::new(100, 2_000),
            reordering_chance: Span::new(0.05, 0.5),
            reordering_within_ms: Span::new(20, 500),
            partitions: Span::new(1, 4),
            partition_ms: Span::new(500, 15_000),
            crashes: Span::new(1, 3),
            down_ms: Span::new(200, 10_000),
            crash_while_writing_chance: 0.7,
            slow_write_chance: Span::new(0.01, 0.2),
            slow_write_mean_ms: Span::new(5, 200),
            lost_write_chance: Span::new(0.7, 1.0),
        }
    }
}

impl FaultRanges {
    /// No family is ever on.
    pub fn none() -> Self {
        Self { family_chance: 0.0, ..Self::default() }
    }
}
