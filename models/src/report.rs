//! What a check says.

use crate::bridge::{Replay, Unplayable};
use crate::ladder::Ladder;
use crate::limits::CutOff;
use crate::room::{MlsEngine, SetupError};
use mimic_protocol::Readings;
use mimic_record::Verdict;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// A model that can be checked.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ModelInfo {
    /// Its name.
    pub name: String,
    /// What it is, in a line.
    pub about: String,
    /// Its scopes, the default one first.
    pub scopes: Vec<ScopeInfo>,
    /// The operations that a composed scope can have, and the names of sets of them.
    pub operations: Vec<String>,
    /// The sets of operations that have a name, each with what is in it.
    pub alphabets: Vec<(String, Vec<String>)>,
    /// What must hold in every scope in which there is anything to look at.
    pub properties: Vec<PropertyInfo>,
}

/// How large a world is explored.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ScopeInfo {
    /// Its name.
    pub name: String,
    /// What it is about, in a line.
    pub about: String,
    /// What it was last found to be; tests see to it that it still is.
    pub known: Option<KnownCounts>,
}

/// How large a scope is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KnownCounts {
    /// How many states are generated.
    pub states: u64,
    /// How many of them are different.
    pub unique_states: u64,
    /// The greatest distance of a state from the first.
    pub depth: u64,
}

/// A property of a model.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PropertyInfo {
    /// Its name.
    pub id: String,
    /// What it says.
    pub says: String,
    /// The entries of the catalogue that it stands for.
    pub requirements: Vec<String>,
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
    /// How many of them it has not looked behind, where that is known.
    pub queued: Option<u64>,
    /// How far from the first state it is, where that is known.
    pub depth: Option<u64>,
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
    /// It looks for shorter paths to what is violated.
    Shortening,
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
    /// What the scope is about.
    pub about: String,
    /// How the drafts were read.
    pub readings: Readings,
    /// Over what MLS the nodes ran.
    pub engine: MlsEngine,
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
    /// The kinds of steps that were taken, each once from each state in which it can happen.
    pub step_counts: Vec<StepCount>,
    /// What was seen beside that which must be.
    pub also_seen: Vec<String>,
    /// The shortest path to what was to be shown, if it was seen.
    pub witnessed: Option<Witnessed>,
    /// Why there is no verdict on all states, if there is none.
    pub cut_off: Option<CutOff>,
    /// How much memory the process had in use when the states were known, in octets, if the system tells.
    pub memory_bytes: Option<u64>,
}

/// How many steps of a kind there are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct StepCount {
    /// The kind.
    pub kind: String,
    /// How many were taken.
    pub taken: u64,
    /// How many of them led to a state that was not known.
    pub new: u64,
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
    /// After how many steps it is violated, on the path that is told.
    pub after: Option<usize>,
    /// A path to a violation: a readable line for each step, and what is wrong then.
    pub steps: Option<Vec<String>>,
    /// The same path as a ladder.
    pub ladder: Option<Ladder>,
    /// Whether that is known to be a shortest one, of all orders of events; none where nothing is violated.
    pub is_shortest: Option<bool>,
    /// The same for the simulator, if that can make it happen.
    #[serde(skip)]
    pub replay: Option<Result<Replay, Unplayable>>,
}

/// A path to something that was to be shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Witnessed {
    /// What was seen.
    pub what: String,
    /// The path: a readable line for each step.
    pub steps: Vec<String>,
    /// The same as a ladder.
    pub ladder: Ladder,
    /// The same for the simulator, if that can make it happen.
    #[serde(skip)]
    pub replay: Option<Result<Replay, Unplayable>>,
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
    /// Nothing can be seen that is called so.
    #[error("nothing that can be seen is called {name:?}; there is: {}", known.join("; "))]
    NoSuchWitness {
        /// What was asked for.
        name: String,
        /// What there is: all, or what the name could mean.
        known: Vec<String>,
    },
    /// Nothing can be served at the address.
    #[error("nothing can be served at {address}: {why}")]
    AddressTaken {
        /// Where.
        address: SocketAddr,
        /// Why not.
        why: String,
    },
    /// The scope has no first state.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A number of a composed scope is too small or too large.
    #[error("--{flag} is {value}, and can be {least} to {most} here")]
    OutOfRange {
        /// Which number.
        flag: &'static str,
        /// What was asked for.
        value: usize,
        /// The smallest that can be.
        least: usize,
        /// The largest.
        most: usize,
    },
    /// There is no such operation, and no alphabet of that name.
    #[error(
        "there is no operation and no alphabet {name:?}; alphabets: {}; operations: {}",
        alphabets.join(", "),
        operations.join(", ")
    )]
    NoSuchOperation {
        /// What was asked for.
        name: String,
        /// The alphabets that there are.
        alphabets: Vec<String>,
        /// The operations that there are.
        operations: Vec<String>,
    },
    /// An operation was asked for that nobody has what it takes for.
    #[error("nobody can {operation:?} in this scope: it takes a second device, as with --clients {clients}")]
    NobodyCan {
        /// What.
        operation: String,
        /// With how many clients somebody could.
        clients: usize,
    },
    /// A violation was found where orders were left out, and not among all orders: what was left out cannot be believed.
    #[error("{id} is violated where orders are left out, and is not where all are looked at")]
    OrdersDisagree {
        /// The property.
        id: String,
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
