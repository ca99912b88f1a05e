//! What `mimic scenario` prints for people.

use crate::report::expectation;
use crate::scenario::{ScenarioEntry, ScenarioList};
use mimic_sim::scenario::Scenario;
use std::path::Path;

/// The width that the texts on scenarios are folded to.
const WIDTH: usize = 100;

/// A paragraph for each scenario.
pub fn list(list: &ScenarioList) -> String {
    let mut text = String::new();
    for entry in &list.scenarios {
        let ScenarioEntry { name, about, requirements, races, expect, .. } = entry;
        text.push_str(&format!("{name}\n"));
        text.push_str(&folded(about));
        let shows = requirements.iter().chain(races).map(String::as_str).collect::<Vec<_>>().join(" ");
        if !shows.is_empty() {
            text.push_str(&folded(&format!("shows {shows}")));
        }
        text.push_str(&format!("    expects: {}\n\n", expectation(*expect)));
    }
    text.push_str(&format!("{} scenarios\n", list.scenarios.len()));
    text
}

/// A line for a file that is right.
pub fn valid(path: &Path, scenario: &Scenario) -> String {
    let story = scenario.story.as_ref().map_or(String::new(), |story| {
        format!(", a story of {} steps with {} lines of outcome", story.steps.len(), story.outcome.len())
    });
    let seeded = if scenario.begins_with_its_story() { "" } else { ", a seeded part" };
    format!(
        "{}: {} providers, {} users{seeded}{story}",
        path.display(),
        scenario.providers.len(),
        scenario.users.len()
    )
}

fn folded(text: &str) -> String {
    let mut lines = vec![String::from("   ")];
    for word in text.split_whitespace() {
        if lines.last().is_some_and(|line| line.len() + word.len() >= WIDTH) {
            lines.push(String::from("   "));
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.iter().filter(|line| !line.trim().is_empty()).map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_folded_and_empty_ones_are_no_line() {
        assert_eq!(folded(""), "");
        let text = folded(&"word ".repeat(40));
        assert!(text.lines().count() == 3 && text.lines().all(|line| line.len() <= WIDTH), "{text}");
    }
}
