//! `mimic conform`: whether a recorded run is a path of the nodes over symbolic MLS.

use crate::args::{ConformArgs, Visible};
use crate::conform_servers;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json::{self, Versioned};
use crate::run_folder::{RunFolder, not_as_recorded};
use crate::say::say;
use indicatif::HumanCount;
use mimic_analysis::PastStep;
use mimic_models::{Deviation, Most};
use mimic_record::Step;
use mimic_sim::node_config;
use mimic_sim::scenario::Scenario;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::Arc;

/// What is said of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConformSummary {
    /// The trace.
    pub trace: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// How many steps the trace has.
    pub steps: u64,
    /// Whether it is a path of the nodes.
    pub conforms: bool,
    /// Whether it is the trace that the summary beside it speaks of: what is not compared with the nodes, such as times, is in its digest.
    pub as_recorded: bool,
    /// Where it leaves their paths, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Told>,
}

/// A deviation, told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The line of the trace, counted from 1.
    pub line: u64,
    /// What the trace says there, in words.
    pub step: PastStep,
    /// Why that is none of a path.
    pub why: String,
}

/// Runs the command.
pub fn conform(args: &ConformArgs) -> Result<Exit, CliError> {
    let mut run = RunFolder::read(&args.folder)?;
    if args.without_mutant {
        run.scenario.mutant = None;
    }
    match args.visible {
        Visible::All => {
            let summary = summary(&run);
            tell(args, &summary)?;
            Ok(Exit::of_conform(&summary))
        }
        Visible::Servers => {
            let most = Most { candidates: args.candidates, closure: args.candidates };
            let summary = conform_servers::summary(&run, most);
            tell(args, &summary)?;
            Ok(summary.exit())
        }
    }
}

fn tell(args: &ConformArgs, summary: &(impl Versioned + fmt::Display)) -> Result<(), CliError> {
    match args.json {
        true => say(format_args!("{}\n", json::object(summary)?)),
        false => say(summary),
    }
}

/// Where the run leaves the paths of the scenario's nodes, if it does.
pub fn deviation(scenario: &Scenario, steps: &[Step]) -> Option<Deviation> {
    let directory = Arc::new(scenario.directory());
    let ahead_ms = scenario.clocks.ahead_ms(&directory);
    mimic_models::conform(&node_config(scenario, directory), &ahead_ms, steps).err()
}

fn summary(run: &RunFolder) -> ConformSummary {
    let told = |deviation: Deviation| {
        let step = run.steps.iter().find(|step| step.n == deviation.step)?;
        let directory = run.scenario.directory();
        let why = deviation.why.to_string();
        let (step, why) = mimic_analysis::told(&directory, &run.steps, step, &why);
        Some(Told { line: deviation.line(), step, why })
    };
    let deviation = deviation(&run.scenario, &run.steps);
    ConformSummary {
        trace: run.trace.display().to_string(),
        scenario: run.scenario.name.clone(),
        seed: run.header.seed,
        steps: run.steps.len() as u64,
        conforms: deviation.is_none(),
        as_recorded: run.is_as_recorded(),
        deviation: deviation.and_then(told),
    }
}

impl fmt::Display for ConformSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let trace = &self.trace;
        if self.conforms {
            writeln!(
                f,
                "{trace}: conforms, a path of the nodes in all of its {} steps",
                HumanCount(self.steps)
            )?;
        }
        if let Some(Told { line, step: PastStep { node, what, at_ms, .. }, why }) = &self.deviation {
            writeln!(f, "{trace}:{line}: DOES NOT CONFORM: {why}")?;
            writeln!(f, "  at {at_ms} ms {node} {what}")?;
        }
        if !self.as_recorded {
            f.write_str(&not_as_recorded(trace))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(conforms: bool, as_recorded: bool) -> ConformSummary {
        let step = PastStep {
            step: 8_412,
            at_ms: 61_240,
            node: "hub a.example".to_owned(),
            what: "gets the update of bob/ClientB1 by way of b.example: accepts commit A".to_owned(),
        };
        let why = "facts.0.Accepted.epoch is 30, and the nodes come to 29".to_owned();
        ConformSummary {
            trace: "runs/clubhouse/seed-7/trace.jsonl".to_owned(),
            scenario: "clubhouse".to_owned(),
            seed: 7,
            steps: 41_210,
            conforms,
            as_recorded,
            deviation: (!conforms).then_some(Told { line: 8_414, step, why }),
        }
    }

    #[test]
    fn a_deviation_comes_with_file_line_field_and_what_the_step_is() {
        insta::assert_snapshot!(summary(false, true));
    }

    #[test]
    fn a_trace_that_conforms_says_so_and_whether_it_is_the_one_that_was_recorded() {
        insta::assert_snapshot!(format!("{}{}", summary(true, true), summary(true, false)));
    }

    #[test]
    fn only_a_recorded_path_ends_with_0() {
        let exits = [(true, true), (true, false), (false, true), (false, false)]
            .map(|(conforms, as_recorded)| Exit::of_conform(&summary(conforms, as_recorded)) as u8);
        assert_eq!(exits, [0, 1, 1, 1]);
    }
}
