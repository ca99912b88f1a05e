//! Why a command could not do what it was asked to do.

use crate::exit::Exit;
use miette::Diagnostic;
use mimic_analysis::{CoverageError, PlotError};
use mimic_models::{CheckError, Unplayable};
use mimic_sim::RunError;
use mimic_sim::scenario::ScenarioError;
use parquet::errors::ParquetError;
use std::io;
use std::path::PathBuf;

/// A command came to nothing.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum CliError {
    /// The scenario is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Scenario(#[from] ScenarioError),
    /// The scenario cannot be read.
    #[error("cannot read {}: {cause}", path.display())]
    #[diagnostic(help("the first argument is a scenario file, such as scenarios/clubhouse.toml"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The folder cannot be listed.
    #[error("cannot list {}: {cause}", path.display())]
    #[diagnostic(help("name a folder with scenario files"))]
    UnreadableFolder {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A scenario with a seeded part is to be run without a seed.
    #[error("{} has a seeded part, and no seed is given", scenario.display())]
    #[diagnostic(help("choose one with --seed N"))]
    NoSeed {
        /// The scenario.
        scenario: PathBuf,
    },
    /// A file is there already.
    #[error("{} is there already", path.display())]
    #[diagnostic(help("choose another name, or another folder with --folder DIR"))]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The results cannot be written.
    #[error("cannot write {}: {cause}", path.display())]
    #[diagnostic(help("choose another folder with --out DIR"))]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Nothing can be said on stdout.
    #[error("cannot write to stdout: {cause}")]
    Stdout {
        /// Why.
        cause: io::Error,
    },
    /// The results cannot be turned into JSON.
    #[error("the summary cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The plot cannot be drawn.
    #[error(transparent)]
    Plot(#[from] PlotError),
    /// A table cannot be written as Parquet.
    #[error("a table cannot be written as Parquet: {0}")]
    Table(#[from] ParquetError),
    /// The simulator itself failed.
    #[error("seed {seed}: {cause}")]
    #[diagnostic(help("this is a bug in mimic, not in the scenario"))]
    Simulator {
        /// The seed.
        seed: u64,
        /// How.
        cause: RunError,
    },
    /// The readings that were asked for are beyond the MLS library.
    #[error("{cause}")]
    #[diagnostic(help("`mimic readings` lists the other ways to read it"))]
    Library {
        /// Which.
        cause: RunError,
    },
    /// The requirements and what covers them do not fit together.
    #[error(transparent)]
    Coverage(#[from] CoverageError),
    /// The command is not run where the repository is.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(help("run it in the root of mimic's repository, where scenarios, spec and docs are"))]
    NoRepository {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// There are no planted bugs to look for.
    #[error("this build has no planted bugs in it")]
    #[diagnostic(help("build with the feature `museum`"))]
    NoMuseum,
    /// A file of a recorded run cannot be read.
    #[error("{}: {cause}", path.display())]
    #[diagnostic(help(
        "name a folder that `mimic run` has written, such as runs/clubhouse/seed-7; an older one can be recorded anew"
    ))]
    NoRunFile {
        /// The file.
        path: PathBuf,
        /// Why, with the line if there is one.
        cause: String,
    },
    /// A trace is of another scenario than the one beside it.
    #[error("{}: line 1: it was not recorded with {} and the readings of the summary", trace.display(), scenario.display())]
    #[diagnostic(help("run the scenario anew: the three files of a run belong together"))]
    AnotherScenario {
        /// The trace.
        trace: PathBuf,
        /// The scenario beside it.
        scenario: PathBuf,
    },
    /// There is no path to export or to draw.
    #[error("there is no path{}", if of.is_empty() { ": nothing is violated".to_owned() } else { format!(" to {of:?}: it has not come up") })]
    #[diagnostic(help("name something that is seen with --witness, or plant a bug with --mutant"))]
    NoPath {
        /// What was asked for; nothing, if any violation would have done.
        of: String,
    },
    /// The path cannot be exported.
    #[error("the path cannot be exported: {0}")]
    #[diagnostic(help("read it here, or export a path of a scope without Byzantine steps"))]
    Unplayable(Unplayable),
    /// The model cannot be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl CliError {
    /// The exit code that it ends with.
    pub fn exit(&self) -> Exit {
        match self {
            CliError::Scenario(_)
            | CliError::Unreadable { .. }
            | CliError::UnreadableFolder { .. }
            | CliError::Exists { .. }
            | CliError::NoSeed { .. }
            | CliError::NoRepository { .. }
            | CliError::Library { .. }
            | CliError::NoMuseum
            | CliError::NoPath { .. }
            | CliError::Unplayable(_)
            | CliError::NoRunFile { .. }
            | CliError::AnotherScenario { .. }
            | CliError::Check(
                CheckError::NoSuchModel { .. }
                | CheckError::NoSuchScope { .. }
                | CheckError::NoSuchOperation { .. }
                | CheckError::OutOfRange { .. }
                | CheckError::NobodyCan { .. }
                | CheckError::NoSuchWitness { .. }
                | CheckError::AddressTaken { .. },
            ) => Exit::Usage,
            CliError::Simulator { .. }
            | CliError::Unwritable { .. }
            | CliError::Stdout { .. }
            | CliError::Json(_)
            | CliError::Plot(_)
            | CliError::Table(_)
            | CliError::Coverage(_)
            | CliError::Check(_) => Exit::Internal,
        }
    }
}
