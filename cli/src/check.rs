//! `mimic check`: every interleaving of a model within a scope.

use crate::check_args::CheckArgs;
use crate::check_list::{self, CheckList};
use crate::check_mutants;
use crate::check_report::{self, Paths};
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::progress::ModelProgress;
use crate::say::say;
use crate::summary::{CheckSummary, Exported, PropertySummary};
use mimic_models::{CheckReport, Conditions, PropertyReport};
use mimic_protocol::{Mutant, Planted};
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::thread;

/// Runs the command.
pub fn check(args: &CheckArgs) -> Result<Exit, CliError> {
    if args.mutants {
        return check_mutants::mutants(args);
    }
    let Some(model) = &args.model else { return list(args) };
    let report = explore(model, args)?;
    if let (Some(of), None) = (&args.witness, &report.witnessed) {
        return Err(CliError::NoPath { of: of.clone() });
    }
    let exported = args.export.as_ref().map(|path| export(path, &report, args)).transpose()?;
    let summary = CheckSummary { exported, ..summary(report, args.mutant) };
    if args.json {
        say(format_args!("{}\n", json::object(&summary)?))?;
    } else {
        say(check_report::check(&summary, if args.ladder { Paths::Ladders } else { Paths::Numbered }))?;
    }
    Ok(Exit::of_check(summary.verdict))
}

/// Says what there is to check.
fn list(args: &CheckArgs) -> Result<Exit, CliError> {
    let list = CheckList { models: mimic_models::list() };
    if args.json {
        say(format_args!("{}\n", json::object(&list)?))?;
    } else {
        say(check_list::text(&list))?;
    }
    Ok(Exit::AsDeclared)
}

/// Explores the model.
fn explore(model: &str, args: &CheckArgs) -> Result<CheckReport, CliError> {
    let shown = ModelProgress::new(args.json);
    let read = |scope| args.readings.over(scope);
    let conditions = Conditions {
        planted: planted(args.mutant),
        read: &read,
        engine: args.engine.into(),
        limits: args.limiting.limits(),
        witness: args.witness.as_deref(),
    };
    Ok(mimic_models::check(model, args.bounds(), threads(args), conditions, &|at| shown.at(at))?)
}

fn summary(report: CheckReport, mutant: Option<Mutant>) -> CheckSummary {
    let properties = report.properties.into_iter().map(|property| PropertySummary {
        id: property.id,
        says: property.says,
        verdict: property.verdict,
        steps: property.steps.unwrap_or_default(),
        ladder: property.ladder,
        is_shortest: property.is_shortest,
    });
    CheckSummary {
        model: report.model,
        scope: report.scope,
        about: report.about,
        readings: report.readings,
        mutant,
        engine: report.engine,
        states: report.states,
        unique_states: report.unique_states,
        depth: report.depth,
        wall_ms: report.wall_ms,
        verdict: report.verdict,
        properties: properties.collect(),
        unjudged: report.unjudged,
        also_seen: report.also_seen,
        executions: report.executions,
        step_counts: report.step_counts,
        memory_bytes: report.memory_bytes,
        witnessed: report.witnessed,
        cut_off: report.cut_off,
        exported: None,
    }
}

/// Writes a path of the model as a scenario.
fn export(path: &Path, report: &CheckReport, args: &CheckArgs) -> Result<Exported, CliError> {
    let is_meant = |property: &&PropertyReport| match &args.property {
        Some(id) => property.id == *id,
        None => property.replay.is_some(),
    };
    let (of, replay) = match &args.witness {
        Some(witness) => {
            let witnessed = report.witnessed.as_ref();
            (witness.clone(), witnessed.and_then(|witnessed| witnessed.replay.as_ref()))
        }
        None => {
            let property = report.properties.iter().find(is_meant);
            let of = property.map(|property| &property.id).or(args.property.as_ref());
            (of.cloned().unwrap_or_default(), property.and_then(|property| property.replay.as_ref()))
        }
    };
    let replay = replay.ok_or_else(|| CliError::NoPath { of: of.clone() })?;
    let replay = replay.as_ref().map_err(|why| CliError::Unplayable(why.clone()))?;
    let unwritable = |cause| CliError::Unwritable { path: path.to_owned(), cause };
    fs::write(path, replay.scenario(args.mutant)).map_err(unwritable)?;
    Ok(Exported { file: path.to_string_lossy().into_owned(), of, steps: replay.steps() })
}

/// How many threads explore.
pub(crate) fn threads(args: &CheckArgs) -> usize {
    args.threads.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get)
}

/// The bug that all nodes are built with.
#[cfg(feature = "museum")]
pub(crate) fn planted(mutant: Option<Mutant>) -> Planted {
    mutant.map_or(Planted::NONE, Planted::new)
}

/// An argument that names a planted bug is refused where none is compiled in.
#[cfg(not(feature = "museum"))]
pub(crate) fn planted(_: Option<Mutant>) -> Planted {
    Planted::NONE
}
