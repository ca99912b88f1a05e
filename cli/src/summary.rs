//! What the commands say, as data: the JSON objects and the texts are written from these.

use crate::args::Crypto;
use mimic_analysis::{ConvergenceFigures, ExposureFigures, Ledger, Story};
use mimic_models::{CutOff, Ladder, MlsEngine, StepCount, Unjudged, Witnessed};
use mimic_protocol::{Mutant, Readings};
use mimic_record::{InvariantVerdict, Verdict};
use mimic_sim::director::{Replayed, Unmet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// The build.
    pub build: String,
    /// The cryptography.
    pub crypto: Crypto,
    /// The digest of scenario, seed, cryptography and trace.
    pub digest: String,
    /// The verdict over all invariants.
    pub verdict: Verdict,
    /// Whether the scenario declares that verdict.
    pub as_declared: bool,
    /// The lines of the scenario's story that did not come true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmet: Vec<UnmetLine>,
    /// How the replay ended, if the scenario is a path of a model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replayed: Option<Replayed>,
    /// How the drafts were read.
    pub readings: Readings,
    /// Each invariant.
    pub invariants: Vec<InvariantVerdict>,
    /// How long the run took in virtual time.
    pub virtual_ms: u64,
    /// How long it took.
    pub wall_ms: u64,
    /// How many steps the trace has.
    pub events: u64,
    /// How many messages the users' clients sent.
    pub messages: u64,
    /// How many room operations were done.
    pub operations: u64,
    /// How often each family of faults struck.
    pub faults: BTreeMap<String, u64>,
    /// How closely the nodes followed the hub.
    pub convergence: ConvergenceFigures,
    /// How long removed and banned users were exposed to.
    pub exposure: ExposureFigures,
    /// What each provider has learnt of each user.
    #[serde(default)]
    pub ledger: Ledger,
    /// The epochs of which there was more than one state.
    pub epoch_forks: Vec<u64>,
    /// The violations, in the order of their steps; the first of each invariant with the steps that led to it.
    pub findings: Vec<Story>,
}

/// A line of a story that could not happen, or that is not the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnmetLine {
    /// Its number in the scenario file.
    pub line: usize,
    /// How it is written.
    pub text: String,
    /// What is the case instead, or what could have happened.
    pub why: String,
}

impl From<Unmet> for UnmetLine {
    fn from(Unmet { line, text, why }: Unmet) -> Self {
        Self { line, text, why }
    }
}

/// Many runs of one scenario.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SweepSummary {
    /// The scenario's name.
    pub scenario: String,
    /// The seeds, as `FROM..TO`.
    pub seeds: String,
    /// How the drafts were read.
    pub readings: Readings,
    /// In how many seeds everything held.
    pub held: u64,
    /// In how many something was violated.
    pub violated: u64,
    /// In how many something could not be checked and nothing was violated.
    pub inconclusive: u64,
    /// In how many the simulator itself failed.
    pub panicked: u64,
    /// How many are paths of the model's nodes, if that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conforming: Option<u64>,
    /// How long the sweep took.
    pub wall_ms: u64,
    /// Each invariant, over all seeds that did not panic.
    pub invariants: Vec<InvariantSeeds>,
    /// Each family of faults that the scenario names: in how many seeds it struck.
    pub faults: BTreeMap<String, u64>,
    /// How many room operations were done in a seed.
    pub operations: Spread,
    /// How many messages the users' clients sent in a seed.
    pub messages: Spread,
    /// Every seed that violated something or panicked, in order.
    pub failures: Vec<SeedFailure>,
}

/// What an invariant came to over the seeds of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvariantSeeds {
    /// Which.
    pub id: String,
    /// In how many seeds it held.
    pub held: u64,
    /// In how many it was violated.
    pub violated: u64,
    /// In how many there was nothing to check.
    pub inconclusive: u64,
    /// How often it was checked in all seeds together.
    pub checked: u64,
}

/// A number that each seed has one of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// The smallest.
    pub min: u64,
    /// The one in the middle.
    pub median: u64,
    /// The largest.
    pub max: u64,
}

impl Spread {
    /// The spread of these; all zero if there are none.
    pub fn of(mut numbers: Vec<u64>) -> Self {
        numbers.sort_unstable();
        let at = |n: usize| numbers.get(n).copied().unwrap_or_default();
        let last = numbers.len().saturating_sub(1);
        Self { min: at(0), median: at(last / 2), max: at(last) }
    }
}

/// One seed of a sweep that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeedFailure {
    /// The seed.
    pub seed: u64,
    /// How it failed.
    pub verdict: SeedVerdict,
    /// The invariants that were violated.
    pub invariants: Vec<String>,
}

