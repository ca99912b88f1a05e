//! The level-synchronous exploration of a model: exact states, shortest paths, and the edges for questions about the future.

use crate::components::components;
use crate::limits::Limit;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxBuildHasher;
use stateright::Model;
use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, Hash};

/// What a model must tell beyond stateright's interface, whose properties are bare functions.
pub(crate) trait Explorable: Model {
    /// The names of what must hold in each state.
    const PROPERTIES: &'static [&'static str];
    /// Whether the property with this index holds in the state.
    fn holds(&self, property: usize, state: &Self::State) -> bool;
    /// What kinds of actions there are.
    const KINDS: &'static [&'static str];
    /// The kind of the action, by its place among them.
    fn kind(&self, action: &Self::Action) -> usize;
    /// Whether the action happens by itself, sooner or later.
    fn is_internal(&self, action: &Self::Action) -> bool;
    /// Whether the state is a good end.
    fn is_good(&self, state: &Self::State) -> bool;
    /// Whether nothing is asked of the state's future.
    fn is_lost(&self, state: &Self::State) -> bool;
    /// What has been seen so far in any step that was computed, a bit for each thing.
    fn sights(&self) -> u128;
    /// What waits in the state to happen by itself.
    fn waiting(&self, state: &Self::State) -> BTreeSet<u32>;
    /// Where the action leads, and what has happened then of all that waited.
    fn followed(&self, state: &Self::State, action: Self::Action) -> (Self::State, Vec<u32>);
}

/// All states of a model, and the steps between them.
#[derive(Debug)]
pub(crate) struct Graph<S> {
    /// The states, in the order in which they were found: by distance from the first ones.
    states: Vec<S>,
    /// The numbers of the states, by what they are.
    known: HashTable<u32>,
    /// Where each state was first come from, and by which of the actions there; the first states have none.
    parents: Vec<u32>,
    by: Vec<u16>,
    /// The steps that happen by themselves: where those of each state end in `targets`, and where they lead.
    ends: Vec<u32>,
    targets: Vec<u32>,
    /// The states that are a good end, and those whose future does not matter.
    good: Vec<u32>,
    lost: Vec<u32>,
    /// The first states that violate a property, by the property's index.
    violations: Vec<Option<u32>>,
    /// Where each thing was first seen: its bit, the state, and which of the actions there.
    sightings: Vec<(u32, u32, u32)>,
    seen: u128,
    generated: u64,
    /// Of each kind of action, how often it was taken, and how often it led to a new state.
    taken: Vec<(u64, u64)>,
    depth: u64,
    cut_off: Option<Limit>,
}

/// How far an exploration has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Extent {
    /// How many different states it has found.
    pub unique: usize,
    /// How many of them it has not looked behind.
    pub queued: usize,
    /// How far from the first state it is.
    pub depth: u64,
}

const NO_PARENT: u32 = u32::MAX;
/// How many states are expanded between two reports.
const REPORT_EVERY: usize = 4_096;

impl<S: Copy + Eq + Hash> Graph<S> {
    /// Explores `model`. `report` is told now and then how far that is, and says whether a limit is reached.
    pub fn explore<M: Explorable<State = S>>(
        model: &M,
        report: &mut dyn FnMut(Extent) -> Option<Limit>,
    ) -> Self {
        Self::explore_until(model, &[], report)
    }

