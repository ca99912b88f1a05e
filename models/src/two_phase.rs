//! Two-phase commit, the model that every checker has (Gray and Lamport 2006), packed into one word: what engines are measured
//! with.

use crate::graph::Explorable;
use stateright::{Model, Property};

/// A transaction manager and so many resource managers, at most ten.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TwoPhaseCommit {
    pub managers: u32,
}

/// From the lowest bit: ten times what a resource manager is, two bits each; what the transaction manager is; from whom it has
/// a `Prepared`; who has sent one; and whether `Commit` and `Abort` were sent.
pub(crate) type Packed = u64;

/// What happens, and to which resource manager.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Move {
    /// The transaction manager commits.
    Commit,
    /// The transaction manager aborts.
    Abort,
    /// It learns that one is prepared.
    LearnPrepared(u32),
    /// One is prepared, and says so.
    Prepare(u32),
    /// One aborts by itself.
    ChooseAbort(u32),
    /// One learns of the commit.
    LearnCommit(u32),
    /// One learns that all is off.
    LearnAbort(u32),
}

const WORKING: u64 = 0;
const PREPARED: u64 = 1;
const COMMITTED: u64 = 2;
const ABORTED: u64 = 3;

const MANAGER: u32 = 20;
const LEARNT: u32 = 22;
const SENT: u32 = 32;
const COMMIT: u64 = 1 << 42;
const ABORT: u64 = 1 << 43;
/// What they hold, as names of what must hold.
const CONSISTENT: &str = "nobody commits where another aborts";

impl TwoPhaseCommit {
    fn all(self) -> u64 {
        (1 << self.managers) - 1
    }

    fn is_consistent(self, state: Packed) -> bool {
        let any = |what| (0..self.managers).any(|manager| of(state, manager) == what);
        !any(COMMITTED) || !any(ABORTED)
    }
}

fn of(state: Packed, manager: u32) -> u64 {
    state >> (2 * manager) & 3
}

fn set(state: Packed, manager: u32, what: u64) -> Packed {
    state & !(3 << (2 * manager)) | what << (2 * manager)
}

impl Model for TwoPhaseCommit {
    type State = Packed;
    type Action = Move;

    fn init_states(&self) -> Vec<Packed> {
        vec![0]
    }

    fn actions(&self, state: &Packed, actions: &mut Vec<Move>) {
        let undecided = state >> MANAGER & 3 == WORKING;
        if undecided && state >> LEARNT & self.all() == self.all() {
            actions.push(Move::Commit);
        }
        if undecided {
            actions.push(Move::Abort);
        }
        for manager in 0..self.managers {
            if undecided && state >> SENT & 1 << manager != 0 {
                actions.push(Move::LearnPrepared(manager));
            }
            if of(*state, manager) == WORKING {
                actions.extend([Move::Prepare(manager), Move::ChooseAbort(manager)]);
            }
            if state & COMMIT != 0 {
                actions.push(Move::LearnCommit(manager));
            }
            if state & ABORT != 0 {
                actions.push(Move::LearnAbort(manager));
            }
        }
    }

    fn next_state(&self, state: &Packed, action: Move) -> Option<Packed> {
        Some(match action {
            Move::Commit => state | COMMITTED << MANAGER | COMMIT,
            Move::Abort => state | ABORTED << MANAGER | ABORT,
            Move::LearnPrepared(manager) => state | 1 << (LEARNT + manager),
            Move::Prepare(manager) => set(*state, manager, PREPARED) | 1 << (SENT + manager),
            Move::ChooseAbort(manager) | Move::LearnAbort(manager) => set(*state, manager, ABORTED),
            Move::LearnCommit(manager) => set(*state, manager, COMMITTED),
        })
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always(CONSISTENT, |model, state| model.is_consistent(*state))]
    }
}

impl Explorable for TwoPhaseCommit {
    const PROPERTIES: &'static [&'static str] = &[CONSISTENT];

    fn holds(&self, _: usize, state: &Packed) -> bool {
        self.is_consistent(*state)
    }

    const KINDS: &'static [&'static str] = &["move"];

    fn kind(&self, _: &Move) -> usize {
        0
    }

    fn is_internal(&self, _: &Move) -> bool {
        true
    }

    fn is_good(&self, state: &Packed) -> bool {
        (0..self.managers).all(|manager| of(*state, manager) >= COMMITTED)
    }

    fn is_lost(&self, _: &Packed) -> bool {
        false
    }

    fn waiting(&self, _: &Self::State) -> std::collections::BTreeSet<u32> {
        Default::default()
    }

    fn followed(&self, state: &Self::State, action: Self::Action) -> (Self::State, Vec<u32>) {
        (self.next_state(state, action).unwrap_or(*state), Vec::new())
    }

    fn sights(&self) -> u128 {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    /// The numbers that TLC and stateright's own example have.
    #[test]
    fn it_has_the_states_that_everybody_finds() {
        for (managers, states) in [(3, 288), (5, 8_832), (7, 296_448)] {
            let graph = Graph::explore(&TwoPhaseCommit { managers }, &mut |_| None);
            assert_eq!((graph.len(), graph.violation(0), graph.hopeless()), (states, None, None));
        }
    }
}
