//! What is kept of a run while it goes on. The world sees the views at once; trace and invariants are a fold over the steps,
//! which goes on beside the world, on a thread of its own.

use mimic_protocol::{Directory, Readings};
use mimic_record::{
    Header, Invariant, Judgement, Step, Tally, Trace, Transition, ViewChange, Views, invariants,
};
use std::collections::BTreeMap;
use std::io;
use std::mem;
use std::panic;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

/// The name under which a run reports whether everything that was pending was settled in the liveness phase.
pub const LIVENESS: &str = "LIVENESS";
/// How many steps are handed over at once: waking a thread costs as much as some steps.
const BATCH: usize = 256;

/// Takes the steps in their order.
#[derive(Debug)]
pub(crate) struct Recorder {
    directory: Arc<Directory>,
    views: Views,
    batch: Vec<Step>,
    to: Sender<Vec<Step>>,
    scribe: JoinHandle<Scribe>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub judgement: Judgement,
    pub trace: Trace,
    pub steps: Vec<Step>,
    pub views: Views,
}

impl Recorder {
    /// Begins a record. A simulated world starts no threads, so this comes before it.
    pub fn start(directory: Arc<Directory>, readings: &Readings, header: &Header) -> io::Result<Self> {
        let (to, from) = channel();
        let mut scribe = Scribe::new(directory.clone(), readings, header);
        let work = move || {
            scribe.work(&from);
            scribe
        };
        let scribe = Builder::new().name(format!("seed {}, record", header.seed)).spawn(work)?;
        Ok(Self { directory, views: Views::new(), batch: Vec::with_capacity(BATCH), to, scribe })
    }

    /// Takes one step.
    pub fn take(&mut self, step: Step) {
        if let Some(view) = &step.view {
            self.views.insert(step.node, view.clone());
        }
        self.batch.push(step);
        if self.batch.len() == BATCH {
            self.hand_over();
        }
    }

    /// The world's names.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// The last view of every node.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// The run is over. What is owed for ever can be told only if it has come to rest.
    pub fn finish(mut self, at_rest: bool, liveness: Tally) -> Recorded {
        self.hand_over();
        let Self { to, scribe, .. } = self;
        drop(to);
        match scribe.join() {
            Ok(scribe) => scribe.finish(at_rest, liveness),
            Err(panic) => panic::resume_unwind(panic),
        }
    }

    fn hand_over(&mut self) {
        let batch = mem::replace(&mut self.batch, Vec::with_capacity(BATCH));
        // The other end is gone only after a panic, which comes to light in `finish`.
        let _ = self.to.send(batch);
    }
}

/// Writes the trace and asks the invariants.
#[derive(Debug)]
struct Scribe {
    directory: Arc<Directory>,
    trace: Trace,
    steps: Vec<Step>,
    views: Views,
    invariants: Vec<(Box<dyn Invariant>, Tally)>,
}

impl Scribe {
    fn new(directory: Arc<Directory>, readings: &Readings, header: &Header) -> Self {
        let invariants = invariants::all(readings).into_iter().map(|invariant| (invariant, Tally::default()));
        Self {
            directory,
            trace: Trace::new(header),
            steps: Vec::new(),
            views: Views::new(),
            invariants: invariants.collect(),
        }
    }

    fn work(&mut self, from: &Receiver<Vec<Step>>) {
        from.iter().flatten().for_each(|step| self.take(step));
    }

    /// Takes one step: into the trace, which shows only what changed in a view, and before the invariants.
    fn take(&mut self, mut step: Step) {
        let Self { directory, trace, views, invariants, .. } = self;
        let known = views.get(&step.node).map(|view| &**view);
        step.change = step.view.as_deref().and_then(|view| ViewChange::between(known, view)).map(Box::new);
        step.view = step.view.take().filter(|_| step.change.is_some());
        let replaced = step.view.clone().map(|view| views.insert(step.node, view));
        trace.push(&step);
        let before = match &replaced {
            Some(before) => before.as_deref(),
            None => views.get(&step.node).map(|view| &**view),
        };
        let transition = Transition { directory, step: &step, before, views };
        for (invariant, tally) in invariants {
            invariant.step(&transition, tally);
        }
        step.view = None;
        self.steps.push(step);
    }

    fn finish(self, at_rest: bool, liveness: Tally) -> Recorded {
        let Self { directory, trace, steps, views, invariants } = self;
        let mut tallies = BTreeMap::from([(LIVENESS, liveness)]);
        for (mut invariant, mut tally) in invariants {
            if at_rest {
                invariant.end(&directory, &views, &mut tally);
            }
            tallies.insert(invariant.id(), tally);
        }
        Recorded { judgement: Judgement::of(tallies), trace, steps, views }
    }
}
