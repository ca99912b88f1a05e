//! Livelocks: whether what happens by itself can go on for ever, though nothing is put off for ever (weak fairness).
//!
//! A run that goes on for ever is fair if each thing that waits in all of its states from some time on happens in it again and
//! again. Those states lie in one strongly connected component of the steps that happen by themselves; and a component has such a
//! run if and only if each thing that waits in all of its states happens within it. (What waits can also go without having happened: an
//! answer that nobody wants any more is dropped, a packet whose exchange has ended becomes another thing.)

use crate::graph::{Explorable, Graph};
use std::collections::BTreeSet;
use std::hash::Hash;

/// The number of the nearest state in which a run can be again and again. Unknown, and so none, where not all states are known.
pub(crate) fn nearest<M: Explorable>(model: &M, graph: &Graph<M::State>) -> Option<u32>
where
    M::State: Copy + Eq + Hash,
{
    let mut components = graph.components();
    components.iter_mut().for_each(|states| states.sort_unstable());
    components.sort_unstable();
    components.into_iter().find(|states| is_fair(model, graph, states)).map(|states| states[0])
}

/// Whether each thing that is there in all of the states happens among them.
fn is_fair<M: Explorable>(model: &M, graph: &Graph<M::State>, states: &[u32]) -> bool
where
    M::State: Copy + Eq + Hash,
{
    let (mut always, mut happens): (Option<BTreeSet<u32>>, BTreeSet<u32>) = (None, BTreeSet::new());
    for state in states.iter().filter_map(|number| graph.state(*number)) {
        let there = model.waiting(&state);
        always = Some(always.map_or_else(|| there.clone(), |always| &always & &there));
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        for action in actions.into_iter().filter(|action| model.is_internal(action)) {
            let (next, done) = model.followed(&state, action);
            let stays = graph.number(&next).is_some_and(|next| states.binary_search(&next).is_ok());
            happens.extend(done.into_iter().filter(|_| stays));
        }
    }
    always.is_some_and(|always| always.is_subset(&happens))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stateright::{Model, Property};

    /// A walk through 0, 1, 2 and back to 1, by itself; from 2 a push leads to 3. A letter waits from 1 on, and is read by a step of
    /// its own: at 1, which leads to the end, or in passing, where it is written anew.
    #[derive(Debug)]
    struct Walk {
        reads_in_passing: bool,
        is_written_anew: bool,
    }

    const LETTER: u32 = 7;
    const LEGS: u32 = 8;

    impl Model for Walk {
        type State = u8;
        type Action = &'static str;

        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, state: &u8, actions: &mut Vec<&'static str>) {
            match state {
                0 => actions.push("walk"),
                1 => actions.extend(["walk", "read"]),
                2 => actions.extend(["walk", "push"]),
                _ => {}
            }
        }

        fn next_state(&self, state: &u8, action: &'static str) -> Option<u8> {
            Some(match (state, action) {
                (0, _) | (2, "walk") => 1,
                (1, "walk") => 2,
                (1, _) if self.reads_in_passing => 2,
                _ => 3,
            })
        }

        fn properties(&self) -> Vec<Property<Self>> {
            Vec::new()
        }
    }

    impl Explorable for Walk {
        const KINDS: &'static [&'static str] = &["step"];

        fn kind(&self, _: &Self::Action) -> usize {
            0
        }

        const PROPERTIES: &'static [&'static str] = &[];

        fn holds(&self, _: usize, _: &u8) -> bool {
            true
        }

        fn is_internal(&self, action: &&'static str) -> bool {
            *action != "push"
        }

        fn is_good(&self, state: &u8) -> bool {
            *state == 3
        }

        fn is_lost(&self, _: &u8) -> bool {
            false
        }

        fn sights(&self) -> u128 {
            0
        }

        fn waiting(&self, state: &u8) -> BTreeSet<u32> {
            match state {
                0 => [LEGS].into(),
                1 => [LETTER, LEGS].into(),
                2 if self.is_written_anew => [LETTER, LEGS].into(),
                2 => [LEGS].into(),
                _ => BTreeSet::new(),
            }
        }

        fn followed(&self, state: &u8, action: &'static str) -> (u8, Vec<u32>) {
            let done = if action == "read" { LETTER } else { LEGS };
            (self.next_state(state, action).unwrap(), vec![done])
        }
    }

    fn livelock(reads_in_passing: bool, is_written_anew: bool) -> Option<u32> {
        let walk = Walk { reads_in_passing, is_written_anew };
        let graph = Graph::explore(&walk, &mut |_| None);
        assert_eq!(graph.components(), [vec![1, 2]]);
        nearest(&walk, &graph)
    }

    #[test]
    fn going_round_is_a_livelock_if_nothing_waits_for_ever() {
        assert_eq!(livelock(true, true), Some(1), "the letter is read again and again");
        assert_eq!(livelock(false, true), None, "reading it would end the walk, and it waits all the time");
        assert_eq!(livelock(false, false), Some(1), "it is not there all the time");
    }

    #[test]
    fn a_search_that_was_cut_off_knows_of_none() {
        let walk = Walk { reads_in_passing: true, is_written_anew: true };
        let graph = Graph::explore(&walk, &mut |_| Some(crate::Limit::Time));
        assert_eq!((graph.components(), nearest(&walk, &graph)), (Vec::new(), None));
    }
}
