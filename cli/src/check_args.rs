//! The command line of `mimic check`.

use crate::args::ReadingsArgs;
use mimic_models::{Bounds, Composition, Limits, MlsEngine};
use mimic_protocol::Mutant;
#[cfg(feature = "museum")]
use serde::Deserialize;
#[cfg(feature = "museum")]
use serde::de::IntoDeserializer;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

const EXAMPLES: &str = "\
Examples:
  mimic check room --scope device-ban
  mimic check room --providers 2 --users 2 --clients 3 --ops 2 --faults 1 --alphabet ban,device --within 5min
  mimic check room --engine openmls --ops 2 --alphabet join,leave
  mimic check room --scope leave-commit --preset at-commit --ladder

A search that is cut off by a limit ends with exit code 3, unless it has found a violation by then.";

/// The arguments of `mimic check`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
#[command(after_help = EXAMPLES)]
#[command(group(clap::ArgGroup::new("Showing").args(["export", "ladder"]).multiple(true)))]
pub struct CheckArgs {
    /// The model's name; `mimic check --list` lists models, scopes, operations and properties.
    #[arg(required_unless_present_any = ["list", "mutants"])]
    pub model: Option<String>,
    /// List what can be checked, and what is known of it, in place of checking.
    #[arg(long, conflicts_with_all = ["model", "scope", "mutant", "preset", "single", "Composing", "Limiting"])]
    pub list: bool,
    /// Plant one bug after the other, and say which properties of the models each of them violates.
    #[arg(long, conflicts_with_all = ["list", "model", "scope", "mutant", "preset", "single", "Composing"])]
    pub mutants: bool,
    /// How large a world to explore, by the name of a scope [default: the model's own]
    #[arg(long, value_name = "NAME", conflicts_with = "Composing")]
    pub scope: Option<String>,
    /// How large a world to explore, in numbers.
    #[command(flatten)]
    pub composing: ComposingArgs,
    /// Plant this bug in all nodes, to see that the check finds it.
    #[arg(long, value_name = "NAME", value_parser = mutant)]
    pub mutant: Option<Mutant>,
    /// How the drafts are read.
    #[command(flatten)]
    pub readings: ReadingsArgs,
    /// Over what MLS the nodes run.
    #[arg(long, value_name = "MLS", value_enum, default_value_t, conflicts_with_all = ["list", "mutants"])]
    pub engine: Engine,
    /// How much the search may take.
    #[command(flatten)]
    pub limiting: LimitingArgs,
    /// Write the shortest path to a violation as a scenario: `mimic run FILE` makes the same happen over real MLS, and says
    /// whether it could.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "mutants"])]
    pub export: Option<PathBuf>,
    /// The violated property that is exported [default: the first one]
    #[arg(long, value_name = "ID", requires = "export")]
    pub property: Option<String>,
    /// Draw each path to a violation as a ladder, in place of its numbered lines: a column for each node, and an arrow for each message
    /// that comes to one. JSON objects have both in any case.
    #[arg(long, conflicts_with_all = ["list", "mutants"])]
    pub ladder: bool,
    /// Export the shortest path to something that is seen, such as "rejected: wrong epoch", in place of one to a violation; with
    /// --ladder, draw it.
    #[arg(long, value_name = "TEXT", requires = "Showing", conflicts_with = "property")]
    pub witness: Option<String>,
    /// How many threads explore [default: one per processor]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Print one JSON object on stdout instead of the summary.
    #[arg(long)]
    pub json: bool,
}

/// Over what MLS the nodes of a search run.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Symbolic MLS: large scopes.
    #[default]
    Symbolic,
    /// A twin over real OpenMLS beside each node, which has to do the same: small scopes.
    Openmls,
}

impl From<Engine> for MlsEngine {
    fn from(engine: Engine) -> Self {
        match engine {
            Engine::Symbolic => Self::Symbolic,
            Engine::Openmls => Self::OpenMls,
        }
    }
}

/// The arguments of `mimic explore`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct ExploreArgs {
    /// The model's name.
    pub model: String,
    /// How large a world to explore, by the name of a scope [default: the model's own]
    #[arg(long, value_name = "NAME", conflicts_with = "Composing")]
    pub scope: Option<String>,
    /// How large a world to explore, in numbers.
    #[command(flatten)]
    pub composing: ComposingArgs,
    /// Plant this bug in all nodes.
    #[arg(long, value_name = "NAME", value_parser = mutant)]
    pub mutant: Option<Mutant>,
    /// How the drafts are read.
    #[command(flatten)]
    pub readings: ReadingsArgs,
    /// The port of 127.0.0.1 that the page is at.
    #[arg(long, value_name = "N", default_value_t = 3000)]
    pub port: u16,
}

/// The arguments of `mimic distance`.
#[derive(clap::Args, Clone, Debug, PartialEq, Eq)]
pub struct DistanceArgs {
    /// The world, and up to how many operations and faults it is searched.
    #[command(flatten)]
    pub composing: ComposingArgs,
    /// Plant this bug in all nodes.
    #[arg(long, value_name = "NAME", value_parser = mutant)]
    pub mutant: Option<Mutant>,
    /// How the drafts are read.
    #[command(flatten)]
    pub readings: ReadingsArgs,
    /// How much the search may take.
    #[command(flatten)]
    pub limiting: LimitingArgs,
    /// Print one JSON object on stdout instead of the table.
    #[arg(long)]
    pub json: bool,
}

