//! `mimic conform --visible servers`: whether hidden clients can have brought about what the servers of a recorded run have logged.

use crate::conform::Told;
use crate::exit::Exit;
use crate::run_folder::{RunFolder, not_as_recorded};
use indicatif::HumanCount;
use mimic_models::{End, Explained, Most, Why};
use mimic_record::Step;
use mimic_sim::node_config;
use mimic_sim::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What is said of a run of which only the servers' logs were looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServersSummary {
    /// The trace.
    pub trace: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// How many lines the servers have logged.
    pub lines: u64,
    /// How many of them were explained.
    pub explained: u64,
    /// What came of it.
    pub verdict: Verdict,
    /// How many steps clients have taken unseen, in the explanation with the fewest.
    pub hidden_steps: u64,
    /// How many candidates were kept at a time, at the most: worlds.
    pub most_worlds: usize,
    /// How many ways in which clients may be were kept at a time, at the most, in all of these worlds together.
    pub most_situations: usize,
    /// Whether it is the trace that the summary beside it speaks of.
    pub as_recorded: bool,
    /// The line that nothing explains, or at which there were too many candidates; `why` has what excluded the closest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Told>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something explains all lines.
    Conforms,
    /// Nothing does.
    DoesNotConform,
    /// There are more candidates than are kept: nobody knows.
    Inconclusive,
}

/// What explains the log of the run's servers, if anything does.
pub fn explained(scenario: &Scenario, steps: &[Step], most: Most) -> Explained {
    let directory = Arc::new(scenario.directory());
    let ahead_ms = scenario.clocks.ahead_ms(&directory);
    let (lines, wishes) = mimic_models::mask(steps);
    mimic_models::explain(&node_config(scenario, directory), &ahead_ms, (&lines, &wishes), most)
}

/// What is said of the run.
pub fn summary(run: &RunFolder, most: Most) -> ServersSummary {
    let Explained { end, lines: explained, hidden_steps, worlds, situations } =
        explained(&run.scenario, &run.steps, most);
    let too_many = || format!("there are more candidates than {}", HumanCount(most.candidates as u64));
    let (verdict, stopped) = match end {
        End::Conforms => (Verdict::Conforms, None),
        End::Deviates { step, why } => (Verdict::DoesNotConform, told(run, step, &reasons(&why))),
        End::TooMany { step } => (Verdict::Inconclusive, told(run, step, &too_many())),
    };
    ServersSummary {
        trace: run.trace.display().to_string(),
        scenario: run.scenario.name.clone(),
        seed: run.header.seed,
        lines: mimic_models::mask(&run.steps).0.len() as u64,
        explained,
        verdict,
        hidden_steps,
        most_worlds: worlds,
        most_situations: situations,
        as_recorded: run.is_as_recorded(),
        stopped,
    }
}

fn reasons(why: &[Why]) -> String {
    why.iter().map(Why::to_string).collect::<Vec<_>>().join("; or ")
}

fn told(run: &RunFolder, step: u64, why: &str) -> Option<Told> {
    let at = run.steps.iter().find(|other| other.n == step)?;
    let (step, why) = mimic_analysis::told(&run.scenario.directory(), &run.steps, at, why);
    Some(Told { line: at.n + 2, step, why })
}

impl ServersSummary {
    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self.verdict {
            Verdict::DoesNotConform => Exit::Violated,
            _ if !self.as_recorded => Exit::Violated,
            Verdict::Conforms => Exit::AsDeclared,
            Verdict::Inconclusive => Exit::Inconclusive,
        }
    }
}

impl fmt::Display for ServersSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trace = &self.trace;
        if self.verdict == Verdict::Conforms {
            let (lines, hidden) = (HumanCount(self.lines), HumanCount(self.hidden_steps));
            writeln!(
                f,
                "{trace}: conforms: {hidden} hidden steps of clients explain all {lines} lines of servers"
            )?;
        }
        if let Some(Told { line, step, why }) = &self.stopped {
            let verdict = match self.verdict {
                Verdict::DoesNotConform => "DOES NOT CONFORM, whatever clients have done",
                Verdict::Conforms | Verdict::Inconclusive => "INCONCLUSIVE",
            };
            writeln!(f, "{trace}:{line}: {verdict}: {why}")?;
            writeln!(f, "  at {} ms {} {}", step.at_ms, step.node, step.what)?;
            let (explained, lines) = (HumanCount(self.explained), HumanCount(self.lines));
            writeln!(f, "  {explained} of {lines} lines of servers before it are explained")?;
        }
        let (worlds, situations) = (self.most_worlds as u64, self.most_situations as u64);
        let (worlds, situations) = (HumanCount(worlds), HumanCount(situations));
        writeln!(
            f,
            "  at a time at the most {worlds} worlds, and in them {situations} situations of clients"
        )?;
        if !self.as_recorded {
            f.write_str(&not_as_recorded(trace))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_analysis::PastStep;

    fn summary(verdict: Verdict, as_recorded: bool) -> ServersSummary {
        let step = PastStep {
            step: 8_412,
            at_ms: 61_240,
            node: "hub a.example".to_owned(),
            what: "gets the update of bob/ClientB1 by way of b.example: accepts commit A".to_owned(),
        };
        let why = match verdict {
            Verdict::Inconclusive => "there are more candidates than 10,000",
            Verdict::Conforms | Verdict::DoesNotConform => {
                "facts.0.Accepted.epoch is 30, and the nodes come to 29"
            }
        };
        let stops = verdict != Verdict::Conforms;
        ServersSummary {
            trace: "runs/clubhouse/seed-7/trace.jsonl".to_owned(),
            scenario: "clubhouse".to_owned(),
            seed: 7,
            lines: 21_400,
            explained: if stops { 4_100 } else { 21_400 },
            verdict,
            hidden_steps: 16_320,
            most_worlds: 12,
            most_situations: 1_204,
            as_recorded,
            stopped: stops.then(|| Told { line: 8_414, step, why: why.to_owned() }),
        }
    }

    const VERDICTS: [Verdict; 3] = [Verdict::Conforms, Verdict::DoesNotConform, Verdict::Inconclusive];

    #[test]
    fn each_verdict_is_told_with_what_it_rests_on() {
        let told = VERDICTS.map(|verdict| summary(verdict, true).to_string());
        insta::assert_snapshot!(format!("{}{}", told.concat(), summary(Verdict::Conforms, false)));
    }

    #[test]
    fn only_a_recorded_log_with_an_explanation_ends_with_0() {
        let exits = |as_recorded| VERDICTS.map(|verdict| summary(verdict, as_recorded).exit() as u8);
        assert_eq!((exits(true), exits(false)), ([0, 1, 3], [1, 1, 1]));
    }
}
