//! What covers each requirement, as it is kept by hand in `spec/coverage.toml`.

use super::{CoverageError, Sight};
use mimic_protocol::Mutant;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FILE: &str = "coverage.toml";
const TEXT: &str = include_str!("../../../spec/coverage.toml");

/// All that is said, by requirement. What is not in it is missing.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Registry {
    /// By id.
    pub entries: BTreeMap<String, Entry>,
}

/// What is said of one requirement.
#[derive(Clone, PartialEq, Eq, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Entry {
    /// Who would notice if it were broken.
    pub checked: Vec<Check>,
    /// Tests in which what it demands happens, without a planted bug.
    pub tests: Vec<String>,
    /// What of it can be observed in a run.
    pub seen: Vec<Sight>,
    /// Why it is not for this testbed.
    pub out_of_scope: Option<String>,
    /// What of it the above leaves open.
    pub open: Option<String>,
}

/// An oracle, and the planted bug with which it was seen to fire.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// An invariant (`INV-06`), a property of the models (`rest is agreement`) or a test (`path/file.rs::name`).
    pub by: String,
    /// The planted bug, which breaks what the requirement itself says.
    pub mutant: Mutant,
    /// The test in which `by` sees `mutant`, where it is none of the museums.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught: Option<String>,
}

impl Check {
    /// The planted bug's name, as scenarios and the command line give it.
    pub fn mutant_name(&self) -> String {
        // A unit variant is written as its name.
        let name = serde_json::to_value(self.mutant).ok();
        name.and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl Registry {
    /// What stands in `spec/coverage.toml`.
    pub fn current() -> Result<Self, CoverageError> {
        Self::parse(TEXT)
    }

    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, CoverageError> {
        let registry: Self =
            toml::from_str(text).map_err(|cause| CoverageError::Malformed { file: FILE, cause })?;
        registry.entries.iter().try_for_each(|(id, entry)| entry.check(id))?;
        Ok(registry)
    }
}

impl Entry {
    fn is_empty(&self) -> bool {
        self.checked.is_empty() && self.tests.is_empty() && self.seen.is_empty()
    }

    fn check(&self, id: &str) -> Result<(), CoverageError> {
        let what = match (&self.out_of_scope, self.is_empty()) {
            (Some(_), false) => "is out of scope and covered",
            (None, true) => "is mentioned, but nothing covers it",
            _ => return Ok(()),
        };
        Err(CoverageError::Contradiction { id: id.to_owned(), what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_takes_two_lines() {
        let text = "[PROTO-31]\nchecked = [{ by = \"INV-06\", mutant = \"blocked-may-send\" }]\n";
        let registry = Registry::parse(text).unwrap();
        let check = Check { by: "INV-06".to_owned(), mutant: Mutant::BlockedMaySend, caught: None };
        assert_eq!(registry.entries["PROTO-31"].checked, [check]);
    }

    #[test]
    fn what_is_not_there_or_makes_no_sense_is_refused() {
        let malformed = [
            "[A-01]\nchecked = [{ by = \"INV-06\", mutant = \"no-such-bug\" }]",
            "[A-01]\nchecked = [{ by = \"INV-06\" }]",
            "[A-01]\nseen = [\"no-such-sight\"]",
            "[A-01]\nseem = []",
        ];
        for text in malformed {
            assert!(matches!(Registry::parse(text), Err(CoverageError::Malformed { .. })), "{text}");
        }
        let contradictions = [
            "[A-01]",
            "[A-01]\nopen = \"all of it\"",
            "[A-01]\nout-of-scope = \"never\"\nseen = [\"room-opened\"]",
        ];
        for text in contradictions {
            assert!(matches!(Registry::parse(text), Err(CoverageError::Contradiction { .. })), "{text}");
        }
    }
}
