//! The tables of everything that was ever seen, and the effects of inputs on nodes, each computed once.

use super::effect::{Cut, Effect, Face, Happened, Sent};
use super::faces::Faces;
use super::local::{Inputs, Local};
use super::memory::{INVARIANTS, Memory};
use super::packet::{Body, Header, Packet};
use super::state::{Item, Kind, PROVIDERS};
use super::witness::Witnesses;
use crate::intern::{Interner, Memo};
use mimic_protocol::node::{Action, Exchange, Fact, Input, Intent, Output, Timer};
use mimic_protocol::{NodeConfig, NodeId};
use mimic_record::{Cause, Event, NodeView};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// What a judgement comes to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judged {
    /// The memory after it.
    pub memory: u32,
    /// The violated invariants, a bit each.
    pub violated: u8,
}

/// What the model must know of a node's state at each step.
#[derive(Clone, Debug)]
pub(super) struct Outline {
    /// How it looks.
    pub view: Arc<NodeView>,
    /// Whether it wants to add somebody, or owes somebody a Welcome.
    pub awaits_key_packages: bool,
}

/// A node and what one more input does to it, with the intents that inputs may name.
#[derive(Debug)]
pub(super) struct Tables {
    config: Arc<NodeConfig>,
    intents: Vec<Intent>,
    /// Whether each node has a twin over OpenMLS.
    have_twins: bool,
    pub locals: Interner<Local, Outline>,
    pub packets: Interner<Packet, Header>,
    pub timers: Interner<(NodeId, Timer)>,
    pub exchanges: Interner<Exchange>,
    pub memories: Interner<Memory>,
    effects: [Memo<Effect>; 3],
    judged: Memo<Judged>,
    pub(super) forgetful: Memo<u32>,
    pub(super) returns: Memo<Effect>,
    next_effect: AtomicU32,
    executions: AtomicU64,
    checked: [AtomicU64; INVARIANTS.len()],
}

/// The index of a node in a state.
pub(super) fn index(node: NodeId) -> usize {
    match node {
        NodeId::Provider(id) => usize::from(id.0),
        NodeId::Client(id) => PROVIDERS + usize::from(id.0),
    }
}

impl Tables {
    /// Empty tables.
    pub fn new(config: Arc<NodeConfig>, intents: Vec<Intent>, have_twins: bool) -> Self {
        Self {
            config,
            intents,
            have_twins,
            locals: Interner::default(),
            packets: Interner::default(),
            timers: Interner::default(),
            exchanges: Interner::default(),
            memories: Interner::default(),
            effects: Default::default(),
            judged: Memo::default(),
            forgetful: Memo::default(),
            returns: Memo::default(),
            next_effect: AtomicU32::new(0),
            executions: AtomicU64::new(0),
            checked: Default::default(),
        }
    }

    /// The configuration of all nodes.
    pub fn config(&self) -> &Arc<NodeConfig> {
        &self.config
    }

    /// Whether each node has a twin over OpenMLS.
    pub fn have_twins(&self) -> bool {
        self.have_twins
    }

    /// The intents that can be stated.
    pub fn intents(&self) -> &[Intent] {
        &self.intents
    }

    /// Whether the intent with this number is to add somebody.
    pub fn adds(&self, intent: usize) -> bool {
        matches!(self.intents[intent].action, Action::Add(..))
    }

    /// How the node looks.
    pub fn view(&self, local: u32) -> &Arc<NodeView> {
        &self.locals.derived(local).view
    }

    /// How often the code of a node ran.
    pub fn executions(&self) -> u64 {
        self.executions.load(Ordering::Relaxed)
    }

    /// How many single checks the invariant with this bit has made, each in a situation of its own.
    pub fn checked(&self, bit: usize) -> u64 {
        self.checked[bit].load(Ordering::Relaxed)
    }

    /// The number of a node that has never run.
    pub fn fresh(&self, id: NodeId, can_crash: bool, goes_back: bool) -> u32 {
        let local = Local::new(&self.config, id, (can_crash, self.have_twins));
        self.intern_local(Local { faces: goes_back.then_some(Faces::BLANK), ..local })
    }

    /// What `item` does to the node `local`, struck by a crash at `cut` or not.
    pub fn effect(&self, local: u32, item: Item, cut: Cut) -> &Effect {
        // What a packet does to its receiver does not depend on who still waits for it.
        let item = match item.kind() {
            Kind::Stale(packet) => Item::new(Kind::Live(packet)),
            _ => item,
        };
        self.effects[cut as usize].get((local, item.word()), || self.compute(local, item, cut))
    }

