//! The summaries for people: plain text, readable without colour.

use crate::args::{Crypto, ReadingsArgs};
use crate::summary::{InvariantSeeds, RunSummary, SeedFailure, SeedVerdict, Spread, SweepSummary, UnmetLine};
use crate::violations;
use indicatif::HumanCount;
use mimic_analysis::{ConvergenceFigures, ExposureFigures};
use mimic_record::Verdict;
use mimic_sim::scenario::{Expectation, Scenario};
use std::fmt::{self, Write};
use std::path::Path;

/// The command that runs one seed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reproduce<'r> {
    /// How the command was called.
    pub program: &'r str,
    /// The scenario file.
    pub scenario: &'r Path,
    /// The cryptography.
    pub crypto: Crypto,
    /// The readings that were asked for.
    pub readings: &'r ReadingsArgs,
}

impl Reproduce<'_> {
    /// The command for this seed, to be pasted into a shell.
    pub fn command(&self, seed: u64) -> String {
        let (program, scenario) = (quoted(self.program), quoted(&self.scenario.to_string_lossy()));
        let crypto = if self.crypto == Crypto::Fast { " --crypto fast" } else { "" };
        format!("{program} run {scenario} --seed {seed}{crypto}{}", self.readings)
    }
}

/// What the text on a run says beside its summary.
#[derive(Clone, Debug)]
pub struct RunReport<'r> {
    /// The summary.
    pub summary: &'r RunSummary,
    /// The scenario.
    pub scenario: &'r Scenario,
    /// How many of the violations to write out.
    pub findings_max: usize,
    /// The folder with the files.
    pub folder: &'r Path,
    /// The files in it.
    pub files: &'r [&'r str],
    /// How to run it again.
    pub reproduce: Reproduce<'r>,
}

impl fmt::Display for RunReport<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let run = self.summary;
        self.what_ran(f)?;
        writeln!(f, "\nfaults that struck\n  {}", faults(run))?;
        writeln!(f, "\ninvariants")?;
        for invariant in &run.invariants {
            let checked = match invariant.checked {
                0 => "there was nothing to check".to_owned(),
                times => format!("checked {} times", HumanCount(times)),
            };
            writeln!(f, "  {:<8} {:<13} {checked}", invariant.id, word(invariant.verdict))?;
        }
        f.write_str(&violations::text(&run.findings, self.findings_max))?;
        f.write_str(&violations::forks(&run.epoch_forks))?;
        self.unmet(f)?;
        writeln!(f, "\nconvergence")?;
        convergence(f, &run.convergence)?;
        writeln!(f, "\nexposure after removals and bans")?;
        f.write_str(&exposure(&run.exposure))?;
        write!(f, "\nwhat providers have learnt of users, in brackets of their own\n{}", run.ledger)?;
        writeln!(f, "\ndigest     {}", run.digest)?;
        writeln!(f, "files      {}: {}", self.folder.display(), self.files.join(", "))?;
        writeln!(f, "verdict    {}", verdict(run.verdict, self.scenario.expected()))?;
        if let (Some(replayed), Some(story)) = (&run.replayed, &self.scenario.story) {
            writeln!(f, "replay     of {}: {replayed}", story.replays.as_deref().unwrap_or_default())?;
        } else if !run.unmet.is_empty() {
            let lines = if run.unmet.len() == 1 { "line" } else { "lines" };
            writeln!(f, "story      did not come true in {} {lines}", run.unmet.len())?;
        }
        writeln!(f, "reproduce: {}", self.reproduce.command(run.seed))
    }
}

impl RunReport<'_> {
    fn what_ran(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (run, scenario) = (self.summary, self.scenario);
        let (scenario_name, seed, crypto) = (&run.scenario, run.seed, crypto(run.crypto));
        writeln!(
            f,
            "{scenario_name} · seed {seed} · {crypto} · read {} · build {}",
            run.readings, run.build
        )?;
        let clients: usize =
            scenario.users.iter().map(|user| user.devices.len() + user.new_devices.len()).sum();
        writeln!(
            f,
            "  {} providers, {} users, {clients} clients; {} room operations and {} messages",
            scenario.providers.len(),
            scenario.users.len(),
            HumanCount(run.operations),
            HumanCount(run.messages),
        )?;
        writeln!(
            f,
            "  {} of virtual time in {}; {} events",
            seconds(run.virtual_ms),
            seconds(run.wall_ms),
            HumanCount(run.events)
        )
    }

    /// What the story says and is not so.
    fn unmet(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unmet = &self.summary.unmet;
        if !unmet.is_empty() {
            writeln!(f, "\nnot as the story says")?;
        }
        for UnmetLine { line, text, why } in unmet {
            let file = self.reproduce.scenario.display();
            writeln!(f, "  {file}:{line}: {text}\n    {why}")?;
        }
        Ok(())
    }
}

