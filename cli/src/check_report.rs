//! The text on an exploration: its properties, the shortest path to each violation, and what was seen.

use crate::ladder;
use crate::report::{rate, seconds, word};
use crate::summary::{CheckSummary, Exported, PropertySummary};
use indicatif::HumanCount;
use mimic_models::{CutOff, Engine, Limit, MlsEngine, StepCount, Unjudged, Witnessed};
use mimic_protocol::Mutant;
use mimic_record::Verdict;

/// What a property is called that says that something must be seen.
const SOMETIMES: &str = "sometimes: ";
/// How wide a text gets.
const WIDTH: usize = 100;

/// How paths are told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paths {
    /// A numbered line for each step.
    Numbered,
    /// As ladders.
    Ladders,
}

/// The text on an exploration.
pub fn check(summary: &CheckSummary, paths: Paths) -> String {
    let planted =
        summary.mutant.map_or_else(String::new, |mutant| format!(" · planted bug {}", name(mutant)));
    let engine = if summary.engine == MlsEngine::OpenMls { " · over OpenMLS" } else { "" };
    let mut text = format!(
        "{} · scope {} · read {}{planted}{engine}\n{}  {} states, {} of them different, depth {}, in {}{}\n  {}\n\nproperties\n",
        summary.model,
        summary.scope,
        summary.readings,
        wrapped("  ", summary.about.split(' '), " "),
        HumanCount(summary.states),
        HumanCount(summary.unique_states),
        summary.depth,
        seconds(summary.wall_ms),
        rate(summary.states, summary.wall_ms, "states"),
        cost(summary),
    );
    let (sights, properties): (Vec<_>, Vec<_>) =
        summary.properties.iter().partition(|property| property.id.starts_with(SOMETIMES));
    for property in properties {
        let says = property.says.as_deref().unwrap_or_default();
        text.push_str(&format!("  {:<21} {:<13} {says}\n", property.id, word(property.verdict)));
        text.push_str(&path(property, paths));
    }
    for Unjudged { id, why } in &summary.unjudged {
        text.push_str(&format!("  {id:<21} {:<13} {why}\n", "not judged"));
    }
    text.push_str(&seen(&sights));
    let others = summary.also_seen.iter().map(String::as_str);
    if !summary.also_seen.is_empty() {
        text.push_str(&wrapped("  besides   ", others, "; "));
    }
    let steps = summary.step_counts.iter().map(|StepCount { kind, taken, new }| {
        format!("{kind} {} ({} new)", HumanCount(*taken), HumanCount(*new))
    });
    let steps: Vec<String> = steps.collect();
    text.push_str(&format!("\n{}", wrapped("steps      ", steps.iter().map(String::as_str), "; ")));
    if let (Some(Witnessed { what, ladder, .. }), Paths::Ladders) = (&summary.witnessed, paths) {
        text.push_str(&format!("\nshown      {what}\n{}", ladder::text(ladder)));
    }
    if let Some(cut_off) = &summary.cut_off {
        text.push_str(&format!("\ncut off    {}\n", told(cut_off, summary)));
    }
    if let Some(Exported { file, of, steps }) = &summary.exported {
        text.push_str(&format!(
            "\nexported   the {steps} steps to {of}, in {file}; to make them happen over real MLS: mimic run {file}\n"
        ));
    }
    text.push_str(&format!("\nverdict    {}\n", word(summary.verdict)));
    text
}

/// The path to a violation of the property, if it is violated.
fn path(property: &PropertySummary, paths: Paths) -> String {
    let mut text = match (paths, &property.ladder) {
        (Paths::Ladders, Some(ladder)) => ladder::text(ladder),
        (Paths::Numbered, _) | (Paths::Ladders, None) => {
            let steps = (1..).zip(&property.steps);
            steps.map(|(n, step)| wrapped(&format!("  {n:>6}. "), step.split(' '), " ")).collect()
        }
    };
    if property.is_shortest == Some(false) {
        text.push_str("          (the search was cut off before it was known if there is a shorter path)\n");
    }
    text
}

