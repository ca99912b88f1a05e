//! Where a key of a scenario file stands in its text.

use super::error::{Problem, ScenarioError};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One step from a table or array to what it holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// The text of a scenario file with the place of everything in it.
pub(super) struct Located<'t> {
    file_name: &'t str,
    text: &'t str,
    table: Spanned<DeTable<'t>>,
}

impl<'t> Located<'t> {
    pub(super) fn parse(file_name: &'t str, text: &'t str) -> Result<Self, ScenarioError> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { file_name, text, table }),
            Err(error) => {
                let problem = Problem::Syntax { message: error.message().to_owned() };
                Err(ScenarioError::new(problem, file_name, text, error.span().unwrap_or(0..0)))
            }
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// The number of the line, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes().iter().take(at).filter(|octet| **octet == b'\n').count()
    }

    /// An error at a place in the text.
    pub(super) fn error(&self, problem: Problem, span: Range<usize>) -> ScenarioError {
        ScenarioError::new(problem, self.file_name, self.text, span)
    }

    /// An error at what the path leads to; where the file leaves that out, at the last thing on the way that it has.
    pub(super) fn error_at(&self, problem: Problem, path: &[Step<'_>]) -> ScenarioError {
        self.error(problem, self.span(path))
    }

    /// Where the path leads to.
    pub(super) fn span(&self, path: &[Step<'_>]) -> Range<usize> {
        let mut span = 0..0;
        let mut table = Some(self.table.get_ref());
        let mut value: Option<&Spanned<DeValue<'_>>> = None;
        for step in path {
            let next = match step {
                Step::Key(key) => table.and_then(|table| table.iter().find(|(k, _)| k.get_ref() == key)),
                Step::Index(index) => {
                    let array = value.and_then(|value| value.get_ref().as_array());
                    value = array.and_then(|array| array.get(*index));
                    span = value.map_or(span, Spanned::span);
                    table = value.and_then(|value| value.get_ref().as_table());
                    continue;
                }
            };
            let Some((key, found)) = next else { break };
            span = if found.get_ref().is_table() { key.span() } else { found.span() };
            table = found.get_ref().as_table();
            value = Some(found);
        }
        span
    }
}
