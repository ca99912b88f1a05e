//! A driver in memory: first come, first served; it loses a message or crashes a node where a story asks for it.

use mimic_protocol::directory::identity_claim;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Entropy, MlsGroup, Octets, Sender};
use mimic_protocol::node::{
    Call, Cells, Exchange, Fact, Input, Intent, IntentId, Node, Output, Refusal, Request, Response, Timer,
};
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::examples::{Example, preauthorised};
use mimic_protocol::{
    Client, ClientId, Directory, NodeConfig, NodeId, Planted, Provider, ProviderId, Readings, RoomId, UserId,
};
use mimic_record::{Cause, Event, Invariant, Judgement, Step, Tally, Transition, Views, alpha, invariants};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A message on its way.
pub struct Packet {
    pub to: NodeId,
    pub from: NodeId,
    pub exchange: Exchange,
    pub body: Body,
    attempt: u32,
}

#[derive(Clone)]
pub enum Body {
    Request(Request),
    Response(Response),
}

enum Work {
    Start(NodeId),
    Packet(Box<Packet>),
    Failed(Exchange, u32),
}

enum AnyNode {
    Provider(Box<Provider<Symbolic>>),
    Client(Box<Client<Symbolic>>),
}

type Lost = fn(&Packet) -> bool;
type Observed = fn(&Fact) -> bool;
type Altered = Box<dyn FnMut(&mut Packet) -> bool>;

/// A world of nodes, and all invariants that watch it.
pub struct Driver {
    pub config: Arc<NodeConfig>,
    nodes: BTreeMap<NodeId, AnyNode>,
    disks: BTreeMap<NodeId, Cells>,
    queue: VecDeque<Work>,
    timers: BTreeMap<(NodeId, Timer), u64>,
    /// The attempt of each exchange that its origin still waits for.
    open: BTreeMap<Exchange, u32>,
    attempts: BTreeMap<Exchange, u32>,
    now_ms: u64,
    /// How much more than the world's the clocks of nodes show.
    pub ahead_ms: BTreeMap<NodeId, u64>,
    draws: u64,
    steps: u64,
    views: Views,
    watching: Vec<(Box<dyn Invariant>, Tally)>,
    pub facts: Vec<(NodeId, Fact)>,
    /// All that was ever sent: from whom, to whom, and what.
    pub sent: Vec<(NodeId, NodeId, Body)>,
    /// All that was ever answered, and to what.
    pub answered: Vec<(Call, Response)>,
    lose: Option<Lost>,
    alter: Option<Altered>,
    crash: Option<(NodeId, Observed)>,
}

impl Driver {
    /// A world in which the first provider's server is the policy enforcer of the first room, which the first user creates.
    pub fn new(directory: Directory, readings: Readings, planted: Planted) -> Self {
        let claim = identity_claim(directory.provider_uri(ProviderId(0)));
        let room = Example::Cooperative.room(UserId(0));
        let room = preauthorised(room, &[claim], Example::Cooperative.enforcer_role());
        let plans = Plans { rooms: [(RoomId(0), room)].into(), ..Plans::default() };
        Self::planned(directory, readings, planted, plans)
    }

    pub fn planned(directory: Directory, readings: Readings, planted: Planted, plans: Plans) -> Self {
        let config = NodeConfig::of(Arc::new(directory), readings, planted, plans, BTreeMap::new());
        let all = invariants::all(&readings).into_iter();
        let watching = all.map(|invariant| (invariant, Tally::default())).collect();
        let mut driver = Self {
            nodes: BTreeMap::new(),
            disks: BTreeMap::new(),
            queue: VecDeque::new(),
            timers: BTreeMap::new(),
            open: BTreeMap::new(),
            attempts: BTreeMap::new(),
            now_ms: 0,
            ahead_ms: BTreeMap::new(),
            draws: 0,
            steps: 0,
            views: Views::new(),
            watching,
            facts: Vec::new(),
            sent: Vec::new(),
            answered: Vec::new(),
            lose: None,
            alter: None,
            crash: None,
            config,
        };
        let directory = driver.config.mls.directory.clone();
        let providers = directory.providers().map(NodeId::from);
        for node in providers.chain(directory.clients().map(NodeId::from)) {
            driver.rebuild(node);
            driver.queue.push_back(Work::Start(node));
        }
        driver.run();
        driver
    }

