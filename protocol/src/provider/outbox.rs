//! What a hub still owes one follower of one room, notified one event at a time and in the hub's order.

use crate::ids::{NodeId, ProviderId, RoomId};
use crate::mls::Octets;
use crate::node::{Call, Event, Exchange, FanOut, Request, Timer};
use crate::step::{Step, under};
use std::collections::{BTreeMap, VecDeque};

/// Durable but for `asked` and `waits`. The hub waits for each 201 before the next event: HTTP requests can overtake one another and
/// carry no sequence number (PROTO-44, RACE-17). A repetition is octet for octet what it was before (PROTO-53, RACE-21).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Outbox {
    /// Each event under its place in the hub's order; a commit's Welcome has the same place as the commit and follows it.
    queue: VecDeque<(u64, u8, FanOut)>,
    asked: bool,
    /// The follower has said when it may be asked again, and that is not over.
    waits: bool,
}

impl Outbox {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, room: RoomId, follower: ProviderId) -> Self {
        let items = under(cells, &prefix(room, follower));
        let queue = items.values().filter_map(|octets| postcard::from_bytes(octets).ok()).collect();
        Self { queue, asked: false, waits: false }
    }

    /// How many events the follower is still owed.
    pub fn owed(&self) -> usize {
        self.queue.len()
    }

    /// Whether a Welcome is among them.
    pub fn holds_welcome(&self) -> bool {
        self.queue.iter().any(|(_, _, event)| matches!(event.event, Event::Welcome { .. }))
    }

    pub(super) fn push(
        &mut self,
        step: &mut Step,
        room: RoomId,
        follower: ProviderId,
        place: (u64, u8),
        event: FanOut,
    ) {
        let item = (place.0, place.1, event);
        step.put(key(room, follower, &item), &item);
        self.queue.push_back(item);
    }

    /// Notifies the follower of the first event, unless that is under way, or the follower has said to wait.
    pub(super) fn notify(
        &mut self,
        step: &mut Step,
        hub: ProviderId,
        room: RoomId,
        follower: ProviderId,
        newest_first: bool,
    ) {
        if self.waits {
            return;
        }
        if newest_first && !self.asked {
            self.queue.make_contiguous().reverse();
        }
        let (false, Some((_, _, event))) = (self.asked, self.queue.front()) else { return };
        self.asked = true;
        let exchange = Exchange { origin: NodeId::Provider(hub), call: Call::Notify(room, follower) };
        step.send(follower, exchange, Request::Notify { room, event: event.clone() });
    }

    /// 201: the follower has the first event.
    pub(super) fn acknowledged(&mut self, step: &mut Step, room: RoomId, follower: ProviderId) {
        if !std::mem::take(&mut self.asked) {
            return;
        }
        if let Some(item) = self.queue.pop_front() {
            step.delete(key(room, follower, &item));
        }
    }

    /// No 201: try again later (PROTO-53).
    pub(super) fn failed(&mut self, step: &mut Step, room: RoomId, follower: ProviderId) {
        self.asked = false;
        let delay_ms = step.entropy.between("mimic notify retry", 300, 600);
        step.wake(Timer::Notify(room, follower), delay_ms);
    }

    /// 503 with Retry-After: try again then, and not before, whatever else happens (PROTO-53, RFC 9110 §10.2.3).
    pub(super) fn put_off(
        &mut self,
        step: &mut Step,
        room: RoomId,
        follower: ProviderId,
        retry_after_s: u32,
    ) {
        self.asked = false;
        self.waits = true;
        let beside_ms = step.entropy.between("mimic notify retry", 0, 300);
        step.wake(Timer::Notify(room, follower), 1_000 * u64::from(retry_after_s) + beside_ms);
    }

    /// The time is over.
    pub(super) fn go_on(&mut self) {
        self.waits = false;
    }

    pub(super) fn forget(&mut self) {
        self.queue.clear();
    }
}

fn prefix(room: RoomId, follower: ProviderId) -> Vec<u8> {
    [b"o/", &room.0.to_be_bytes()[..], &follower.0.to_be_bytes()[..], b"/"].concat()
}

fn key(room: RoomId, follower: ProviderId, item: &(u64, u8, FanOut)) -> Vec<u8> {
    [&prefix(room, follower)[..], &item.0.to_be_bytes()[..], &[item.1]].concat()
}
