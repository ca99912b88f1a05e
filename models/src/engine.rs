//! stateright as the second engine, behind a wrapper that shuts off its traps.
//!
//! * The checker stops as soon as each property has been found to be violated (or to be witnessed): a property that always
//!   holds keeps it going to the end.
//! * A violated property is found again in each state that violates it, and each time its path is copied: a latch for each
//!   property lets it be found once. The path itself is not used, since the breadth-first one is not shortest with more than
//!   one property; the shortest comes from [`crate::graph`], which must agree with stateright on everything else.
//! * `symmetry` and `timeout` are without effect in some of its engines, and `eventually` is neither fair nor aware of cycles:
//!   none of them is used: a search that takes too long is offered no more actions. A step that "does not change the state" would shift the numbers of the actions after it, so that the
//!   wrapper takes none.

use crate::graph::Explorable;
use crate::limits::Limit;
use stateright::{Checker, Model, Property};
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the progress is reported.
const REPORT_EVERY: Duration = Duration::from_millis(20);
/// How many properties a model can have here.
const MAX_PROPERTIES: usize = 8;
/// The property that keeps the checker going.
const COMPLETE: &str = "explored completely";

/// What stateright found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Explored {
    /// How many states there are.
    pub unique: u64,
    /// How many steps were taken, and first states begun with.
    pub generated: u64,
    /// Which properties are violated, by index.
    pub violated: Vec<bool>,
    /// Why it does not know all states, if it does not.
    pub cut_off: Option<Limit>,
}

/// A model with a latch for each of its properties, or with one of them alone.
#[derive(Debug)]
struct Guarded<M> {
    model: Arc<M>,
    found: [AtomicBool; MAX_PROPERTIES],
    /// Whether nothing more is to be explored: `timeout` has no effect on a single thread.
    stopped: AtomicBool,
    /// The only property that is looked at, if not all are.
    lone: Option<usize>,
}

impl<M: Explorable> Guarded<M> {
    fn new(model: Arc<M>, stopped: bool, lone: Option<usize>) -> Self {
        Self { model, found: Default::default(), stopped: stopped.into(), lone }
    }

    fn holds<const INDEX: usize>(&self, state: &M::State) -> bool {
        self.model.holds(INDEX, state) || self.found[INDEX].swap(true, Ordering::Relaxed)
    }
}

impl<M: Explorable> Model for Guarded<M> {
    type State = M::State;
    type Action = M::Action;

    fn init_states(&self) -> Vec<M::State> {
        self.model.init_states()
    }

    fn actions(&self, state: &M::State, actions: &mut Vec<M::Action>) {
        if !self.stopped.load(Ordering::Relaxed) {
            self.model.actions(state, actions);
        }
    }

    fn next_state(&self, last: &M::State, action: M::Action) -> Option<M::State> {
        let next = self.model.next_state(last, action);
        assert!(next.is_some(), "the model offers an action that cannot be taken");
        next
    }

    fn properties(&self) -> Vec<Property<Self>> {
        if self.lone.is_some() {
            // It ends the search where it is violated first, and needs no latch.
            let holds = |guarded: &Self, state: &M::State| {
                guarded.lone.is_none_or(|property| guarded.model.holds(property, state))
            };
            return vec![Property::always(LONE, holds)];
        }
        let conditions: [fn(&Self, &M::State) -> bool; MAX_PROPERTIES] = [
            Self::holds::<0>,
            Self::holds::<1>,
            Self::holds::<2>,
            Self::holds::<3>,
            Self::holds::<4>,
            Self::holds::<5>,
            Self::holds::<6>,
            Self::holds::<7>,
        ];
        let named = M::PROPERTIES.iter().zip(conditions);
        let named = named.map(|(name, condition)| Property::always(name, condition));
        named.chain([Property::always(COMPLETE, |_, _| true)]).collect()
    }
}

/// Explores `model` depth first, with so many threads. `report` is told now and then how many states there are, and says whether
/// a limit is reached.
pub(crate) fn explore<M>(
    model: Arc<M>,
    threads: usize,
    report: &mut dyn FnMut(usize) -> Option<Limit>,
) -> Explored
where
    M: Explorable + Send + Sync + 'static,
    M::State: Clone + PartialEq + Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    assert!(M::PROPERTIES.len() <= MAX_PROPERTIES, "more properties than latches");
    let mut cut_off = report(0);
    let guarded = Guarded::new(model, cut_off.is_some(), None);
    let checker = guarded.checker().threads(threads).spawn_dfs();
    while !checker.is_done() {
        let limit = report(checker.unique_state_count());
        if cut_off.is_none() && limit.is_some() {
            cut_off = limit;
            checker.model().stopped.store(true, Ordering::Relaxed);
        }
        std::thread::sleep(REPORT_EVERY);
    }
    let checker = checker.join();
    let violated = &checker.model().found;
    Explored {
        unique: checker.unique_state_count() as u64,
        generated: checker.state_count() as u64,
        violated: violated[..M::PROPERTIES.len()].iter().map(|found| found.load(Ordering::Relaxed)).collect(),
        cut_off,
    }
}

const LONE: &str = "the property";

/// How many steps away from a first state the nearest violation of the property is, if there is one: breadth first, on one thread and
/// with this property alone, what is found first is as near as any. The limit, if one is reached before that.
pub(crate) fn nearest<M>(
    model: Arc<M>,
    property: usize,
    report: &mut dyn FnMut(usize) -> Option<Limit>,
) -> Result<Option<u64>, Limit>
where
    M: Explorable + Send + Sync + 'static,
    M::State: Clone + PartialEq + std::fmt::Debug + Hash + Send + Sync,
    M::Action: Clone + PartialEq + std::fmt::Debug,
{
    let mut cut_off = report(0);
    let guarded = Guarded::new(model, cut_off.is_some(), Some(property));
    let checker = guarded.checker().threads(1).spawn_bfs();
    while !checker.is_done() {
        cut_off = cut_off.or_else(|| report(checker.unique_state_count()));
        if cut_off.is_some() {
            checker.model().stopped.store(true, Ordering::Relaxed);
        }
        std::thread::sleep(REPORT_EVERY);
    }
    let checker = checker.join();
    // A model that was stopped offers nothing any more, and with it no path can be told.
    match cut_off {
        Some(limit) => Err(limit),
        None => Ok(checker.discovery(LONE).map(|path| path.into_actions().len() as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::two_phase::TwoPhaseCommit;

    /// A search that was stopped tells of no path, wherever it was stopped.
    #[test]
    fn a_search_for_the_nearest_violation_that_is_cut_off_says_so() {
        let nearest = |limit| nearest(Arc::new(TwoPhaseCommit { managers: 3 }), 0, &mut |_| limit);
        assert_eq!(nearest(Some(Limit::Time)), Err(Limit::Time));
        assert_eq!(nearest(None), Ok(None));
    }
}