/// What the states took.
fn cost(summary: &CheckSummary) -> String {
    let executions = format!("{} runs of node code", HumanCount(summary.executions));
    match summary.memory_bytes {
        Some(bytes) => {
            let each = bytes.checked_div(summary.unique_states).unwrap_or_default();
            format!("{executions}; {} MiB in use, {each} octets for each different state", bytes >> 20)
        }
        None => executions,
    }
}

/// How far a search came that was cut off.
fn told(cut_off: &CutOff, summary: &CheckSummary) -> String {
    let by = match cut_off.limit {
        Limit::Time => "the time was over",
        Limit::Memory => "the memory was used up",
        Limit::States => "there were more states than allowed",
    };
    let unique = HumanCount(cut_off.unique_states);
    match (cut_off.engine, cut_off.queued) {
        (Engine::Own, queued) => format!(
            "{by} at depth {}: {unique} different states found, {} of them not looked behind",
            summary.depth,
            HumanCount(queued.unwrap_or_default())
        ),
        (Engine::Stateright, _) => format!(
            "{by} while stateright confirmed it: all states were explored once, {unique} of them twice"
        ),
    }
}

/// What was seen of that which must be, by kind, and what was not.
fn seen(sights: &[&PropertySummary]) -> String {
    let of = |held| sights.iter().filter(move |sight| (sight.verdict == Verdict::Held) == held);
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    for sight in of(true) {
        let name = sight.id.trim_start_matches(SOMETIMES);
        let (kind, what) = name.split_once(": ").unwrap_or(("event", name));
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, all)) => all.push(what),
            None => kinds.push((kind, vec![what])),
        }
    }
    let mut text = format!("\nseen, {} of the {} things that must be\n", of(true).count(), sights.len());
    for (kind, all) in kinds {
        text.push_str(&wrapped(&format!("  {kind:<10}"), all.into_iter(), "; "));
    }
    for sight in of(false) {
        text.push_str(&format!("  NOT SEEN  {}\n", sight.id.trim_start_matches(SOMETIMES)));
    }
    text
}

/// Lines of at most `WIDTH` columns, the first of which begins with `head`.
pub(crate) fn wrapped<'w>(head: &str, words: impl Iterator<Item = &'w str>, between: &str) -> String {
    let (mut text, mut line) = (String::new(), head.to_owned());
    for (n, word) in words.enumerate() {
        let is_first = n == 0;
        if !is_first {
            line.push_str(between);
        }
        if !is_first && line.chars().count() + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(head.chars().count());
        }
        line.push_str(word);
    }
    text + &line + "\n"
}

pub(crate) fn name(mutant: Mutant) -> String {
    // A unit variant is written as its name.
    serde_json::to_value(mutant).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::samples;

    #[test]
    fn a_check_shows_the_shortest_path_what_was_seen_and_what_was_not() {
        insta::assert_snapshot!(check(&samples::check(), Paths::Numbered));
    }

    #[test]
    fn a_search_that_was_cut_off_says_how_far_it_came() {
        let summary = samples::check();
        let by = |limit, engine, queued| {
            told(&CutOff { limit, engine, unique_states: 1_204_331, queued }, &summary)
        };
        let own = by(Limit::Time, Engine::Own, Some(99_120));
        let says = "the time was over at depth 37: 1,204,331 different states found, 99,120 of them not looked behind";
        assert_eq!(own, says);
        let confirming = by(Limit::Memory, Engine::Stateright, None);
        assert!(
            confirming.ends_with("all states were explored once, 1,204,331 of them twice"),
            "{confirming}"
        );
        let cut_off = CutOff { limit: Limit::States, engine: Engine::Own, unique_states: 5, queued: Some(2) };
        let text =
            check(&CheckSummary { cut_off: Some(cut_off), memory_bytes: None, ..summary }, Paths::Numbered);
        assert!(text.contains("\ncut off    there were more states than allowed at depth 37: 5 "), "{text}");
        assert!(text.contains("\n  8,123 runs of node code\n"), "{text}");
    }
}
