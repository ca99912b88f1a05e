//! The machine that a node runs on: what of it outlives the node.

use crate::disk::Disk;
use crate::faults::Crash;
use mimic_protocol::node::{Fact, Intent, IntentId, Timer};
use mimic_record::{Event, NodeView};
use std::collections::BTreeMap;

/// One machine. It has a name for as long as the run lasts; a node on it comes and goes.
#[derive(Debug, Default)]
pub(crate) struct Host {
    /// Its disk.
    pub disk: Disk,
    /// How its node fares.
    pub state: HostState,
    /// How many steps' entropy it has been given: no crash makes it start again.
    pub steps: u64,
    /// When its node wants to be woken, and the step that asked.
    pub timers: BTreeMap<Timer, (u64, u64)>,
    /// The step that becomes one as soon as its record is durable.
    pub draft: Option<Draft>,
    /// A crash that waits for the node to write.
    pub armed: Option<Crash>,
    /// The crash that strikes while the record that is being written is not durable.
    pub striking: Option<Crash>,
    /// The step in which it crashed last.
    pub crashed_in: Option<u64>,
    /// What its user has stated and the node has not made its own yet. The user states it again after a crash.
    pub unheard: BTreeMap<IntentId, Intent>,
}

/// Whether there is a node on a machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum HostState {
    /// Not yet.
    #[default]
    New,
    /// There is.
    Up,
    /// Not any more, and not yet again.
    Down,
}

/// A step that a node has made, before it has its place in the run.
#[derive(Debug)]
pub(crate) struct Draft {
    /// When the node was given what it handles.
    pub given_us: u64,
    pub event: Event,
    pub cause: Option<u64>,
    pub facts: Vec<Fact>,
    pub view: NodeView,
}
