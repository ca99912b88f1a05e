//! The text on violations: what is wrong, and the few steps that led to it.

use crate::report::seconds;
use indicatif::HumanCount;
use mimic_analysis::{PastStep, Story};

/// How wide a text gets.
const WIDTH: usize = 110;
/// The column in which a step's words begin.
const INDENT: usize = 27;

/// The first `most` violations, each with its past where it has one.
pub fn text(stories: &[Story], most: usize) -> String {
    if stories.is_empty() {
        return String::new();
    }
    let mut text = "\nviolations\n".to_owned();
    for story in stories.iter().take(most) {
        let place = story.step.map_or("at the end".to_owned(), |step| format!("step {step}"));
        text.push_str(&wrapped(&format!("  {:<8} {place}: ", story.invariant), &story.what, 11));
        if !story.past.is_empty() {
            text.push_str("           what led to it, by step and time:\n");
        }
        story.past.iter().for_each(|step| text.push_str(&line(step)));
    }
    match stories.len().saturating_sub(most) {
        0 => text,
        more => text + &format!("  and {} more, see report.txt\n", HumanCount(more as u64)),
    }
}

/// Where the group has split.
pub fn forks(epochs: &[u64]) -> String {
    let Some(first) = epochs.first() else { return String::new() };
    let more = match epochs.len() {
        1 => String::new(),
        all => format!(", and so do {} later ones", HumanCount(all as u64 - 1)),
    };
    format!("\nepoch tree\n  epoch {first} exists in more than one state{more}: the group has split\n")
}

fn line(step: &PastStep) -> String {
    let head = format!("    {:>8}  {:>9}  ", step.step, seconds(step.at_ms));
    wrapped(&head, &format!("{} {}", step.node, step.what), INDENT)
}

/// `head` and the words after it, in lines of at most `WIDTH` columns.
fn wrapped(head: &str, words: &str, indent: usize) -> String {
    let (mut text, mut line) = (String::new(), head.to_owned());
    let mut is_first = true;
    for word in words.split(' ') {
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(word);
        is_first = false;
    }
    text + &line + "\n"
}
