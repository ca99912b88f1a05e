//! What is kept of a run while it goes on: the trace, the views, and what the invariants say.

use mimic_protocol::Directory;
use mimic_record::{
    Header, Invariant, Judgement, Step, Tally, Trace, Transition, ViewChange, Views, invariants,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Takes the steps in their order.
#[derive(Debug)]
pub(crate) struct Recorder {
    directory: Arc<Directory>,
    trace: Trace,
    steps: Vec<Step>,
    views: Views,
    invariants: Vec<(Box<dyn Invariant>, Tally)>,
}

impl Recorder {
    pub fn new(directory: Arc<Directory>, header: &Header) -> Self {
        let invariants = invariants::all().into_iter().map(|invariant| (invariant, Tally::default()));
        Self {
            directory,
            trace: Trace::new(header),
            steps: Vec::new(),
            views: Views::new(),
            invariants: invariants.collect(),
        }
    }

    /// Takes one step: into the trace, which shows only what changed in a view, and before the invariants.
    pub fn take(&mut self, mut step: Step) {
        let Self { directory, trace, views, invariants, .. } = self;
        let known = views.get(&step.node);
        step.change = step.view.as_deref().and_then(|view| ViewChange::between(known, view)).map(Box::new);
        step.view = step.view.take().filter(|_| step.change.is_some());
        let replaced = step.view.as_deref().map(|view| views.insert(step.node, view.clone()));
        trace.push(&step);
        let before = match &replaced {
            Some(before) => before.as_ref(),
            None => views.get(&step.node),
        };
        let transition = Transition { directory, step: &step, before, views };
        for (invariant, tally) in invariants {
            invariant.step(&transition, tally);
        }
        self.steps.push(step);
    }

    /// The last view of every node.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// The run is over. What is owed for ever can be told only if it has come to rest.
    pub fn finish(self, at_rest: bool, liveness: Tally) -> (Judgement, Trace, Vec<Step>, Views) {
        let Self { directory, trace, steps, views, invariants } = self;
        let mut tallies = BTreeMap::from([(LIVENESS, liveness)]);
        for (mut invariant, mut tally) in invariants {
            if at_rest {
                invariant.end(&directory, &views, &mut tally);
            }
            tallies.insert(invariant.id(), tally);
        }
        (Judgement::of(tallies), trace, steps, views)
    }
}

/// The name under which a run reports whether everything that was pending was settled in the liveness phase.
pub const LIVENESS: &str = "LIVENESS";
