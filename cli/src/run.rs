//! `mimic run`: one seed of a scenario.

use crate::args::RunArgs;
use crate::engine;
use crate::error::CliError;
use crate::exit::Exit;
use crate::folder::Folder;
use crate::json;
use crate::outcome;
use crate::progress::Progress;
use crate::report::{Reproduce, RunReport};
use crate::run_folder;
use crate::say::say;
use crate::summary::RunSummary;
use crate::wall::Wall;
use mimic_analysis::{ConvergenceFigure, ExposureFigure};
use mimic_sim::scenario::Scenario;
use std::fs;
use std::path::Path;

const FILES: [&str; 6] = [
    run_folder::TRACE,
    run_folder::SUMMARY,
    run_folder::SCENARIO,
    "convergence.svg",
    "exposure.svg",
    "report.txt",
];
/// On a terminal, a run that goes wrong a thousand times shall not push its summary out of sight.
const FINDINGS_SHOWN: usize = 10;

/// What a run comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct RunOutcome {
    /// The numbers and verdicts.
    pub summary: RunSummary,
    /// The trace, as JSON lines.
    pub trace: Vec<u8>,
    /// The convergence plot.
    pub figure: ConvergenceFigure,
    /// The exposure plot.
    pub exposure: ExposureFigure,
}

/// Runs the command.
pub fn run(args: &RunArgs, program: &str) -> Result<Exit, CliError> {
    let text = scenario_text(&args.scenario)?;
    let mut scenario = parsed(&args.scenario, &text)?;
    scenario.readings = args.readings.over(scenario.readings);
    // What happens in a story is the same whatever the seed is.
    let told = scenario.begins_with_its_story().then_some(0);
    let seed = args.seed.or(told).ok_or_else(|| CliError::NoSeed { scenario: args.scenario.clone() })?;
    let folder = Folder::create(args.out.as_deref(), &scenario.name, &format!("seed-{seed}"))?;
    let outcome = simulate(&scenario, seed, args)?;
    if args.check_determinism {
        let again = simulate(&scenario, seed, args)?;
        if let Some(difference) = difference(&outcome, &again) {
            eprintln!("nondeterminism: two runs of seed {seed} differ {difference}");
            return Ok(Exit::Nondeterministic);
        }
    }
    let object = json::object(&outcome.summary)?;
    let convergence = mimic_analysis::render(&outcome.figure)?;
    let exposure = mimic_analysis::render_exposure(&outcome.exposure)?;
    let report = |findings_max| {
        let report = RunReport {
            summary: &outcome.summary,
            scenario: &scenario,
            findings_max,
            folder: folder.path(),
            files: &FILES,
            reproduce: Reproduce {
                program,
                scenario: &args.scenario,
                crypto: args.crypto,
                readings: &args.readings,
            },
        };
        report.to_string()
    };
    let full = report(usize::MAX);
    let figures = [convergence.as_bytes(), exposure.as_bytes()];
    let (trace, text) = (&outcome.trace[..], text.as_bytes());
    let contents = [trace, object.as_bytes(), text, figures[0], figures[1], full.as_bytes()];
    for (name, content) in FILES.into_iter().zip(contents) {
        folder.write(name, content)?;
    }
    if args.json {
        say(format_args!("{object}\n"))?;
    } else {
        say(report(FINDINGS_SHOWN))?;
    }
    Ok(match &outcome.summary.replayed {
        Some(replayed) => Exit::of_replay(replayed),
        None => Exit::of_story(outcome.summary.verdict, scenario.expected(), outcome.summary.unmet.len()),
    })
}

/// Reads a scenario file.
pub fn read_scenario(path: &Path) -> Result<Scenario, CliError> {
    parsed(path, &scenario_text(path)?)
}

fn scenario_text(path: &Path) -> Result<String, CliError> {
    fs::read_to_string(path).map_err(|cause| CliError::Unreadable { path: path.to_owned(), cause })
}

fn parsed(path: &Path, text: &str) -> Result<Scenario, CliError> {
    Ok(Scenario::parse(&path.to_string_lossy(), text)?)
}

/// Where two runs of one seed differ first, if they do.
pub fn difference(first: &RunOutcome, second: &RunOutcome) -> Option<String> {
    if first.trace != second.trace {
        let lines = |outcome: &RunOutcome| -> Vec<String> {
            outcome
                .trace
                .split(|byte| *byte == b'\n')
                .map(|line| String::from_utf8_lossy(line).into_owned())
                .collect()
        };
        let (first, second) = (lines(first), lines(second));
        let same = first.iter().zip(&second).take_while(|(a, b)| a == b).count();
        let line = |lines: &[String]| lines.get(same).cloned().unwrap_or_default();
        return Some(format!("in line {} of the trace:\n  {}\n  {}", same + 1, line(&first), line(&second)));
    }
    let (first, second) = (&first.summary.digest, &second.summary.digest);
    (first != second).then(|| format!("in the digest: {first} and {second}"))
}

/// Runs the simulator on one seed.
fn simulate(scenario: &Scenario, seed: u64, args: &RunArgs) -> Result<RunOutcome, CliError> {
    let progress = Progress::of_run(scenario.phases.total_ms(), args.json);
    let wall = Wall::start();
    let result = engine::run(scenario, seed, args.crypto, &|virtual_ms| progress.at(virtual_ms))?;
    Ok(outcome::of(scenario, args.crypto, result, wall.elapsed_ms()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::samples;

    fn outcome(trace: &str) -> RunOutcome {
        let figure = ConvergenceFigure {
            title: String::new(),
            subtitle: String::new(),
            caption: String::new(),
            duration_ms: 1,
            head: vec![(0, 0)],
            lines: Vec::new(),
            bands: Vec::new(),
            violations: Vec::new(),
            heal_ms: None,
        };
        let exposure = ExposureFigure {
            title: String::new(),
            subtitle: String::new(),
            caption: String::new(),
            rows: Vec::new(),
        };
        RunOutcome { summary: samples::run(), trace: trace.into(), figure, exposure }
    }

    #[test]
    fn the_first_line_that_differs_is_shown() {
        let (first, second) = (outcome("a\nb\nc\n"), outcome("a\nB\nC\n"));
        assert_eq!(difference(&first, &first), None);
        let difference = difference(&first, &second).unwrap();
        assert_eq!(difference, "in line 2 of the trace:\n  b\n  B");
    }

    #[test]
    fn a_trace_that_ends_early_differs_too() {
        let difference = difference(&outcome("a\n"), &outcome("a\nb\n")).unwrap();
        assert_eq!(difference, "in line 2 of the trace:\n  \n  b");
    }

    #[test]
    fn a_digest_that_differs_is_a_difference() {
        let mut second = outcome("a\n");
        second.summary.digest = "00".to_owned();
        assert_eq!(difference(&outcome("a\n"), &second).unwrap(), "in the digest: 9f2c61d0a7c3b1e4 and 00");
    }
}