/// A scope in numbers.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
#[group(id = "Composing", multiple = true)]
#[command(next_help_heading = "A scope in place of a named one")]
pub struct ComposingArgs {
    /// How many providers, the hub included [default: 3]
    #[arg(long, value_name = "N")]
    pub providers: Option<usize>,
    /// How many users: Alice has created the room, the others are in it; but one, where somebody can come in [default: 3]
    #[arg(long, value_name = "N")]
    pub users: Option<usize>,
    /// How many devices: each user's first, then a second one for Bob, the users after him, and Alice [default: one each]
    #[arg(long, value_name = "N")]
    pub clients: Option<usize>,
    /// How many operations in one run, at most [default: 2]
    #[arg(long, value_name = "N")]
    pub ops: Option<usize>,
    /// How many packets lost, doubled or late, and crashes of the hub, in one run together, at most [default: 0]
    #[arg(long, value_name = "N")]
    pub faults: Option<usize>,
    /// How many steps of Byzantine providers in one run, at most: a hub that forks or is rolled back, a hub or follower that
    /// withholds an event or replays it. What takes honest providers is not judged then [default: 0]
    #[arg(long, value_name = "N")]
    pub byzantine: Option<usize>,
    /// Look at all orders of events, also at those that nobody can tell apart: livelocks are judged then, and paths to what is seen
    /// are the shortest of all.
    #[arg(long)]
    pub every_order: bool,
    /// What users can want: operations and alphabets, such as `ban,join` or `membership` [default: all]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    pub alphabet: Vec<String>,
}

/// Limits of a search.
#[derive(clap::Args, Clone, Debug, Default, PartialEq, Eq)]
#[group(id = "Limiting", multiple = true)]
#[command(next_help_heading = "Limits")]
pub struct LimitingArgs {
    /// How long the search may take, such as `5min` or `90s`.
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub within: Option<Duration>,
    /// How much memory it may have in use.
    #[arg(long, value_name = "N")]
    pub memory_gib: Option<u64>,
    /// How many different states it may find.
    #[arg(long, value_name = "N")]
    pub states: Option<u64>,
}

impl CheckArgs {
    /// How large a world is explored.
    pub fn bounds(&self) -> Bounds {
        bounds(self.scope.as_deref(), &self.composing)
    }
}

impl ExploreArgs {
    /// How large a world is explored.
    pub fn bounds(&self) -> Bounds {
        bounds(self.scope.as_deref(), &self.composing)
    }
}

fn bounds(scope: Option<&str>, composing: &ComposingArgs) -> Bounds {
    let composition = composing.composition();
    match scope {
        Some(name) => Bounds::Named(name.to_owned()),
        None if composition.is_empty() => Bounds::Default,
        None => Bounds::Composed(composition),
    }
}

impl ComposingArgs {
    /// The same for the models.
    pub fn composition(&self) -> Composition {
        let Self { providers, users, clients, ops, faults, byzantine, every_order, ref alphabet } = *self;
        let alphabet = alphabet.clone();
        Composition { providers, users, clients, operations: ops, faults, byzantine, every_order, alphabet }
    }
}

impl LimitingArgs {
    /// How much the search may take.
    pub fn limits(&self) -> Limits {
        let free = Limits::default();
        Limits {
            within_ms: self.within.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX)),
            memory_bytes: self.memory_gib.map(|gib| gib.saturating_mul(1 << 30)),
            states: self.states.unwrap_or(free.states),
        }
    }
}

/// The planted bug of this name, as a scenario names it too.
#[cfg(feature = "museum")]
fn mutant(name: &str) -> Result<Mutant, serde::de::value::Error> {
    Mutant::deserialize(name.into_deserializer())
}

#[cfg(not(feature = "museum"))]
fn mutant(_: &str) -> Result<Mutant, &'static str> {
    Err("this build has no planted bugs in it: build with the feature `museum`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Args, Command};
    use clap::Parser;

    fn check(line: &str) -> Result<CheckArgs, clap::Error> {
        let words = ["mimic", "check"].into_iter().chain(line.split_whitespace());
        match Args::try_parse_from(words)?.command {
            Command::Check(args) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn bounds_are_a_name_or_numbers_or_the_default() {
        assert_eq!(check("room").unwrap().bounds(), Bounds::Default);
        assert_eq!(check("room --scope race").unwrap().bounds(), Bounds::Named("race".to_owned()));
        let Bounds::Composed(composition) = check("room --ops 3 --alphabet ban,join").unwrap().bounds()
        else {
            panic!("numbers make a composed scope");
        };
        assert_eq!((composition.operations, composition.faults), (Some(3), None));
        assert_eq!(composition.alphabet, ["ban", "join"]);
        for line in [
            "",
            "room --scope race --ops 3",
            "--list room",
            "--list --ops 3",
            "--list --within 1s",
            "--mutants room",
        ] {
            assert!(check(line).is_err(), "{line}");
        }
        assert!(check("--list --json").unwrap().list);
    }

    #[test]
    fn limits_have_units() {
        let limits = check("room --within 5min --memory-gib 8").unwrap().limiting.limits();
        let expected = Limits { within_ms: Some(300_000), memory_bytes: Some(8 << 30), ..Limits::default() };
        assert_eq!(limits, expected);
        assert_eq!(check("room --states 9").unwrap().limiting.limits().states, 9);
        assert!(check("room --within 5").is_err());
    }
}
