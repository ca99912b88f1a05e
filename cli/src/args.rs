//! The command line.

use crate::check_args::{CheckArgs, DistanceArgs, ExploreArgs};
use clap::{Parser, Subcommand, ValueEnum};
use mimic_protocol::Readings;
use mimic_protocol::readings::{Preset, Reading};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;

const EXAMPLES: &str = "\
Examples:
  mimic run scenarios/clubhouse.toml --seed 7
  mimic sweep scenarios/clubhouse.toml --seeds 0..1000 --crypto fast

Exit codes: 0 ended as declared, 1 violated, 2 usage or scenario error, 3 inconclusive, 4 nondeterminism, 70 internal error";

/// Simulates and model-checks the MIMI protocols over MLS, deterministically.
#[derive(Parser, Clone, Debug, PartialEq, Eq)]
#[command(name = "mimic", version = crate::BUILD, after_help = EXAMPLES, arg_required_else_help = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The verbs.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Simulate one seed of a scenario, judge it, and write its trace, summary and convergence plot.
    Run(RunArgs),
    /// Simulate many seeds of a scenario and list the ones that fail.
    Sweep(SweepArgs),
    /// Simulate the same seeds under several readings of the drafts, and set the results side by side.
    Compare(CompareArgs),
    /// Explore every interleaving of a model within a scope.
    Check(CheckArgs),
    /// Say how many operations and faults it takes to break each property of the model `room`.
    Distance(DistanceArgs),
    /// Go through the states of a model by hand, on a web page on this machine.
    Explore(ExploreArgs),
    /// Say whether a recorded run is a path of the model's nodes, and if not, at which line and why.
    Conform(ConformArgs),
    /// List, check and begin scenario files.
    #[command(subcommand)]
    Scenario(ScenarioCommand),
    /// Say which requirements of the drafts are checked, exercised, out of scope or missing.
    Coverage(CoverageArgs),
    /// List the contested rules of the drafts, and how each can be read.
    Readings,
}

/// What to do with scenario files.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
pub enum ScenarioCommand {
    /// Say of each scenario of a folder what it is about, shows and expects.
    List(ListArgs),
    /// Check files without running them.
    Validate(ValidateArgs),
    /// Print the JSON Schema of the format.
    Schema,
    /// Write a file to begin with; one that is there already stays as it is.
    New(NewArgs),
}

/// The arguments of `mimic scenario list`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ListArgs {
    /// The folder.
    #[arg(default_value = "scenarios")]
    pub folder: PathBuf,
    /// Print one JSON object on stdout instead of the list.
    #[arg(long)]
    pub json: bool,
}

/// The arguments of `mimic scenario validate`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ValidateArgs {
    /// The scenario files.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// The arguments of `mimic scenario new`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct NewArgs {
    /// The scenario's name, also of the file.
    pub name: String,
    /// The folder that the file is written to.
    #[arg(long, value_name = "DIR", default_value = "scenarios")]
    pub folder: PathBuf,
}

/// The arguments of `mimic run`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct RunArgs {
    /// The scenario file.
    pub scenario: PathBuf,
    /// The seed that every random decision is drawn from; a scenario that begins with its story can do without.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Run the seed twice and compare: a difference ends with exit code 4.
    #[arg(long)]
    pub check_determinism: bool,
    /// Which cryptography the clients use.
    #[arg(long, value_enum, default_value_t)]
    pub crypto: Crypto,
    /// How the drafts are read.
    #[command(flatten)]
    pub readings: ReadingsArgs,
    /// Print one JSON object on stdout instead of the summary.
    #[arg(long)]
    pub json: bool,
    /// The folder to write to [default: runs/SCENARIO/seed-N]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// The arguments of `mimic sweep`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct SweepArgs {
    /// The scenario file.
    pub scenario: PathBuf,
    /// The seeds, from the first to before the last.
    #[arg(long, value_name = "FROM..TO")]
    pub seeds: Seeds,
    /// How many seeds run at a time [default: one per processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Hold each run against the model's nodes as well, as `mimic conform` does.
    #[arg(long)]
    pub conform: bool,
    /// Which cryptography the clients use.
    #[arg(long, value_enum, default_value_t)]
    pub crypto: Crypto,
    /// How the drafts are read.
    #[command(flatten)]
    pub readings: ReadingsArgs,
    /// Print one JSON object on stdout instead of the summary.
    #[arg(long)]
    pub json: bool,
    /// The folder to write to [default: runs/SCENARIO/seeds-FROM-TO]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// The arguments of `mimic conform`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ConformArgs {
    /// The folder that `mimic run` has written.
    #[arg(value_name = "RUNDIR")]
    pub folder: PathBuf,
    /// What of the run is looked at: all steps, or those of its servers alone.
    #[arg(long, value_enum, default_value_t)]
    pub visible: Visible,
    /// With `--visible servers`, give up where more candidates than this explain the log so far.
    #[arg(long, value_name = "N", default_value_t = mimic_models::Most::default().candidates)]
    pub candidates: usize,
    /// Hold a run with a planted bug against nodes without it.
    #[arg(long)]
    pub without_mutant: bool,
    /// Print one JSON object on stdout instead of the text.
    #[arg(long)]
    pub json: bool,
}

