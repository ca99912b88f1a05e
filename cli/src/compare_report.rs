//! The tables of a comparison: one column for each preset.

use crate::args::Crypto;
use crate::compare_summary::{CompareSummary, Difference, PresetSummary, UnmetSeeds};
use crate::report::{self, rate, seconds, word};
use crate::summary::{Spread, UnmetLine};
use indicatif::HumanCount;

/// How wide a column of names and a column of values are.
const NAME: usize = 42;
const VALUE: usize = 24;

/// What a line shows of a preset.
type Of<T> = fn(&PresetSummary) -> T;
/// How a number is written.
type Unit = fn(u64) -> String;
/// What half of them keep, and all.
type HalfAndAll = (Option<u64>, Option<u64>);

/// The text on a comparison. `command` is what runs a seed again under a preset.
pub fn text(summary: &CompareSummary, command: &dyn Fn(&str, u64) -> String) -> String {
    let presets = &summary.presets;
    let seeds = presets.iter().map(|p| p.held + p.violated + p.inconclusive + p.panicked).sum();
    let mut text = format!(
        "{} · seeds {} under {} presets · {}\n  {} runs in {}{}\n\n",
        summary.scenario,
        summary.seeds,
        presets.len(),
        report::crypto(summary.crypto),
        HumanCount(seeds),
        seconds(summary.wall_ms),
        rate(seeds, summary.wall_ms, "runs"),
    );
    text.push_str(&line("", presets, |preset| preset.preset.clone()));
    text.push_str("seeds\n");
    let outcomes: [(&str, Of<u64>); 5] = [
        ("  held", |p| p.held),
        ("  violated", |p| p.violated),
        ("  inconclusive", |p| p.inconclusive),
        ("  panicked", |p| p.panicked),
        ("  not as the story says", |p| p.not_as_told),
    ];
    for (name, of) in outcomes {
        text.push_str(&line(name, presets, |preset| HumanCount(of(preset)).to_string()));
    }
    presets.iter().for_each(|preset| text.push_str(&unmet(preset, command)));
    text.push_str(&invariants(presets));
    text.push_str(&measures(presets));
    text.push_str(&differences(&summary.differences, command));
    text
}

fn line(name: &str, presets: &[PresetSummary], value: impl Fn(&PresetSummary) -> String) -> String {
    let values = presets.iter().map(|preset| format!("{:<VALUE$}", value(preset)));
    let text = format!("{name:<NAME$}{}", values.collect::<String>());
    text.trim_end().to_owned() + "\n"
}

fn unmet(preset: &PresetSummary, command: &dyn Fn(&str, u64) -> String) -> String {
    let Some(first) = preset.unmet.first() else { return String::new() };
    let mut text = format!("\nwhat the story says and does not come true under {}\n", preset.preset);
    for UnmetSeeds { seeds, line: UnmetLine { line, text: said, why }, .. } in &preset.unmet {
        text.push_str(&format!("  line {line}, on {seeds} seeds: {said}\n    {why}\n"));
    }
    text + &format!("    {}\n", command(&preset.preset, first.example))
}

fn invariants(presets: &[PresetSummary]) -> String {
    let mut text = "\ninvariants, by seeds\n".to_owned();
    let mut ids: Vec<&str> = presets.iter().flat_map(|p| &p.invariants).map(|i| i.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        text.push_str(&line(&format!("  {id}"), presets, |preset| {
            let Some(i) = preset.invariants.iter().find(|i| i.id == id) else { return "-".to_owned() };
            let parts = [(i.violated, "VIOLATED"), (i.held, "held"), (i.inconclusive, "nothing")];
            let told = parts.iter().filter(|(seeds, _)| *seeds > 0);
            told.map(|(seeds, what)| format!("{what} {seeds}")).collect::<Vec<_>>().join(", ")
        }));
    }
    text
}

