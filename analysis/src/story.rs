//! A violation with its causal past: the few steps that led to it, in order, with actors.
//!
//! Which steps these are, at most [`STEPS_MAX`]. Of all that happened before the violating step (or, for what is owed for
//! ever and shows only at the end, of the whole run), in this order of preference, nearer ones in the graph first:
//!
//! 1. the violating step;
//! 2. decisions on what the check's words are about: the hub's acceptance or rejection of the messages that it names; where
//!    it names none, of the commits that lead to the epochs that it names; where it names none either, of those that take
//!    the users that it names in or out; and the intents that it names;
//! 3. crashes and returns of the nodes that it names, after the first of these decisions;
//! 4. other steps in which these nodes handled the messages of these decisions;
//! 5. how the violating step came about: the chain of messages back to a user or a timer, without those who only pass them
//!    on; then the same for the decisions.

use crate::causal::HappensBefore;
use crate::names::{self, Mention};
use crate::telling::Telling;
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact, IntentId, MessageId};
use mimic_protocol::{Directory, NodeId, UserId};
use mimic_record::{Event, Finding, Step};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The most steps that a past has.
pub const STEPS_MAX: usize = 12;
/// The most of each kind but the last, so that there is room for how they came about.
const OF_A_KIND_MAX: usize = 4;
/// What is owed for ever: the violation is not at the step that the check names, where the debt began.
const OWED_FOR_EVER: [&str; 3] = ["INV-11", "INV-12", "LIVENESS"];

/// A violation, told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Story {
    /// Which invariant.
    pub invariant: String,
    /// The step that made it visible, or none where the end of the run did.
    pub step: Option<u64>,
    /// What is wrong, with names; messages are called A, B, C as in `past`.
    pub what: String,
    /// The steps that led to it, in their order; none where an earlier story of the same invariant has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub past: Vec<PastStep>,
}

/// One step of a past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastStep {
    /// Its number in the trace.
    pub step: u64,
    /// When, in virtual time.
    pub at_ms: u64,
    /// Who took it.
    pub node: String,
    /// What came to it, and what it made of it.
    pub what: String,
}

/// A step by itself, and what is said of it, with names.
pub fn told(directory: &Directory, steps: &[Step], step: &Step, text: &str) -> (PastStep, String) {
    let mut telling = Telling::new(directory, steps);
    (past_step(&mut telling, step), telling.named(text))
}

fn past_step(telling: &mut Telling<'_>, step: &Step) -> PastStep {
    PastStep {
        step: step.n,
        at_ms: step.at_us / 1_000,
        node: telling.actor(step.node),
        what: telling.tell(step),
    }
}

/// The stories of a run's violations, in the order of the findings. A past is told for the first violation of each
/// invariant: later ones are mostly what follows from it.
pub fn stories(directory: &Directory, steps: &[Step], findings: &[Finding]) -> Vec<Story> {
    if findings.is_empty() {
        return Vec::new();
    }
    let past = Past { directory, steps, graph: HappensBefore::of(steps) };
    let mut told = BTreeSet::new();
    let story = |finding: &Finding| {
        let mut telling = Telling::new(directory, steps);
        let is_first = told.insert(finding.invariant.clone());
        let chosen = if is_first { past.of(finding) } else { Vec::new() };
        let past = chosen.into_iter().filter_map(|n| step_at(steps, n));
        let past = past.map(|step| past_step(&mut telling, step)).collect();
        let (invariant, step) = (finding.invariant.clone(), finding.step);
        Story { invariant, step, what: telling.named(&finding.what), past }
    };
    findings.iter().map(story).collect()
}

fn step_at(steps: &[Step], n: u64) -> Option<&Step> {
    steps.get(usize::try_from(n).ok()?)
}

/// What there is to choose from.
struct Past<'a> {
    directory: &'a Directory,
    steps: &'a [Step],
    graph: HappensBefore,
}

