//! `mimic sweep`: many seeds of a scenario.

use crate::args::SweepArgs;
use crate::engine;
use crate::error::CliError;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::json;
use crate::progress::Progress;
use crate::report::{self, Reproduce};
use crate::run::read_scenario;
use crate::seed_results::{SeedResult, SeedResults};
use crate::wall::Wall;
use mimic_sim::scenario::Scenario;
use std::num::NonZeroUsize;
use std::thread;

/// Runs the command.
pub fn sweep(args: &SweepArgs, program: &str) -> Result<Exit, CliError> {
    let mut scenario = read_scenario(&args.scenario)?;
    scenario.readings = args.readings.over(scenario.readings);
    let seeds = args.seeds.range();
    let folder =
        Folder::create(args.out.as_deref(), &scenario.name, &format!("seeds-{}-{}", seeds.start, seeds.end))?;
    let wall = Wall::start();
    let results = SeedResults::default();
    {
        let progress = Progress::of_sweep(args.seeds.count(), args.json);
        simulate(&scenario, args, &|seed, result| progress.seed_done(results.add(seed, result)));
    }
    let summary = results.summary(&scenario, args.seeds.to_string(), wall.elapsed_ms());
    let object = json::object(&summary)?;
    folder.write("summary.json", object.as_bytes())?;
    if args.json {
        println!("{object}");
    } else {
        let (crypto, readings) = (args.crypto, &args.readings);
        let reproduce = Reproduce { program, scenario: &args.scenario, crypto, readings };
        print!("{}", report::sweep(&summary, scenario.expected(), &reproduce));
    }
    Ok(Exit::of_sweep(&summary, scenario.expected()))
}

/// Runs the simulator on every seed, on several threads, and hands each result over as it comes.
fn simulate(scenario: &Scenario, args: &SweepArgs, done: &(dyn Fn(u64, Option<SeedResult>) + Sync)) {
    let jobs = args.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let run = |seed| engine::run_seed(scenario, seed, args.crypto);
    mimic_sim::sweep(args.seeds.range(), jobs, run, |seed, _, result| {
        done(seed, result.ok().as_ref().map(SeedResult::of));
    });
}