/// What of a run is looked at.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visible {
    /// All steps.
    #[default]
    All,
    /// What servers log, and what users have told their clients.
    Servers,
}

/// The arguments of `mimic compare`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct CompareArgs {
    /// The scenario file.
    pub scenario: PathBuf,
    /// A preset to compare; name several [default: all]
    #[arg(long = "preset", value_name = "NAME")]
    pub presets: Vec<Preset>,
    /// Read one contested rule in this way under every preset; `mimic readings` lists them.
    #[arg(long = "reading", value_name = "KEY=VALUE")]
    pub single: Vec<Reading>,
    /// The seeds, from the first to before the last.
    #[arg(long, value_name = "FROM..TO")]
    pub seeds: Seeds,
    /// How many seeds run at a time [default: one per processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,
    /// Which cryptography the clients use.
    #[arg(long, value_enum, default_value_t)]
    pub crypto: Crypto,
    /// Print one JSON object on stdout instead of the tables.
    #[arg(long)]
    pub json: bool,
    /// The folder to write to [default: runs/SCENARIO/compare-FROM-TO]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// How the drafts are read, where that is not as the scenario or the scope says.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadingsArgs {
    /// Read the contested rules as this preset does, whatever the scenario or the scope says.
    #[arg(long, value_name = "NAME")]
    pub preset: Option<Preset>,
    /// Read one contested rule in this way; `mimic readings` lists them.
    #[arg(long = "reading", value_name = "KEY=VALUE")]
    pub single: Vec<Reading>,
}

impl ReadingsArgs {
    /// The readings, where the scenario's are these.
    pub fn over(&self, scenario: Readings) -> Readings {
        let mut readings = self.preset.map_or(scenario, Preset::readings);
        self.single.iter().for_each(|reading| reading.apply(&mut readings));
        readings
    }
}

impl fmt::Display for ReadingsArgs {
    /// As it is written on a command line, each part after a space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.preset.iter().try_for_each(|preset| write!(f, " --preset {preset}"))?;
        self.single.iter().try_for_each(|reading| write!(f, " --reading {reading}"))
    }
}

/// The arguments of `mimic coverage`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct CoverageArgs {
    /// List only what is missing, a line for each requirement.
    #[arg(long)]
    pub missing: bool,
    /// Print one JSON object on stdout instead of the table.
    #[arg(long)]
    pub json: bool,
    /// Run the scenarios in ./scenarios, and write spec/sightings.toml and docs/coverage.md anew.
    #[arg(long)]
    pub write: bool,
}

/// The cryptography below MLS.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Crypto {
    /// Real primitives, seeded.
    #[default]
    Real,
    /// INSECURE stand-ins of the same interface, for simulation only: many times faster, same protocol outcomes.
    Fast,
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Crypto::Real => "real",
            Crypto::Fast => "fast",
        })
    }
}

/// A range of seeds, `FROM..TO` without `TO`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seeds(Range<u64>);

/// A text is no range of seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSeeds {
    /// It is not two numbers with dots between them.
    #[error("write a range of seeds as FROM..TO, such as 0..1000")]
    NotARange,
    /// There is no seed in it.
    #[error("there is no seed in this range: its end does not belong to it, as in 0..1000")]
    Empty,
}

impl Seeds {
    /// The seeds themselves.
    pub fn range(&self) -> Range<u64> {
        self.0.clone()
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.end - self.0.start
    }
}

impl FromStr for Seeds {
    type Err = NoSeeds;

    fn from_str(text: &str) -> Result<Self, NoSeeds> {
        let (from, to) = text.split_once("..").ok_or(NoSeeds::NotARange)?;
        let number = |text: &str| text.parse().map_err(|_| NoSeeds::NotARange);
        let seeds = number(from)?..number(to)?;
        if seeds.is_empty() { Err(NoSeeds::Empty) } else { Ok(Self(seeds)) }
    }
}

impl fmt::Display for Seeds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.0.start, self.0.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn seeds_are_a_range_without_its_end() {
        let seeds: Seeds = "0..1000".parse().unwrap();
        assert_eq!((seeds.range(), seeds.count(), seeds.to_string()), (0..1000, 1000, "0..1000".to_owned()));
        let cases = [
            ("7", NoSeeds::NotARange),
            ("a..b", NoSeeds::NotARange),
            ("0..=9", NoSeeds::NotARange),
            ("-1..9", NoSeeds::NotARange),
            ("9..9", NoSeeds::Empty),
            ("9..0", NoSeeds::Empty),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Seeds>(), Err(error), "{text}");
        }
    }

    #[test]
    fn real_cryptography_is_the_default() {
        let args = Args::try_parse_from(["mimic", "run", "a.toml", "--seed", "7"]).unwrap();
        let Command::Run(run) = args.command else { panic!("{args:?}") };
        assert_eq!((run.crypto, run.seed, run.json), (Crypto::Real, Some(7), false));
    }
}
