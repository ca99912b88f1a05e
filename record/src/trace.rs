//! The canonical, append-only log of a run, and the hash chain over it that is the run's digest.

use crate::step::Step;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a run is a function of, beside the code: the first line of its trace. No build id, no host, no wall clock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Header {
    /// The version of this format.
    pub schema: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The digest of what the scenario says, as hex.
    pub scenario_digest: String,
    /// The seed.
    pub seed: u64,
    /// The cryptography: `real`, or `fast-insecure`.
    pub crypto: String,
}

/// The digest of a run: equal exactly if header and steps are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..16].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no trace.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TraceError {
    /// There is no line at all.
    #[error("the trace is empty")]
    Empty,
    /// A line is not what it should be.
    #[error("line {line}, column {column}: {what}")]
    BadLine {
        /// Which line, counted from 1.
        line: usize,
        /// Where in it, counted from 1; 0 where nothing was read.
        column: usize,
        /// What is wrong with it.
        what: String,
    },
}

impl TraceError {
    /// What is wrong with this line. The library counts lines within it, and there is one.
    fn of(line: usize, error: &serde_json::Error) -> Self {
        let (column, text) = (error.column(), error.to_string());
        let place = format!(" at line {} column {column}", error.line());
        let what = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self::BadLine { line, column, what }
    }
}

/// A log: one JSON object on each line, the header first. The digest is chained over the lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    lines: Vec<u8>,
    chain: blake3::Hash,
    steps: u64,
}

impl Trace {
    /// A trace that holds only its header.
    pub fn new(header: &Header) -> Self {
        let mut trace = Self { lines: Vec::new(), chain: blake3::hash(b"mimic trace"), steps: 0 };
        trace.line(header);
        trace
    }

    /// Appends a step.
    pub fn push(&mut self, step: &Step) {
        self.line(step);
        self.steps += 1;
    }

    /// The number of steps.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The digest of all lines so far.
    pub fn digest(&self) -> Digest {
        Digest(*self.chain.as_bytes())
    }

    /// The text: JSON lines.
    pub fn text(&self) -> &[u8] {
        &self.lines
    }

    /// Reads a trace back: its header, and its steps.
    pub fn parse(text: &str) -> Result<(Header, Vec<Step>), TraceError> {
        let mut lines = text.lines().enumerate();
        let (_, first) = lines.next().ok_or(TraceError::Empty)?;
        let bad = |n: usize| move |error| TraceError::of(n + 1, &error);
        let header = serde_json::from_str(first).map_err(bad(0))?;
        let steps = lines.map(|(n, line)| serde_json::from_str(line).map_err(bad(n)));
        Ok((header, steps.collect::<Result<_, _>>()?))
    }

    fn line(&mut self, value: &impl Serialize) {
        let start = self.lines.len();
        // Plain owned data with string or integer keys, into memory: there is nothing that could fail.
        let _ = serde_json::to_writer(&mut self.lines, value);
        self.lines.push(b'\n');
        let mut hasher = blake3::Hasher::new();
        hasher.update(self.chain.as_bytes()).update(&self.lines[start..]);
        self.chain = hasher.finalize();
    }
}
