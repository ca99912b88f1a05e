//! The rows of a table.

use mimic_protocol::policy::Denied;
use std::fmt;

/// One line of a table.
pub struct Row<'a> {
    /// Its number, for people.
    pub line: usize,
    /// What stands before the arrow.
    pub text: &'a str,
    /// What stands behind it, if there is one.
    pub verdict: Option<Verdict>,
}

/// `allowed`, or `denied` with the name of the reason and its arguments.
#[derive(Clone, PartialEq, Eq)]
pub struct Verdict(String);

impl Verdict {
    pub fn allowed() -> Self {
        Self("allowed".to_owned())
    }

    pub fn of(result: Result<(), Denied>) -> Self {
        match result {
            Ok(()) => Self::allowed(),
            Err(denied) => Self(format!("denied({denied:?})")),
        }
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The rows of a table, without comments and empty lines. A table without a verdict is no table.
pub fn rows(text: &str) -> Vec<Row<'_>> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let rows: Vec<Row> = lines
        .map(|(line, content)| match content.split_once("->") {
            Some((text, verdict)) => {
                Row { line, text: text.trim(), verdict: Some(Verdict(verdict.trim().to_owned())) }
            }
            None => Row { line, text: content, verdict: None },
        })
        .collect();
    assert!(rows.iter().any(|row| row.verdict.is_some()), "a table without rows");
    rows
}
