//! What the exposure plot shows, as data: each removal and ban with what followed it.

use crate::exposure::ExposureWindow;
use crate::names;
use mimic_protocol::Directory;
use serde::{Deserialize, Serialize};

/// The sentence on how to read the figure.
pub const HOW_TO_READ: &str = "How to read it: each row is a removal or ban of a user with a device in the group, in \
    the order of the run; time runs from the hub's acceptance of it, from 1 ms on. The dark bar lasts until the hub has \
    accepted the commit that takes the user's last leaf (not at all where that commit is the first that the hub hears of \
    it), the pale bar until the last member has applied that commit. Each tick is one client that applies it: a member \
    that has not still encrypts to the removed user. Hatched at its end is what was open when the run ended.";

/// One run's removals and bans.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExposureFigure {
    /// The headline.
    pub title: String,
    /// The line under the headline: scenario, seed, digest.
    pub subtitle: String,
    /// How to read the figure, see [`HOW_TO_READ`].
    pub caption: String,
    /// The rows, from top to bottom.
    pub rows: Vec<ExposureRow>,
}

/// One removal or ban. All times but the first count from the hub's acceptance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExposureRow {
    /// What and whom.
    pub label: String,
    /// When in the run.
    pub at_ms: u64,
    /// When the last leaf was gone.
    pub gone_ms: Option<u64>,
    /// When each client had applied it.
    pub applied_ms: Vec<u64>,
    /// When the last had.
    pub closed_ms: Option<u64>,
    /// How many members had not at the end of the run.
    pub waiting: u64,
    /// When the run ended.
    pub end_ms: u64,
}

impl ExposureRow {
    /// How far the row's bar reaches.
    pub fn shown_ms(&self) -> u64 {
        self.closed_ms.unwrap_or(self.end_ms)
    }
}

impl ExposureFigure {
    /// The figure of a run of `duration_ms`; title and subtitle are the caller's to add.
    pub fn of(directory: &Directory, windows: &[ExposureWindow], duration_ms: u64) -> Self {
        let row = |window: &ExposureWindow| ExposureRow {
            label: label(directory, window),
            at_ms: window.accepted_ms,
            gone_ms: window.until_gone_ms(),
            applied_ms: window.applied.iter().map(|(_, ms)| ms - window.accepted_ms).collect(),
            closed_ms: window.until_closed_ms(),
            waiting: window.waiting.len() as u64,
            end_ms: duration_ms.saturating_sub(window.accepted_ms),
        };
        Self {
            title: String::new(),
            subtitle: String::new(),
            caption: HOW_TO_READ.to_owned(),
            rows: windows.iter().map(row).collect(),
        }
    }
}

fn label(directory: &Directory, window: &ExposureWindow) -> String {
    format!("{} of {}", window.how.name(), names::user(directory, window.user))
}
