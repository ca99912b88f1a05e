//! Conformance: whether a recorded run is a path of the nodes over symbolic MLS, step by step, as a model would take it.
//!
//! A trace names what happened by logical ids. Each step of it is taken again, with what the nodes here have sent one another: a message
//! that the trace has handled must have been sent, by the step that it names, an answer must have been waited for, a timer asked for. After
//! each step, what the node has observed and how it looks (α) must be what the trace says. What only the octets decide is compared by
//! name: digests of messages, key packages and GroupContexts must correspond one to one over the whole run (see `naming`). Times are not
//! compared: delays are nondeterminism here.

mod layers;
mod masked;
mod naming;
mod world;

pub use masked::{End, Explained, Most, Seen, ServerLine, Wish, explain, mask};
use mimic_protocol::node::Fact;
use mimic_protocol::{NodeConfig, NodeId};
use mimic_record::{Step, ViewChange};
pub(crate) use naming::Names;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use world::World;

/// Where a run leaves the paths of the nodes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deviation {
    /// The step.
    pub step: u64,
    /// Why it is none of a path.
    pub why: Why,
}

/// Why a step is none of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It could not happen.
    NotEnabled(String),
    /// It could, and comes to something else.
    Differs {
        /// Where in the step.
        field: String,
        /// What the trace has there; nothing, where it has none.
        recorded: String,
        /// What the nodes come to.
        expected: String,
    },
}

impl Deviation {
    /// The line of the trace, counted from 1: its first is the header.
    pub fn line(&self) -> u64 {
        self.step + 2
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotEnabled(what) => f.write_str(what),
            Self::Differs { field, recorded, expected } => {
                write!(f, "{field} is {recorded}, and the nodes come to {expected}")
            }
        }
    }
}

/// Takes the steps of a run one by one. `ahead_ms` says how far the clocks of nodes are ahead of the world's.
pub fn conform(
    config: &Arc<NodeConfig>,
    ahead_ms: &BTreeMap<NodeId, i64>,
    steps: &[Step],
) -> Result<(), Deviation> {
    let (mut world, mut names) = (World::new(config.clone(), ahead_ms.clone()), Names::default());
    steps.iter().try_for_each(|step| {
        let taken = world.take(step).map_err(Why::NotEnabled);
        let compared = taken.and_then(|(facts, change)| {
            names.match_up("facts", &told(&step.facts), &told(&facts))?;
            names.match_up("change", &changes(step.change.as_deref()), &changes(change.as_ref()))
        });
        compared.map_err(|why| Deviation { step: step.n, why })
    })
}

/// What is compared of what a node has observed. What it has learnt is not: it is read from octets, in which engines write more or less
/// down, and from the wire, where a room has one URI for all of its groups. The engines are held against each other for that by a test
/// of their own (`protocol/tests/story`).
pub(crate) fn told(facts: &[Fact]) -> Value {
    facts.iter().filter(|fact| !matches!(fact, Fact::Learnt(_))).map(value).collect()
}

fn changes(change: Option<&ViewChange>) -> Value {
    change.map_or_else(|| value(&ViewChange::default()), value)
}

/// Plain owned data with string keys has a JSON form.
pub(crate) fn value(of: &(impl serde::Serialize + ?Sized)) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
