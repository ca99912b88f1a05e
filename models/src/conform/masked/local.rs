//! A way in which a hidden client may be: the client, and what it can still do or be given.

use super::drawing::{Made, drawn, note};
use super::surroundings::{Act, Surroundings};
use crate::node::{Node, persist};
use mimic_protocol::node::{Call, Cells, Input, Output, Request, Response, Timer};
use mimic_protocol::{NodeId, RoomId};
use rustc_hash::FxHasher;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A request of a hidden client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Sent {
    pub call: Call,
    pub to: NodeId,
    pub request: Request,
}

/// An exchange that the client waits in.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Open {
    sent: Arc<Sent>,
    /// The lines that have handled this try at it: an answer must be to one of them.
    lines: BTreeSet<u64>,
}

/// A client as it may be. The same client with more that it can still do is at least as much: nothing must happen.
#[derive(Clone, Debug)]
pub(super) struct Local {
    /// None before it begins.
    node: Option<Arc<Node>>,
    disk: Arc<Cells>,
    /// How many of its user's wishes it has heard, in each room.
    heard: BTreeMap<RoomId, usize>,
    /// What it has made.
    made: Made,
    timers: BTreeSet<Timer>,
    open: BTreeMap<Call, Open>,
    /// What it has sent in exchanges that are over, and may still arrive.
    late: Vec<Arc<Sent>>,
    /// Its answers to what its provider delivers now.
    replies: Vec<Response>,
    /// How many steps it has taken unseen, at the least.
    pub steps: u64,
    /// How much has gone wrong on this way: exchanges without an answer, copies, crashes.
    pub mishaps: u64,
}

impl Local {
    /// A client that has never run.
    pub fn new() -> Self {
        Self {
            node: None,
            disk: Arc::default(),
            heard: BTreeMap::new(),
            made: Made::new(),
            timers: BTreeSet::new(),
            open: BTreeMap::new(),
            late: Vec::new(),
            replies: Vec::new(),
            steps: 0,
            mishaps: 0,
        }
    }

    /// A number that is the same for clients that are the same but for what they can still do.
    pub fn digest(&self) -> u64 {
        let mut hasher = FxHasher::default();
        (&self.node, &self.heard, &self.made).hash(&mut hasher);
        hasher.finish()
    }

    /// Whether the other is the same client, and can do no more.
    pub fn covers(&self, other: &Self) -> bool {
        let is_same = (&self.heard, &self.made) == (&other.heard, &other.made)
            && self.node == other.node
            && self.disk == other.disk;
        is_same && self.can_all_of(other)
    }

    fn can_all_of(&self, other: &Self) -> bool {
        let waits = |(call, theirs): (&Call, &Open)| {
            self.open
                .get(call)
                .is_some_and(|own| own.sent == theirs.sent && own.lines.is_superset(&theirs.lines))
        };
        other.timers.is_subset(&self.timers)
            && other.open.iter().all(waits)
            && other.late.iter().all(|sent| self.has_sent(sent))
            && other.replies.iter().all(|reply| self.replies.contains(reply))
    }

    fn has_sent(&self, sent: &Arc<Sent>) -> bool {
        self.asks(sent).is_some() || self.late.contains(sent)
    }

    /// The requests in this call that may arrive there now.
    pub fn requests(&self, call: Call, to: NodeId) -> Vec<Arc<Sent>> {
        let open = self.open.get(&call).map(|open| &open.sent);
        let all = open.into_iter().chain(&self.late);
        all.filter(|sent| sent.call == call && sent.to == to).cloned().collect()
    }

    /// If it waits for an answer to this: the lines that have handled this try.
    pub fn asks(&self, sent: &Arc<Sent>) -> Option<&BTreeSet<u64>> {
        self.open.get(&sent.call).filter(|open| open.sent == *sent).map(|open| &open.lines)
    }

    /// Its answers to what its provider delivers now.
    pub fn replies(&self) -> &[Response] {
        &self.replies
    }

    /// The same after the line has handled what it has sent.
    pub fn handled_by(&self, line: u64, sent: &Arc<Sent>) -> Self {
        let mut after = self.clone();
        match after.open.get_mut(&sent.call).filter(|open| open.sent == *sent) {
            Some(open) => {
                after.mishaps += u64::from(!open.lines.is_empty());
                open.lines.insert(line);
            }
            None => after.mishaps += 1,
        }
        after
    }

    /// The same after its provider has handed it something else: earlier answers are no answers to that.
    pub fn handed_another(&self) -> Self {
        Self { replies: Vec::new(), ..self.clone() }
    }

    /// Whether it waits for an answer to what this line has handled.
    pub fn awaits(&self, call: Call, line: u64) -> bool {
        self.open.get(&call).is_some_and(|open| open.lines.contains(&line))
    }

