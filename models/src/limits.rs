//! How much a search may take, and why it was cut off if it took more.

use crate::wall::Wall;
use memory_stats::memory_stats;
use serde::{Deserialize, Serialize};

/// How much a search may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How long, both engines together, in milliseconds.
    pub within_ms: Option<u64>,
    /// How much memory the process may have in use, in octets, as far as the system tells.
    pub memory_bytes: Option<u64>,
    /// How many different states.
    pub states: u64,
}

impl Default for Limits {
    /// No more states than an engine can number.
    fn default() -> Self {
        Self { within_ms: None, memory_bytes: None, states: 4_000_000_000 }
    }
}

/// The limit that a search has come to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// Time.
    Time,
    /// Memory.
    Memory,
    /// The number of states.
    States,
}

/// A search that was cut off: what it has found is so, and what it has not found may be there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CutOff {
    /// By what.
    pub limit: Limit,
    /// Which engine was cut off. The first one was not, if it is the second.
    pub engine: Engine,
    /// How many different states that engine had found.
    pub unique_states: u64,
    /// How many of them it had not looked behind, if it tells.
    pub queued: Option<u64>,
}

/// One of the two engines.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Engine {
    /// The one that goes level by level.
    Own,
    /// stateright.
    Stateright,
}

/// The limits of a search that has begun.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watchman {
    limits: Limits,
    begun: Wall,
}

impl Watchman {
    /// Begins to watch.
    pub fn new(limits: Limits, begun: Wall) -> Self {
        Self { limits, begun }
    }

    /// The limit that a search with so many states has come to, if it has.
    pub fn limit(&self, states: usize) -> Option<Limit> {
        let Limits { within_ms, memory_bytes, states: most } = self.limits;
        if states as u64 > most {
            return Some(Limit::States);
        }
        if within_ms.is_some_and(|within_ms| self.begun.elapsed_ms() >= within_ms) {
            return Some(Limit::Time);
        }
        memory_bytes.filter(|most| resident_bytes().is_some_and(|used| used > *most)).map(|_| Limit::Memory)
    }
}

/// How much memory the process has in use, if the system tells.
pub(crate) fn resident_bytes() -> Option<u64> {
    memory_stats().map(|stats| stats.physical_mem as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(limits: Limits, states: usize) -> Option<Limit> {
        Watchman::new(limits, Wall::start()).limit(states)
    }

    #[test]
    fn each_limit_is_told_from_the_others() {
        let free = Limits::default();
        assert_eq!(limit(free, 1_000_000), None);
        assert_eq!(limit(Limits { states: 10, ..free }, 10), None);
        assert_eq!(limit(Limits { states: 10, ..free }, 11), Some(Limit::States));
        assert_eq!(limit(Limits { within_ms: Some(0), ..free }, 1), Some(Limit::Time));
        assert_eq!(limit(Limits { within_ms: Some(1_000_000), ..free }, 1), None);
        assert_eq!(limit(Limits { memory_bytes: Some(1), ..free }, 1), Some(Limit::Memory));
        assert_eq!(limit(Limits { memory_bytes: Some(u64::MAX), ..free }, 1), None);
    }
}
