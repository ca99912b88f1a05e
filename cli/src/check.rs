//! `mimic check`: every interleaving of a model within a scope.

use crate::args::CheckArgs;
use crate::check_report;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::progress::ModelProgress;
use crate::say::say;
use crate::summary::{CheckSummary, PropertySummary};
use mimic_models::Conditions;
use mimic_protocol::Planted;
use std::num::NonZeroUsize;
use std::thread;

/// Runs the command.
pub fn check(args: &CheckArgs) -> Result<Exit, CliError> {
    let summary = explore(args)?;
    if args.json {
        say(format_args!("{}\n", json::object(&summary)?))?;
    } else {
        say(check_report::check(&summary))?;
    }
    Ok(Exit::of_check(summary.verdict))
}

/// Explores the model.
fn explore(args: &CheckArgs) -> Result<CheckSummary, CliError> {
    let threads = args.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let shown = ModelProgress::new(args.json);
    let read = |scope| args.readings.over(scope);
    let conditions = Conditions { planted: planted(args), read: &read };
    let report =
        mimic_models::check(&args.model, args.scope.as_deref(), threads, conditions, &|at| shown.at(at))?;
    let properties = report.properties.into_iter().map(|property| PropertySummary {
        id: property.id,
        says: property.says,
        verdict: property.verdict,
        steps: property.steps.unwrap_or_default(),
    });
    Ok(CheckSummary {
        model: report.model,
        scope: report.scope,
        readings: report.readings,
        mutant: args.mutant,
        states: report.states,
        unique_states: report.unique_states,
        depth: report.depth,
        wall_ms: report.wall_ms,
        verdict: report.verdict,
        properties: properties.collect(),
        unjudged: report.unjudged,
    })
}

#[cfg(feature = "museum")]
fn planted(args: &CheckArgs) -> Planted {
    args.mutant.map_or(Planted::NONE, Planted::new)
}

/// An argument that names a planted bug is refused where none is compiled in.
#[cfg(not(feature = "museum"))]
fn planted(_: &CheckArgs) -> Planted {
    Planted::NONE
}
