//! What a run is found to be: three-valued verdicts, with how often each invariant was checked and what violated it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The outcome of a check, or of a whole run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Checked, and never violated.
    Held,
    /// There was nothing to check: it says nothing.
    Inconclusive,
    /// Violated at least once.
    Violated,
}

/// One violation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Which invariant, as in the catalogue: `INV-04`.
    pub invariant: String,
    /// The step that made it visible, or none where the end of the run did.
    pub step: Option<u64>,
    /// What is wrong, in words.
    pub what: String,
}

/// How often an invariant was checked, and what violated it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Tally {
    /// The number of single checks.
    pub checked: u64,
    /// The violations, in words, each with its step.
    pub violations: Vec<(Option<u64>, String)>,
}

impl Tally {
    /// Counts one check; `what` says what is wrong if it fails.
    pub fn check(&mut self, step: Option<u64>, holds: bool, what: impl FnOnce() -> String) {
        self.checked += 1;
        if !holds {
            self.violations.push((step, what()));
        }
    }
}

/// What one invariant came to in a run.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct InvariantVerdict {
    /// Which.
    pub id: String,
    /// The outcome.
    pub verdict: Verdict,
    /// How often it was checked.
    pub checked: u64,
}

/// What a run came to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Judgement {
    /// Each invariant's outcome, by id.
    pub invariants: Vec<InvariantVerdict>,
    /// The violations, in the order of their steps.
    pub findings: Vec<Finding>,
}

impl Judgement {
    /// The judgement that these tallies make.
    pub fn of(tallies: BTreeMap<&'static str, Tally>) -> Self {
        let mut findings = Vec::new();
        let mut invariants = Vec::new();
        for (id, tally) in tallies {
            let verdict = match (tally.violations.is_empty(), tally.checked) {
                (false, _) => Verdict::Violated,
                (true, 0) => Verdict::Inconclusive,
                (true, _) => Verdict::Held,
            };
            invariants.push(InvariantVerdict { id: id.to_owned(), verdict, checked: tally.checked });
            let found = tally.violations.into_iter();
            findings.extend(found.map(|(step, what)| Finding { invariant: id.to_owned(), step, what }));
        }
        findings.sort_by_key(|finding| finding.step.unwrap_or(u64::MAX));
        Self { invariants, findings }
    }

    /// The outcome of the whole run: violated if any invariant is, inconclusive if none was checked.
    pub fn verdict(&self) -> Verdict {
        let any = |verdict| self.invariants.iter().any(|i| i.verdict == verdict);
        match (any(Verdict::Violated), any(Verdict::Held)) {
            (true, _) => Verdict::Violated,
            (false, true) => Verdict::Held,
            (false, false) => Verdict::Inconclusive,
        }
    }
}
