//! One room as a stateright model: a hub, two followers and their users' clients, every interleaving within a scope.
//!
//! A state is a handful of numbers: a budget of what may still come from outside, what the invariants remember, the state of
//! each node, and what can happen next ([`state::Item`]). What an input does to a node is computed by running the node, once
//! ([`tables`]); a step of the model looks it up and moves items about.
//!
//! * All packets in flight can arrive next, in any order. A packet that is lost is the same as one that stays where it is until
//!   its exchange fails, so loss and failure are one step; after a crash, failure is a step of its own ([`state::Kind::Owed`]).
//! * A timer is due at any time after it was asked for: delays are nondeterminism.
//! * Only requests are doubled or late. A second or late answer is dropped where it arrives, so that it is dropped at once.
//! * A crash takes the hub's volatile state, its timers and the exchanges that it began. Packets in flight stay.

mod byzantine;
mod effect;
mod faces;
mod kinds;
mod lines;
mod local;
mod looks;
mod memory;
mod model;
mod order;
mod packet;
mod races;
mod reduce;
mod rest;
mod rungs;
mod setup;
mod state;
mod story;
mod tables;
mod twin;
mod witness;
mod words;

pub(crate) use byzantine::unasked;
pub(crate) use effect::Cut;
pub(crate) use model::{AGREEMENT, REALITY};
pub(crate) use reduce::{Orders, Reductions};
pub(crate) use setup::Build;
pub use setup::{MlsEngine, SetupError};
pub(crate) use state::{Item, State};
pub(crate) use story::Story;
pub(crate) use witness::{Witness, Witnesses};

use crate::scope::{Scope, Unjudging};
use effect::{Effect, Sent};
use memory::INVARIANTS;
use mimic_protocol::{NodeConfig, Readings, RoomId};
use packet::Header;
use races::Company;
use state::{Budget, Draft, Kind, Outside, PROVIDERS, Parts};
use std::sync::Arc;
use tables::Tables;
use witness::Seen;

/// The room.
const ROOM: RoomId = RoomId(0);
/// So many steps at most are taken as one, so that no bug of a node can make it an endless one.
const MOST_IN_A_ROW: usize = 64;
/// The hub's index in a state.
const HUB: usize = 0;

/// The model.
#[derive(Debug)]
pub(crate) struct Room {
    scope: Scope,
    tables: Tables,
    parts: Parts<Company>,
    reductions: Reductions,
    /// None before it is set up.
    initial: Option<State>,
    /// The indices of the nodes that there are.
    nodes: Vec<usize>,
    /// Of each intent, the index of its client, and which other intents can come in the same run.
    wishes: Vec<(usize, Vec<bool>)>,
    /// Of each provider, its clients, a bit for the index of each.
    clients: [u16; PROVIDERS],
    seen: Seen,
}

/// What can happen in a state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Turn {
    /// The item's turn has come.
    Step(Item),
    /// It has, and the hub crashes over it.
    Crash(Item, Cut),
    /// The hub crashes between two steps.
    CrashNow,
    /// The packet is lost, and its exchange fails.
    Lose(Item),
    /// The packet is doubled.
    Double(Item),
    /// The packet's exchange fails before it has arrived.
    Late(Item),
    /// The hub begins to show the node with this index a second face.
    Fork(usize),
    /// The event is not delivered, and its sender takes it for delivered.
    Withhold(Item),
    /// The hub goes back to its backup.
    RollBack,
    /// The event is sent once more.
    Replay(Item),
}

impl Room {
    /// What has been seen so far.
    pub fn seen(&self) -> Witnesses {
        self.seen.witnesses()
    }

    /// How large a world it is.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How the drafts are read in it.
    pub fn readings(&self) -> Readings {
        self.tables.config().readings()
    }

    /// Whether orders that nobody can tell apart are looked at once.
    pub fn leaves_out_orders(&self) -> bool {
        self.reductions.orders != Orders::All
    }

    /// How often the code of a node ran.
    pub fn executions(&self) -> u64 {
        self.tables.executions()
    }

    /// How many single checks the invariant has made, each in a situation of its own.
    pub fn checked(&self, invariant: &str) -> u64 {
        INVARIANTS.iter().position(|id| *id == invariant).map_or(0, |bit| self.tables.checked(bit))
    }

