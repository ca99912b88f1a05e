//! The reduction of orders: what may happen alone in a state, because whatever could come before it could as well come after.
//!
//! A commit of the hub reaches each follower and each device in the end, and mostly nobody can tell in which order. Where that
//! is so, a few of these steps come first, with the faults that can strike them, and nothing else is looked at (a persistent
//! set; Godefroid 1996). What is asked of it: whatever happens before it without it (1) leaves it possible, and (2) can be put
//! after it with the same outcome. Then each end of the room, each violation and each state without hope is still found:
//! what it is found behind happens in another order, and the paths to it may have such steps in them early.
//!
//! * *Acknowledgements* take the head off a queue ([`Inbox`], [`Outbox`]), and what else comes to that provider looks at the
//!   queue's end alone: it puts something there, or finds that nothing is to be sent now. The same goes for a failure of such an
//!   exchange, and for the timer by which it is tried again. An answer that ends a subscription (`Left`) is none of these.
//! * *Publications* of key packages, where nobody asks for key packages, wants to add anybody, or is on the way to a Welcome: then
//!   nothing that a provider is asked looks at what was published, and a device publishes no more than that.
//! * *All that comes to one device*, where an event is on its way to it: its provider hands it one event at a time, so that until
//!   something of this has happened nothing else can come there. It must have no wish left, and nothing that it has asked may be
//!   under way elsewhere, as that would lead to an answer.
//! * *All that comes to a follower and its devices*, where an event is on its way to the follower: the hub hands it one at a time, too.
//!   Requests of key packages may come, which look at what the devices have published, where a notify looks at the rooms; so
//!   that no publication may be among what comes there.
//!
//! None of these can go on for ever without the rest: each takes something off a queue, or moves a publication on.
//!
//! Where followers watch the group, what a device sends is passed on or held back by what its follower knows, and all orders are
//! looked at.
//!
//! Where no fault can strike it any more, such a step is taken as a part of the one before it, so that the states between them
//! are none: only paths are told step by step.
//!
//! A hub that crashes over an acknowledgement, or while it is under way, hands its event out again, to somebody who has it, does
//! nothing about it and answers once more: then the room is as if the acknowledgement had come before the crash. (A device that
//! has given up joining meanwhile answers that it is out, as it would have if it had given up before the event came.) So that is the
//! only order that is looked at. An acknowledgement that is lost is looked at in any case. Copies of a packet and of its answer
//! are never taken alone.
//!
//! [`Inbox`]: mimic_protocol::provider::Inbox
//! [`Outbox`]: mimic_protocol::provider::Outbox

use super::packet::{Header, Part};
use super::reduce::Orders;
use super::state::{Budget, Draft, Item, Kind, Locals, PROVIDERS};
use super::{HUB, Room};
use mimic_protocol::NodeId;
use mimic_protocol::node::{Call, Timer};
use smallvec::{SmallVec, smallvec};

/// Nodes, a bit for the index of each.
type Nodes = u16;
/// A few of the items that can happen next.
pub(super) type Few = SmallVec<[Item; 4]>;

impl Room {
    /// What happens as a part of the step before it: alone, and no fault can strike it any more.
    pub(super) fn follows(&self, draft: &Draft) -> Option<Item> {
        if draft.budget.faults > 0 || draft.budget.violated != 0 {
            return None;
        }
        match self.first(draft.budget, &draft.locals, &draft.items)[..] {
            [item] => Some(item),
            _ => None,
        }
    }

    /// The few of these items that come first, if anything may; else none, and all of them have to be looked at.
    pub(super) fn first(&self, budget: Budget, locals: &Locals, items: &[Item]) -> Few {
        if self.reductions.orders == Orders::All {
            return Few::new();
        }
        let alone = self.acknowledgement(items).or_else(|| self.publication((budget, locals), items));
        alone.map(|item| smallvec![item]).unwrap_or_else(|| self.at_one_place(items))
    }

    /// An acknowledgement.
    fn acknowledgement(&self, items: &[Item]) -> Option<Item> {
        let acknowledges = |item: &Item| {
            #[cfg(test)]
            if self.reductions.orders == Orders::OverlooksRaces && self.node_of(*item) == HUB {
                return true;
            }
            self.part(*item) == Part::Acknowledgement
        };
        items.iter().copied().find(|item| acknowledges(item) && self.is_single(items, *item))
    }

    /// A step of a publication of key packages, where nobody asks for any.
    fn publication(&self, (budget, locals): (Budget, &Locals), items: &[Item]) -> Option<Item> {
        let mut steps = items.iter().copied().filter(|item| self.part(*item) == Part::Publication);
        let step = steps.find(|item| {
            (self.node_of(*item) != HUB || budget.crashes == 0) && self.is_single(items, *item)
        })?;
        let awaited = |node: &usize| self.tables.locals.derived(locals[*node]).awaits_key_packages;
        let asked = items.iter().any(|item| self.brings_key_packages(*item));
        (!asked && !self.nodes.iter().any(awaited)).then_some(step)
    }

