//! The level-synchronous exploration of a model: exact states, shortest paths, and the edges for questions about the future.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;
use stateright::Model;
use std::hash::Hash;

/// What a model must tell beyond stateright's interface, whose properties are bare functions.
pub(crate) trait Explorable: Model {
    /// The names of what must hold in each state.
    const PROPERTIES: &'static [&'static str];
    /// Whether the property with this index holds in the state.
    fn holds(&self, property: usize, state: &Self::State) -> bool;
    /// Whether the action happens by itself, sooner or later.
    fn is_internal(&self, action: &Self::Action) -> bool;
    /// Whether the state is a good end.
    fn is_good(&self, state: &Self::State) -> bool;
    /// Whether nothing is asked of the state's future.
    fn is_lost(&self, state: &Self::State) -> bool;
}

/// All states of a model, and the steps between them.
#[derive(Debug)]
pub(crate) struct Graph<S> {
    /// The states, in the order in which they were found: by distance from the first ones.
    states: IndexSet<S, FxBuildHasher>,
    /// Where each state was first come from, and by which of the actions there; the first states have none.
    parents: Vec<(u32, u32)>,
    /// The steps that happen by themselves: where those of each state end in `targets`, and where they lead.
    ends: Vec<u32>,
    targets: Vec<u32>,
    /// The states that are a good end, and those whose future does not matter.
    good: Vec<u32>,
    lost: Vec<u32>,
    /// The first states that violate a property, by the property's index.
    violations: Vec<Option<u32>>,
    generated: u64,
    depth: u64,
}

/// There are more states than were allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct TooLarge;

const NO_PARENT: u32 = u32::MAX;
/// How many states are expanded between two reports.
const REPORT_EVERY: usize = 20_000;

impl<S: Clone + Eq + Hash> Graph<S> {
    /// Explores `model` completely. `report` is told now and then how many states there are.
    pub fn explore<M: Explorable<State = S>>(
        model: &M,
        max_states: usize,
        report: &mut dyn FnMut(usize),
    ) -> Result<Self, TooLarge> {
        let mut graph = Self {
            states: IndexSet::default(),
            parents: Vec::new(),
            ends: Vec::new(),
            targets: Vec::new(),
            good: Vec::new(),
            lost: Vec::new(),
            violations: vec![None; M::PROPERTIES.len()],
            generated: 0,
            depth: 0,
        };
        for state in model.init_states() {
            graph.add(state, (NO_PARENT, 0));
        }
        let (mut actions, mut level_end) = (Vec::new(), graph.states.len());
        let mut at = 0;
        while let Some(state) = graph.states.get_index(at).cloned() {
            if at == level_end {
                (level_end, graph.depth) = (graph.states.len(), graph.depth + 1);
            }
            if graph.states.len() > max_states {
                return Err(TooLarge);
            }
            if at % REPORT_EVERY == 0 {
                report(graph.states.len());
            }
            for (property, first) in graph.violations.iter_mut().enumerate() {
                if first.is_none() && !model.holds(property, &state) {
                    *first = Some(at as u32);
                }
            }
            graph.expand(model, at as u32, &state, &mut actions);
            at += 1;
        }
        Ok(graph)
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
            let internal = model.is_internal(&action);
            let Some(next) = model.next_state(state, action) else { continue };
            let next = self.add(next, (at, n as u32));
            if internal {
                self.targets.push(next);
            }
        }
        self.ends.push(self.targets.len() as u32);
    }

    fn add(&mut self, state: S, parent: (u32, u32)) -> u32 {
        self.generated += 1;
        let (index, new) = self.states.insert_full(state);
        if new {
            self.parents.push(parent);
        }
        index as u32
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// How many steps were taken, and first states begun with.
    pub fn generated(&self) -> u64 {
        self.generated
    }

    /// The greatest distance of a state from the first ones.
    pub fn depth(&self) -> u64 {
        self.depth
    }

    /// How many states are a good end.
    pub fn good(&self) -> usize {
        self.good.len()
    }

    /// The nearest state that violates the property with this index.
    pub fn violation(&self, property: usize) -> Option<u32> {
        self.violations[property]
    }

    /// The nearest state from which no good end is reached by itself, whatever happens by itself.
    pub fn hopeless(&self) -> Option<u32> {
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
    pub fn path(&self, to: u32) -> Vec<(&S, usize)> {
        let mut path = Vec::new();
        let mut at = to;
        while let Some((parent, action)) = self.parents.get(at as usize).filter(|(p, _)| *p != NO_PARENT) {
            path.extend(self.states.get_index(*parent as usize).map(|state| (state, *action as usize)));
            at = *parent;
        }
        path.reverse();
        path
    }
}