    /// What the invariants say of an effect, given what they remember.
    pub fn judge(&self, memory: u32, effect: &Effect) -> Judged {
        *self.judged.get((memory, effect.id), || {
            let mut remembered = self.memories.value(memory).clone();
            let tallies = remembered.judge(self.config.directory(), &effect.happened);
            let mut violated = 0;
            for (bit, tally) in tallies.iter().enumerate() {
                self.checked[bit].fetch_add(tally.checked, Ordering::Relaxed);
                violated |= u8::from(!tally.violations.is_empty()) << bit;
            }
            Judged { memory: self.memories.intern(remembered, |_| ()), violated }
        })
    }

    /// The node, event and input that an item stands for.
    fn input(&self, item: Item, node: NodeId) -> (Event, Inputs) {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let packet = self.packets.value(packet);
                let cause = Cause { exchange: packet.exchange, from: packet.from, attempt: 0, copy: 0 };
                let event = match packet.body {
                    Body::Request(_) => Event::Request(cause),
                    Body::Response(_) => Event::Response(cause),
                };
                (event, Inputs { symbolic: packet.input(), real: packet.real_input() })
            }
            Kind::Timer(timer) => {
                let (_, timer) = *self.timers.value(timer);
                (Event::Wake(timer), Inputs::both(Input::Wake(timer)))
            }
            Kind::Owed(exchange) => {
                let exchange = *self.exchanges.value(exchange);
                (Event::Failed(exchange), Inputs::both(Input::Failed { call: exchange.call }))
            }
            Kind::Intent(intent) => {
                let intent = self.intents[intent as usize];
                (Event::Intent(intent), Inputs::both(Input::Command(intent)))
            }
            Kind::Start(_) => (Event::Start, Inputs::both(Input::Start)),
            Kind::Crash => unreachable!("{node} is given no input when it crashes"),
        }
    }

    fn compute(&self, number: u32, item: Item, cut: Cut) -> Effect {
        match self.locals.value(number).faces {
            None => self.run(number, item, cut),
            Some(faces) => self.of_faces((number, faces), item, cut),
        }
    }

    /// Runs the node that has this number.
    pub(super) fn run(&self, number: u32, item: Item, cut: Cut) -> Effect {
        let mut run = Run::new(self, number);
        if item.kind() == Kind::Crash {
            run.crash();
        } else {
            let (event, input) = self.input(item, run.node);
            run.handle(event, input, cut);
            if cut != Cut::None {
                run.crash();
            }
        }
        run.finish()
    }

    /// An effect that leaves the node as it is.
    pub(super) fn nothing(&self, local: u32) -> Effect {
        Effect {
            id: self.next_effect.fetch_add(1, Ordering::Relaxed),
            local,
            left: Vec::new(),
            crashed: false,
            on_return: Vec::new(),
            persists: false,
            happened: Vec::new(),
            is_judged: false,
            witnesses: Witnesses::default(),
        }
    }

    pub(super) fn intern_local(&self, local: Local) -> u32 {
        self.locals.intern(local, |local| {
            let view = Arc::new(local.view());
            let awaits_key_packages = match &*view {
                NodeView::Client(client) => {
                    let intents = client.seats.values().flat_map(|seat| &seat.intents);
                    intents.into_iter().any(|intent| self.adds(intent.0 as usize))
                }
                NodeView::Provider { .. } => local.owes_welcome(),
            };
            Outline { view, awaits_key_packages }
        })
    }

    /// The number of a packet.
    pub fn number_of(&self, packet: Packet) -> u32 {
        let exchange = self.exchanges.intern(packet.exchange, |_| ());
        let header = packet.header(&self.config, exchange);
        self.packets.intern(packet, |_| header)
    }

    fn send(&self, packet: Packet) -> Sent {
        let number = self.number_of(packet);
        Sent::Packet(number, *self.packets.derived(number))
    }
}

/// One computation of an effect.
struct Run<'a> {
    tables: &'a Tables,
    node: NodeId,
    local: Local,
    view: Arc<NodeView>,
    sent: Vec<Sent>,
    left: Option<Vec<Sent>>,
    persists: bool,
    happened: Vec<Happened>,
}

