//! How often what can be observed was seen, by scenario.

use super::{CoverageError, Sight};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FILE: &str = "sightings.toml";
const TEXT: &str = include_str!("../../../spec/sightings.toml");
const HEAD: &str = "\
# How often each sight (analysis/src/coverage/sight.rs) was seen in each scenario, over the seeds given.
# Made by `mimic coverage --write`; a test fails where it is stale.

";

/// How often each sight was seen.
pub type Counts = BTreeMap<Sight, u64>;

/// What the scenarios of the repository have shown.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sightings {
    /// How many seeds of each scenario were run, from seed 0 on.
    pub seeds: u64,
    /// By scenario.
    #[serde(default)]
    pub scenarios: BTreeMap<String, Counts>,
}

impl Sightings {
    /// What stands in `spec/sightings.toml`.
    pub fn current() -> Result<Self, CoverageError> {
        toml::from_str(TEXT).map_err(|cause| CoverageError::Malformed { file: FILE, cause })
    }

    /// The file's content.
    pub fn text(&self) -> String {
        let mut text = format!("{HEAD}seeds = {}\n", self.seeds);
        for (scenario, counts) in &self.scenarios {
            text.push_str(&format!("\n[scenarios.{}]\n", quoted(scenario)));
            let mut lines: Vec<String> =
                counts.iter().map(|(sight, count)| format!("{} = {count}\n", sight.name())).collect();
            lines.sort();
            text.extend(lines);
        }
        text
    }

    /// In which scenarios a sight was seen how often, the most first.
    pub fn of(&self, sight: Sight) -> Vec<(&str, u64)> {
        let count = |counts: &Counts| counts.get(&sight).copied().filter(|count| *count > 0);
        let mut seen: Vec<(&str, u64)> =
            self.scenarios.iter().filter_map(|(name, counts)| Some((&name[..], count(counts)?))).collect();
        seen.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        seen
    }
}

/// A bare key where that is one.
fn quoted(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if key.chars().all(bare) && !key.is_empty() { key.to_owned() } else { format!("{key:?}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_can_be_read() {
        let counts = Counts::from([(Sight::RoomOpened, 3), (Sight::UserBanned, 1)]);
        let scenarios = [("clubhouse".to_owned(), counts), ("a b".to_owned(), Counts::new())];
        let sightings = Sightings { seeds: 3, scenarios: scenarios.into() };
        assert_eq!(toml::from_str::<Sightings>(&sightings.text()).unwrap(), sightings);
        assert_eq!(sightings.of(Sight::UserBanned), [("clubhouse", 1)]);
    }
}
