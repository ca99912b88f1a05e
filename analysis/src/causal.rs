//! The happens-before graph of a run: which steps could have had a part in which.

use mimic_record::Step;
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::{BTreeMap, VecDeque};

/// Why one step comes before another.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Link {
    /// The same node took it next. A crash and the return from it are steps of the node like others.
    Next,
    /// It made the other happen: it sent the message that is handled, or it is the crash that the node comes back from.
    Cause,
}

/// The steps of a run, partially ordered (Lamport's happens-before). A step's number is its index.
#[derive(Clone, Debug)]
pub struct HappensBefore {
    graph: DiGraph<u64, Link>,
}

impl HappensBefore {
    /// The graph over the steps of a run, from its first.
    pub fn of(steps: &[Step]) -> Self {
        let mut graph = DiGraph::with_capacity(steps.len(), 2 * steps.len());
        let mut last = BTreeMap::new();
        for step in steps {
            let here = graph.add_node(step.n);
            if let Some(before) = last.insert(step.node, here) {
                graph.add_edge(before, here, Link::Next);
            }
            if let Some(cause) = step.cause.filter(|cause| *cause < step.n) {
                graph.add_edge(index(cause), here, Link::Cause);
            }
        }
        Self { graph }
    }

    /// All steps that come before `step`, and itself, each with the least number of links between.
    pub fn past(&self, step: u64) -> BTreeMap<u64, u32> {
        let mut distances = BTreeMap::from([(step, 0)]);
        let mut queue = VecDeque::from([(index(step), 0)]);
        while let Some((at, distance)) = queue.pop_front() {
            for before in self.graph.neighbors_directed(at, Direction::Incoming) {
                distances.entry(self.graph[before]).or_insert_with(|| {
                    queue.push_back((before, distance + 1));
                    distance + 1
                });
            }
        }
        distances
    }

    /// The steps that made `step` happen, one by one, the nearest first: back to a user, a timer, or a start.
    pub fn chain(&self, step: u64) -> Vec<u64> {
        let mut chain = Vec::new();
        let mut at = index(step);
        while let Some(cause) = self.cause(at) {
            chain.push(self.graph[cause]);
            at = cause;
        }
        chain
    }

    fn cause(&self, at: NodeIndex) -> Option<NodeIndex> {
        let mut links = self.graph.edges_directed(at, Direction::Incoming);
        links.find(|link| *link.weight() == Link::Cause).map(|link| link.source())
    }
}

fn index(step: u64) -> NodeIndex {
    NodeIndex::new(usize::try_from(step).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, NodeId, ProviderId};
    use mimic_record::Event;

    #[test]
    fn a_step_is_after_its_node_s_earlier_steps_and_after_its_cause() {
        let (client, hub, other) = (ClientId(0).into(), ProviderId(0).into(), ClientId(1).into());
        let step = |n: u64, node: NodeId, cause| Step {
            n,
            at_us: n,
            written_us: 0,
            node,
            event: Event::Start,
            cause,
            facts: Vec::new(),
            change: None,
            view: None,
        };
        let steps = [
            step(0, client, None),
            step(1, hub, None),
            step(2, other, None),
            step(3, hub, Some(0)),
            step(4, other, None),
            step(5, client, Some(3)),
        ];
        let graph = HappensBefore::of(&steps);
        assert_eq!(graph.past(5), BTreeMap::from([(5, 0), (3, 1), (0, 1), (1, 2)]));
        assert_eq!(
            graph.past(4),
            BTreeMap::from([(4, 0), (2, 1)]),
            "nothing orders it after the hub's steps"
        );
        assert_eq!((graph.chain(5), graph.chain(4)), (vec![3, 0], vec![]));
    }
}