    /// What can happen to it unseen.
    pub fn acts(&self, around: &Surroundings<'_>) -> Vec<Act> {
        if self.node.is_none() {
            return vec![Act::Begin];
        }
        let wishes = around.next_wishes(&self.heard).map(Act::Hear);
        let delivery = around.mail.delivery.as_ref().filter(|it| around.is_near(it.room()));
        let delivery = delivery.filter(|it| around.has_heard(&self.heard, it.room(), it.sent_us));
        let calls = self.open.keys().filter(|call| around.is_near(call.room()));
        let answers = around.mail.answers.iter().enumerate().filter(|(_, answer)| {
            around.is_near(answer.call.room())
                && answer.tries.iter().any(|line| self.awaits(answer.call, *line))
                && around.has_heard(&self.heard, answer.call.room(), answer.sent_us)
        });
        let timers = self.timers.iter().filter(|timer| around.is_near(room_of(**timer)));
        let crash = around.likeliest.is_none().then_some(Act::Crash);
        wishes
            .chain(delivery.map(|_| Act::Receive))
            .chain(answers.map(|(n, _)| Act::Answer(n)))
            .chain(calls.map(|call| Act::Fail(*call)))
            .chain(timers.map(|timer| Act::Wake(*timer)))
            .chain(crash)
            .collect()
    }

    /// The same after it has happened; none where it cannot.
    pub fn after(&self, act: Act, around: &Surroundings<'_>) -> Option<Self> {
        let mishaps = self.mishaps + u64::from(matches!(act, Act::Fail(_) | Act::Crash));
        let mut after = Self { steps: self.steps + 1, mishaps, ..self.clone() };
        let input = match act {
            Act::Begin | Act::Crash => {
                after.begin(around)?;
                Input::Start
            }
            Act::Hear(wish) => {
                *after.heard.entry(around.family(wish.room)).or_default() += 1;
                Input::Command(wish)
            }
            Act::Receive => around.mail.delivery.as_ref()?.input(),
            Act::Answer(n) => {
                let answer = around.mail.answers.get(n)?;
                after.close(answer.call);
                answer.input(around.client)
            }
            Act::Fail(call) => {
                after.close(call);
                Input::Failed { call }
            }
            Act::Wake(timer) => {
                after.timers.remove(&timer);
                Input::Wake(timer)
            }
        };
        after.handle(around, input)?;
        Some(after)
    }

    /// It is rebuilt from its disk; all that was in memory is gone.
    fn begin(&mut self, around: &Surroundings<'_>) -> Option<()> {
        let calls: Vec<Call> = self.open.keys().copied().collect();
        calls.into_iter().for_each(|call| self.close(call));
        self.timers.clear();
        let id = NodeId::Client(around.client);
        let node = Node::recover(around.config, id, &self.disk, around.entropy(&"begin"));
        self.node = Some(Arc::new(node.ok()?));
        Some(())
    }

    /// It does not wait any more; what it has sent may still arrive.
    fn close(&mut self, call: Call) {
        if let Some(Open { sent, .. }) = self.open.remove(&call)
            && !self.late.contains(&sent)
        {
            self.late.push(sent);
        }
    }

    fn handle(&mut self, around: &Surroundings<'_>, input: Input) -> Option<()> {
        let before = self.node.clone()?;
        let node = Arc::make_mut(self.node.as_mut()?);
        let (entropy, place) = drawn(around, node, &self.made, &input);
        let outputs = node.handle(around.now_ms, entropy, input);
        note(&mut self.made, &before, node, place);
        for output in outputs {
            match output {
                Output::Persist(writes) => persist(Arc::make_mut(&mut self.disk), &writes),
                Output::Send { to, exchange, request } => {
                    self.ask(Sent { call: exchange.call, to, request });
                }
                Output::Reply { response, .. } if self.replies.contains(&response) => {}
                Output::Reply { response, .. } => self.replies.push(response),
                Output::Wake { timer, .. } => _ = self.timers.insert(timer),
                Output::Observe(_) => {}
            }
        }
        Some(())
    }

    /// A new question replaces the old one.
    fn ask(&mut self, sent: Sent) {
        self.close(sent.call);
        self.late.retain(|late| **late != sent);
        let (call, sent) = (sent.call, Arc::new(sent));
        self.open.insert(call, Open { sent, lines: BTreeSet::new() });
    }
}

/// The room that the timer is about, if it is about one.
pub(super) fn room_of(timer: Timer) -> Option<RoomId> {
    match timer {
        Timer::CommitPending(room) | Timer::Retry(room) | Timer::Notify(room, _) => Some(room),
        Timer::Publish | Timer::Deliver(_) => None,
    }
}