impl Past<'_> {
    /// The numbers of the chosen steps, in order.
    fn of(&self, finding: &Finding) -> Vec<u64> {
        let mut topics =
            Topics::of(self.directory, finding, finding.step.and_then(|n| step_at(self.steps, n)));
        let near = self.candidates(finding);
        let decisions = self.nearest(&near, |step| topics.decides(self.directory, step));
        topics.messages.extend(decisions.iter().filter_map(|n| step_at(self.steps, *n)).flat_map(messages));
        let earlier = decisions.iter().copied().filter(|n| Some(*n) != finding.step).min();
        let outages = self.nearest(&near, |step| step.n >= earlier.unwrap_or(0) && topics.is_outage(step));
        let handled = self.nearest(&near, |step| topics.handles(step));
        let origins = finding.step.iter().chain(&decisions).flat_map(|n| self.graph.chain(*n));
        let origins = origins.filter(|n| step_at(self.steps, *n).is_some_and(|step| !is_relay(step)));
        let all = finding.step.into_iter().chain(decisions.iter().copied()).chain(outages).chain(handled);
        let mut chosen = BTreeSet::new();
        for n in all.chain(origins) {
            if chosen.len() == STEPS_MAX {
                break;
            }
            chosen.insert(n);
        }
        chosen.into_iter().collect()
    }

    /// All steps that may have led to it, the nearest first.
    fn candidates(&self, finding: &Finding) -> Vec<u64> {
        let mut near: Vec<(u64, u64)> = match finding.step {
            Some(step) if !is_owed(finding) => {
                let past = self.graph.past(step).into_iter();
                past.map(|(n, distance)| (u64::from(distance), n)).collect()
            }
            // What was owed from a step on is told from there; else from the end.
            from => {
                let from = from.unwrap_or(self.steps.len() as u64);
                self.steps.iter().map(|step| (step.n.abs_diff(from), step.n)).collect()
            }
        };
        near.sort_unstable();
        near.into_iter().map(|(_, n)| n).collect()
    }

    fn nearest(&self, near: &[u64], is_one: impl Fn(&Step) -> bool) -> Vec<u64> {
        let found = near.iter().copied().filter(|n| step_at(self.steps, *n).is_some_and(&is_one));
        found.take(OF_A_KIND_MAX).collect()
    }
}

/// Whether the step only passes on what belongs to others: the next hop's step says by way of whom it came.
fn is_relay(step: &Step) -> bool {
    let (Event::Request(cause) | Event::Response(cause)) = step.event else { return false };
    let learns = |fact: &Fact| matches!(fact, Fact::Learnt(_));
    step.facts.iter().all(learns) && cause.exchange.origin != step.node
}

fn is_owed(finding: &Finding) -> bool {
    OWED_FOR_EVER.contains(&finding.invariant.as_str())
}

/// What a violation is about: all that the check's words name.
#[derive(Default, Debug)]
struct Topics {
    nodes: BTreeSet<NodeId>,
    users: BTreeSet<UserId>,
    messages: BTreeSet<MessageId>,
    intents: BTreeSet<IntentId>,
    epochs: BTreeSet<u64>,
}

impl Topics {
    fn of(directory: &Directory, finding: &Finding, step: Option<&Step>) -> Self {
        let mut topics = Self::default();
        let mut before = "";
        for word in names::words(&finding.what) {
            match names::mention(directory, word) {
                Some(Mention::Node(node)) => topics.node(directory, node, is_owed(finding)),
                Some(Mention::User(user)) => drop(topics.users.insert(user)),
                Some(Mention::Message(message)) => drop(topics.messages.insert(message)),
                Some(Mention::Room(_)) => {}
                None => topics.number(before, word),
            }
            before = word;
        }
        topics.nodes.extend(step.map(|step| step.node));
        if topics.messages.is_empty() && topics.epochs.is_empty() && topics.users.is_empty() {
            topics.messages.extend(step.into_iter().flat_map(messages));
        }
        topics
    }