    fn note(&self, witnesses: Witnesses) {
        self.seen.note(witnesses);
    }

    /// Why the invariant has nothing to look at in the scope, if that is so.
    pub fn is_unjudged(&self, invariant: &str) -> Option<&'static str> {
        if let Some(why) = unasked(invariant, self.is_byzantine()) {
            return Some(why);
        }
        match self.scope.unjudged {
            Unjudging::Named(all) => all.iter().find(|(id, _)| *id == invariant).map(|(_, why)| *why),
            Unjudging::Any => Some("nothing comes up here that it speaks of"),
        }
    }

    fn config(&self) -> &Arc<NodeConfig> {
        self.tables.config()
    }

    fn budget(&self, state: State) -> Budget {
        self.parts.budget(state)
    }

    fn local(&self, state: State, node: usize) -> u32 {
        self.parts.local(state, node)
    }

    /// Whether nothing happens any more unless somebody wants something or something breaks.
    fn is_at_rest(&self, state: State) -> bool {
        !self.parts.items(state).iter().any(|item| item.is_internal())
    }

    fn pack(&self, mut draft: Draft) -> State {
        self.parts.packed(&mut draft, |items| self.company(items))
    }

    /// What the turn leads to, with all that then happens alone.
    fn successor(&self, state: State, turn: Turn) -> State {
        let mut draft = self.after(state, turn);
        for _ in 0..MOST_IN_A_ROW {
            let Some(item) = self.follows(&draft) else { break };
            self.go_on(&mut draft, item);
        }
        self.pack(draft)
    }

    /// The single steps that make up the turn: itself, and what then happens alone.
    pub fn unfolded(&self, state: State, turn: Turn) -> Vec<(State, Turn)> {
        let (mut steps, mut draft) = (vec![(state, turn)], self.after(state, turn));
        for _ in 0..MOST_IN_A_ROW {
            let Some(item) = self.follows(&draft) else { break };
            steps.push((self.pack(draft.clone()), Turn::Step(item)));
            self.go_on(&mut draft, item);
        }
        steps
    }

    fn go_on(&self, draft: &mut Draft, item: Item) {
        self.step(draft, item, Cut::None, true);
        self.bury(draft, draft.budget);
    }

    /// What the turn leads to, itself.
    fn after(&self, state: State, turn: Turn) -> Draft {
        let mut draft = self.parts.unpacked(state);
        let (before, is_news) = (draft.budget, self.is_news(*self.parts.derived(state)));
        match turn {
            Turn::Step(item) => self.step(&mut draft, item, Cut::None, is_news),
            Turn::Crash(item, cut) => {
                draft.budget.spend(Outside::Crash, self.scope.faults);
                self.note_crash(cut);
                self.step(&mut draft, item, cut, is_news);
            }
            Turn::CrashNow => {
                draft.budget.spend(Outside::Crash, self.scope.faults);
                self.note_crash(Cut::None);
                self.happen(&mut draft, HUB, Item::new(Kind::Crash), Cut::None, None);
            }
            Turn::Lose(item) | Turn::Late(item) => {
                draft.budget.spend(Outside::Fault, self.scope.faults);
                let (_, header) = self.packet(item);
                if let Turn::Lose(_) = turn {
                    draft.remove(item);
                }
                self.note_loss(turn, header);
                self.close(&mut draft, header.exchange);
                let failure = Item::new(Kind::Owed(header.exchange));
                self.happen(&mut draft, header.origin, failure, Cut::None, None);
            }
            Turn::Double(item) => {
                draft.budget.spend(Outside::Fault, self.scope.faults);
                self.note(Witnesses::default().with(Witness::Doubled));
                draft.items.push(item);
            }
            Turn::Fork(_) | Turn::Withhold(_) | Turn::RollBack | Turn::Replay(_) => {
                self.deceive(&mut draft, turn);
            }
        }
        self.bury(&mut draft, before);
        draft
    }

    /// `is_news` says whether the company of packets shows anything that was not seen before.
    fn step(&self, draft: &mut Draft, item: Item, cut: Cut, is_news: bool) {
        draft.remove(item);
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                if is_news {
                    self.note_company(draft, packet);
                }
                let (live, header) = self.packet(item);
                if live && header.is_last_hop() {
                    self.close(draft, header.exchange);
                }
                self.happen(draft, header.to, item, cut, Some((header.exchange, live)));
                if live && !header.is_last_hop() && !self.is_live(draft, header.exchange) {
                    draft.insert(Item::new(Kind::Owed(header.exchange)));
                }
            }
            Kind::Intent(intent) => {
                draft.budget.spend(Outside::Intent, self.scope.faults);
                let (_, together) = &self.wishes[intent as usize];
                draft.items.retain(|item| match item.kind() {
                    Kind::Intent(other) => together[other as usize],
                    _ => true,
                });
                self.happen(draft, self.node_of(item), item, cut, None);
            }
            Kind::Timer(_) | Kind::Owed(_) | Kind::Start(_) | Kind::Crash => {
                self.happen(draft, self.node_of(item), item, cut, None);
            }
        }
    }

    /// Lets an input have its effect on a node, and the effect its consequences for everything in flight. `answers` is the
    /// exchange of the packet that came in, and whether anybody waits for it still.
    fn happen(&self, draft: &mut Draft, node: usize, item: Item, cut: Cut, answers: Option<(u32, bool)>) {
        let effect = self.tables.effect(draft.locals[node], item, cut);
        self.take(draft, node, effect, answers);
    }

    /// Lets an effect have its consequences.
    fn take(&self, draft: &mut Draft, node: usize, effect: &Effect, answers: Option<(u32, bool)>) {
        self.note(effect.witnesses);
        draft.locals[node] = effect.local;
        effect.left.iter().for_each(|sent| self.send(draft, node, *sent, answers));
        if effect.crashed {
            self.forget_exchanges_of(draft, node);
        }
        effect.on_return.iter().for_each(|sent| self.send(draft, node, *sent, None));
        self.judge(draft, effect);
    }

    fn judge(&self, draft: &mut Draft, effect: &Effect) {
        if effect.is_judged {
            let judged = self.tables.judge(draft.memory, effect);
            draft.memory = judged.memory;
            draft.budget.violated |= judged.violated;
        }
    }

    fn send(&self, draft: &mut Draft, node: usize, sent: Sent, answers: Option<(u32, bool)>) {
        let (packet, header) = match sent {
            Sent::Timer(timer) => return draft.insert(Item::new(Kind::Timer(timer))),
            Sent::Packet(packet, header) => self.passed_on(draft, packet, header),
        };
        if header.origin == node {
            // A new question replaces an older one of the same name.
            self.close(draft, header.exchange);
            draft.items.push(Item::new(Kind::Live(packet)));
        } else if answers == Some((header.exchange, true)) {
            draft.items.push(Item::new(Kind::Live(packet)));
        } else if !header.is_last_hop() {
            draft.items.push(Item::new(Kind::Stale(packet)));
        }
    }

    /// Nobody waits for the exchange any more: what is left of it is stale, and what would only be dropped is gone.
    fn close(&self, draft: &mut Draft, exchange: u32) {
        self.make_stale(draft, |header| header.exchange == exchange);
        draft.remove(Item::new(Kind::Owed(exchange)));
    }

    fn make_stale(&self, draft: &mut Draft, concerns: impl Fn(&Header) -> bool) {
        draft.items.retain(|item| {
            let Kind::Live(packet) = item.kind() else { return true };
            let header = self.tables.packets.derived(packet);
            if !concerns(header) {
                return true;
            }
            *item = Item::new(Kind::Stale(packet));
            !header.is_last_hop()
        });
    }

    fn forget_exchanges_of(&self, draft: &mut Draft, node: usize) {
        self.make_stale(draft, |header| header.origin == node);
        draft.items.retain(|item| match item.kind() {
            Kind::Timer(_) | Kind::Owed(_) => self.node_of(*item) != node,
            _ => true,
        });
    }

    fn is_live(&self, draft: &Draft, exchange: u32) -> bool {
        draft.items.iter().any(|item| match item.kind() {
            Kind::Live(packet) => self.tables.packets.derived(packet).exchange == exchange,
            _ => false,
        })
    }

    /// Whether anybody waits for the packet, and where it goes.
    fn packet(&self, item: Item) -> (bool, Header) {
        match item.kind() {
            Kind::Live(packet) => (true, *self.tables.packets.derived(packet)),
            Kind::Stale(packet) => (false, *self.tables.packets.derived(packet)),
            other => unreachable!("{other:?} is no packet"),
        }
    }

    fn note_crash(&self, cut: Cut) {
        let witness = match cut {
            Cut::None => Witness::CrashBetweenSteps,
            Cut::BeforeDurable => Witness::CrashBeforeDurable,
            Cut::AfterDurable => Witness::CrashAfterDurable,
        };
        self.note(Witnesses::default().with(witness));
    }

    fn note_loss(&self, turn: Turn, header: Header) {
        let witness = match (turn, header.is_request) {
            (Turn::Late(_), _) => Witness::Late,
            (_, true) => Witness::LostRequest,
            (_, false) => Witness::LostResponse,
        };
        self.note(Witnesses::default().with(witness));
    }

    /// The index of the node that the item happens to.
    fn node_of(&self, item: Item) -> usize {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => self.tables.packets.derived(packet).to,
            Kind::Timer(timer) => tables::index(self.tables.timers.value(timer).0),
            Kind::Owed(exchange) => tables::index(self.tables.exchanges.value(exchange).origin),
            Kind::Intent(intent) => self.wishes[intent as usize].0,
            Kind::Start(node) => node as usize,
            Kind::Crash => HUB,
        }
    }

    /// What the turn does to a node, and to which; none if it touches none.
    fn effect_of(&self, state: State, turn: Turn) -> Option<(usize, &Effect)> {
        let (item, cut) = match turn {
            Turn::Step(item) => (item, Cut::None),
            Turn::Crash(item, cut) => (item, cut),
            Turn::CrashNow => (Item::new(Kind::Crash), Cut::None),
            Turn::Lose(item) | Turn::Late(item) => {
                (Item::new(Kind::Owed(self.packet(item).1.exchange)), Cut::None)
            }
            Turn::Withhold(item) => (self.acknowledged(item), Cut::None),
            Turn::Fork(_) | Turn::RollBack => return self.effect_of_deceit(self.local(state, HUB), turn),
            Turn::Double(_) | Turn::Replay(_) => return None,
        };
        let node = self.node_of(item);
        Some((node, self.tables.effect(self.local(state, node), item, cut)))
    }

    /// Whether the item happens to the hub, and makes it write a record.
    fn crashes_over(&self, state: State, item: Item) -> bool {
        self.node_of(item) == HUB && self.tables.effect(self.local(state, HUB), item, Cut::None).persists
    }

    /// What can happen to a packet, which is not the second of two copies.
    fn packet_faults(&self, state: State, item: Item, actions: &mut Vec<Turn>) {
        let live = |item: Item| match item.kind() {
            Kind::Live(packet) => Some(self.tables.packets.derived(packet)),
            _ => None,
        };
        let Some(header) = live(item) else { return };
        let of_exchange = |other: &&Item| live(**other).is_some_and(|h| h.exchange == header.exchange);
        // A lost copy is one that was never made.
        let is_last = self.parts.items(state).iter().filter(of_exchange).count() == 1;
        if self.scope.faults.lose && is_last {
            actions.push(Turn::Lose(item));
        }
        if self.scope.faults.double && header.is_request {
            actions.push(Turn::Double(item));
        }
        if self.scope.faults.late && header.is_request && is_last {
            actions.push(Turn::Late(item));
        }
    }

    /// All that can happen.
    fn turns(&self, state: State, budget: Budget, actions: &mut Vec<Turn>) {
        let items = self.parts.items(state);
        let single = || items.iter().enumerate().filter(|(at, item)| *at == 0 || items[at - 1] != **item);
        for (_, item) in single() {
            actions.push(Turn::Step(*item));
            if budget.crashes > 0 && self.crashes_over(state, *item) {
                actions.push(Turn::Crash(*item, Cut::BeforeDurable));
                actions.push(Turn::Crash(*item, Cut::AfterDurable));
            }
        }
        if budget.crashes > 0 {
            actions.push(Turn::CrashNow);
        }
        if budget.faults > 0 {
            single().for_each(|(_, item)| self.packet_faults(state, *item, actions));
        }
    }
}
