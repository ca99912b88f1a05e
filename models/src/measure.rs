//! What engines do with a scope of the room, and with a model that every checker has: for the benchmarks alone.

use crate::check::{self, Bounds};
use crate::engine;
use crate::graph::{Explorable, Graph};
use crate::report::CheckError;
use crate::room::{Reductions, Room};
use crate::two_phase::TwoPhaseCommit;
use mimic_protocol::Planted;
use stateright::Checker as _;
use std::hash::Hash;
use std::sync::Arc;

/// What explores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// The own engine, level by level, with all that it keeps.
    Own,
    /// stateright, depth first and on one thread, behind the wrapper that shuts off its traps.
    Wrapped,
    /// stateright, depth first and on one thread, with the model as it is.
    Bare,
}

/// What an engine has found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Measured {
    /// How many different states there are.
    pub unique_states: u64,
    /// How many steps were taken, and first states begun with.
    pub states: u64,
}

/// Explores a scope of the room.
pub fn room(bounds: &Bounds, by: By) -> Result<Measured, CheckError> {
    let scope = check::find(check::ROOM, bounds)?;
    let readings = scope.preset.readings();
    let reductions = Reductions::of(&scope);
    Ok(explored(Room::new(scope, readings, reductions, Planted::NONE)?, by))
}

/// Explores two-phase commit with so many resource managers, at most ten.
pub fn two_phase_commit(managers: u32, by: By) -> Measured {
    explored(TwoPhaseCommit { managers }, by)
}

fn explored<M>(model: M, by: By) -> Measured
where
    M: Explorable + Send + Sync + 'static,
    M::State: Copy + Eq + Hash + Send + Sync,
    M::Action: Clone + PartialEq,
{
    match by {
        By::Own => {
            let graph = Graph::explore(&model, &mut |_| None);
            Measured { unique_states: graph.len() as u64, states: graph.generated() }
        }
        By::Wrapped => {
            let explored = engine::explore(Arc::new(model), 1, &mut |_| None);
            Measured { unique_states: explored.unique, states: explored.generated }
        }
        By::Bare => {
            let checker = model.checker().spawn_dfs().join();
            let (unique, generated) = (checker.unique_state_count(), checker.state_count());
            Measured { unique_states: unique as u64, states: generated as u64 }
        }
    }
}
