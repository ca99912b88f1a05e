//! The results of a sweep's seeds, which come from any thread and in any order, and what they add up to.

use crate::conform;
use crate::outcome::{self, Measured};
use crate::summary::{InvariantSeeds, SeedFailure, SeedVerdict, Spread, SweepSummary, UnmetLine};
use mimic_analysis::{ConvergenceFigures, ExposureWindow, Story, stories};
use mimic_record::{Judgement, Verdict};
use mimic_sim::RunResult;
use mimic_sim::faults::{Family, FaultCounts};
use mimic_sim::scenario::Scenario;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What a sweep keeps of a seed.
#[derive(Clone, Debug)]
pub struct SeedResult {
    /// The run's digest.
    pub digest: String,
    /// The outcome of each invariant, and the violations.
    pub judgement: Judgement,
    /// The violations as they are told, each with the virtual time of its step.
    pub stories: Vec<(Story, Option<u64>)>,
    /// How often each family of faults struck.
    pub struck: FaultCounts,
    /// How many messages the users' clients sent.
    pub messages: u64,
    /// How many room operations were done.
    pub operations: u64,
    /// How long the run took in virtual time.
    pub virtual_ms: u64,
    /// How closely the nodes followed the hub.
    pub convergence: ConvergenceFigures,
    /// The removals and bans.
    pub windows: Vec<ExposureWindow>,
    /// The lines of the scenario's story that did not come true.
    pub unmet: Vec<UnmetLine>,
    /// Whether the run is a path of the model's nodes, if that was asked for.
    pub conforms: Option<bool>,
}

impl SeedResult {
    /// What the run of the seed came to; held against the model's nodes if `conform` says so.
    pub fn of(scenario: &Scenario, result: &RunResult, conform: bool) -> Self {
        let (messages, operations) = outcome::done(result);
        let Measured { figure, windows } = outcome::measure(scenario, result);
        let stories = stories(&scenario.directory(), &result.steps, &result.judgement.findings).into_iter();
        let at_ms = |story: &Story| {
            let step = result.steps.get(usize::try_from(story.step?).ok()?);
            step.map(|step| step.at_us / 1_000)
        };
        Self {
            digest: result.digest().to_string(),
            judgement: result.judgement.clone(),
            stories: stories
                .map(|story| {
                    let at = at_ms(&story);
                    (story, at)
                })
                .collect(),
            struck: result.struck.clone(),
            messages,
            operations,
            virtual_ms: result.virtual_us / 1_000,
            convergence: ConvergenceFigures::measure(&figure),
            windows,
            unmet: result.unmet.iter().cloned().map(UnmetLine::from).collect(),
            conforms: conform.then(|| conform::deviation(scenario, &result.steps).is_none()),
        }
    }
}

/// All results, by seed; nothing where the simulator itself failed.
pub type BySeed = BTreeMap<u64, Option<SeedResult>>;

/// The results of seeds as they come in.
#[derive(Debug, Default)]
pub struct SeedResults(Mutex<BySeed>);

impl SeedResults {
    /// Keeps the result of a seed, and says whether it is a failure.
    pub fn add(&self, seed: u64, result: Option<SeedResult>) -> bool {
        let failed = failure(seed, result.as_ref()).is_some();
        // A thread that panicked while it held the lock has at worst left its own seed out.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(seed, result);
        failed
    }

    /// All that came.
    pub fn into_seeds(self) -> BySeed {
        self.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// What the seeds add up to.
pub fn summary(results: &BySeed, scenario: &Scenario, seeds: String, wall_ms: u64) -> SweepSummary {
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
        conforming: conforming(&ended),
        wall_ms,
        invariants: invariants(&ended),
        faults: scenario.faults.families().map(|family| struck(&ended, family)).collect(),
        operations: Spread::of(ended.iter().map(|result| result.operations).collect()),
        messages: Spread::of(ended.iter().map(|result| result.messages).collect()),
        failures: results.iter().filter_map(|(seed, result)| failure(*seed, result.as_ref())).collect(),
    }
}

fn failure(seed: u64, result: Option<&SeedResult>) -> Option<SeedFailure> {
    let Some(SeedResult { judgement, unmet, conforms, .. }) = result else {
        return Some(SeedFailure { seed, verdict: SeedVerdict::Panicked, invariants: Vec::new() });
    };
    let violated = judgement.invariants.iter().filter(|i| i.verdict == Verdict::Violated);
    let invariants: Vec<String> = violated.map(|invariant| invariant.id.clone()).collect();
    // What a run that no node can take violates says nothing of the nodes.
    let verdict = match (conforms, invariants.is_empty(), unmet.is_empty()) {
        (Some(false), ..) => SeedVerdict::DoesNotConform,
        (_, false, _) => SeedVerdict::Violated,
        (_, true, false) => SeedVerdict::NotAsTold,
        (_, true, true) => return None,
    };
    Some(SeedFailure { seed, verdict, invariants })
}

/// How many of the seeds conform; nothing if none was asked.
fn conforming(ended: &[&SeedResult]) -> Option<u64> {
    let asked = || ended.iter().filter_map(|result| result.conforms);
    asked().next().map(|_| asked().filter(|conforms| *conforms).count() as u64)
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
    let seeds = ended.iter().filter(|result| result.struck.of(family) > 0).count();
    (family.to_string(), seeds as u64)
}

/// Sample values for the tests of what is made of them.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// A seed in which nothing was judged.
    pub(crate) fn seed() -> SeedResult {
        SeedResult {
            digest: "9f2c".to_owned(),
            judgement: Judgement { invariants: Vec::new(), findings: Vec::new() },
            stories: Vec::new(),
            struck: FaultCounts::default(),
            messages: 9,
            operations: 5,
            virtual_ms: 60_000,
            convergence: ConvergenceFigures::default(),
            windows: Vec::new(),
            unmet: Vec::new(),
            conforms: None,
        }
    }
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
        let mut counts = FaultCounts::default();
        struck.iter().for_each(|family| counts.add(*family));
        Some(SeedResult { judgement, struck: counts, operations, ..samples::seed() })
    }

    #[test]
    fn what_does_not_conform_is_a_failure_whatever_else_it_is() {
        let conforming = |conforms, verdict| {
            result(&[verdict], &[], 0).map(|result| SeedResult { conforms: Some(conforms), ..result })
        };
        let results: BySeed = [
            (1, conforming(true, Verdict::Held)),
            (2, conforming(false, Verdict::Held)),
            (3, conforming(false, Verdict::Violated)),
        ]
        .into();
        let scenario = Scenario::parse("clubhouse.toml", CLUBHOUSE).unwrap();
        let summary = summary(&results, &scenario, "1..4".to_owned(), 5);
        let failed: Vec<_> = summary.failures.iter().map(|failure| (failure.seed, failure.verdict)).collect();
        let verdict = SeedVerdict::DoesNotConform;
        assert_eq!((summary.conforming, failed), (Some(1), vec![(2, verdict), (3, verdict)]));
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
        let summary = summary(&results.into_seeds(), &scenario, "0..10".to_owned(), 5);
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
        assert_eq!(summary.conforming, None);
        assert_eq!(summary.invariants, [sum("INV-00", 2, 0, 1, 2), sum("INV-01", 0, 1, 2, 1)]);
        assert_eq!((summary.faults["loss"], summary.faults["hub-crash"]), (2, 1));
        assert_eq!((summary.faults.len(), summary.faults["delay"]), (11, 0));
        assert_eq!(summary.operations, Spread { min: 50, median: 60, max: 70 });
        assert_eq!(summary.messages, Spread { min: 9, median: 9, max: 9 });
    }
}
