//! `mimic compare`: the same seeds of a scenario under several presets.

use crate::BUILD;
use crate::args::{CompareArgs, ReadingsArgs};
use crate::compare_report;
use crate::compare_summary::{CompareSummary, PresetSummary, differences};
use crate::engine;
use crate::error::CliError;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::json;
use crate::progress::Progress;
use crate::report::Reproduce;
use crate::run::read_scenario;
use crate::say::say;
use crate::seed_results::{self, BySeed, SeedResults};
use crate::sweep::{self, How};
use crate::tables;
use crate::wall::Wall;
use mimic_analysis::ComparisonFigure;
use mimic_analysis::comparison::HOW_TO_READ;
use mimic_protocol::readings::Preset;
use mimic_sim::scenario::Scenario;

/// Runs the command. A violation under a preset is a result, not a failure. A story is another matter: it says itself what
/// comes out under which reading, so that a line that does not come true fails, as it does in a run.
pub fn compare(args: &CompareArgs, program: &str) -> Result<Exit, CliError> {
    let scenario = read_scenario(&args.scenario)?;
    for preset in presets(args) {
        let readings = readings(args, preset).over(scenario.readings);
        engine::check(&Scenario { readings, ..scenario.clone() })?;
    }
    let seeds = args.seeds.range();
    let name = format!("compare-{}-{}", seeds.start, seeds.end);
    let folder = Folder::create(args.out.as_deref(), &scenario.name, &name)?;
    let (summary, results) = simulate(&scenario, args);
    let parts: Vec<(String, &BySeed)> =
        summary.presets.iter().map(|preset| preset.preset.clone()).zip(&results).collect();
    let report = compare_report::text(&summary, &|preset, seed| command(args, program, preset, seed));
    let object = json::object(&summary)?;
    let svg = mimic_analysis::render_comparison(&figure(&summary, &results))?;
    folder.write("summary.json", object.as_bytes())?;
    folder.write("report.txt", report.as_bytes())?;
    folder.write("compare.svg", svg.as_bytes())?;
    tables::write(&folder, &scenario.directory(), &parts)?;
    if args.json {
        say(format_args!("{object}\n"))?;
    } else {
        say(&report)?;
        say(format_args!(
            "\nfiles      {}: summary.json, report.txt, compare.svg, {}\n",
            folder.path().display(),
            tables::FILES.join(", ")
        ))?;
    }
    Ok(Exit::of_compare(&summary))
}

/// Runs all seeds under each preset in turn.
fn simulate(scenario: &Scenario, args: &CompareArgs) -> (CompareSummary, Vec<BySeed>) {
    let presets = presets(args);
    let wall = Wall::start();
    let progress = Progress::of_sweep(args.seeds.count() * presets.len() as u64, args.json);
    let (mut summaries, mut results) = (Vec::new(), Vec::new());
    for preset in presets {
        let readings = readings(args, preset).over(scenario.readings);
        let scenario = Scenario { readings, ..scenario.clone() };
        let (wall, seeds) = (Wall::start(), SeedResults::default());
        let done = |seed, result| progress.seed_done(seeds.add(seed, result));
        let how = How { seeds: &args.seeds, jobs: args.jobs, crypto: args.crypto, conform: false };
        sweep::simulate(&scenario, how, &done);
        let seeds = seeds.into_seeds();
        let sweep = seed_results::summary(&seeds, &scenario, args.seeds.to_string(), wall.elapsed_ms());
        summaries.push(PresetSummary::of(preset.name(), sweep, &seeds));
        results.push(seeds);
    }
    let parts: Vec<(String, &BySeed)> = summaries.iter().map(|s| s.preset.clone()).zip(&results).collect();
    let differences = differences(&parts);
    let summary = CompareSummary {
        scenario: scenario.name.clone(),
        seeds: args.seeds.to_string(),
        build: BUILD.to_owned(),
        crypto: args.crypto,
        wall_ms: wall.elapsed_ms(),
        presets: summaries,
        differences,
    };
    (summary, results)
}

/// Those that were asked for, each once; all of them where none was.
fn presets(args: &CompareArgs) -> Vec<Preset> {
    let mut presets = Vec::new();
    for preset in if args.presets.is_empty() { &Preset::ALL[..] } else { &args.presets[..] } {
        if !presets.contains(preset) {
            presets.push(*preset);
        }
    }
    presets
}

fn readings(args: &CompareArgs, preset: Preset) -> ReadingsArgs {
    ReadingsArgs { preset: Some(preset), single: args.single.clone() }
}

fn figure(summary: &CompareSummary, results: &[BySeed]) -> ComparisonFigure {
    let CompareSummary { scenario, seeds, .. } = summary;
    let crypto = compare_report::crypto_name(summary.crypto);
    ComparisonFigure {
        title: format!("{scenario} under {} readings", summary.presets.len()),
        subtitle: format!("seeds {seeds} each, {crypto}, build {}", summary.build),
        caption: HOW_TO_READ.to_owned(),
        presets: summary.presets.iter().zip(results).map(|(preset, seeds)| preset.column(seeds)).collect(),
    }
}

fn command(args: &CompareArgs, program: &str, preset: &str, seed: u64) -> String {
    let preset = Preset::ALL.into_iter().find(|known| known.name() == preset).unwrap_or_default();
    let readings = readings(args, preset);
    Reproduce { program, scenario: &args.scenario, crypto: args.crypto, readings: &readings }.command(seed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Args, Command};
    use clap::Parser;

    fn args(line: &str) -> CompareArgs {
        let args = Args::try_parse_from(line.split(' ')).unwrap();
        let Command::Compare(compare) = args.command else { panic!("{args:?}") };
        compare
    }

    #[test]
    fn presets_are_compared_in_the_order_in_which_they_are_named_each_once_and_else_all() {
        let named = args(
            "mimic compare a.toml --preset at-commit --preset at-accept --preset at-commit --seeds 0..2",
        );
        assert_eq!(presets(&named), [Preset::AtCommit, Preset::AtAccept]);
        assert_eq!(presets(&args("mimic compare a.toml --seeds 0..2")), Preset::ALL);
    }

    #[test]
    fn the_command_names_the_preset_and_what_was_read_otherwise() {
        let args = args("mimic compare a.toml --seeds 0..2 --reading echo=never --crypto fast");
        let command = command(&args, "mimic", "at-commit", 1);
        assert_eq!(
            command,
            "mimic run a.toml --seed 1 --crypto fast --preset at-commit --reading echo=never"
        );
    }
}
