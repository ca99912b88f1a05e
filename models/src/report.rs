//! What a check says.

use crate::room::SetupError;
use mimic_protocol::Readings;
use mimic_record::Verdict;
use serde::{Deserialize, Serialize};

/// A model that can be checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// Its scopes, the default one first.
    pub scopes: Vec<ScopeInfo>,
}

/// How large a world is explored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScopeInfo {
    /// Its name.
    pub name: String,
    /// What it is about, in a line.
    pub about: String,
}

/// How far a check has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// What it is doing.
    pub phase: Phase,
    /// How many different states it has found in this phase.
    pub unique_states: u64,
    /// How many of them are known, from an earlier phase, to be there.
    pub of: Option<u64>,
}

/// What a check does, in this order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Phase {
    /// It explores the states level by level.
    Exploring,
    /// It asks from which states a good end can be reached.
    LookingBack,
    /// It explores them again with stateright.
    Confirming,
}

/// An invariant that has nothing to look at in a scope.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unjudged {
    /// Its name in the catalogue.
    pub id: String,
    /// Why there is nothing to look at.
    pub why: String,
}

/// What a check has found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct CheckReport {
    /// The model.
    pub model: String,
    /// The scope.
    pub scope: String,
    /// How the drafts were read.
    pub readings: Readings,
    /// How many states were generated.
    pub states: u64,
    /// How many of them are different.
    pub unique_states: u64,
    /// The greatest distance of a state from the first.
    pub depth: u64,
    /// How long the check took.
    pub wall_ms: u64,
    /// The verdict over all properties.
    pub verdict: Verdict,
    /// Each property: the invariants, rest, and what must be seen so that they do not hold for want of anything to look at.
    pub properties: Vec<PropertyReport>,
    /// The invariants that say nothing here, and why: they are no part of the verdict.
    pub unjudged: Vec<Unjudged>,
    /// How often the code of a node ran: all else was looked up.
    pub executions: u64,
}

/// What became of a property.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PropertyReport {
    /// Its name; that of the catalogue, where it is an invariant there.
    pub id: String,
    /// What it says, where its name does not say it.
    pub says: Option<String>,
    /// Whether it holds; inconclusive if there was nothing to look at.
    pub verdict: Verdict,
    /// The shortest path to a violation, a readable line for each step.
    pub steps: Option<Vec<String>>,
}

/// Why there is no verdict.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CheckError {
    /// There is no such model.
    #[error("there is no model {name:?}; there is: {}", known.join(", "))]
    NoSuchModel {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The model has no such scope.
    #[error("the model {model} has no scope {name:?}; it has: {}", known.join(", "))]
    NoSuchScope {
        /// The model.
        model: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The scope has no first state.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The scope has more states than are explored.
    #[error("there are more than {states} states")]
    TooLarge {
        /// How many are explored at most.
        states: usize,
    },
    /// The two engines do not agree, so that neither can be believed.
    #[error("the engines disagree about {what}: {own} against stateright's {stateright}")]
    EnginesDisagree {
        /// On what.
        what: String,
        /// What the own engine says.
        own: u64,
        /// What stateright says.
        stateright: u64,
    },
}

impl CheckReport {
    /// The property of this name.
    pub fn property(&self, id: &str) -> Option<&PropertyReport> {
        self.properties.iter().find(|property| property.id == id)
    }
}