/// How a seed of a sweep failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeedVerdict {
    /// It violated an invariant.
    Violated,
    /// A line of its story did not come true.
    NotAsTold,
    /// It is no path of the model's nodes.
    DoesNotConform,
    /// The simulator failed.
    Panicked,
}

/// One exploration of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckSummary {
    /// The model's name.
    pub model: String,
    /// The scope.
    pub scope: String,
    /// What the scope is about.
    pub about: String,
    /// How the drafts were read.
    pub readings: Readings,
    /// The planted bug, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mutant: Option<Mutant>,
    /// Over what MLS the nodes ran: `symbolic`, or `openmls`, where each node had a twin over it.
    pub engine: MlsEngine,
    /// How many states were generated.
    pub states: u64,
    /// How many of them are different.
    pub unique_states: u64,
    /// The length of the longest path that was needed to reach a state.
    pub depth: u64,
    /// How long it took.
    pub wall_ms: u64,
    /// The verdict over all properties.
    pub verdict: Verdict,
    /// Each property, and with `sometimes: ` before it each thing that must be seen.
    pub properties: Vec<PropertySummary>,
    /// The invariants that have nothing to look at in the scope, and why: they are no part of the verdict.
    pub unjudged: Vec<Unjudged>,
    /// What was seen beside that which must be.
    pub also_seen: Vec<String>,
    /// How often the code of a node ran: all else was looked up.
    pub executions: u64,
    /// How many steps of each kind were taken, and how many of them led to a state that was not known.
    pub step_counts: Vec<StepCount>,
    /// How much memory the process had in use when the states were known, in octets, if the system tells.
    pub memory_bytes: Option<u64>,
    /// The path to what was to be shown, if something was, and has been seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnessed: Option<Witnessed>,
    /// Why there is no verdict on all states, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut_off: Option<CutOff>,
    /// The scenario that a path was written to, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exported: Option<Exported>,
}

/// A path of a model that was written as a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The file.
    pub file: String,
    /// What the path leads to.
    pub of: String,
    /// How many steps it has.
    pub steps: usize,
}

/// One property of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PropertySummary {
    /// Its name; that of an invariant in the catalogue, where it is one.
    pub id: String,
    /// What it says, where its name does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// What became of it.
    pub verdict: Verdict,
    /// A path to a violation, one readable line per step; empty without one.
    pub steps: Vec<String>,
    /// The same path as a ladder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Ladder>,
    /// Whether that path is known to be a shortest one, of all orders of events; none where nothing is violated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_shortest: Option<bool>,
}