    /// The same until all of these properties are found to be violated, if there are any: then it does not know all states.
    pub fn explore_until<M: Explorable<State = S>>(
        model: &M,
        wanted: &[usize],
        report: &mut dyn FnMut(Extent) -> Option<Limit>,
    ) -> Self {
        let mut graph = Self {
            states: Vec::new(),
            known: HashTable::new(),
            parents: Vec::new(),
            by: Vec::new(),
            ends: Vec::new(),
            targets: Vec::new(),
            good: Vec::new(),
            lost: Vec::new(),
            violations: vec![None; M::PROPERTIES.len()],
            sightings: Vec::new(),
            seen: 0,
            generated: 0,
            taken: vec![(0, 0); M::KINDS.len()],
            depth: 0,
            cut_off: None,
        };
        for state in model.init_states() {
            graph.add(state, (NO_PARENT, 0));
        }
        let (mut actions, mut level_end) = (Vec::new(), graph.states.len());
        let mut at = 0;
        while let Some(state) = graph.states.get(at).copied() {
            if at == level_end {
                (level_end, graph.depth) = (graph.states.len(), graph.depth + 1);
            }
            if at % REPORT_EVERY == 0 {
                graph.cut_off = report(graph.extent());
                if graph.cut_off.is_some() {
                    break;
                }
            }
            for (property, first) in graph.violations.iter_mut().enumerate() {
                if first.is_none() && !model.holds(property, &state) {
                    *first = Some(at as u32);
                }
            }
            if !wanted.is_empty() && wanted.iter().all(|property| graph.violations[*property].is_some()) {
                break;
            }
            graph.expand(model, at as u32, &state, &mut actions);
            at += 1;
        }
        graph
    }

    /// How far the exploration has come.
    pub fn extent(&self) -> Extent {
        let unique = self.states.len();
        Extent { unique, queued: unique - self.ends.len(), depth: self.depth }
    }

    /// Why it does not know all states, if it does not.
    pub fn cut_off(&self) -> Option<Limit> {
        self.cut_off
    }

    fn expand<M: Explorable<State = S>>(
        &mut self,
        model: &M,
        at: u32,
        state: &S,
        actions: &mut Vec<M::Action>,
    ) {
        if model.is_good(state) {
            self.good.push(at);
        }
        if model.is_lost(state) {
            self.lost.push(at);
        }
        model.actions(state, actions);
        for (n, action) in actions.drain(..).enumerate() {
            let (internal, kind) = (model.is_internal(&action), model.kind(&action));
            let Some(next) = model.next_state(state, action) else { continue };
            let new = model.sights() & !self.seen;
            if new != 0 {
                self.seen |= new;
                let bits = (0..u128::BITS).filter(|bit| new & 1 << bit != 0);
                self.sightings.extend(bits.map(|bit| (bit, at, n as u32)));
            }
            let known = self.states.len();
            let next = self.add(next, (at, n as u32));
            let (taken, new) = &mut self.taken[kind];
            *taken += 1;
            *new += u64::from(self.states.len() > known);
            if internal {
                self.targets.push(next);
            }
        }
        self.ends.push(self.targets.len() as u32);
    }

    fn add(&mut self, state: S, parent: (u32, u32)) -> u32 {
        self.generated += 1;
        let (states, number) = (&self.states, self.states.len() as u32);
        let hash = FxBuildHasher.hash_one(state);
        let is_known = |known: &u32| states[*known as usize] == state;
        let hash_of = |known: &u32| FxBuildHasher.hash_one(states[*known as usize]);
        match self.known.entry(hash, is_known, hash_of) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(place) => {
                place.insert(number);
                self.states.push(state);
                self.parents.push(parent.0);
                // A state has far fewer actions than that.
                self.by.push(parent.1 as u16);
                number
            }
        }
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// How many steps were taken, and first states begun with.
    pub fn generated(&self) -> u64 {
        self.generated
    }

    /// Of each kind of action, in the model's order, how often it was taken, and how often it led to a new state.
    pub fn taken(&self) -> &[(u64, u64)] {
        &self.taken
    }

    /// The greatest distance of a state from the first ones.
    pub fn depth(&self) -> u64 {
        self.depth
    }

    /// How many states are a good end.
    pub fn good(&self) -> usize {
        self.good.len()
    }

    /// The good ends.
    #[cfg(test)]
    pub fn ends(&self) -> impl Iterator<Item = S> {
        self.good.iter().filter_map(|state| self.state(*state))
    }

