//! The nodes over symbolic MLS, each with its disk, and all that they have ever sent.

use crate::node::{Node, persist};
use mimic_protocol::mls::Entropy;
use mimic_protocol::node::{Cells, Exchange, Fact, Input, Output, Request, Response, Timer};
use mimic_protocol::{NodeConfig, NodeId};
use mimic_record::{Cause, Event, NodeView, Step, ViewChange};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What was sent, by the step that sent it, the exchange that it belongs to, and whom it goes to.
type Sent<T> = BTreeMap<(u64, Exchange, NodeId), (NodeId, T)>;

/// A world that does what a trace says.
#[derive(Debug)]
pub(super) struct World {
    config: Arc<NodeConfig>,
    ahead_ms: BTreeMap<NodeId, i64>,
    /// Those that are up.
    residents: BTreeMap<NodeId, Node>,
    disks: BTreeMap<NodeId, Cells>,
    views: BTreeMap<NodeId, NodeView>,
    requests: Sent<Request>,
    responses: Sent<Response>,
    /// The exchanges whose origin waits for an answer.
    open: BTreeSet<Exchange>,
    timers: BTreeSet<(NodeId, Timer)>,
}

impl World {
    /// A world in which nothing has happened.
    pub fn new(config: Arc<NodeConfig>, ahead_ms: BTreeMap<NodeId, i64>) -> Self {
        Self {
            config,
            ahead_ms,
            residents: BTreeMap::new(),
            disks: BTreeMap::new(),
            views: BTreeMap::new(),
            requests: BTreeMap::new(),
            responses: BTreeMap::new(),
            open: BTreeSet::new(),
            timers: BTreeSet::new(),
        }
    }

    /// Takes a step that a trace has: what the node observes in it, and what it changes in how the node looks. An error says why it
    /// cannot happen.
    pub fn take(&mut self, step: &Step) -> Result<(Vec<Fact>, Option<ViewChange>), String> {
        match step.event {
            Event::Crash => {
                self.crash(step.node)?;
                return Ok((Vec::new(), None));
            }
            Event::Restart => {
                self.rebuild(step.node, step.n)?;
                return Ok((Vec::new(), self.change(step.node)?));
            }
            // A node that has never been there begins.
            Event::Start if !self.residents.contains_key(&step.node) => self.rebuild(step.node, step.n)?,
            _ => {}
        }
        let input = self.input(step)?;
        let facts = self.handle(step, input)?;
        Ok((facts, self.change(step.node)?))
    }

    fn crash(&mut self, node: NodeId) -> Result<(), String> {
        self.residents.remove(&node).ok_or_else(|| format!("{node} crashes, and is not up"))?;
        self.open.retain(|exchange| exchange.origin != node);
        self.timers.retain(|(owner, _)| *owner != node);
        Ok(())
    }

    fn rebuild(&mut self, node: NodeId, n: u64) -> Result<(), String> {
        if self.residents.contains_key(&node) {
            return Err(format!("{node} comes back, and is up"));
        }
        let cells = self.disks.entry(node).or_default();
        let resident = Node::recover(&self.config, node, cells, entropy(node, n, "recover"));
        let resident = resident.map_err(|error| format!("{node} cannot come back: {error}"))?;
        self.residents.insert(node, resident);
        Ok(())
    }

    /// What the node is given in the step.
    fn input(&mut self, step: &Step) -> Result<Input, String> {
        let node = step.node;
        Ok(match step.event {
            Event::Start => Input::Start,
            Event::Intent(intent) => Input::Command(intent),
            Event::Request(cause) => {
                let request = sent(&self.requests, step, &cause)?.clone();
                Input::Request { exchange: cause.exchange, from: cause.from, request }
            }
            Event::Response(cause) => {
                let response = sent(&self.responses, step, &cause)?.clone();
                if cause.exchange.origin == node {
                    self.close(cause.exchange)?;
                }
                Input::Response { exchange: cause.exchange, from: cause.from, response }
            }
            Event::Failed(exchange) => {
                self.close(exchange)?;
                Input::Failed { call: exchange.call }
            }
            Event::Wake(timer) => {
                let asked = self.timers.remove(&(node, timer));
                asked
                    .then_some(Input::Wake(timer))
                    .ok_or_else(|| format!("{node} is woken by {timer:?}, and has not asked for that"))?
            }
            Event::Crash | Event::Restart => return Err(format!("{node} is given nothing")),
        })
    }

    fn close(&mut self, exchange: Exchange) -> Result<(), String> {
        let waits = self.open.remove(&exchange);
        waits.then_some(()).ok_or_else(|| format!("{exchange:?} ends, and nobody waits for that"))
    }

    fn handle(&mut self, step: &Step, input: Input) -> Result<Vec<Fact>, String> {
        let node = step.node;
        let ahead_ms = self.ahead_ms.get(&node).copied().unwrap_or_default();
        let given_us = step.at_us.saturating_sub(step.written_us);
        let now_ms = (given_us / 1_000).saturating_add_signed(ahead_ms);
        let entropy = entropy(node, step.n, "step");
        let resident = self.residents.get_mut(&node).ok_or_else(|| format!("{node} is not up"))?;
        let outputs = resident.handle(now_ms, entropy, input);
        let mut facts = Vec::new();
        for output in outputs {
            match output {
                Output::Persist(writes) => persist(self.disks.entry(node).or_default(), &writes),
                Output::Send { to, exchange, request } => {
                    self.requests.insert((step.n, exchange, to), (node, request));
                    if exchange.origin == node {
                        self.open.insert(exchange);
                    }
                }
                Output::Reply { to, exchange, response } => {
                    self.responses.insert((step.n, exchange, to), (node, response));
                }
                Output::Wake { timer, .. } => _ = self.timers.insert((node, timer)),
                Output::Observe(fact) => facts.push(fact),
            }
        }
        Ok(facts)
    }

    /// How the node looks now, as against the last time.
    fn change(&mut self, node: NodeId) -> Result<Option<ViewChange>, String> {
        let view = self.residents.get(&node).ok_or_else(|| format!("{node} is not up"))?.view();
        let change = ViewChange::between(self.views.get(&node), &view);
        self.views.insert(node, view);
        Ok(change)
    }
}

/// The message that the step handles, if the step that it names has sent it.
fn sent<'a, T>(all: &'a Sent<T>, step: &Step, cause: &Cause) -> Result<&'a T, String> {
    let key = step.cause.map(|n| (n, cause.exchange, step.node));
    match key.and_then(|key| all.get(&key)) {
        Some((from, message)) if *from == cause.from => Ok(message),
        Some((from, _)) => Err(format!("it came from {from}, and not from {}", cause.from)),
        None => {
            let by = step.cause.map_or_else(String::new, |n| format!(" in step {n}"));
            Err(format!("nobody has sent {} anything of {:?}{by}", step.node, cause.exchange))
        }
    }
}

/// Randomness that serves one step of one node.
fn entropy(node: NodeId, n: u64, purpose: &str) -> Entropy {
    Entropy(blake3::derive_key("mimic conformance", format!("{purpose} {n} {node}").as_bytes()))
}
