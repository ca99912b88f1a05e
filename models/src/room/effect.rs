//! What one input does to one node: computed by running the node once, and looked up ever after.

use super::packet::Header;
use super::witness::Witnesses;
use mimic_protocol::NodeId;
use mimic_protocol::node::Fact;
use mimic_record::{Event, NodeView};
use std::sync::Arc;

/// Where a crash strikes a step of the hub.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Cut {
    /// Nowhere.
    None,
    /// Before the step's record is durable: what should wait for the record does not leave, and the record is lost.
    BeforeDurable,
    /// When the record is durable, and what waited for it has not left.
    AfterDurable,
}

/// What a step leads to.
#[derive(Clone, Debug)]
pub(super) struct Effect {
    /// A name of it, unique in the tables.
    pub id: u32,
    /// The node's state after it.
    pub local: u32,
    /// What leaves the node; in a crash, what left before it.
    pub left: Vec<Sent>,
    /// Whether the node crashed and came back.
    pub crashed: bool,
    /// What leaves the node as it comes back.
    pub on_return: Vec<Sent>,
    /// Whether the step writes a record, so that a crash can come before it and after it.
    pub persists: bool,
    /// What the invariants are shown.
    pub happened: Vec<Happened>,
    /// Whether there is anything in that for them to look at.
    pub is_judged: bool,
    /// What this is a witness of.
    pub witnesses: Witnesses,
}

/// Something that a node asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sent {
    /// A packet, with its number.
    Packet(u32, Header),
    /// A timer's number.
    Timer(u32),
}

/// Which of its faces a node shows; an honest one has but the first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Face {
    /// The one that all see but one.
    First,
    /// The one that a Byzantine hub shows to one of those it speaks with.
    Second,
}

/// A step of the run, as the invariants see it.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    /// The node.
    pub node: NodeId,
    /// With which face.
    pub face: Face,
    /// What happened to it.
    pub event: Event,
    /// What it observed of itself.
    pub facts: Vec<Fact>,
    /// What it looked like before.
    pub before: Arc<NodeView>,
    /// What it looks like after.
    pub after: Arc<NodeView>,
}

impl Happened {
    /// Whether an invariant could have something to say or to remember.
    pub fn is_judged(&self) -> bool {
        let is_remembered = |fact: &Fact| {
            let says = matches!(fact, Fact::Said { .. } | Fact::Applied { .. });
            says || matches!(fact, Fact::Accepted { .. })
        };
        self.before != self.after || self.facts.iter().any(is_remembered)
    }
}
