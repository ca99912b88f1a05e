//! From the lines of a story in a scenario file to a story.

use super::error::{Problem, ScenarioError};
use super::file::StoryEntry;
use super::locate::Located;
use super::locate::Step::{self, Index, Key};
use crate::director::{Cast, Line, Misread, Names, Story, Words, read_deed};
use mimic_protocol::node::Deed;
use std::ops::Range;

/// Reads every line; the first that makes no sense is an error at its place.
pub(super) fn read(
    located: &Located<'_>,
    entry: &StoryEntry,
    after_seeded_part: bool,
    cast: Cast<'_>,
) -> Result<Story, ScenarioError> {
    let names = Names::of(cast);
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
    Ok(Story { after_seeded_part, steps, outcome, replays: entry.replays.clone() })
}

/// The join links that lines speak of, which need not be any room's.
pub(super) fn links(entry: &StoryEntry) -> impl Iterator<Item = String> + '_ {
    entry.steps.iter().filter_map(|line| {
        let mut words = line.split_whitespace();
        words.find(|word| *word == "link")?;
        words.next().map(str::to_owned)
    })
}

/// Reads what a change of policy does besides, in the room that the path's table names.
pub(super) fn deed(
    located: &Located<'_>,
    (text, path): (&str, &[Step<'_>]),
    names: &Names<'_>,
) -> Result<Deed, ScenarioError> {
    let mut words = Words::of(text);
    let deed = read_deed(&mut words, names).and_then(|deed| words.finish().map(|()| deed));
    deed.map_err(|misread| error(located, located.span(path), text, misread))
}

/// Shows the word, where the line stands in the file as it is; else the whole line.
fn error(located: &Located<'_>, line: Range<usize>, text: &str, misread: Misread) -> ScenarioError {
    let Misread { span, found, expected, known } = misread;
    let is_plain = located.text().get(line.start + 1..line.end - 1) == Some(text);
    let place = if is_plain { line.start + 1 + span.start..line.start + 1 + span.end } else { line };
    located.error(Problem::Unreadable { found, expected, known }, place)
}