    /// The state with this number.
    pub fn state(&self, number: u32) -> Option<S> {
        self.states.get(number as usize).copied()
    }

    /// The nearest state that violates the property with this index.
    pub fn violation(&self, property: usize) -> Option<u32> {
        self.violations[property]
    }

    /// The nearest step in which the thing of this bit was seen: its state, and which of the actions there.
    pub fn sighting(&self, bit: u32) -> Option<(u32, u32)> {
        self.sightings.iter().find(|(seen, ..)| *seen == bit).map(|(_, at, action)| (*at, *action))
    }

    /// The nearest state from which no good end is reached by itself, whatever happens by itself. Unknown, and so none, where
    /// not all states are known.
    pub fn hopeless(&self) -> Option<u32> {
        if self.cut_off.is_some() {
            return None;
        }
        let mut hopeful = vec![false; self.len()];
        let (starts, sources) = self.reversed();
        let mut queue: Vec<u32> = self.good.iter().chain(&self.lost).copied().collect();
        queue.iter().for_each(|state| hopeful[*state as usize] = true);
        while let Some(state) = queue.pop() {
            let range = starts[state as usize] as usize..starts[state as usize + 1] as usize;
            for source in &sources[range] {
                if !std::mem::replace(&mut hopeful[*source as usize], true) {
                    queue.push(*source);
                }
            }
        }
        hopeful.iter().position(|hopeful| !hopeful).map(|state| state as u32)
    }

    /// The number of a state that is known.
    pub fn number(&self, state: &S) -> Option<u32> {
        let hash = FxBuildHasher.hash_one(state);
        self.known.find(hash, |known| self.states[*known as usize] == *state).copied()
    }

    /// The strongly connected components of the steps that happen by themselves, as far as one can go round in them. None, where not all
    /// states are known.
    pub fn components(&self) -> Vec<Vec<u32>> {
        let knows_all = self.cut_off.is_none() && self.ends.len() == self.len();
        if knows_all { components(&self.ends, &self.targets) } else { Vec::new() }
    }

    /// The steps that happen by themselves, by where they lead: where those to each state begin, and where they come from.
    fn reversed(&self) -> (Vec<u32>, Vec<u32>) {
        let mut starts = vec![0u32; self.len() + 1];
        for target in &self.targets {
            starts[*target as usize + 1] += 1;
        }
        for state in 0..self.len() {
            starts[state + 1] += starts[state];
        }
        let (mut sources, mut free) = (vec![0; self.targets.len()], starts.clone());
        let mut begin = 0;
        for (source, end) in self.ends.iter().enumerate() {
            for target in &self.targets[begin as usize..*end as usize] {
                let place = &mut free[*target as usize];
                sources[*place as usize] = source as u32;
                *place += 1;
            }
            begin = *end;
        }
        (starts, sources)
    }

