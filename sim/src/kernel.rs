//! What the tasks of a world share: time, what is due, the machines, the post, and the steps that were made.

use crate::agenda::{Agenda, Due};
use crate::calls::Try;
use crate::faults::{Crash, Family, Faults};
use crate::host::{Draft, Host, HostState};
use crate::keyed::Randomness;
use crate::latency::{Latencies, LatencyRanges};
use crate::packet::Packet;
use crate::post::{Arrival, Post, Sender};
use mimic_protocol::NodeId;
use mimic_protocol::codec::CodecError;
use mimic_protocol::mls::{Entropy, Writes};
use mimic_protocol::node::{Action, Cells, Fact, Input, Intent, IntentId, Output, Timer};
use mimic_record::{Event, Step};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something for a node's task.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// An input.
    Input(Box<Arrival>),
    /// The record that it waits for is durable; if a step waited with it, that is its number.
    Synced(Option<u64>),
}

/// What the driver of the tasks has to do after something was due.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Nothing.
    Rest,
    /// Hand something to a node.
    Hand(NodeId, Delivery),
    /// Start a node.
    Boot(NodeId),
    /// End a node.
    Kill(NodeId),
    /// Ask the users what they want in this slot of the workload.
    Ask(usize),
}

/// Intents that are neither done nor refused, each with the device that it was stated to.
pub(crate) type Unresolved = BTreeMap<IntentId, (NodeId, Intent)>;

/// How intents fared so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IntentCounts {
    /// Stated by users.
    pub stated: u64,
    /// Done.
    pub done: u64,
    /// Messages among those that are done; the others are operations on the room.
    pub messages_done: u64,
    /// Refused for good.
    pub refused: u64,
}

impl IntentCounts {
    fn resolved(&mut self, intent: &Intent, is_done: bool) {
        self.done += u64::from(is_done);
        self.refused += u64::from(!is_done);
        self.messages_done += u64::from(is_done && is_message(intent.action));
    }
}

/// Whether it is done by a message, and changes nothing of the room.
pub(crate) fn is_message(action: Action) -> bool {
    matches!(action, Action::Send(_) | Action::Use(..) | Action::Report(_) | Action::ReportAbuse(_))
}

/// A world without its nodes.
#[derive(Debug)]
pub(crate) struct Kernel {
    pub randomness: Randomness,
    pub post: Post,
    pub agenda: Agenda,
    /// What users have stated and nobody has done or refused so far.
    pub unresolved: Unresolved,
    pub intent_counts: IntentCounts,
    now_us: u64,
    planned_crashes: Vec<Crash>,
    clocks_ahead_ms: BTreeMap<NodeId, i64>,
    hosts: BTreeMap<NodeId, Host>,
    steps: u64,
    recorded: Vec<Step>,
}

impl Kernel {
    pub fn new(randomness: Randomness, post: Post) -> Self {
        let planned_crashes = post.faults.crashes();
        let mut agenda = Agenda::default();
        agenda.put(post.faults.heal_at_us(), Due::Heal);
        for (i, crash) in planned_crashes.iter().enumerate() {
            agenda.put(1_000 * crash.at_ms, Due::PlannedCrash(i));
        }
        Self {
            randomness,
            post,
            agenda,
            unresolved: BTreeMap::new(),
            intent_counts: IntentCounts::default(),
            now_us: 0,
            planned_crashes,
            clocks_ahead_ms: BTreeMap::new(),
            hosts: BTreeMap::new(),
            steps: 0,
            recorded: Vec::new(),
        }
    }

    /// The same world, in which these nodes' clocks differ from its own.
    pub fn with_clocks(self, ahead_ms: BTreeMap<NodeId, i64>) -> Self {
        Self { clocks_ahead_ms: ahead_ms, ..self }
    }

    /// When the next thing is due, if anything is.
    pub fn next_due(&self) -> Option<u64> {
        [self.agenda.next_due(), self.post.fabric.next_due()].into_iter().flatten().min()
    }

    pub fn now_us(&self) -> u64 {
        self.now_us
    }

    /// Lets the next thing happen. What is due by the agenda comes before a message that arrives at the same time.
    pub fn turn(&mut self) -> Turn {
        let Some(at_us) = self.next_due() else { return Turn::Rest };
        self.now_us = at_us;
        if self.agenda.next_due() == Some(at_us) {
            return self.agenda.pop().map_or(Turn::Rest, |due| self.due(due));
        }
        let Post { fabric, faults, .. } = &mut self.post;
        fabric.pop_due(at_us, faults).map_or(Turn::Rest, |packet| self.arrive(packet))
    }

