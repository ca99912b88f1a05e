//! A world while it runs: one node of the runtime for each node of the protocol, and the loop that lets one thing happen
//! after the other.

use crate::agenda::Due;
use crate::clock;
use crate::director::{Director, Move};
use crate::kernel::{Delivery, Kernel, Turn};
use crate::mailbox::Mailbox;
use crate::recorder::Recorder;
use crate::run::Watch;
use crate::seat::{Seat, Shared};
use crate::workload::{Wish, Workload};
use madsim::runtime::{Handle, NodeHandle};
use mimic_protocol::mls::Mls;
use mimic_protocol::{NodeConfig, NodeId};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

/// A run that takes more events than this is taken not to end at all.
const EVENTS_MAX: u64 = 5_000_000;

/// Who watches a run is told after each so many events.
const EVENTS_WATCHED: u64 = 256;

/// How a run came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// Nothing was left to happen.
    AtRest,
    /// The liveness phase was over.
    AtDeadline,
    /// It took too many events: something repeats itself.
    OutOfEvents,
}

/// The nodes of a world, and their driver.
pub(crate) struct World<M: Mls> {
    config: Arc<NodeConfig>,
    shared: Shared,
    nodes: BTreeMap<NodeId, (NodeHandle, Mailbox<Delivery>)>,
    workload: Workload,
    recorder: Recorder,
    events: u64,
    engine: PhantomData<fn() -> M>,
}

impl<M: Mls> World<M> {
    /// A world in which each node begins at its time.
    pub fn new(config: Arc<NodeConfig>, mut kernel: Kernel, workload: Workload, recorder: Recorder) -> Self {
        for provider in config.directory().providers() {
            kernel.agenda.put(0, Due::Start(provider.into()));
        }
        for (client, at_us) in workload.starts() {
            kernel.agenda.put(at_us, Due::Start(client.into()));
        }
        if let Some(at_us) = workload.first_us() {
            kernel.agenda.put(at_us, Due::Slot(0));
        }
        let (shared, nodes) = (Shared::new(kernel), BTreeMap::new());
        Self { config, shared, nodes, workload, recorder, events: 0, engine: PhantomData }
    }

    /// Runs until nothing is left to happen, or until `deadline_us`.
    pub async fn run(&mut self, deadline_us: u64, watch: Watch<'_>) -> Ended {
        loop {
            let Some(at_us) = self.shared.kernel().next_due() else { return Ended::AtRest };
            if at_us > deadline_us {
                return Ended::AtDeadline;
            }
            if self.events == EVENTS_MAX {
                return Ended::OutOfEvents;
            }
            if self.events.is_multiple_of(EVENTS_WATCHED) {
                watch(at_us / 1_000);
            }
            self.events += 1;
            clock::reach(at_us).await;
            let turn = self.shared.kernel().turn();
            let turn = if let Turn::Ask(slot) = turn { self.ask(slot) } else { turn };
            self.take(turn).await;
            let recorded = self.shared.kernel().take_recorded();
            recorded.into_iter().for_each(|step| self.recorder.take(step));
        }
    }

    /// Lets happen what a director says, until its story is over.
    pub async fn direct(&mut self, director: &mut Director) -> Ended {
        self.shared.kernel().begin_direction();
        loop {
            let next = director.next(&mut self.shared.kernel(), self.recorder.views());
            let turn = match next {
                Move::Now(turn) => turn,
                Move::Over(ended) => return ended,
            };
            self.events += 1;
            self.take(turn).await;
            for step in self.shared.kernel().take_recorded() {
                director.saw(&step);
                self.recorder.take(step);
            }
        }
    }

    /// How many intents were stated so far.
    pub fn stated(&self) -> usize {
        self.workload.stated().len()
    }

    /// Ends the run: the parts that its result is made of. A task that waits in its mailbox is held by that, and holds it, so that it
    /// would outlive the runtime with all that its node has.
    pub async fn end(self) -> (Shared, Workload, Recorder, u64) {
        for (handle, mailbox) in self.nodes.values() {
            Handle::current().kill(handle.id());
            mailbox.clear();
        }
        // What is killed is dropped when it would run next.
        madsim::task::yield_now().await;
        (self.shared, self.workload, self.recorder, self.events)
    }

    /// Users want something, as long as the safety phase lasts. The next slot is not due before this one is settled.
    fn ask(&mut self, slot: usize) -> Turn {
        let mut kernel = self.shared.kernel();
        let (now_us, ends_us) = (kernel.now_us(), kernel.post.faults.heal_at_us());
        if now_us >= ends_us {
            return Turn::Rest;
        }
        let wish = self.workload.wish(slot, now_us, self.recorder.views(), &kernel.unresolved);
        let next = self.workload.next(slot, now_us, wish, (&kernel.intent_counts, &kernel.unresolved));
        if let Some((at_us, slot)) = next {
            kernel.agenda.put(at_us, Due::Slot(slot));
        }
        if let Wish::State(stated) = wish { kernel.state(stated.node, stated.intent) } else { Turn::Rest }
    }

    async fn take(&mut self, turn: Turn) {
        match turn {
            // What users want has been asked already.
            Turn::Rest | Turn::Ask(_) => {}
            Turn::Hand(node, delivery) => {
                // Whoever is handed something is up, and whoever is up has been booted.
                if let Some((_, mailbox)) = self.nodes.get(&node) {
                    mailbox.hand(delivery).await;
                }
            }
            Turn::Boot(node) => self.boot(node).await,
            Turn::Kill(node) => {
                if let Some((handle, mailbox)) = self.nodes.get(&node) {
                    Handle::current().kill(handle.id());
                    mailbox.clear();
                }
            }
        }
    }

    async fn boot(&mut self, node: NodeId) {
        let mailbox = match self.nodes.get(&node) {
            Some((handle, mailbox)) => {
                Handle::current().restart(handle.id());
                mailbox.clone()
            }
            None => self.build(node),
        };
        mailbox.settled().await;
        let unheard = self.shared.kernel().unheard(node);
        for delivery in unheard {
            mailbox.hand(delivery).await;
        }
    }

    fn build(&mut self, node: NodeId) -> Mailbox<Delivery> {
        let mailbox = Mailbox::default();
        let seat = Seat::<M> {
            node,
            config: self.config.clone(),
            shared: self.shared.clone(),
            mailbox: mailbox.clone(),
            engine: PhantomData,
        };
        let init = move || seat.clone().occupy();
        let handle = Handle::current().create_node().name(node.to_string()).init(init).build();
        self.nodes.insert(node, (handle, mailbox.clone()));
        mailbox
    }
}