/// The text on a sweep.
pub fn sweep(summary: &SweepSummary, expect: Expectation, reproduce: &Reproduce<'_>) -> String {
    let SweepSummary { held, violated, inconclusive, panicked, wall_ms, .. } = *summary;
    let seeds = held + violated + inconclusive + panicked;
    let mut text = format!(
        "{} · seeds {} · {} · read {}\n  {} seeds in {}{}\n\n",
        summary.scenario,
        summary.seeds,
        crypto(reproduce.crypto),
        summary.readings,
        HumanCount(seeds),
        seconds(wall_ms),
        rate(seeds, wall_ms, "seeds"),
    );
    let counts =
        [("held", held), ("violated", violated), ("inconclusive", inconclusive), ("panicked", panicked)];
    for (name, count) in counts {
        text.push_str(&format!("  {name:<13} {:>9}\n", HumanCount(count).to_string()));
    }
    if let Some(conforming) = summary.conforming {
        text.push_str(&format!("  {:<13} {:>9}\n", "conforming", HumanCount(conforming).to_string()));
    }
    if expect != Expectation::Held {
        text.push_str(&format!("  the scenario declares: {}\n", expectation(expect)));
    }
    text.push_str(&format!(
        "\n  room operations in a seed: {}\n  messages in a seed: {}\n",
        spread(summary.operations),
        spread(summary.messages)
    ));
    let ended = held + violated + inconclusive;
    text.push_str("\ninvariants, by seeds\n");
    for InvariantSeeds { id, held, violated, inconclusive, checked } in &summary.invariants {
        let looked = percent(held + violated, ended);
        text.push_str(&format!("  {id:<8} checked in {looked:>5}"));
        text.push_str(&format!(", {} times in all", HumanCount(*checked)));
        let parts = [(*violated, "VIOLATED in"), (*inconclusive, "nothing to check in")];
        for (seeds, what) in parts.into_iter().filter(|(seeds, _)| *seeds > 0) {
            text.push_str(&format!("; {what} {}", HumanCount(seeds)));
        }
        text.push('\n');
    }
    text.push_str("\nfaults, by seeds in which they struck\n");
    for (family, seeds) in &summary.faults {
        text.push_str(&format!("  {family:<18} {:>5}\n", percent(*seeds, ended)));
    }
    if !summary.failures.is_empty() {
        text.push_str("\nfailures\n");
    }
    for failure in &summary.failures {
        text.push_str(&format!("  {}: {}\n", what_failed(failure), reproduce.command(failure.seed)));
    }
    text
}

pub(crate) fn spread(Spread { min, median, max }: Spread) -> String {
    format!("{} to {}, half of the seeds at most {}", HumanCount(min), HumanCount(max), HumanCount(median))
}

pub(crate) fn percent(part: u64, whole: u64) -> String {
    (100 * part).checked_div(whole).map_or_else(|| "-".to_owned(), |percent| format!("{percent} %"))
}

fn what_failed(failure: &SeedFailure) -> String {
    match failure.verdict {
        SeedVerdict::Violated => format!("seed {} violated {}", failure.seed, failure.invariants.join(", ")),
        SeedVerdict::NotAsTold => format!("seed {} did not go as the story says", failure.seed),
        SeedVerdict::DoesNotConform => format!("seed {} does not conform", failure.seed),
        SeedVerdict::Panicked => format!("seed {} panicked", failure.seed),
    }
}

fn faults(run: &RunSummary) -> String {
    if run.faults.is_empty() {
        return "none".to_owned();
    }
    let counts = run.faults.iter().map(|(family, count)| format!("{family} {}", HumanCount(*count)));
    counts.collect::<Vec<_>>().join(" · ")
}

fn convergence(f: &mut fmt::Formatter<'_>, figures: &ConvergenceFigures) -> fmt::Result {
    writeln!(
        f,
        "  {} epochs; a node was at most {} behind the hub's head",
        HumanCount(figures.head_epoch),
        figures.lag_epochs_max
    )?;
    if let (Some(p50), Some(p95), Some(max)) =
        (figures.reach_ms_p50, figures.reach_ms_p95, figures.reach_ms_max)
    {
        write!(f, "  from a new epoch to each node's reaching it: half within {}", seconds(p50))?;
        writeln!(f, ", 95 % within {}, the last after {}", seconds(p95), seconds(max))?;
    }
    if figures.never_reached > 0 {
        let (never, all) = (HumanCount(figures.never_reached), HumanCount(figures.reach_samples));
        writeln!(f, "  never reached: {never} of {all}")?;
    }
    match figures.converged_after_heal_ms {
        Some(ms) => {
            writeln!(f, "  all nodes at the head for good {} after the faults were healed", seconds(ms))
        }
        None => writeln!(f, "  not all nodes came to the head after the faults were healed"),
    }
}

