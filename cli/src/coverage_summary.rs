//! What `mimic coverage` says, as data.

use crate::json::Versioned;
use mimic_analysis::coverage::{Bar, Coverage, Row, State, Tally};
use serde::Serialize;

/// The table, or one state of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoverageSummary {
    /// How many seeds of each scenario were counted.
    pub seeds: u64,
    /// How many requirements are in which state.
    pub total: Tally,
    /// The same by document.
    pub documents: Vec<DocumentTally>,
    /// What the project holds itself to.
    pub bar: Bar,
    /// The requirements that were asked for.
    pub requirements: Vec<Row>,
}

/// How many requirements of a document are in which state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentTally {
    /// The document.
    pub document: String,
    /// How many.
    #[serde(flatten)]
    pub tally: Tally,
}

impl CoverageSummary {
    /// All of the table, or only the requirements in this state.
    pub fn of(coverage: &Coverage, state: Option<State>) -> Self {
        let documents = coverage.by_draft().into_iter();
        let asked_for = |row: &&Row| state.is_none_or(|state| row.state == state);
        Self {
            seeds: coverage.seeds,
            total: coverage.total(),
            documents: documents
                .map(|(draft, tally)| DocumentTally { document: draft.to_owned(), tally })
                .collect(),
            bar: coverage.bar(),
            requirements: coverage.rows.iter().filter(asked_for).cloned().collect(),
        }
    }
}

impl Versioned for CoverageSummary {
    const SCHEMA: &'static str = "mimic.coverage.1";
}