    /// A message is where it was sent to.
    pub fn arrive(&mut self, packet: Packet) -> Turn {
        // Nobody is there to receive it, or to refuse it.
        if !self.is_up(packet.key.link.to) {
            return Turn::Rest;
        }
        let (key, to) = (packet.key, packet.key.link.to);
        match self.post.receive(self.now_us, packet) {
            Ok(None) => Turn::Rest,
            Ok(Some((arrival, ended))) => {
                if let Some(open) = ended {
                    self.agenda.cancel(open.until_us, Due::Timeout(open.asked.exchange));
                }
                hand(to, arrival)
            }
            Err(error) => panic!("{key:?} cannot be decoded: {error}"),
        }
    }

    fn due(&mut self, due: Due) -> Turn {
        match due {
            Due::Heal => self.heal(),
            Due::PlannedCrash(i) => return self.planned_crash(i),
            Due::Crash(node) => {
                let crash = self.host(node).striking.take();
                return crash.map_or(Turn::Rest, |crash| self.crash(&crash));
            }
            Due::Start(node) => return Turn::Boot(node),
            Due::Synced(node) => return self.synced(node),
            Due::Timeout(exchange) => {
                if let Some(open) = self.post.calls.time_out(exchange) {
                    let input = Input::Failed { call: exchange.call };
                    return hand(exchange.origin, plain(input, Event::Failed(exchange), Some(open.step)));
                }
            }
            Due::Wake(node, timer) => {
                if let Some((_, step)) = self.host(node).timers.remove(&timer) {
                    return hand(node, plain(Input::Wake(timer), Event::Wake(timer), Some(step)));
                }
            }
            Due::Slot(i) => return Turn::Ask(i),
        }
        Turn::Rest
    }

    /// A user states an intent, or an operator one for a server. To a node that is down it is stated when that is back; a device
    /// that does not exist yet begins.
    pub fn state(&mut self, node: NodeId, intent: Intent) -> Turn {
        self.intent_counts.stated += 1;
        self.unresolved.insert(intent.id, (node, intent));
        self.host(node).unheard.insert(intent.id, intent);
        match self.host(node).state {
            HostState::New => Turn::Boot(node),
            HostState::Up => hand(node, stated(intent)),
            HostState::Down => Turn::Rest,
        }
    }

    /// No fault strikes from here on, and who is down comes back.
    fn heal(&mut self) {
        self.agenda.cancel_where(|due| matches!(due, Due::PlannedCrash(_) | Due::Crash(_)));
        for (node, host) in &mut self.hosts {
            (host.armed, host.striking) = (None, None);
            if host.state == HostState::Down {
                self.agenda.cancel_where(|due| *due == Due::Start(*node));
                self.agenda.put(self.now_us, Due::Start(*node));
            }
        }
    }

    fn planned_crash(&mut self, i: usize) -> Turn {
        let crash = self.planned_crashes[i];
        if !self.is_up(crash.node) {
            return Turn::Rest;
        }
        if crash.while_writing {
            self.host(crash.node).armed = Some(crash);
            return Turn::Rest;
        }
        self.crash(&crash)
    }

    fn crash(&mut self, crash: &Crash) -> Turn {
        let Crash { node, family, down_ms, .. } = *crash;
        let turn = self.fall(node, family, |faults, randomness, n| faults.loses_write(randomness, node, n));
        let until_us = (self.now_us + 1_000 * down_ms).min(self.post.faults.heal_at_us());
        self.agenda.put(until_us, Due::Start(node));
        turn
    }