fn measures(presets: &[PresetSummary]) -> String {
    let mut text = "\nconvergence, a seed in the middle and the worst one\n".to_owned();
    let spread =
        |spread: Spread, unit: fn(u64) -> String| format!("{}, {}", unit(spread.median), unit(spread.max));
    let convergence: [(&str, Of<Spread>, Unit); 4] = [
        ("  epochs", |p| p.convergence.head_epoch, |n| n.to_string()),
        ("  half of nodes reach an epoch within", |p| p.convergence.reach_ms_p50, seconds),
        ("  95 % within", |p| p.convergence.reach_ms_p95, seconds),
        ("  at the head for good, after healing", |p| p.convergence.converged_after_heal_ms, seconds),
    ];
    for (name, of, unit) in convergence {
        text.push_str(&line(name, presets, |preset| spread(of(preset), unit)));
    }
    text.push_str(&line("  never at the head for good", presets, |p| {
        p.convergence.never_converged.to_string()
    }));
    text.push_str("\nexposure after removals and bans, half of them and all\n");
    text.push_str(&line("  removals and bans, open at the end", presets, |preset| {
        format!("{}, {}", HumanCount(preset.exposure.windows), HumanCount(preset.exposure.still_open))
    }));
    let exposure: [(&str, Of<HalfAndAll>); 3] = [
        ("  the last leaf gone within", |p| (p.exposure.gone_ms_p50, p.exposure.gone_ms_max)),
        ("  the last client has applied it within", |p| (p.exposure.closed_ms_p50, p.exposure.closed_ms_max)),
        ("  the same, from the commit on", |p| {
            (p.exposure.from_commit_ms_p50, p.exposure.from_commit_ms_max)
        }),
    ];
    for (name, of) in exposure {
        text.push_str(&line(name, presets, |preset| match of(preset) {
            (Some(p50), Some(max)) => format!("{}, {}", seconds(p50), seconds(max)),
            _ => "-".to_owned(),
        }));
    }
    text.push_str("\nwork done in a seed, half of them and the most\n");
    let plain = |n: u64| HumanCount(n).to_string();
    text.push_str(&line("  room operations", presets, |preset| spread(preset.operations, |n| n.to_string())));
    text.push_str(&line("  messages", presets, |p| {
        format!("{}, {}", plain(p.messages.median), plain(p.messages.max))
    }));
    text
}

fn differences(differences: &[Difference], command: &dyn Fn(&str, u64) -> String) -> String {
    if differences.is_empty() {
        return "\nno invariant's verdict depends on the preset, on any of these seeds\n".to_owned();
    }
    let mut text = "\nwhere the presets differ on one and the same seed\n".to_owned();
    for Difference { invariant, seeds, example, verdicts } in differences {
        let told = verdicts.iter().map(|(preset, verdict)| format!("{} {preset}", word(*verdict)));
        let told = told.collect::<Vec<_>>().join(", ");
        text.push_str(&format!("  {invariant} on {seeds} seeds, such as {example}: {told}\n"));
        let violated = verdicts.iter().find(|(_, verdict)| **verdict == mimic_record::Verdict::Violated);
        if let Some((preset, _)) = violated {
            text.push_str(&format!("    {}\n", command(preset, *example)));
        }
    }
    text
}

/// How the cryptography is called in a figure's subtitle.
pub fn crypto_name(crypto: Crypto) -> &'static str {
    match crypto {
        Crypto::Real => "real cryptography",
        Crypto::Fast => "fast, insecure cryptography",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare_summary::samples;

    #[test]
    fn presets_stand_side_by_side_and_differences_can_be_run_again() {
        let command =
            |preset: &str, seed| format!("mimic run clubhouse.toml --seed {seed} --preset {preset}");
        insta::assert_snapshot!(text(&samples::compare(), &command));
    }

    #[test]
    fn a_story_that_does_not_come_true_is_told_line_by_line() {
        let mut summary = samples::compare();
        let (text_of_line, why) = ("bob is outside".to_owned(), "bob is in epoch 3".to_owned());
        let line = UnmetLine { line: 44, text: text_of_line, why };
        summary.presets[1].unmet = vec![UnmetSeeds { seeds: 3, example: 41, line }];
        let text = text(&summary, &|preset, seed| format!("mimic run --seed {seed} --preset {preset}"));
        let told = "\nwhat the story says and does not come true under at-commit\n  line 44, on 3 seeds: bob is outside\n    bob is in epoch 3\n    mimic run --seed 41 --preset at-commit\n";
        assert!(text.contains(told), "{text}");
    }

    #[test]
    fn presets_that_do_not_differ_say_so() {
        let mut summary = samples::compare();
        summary.differences.clear();
        assert!(text(&summary, &|_, _| String::new()).ends_with("on any of these seeds\n"));
    }
}
