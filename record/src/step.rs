//! One step of a run: what happened, where, why, and what it changed.

use crate::change::ViewChange;
use crate::view::NodeView;
use mimic_protocol::NodeId;
use mimic_protocol::node::{Exchange, Fact, Intent, Timer};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A step enters a run when its outputs leave the node, that is, once its record is durable: a step that a crash swallowed
/// did not happen, and changes nothing that anybody could see. Its number is its stable name in a run; all ids in it are logical, never octets or addresses.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Its number, counted from 0.
    pub n: u64,
    /// The virtual time, microseconds from the start of the run.
    pub at_us: u64,
    /// How long its record took to become durable, in microseconds: the node was given what it handles, and told the time, that long before.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub written_us: u64,
    /// The node that it touched.
    pub node: NodeId,
    /// What happened to the node.
    pub event: Event,
    /// The step that made it happen, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<u64>,
    /// What the node observed of itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// What the step changed in the view of the node.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Box<ViewChange>>,
    /// The view of the node after the step, where the step changed it: for checks at run time, no part of a trace.
    #[serde(skip)]
    pub view: Option<Arc<NodeView>>,
}

fn is_zero(span_us: &u64) -> bool {
    *span_us == 0
}

/// What can happen: the one alphabet of runs, models and directed orders.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Event {
    /// The node begins.
    Start,
    /// The local user states an intent.
    Intent(Intent),
    /// A request is handled.
    Request(Cause),
    /// An answer is handled.
    Response(Cause),
    /// An exchange of the node's own ends without an answer.
    Failed(Exchange),
    /// A timer is due.
    Wake(Timer),
    /// The node crashes; what was not durable is gone.
    Crash,
    /// The node is back, rebuilt from its durable records.
    Restart,
}

/// A message by its logical name: the exchange, which attempt at it, which copy, and the peer that handed it over.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Cause {
    /// The exchange that it belongs to.
    pub exchange: Exchange,
    /// The last hop.
    pub from: NodeId,
    /// Which attempt of the exchange's origin, counted from 0.
    pub attempt: u32,
    /// Which copy of a duplicated message, counted from 0.
    pub copy: u8,
}
