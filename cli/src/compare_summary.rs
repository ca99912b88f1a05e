//! What `mimic compare` says, as data: the same seeds under several readings, side by side.

use crate::args::Crypto;
use crate::seed_results::{BySeed, SeedResult};
use crate::summary::{InvariantSeeds, SeedFailure, Spread, SweepSummary, UnmetLine};
use mimic_analysis::comparison::{PresetColumn, VerdictShare};
use mimic_analysis::{ConvergenceFigures, ExposureFigures, ExposureWindow};
use mimic_protocol::Readings;
use mimic_record::Verdict;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompareSummary {
    /// The scenario's name.
    pub scenario: String,
    /// The seeds, as `FROM..TO`.
    pub seeds: String,
    /// The build.
    pub build: String,
    /// The cryptography.
    pub crypto: Crypto,
    /// How long the comparison took.
    pub wall_ms: u64,
    /// Each preset.
    pub presets: Vec<PresetSummary>,
    /// The invariants whose verdict on some seed depends on the preset.
    pub differences: Vec<Difference>,
}

/// What the seeds came to under one preset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresetSummary {
    /// Its name.
    pub preset: String,
    /// What it stands for, with what was read otherwise.
    pub readings: Readings,
    /// In how many seeds everything held.
    pub held: u64,
    /// In how many something was violated.
    pub violated: u64,
    /// In how many something could not be checked and nothing was violated.
    pub inconclusive: u64,
    /// In how many the simulator itself failed.
    pub panicked: u64,
    /// In how many the scenario's story did not come true, whatever the invariants said.
    pub not_as_told: u64,
    /// The lines of the story that did not come true, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<UnmetSeeds>,
    /// Each invariant, over all seeds that did not panic.
    pub invariants: Vec<InvariantSeeds>,
    /// How closely the nodes followed the hub, in a seed.
    pub convergence: ConvergenceSpread,
    /// The removals and bans of all seeds together.
    pub exposure: ExposureFigures,
    /// How many room operations were done in a seed.
    pub operations: Spread,
    /// How many messages the users' clients sent in a seed.
    pub messages: Spread,
    /// Every seed that violated something or panicked, in order.
    pub failures: Vec<SeedFailure>,
}

/// A line of a story that did not come true in some seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmetSeeds {
    /// In how many seeds.
    pub seeds: u64,
    /// The first of them.
    pub example: u64,
    /// The line, with what was the case there.
    #[serde(flatten)]
    pub line: UnmetLine,
}

/// Convergence figures over seeds; a seed without a figure is left out of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvergenceSpread {
    /// The last epoch that the hub accepted.
    pub head_epoch: Spread,
    /// The most epochs that any node was behind.
    pub lag_epochs_max: Spread,
    /// The median time from a head change to a node's reaching it.
    pub reach_ms_p50: Spread,
    /// The 95th percentile of the same.
    pub reach_ms_p95: Spread,
    /// From the healing of the faults until every node was at the head for good.
    pub converged_after_heal_ms: Spread,
    /// In how many seeds that never came.
    pub never_converged: u64,
}

/// An invariant that one preset keeps and another does not, on the same seed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which invariant.
    pub invariant: String,
    /// On how many seeds the presets differ.
    pub seeds: u64,
    /// The first of them; one with a violation, if there is one.
    pub example: u64,
    /// What came of the invariant there, by preset.
    pub verdicts: BTreeMap<String, Verdict>,
}

impl PresetSummary {
    /// What the seeds of a preset came to.
    pub fn of(preset: &str, sweep: SweepSummary, results: &BySeed) -> Self {
        let ended: Vec<&SeedResult> = results.values().flatten().collect();
        let windows: Vec<ExposureWindow> = ended.iter().flat_map(|seed| seed.windows.clone()).collect();
        Self {
            preset: preset.to_owned(),
            readings: sweep.readings,
            held: sweep.held,
            violated: sweep.violated,
            inconclusive: sweep.inconclusive,
            panicked: sweep.panicked,
            not_as_told: ended.iter().filter(|seed| !seed.unmet.is_empty()).count() as u64,
            unmet: unmet(results),
            invariants: sweep.invariants,
            convergence: ConvergenceSpread::of(&ended),
            exposure: ExposureFigures::measure(&windows),
            operations: sweep.operations,
            messages: sweep.messages,
            failures: sweep.failures,
        }
    }

