//! `mimic check`: every interleaving of a model within a scope.

use crate::args::CheckArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::report;
use crate::summary::CheckSummary;

/// Runs the command.
pub fn check(args: &CheckArgs) -> Result<Exit, CliError> {
    let summary = explore(args)?;
    if args.json {
        println!("{}", json::object(&summary)?);
    } else {
        print!("{}", report::check(&summary));
    }
    Ok(Exit::of_check(summary.verdict))
}

/// Explores the model.
fn explore(_args: &CheckArgs) -> Result<CheckSummary, CliError> {
    Err(CliError::NotYet { what: "the model checker" })
}
