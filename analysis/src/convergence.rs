//! What the convergence plot shows, as data: which epoch the hub and every other node was in at each virtual time.

use serde::{Deserialize, Serialize};

/// The sentence on how to read the figure; a caption may add to it what is special about the run.
pub const HOW_TO_READ: &str = "How to read it: the black step line is the epoch that the hub has accepted last; a \
    coloured line that leaves it to the right is a node that has not followed yet. Below, every node has one row, which \
    is pale while the node is at the hub's head and the darker the more epochs it is behind; hatched stretches are \
    downtime or absence from the room. The lanes at the bottom show when which faults were active. A run has converged \
    when every row is pale at its right end.";

/// One run's convergence: epochs over virtual time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvergenceFigure {
    /// The headline.
    pub title: String,
    /// The line under the headline: scenario, seed, digest.
    pub subtitle: String,
    /// How to read the figure, see [`HOW_TO_READ`].
    pub caption: String,
    /// The length of the run in virtual time; what reaches beyond it is clipped.
    pub duration_ms: u64,
    /// The hub's head as `(ms, epoch)`: from each point on, the hub's last accepted epoch is this one.
    pub head: Vec<(u64, u64)>,
    /// One line per server and client.
    pub lines: Vec<ConvergenceLine>,
    /// When which faults were active.
    pub bands: Vec<FaultBand>,
    /// The violations as `(ms, label)`.
    pub violations: Vec<(u64, String)>,
    /// When the faults were healed and the liveness phase began.
    pub heal_ms: Option<u64>,
}

/// One node's epochs over virtual time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvergenceLine {
    /// The node's name.
    pub label: String,
    /// The name of its provider, which decides its colour.
    pub group: String,
    /// Whether it is a provider's server; clients are drawn thinner.
    pub is_server: bool,
    /// `(ms, epoch)`: from each point on, the node is in this epoch. Before the first one it has no part in the room.
    pub points: Vec<(u64, u64)>,
    /// When the node was down, as `(from_ms, to_ms)`.
    pub gaps: Vec<(u64, u64)>,
    /// When the node had no part in the room after its first point, as `(from_ms, to_ms)`.
    #[serde(default)]
    pub absences: Vec<(u64, u64)>,
}

/// One fault, or one spell of a fault family, that was active for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultBand {
    /// What it struck, written into the band where there is room.
    pub label: String,
    /// The fault family: one lane each.
    pub family: String,
    /// When it began.
    pub from_ms: u64,
    /// When it ended; equal to `from_ms` for a fault that struck one message.
    pub to_ms: u64,
}

/// The epoch that a step line shows at `at_ms`, if it has begun by then.
pub fn epoch_at(points: &[(u64, u64)], at_ms: u64) -> Option<u64> {
    let begun = points.partition_point(|(ms, _)| *ms <= at_ms);
    begun.checked_sub(1).map(|last| points[last].1)
}
