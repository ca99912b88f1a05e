//! From the lines of a story in a scenario file to a story.

use super::User;
use super::error::{Problem, ScenarioError};
use super::file::StoryEntry;
use super::locate::Located;
use super::locate::Step::{Index, Key};
use crate::director::{Line, Misread, Names, Story};
use std::ops::Range;

/// Reads every line; the first that makes no sense is an error at its place.
pub(super) fn read(
    located: &Located<'_>,
    entry: &StoryEntry,
    after_seeded_part: bool,
    (providers, users): (&[String], &[User]),
) -> Result<Story, ScenarioError> {
    let names = Names::of(providers, users);
    let mut labels = Vec::new();
    let (mut steps, mut outcome) = (Vec::new(), Vec::new());
    for (index, text) in entry.steps.iter().enumerate() {
        let span = located.span(&[Key("story"), Key("steps"), Index(index)]);
        let line = Line::read((located.line(span.start), text), &names, &mut labels);
        steps.push(line.map_err(|misread| error(located, span, text, misread))?);
    }
    for (index, text) in entry.outcome.iter().enumerate() {
        let span = located.span(&[Key("story"), Key("outcome"), Index(index)]);
        let line = Line::read_statement((located.line(span.start), text), &names, &labels);
        outcome.push(line.map_err(|misread| error(located, span, text, misread))?);
    }
    Ok(Story { after_seeded_part, steps, outcome })
}

/// Shows the word, where the line stands in the file as it is; else the whole line.
fn error(located: &Located<'_>, line: Range<usize>, text: &str, misread: Misread) -> ScenarioError {
    let Misread { span, found, expected, known } = misread;
    let is_plain = located.text().get(line.start + 1..line.end - 1) == Some(text);
    let place = if is_plain { line.start + 1 + span.start..line.start + 1 + span.end } else { line };
    located.error(Problem::Unreadable { found, expected, known }, place)
}
