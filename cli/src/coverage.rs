//! `mimic coverage`: which requirements of the drafts are checked, exercised, out of scope or missing.

use crate::args::{CoverageArgs, Crypto};
use crate::coverage_report;
use crate::coverage_summary::CoverageSummary;
use crate::engine;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::run::read_scenario;
use crate::say::say;
use mimic_analysis::coverage::{self, Catalogue, Counts, Coverage, Registry, Sightings, State};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How many seeds of each scenario are counted.
const SEEDS: u64 = 3;
/// The files that `--write` makes, from the root of the repository.
const SIGHTINGS: &str = "spec/sightings.toml";
const PAGE: &str = "docs/coverage.md";
const SCENARIOS: &str = "scenarios";

/// Runs the command.
pub fn coverage(args: &CoverageArgs) -> Result<Exit, CliError> {
    let coverage = if args.write { write(Path::new("."))? } else { coverage::current()? };
    let summary = CoverageSummary::of(&coverage, args.missing.then_some(State::Missing));
    if args.json {
        say(format_args!("{}\n", json::object(&summary)?))?;
    } else if args.missing {
        say(coverage_report::missing(&summary))?;
    } else {
        say(coverage_report::table(&summary))?;
    }
    Ok(Exit::AsDeclared)
}

/// Counts what the scenarios show, and writes what follows from that into the repository at `root`.
fn write(root: &Path) -> Result<Coverage, CliError> {
    let sightings = sightings(root)?;
    let coverage = Coverage::new(&Catalogue::current()?, &Registry::current()?, &sightings)?;
    for (name, content) in [(SIGHTINGS, sightings.text()), (PAGE, coverage::page(&coverage))] {
        let path = root.join(name);
        fs::write(&path, content).map_err(|cause| CliError::NoRepository { path, cause })?;
    }
    Ok(coverage)
}

/// What the scenarios of the repository at `root` show. One that plants a bug shows nothing.
pub fn sightings(root: &Path) -> Result<Sightings, CliError> {
    let mut sightings = Sightings { seeds: SEEDS, ..Sightings::default() };
    for path in scenarios(root)? {
        let scenario = read_scenario(&path)?;
        if scenario.mutant.is_some() {
            continue;
        }
        let counts = sightings.scenarios.entry(scenario.name.clone()).or_default();
        for seed in 0..SEEDS {
            let result = engine::run(&scenario, seed, Crypto::Fast, &|_| ())?;
            add(counts, coverage::sights(&scenario.directory(), &result.steps));
        }
    }
    Ok(sightings)
}

fn add(sums: &mut Counts, counts: Counts) {
    for (sight, count) in counts {
        *sums.entry(sight).or_default() += count;
    }
}

/// The scenario files, in the order of their names.
fn scenarios(root: &Path) -> Result<Vec<PathBuf>, CliError> {
    let folder = root.join(SCENARIOS);
    let files = || -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder)? {
            files.push(entry?.path());
        }
        Ok(files)
    };
    let mut files = files().map_err(|cause| CliError::NoRepository { path: folder.clone(), cause })?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    Ok(files)
}
