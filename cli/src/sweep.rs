//! `mimic sweep`: many seeds of a scenario.

use crate::args::{Crypto, Seeds, SweepArgs};
use crate::engine;
use crate::error::CliError;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::json;
use crate::progress::Progress;
use crate::report::{self, Reproduce};
use crate::run::read_scenario;
use crate::say::say;
use crate::seed_results::{self, SeedResult, SeedResults};
use crate::tables;
use crate::wall::Wall;
use mimic_sim::scenario::Scenario;
use std::num::NonZeroUsize;
use std::thread;

/// Runs the command.
pub fn sweep(args: &SweepArgs, program: &str) -> Result<Exit, CliError> {
    let mut scenario = read_scenario(&args.scenario)?;
    scenario.readings = args.readings.over(scenario.readings);
    engine::check(&scenario)?;
    let seeds = args.seeds.range();
    let folder =
        Folder::create(args.out.as_deref(), &scenario.name, &format!("seeds-{}-{}", seeds.start, seeds.end))?;
    let wall = Wall::start();
    let results = SeedResults::default();
    {
        let progress = Progress::of_sweep(args.seeds.count(), args.json);
        let done = |seed, result| progress.seed_done(results.add(seed, result));
        let how = How { seeds: &args.seeds, jobs: args.jobs, crypto: args.crypto, conform: args.conform };
        simulate(&scenario, how, &done);
    }
    let results = results.into_seeds();
    let summary = seed_results::summary(&results, &scenario, args.seeds.to_string(), wall.elapsed_ms());
    let object = json::object(&summary)?;
    folder.write("summary.json", object.as_bytes())?;
    tables::write(&folder, &scenario.directory(), &[(scenario.readings.to_string(), &results)])?;
    if args.json {
        say(format_args!("{object}\n"))?;
    } else {
        let (crypto, readings) = (args.crypto, &args.readings);
        let reproduce = Reproduce { program, scenario: &args.scenario, crypto, readings };
        say(report::sweep(&summary, scenario.expected(), &reproduce))?;
    }
    Ok(Exit::of_sweep(&summary, scenario.expected()))
}

/// How the seeds of a sweep are run.
#[derive(Clone, Copy, Debug)]
pub struct How<'a> {
    /// Which.
    pub seeds: &'a Seeds,
    /// How many at a time; without it, one per processor.
    pub jobs: Option<NonZeroUsize>,
    /// With which cryptography.
    pub crypto: Crypto,
    /// Whether each run is held against the model's nodes.
    pub conform: bool,
}

/// Runs the simulator on every seed, on several threads, and hands each result over as it comes.
pub fn simulate(
    scenario: &Scenario,
    How { seeds, jobs, crypto, conform }: How<'_>,
    done: &(dyn Fn(u64, Option<SeedResult>) + Sync),
) {
    let jobs = jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let run = |seed| engine::run_seed(scenario, seed, crypto);
    mimic_sim::sweep(seeds.range(), jobs, run, |seed, _, result| {
        done(seed, result.ok().map(|result| SeedResult::of(scenario, &result, conform)));
    });
}
