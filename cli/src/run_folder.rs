//! The folder of a recorded run, read back.

use crate::error::CliError;
use crate::summary::RunSummary;
use mimic_record::{Header, Step, Trace};
use mimic_sim::scenario::Scenario;
use std::fs;
use std::path::{Path, PathBuf};

/// The trace: JSON lines, the header first.
pub const TRACE: &str = "trace.jsonl";
/// The summary, which says how the drafts were read.
pub const SUMMARY: &str = "summary.json";
/// The scenario, as it was read.
pub const SCENARIO: &str = "scenario.toml";

/// A recorded run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunFolder {
    /// Where its trace is.
    pub trace: PathBuf,
    /// What it is a run of, with the readings of the run.
    pub scenario: Scenario,
    /// What was recorded beside the steps.
    pub header: Header,
    /// The steps.
    pub steps: Vec<Step>,
    /// The digest that the summary names.
    pub digest: String,
}

impl RunFolder {
    /// Reads a folder that `mimic run` has written.
    pub fn read(folder: &Path) -> Result<Self, CliError> {
        let scenario_path = folder.join(SCENARIO);
        let mut scenario = Scenario::parse(&scenario_path.to_string_lossy(), &text(&scenario_path)?)?;
        let path = folder.join(SUMMARY);
        let summary: RunSummary = serde_json::from_str(&text(&path)?)
            .map_err(|cause| CliError::NoRunFile { path: path.clone(), cause: cause.to_string() })?;
        scenario.readings = summary.readings;
        let trace = folder.join(TRACE);
        let (header, steps) = Trace::parse(&text(&trace)?)
            .map_err(|cause| CliError::NoRunFile { path: trace.clone(), cause: cause.to_string() })?;
        let run = Self { trace, scenario, header, steps, digest: summary.digest };
        let expected = mimic_sim::header(&run.scenario, run.header.seed, &run.header.crypto);
        if run.header.schema != expected.schema {
            let cause = format!(
                "line 1: a trace of format {}, and this build reads {}",
                run.header.schema, expected.schema
            );
            return Err(CliError::NoRunFile { path: run.trace, cause });
        }
        if run.header != expected {
            return Err(CliError::AnotherScenario { trace: run.trace, scenario: scenario_path });
        }
        Ok(run)
    }

    /// Whether the trace is, octet for octet, the one of which the summary speaks.
    pub fn is_as_recorded(&self) -> bool {
        let mut trace = Trace::new(&self.header);
        self.steps.iter().for_each(|step| trace.push(step));
        trace.digest().to_string() == self.digest
    }
}

/// That the trace is another one than the summary beside it speaks of.
pub fn not_as_recorded(trace: &str) -> String {
    let beside = Path::new(trace).with_file_name(SUMMARY);
    format!("{trace}: NOT AS RECORDED: its digest is another than in {}\n", beside.display())
}

fn text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path)
        .map_err(|cause| CliError::NoRunFile { path: path.to_owned(), cause: cause.to_string() })
}