    /// A node loses its memory, and of what it was writing what `loses` says.
    fn fall(
        &mut self,
        node: NodeId,
        family: Family,
        mut loses: impl FnMut(&mut Faults, &Randomness, u64) -> bool,
    ) -> Turn {
        let Self { post, randomness, hosts, .. } = self;
        let Some(host) = hosts.get_mut(&node) else { return Turn::Rest };
        host.state = HostState::Down;
        host.timers.clear();
        (host.armed, host.striking) = (None, None);
        let kept = host.disk.crash(|record| loses(&mut post.faults, randomness, record));
        // A record that reaches the disk after all makes its step one, though nothing of it has left the node.
        let survived = host.draft.take().filter(|_| kept > 0);
        let closed = self.post.calls.forget(node);
        self.post.faults.crashed(family);
        if let Some(draft) = survived {
            self.record(node, draft);
        }
        let step = self.note(node, Event::Crash, None);
        self.host(node).crashed_in = Some(step);
        for open in closed {
            self.agenda.cancel(open.until_us, Due::Timeout(open.asked.exchange));
        }
        let gone = |due: &Due| match due {
            Due::Synced(other) | Due::Wake(other, _) | Due::Crash(other) => *other == node,
            _ => false,
        };
        self.agenda.cancel_where(gone);
        Turn::Kill(node)
    }

    fn synced(&mut self, node: NodeId) -> Turn {
        let host = self.host(node);
        host.disk.sync();
        let draft = host.draft.take();
        let step = draft.map(|draft| self.record(node, draft));
        Turn::Hand(node, Delivery::Synced(step))
    }

    /// The node begins: what its disk holds, the step in which it crashed, if it did, and what its user has to state again.
    pub fn boot(&mut self, node: NodeId) -> (Cells, Option<u64>, Entropy) {
        let (_, entropy) = self.begin_step(node);
        let host = self.host(node);
        host.state = HostState::Up;
        (host.disk.contents().clone(), host.crashed_in, entropy)
    }

    /// What the user states again after the node has begun, in the order in which it was first stated.
    pub fn unheard(&mut self, node: NodeId) -> Vec<Delivery> {
        let unheard = self.host(node).unheard.values();
        unheard.map(|intent| Delivery::Input(Box::new(stated(*intent)))).collect()
    }

    /// The time, by the node's own clock, and the entropy of its next step.
    pub fn begin_step(&mut self, node: NodeId) -> (u64, Entropy) {
        let host = self.host(node);
        host.steps += 1;
        let n = host.steps - 1;
        let ahead_ms = self.clocks_ahead_ms.get(&node).copied().unwrap_or_default();
        let by_its_clock_ms = (self.now_us / 1_000).saturating_add_signed(ahead_ms);
        (by_its_clock_ms, Entropy(self.randomness.entropy(node, n)))
    }

    /// Hands a record to the node's disk. The step that wrote it, if it is given, becomes one when the record is durable.
    pub fn write(&mut self, node: NodeId, record: Writes, draft: Option<Draft>) {
        let Self { post, randomness, hosts, now_us, agenda, .. } = self;
        let host = hosts.entry(node).or_default();
        let n = host.disk.write(record);
        host.draft = draft;
        let takes_us = post.latencies.disk_us(node) + post.faults.slow_write_us(*now_us, randomness, node, n);
        agenda.put(*now_us + takes_us, Due::Synced(node));
        if let Some(crash) = host.armed.take() {
            host.striking = Some(crash);
            agenda.put(*now_us + takes_us / 2, Due::Crash(node));
        }
    }

    /// Gives a step its place in the run.
    pub fn record(&mut self, node: NodeId, draft: Draft) -> u64 {
        let Draft { given_us, event, cause, facts, view } = draft;
        if let Event::Intent(intent) = event {
            self.host(node).unheard.remove(&intent.id);
        }
        for fact in &facts {
            let (intent, is_done) = match fact {
                Fact::Done { intent } => (intent, true),
                Fact::Refused { intent, .. } => (intent, false),
                _ => continue,
            };
            if let Some((_, intent)) = self.unresolved.remove(intent) {
                self.intent_counts.resolved(&intent, is_done);
            }
        }
        self.push(Step {
            n: 0,
            at_us: 0,
            written_us: self.now_us - given_us,
            node,
            event,
            cause,
            facts,
            change: None,
            view: Some(Arc::new(view)),
        })
    }

    /// Lets an output of the node leave, as part of this step. `asked` is the try at an exchange that the step's input was in.
    pub fn emit(&mut self, node: NodeId, step: u64, asked: Option<Try>, output: Output) {
        if let Err(error) = self.try_emit(node, step, asked, output) {
            panic!("a message of {node} cannot be encoded: {error}");
        }
    }

