//! The JSON objects on stdout: one of the summaries, versioned by `schema`.

use crate::check_list::CheckList;
use crate::check_mutants::MutantsSummary;
use crate::compare_summary::CompareSummary;
use crate::conform::ConformSummary;
use crate::conform_servers::ServersSummary;
use crate::scenario::ScenarioList;
use crate::summary::{CheckSummary, RunSummary, SweepSummary};
use mimic_models::Distances;
use serde::Serialize;

/// A summary with a schema of its own. The number grows when a field changes its meaning or goes.
pub trait Versioned: Serialize {
    /// The value of `schema`.
    const SCHEMA: &'static str;
}

impl Versioned for RunSummary {
    const SCHEMA: &'static str = "mimic.run.1";
}

impl Versioned for SweepSummary {
    const SCHEMA: &'static str = "mimic.sweep.1";
}

impl Versioned for ScenarioList {
    const SCHEMA: &'static str = "mimic.scenarios.1";
}

impl Versioned for CompareSummary {
    const SCHEMA: &'static str = "mimic.compare.1";
}

impl Versioned for CheckList {
    const SCHEMA: &'static str = "mimic.models.1";
}

impl Versioned for MutantsSummary {
    const SCHEMA: &'static str = "mimic.mutants.1";
}

impl Versioned for Distances {
    const SCHEMA: &'static str = "mimic.distance.1";
}

impl Versioned for ConformSummary {
    const SCHEMA: &'static str = "mimic.conform.1";
}

impl Versioned for ServersSummary {
    const SCHEMA: &'static str = "mimic.conform-servers.1";
}

impl Versioned for CheckSummary {
    const SCHEMA: &'static str = "mimic.check.1";
}

#[derive(Serialize)]
struct Object<'s, S> {
    schema: &'static str,
    #[serde(flatten)]
    summary: &'s S,
}

/// The summary as one object.
pub fn object<S: Versioned>(summary: &S) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Object { schema: S::SCHEMA, summary })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::samples;

    #[test]
    fn a_run_has_the_fields_that_are_promised() {
        insta::assert_snapshot!(object(&samples::run()).unwrap());
    }

    #[test]
    fn a_sweep_has_the_fields_that_are_promised() {
        insta::assert_snapshot!(object(&samples::sweep()).unwrap());
    }

    #[test]
    fn a_comparison_has_the_fields_that_are_promised() {
        insta::assert_snapshot!(object(&crate::compare_summary::samples::compare()).unwrap());
    }

    #[test]
    fn a_check_has_the_fields_that_are_promised() {
        insta::assert_snapshot!(object(&samples::check()).unwrap());
    }

    #[test]
    fn what_was_written_can_be_read() {
        let text = object(&samples::run()).unwrap();
        assert_eq!(serde_json::from_str::<RunSummary>(&text).unwrap(), samples::run());
    }
}
