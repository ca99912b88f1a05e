//! The reductions: what is left out of the state because nothing that anybody can observe depends on it.
//!
//! * *Relays.* "A relay keeps no state: it passes the name on" (`Exchange`). A packet that its receiver would only pass on is
//!   passed on as soon as it is sent: whatever could strike it on the first hop (loss, doubling, a crash) can strike it on the
//!   next one, with the same outcome.
//! * *Repetitions.* A request that its receiver would only answer, changing nothing, where nobody waits for that answer, or
//!   where the same answer is under way already, is dropped. That stays so: followers remember the notifies that they
//!   have processed (PROTO-53), clients their place in the queue, and an epoch that is over does not come back. The last is only
//!   as good as the hub's disk, so that nothing is dropped that a hub may get which can still crash.
//! * *Dead data.* A disk that no crash will read any more, and intents that nobody may state any more, are forgotten.
//!
//! * *Orders* that nobody can tell apart: [`order`](super::order).
//!
//! Tests compare the verdicts with these on and off, but for dead data.

use super::effect::{Cut, Effect, Sent};
use super::packet::{Body, Header};
use super::state::{Budget, Draft, Item, Kind};
use super::{HUB, Room};
use crate::scope::Scope;
use mimic_protocol::node::{Fact, Rejection, Request};

/// Which reductions are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Reductions {
    /// Packets that are only passed on are passed on at once.
    pub relays: bool,
    /// Requests that only repeat what is done are dropped.
    pub repetitions: bool,
    /// Which orders are looked at.
    pub orders: Orders,
}

/// Which orders of what happens are looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Orders {
    /// All.
    All,
    /// One of those that nobody can tell apart.
    Distinct,
    /// A planted mistake: what comes to the hub comes in one order.
    #[cfg(test)]
    OverlooksRaces,
}

impl Reductions {
    /// All of them.
    #[cfg(test)]
    pub const ALL: Self = Self { relays: true, repetitions: true, orders: Orders::Distinct };

    /// Those that are made in the scope. What a Byzantine provider does can come between any two steps.
    pub fn of(scope: &Scope) -> Self {
        let looks_at_all = scope.every_order || scope.byzantine.budget > 0;
        let orders = if looks_at_all { Orders::All } else { Orders::Distinct };
        Self { relays: true, repetitions: true, orders }
    }
}

impl Room {
    /// The packet that this one has become when a node is reached that does more than pass it on.
    pub(super) fn passed_on(&self, draft: &Draft, mut packet: u32, mut header: Header) -> (u32, Header) {
        while let Some(next) = self.next_hop(draft, packet, header) {
            (packet, header) = next;
        }
        (packet, header)
    }

    /// The packet on its next hop, if who gets it next only passes it on.
    pub(super) fn next_hop(&self, draft: &Draft, packet: u32, header: Header) -> Option<(u32, Header)> {
        if !self.reductions.relays || header.is_last_hop() {
            return None;
        }
        let local = draft.locals[header.to];
        let effect = self.tables.effect(local, Item::new(Kind::Live(packet)), Cut::None);
        let (true, [Sent::Packet(next, onwards)]) = (is_silent(effect, local), &effect.left[..]) else {
            return None;
        };
        let is_same = (onwards.exchange, onwards.is_request) == (header.exchange, header.is_request);
        is_same.then_some((*next, *onwards))
    }

    /// Forgets what does not matter any more. `before` is the budget before the step.
    pub(super) fn bury(&self, draft: &mut Draft, before: Budget) {
        self.forget_return(draft, before);
        if draft.budget.intents == 0 {
            draft.items.retain(|item| item.is_internal());
        }
        draft.items.sort_unstable();
        if self.reductions.repetitions {
            let mut at = 0;
            while at < draft.items.len() {
                if self.is_repetition(draft, at) {
                    draft.items.remove(at);
                } else {
                    at += 1;
                }
            }
        }
    }

    fn is_repetition(&self, draft: &Draft, at: usize) -> bool {
        let item = draft.items[at];
        let (live, packet) = match item.kind() {
            Kind::Stale(packet) => (false, packet),
            // Of two copies, the second.
            Kind::Live(packet) if at > 0 && draft.items[at - 1] == item => (true, packet),
            _ => return false,
        };
        let header = self.tables.packets.derived(packet);
        let can_forget = header.to == HUB && self.may_go_back(draft.budget);
        if !header.is_request || can_forget {
            return false;
        }
        match &self.tables.packets.value(packet).body {
            // The copy that somebody waits for does the same, and its answer may take its time.
            Body::Request(Request::Notify { .. } | Request::Deliver { .. })
                if !live && draft.items.contains(&Item::new(Kind::Live(packet))) =>
            {
                return true;
            }
            Body::Request(Request::Notify { .. } | Request::Deliver { .. }) => {}
            Body::Request(Request::Update { .. } | Request::Submit { .. }) => {}
            _ => return false,
        }
        let local = draft.locals[header.to];
        let effect = self.tables.effect(local, item, Cut::None);
        match effect.left[..] {
            [Sent::Packet(answer, onwards)] if is_silent(effect, local) && !onwards.is_request => {
                let (answer, _) = self.passed_on(draft, answer, onwards);
                !live || draft.items.contains(&Item::new(Kind::Live(answer)))
            }
            _ => false,
        }
    }
}

/// Whether the node `local` is afterwards as it was, and has observed nothing but that an epoch is over.
fn is_silent(effect: &Effect, local: u32) -> bool {
    let over = |fact: &Fact| matches!(fact, Fact::Rejected { reason: Rejection::WrongEpoch, .. });
    effect.local == local && effect.happened.iter().flat_map(|happened| &happened.facts).all(over)
}