    /// Loses the next message for which this is so; its exchange fails at its origin.
    pub fn lose(&mut self, which: Lost) {
        self.lose = Some(which);
    }

    /// Somebody on the way alters the next message with which this can be done.
    pub fn alter(&mut self, how: impl FnMut(&mut Packet) -> bool + 'static) {
        self.alter = Some(Box::new(how));
    }

    /// Lets a client ask its provider this, in whatever it is, before anything else happens.
    pub fn asks(&mut self, client: ClientId, call: Call, request: Request) {
        let own = self.config.directory().provider_of_client(client);
        self.asks_at(client, own, call, request);
    }

    /// The same of any provider.
    pub fn asks_at(&mut self, client: ClientId, provider: ProviderId, call: Call, request: Request) {
        let (from, to) = (client.into(), provider.into());
        let exchange = Exchange { origin: from, call };
        self.queue.push_front(Work::Packet(Box::new(Packet {
            to,
            from,
            exchange,
            body: Body::Request(request),
            attempt: 0,
        })));
    }

    /// Crashes the node in the next step in which it observes this, before the step's record is durable.
    pub fn crash_when(&mut self, node: impl Into<NodeId>, observed: Observed) {
        self.crash = Some((node.into(), observed));
    }

    /// Whether all faults that were asked for have happened.
    pub fn faults_are_spent(&self) -> bool {
        self.lose.is_none() && self.alter.is_none() && self.crash.is_none()
    }

    /// The client's user, or the server's operator, wants something, before the node hears anything else.
    pub fn command(&mut self, node: NodeId, intent: Intent) {
        self.handle(node, Event::Intent(intent), Input::Command(intent), None);
    }

    pub fn outcome(&self, intent: IntentId) -> Option<Result<(), Refusal>> {
        self.facts.iter().find_map(|(_, fact)| match fact {
            Fact::Done { intent: done } if *done == intent => Some(Ok(())),
            Fact::Refused { intent: refused, reason } if *refused == intent => Some(Err(*reason)),
            _ => None,
        })
    }

    /// The user's role in the first room, as the client has it.
    pub fn role(&self, client: ClientId, user: UserId) -> Option<u32> {
        match self.nodes.get(&client.into())? {
            AnyNode::Client(client) => client.seats().get(&RoomId(0))?.standing()?.role_of(user),
            AnyNode::Provider(_) => None,
        }
    }

    /// The epoch that the client is in, in the first room.
    pub fn epoch_of(&self, client: ClientId) -> Option<u64> {
        match self.nodes.get(&client.into())? {
            AnyNode::Client(node) => node.group(RoomId(0)).map(MlsGroup::epoch),
            AnyNode::Provider(_) => None,
        }
    }

    /// The signature key of another client's leaf, as the client has the room's group.
    pub fn key_in(&self, client: ClientId, room: RoomId, of: ClientId) -> Option<Octets> {
        match self.nodes.get(&client.into())? {
            AnyNode::Client(node) => node.group(room)?.signature_key(Sender::Member(of)),
            AnyNode::Provider(_) => None,
        }
    }

    /// Lets time go by.
    pub fn pass(&mut self, by_ms: u64) {
        self.now_ms += by_ms;
    }

    /// Lets everything happen until nothing is left to happen.
    pub fn run(&mut self) {
        self.run_until(|_| false);
    }

    /// Lets everything happen until a node has observed this.
    pub fn run_until(&mut self, observed: impl Fn(&Fact) -> bool) {
        let known = self.facts.len();
        while self.turn() {
            assert!(self.steps < 20_000, "the story does not come to rest");
            if self.facts[known..].iter().any(|(_, fact)| observed(fact)) {
                return;
            }
        }
    }

