//! A path as a ladder diagram: a column for each node, and a rung for each thing that comes to one. How it is drawn is said elsewhere.

use serde::{Deserialize, Serialize};

/// A path, rung by rung.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Ladder {
    /// The nodes, from left to right: the hub, followers, clients.
    pub columns: Vec<String>,
    /// What happens, from top to bottom.
    pub rungs: Vec<Rung>,
}

/// One thing that happens. A step of the path has one or two of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rung {
    /// The number of its step, counted from 1.
    pub step: usize,
    /// Where it happens.
    pub place: Place,
    /// What it is.
    pub what: String,
    /// What the node makes of it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<String>,
}

/// Where something happens. Nodes are counted from 0, as columns are.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Something is under way between two nodes.
    Arrow {
        /// From where.
        from: usize,
        /// By way of these, which only pass it on.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        by_way_of: Vec<usize>,
        /// To where.
        to: usize,
        /// Whether it comes there.
        tip: Tip,
    },
    /// Something happens at a node.
    Mark {
        /// Which node.
        at: usize,
        /// What kind of thing.
        sign: Sign,
    },
    /// Nothing happens: it is said of all that stands above, or of what comes.
    Remark,
}

/// How an arrow ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tip {
    /// It comes to its node.
    Arrives,
    /// It does not.
    Lost,
}

/// What happens at a node without anything that comes to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sign {
    /// A user or an operator wants something.
    Wish,
    /// A timer is due.
    Timer,
    /// An answer does not come.
    Silence,
    /// The node crashes and comes back.
    Crash,
    /// Something befalls what the node has sent or waits for.
    Fault,
    /// The node does what no honest one does.
    Deceit,
}