    /// A shortest path to the state: each step's state, and which of the actions there was taken.
    pub fn path(&self, to: u32) -> Vec<(S, usize)> {
        let mut path = Vec::new();
        let mut at = to as usize;
        while let Some(parent) = self.parents.get(at).filter(|parent| **parent != NO_PARENT) {
            path.push((self.states[*parent as usize], usize::from(self.by[at])));
            at = *parent as usize;
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine;
    use std::sync::Arc;

    /// A walker on a grid, which may step right or down by itself and back to the start by a push. Column 3 has no way out.
    #[derive(Debug)]
    struct Grid;

    const SIZE: u8 = 6;

    impl Model for Grid {
        type State = (u8, u8);
        type Action = &'static str;

        fn init_states(&self) -> Vec<(u8, u8)> {
            vec![(0, 0)]
        }

        fn actions(&self, (x, y): &(u8, u8), actions: &mut Vec<&'static str>) {
            if *x < SIZE && *x != 3 {
                actions.push("right");
            }
            if *y < SIZE {
                actions.push("down");
            }
            if *x + *y > 0 {
                actions.push("push");
            }
        }

        fn next_state(&self, (x, y): &(u8, u8), action: &'static str) -> Option<(u8, u8)> {
            Some(match action {
                "right" => (x + 1, *y),
                "down" => (*x, y + 1),
                _ => (0, 0),
            })
        }
    }

    impl Explorable for Grid {
        const KINDS: &'static [&'static str] = &["step", "push"];

        fn kind(&self, action: &&'static str) -> usize {
            usize::from(*action == "push")
        }

        const PROPERTIES: &'static [&'static str] = &["never at (1, 2)", "never deep", "never far"];

        fn holds(&self, property: usize, (x, y): &(u8, u8)) -> bool {
            match property {
                0 => (*x, *y) != (1, 2),
                1 => *y < 5,
                _ => *x < 4,
            }
        }

        fn is_internal(&self, action: &&'static str) -> bool {
            *action != "push"
        }

        fn is_good(&self, state: &(u8, u8)) -> bool {
            *state == (2, SIZE)
        }

        fn is_lost(&self, _: &(u8, u8)) -> bool {
            false
        }

        fn sights(&self) -> u128 {
            0
        }

        fn waiting(&self, _: &(u8, u8)) -> BTreeSet<u32> {
            BTreeSet::new()
        }

        fn followed(&self, state: &(u8, u8), action: &'static str) -> ((u8, u8), Vec<u32>) {
            (self.next_state(state, action).unwrap(), Vec::new())
        }
    }

    fn explored_completely() -> Graph<(u8, u8)> {
        Graph::explore(&Grid, &mut |_| None)
    }

    #[test]
    fn the_nearest_violations_come_with_shortest_paths() {
        let graph = explored_completely();
        assert_eq!((graph.len(), graph.depth()), (28, 9));
        let [(steps, new), (pushes, back)] = graph.taken() else { panic!("two kinds") };
        assert_eq!((1 + steps + pushes, 1 + new, *pushes, *back), (graph.generated(), 28, 27, 0));
        let lengths = |property| graph.violation(property).map(|state| graph.path(state).len());
        assert_eq!([lengths(0), lengths(1), lengths(2)], [Some(3), Some(5), None]);
        let steps: Vec<_> = graph.path(graph.violation(0).unwrap());
        assert_eq!(steps, [((0, 0), 0), ((1, 0), 1), ((1, 1), 1)]);
    }

    #[test]
    fn a_state_without_a_way_to_a_good_end_is_found_and_a_push_is_no_way() {
        let graph = explored_completely();
        let hopeless = graph.hopeless().unwrap();
        let path = graph.path(hopeless);
        assert_eq!((path.len(), path[2]), (3, ((2, 0), 0)));
    }

    #[test]
    fn stateright_agrees() {
        let graph = explored_completely();
        for threads in [1, 2] {
            let explored = engine::explore(Arc::new(Grid), threads, &mut |_| None);
            assert_eq!(explored.unique, graph.len() as u64);
            assert_eq!(explored.generated, graph.generated());
            assert_eq!(explored.violated, [true, true, false]);
            assert_eq!(explored.cut_off, None);
        }
    }

    #[test]
    fn a_search_that_is_cut_off_knows_what_it_has_not_looked_behind() {
        let mut asked = 0;
        let graph = Graph::explore(&Grid, &mut |extent| {
            asked += 1;
            assert_eq!(extent, Extent { unique: 1, queued: 1, depth: 0 });
            Some(Limit::Time)
        });
        assert_eq!((asked, graph.cut_off()), (1, Some(Limit::Time)));
        assert_eq!((graph.extent().queued, graph.hopeless()), (1, None));
        let explored = engine::explore(Arc::new(Grid), 1, &mut |_| Some(Limit::Memory));
        assert_eq!(explored.cut_off, Some(Limit::Memory));
        assert!(explored.unique < explored_completely().len() as u64);
    }
}