/// Sample values for the tests of what is written from them.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;
    use mimic_analysis::{LedgerEntry, LedgerLine, PastStep};
    use mimic_protocol::ledger::{Knowledge, Way};

    pub(crate) fn run() -> RunSummary {
        let invariant = |id: &str, verdict, checked| InvariantVerdict { id: id.to_owned(), verdict, checked };
        RunSummary {
            scenario: "clubhouse".to_owned(),
            seed: 7,
            build: "0.1.0+40da77512345".to_owned(),
            crypto: Crypto::Real,
            digest: "9f2c61d0a7c3b1e4".to_owned(),
            verdict: Verdict::Violated,
            as_declared: false,
            unmet: Vec::new(),
            replayed: None,
            readings: Readings::default(),
            invariants: vec![
                invariant("INV-01", Verdict::Held, 1_912),
                invariant("INV-04", Verdict::Violated, 77),
                invariant("INV-06", Verdict::Inconclusive, 0),
            ],
            virtual_ms: 180_000,
            wall_ms: 2_140,
            events: 41_210,
            messages: 236,
            operations: 78,
            faults: BTreeMap::from([("loss".to_owned(), 1_412), ("hub-crash".to_owned(), 2)]),
            convergence: ConvergenceFigures {
                head_epoch: 61,
                lag_epochs_max: 9,
                reach_samples: 840,
                never_reached: 3,
                reach_ms_p50: Some(107),
                reach_ms_p95: Some(2_314),
                reach_ms_max: Some(11_453),
                converged_after_heal_ms: Some(9_100),
            },
            exposure: ExposureFigures {
                windows: 6,
                still_open: 1,
                gone_ms_p50: Some(212),
                gone_ms_max: Some(1_705),
                closed_ms_p50: Some(1_310),
                closed_ms_max: Some(14_020),
                from_commit_ms_p50: Some(980),
                from_commit_ms_max: Some(13_400),
            },
            ledger: Ledger(vec![LedgerEntry {
                user: "bob".to_owned(),
                provider: "a.example".to_owned(),
                is_own: false,
                learnt: vec![LedgerLine {
                    what: Knowledge::Message,
                    rooms: vec!["clubhouse".to_owned()],
                    by: vec![Way::Submit],
                    times: 31,
                    first_step: 904,
                }],
            }]),
            epoch_forks: vec![30],
            findings: vec![story()],
        }
    }

    fn story() -> Story {
        let step = |step, at_ms, node: &str, what: &str| PastStep {
            step,
            at_ms,
            node: node.to_owned(),
            what: what.to_owned(),
        };
        Story {
            invariant: "INV-04".to_owned(),
            step: Some(8_412),
            what: "clubhouse: the hub accepts B for epoch 29, for which it had accepted A".to_owned(),
            past: vec![
                step(8_377, 61_204, "bob/ClientB1", "takes up what it has to do"),
                step(
                    8_380,
                    61_240,
                    "hub a.example",
                    "gets the update of bob/ClientB1 by way of b.example, owes it to b.example and c.example: accepts \
                     commit A of bob/ClientB1 for epoch 29 (adds cathy/ClientC1, adds cathy/ClientC2)",
                ),
                step(8_381, 61_240, "hub a.example", "crashes"),
            ],
        }
    }

    pub(crate) fn sweep() -> SweepSummary {
        let failure = |seed, verdict, invariants: &[&str]| SeedFailure {
            seed,
            verdict,
            invariants: invariants.iter().map(|id| (*id).to_owned()).collect(),
        };
        SweepSummary {
            scenario: "clubhouse".to_owned(),
            seeds: "0..1000".to_owned(),
            readings: Readings::default(),
            held: 968,
            violated: 1,
            inconclusive: 30,
            panicked: 1,
            conforming: Some(997),
            wall_ms: 125_000,
            invariants: vec![
                InvariantSeeds {
                    id: "INV-04".to_owned(),
                    held: 998,
                    violated: 1,
                    inconclusive: 0,
                    checked: 77_000,
                },
                InvariantSeeds {
                    id: "INV-06".to_owned(),
                    held: 969,
                    violated: 0,
                    inconclusive: 30,
                    checked: 12_345,
                },
            ],
            faults: BTreeMap::from([("hub-crash".to_owned(), 600), ("loss".to_owned(), 7)]),
            operations: Spread { min: 58, median: 71, max: 79 },
            messages: Spread { min: 190, median: 221, max: 240 },
            failures: vec![
                failure(41, SeedVerdict::Violated, &["INV-03", "INV-04"]),
                failure(612, SeedVerdict::DoesNotConform, &[]),
                failure(977, SeedVerdict::Panicked, &[]),
            ],
        }
    }

    pub(crate) fn check() -> CheckSummary {
        let property = |id: &str, says: &str, verdict, steps: &[&str]| PropertySummary {
            id: id.to_owned(),
            says: (!says.is_empty()).then(|| says.to_owned()),
            verdict,
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
            ladder: None,
            is_shortest: (verdict == Verdict::Violated).then_some(true),
        };
        let count = |kind: &str, taken, new| StepCount { kind: kind.to_owned(), taken, new };
        CheckSummary {
            model: "room".to_owned(),
            scope: "hub-crash".to_owned(),
            about: "two commits, and a hub that may crash over them".to_owned(),
            readings: Readings::default(),
            mutant: Some(Mutant::AnswerBeforeDurable),
            engine: MlsEngine::Symbolic,
            states: 4_812_345,
            unique_states: 1_204_331,
            depth: 37,
            wall_ms: 41_200,
            verdict: Verdict::Violated,
            properties: vec![
                property("INV-01", "a member of the group is a participant of the room", Verdict::Held, &[]),
                property(
                    "INV-04",
                    "a hub accepts at most one commit for each epoch",
                    Verdict::Violated,
                    &[
                        "Hub a.example gets commit A: accepts it; it crashes",
                        "Hub a.example gets commit B: accepts it",
                    ],
                ),
                property("sometimes: a client joins", "", Verdict::Held, &[]),
                property("sometimes: a client is out", "", Verdict::Held, &[]),
                property("sometimes: rejected: wrong epoch", "", Verdict::Held, &[]),
                property("sometimes: fault: a request is lost", "", Verdict::Inconclusive, &[]),
            ],
            unjudged: vec![Unjudged { id: "INV-06".to_owned(), why: "nobody is removed".to_owned() }],
            also_seen: vec!["a timer is due".to_owned()],
            executions: 8_123,
            step_counts: vec![count("wish", 12_345, 2_210), count("request: update", 4_800_000, 1_202_120)],
            memory_bytes: Some(412_000_000),
            witnessed: None,
            cut_off: None,
            exported: None,
        }
    }
}
