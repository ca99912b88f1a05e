//! `mimic sweep`: many seeds of a scenario.

use crate::args::SweepArgs;
use crate::engine;
use crate::error::CliError;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::json;
use crate::progress::Progress;
use crate::report::{self, Reproduce};
use crate::run::read_scenario;
use crate::summary::{SeedFailure, SeedVerdict, SweepSummary};
use crate::wall::Wall;
use mimic_record::{Judgement, Verdict};
use mimic_sim::scenario::Scenario;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::thread;

/// Runs the command.
pub fn sweep(args: &SweepArgs, program: &str) -> Result<Exit, CliError> {
    let scenario = read_scenario(&args.scenario)?;
    let seeds = args.seeds.range();
    let folder =
        Folder::create(args.out.as_deref(), &scenario.name, &format!("seeds-{}-{}", seeds.start, seeds.end))?;
    let wall = Wall::start();
    let results = Results::default();
    {
        let progress = Progress::of_sweep(args.seeds.count(), args.json);
        simulate(&scenario, args, &|seed, outcome| progress.seed_done(results.add(seed, outcome)));
    }
    let summary = results.summary(&scenario.name, args.seeds.to_string(), wall.elapsed_ms());
    let object = json::object(&summary)?;
    folder.write("summary.json", object.as_bytes())?;
    if args.json {
        println!("{object}");
    } else {
        let reproduce = Reproduce { program, scenario: &args.scenario, crypto: args.crypto };
        print!("{}", report::sweep(&summary, scenario.expect, &reproduce));
    }
    Ok(Exit::of_sweep(&summary, scenario.expect))
}

/// What a seed came to: its judgement, or nothing if the simulator itself failed.
pub type SeedOutcome<'o> = Option<&'o Judgement>;

/// The results of a sweep, which come from any thread and in any order.
#[derive(Debug, Default)]
pub struct Results(Mutex<BTreeMap<u64, SeedResult>>);

#[derive(Clone, Debug)]
struct SeedResult {
    verdict: Option<Verdict>,
    violated: Vec<String>,
}

impl Results {
    /// Keeps the result of a seed, and says whether it is a failure.
    pub fn add(&self, seed: u64, outcome: SeedOutcome<'_>) -> bool {
        let violated = |judgement: &Judgement| {
            let violated = judgement.invariants.iter().filter(|i| i.verdict == Verdict::Violated);
            violated.map(|invariant| invariant.id.clone()).collect()
        };
        let result = SeedResult {
            verdict: outcome.map(Judgement::verdict),
            violated: outcome.map(violated).unwrap_or_default(),
        };
        let failed = result.failure(seed).is_some();
        // A thread that panicked while it held the lock has at worst left its own seed out.
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(seed, result);
        failed
    }

    /// All of it, in the order of the seeds.
    pub fn summary(self, scenario: &str, seeds: String, wall_ms: u64) -> SweepSummary {
        let results = self.0.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let count = |verdict| results.values().filter(|result| result.verdict == verdict).count() as u64;
        SweepSummary {
            scenario: scenario.to_owned(),
            seeds,
            held: count(Some(Verdict::Held)),
            violated: count(Some(Verdict::Violated)),
            inconclusive: count(Some(Verdict::Inconclusive)),
            panicked: count(None),
            wall_ms,
            failures: results.iter().filter_map(|(seed, result)| result.failure(*seed)).collect(),
        }
    }
}

impl SeedResult {
    fn failure(&self, seed: u64) -> Option<SeedFailure> {
        let verdict = match self.verdict {
            None => SeedVerdict::Panicked,
            Some(Verdict::Violated) => SeedVerdict::Violated,
            Some(Verdict::Held | Verdict::Inconclusive) => return None,
        };
        Some(SeedFailure { seed, verdict, invariants: self.violated.clone() })
    }
}

/// Runs the simulator on every seed, on several threads, and hands each result over as it comes.
fn simulate(scenario: &Scenario, args: &SweepArgs, done: &(dyn Fn(u64, SeedOutcome<'_>) + Sync)) {
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let run = |seed| engine::run_seed(scenario, seed, args.crypto);
    mimic_sim::sweep(args.seeds.range(), jobs, run, |seed, _, result| {
        done(seed, result.as_ref().ok().map(|result| &result.judgement));
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_record::InvariantVerdict;

    fn judgement(verdicts: &[Verdict]) -> Judgement {
        let invariants = verdicts.iter().enumerate().map(|(n, verdict)| InvariantVerdict {
            id: format!("INV-{n:02}"),
            verdict: *verdict,
            checked: 1,
        });
        Judgement { invariants: invariants.collect(), findings: Vec::new() }
    }

    #[test]
    fn seeds_are_counted_and_failures_listed_in_order_however_they_come() {
        let results = Results::default();
        assert!(results.add(9, None));
        assert!(!results.add(1, Some(&judgement(&[Verdict::Held, Verdict::Inconclusive]))));
        assert!(results.add(4, Some(&judgement(&[Verdict::Held, Verdict::Violated]))));
        assert!(!results.add(2, Some(&judgement(&[Verdict::Inconclusive]))));
        let expected = SweepSummary {
            scenario: "clubhouse".to_owned(),
            seeds: "0..10".to_owned(),
            held: 1,
            violated: 1,
            inconclusive: 1,
            panicked: 1,
            wall_ms: 5,
            failures: vec![
                SeedFailure {
                    seed: 4,
                    verdict: SeedVerdict::Violated,
                    invariants: vec!["INV-01".to_owned()],
                },
                SeedFailure { seed: 9, verdict: SeedVerdict::Panicked, invariants: Vec::new() },
            ],
        };
        assert_eq!(results.summary("clubhouse", "0..10".to_owned(), 5), expected);
    }
}
