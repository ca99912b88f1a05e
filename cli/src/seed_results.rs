//! The results of a sweep's seeds, which come from any thread and in any order, and what they add up to.

use crate::outcome;
use crate::summary::{InvariantSeeds, SeedFailure, SeedVerdict, Spread, SweepSummary};
use mimic_record::{Judgement, Verdict};
use mimic_sim::RunResult;
use mimic_sim::faults::Family;
use mimic_sim::scenario::Scenario;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// What a sweep keeps of a seed.
#[derive(Clone, Debug)]
pub struct SeedResult {
    judgement: Judgement,
    struck: BTreeSet<Family>,
    messages: u64,
    operations: u64,
    is_as_told: bool,
}

impl SeedResult {
    /// What the run of the seed came to.
    pub fn of(result: &RunResult) -> Self {
        let (messages, operations) = outcome::done(result);
        let struck = result.struck.iter().map(|(family, _)| family).collect();
        let is_as_told = result.unmet.is_empty();
        Self { judgement: result.judgement.clone(), struck, messages, operations, is_as_told }
    }
}

/// The results by seed; nothing where the simulator itself failed.
#[derive(Debug, Default)]
pub struct SeedResults(Mutex<BTreeMap<u64, Option<SeedResult>>>);

impl SeedResults {
    /// Keeps the result of a seed, and says whether it is a failure.
    pub fn add(&self, seed: u64, result: Option<SeedResult>) -> bool {
        let failed = failure(seed, result.as_ref()).is_some();
        // A thread that panicked while it held the lock has at worst left its own seed out.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(seed, result);
        failed
    }

    /// All of it, in the order of the seeds.
    pub fn summary(self, scenario: &Scenario, seeds: String, wall_ms: u64) -> SweepSummary {
        let results = self.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let ended: Vec<&SeedResult> = results.values().flatten().collect();
        let count = |verdict| ended.iter().filter(|r| r.judgement.verdict() == verdict).count() as u64;
        SweepSummary {
            scenario: scenario.name.clone(),
            seeds,
            readings: scenario.readings,
            held: count(Verdict::Held),
            violated: count(Verdict::Violated),
            inconclusive: count(Verdict::Inconclusive),
            panicked: (results.len() - ended.len()) as u64,
            wall_ms,
            invariants: invariants(&ended),
            faults: scenario.faults.families().map(|family| struck(&ended, family)).collect(),
            operations: Spread::of(ended.iter().map(|result| result.operations).collect()),
            messages: Spread::of(ended.iter().map(|result| result.messages).collect()),
            failures: results.iter().filter_map(|(seed, result)| failure(*seed, result.as_ref())).collect(),
        }
    }
}

fn failure(seed: u64, result: Option<&SeedResult>) -> Option<SeedFailure> {
    let Some(SeedResult { judgement, is_as_told, .. }) = result else {
        return Some(SeedFailure { seed, verdict: SeedVerdict::Panicked, invariants: Vec::new() });
    };
    let violated = judgement.invariants.iter().filter(|i| i.verdict == Verdict::Violated);
    let invariants: Vec<String> = violated.map(|invariant| invariant.id.clone()).collect();
    match (invariants.is_empty(), is_as_told) {
        (true, true) => None,
        (true, false) => Some(SeedFailure { seed, verdict: SeedVerdict::NotAsTold, invariants }),
        (false, _) => Some(SeedFailure { seed, verdict: SeedVerdict::Violated, invariants }),
    }
}

fn invariants(ended: &[&SeedResult]) -> Vec<InvariantSeeds> {
    let mut sums = BTreeMap::<&str, InvariantSeeds>::new();
    for invariant in ended.iter().flat_map(|result| &result.judgement.invariants) {
        let sum = sums.entry(&invariant.id).or_default();
        sum.checked += invariant.checked;
        *match invariant.verdict {
            Verdict::Held => &mut sum.held,
            Verdict::Violated => &mut sum.violated,
            Verdict::Inconclusive => &mut sum.inconclusive,
        } += 1;
    }
    sums.into_iter().map(|(id, sum)| InvariantSeeds { id: id.to_owned(), ..sum }).collect()
}

fn struck(ended: &[&SeedResult], family: Family) -> (String, u64) {
    let seeds = ended.iter().filter(|result| result.struck.contains(&family)).count();
    (family.to_string(), seeds as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_record::InvariantVerdict;

    const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");

    fn result(verdicts: &[Verdict], struck: &[Family], operations: u64) -> Option<SeedResult> {
        let invariants = verdicts.iter().enumerate().map(|(n, verdict)| InvariantVerdict {
            id: format!("INV-{n:02}"),
            verdict: *verdict,
            checked: u64::from(*verdict != Verdict::Inconclusive),
        });
        let judgement = Judgement { invariants: invariants.collect(), findings: Vec::new() };
        Some(SeedResult { judgement, struck: struck.iter().copied().collect(), messages: 9, operations, is_as_told: true })
    }

    #[test]
    fn seeds_add_up_and_failures_are_listed_in_order_however_they_come() {
        use Family::{HubCrash, Loss};
        use Verdict::{Held, Inconclusive, Violated};
        let results = SeedResults::default();
        assert!(results.add(9, None));
        assert!(!results.add(1, result(&[Held, Inconclusive], &[Loss], 50)));
        assert!(results.add(4, result(&[Held, Violated], &[Loss, HubCrash], 70)));
        assert!(!results.add(2, result(&[Inconclusive, Inconclusive], &[], 60)));
        let scenario = Scenario::parse("clubhouse.toml", CLUBHOUSE).unwrap();
        let summary = results.summary(&scenario, "0..10".to_owned(), 5);
        let SweepSummary { held, violated, inconclusive, panicked, .. } = summary;
        assert_eq!((held, violated, inconclusive, panicked), (1, 1, 1, 1));
        let failure = |seed, verdict, invariants: &[&str]| SeedFailure {
            seed,
            verdict,
            invariants: invariants.iter().map(|id| (*id).to_owned()).collect(),
        };
        let failures =
            [failure(4, SeedVerdict::Violated, &["INV-01"]), failure(9, SeedVerdict::Panicked, &[])];
        assert_eq!(summary.failures, failures);
        let sum = |id: &str, held, violated, inconclusive, checked| InvariantSeeds {
            id: id.to_owned(),
            held,
            violated,
            inconclusive,
            checked,
        };
        assert_eq!(summary.invariants, [sum("INV-00", 2, 0, 1, 2), sum("INV-01", 0, 1, 2, 1)]);
        assert_eq!((summary.faults["loss"], summary.faults["hub-crash"]), (2, 1));
        assert_eq!((summary.faults.len(), summary.faults["delay"]), (11, 0));
        assert_eq!(summary.operations, Spread { min: 50, median: 60, max: 70 });
        assert_eq!(summary.messages, Spread { min: 9, median: 9, max: 9 });
    }
}
