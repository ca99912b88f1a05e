//! The text on an exploration: its properties, the shortest path to each violation, and what was seen.

use crate::report::{rate, seconds, word};
use crate::summary::{CheckSummary, PropertySummary};
use indicatif::HumanCount;
use mimic_models::Unjudged;
use mimic_protocol::Mutant;
use mimic_record::Verdict;

/// What a property is called that says that something must be seen.
const SOMETIMES: &str = "sometimes: ";
/// How wide a text gets.
const WIDTH: usize = 100;

/// The text on an exploration.
pub fn check(summary: &CheckSummary) -> String {
    let planted =
        summary.mutant.map_or_else(String::new, |mutant| format!(" · planted bug {}", name(mutant)));
    let mut text = format!(
        "{} · scope {} · read {}{planted}\n  {} states, {} of them different, depth {}, in {}{}\n\nproperties\n",
        summary.model,
        summary.scope,
        summary.readings,
        HumanCount(summary.states),
        HumanCount(summary.unique_states),
        summary.depth,
        seconds(summary.wall_ms),
        rate(summary.states, summary.wall_ms, "states"),
    );
    let (sights, properties): (Vec<_>, Vec<_>) =
        summary.properties.iter().partition(|property| property.id.starts_with(SOMETIMES));
    for property in properties {
        let says = property.says.as_deref().unwrap_or_default();
        text.push_str(&format!("  {:<21} {:<13} {says}\n", property.id, word(property.verdict)));
        for (n, step) in property.steps.iter().enumerate() {
            text.push_str(&wrapped(&format!("  {:>6}. ", n + 1), step.split(' '), " "));
        }
    }
    for Unjudged { id, why } in &summary.unjudged {
        text.push_str(&format!("  {id:<21} {:<13} {why}\n", "not judged"));
    }
    text.push_str(&seen(&sights));
    text.push_str(&format!("\nverdict    {}\n", word(summary.verdict)));
    text
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
fn wrapped<'w>(head: &str, words: impl Iterator<Item = &'w str>, between: &str) -> String {
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

fn name(mutant: Mutant) -> String {
    // A unit variant is written as its name.
    serde_json::to_value(mutant).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::samples;

    #[test]
    fn a_check_shows_the_shortest_path_what_was_seen_and_what_was_not() {
        insta::assert_snapshot!(check(&samples::check()));
    }
}