    /// The same for the figure.
    pub fn column(&self, results: &BySeed) -> PresetColumn {
        let ended = || results.values().flatten();
        let windows = || ended().flat_map(|seed| &seed.windows);
        let share = |i: &InvariantSeeds| VerdictShare {
            id: i.id.clone(),
            held: i.held,
            violated: i.violated,
            inconclusive: i.inconclusive,
        };
        PresetColumn {
            name: self.preset.clone(),
            seeds: [self.held, self.violated, self.inconclusive, self.panicked],
            invariants: self.invariants.iter().map(share).collect(),
            reach_ms: ended().filter_map(|seed| seed.convergence.reach_ms_p95).collect(),
            gone_ms: windows().filter_map(ExposureWindow::until_gone_ms).collect(),
            closed_ms: windows().filter_map(ExposureWindow::until_closed_ms).collect(),
            still_open: self.exposure.still_open,
        }
    }
}

impl ConvergenceSpread {
    fn of(ended: &[&SeedResult]) -> Self {
        let spread = |of: fn(&ConvergenceFigures) -> Option<u64>| {
            Spread::of(ended.iter().filter_map(|seed| of(&seed.convergence)).collect())
        };
        let never = ended.iter().filter(|seed| seed.convergence.converged_after_heal_ms.is_none());
        Self {
            head_epoch: spread(|c| Some(c.head_epoch)),
            lag_epochs_max: spread(|c| Some(c.lag_epochs_max)),
            reach_ms_p50: spread(|c| c.reach_ms_p50),
            reach_ms_p95: spread(|c| c.reach_ms_p95),
            converged_after_heal_ms: spread(|c| c.converged_after_heal_ms),
            never_converged: never.count() as u64,
        }
    }
}

/// The lines that did not come true, each once.
fn unmet(results: &BySeed) -> Vec<UnmetSeeds> {
    let mut lines = BTreeMap::<usize, UnmetSeeds>::new();
    for (seed, result) in results {
        for line in result.iter().flat_map(|result| &result.unmet) {
            let new = || UnmetSeeds { seeds: 0, example: *seed, line: line.clone() };
            lines.entry(line.line).or_insert_with(new).seeds += 1;
        }
    }
    lines.into_values().collect()
}

/// A seed, and what came of an invariant there, by preset.
type SeedVerdicts = (u64, BTreeMap<String, Verdict>);

/// The invariants on which presets differ, seed by seed.
pub fn differences(parts: &[(String, &BySeed)]) -> Vec<Difference> {
    let mut differing = BTreeMap::<String, Vec<SeedVerdicts>>::new();
    let seeds = parts.first().into_iter().flat_map(|(_, seeds)| seeds.keys());
    for seed in seeds {
        let mut verdicts = BTreeMap::<&str, BTreeMap<String, Verdict>>::new();
        for (preset, seeds) in parts {
            for invariant in seeds.get(seed).into_iter().flatten().flat_map(|seed| &seed.judgement.invariants)
            {
                verdicts.entry(&invariant.id).or_default().insert(preset.clone(), invariant.verdict);
            }
        }
        for (id, verdicts) in verdicts {
            if verdicts.values().any(|verdict| Some(verdict) != verdicts.values().next()) {
                differing.entry(id.to_owned()).or_default().push((*seed, verdicts));
            }
        }
    }
    let difference = |(invariant, seeds): (String, Vec<SeedVerdicts>)| {
        let violated =
            |(_, verdicts): &&(u64, BTreeMap<_, _>)| verdicts.values().any(|v| *v == Verdict::Violated);
        let (example, verdicts) = seeds.iter().find(violated).or(seeds.first())?.clone();
        Some(Difference { invariant, seeds: seeds.len() as u64, example, verdicts })
    };
    differing.into_iter().filter_map(difference).collect()
}

