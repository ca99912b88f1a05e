//! The reduction of orders: what may happen alone in a state, because whatever could come before it could as well come after.
//!
//! A commit of the hub reaches each follower and each device in the end, and mostly nobody can tell in which order. Where that
//! is so, one of these steps is taken first, with the faults that can strike it, and nothing else is looked at (a persistent
//! set; Godefroid 1996). What is asked of it: whatever happens before it without it (1) leaves it possible, and (2) can be put
//! after it with the same outcome. Then each end of the room, each violation and each state without hope is still found:
//! what it is found behind happens in another order, and the paths to it may have such steps in them early.
//!
//! * *Acknowledgements* take the head off a queue ([`Inbox`], [`Outbox`]), and what else comes to that provider looks at the
//!   queue's end alone: it puts something there, or finds that nothing is to be sent now. The same goes for a failure of such an
//!   exchange, and for the timer by which it is tried again. An answer that ends a subscription (`Left`) is none of these.
//! * *Deliveries* to a device to which nothing else can come: it has stated all its wishes, has asked for nothing, has
//!   no timer, and no other packet is under way to it. Its provider hands it one event at a time.
//! * *Notifies* to a follower whose devices are all like that, and owed nothing: nothing comes to it but requests of key
//!   packages, which look at what the devices have published, where a notify looks at the rooms.
//!
//! Where no fault can strike it any more, such a step is taken as a part of the one before it, so that the states between them
//! are none: only paths are told step by step.
//!
//! A hub that crashes over an acknowledgement, or while it is under way, hands its event out again, to somebody who has it, does
//! nothing about it and answers once more: then the room is as if the acknowledgement had come before the crash. So that is the
//! only order that is looked at. An acknowledgement that is lost is looked at in any case. Copies of a packet and of its answer
//! are never taken alone.
//!
//! [`Inbox`]: mimic_protocol::provider::Inbox
//! [`Outbox`]: mimic_protocol::provider::Outbox

use super::Room;
use super::packet::{Header, Part};
use super::state::{Draft, Item, Kind, PROVIDERS};
use mimic_protocol::NodeId;
use mimic_protocol::node::{Call, Timer};
use smallvec::SmallVec;

/// Nodes, a bit for the index of each.
type Nodes = u16;

impl Room {
    /// What happens as a part of the step before it: alone, and no fault can strike it any more.
    pub(super) fn follows(&self, draft: &Draft) -> Option<Item> {
        let strikes = draft.budget.faults > 0 || draft.budget.violated != 0;
        (!strikes).then(|| self.alone(&draft.items)).flatten()
    }

    /// What happens alone where these can happen next, if anything may.
    pub(super) fn alone(&self, items: &[Item]) -> Option<Item> {
        let ways = items.iter().filter(|_| self.reductions.orders).map(|item| (self.part(*item), *item));
        let mut ways: SmallVec<[(Part, Item); 16]> = ways.filter(|(part, _)| *part != Part::Beside).collect();
        if ways.is_empty() {
            return None;
        }
        // Acknowledgements first, as they open the way for others.
        ways.sort_unstable();
        let (mut touched, mut twice): (Nodes, Nodes) = (0, 0);
        for item in items {
            let nodes = self.touches(*item);
            (touched, twice) = (touched | nodes, twice | touched & nodes);
        }
        let may = |(part, item): &(Part, Item)| {
            let node = self.node_of(*item);
            let is_only_one = twice & 1 << node == 0;
            let are_quiet = |clients: Nodes| touched & clients == 0;
            let fits = match part {
                Part::Beside => false,
                Part::Acknowledgement => true,
                Part::Delivery => is_only_one,
                Part::Notify => is_only_one && are_quiet(self.clients[node]),
            };
            fits && self.is_single(items, *item)
        };
        ways.into_iter().find(may).map(|(_, item)| item)
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
                Timer::CommitPending(_) | Timer::Retry(_) | Timer::Publish => Part::Beside,
            },
            Kind::Owed(exchange) => {
                let exchange = self.tables.exchanges.value(exchange);
                let of_queue = matches!(exchange.call, Call::Notify(..) | Call::Deliver(_));
                let of_provider = matches!(exchange.origin, NodeId::Provider(_));
                if of_queue && of_provider { Part::Acknowledgement } else { Part::Beside }
            }
            Kind::Stale(_) | Kind::Intent(_) | Kind::Start(_) | Kind::Crash => Part::Beside,
        }
    }

    /// Whether no other packet of its exchange is under way for which anybody waits.
    fn is_single(&self, items: &[Item], item: Item) -> bool {
        let exchange = |item: Item| match item.kind() {
            Kind::Live(packet) => Some(self.tables.packets.derived(packet).exchange),
            _ => None,
        };
        exchange(item)
            .is_none_or(|own| items.iter().filter(|other| exchange(**other) == Some(own)).count() == 1)
    }
}
