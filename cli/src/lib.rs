//! The `mimic` command: reads arguments, calls the simulator and the models, and says what came of it.
//!
//! Data goes to stdout, progress and diagnostics go to stderr, and the exit code is one of [`Exit`].

pub mod args;
pub mod check;
pub mod check_args;
pub mod check_list;
pub mod check_mutants;
pub mod check_report;
pub mod compare;
pub mod compare_report;
pub mod compare_summary;
pub mod conform;
pub mod conform_servers;
pub mod coverage;
pub mod coverage_report;
pub mod coverage_summary;
pub mod distance;
pub mod engine;
pub mod error;
pub mod exit;
pub mod explore;
pub mod folder;
pub mod json;
pub mod ladder;
pub mod outcome;
pub mod parquet_file;
pub mod progress;
pub mod readings;
pub mod report;
pub mod run;
pub mod run_folder;
pub mod say;
pub mod scenario;
pub mod scenario_text;
mod seed_results;
pub mod summary;
pub mod sweep;
pub mod tables;
pub mod violations;
pub mod wall;

pub use exit::Exit;

use crate::say::say;
use args::{Args, Command};
use clap::Parser;
use error::CliError;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

/// The version and the commit that this was built from.
pub const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), "+", env!("MIMIC_COMMIT"));

/// Runs the command with the process's arguments, its own name first.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    let program =
        arguments.first().map_or_else(|| "mimic".into(), |name| name.to_string_lossy().into_owned());
    let args = match Args::try_parse_from(&arguments) {
        Ok(args) => args,
        Err(error) => {
            // Help and version go to stdout and end with 0, everything else to stderr with 2.
            let code = if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS };
            return if error.print().is_ok() { code } else { Exit::Internal.into() };
        }
    };
    guarded(|| dispatch(args, &program)).into()
}

/// Does the work, says what went wrong on stderr, and turns a panic into an exit code too.
fn guarded(work: impl FnOnce() -> Result<Exit, CliError>) -> Exit {
    // Nothing that the work has touched is looked at after a panic.
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            let exit = error.exit();
            eprintln!("{:?}", miette::Report::new(error));
            exit
        }
        Err(_) => {
            eprintln!("internal error: this is a bug in mimic {BUILD}, not in the scenario");
            Exit::Internal
        }
    }
}

fn dispatch(args: Args, program: &str) -> Result<Exit, CliError> {
    match args.command {
        Command::Run(args) => run::run(&args, program),
        Command::Sweep(args) => sweep::sweep(&args, program),
        Command::Compare(args) => compare::compare(&args, program),
        Command::Check(args) => check::check(&args),
        Command::Distance(args) => distance::distance(&args),
        Command::Explore(args) => explore::explore(&args),
        Command::Conform(args) => conform::conform(&args),
        Command::Scenario(command) => scenario::scenario(&command),
        Command::Coverage(args) => coverage::coverage(&args),
        Command::Readings => {
            say(readings::readings())?;
            Ok(Exit::AsDeclared)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_models::CheckError;

    #[test]
    fn every_end_has_its_exit_code() {
        assert_eq!(guarded(|| Ok(Exit::Inconclusive)), Exit::Inconclusive);
        let disagree = CheckError::EnginesDisagree { what: "states".to_owned(), own: 1, stateright: 2 };
        assert_eq!(guarded(|| Err(CliError::Check(disagree))), Exit::Internal);
        assert_eq!(guarded(|| panic!("as planned")), Exit::Internal);
    }
}
