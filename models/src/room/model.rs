//! The room as the engines see it: what can happen in a state, what it leads to, and what must hold.

use super::kinds::KINDS;
use super::memory::{INVARIANTS, Memory};
use super::state::State;
use super::{Room, Turn};
use crate::graph::Explorable;
use stateright::{Model, Property};
use std::collections::BTreeSet;

impl Room {
    /// What the property with this index says.
    pub fn statement(property: usize) -> &'static str {
        said_of(property, false)
    }

    /// What it says in this scope.
    pub fn says(&self, property: usize) -> &'static str {
        said_of(property, self.is_byzantine())
    }
}

fn said_of(property: usize, is_byzantine: bool) -> &'static str {
    match property.checked_sub(INVARIANTS.len()) {
        None => {
            let mut memories = [is_byzantine, !is_byzantine].into_iter().map(Memory::new);
            memories.find_map(|mut memory| memory.statement(property)).unwrap_or_default()
        }
        Some(0) => AGREES,
        Some(_) => IS_REAL,
    }
}

impl Model for Room {
    type State = State;
    type Action = Turn;

    fn init_states(&self) -> Vec<State> {
        self.initial.into_iter().collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Turn>) {
        let budget = self.budget(*state);
        // What comes after a violation says nothing.
        if budget.violated != 0 {
            return;
        }
        let first = self.first(budget, self.parts.locals(*state), self.parts.items(*state));
        if first.is_empty() {
            self.turns(*state, budget, actions);
        }
        for item in first {
            actions.push(Turn::Step(item));
            if budget.faults > 0 {
                self.packet_faults(*state, item, actions);
            }
        }
        if budget.byzantine > 0 {
            self.deceits(*state, actions);
        }
    }

    /// Always a state: what cannot happen is not among the actions.
    fn next_state(&self, last: &State, turn: Turn) -> Option<State> {
        Some(self.successor(*last, turn))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let conditions: [fn(&Self, &State) -> bool; 7] = [
            |room, state| room.holds(0, state),
            |room, state| room.holds(1, state),
            |room, state| room.holds(2, state),
            |room, state| room.holds(3, state),
            |room, state| room.holds(4, state),
            |room, state| room.holds(5, state),
            |room, state| room.holds(6, state),
        ];
        let named = Self::PROPERTIES.iter().zip(conditions);
        named.map(|(name, condition)| Property::always(name, condition)).collect()
    }
}

/// Where nothing happens any more, all agree, and nothing is left to do.
pub(crate) const AGREEMENT: &str = "rest is agreement";
const AGREES: &str = "when nothing is under way any more, all agree and nothing is left to do";
/// Nodes over OpenMLS do what those over symbolic MLS do.
pub(crate) const REALITY: &str = "real MLS agrees";
const IS_REAL: &str = "over OpenMLS each node sends, observes and looks the same, and those in one epoch are those that have one epoch authenticator";

impl Explorable for Room {
    const PROPERTIES: &'static [&'static str] =
        &[INVARIANTS[0], INVARIANTS[1], INVARIANTS[2], INVARIANTS[3], INVARIANTS[4], AGREEMENT, REALITY];

    fn holds(&self, property: usize, state: &State) -> bool {
        if property < INVARIANTS.len() {
            return self.budget(*state).violated & 1 << property == 0;
        }
        if property > INVARIANTS.len() {
            return !self.has_twins() || self.twins_agree(*state);
        }
        self.is_byzantine()
            || !self.is_at_rest(*state)
            || self.budget(*state).violated != 0
            || self.has_converged(*state)
    }

    const KINDS: &'static [&'static str] = KINDS;

    fn kind(&self, turn: &Turn) -> usize {
        self.kind_of(*turn)
    }

    fn is_internal(&self, turn: &Turn) -> bool {
        matches!(turn, Turn::Step(item) if item.is_internal())
    }

    fn is_good(&self, state: &State) -> bool {
        self.is_at_rest(*state) && self.budget(*state).violated == 0 && self.has_converged(*state)
    }

    fn is_lost(&self, state: &State) -> bool {
        self.budget(*state).violated != 0
    }

    fn sights(&self) -> u128 {
        self.seen().bits()
    }

    fn waiting(&self, state: &State) -> BTreeSet<u32> {
        let items = self.parts.items(*state).iter();
        items.filter(|item| item.is_internal()).map(|item| item.word()).collect()
    }

    fn followed(&self, state: &State, turn: Turn) -> (State, Vec<u32>) {
        let steps = self.unfolded(*state, turn);
        let taken = steps.iter().filter_map(|(_, turn)| match turn {
            Turn::Step(item) => Some(item.word()),
            _ => None,
        });
        (self.successor(*state, turn), taken.collect())
    }
}
