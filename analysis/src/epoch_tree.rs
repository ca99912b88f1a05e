//! The epochs of a room's group as a tree: a line if all goes well, with a branch where an epoch came about twice.

use mimic_protocol::{NodeId, RoomId};
use mimic_record::{Event, Step};
use petgraph::Direction;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::BTreeMap;

/// One state of a group that somebody was in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EpochState {
    /// Its epoch.
    pub epoch: u64,
    /// The digest of its GroupContext.
    pub context: u64,
    /// Who came into it in which step, in order; a node that lost it in a crash may have come twice.
    pub entered: Vec<(u64, NodeId)>,
}

/// The states of one room's group; an edge leads from each to those that a node came to from it.
#[derive(Clone, Debug)]
pub struct EpochTree {
    graph: DiGraph<EpochState, ()>,
    places: BTreeMap<(u64, u64), NodeIndex>,
}

impl EpochTree {
    /// The tree of a room's group over the steps of a run.
    pub fn of(steps: &[Step], room: RoomId) -> Self {
        let mut tree = Self { graph: DiGraph::new(), places: BTreeMap::new() };
        let mut at = BTreeMap::<NodeId, (Option<u64>, Option<u64>)>::new();
        for step in steps {
            let Some(change) = step.change.as_deref() else { continue };
            let known = at.entry(step.node).or_default();
            let before = *known;
            if change.gone.contains(&room) {
                *known = (None, None);
            }
            if let Some(hub) = change.hub.get(&room) {
                *known = (hub.epoch.or(known.0), hub.context.or(known.1));
            }
            if let Some(seat) = change.seat.get(&room) {
                let new = |list: &Option<Vec<u64>>, old| list.as_ref().map_or(old, |l| l.first().copied());
                *known = (new(&seat.epoch, known.0), new(&seat.context, known.1));
            }
            if let (true, (Some(epoch), Some(context))) = (*known != before, *known) {
                let is_return = step.event == Event::Restart;
                tree.enter(step, (epoch, context), before.0.zip(before.1).filter(|_| !is_return));
            }
        }
        tree
    }

    /// All states, in the order in which they came about.
    pub fn states(&self) -> impl Iterator<Item = &EpochState> {
        self.graph.node_weights()
    }

    /// The states that this one led to.
    pub fn after<'t>(&'t self, state: &EpochState) -> impl Iterator<Item = &'t EpochState> {
        let place = self.places.get(&(state.epoch, state.context));
        let after = place.into_iter().flat_map(|at| self.graph.neighbors_directed(*at, Direction::Outgoing));
        after.map(|at| &self.graph[at])
    }

    /// The epochs of which there is more than one state: the group has split there.
    pub fn forks(&self) -> BTreeMap<u64, Vec<&EpochState>> {
        let mut epochs = BTreeMap::<u64, Vec<&EpochState>>::new();
        for ((epoch, _), at) in &self.places {
            epochs.entry(*epoch).or_default().push(&self.graph[*at]);
        }
        epochs.retain(|_, states| states.len() > 1);
        epochs
    }

    fn enter(&mut self, step: &Step, to: (u64, u64), from: Option<(u64, u64)>) {
        let here = self.place(to);
        self.graph[here].entered.push((step.n, step.node));
        // A client that returns by an external commit skips epochs: that is no edge of the tree.
        if let Some(from) = from.filter(|from| from.0 + 1 == to.0) {
            let before = self.place(from);
            self.graph.update_edge(before, here, ());
        }
    }

    fn place(&mut self, (epoch, context): (u64, u64)) -> NodeIndex {
        let Self { graph, places } = self;
        let new = EpochState { epoch, context, entered: Vec::new() };
        *places.entry((epoch, context)).or_insert_with(|| graph.add_node(new))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::{ClientId, ProviderId};
    use mimic_record::{HubChange, SeatChange, ViewChange};

    fn hub(n: u64, event: Event, epoch: u64, context: u64) -> Step {
        let change = HubChange { epoch: Some(epoch), context: Some(context), ..HubChange::default() };
        let change = ViewChange { hub: BTreeMap::from([(RoomId(0), change)]), ..ViewChange::default() };
        step(n, ProviderId(0).into(), event, change)
    }

    fn seat(n: u64, epoch: &[u64], context: &[u64]) -> Step {
        let change = SeatChange {
            epoch: Some(epoch.to_vec()),
            context: Some(context.to_vec()),
            ..SeatChange::default()
        };
        let change = ViewChange { seat: BTreeMap::from([(RoomId(0), change)]), ..ViewChange::default() };
        step(n, ClientId(0).into(), Event::Start, change)
    }

    fn step(n: u64, node: NodeId, event: Event, change: ViewChange) -> Step {
        Step {
            n,
            at_us: n,
            written_us: 0,
            node,
            event,
            cause: None,
            facts: Vec::new(),
            change: Some(change.into()),
            view: None,
        }
    }

    #[test]
    fn a_hub_that_forgets_a_commit_makes_a_fork() {
        let steps = [
            hub(0, Event::Start, 0, 70),
            hub(1, Event::Start, 1, 71),
            seat(2, &[1], &[71]),
            hub(3, Event::Restart, 0, 70),
            hub(4, Event::Start, 1, 99),
            seat(5, &[], &[]),
        ];
        let tree = EpochTree::of(&steps, RoomId(0));
        let forks = tree.forks();
        let contexts = forks[&1].iter().map(|state| state.context);
        assert_eq!((forks.len(), contexts.collect::<Vec<_>>()), (1, vec![71, 99]));
        let root = tree.states().next().unwrap();
        assert_eq!(root.entered, [(0, ProviderId(0).into()), (3, ProviderId(0).into())]);
        assert_eq!(tree.after(root).count(), 2, "both states of epoch 1 come from the one of epoch 0");
        assert_eq!(forks[&1][0].entered.len(), 2);
        assert!(EpochTree::of(&steps[..3], RoomId(0)).forks().is_empty());
    }
}