/// How long removed and banned users were exposed to.
pub(crate) fn exposure(figures: &ExposureFigures) -> String {
    if figures.windows == 0 {
        return "  nobody with a device in the group was removed or banned\n".to_owned();
    }
    let mut text = format!("  {} removals and bans", HumanCount(figures.windows));
    let open = figures.still_open;
    text.push_str(&if open > 0 {
        format!(", {} open at the end\n", HumanCount(open))
    } else {
        "\n".to_owned()
    });
    let spans = [
        ("the last leaf gone at the hub", figures.gone_ms_p50, figures.gone_ms_max),
        ("the last client has applied it", figures.closed_ms_p50, figures.closed_ms_max),
        ("the same, from the commit on", figures.from_commit_ms_p50, figures.from_commit_ms_max),
    ];
    for (what, p50, max) in spans {
        if let (Some(p50), Some(max)) = (p50, max) {
            text.push_str(&format!("  {what}: half within {}, all within {}\n", seconds(p50), seconds(max)));
        }
    }
    text
}

fn verdict(verdict: Verdict, expect: Expectation) -> String {
    if crate::exit::declares(expect, verdict) {
        format!("{}, as the scenario declares", word(verdict))
    } else {
        format!("{}; the scenario declares: {}", word(verdict), expectation(expect))
    }
}

pub(crate) fn crypto(crypto: Crypto) -> &'static str {
    match crypto {
        Crypto::Real => "crypto real",
        Crypto::Fast => "crypto fast (INSECURE, for simulation only)",
    }
}

pub(crate) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Held => "held",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Violated => "VIOLATED",
    }
}

pub(crate) fn expectation(expect: Expectation) -> &'static str {
    match expect {
        Expectation::Held => "held",
        Expectation::Violated => "violated",
        Expectation::Inconclusive => "inconclusive",
    }
}

pub(crate) fn seconds(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        _ => format!("{}.{} s", HumanCount(ms / 1_000), ms % 1_000 / 100),
    }
}

/// `, so many per second`, where that can be said.
pub(crate) fn rate(count: u64, wall_ms: u64, unit: &str) -> String {
    let per_second = count.saturating_mul(1_000).checked_div(wall_ms);
    per_second.map_or(String::new(), |rate| format!(", {} {unit} per second", HumanCount(rate)))
}

/// The word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | ':');
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = write!(text, "'{}'", word.replace('\'', r"'\''"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::samples;
    use mimic_analysis::{Ledger, Story};
    use mimic_protocol::readings::Preset;

    const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");

    static AS_THE_SCENARIO_SAYS: ReadingsArgs = ReadingsArgs { preset: None, single: Vec::new() };

    fn reproduce(crypto: Crypto) -> Reproduce<'static> {
        let scenario = Path::new("scenarios/clubhouse.toml");
        Reproduce { program: "mimic", scenario, crypto, readings: &AS_THE_SCENARIO_SAYS }
    }

    fn run_report(summary: &RunSummary) -> String {
        let scenario = Scenario::parse("clubhouse.toml", CLUBHOUSE).unwrap();
        let report = RunReport {
            summary,
            scenario: &scenario,
            findings_max: 2,
            folder: Path::new("runs/clubhouse/seed-7"),
            files: &["trace.jsonl", "summary.json", "convergence.svg", "exposure.svg", "report.txt"],
            reproduce: reproduce(summary.crypto),
        };
        report.to_string()
    }

    #[test]
    fn a_run_that_violates_something_says_what_and_how_to_see_it_again() {
        let mut summary = samples::run();
        let first = summary.findings[0].clone();
        let later = |step| Story { step, past: Vec::new(), ..first.clone() };
        summary.findings.extend([Some(9_002), Some(9_107), None].map(later));
        insta::assert_snapshot!(run_report(&summary));
    }

    #[test]
    fn a_run_as_declared_says_so_and_insecure_cryptography_is_loud() {
        let mut summary = samples::run();
        summary.verdict = Verdict::Held;
        summary.as_declared = true;
        summary.crypto = Crypto::Fast;
        summary.faults.clear();
        summary.convergence = ConvergenceFigures::default();
        summary.invariants.truncate(1);
        summary.findings.clear();
        summary.epoch_forks.clear();
        summary.exposure = ExposureFigures::default();
        summary.ledger = Ledger::default();
        insta::assert_snapshot!(run_report(&summary));
    }

    #[test]
    fn a_sweep_ends_with_a_command_for_each_failure() {
        insta::assert_snapshot!(sweep(&samples::sweep(), Expectation::Held, &reproduce(Crypto::Fast)));
    }

    #[test]
    fn a_command_can_be_pasted_whatever_the_file_is_called() {
        let mut reproduce = reproduce(Crypto::Real);
        reproduce.scenario = Path::new("my scenarios/it's.toml");
        assert_eq!(reproduce.command(7), r"mimic run 'my scenarios/it'\''s.toml' --seed 7");
        let single = vec!["echo=never".parse().unwrap()];
        let readings = ReadingsArgs { preset: Some(Preset::AtCommit), single };
        let reproduce = Reproduce { readings: &readings, ..super::tests::reproduce(Crypto::Fast) };
        let command = "mimic run scenarios/clubhouse.toml --seed 7 --crypto fast --preset at-commit --reading echo=never";
        assert_eq!(reproduce.command(7), command);
    }
}