    fn try_emit(
        &mut self,
        node: NodeId,
        step: u64,
        asked: Option<Try>,
        output: Output,
    ) -> Result<(), CodecError> {
        let sender = Sender { now_us: self.now_us, node, step };
        match output {
            Output::Send { to, exchange, request } => {
                if let Some((open, before)) = self.post.ask(sender, to, &request, (exchange, asked))? {
                    if let Some(before) = before {
                        self.agenda.cancel(before.until_us, Due::Timeout(exchange));
                    }
                    self.agenda.put(open.until_us, Due::Timeout(exchange));
                }
            }
            Output::Reply { to, exchange, response } => {
                self.post.answer(sender, to, &response, (exchange, asked))?;
            }
            Output::Wake { timer, delay_ms } => self.wake(node, step, timer, delay_ms),
            Output::Persist(_) | Output::Observe(_) => {}
        }
        Ok(())
    }

    /// Asking again for a timer moves it.
    fn wake(&mut self, node: NodeId, step: u64, timer: Timer, delay_ms: u64) {
        let at_us = self.now_us + 1_000 * delay_ms;
        if let Some((before_us, _)) = self.host(node).timers.insert(timer, (at_us, step)) {
            self.agenda.cancel(before_us, Due::Wake(node, timer));
        }
        self.agenda.put(at_us, Due::Wake(node, timer));
    }

    /// Something that happened to the node, without anything that it did.
    fn note(&mut self, node: NodeId, event: Event, cause: Option<u64>) -> u64 {
        self.push(Step {
            n: 0,
            at_us: 0,
            written_us: 0,
            node,
            event,
            cause,
            facts: Vec::new(),
            change: None,
            view: None,
        })
    }

    fn push(&mut self, step: Step) -> u64 {
        let n = self.steps;
        self.steps += 1;
        self.recorded.push(Step { n, at_us: self.now_us, ..step });
        n
    }

    /// The steps since the last time.
    pub fn take_recorded(&mut self) -> Vec<Step> {
        std::mem::take(&mut self.recorded)
    }

    /// From now on a director says what happens: no fault is planned, and every message takes the same time.
    pub fn begin_direction(&mut self) {
        let planned =
            |due: &Due| matches!(due, Due::Heal | Due::PlannedCrash(_) | Due::Crash(_) | Due::Slot(_));
        self.agenda.cancel_where(planned);
        self.post.latencies = Latencies::new(self.randomness.clone(), LatencyRanges::EQUAL);
    }

    /// Time passes.
    pub fn pass(&mut self, by_us: u64) {
        self.now_us += by_us;
    }

    /// Something that is on the agenda happens so much later than now, whenever it was due.
    pub fn happen(&mut self, after_us: u64, due: Due) -> Turn {
        self.now_us += after_us;
        self.agenda.cancel_where(|other| *other == due);
        self.due(due)
    }

    /// The node loses its memory, and what it was writing too, or not. It stays down until it is booted.
    pub fn strike(&mut self, node: NodeId, family: Family, loses: bool) -> Turn {
        self.fall(node, family, |_, _, _| loses)
    }

    /// The step in which the node's timer was set, if it is set.
    pub fn set_in(&self, node: NodeId, timer: Timer) -> Option<u64> {
        self.hosts.get(&node)?.timers.get(&timer).map(|(_, step)| *step)
    }

    /// Whether a node was there, and has crashed.
    pub fn is_down(&self, node: NodeId) -> bool {
        self.hosts.get(&node).is_some_and(|host| host.state == HostState::Down)
    }

    /// Whether a node has never been there.
    pub fn is_new(&self, node: NodeId) -> bool {
        self.hosts.get(&node).is_none_or(|host| host.state == HostState::New)
    }

    /// The nodes that have crashed and are not back.
    pub fn down(&self) -> Vec<NodeId> {
        self.hosts.keys().copied().filter(|node| self.is_down(*node)).collect()
    }

    /// Whether there is a node on the machine.
    pub fn is_up(&self, node: NodeId) -> bool {
        self.hosts.get(&node).is_some_and(|host| host.state == HostState::Up)
    }

    fn host(&mut self, node: NodeId) -> &mut Host {
        self.hosts.entry(node).or_default()
    }
}

/// What a user says to its client.
fn stated(intent: Intent) -> Arrival {
    plain(Input::Command(intent), Event::Intent(intent), None)
}

fn plain(input: Input, event: Event, cause: Option<u64>) -> Arrival {
    Arrival { input, event, cause, asked: None }
}

fn hand(node: NodeId, arrival: Arrival) -> Turn {
    Turn::Hand(node, Delivery::Input(Box::new(arrival)))
}