    /// All that can happen at one place, where nothing else comes there before: the fewest such items, if there are any.
    fn at_one_place(&self, items: &[Item]) -> Few {
        let places = items.iter().filter_map(|item| {
            let node = self.node_of(*item);
            let place: Nodes = match self.part(*item) {
                Part::Delivery => 1 << node,
                Part::Notify => 1 << node | self.clients[node],
                Part::Acknowledgement | Part::Publication | Part::Beside => return None,
            };
            self.is_single(items, *item).then_some(place)
        });
        places.filter_map(|place| self.happening_at(place, items)).min_by_key(Few::len).unwrap_or_default()
    }

    /// What can happen at these nodes; none, if something else can come to them, or can be kept from happening.
    fn happening_at(&self, place: Nodes, items: &[Item]) -> Option<Few> {
        let mut few = Few::new();
        for item in items {
            let node = self.node_of(*item);
            let is_there = place & 1 << node != 0;
            let is_free = match item.kind() {
                Kind::Intent(_) | Kind::Start(_) => !is_there,
                // A device's key packages may be asked for.
                Kind::Live(packet) | Kind::Stale(packet) if is_there && node < PROVIDERS => {
                    self.tables.packets.derived(packet).part != Part::Publication
                }
                Kind::Live(_) => is_there || self.touches(*item) & place == 0,
                Kind::Stale(_) | Kind::Timer(_) | Kind::Owed(_) | Kind::Crash => true,
            };
            if !is_free {
                return None;
            }
            if is_there && few.last() != Some(item) {
                few.push(*item);
            }
        }
        Some(few)
    }

    /// The nodes that the item comes to, or can lead to anything at but what fan-out is.
    fn touches(&self, item: Item) -> Nodes {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let Header { to, origin, part, .. } = *self.tables.packets.derived(packet);
                let asks = part == Part::Beside || origin >= PROVIDERS;
                1 << to | if asks { 1 << origin } else { 0 }
            }
            Kind::Timer(_) | Kind::Owed(_) | Kind::Intent(_) | Kind::Start(_) | Kind::Crash => {
                1 << self.node_of(item)
            }
        }
    }

    /// What part the item has in fan-out.
    fn part(&self, item: Item) -> Part {
        match item.kind() {
            Kind::Live(packet) => self.tables.packets.derived(packet).part,
            Kind::Timer(timer) => match self.tables.timers.value(timer).1 {
                Timer::Notify(..) | Timer::Deliver(_) => Part::Acknowledgement,
                Timer::Publish => Part::Publication,
                Timer::CommitPending(_) | Timer::Retry(_) => Part::Beside,
            },
            Kind::Owed(exchange) => {
                let exchange = self.tables.exchanges.value(exchange);
                let of_queue = matches!(exchange.call, Call::Notify(..) | Call::Deliver(_));
                let of_provider = matches!(exchange.origin, NodeId::Provider(_));
                match exchange.call {
                    Call::Publish => Part::Publication,
                    _ if of_queue && of_provider => Part::Acknowledgement,
                    _ => Part::Beside,
                }
            }
            Kind::Stale(_) | Kind::Intent(_) | Kind::Start(_) | Kind::Crash => Part::Beside,
        }
    }

    /// Whether no other packet of its exchange is under way for which anybody waits, but for copies.
    fn is_single(&self, items: &[Item], item: Item) -> bool {
        let exchange = |item: Item| match item.kind() {
            Kind::Live(packet) => Some(self.tables.packets.derived(packet).exchange),
            _ => None,
        };
        exchange(item)
            .is_none_or(|own| items.iter().all(|other| *other == item || exchange(*other) != Some(own)))
    }

    /// Whether the item can lead to somebody's being handed a key package, or a Welcome for one.
    fn brings_key_packages(&self, item: Item) -> bool {
        match item.kind() {
            Kind::Live(packet) => self.tables.packets.derived(packet).brings_key_packages,
            // Nobody waits for a stale answer.
            Kind::Stale(packet) => {
                let Header { brings_key_packages, is_request, .. } = *self.tables.packets.derived(packet);
                brings_key_packages && is_request
            }
            Kind::Intent(intent) => self.tables.adds(intent as usize),
            Kind::Owed(exchange) => {
                matches!(self.tables.exchanges.value(exchange).call, Call::KeyMaterial(..))
            }
            Kind::Timer(_) | Kind::Start(_) | Kind::Crash => false,
        }
    }
}