    /// What a client is owed comes by way of its provider.
    fn node(&mut self, directory: &Directory, node: NodeId, is_owed: bool) {
        self.nodes.insert(node);
        if let NodeId::Client(client) = node {
            self.users.insert(directory.user_of(client));
            self.nodes.extend(is_owed.then(|| NodeId::from(directory.provider_of_client(client))));
        }
    }

    /// `epoch 7`, `intent 12`
    fn number(&mut self, before: &str, word: &str) {
        match (before, word.parse::<u64>()) {
            ("epoch", Ok(epoch)) => drop(self.epochs.insert(epoch)),
            ("intent", Ok(id)) => self.intents.extend(u32::try_from(id).map(IntentId)),
            _ => {}
        }
    }

    fn decides(&self, directory: &Directory, step: &Step) -> bool {
        let stated = matches!(step.event, Event::Intent(intent) if self.intents.contains(&intent.id));
        stated || step.facts.iter().any(|fact| self.is_decision(directory, fact))
    }

    fn is_decision(&self, directory: &Directory, fact: &Fact) -> bool {
        match fact {
            Fact::Accepted { message, .. } if !self.messages.is_empty() => self.messages.contains(message),
            Fact::Accepted { event, .. } if !self.epochs.is_empty() => self.begins_epoch(event),
            Fact::Accepted { event, .. } => proposals(event).iter().any(|p| self.is_about(directory, p)),
            Fact::Rejected { message, .. } => self.messages.contains(message),
            Fact::Refused { intent, .. } | Fact::Done { intent } => self.intents.contains(intent),
            _ => false,
        }
    }

    /// Where the words name an epoch, the commit that leads to it.
    fn begins_epoch(&self, event: &Accepted) -> bool {
        matches!(event, Accepted::Commit { epoch, .. } if self.epochs.contains(&(epoch + 1)))
    }

    /// Whether the proposal takes a user in or out that the words name.
    fn is_about(&self, directory: &Directory, proposal: &ProposalInfo) -> bool {
        let client = match (&proposal.body, proposal.sender) {
            (Proposed::Add(client, _) | Proposed::Remove(client), _) => *client,
            (Proposed::SelfRemove, Sender::Member(client)) => client,
            _ => return false,
        };
        self.users.contains(&directory.user_of(client))
    }

    fn is_outage(&self, step: &Step) -> bool {
        matches!(step.event, Event::Crash | Event::Restart) && self.nodes.contains(&step.node)
    }

    fn handles(&self, step: &Step) -> bool {
        self.nodes.contains(&step.node) && messages(step).any(|message| self.messages.contains(&message))
    }
}

fn proposals(event: &Accepted) -> &[ProposalInfo] {
    match event {
        Accepted::Commit { proposals, .. }
        | Accepted::Proposals { proposals, .. }
        | Accepted::State { proposals, .. } => proposals,
        Accepted::Message { .. } => &[],
    }
}

fn messages(step: &Step) -> impl Iterator<Item = MessageId> + '_ {
    step.facts.iter().filter_map(message)
}

/// The message that a fact is about.
fn message(fact: &Fact) -> Option<MessageId> {
    match fact {
        Fact::Accepted { message, .. }
        | Fact::Rejected { message, .. }
        | Fact::Queued { message, .. }
        | Fact::FannedOut { message, .. }
        | Fact::Notified { message, .. }
        | Fact::Applied { message, .. }
        | Fact::Discarded { message, .. }
        | Fact::PutAside { message, .. }
        | Fact::Changed { message, .. }
        | Fact::Reported { message, .. }
        | Fact::Said { message, .. }
        | Fact::Objected { message, .. }
        | Fact::Vouched { message, .. }
        | Fact::CameFrom { message, .. }
        | Fact::Unprocessable { message, .. } => Some(*message),
        _ => None,
    }
}