/// Sample values for the tests of what is written from them.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use crate::summary::SeedVerdict;
    use mimic_protocol::readings::Preset;

    pub(crate) fn compare() -> CompareSummary {
        let invariant = |id: &str, violated, inconclusive| InvariantSeeds {
            id: id.to_owned(),
            held: 200 - violated - inconclusive,
            violated,
            inconclusive,
            checked: 4_711,
        };
        let spread = |median| Spread { min: median / 2, median, max: 20 * median };
        let preset = |preset: Preset, violated| PresetSummary {
            preset: preset.name().to_owned(),
            readings: preset.readings(),
            held: 199 - violated,
            violated,
            inconclusive: 0,
            panicked: 1,
            not_as_told: violated / 4,
            unmet: Vec::new(),
            invariants: vec![invariant("INV-04", 0, 0), invariant("INV-06", violated, 30)],
            convergence: ConvergenceSpread {
                head_epoch: spread(40),
                lag_epochs_max: spread(2),
                reach_ms_p50: spread(110),
                reach_ms_p95: spread(2_300),
                converged_after_heal_ms: spread(900),
                never_converged: violated,
            },
            exposure: ExposureFigures {
                windows: 800,
                still_open: violated,
                gone_ms_p50: Some(210),
                gone_ms_max: Some(9_000),
                closed_ms_p50: Some(1_200),
                closed_ms_max: Some(31_000),
                from_commit_ms_p50: Some(700),
                from_commit_ms_max: Some(30_000),
            },
            operations: spread(70),
            messages: spread(210),
            failures: vec![SeedFailure { seed: 9, verdict: SeedVerdict::Panicked, invariants: Vec::new() }],
        };
        let verdicts = [("at-accept", Verdict::Held), ("at-commit", Verdict::Violated)];
        CompareSummary {
            scenario: "clubhouse".to_owned(),
            seeds: "0..200".to_owned(),
            build: "0.1.0+40da77512345".to_owned(),
            crypto: Crypto::Fast,
            wall_ms: 61_000,
            presets: vec![preset(Preset::AtAccept, 0), preset(Preset::AtCommit, 12)],
            differences: vec![Difference {
                invariant: "INV-06".to_owned(),
                seeds: 12,
                example: 41,
                verdicts: verdicts.map(|(preset, verdict)| (preset.to_owned(), verdict)).into(),
            }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed_results;
    use mimic_record::InvariantVerdict;

    #[test]
    fn presets_differ_where_their_verdicts_on_one_seed_do() {
        let seeds = |verdicts: &[Verdict]| -> BySeed {
            let seed = |(n, verdict): (usize, &Verdict)| {
                let mut seed = seed_results::samples::seed();
                let invariant =
                    |id: &str, verdict| InvariantVerdict { id: id.to_owned(), verdict, checked: 1 };
                seed.judgement.invariants =
                    vec![invariant("INV-01", Verdict::Held), invariant("INV-06", *verdict)];
                (n as u64, Some(seed))
            };
            verdicts.iter().enumerate().map(seed).collect()
        };
        use Verdict::{Held, Inconclusive, Violated};
        let (a, b) = (seeds(&[Held, Held, Held, Held]), seeds(&[Held, Inconclusive, Violated, Held]));
        let differences = differences(&[("a".to_owned(), &a), ("b".to_owned(), &b)]);
        let [difference] = &differences[..] else { panic!("{differences:?}") };
        let told = (difference.invariant.as_str(), difference.seeds, difference.example);
        assert_eq!(told, ("INV-06", 2, 2), "the example is a violation, though an earlier seed differs");
        assert_eq!(difference.verdicts["b"], Violated);
    }

    #[test]
    fn each_line_of_a_story_that_does_not_come_true_is_counted_over_the_seeds() {
        let line = |line, why: &str| UnmetLine { line, text: "ban is done".to_owned(), why: why.to_owned() };
        let seed = |unmet| Some(SeedResult { unmet, ..seed_results::samples::seed() });
        let seeds = BySeed::from([
            (1, seed(Vec::new())),
            (2, seed(vec![line(9, "it is open"), line(4, "nobody is there")])),
            (3, seed(vec![line(9, "it is refused")])),
            (4, None),
        ]);
        let expected = |seeds, line| UnmetSeeds { seeds, example: 2, line };
        assert_eq!(
            unmet(&seeds),
            [expected(1, line(4, "nobody is there")), expected(2, line(9, "it is open"))]
        );
    }
}
