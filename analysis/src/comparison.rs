//! What the figure of a comparison shows, as data: the same seeds under several readings.

use serde::{Deserialize, Serialize};

/// The sentence on how to read the figure.
pub const HOW_TO_READ: &str = "How to read it: every column ran the same seeds, with the same intents and faults drawn for \
    them; only the reading of the drafts differs. (a) A bar is as wide as all seeds that ended; what is hatched had \
    nothing to check. (b) For each seed, the time within which 95 % of the nodes in the room reached a new epoch, as the \
    share of seeds that are at least as quick. (c) For each removal or ban in all seeds, the time until the hub has no \
    leaf of the user any more, and until the last member has applied that: a curve that ends below 100 % has windows that \
    were open at the end of their runs.";

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComparisonFigure {
    /// The headline.
    pub title: String,
    /// The line under the headline: scenario, seeds, cryptography.
    pub subtitle: String,
    /// How to read the figure, see [`HOW_TO_READ`].
    pub caption: String,
    /// One column for each reading.
    pub presets: Vec<PresetColumn>,
}

/// What the seeds came to under one reading.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PresetColumn {
    /// The preset's name.
    pub name: String,
    /// In how many seeds everything held, something was violated, nothing was decided, and the simulator failed.
    pub seeds: [u64; 4],
    /// Each invariant.
    pub invariants: Vec<VerdictShare>,
    /// For each seed, the time within which 95 % of nodes reached a new epoch.
    pub reach_ms: Vec<u64>,
    /// For each removal or ban, the time until the last leaf was gone, where it was.
    pub gone_ms: Vec<u64>,
    /// For each removal or ban, the time until the last client had applied it, where it had.
    pub closed_ms: Vec<u64>,
    /// How many removals and bans were open at the end of their runs.
    pub still_open: u64,
}

/// In how many seeds an invariant came to what.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictShare {
    /// Which invariant.
    pub id: String,
    /// In how many seeds it held.
    pub held: u64,
    /// In how many it was violated.
    pub violated: u64,
    /// In how many there was nothing to check.
    pub inconclusive: u64,
}

impl ComparisonFigure {
    /// The invariants of all columns, by name.
    pub fn invariants(&self) -> Vec<&str> {
        let mut ids: Vec<&str> =
            self.presets.iter().flat_map(|p| &p.invariants).map(|i| i.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl PresetColumn {
    /// What an invariant came to.
    pub fn share(&self, id: &str) -> Option<&VerdictShare> {
        self.invariants.iter().find(|share| share.id == id)
    }

    /// What the seeds came to, in words; what did not come about is left out.
    pub fn outcome(&self) -> String {
        let names = ["held", "violated", "inconclusive", "panicked"];
        let told = names.into_iter().zip(self.seeds).filter(|(_, seeds)| *seeds > 0);
        told.map(|(name, seeds)| format!("{seeds} {name}")).collect::<Vec<_>>().join(" · ")
    }
}