    /// The invariants that have been violated so far.
    pub fn violated(&self) -> Vec<&'static str> {
        let violated = self.watching.iter().filter(|(_, tally)| !tally.violations.is_empty());
        violated.map(|(invariant, _)| invariant.id()).collect()
    }

    /// The end: what was owed is owed for ever.
    pub fn judge(mut self) -> Judgement {
        self.run();
        let mut tallies = BTreeMap::new();
        for (mut invariant, mut tally) in self.watching {
            invariant.end(&self.config.mls.directory, &self.views, &mut tally);
            tallies.insert(invariant.id(), tally);
        }
        Judgement::of(tallies)
    }

    pub fn crash(&mut self, node: impl Into<NodeId>) {
        let node = node.into();
        self.rebuild(node);
        self.record(node, Event::Crash, Vec::new());
        self.timers.retain(|(owner, _), _| *owner != node);
        self.open.retain(|exchange, _| exchange.origin != node);
        for work in std::mem::take(&mut self.queue) {
            match work {
                Work::Packet(packet) if packet.to == node => {
                    self.queue.push_back(Work::Failed(packet.exchange, packet.attempt));
                }
                Work::Start(of) if of == node => {}
                work => self.queue.push_back(work),
            }
        }
        self.record(node, Event::Restart, Vec::new());
        self.queue.push_back(Work::Start(node));
    }

    /// Handles the next message, or else lets the next timer be due; whether there was anything.
    pub fn turn(&mut self) -> bool {
        match self.queue.pop_front() {
            Some(Work::Start(node)) => self.handle(node, Event::Start, Input::Start, None),
            Some(Work::Packet(packet)) => self.receive(*packet),
            Some(Work::Failed(exchange, attempt)) => {
                if self.closes(exchange, attempt) {
                    let input = Input::Failed { call: exchange.call };
                    self.handle(exchange.origin, Event::Failed(exchange), input, None);
                }
            }
            None => {
                let Some(((node, timer), due_ms)) =
                    self.timers.iter().map(|(k, v)| (*k, *v)).min_by_key(|(k, v)| (*v, *k))
                else {
                    return false;
                };
                self.timers.remove(&(node, timer));
                self.now_ms = self.now_ms.max(due_ms);
                self.handle(node, Event::Wake(timer), Input::Wake(timer), None);
            }
        }
        true
    }

    fn receive(&mut self, packet: Packet) {
        let Packet { to, from, exchange, body, attempt } = packet;
        let cause = Cause { exchange, from, attempt, copy: 0 };
        let context = Some((exchange, attempt));
        match body {
            Body::Request(request) => {
                self.handle(to, Event::Request(cause), Input::Request { exchange, from, request }, context);
            }
            // An exchange ends once at its origin.
            Body::Response(response) => {
                if exchange.origin != to || self.closes(exchange, attempt) {
                    let input = Input::Response { exchange, from, response };
                    self.handle(to, Event::Response(cause), input, context);
                }
            }
        }
    }

    fn closes(&mut self, exchange: Exchange, attempt: u32) -> bool {
        let waits = self.open.get(&exchange) == Some(&attempt);
        if waits {
            self.open.remove(&exchange);
        }
        waits
    }

    /// One step of a node: its outputs leave in their order, and those after a `Persist` only once it is durable.
    fn handle(&mut self, node: NodeId, event: Event, input: Input, context: Option<(Exchange, u32)>) {
        let ahead_ms = self.ahead_ms.get(&node).copied().unwrap_or_default();
        let (now_ms, entropy) = (self.now_ms + ahead_ms, self.entropy());
        let mut outputs = match self.nodes.get_mut(&node).expect("the node exists") {
            AnyNode::Provider(provider) => provider.handle(now_ms, entropy, input),
            AnyNode::Client(client) => client.handle(now_ms, entropy, input),
        };
        let facts = outputs.iter().filter_map(|output| match output {
            Output::Observe(fact) => Some(fact.clone()),
            _ => None,
        });
        let mut facts: Vec<Fact> = facts.collect();
        let crashes = self.crash.is_some_and(|(at, observed)| at == node && facts.iter().any(observed));
        if crashes {
            self.crash = None;
            let record = outputs.iter().position(|output| matches!(output, Output::Persist(_)));
            outputs.truncate(record.expect("what is worth a crash is worth a record"));
            // The step of which nothing left has not happened.
            if outputs.is_empty() {
                facts.clear();
            }
        }
        if !crashes || !outputs.is_empty() {
            self.facts.extend(facts.iter().map(|fact| (node, fact.clone())));
            self.record(node, event, facts);
        }
        let answered = outputs.iter().any(|output| matches!(output, Output::Reply { .. }));
        outputs.into_iter().for_each(|output| self.carry_out(node, output, context));
        if crashes {
            self.crash(node);
            if let (Some((exchange, attempt)), false) = (context, answered) {
                self.queue.push_back(Work::Failed(exchange, attempt));
            }
        }
    }

    fn carry_out(&mut self, node: NodeId, output: Output, context: Option<(Exchange, u32)>) {
        let passed_on = |exchange| context.filter(|(of, _)| *of == exchange).map(|(_, attempt)| attempt);
        match output {
            Output::Persist(writes) => {
                let disk = self.disks.entry(node).or_default();
                for (key, value) in writes {
                    match value {
                        Some(octets) => drop(disk.insert(key, octets)),
                        None => drop(disk.remove(&key)),
                    }
                }
            }
            Output::Send { to, exchange, request } => {
                let attempt = if exchange.origin == node {
                    let attempt = self.attempts.entry(exchange).or_default();
                    *attempt += 1;
                    self.open.insert(exchange, *attempt);
                    *attempt
                } else {
                    passed_on(exchange).expect("a relay passes on what it was asked")
                };
                self.send(Packet { to, from: node, exchange, body: Body::Request(request), attempt });
            }
            Output::Reply { to, exchange, response } => {
                let attempt = passed_on(exchange).expect("a node answers what it was asked");
                self.answered.push((exchange.call, response.clone()));
                self.send(Packet { to, from: node, exchange, body: Body::Response(response), attempt });
            }
            Output::Wake { timer, delay_ms } => {
                self.timers.insert((node, timer), self.now_ms + delay_ms);
            }
            Output::Observe(_) => {}
        }
    }

    fn send(&mut self, mut packet: Packet) {
        if self.alter.as_mut().is_some_and(|how| how(&mut packet)) {
            self.alter = None;
        }
        self.sent.push((packet.from, packet.to, packet.body.clone()));
        let lost = self.lose.is_some_and(|which| which(&packet));
        if lost {
            self.lose = None;
        }
        self.queue.push_back(if lost {
            Work::Failed(packet.exchange, packet.attempt)
        } else {
            Work::Packet(Box::new(packet))
        });
    }

    /// Shows the step to all invariants.
    fn record(&mut self, node: NodeId, event: Event, facts: Vec<Fact>) {
        let view = match &self.nodes[&node] {
            AnyNode::Provider(provider) => alpha::provider(provider),
            AnyNode::Client(client) => alpha::client(client),
        };
        let before = self.views.get(&node).cloned();
        let view = (before.as_deref() != Some(&view)).then(|| Arc::new(view));
        if let Some(view) = &view {
            self.views.insert(node, view.clone());
        }
        let (n, at_us) = (self.steps, 1_000 * self.now_ms);
        self.steps += 1;
        let step = Step { n, at_us, written_us: 0, node, event, cause: None, facts, change: None, view };
        let directory = &self.config.mls.directory;
        let transition = Transition { directory, step: &step, before: before.as_deref(), views: &self.views };
        for (invariant, tally) in &mut self.watching {
            invariant.step(&transition, tally);
        }
    }

    fn rebuild(&mut self, node: NodeId) {
        let (config, entropy) = (self.config.clone(), self.entropy());
        let cells = self.disks.entry(node).or_default();
        let built = match node {
            NodeId::Provider(id) => AnyNode::Provider(Box::new(Provider::recover(config, id, cells))),
            NodeId::Client(id) => {
                let client = Client::recover(config, id, cells, entropy).expect("the disk is whole");
                AnyNode::Client(Box::new(client))
            }
        };
        self.nodes.insert(node, built);
    }

    fn entropy(&mut self) -> Entropy {
        self.draws += 1;
        Entropy([0; 32]).of(&self.draws.to_string())
    }
}