impl<'a> Run<'a> {
    fn new(tables: &'a Tables, number: u32) -> Self {
        let local = tables.locals.value(number).clone();
        Self {
            tables,
            node: local.id(),
            local,
            view: tables.view(number).clone(),
            sent: Vec::new(),
            left: None,
            persists: false,
            happened: Vec::new(),
        }
    }

    /// Runs the node, and carries out its outputs as far as the crash lets them.
    fn handle(&mut self, event: Event, inputs: Inputs, cut: Cut) {
        self.tables.executions.fetch_add(1, Ordering::Relaxed);
        #[cfg(debug_assertions)]
        let again = (self.local.clone(), inputs.clone());
        let outputs = self.local.handle(inputs);
        #[cfg(debug_assertions)]
        check_repeats(again, &self.local, &outputs);
        let durable_at = outputs.iter().position(|(output, _)| matches!(output, Output::Persist(_)));
        self.persists |= durable_at.is_some();
        let mut facts = Vec::new();
        for (n, (output, real)) in outputs.into_iter().enumerate() {
            let waits = durable_at.is_some_and(|at| n >= at);
            let lost = cut == Cut::BeforeDurable && waits;
            let stays = cut == Cut::AfterDurable && waits;
            match output {
                Output::Persist(writes) if !lost => self.local.persist(&writes, real.as_ref()),
                // What is durable has happened, whether or not anybody hears of it.
                Output::Observe(fact) if !lost => facts.push(fact),
                output if !lost && !stays => self.carry_out(output, real),
                _ => {}
            }
        }
        // Of a step that was lost before anything of it left, nobody will ever know.
        if cut != Cut::BeforeDurable || !facts.is_empty() || !self.sent.is_empty() {
            self.happen(event, facts);
        }
    }

    fn crash(&mut self) {
        self.left = Some(std::mem::take(&mut self.sent));
        self.local.crash(&self.tables.config);
        self.tables.executions.fetch_add(1, Ordering::Relaxed);
        let mut facts = Vec::new();
        for (output, real) in self.local.handle(Inputs::both(Input::Start)) {
            match output {
                Output::Persist(writes) => self.local.persist(&writes, real.as_ref()),
                Output::Observe(fact) => facts.push(fact),
                output => self.carry_out(output, real),
            }
        }
        self.happen(Event::Restart, facts);
    }

    fn carry_out(&mut self, output: Output, real: Option<Output>) {
        let (from, tables) = (self.node, self.tables);
        let real = real.and_then(Body::of);
        let sent = match output {
            Output::Send { to, exchange, request } => {
                tables.send(Packet { from, to, exchange, body: Body::Request(request), real })
            }
            Output::Reply { to, exchange, response } => {
                tables.send(Packet { from, to, exchange, body: Body::Response(response), real })
            }
            // The delay is nondeterminism: a timer may be due at any time (POL-61).
            Output::Wake { timer, .. } => Sent::Timer(tables.timers.intern((from, timer), |_| ())),
            Output::Persist(_) | Output::Observe(_) => return,
        };
        self.sent.push(sent);
    }

    fn happen(&mut self, event: Event, facts: Vec<Fact>) {
        let after = self.local.view();
        let after = if after == *self.view { self.view.clone() } else { Arc::new(after) };
        let before = std::mem::replace(&mut self.view, after.clone());
        self.happened.push(Happened { node: self.node, face: Face::First, event, facts, before, after });
    }

    fn finish(self) -> Effect {
        let crashed = self.left.is_some();
        let (left, on_return) = match self.left {
            Some(left) => (left, self.sent),
            None => (self.sent, Vec::new()),
        };
        Effect {
            id: self.tables.next_effect.fetch_add(1, Ordering::Relaxed),
            local: self.tables.intern_local(self.local),
            left,
            crashed,
            on_return,
            persists: self.persists,
            is_judged: self.happened.iter().any(Happened::is_judged),
            witnesses: Witnesses::of(&self.happened),
            happened: self.happened,
        }
    }
}

/// A step that is not a function of state and input could not be looked up.
#[cfg(debug_assertions)]
fn check_repeats((mut local, inputs): (Local, Inputs), after: &Local, outputs: &[(Output, Option<Output>)]) {
    let again = local.handle(inputs);
    assert_eq!(again, outputs, "{}: equal situations, unequal outputs", local.id());
    assert_eq!(local, *after, "{}: equal situations, unequal states", local.id());
}
