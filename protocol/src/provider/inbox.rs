//! The queue of events that a provider still owes one of its clients, delivered one at a time and in order.

use crate::ids::{ClientId, RoomId};
use crate::mls::Octets;
use crate::node::{Call, Event, Exchange, FanOut, Request, Timer};
use crate::step::{Step, under};
use crate::{NodeId, ProviderId};
use std::collections::{BTreeMap, VecDeque};

/// Durable but for `asked`: what was not acknowledged is delivered again after a restart.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Inbox {
    /// The place of the queue's first event; places count from 0 and tell the client of a repetition.
    head: u64,
    queue: VecDeque<(RoomId, FanOut)>,
    asked: bool,
}

impl Inbox {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, client: ClientId) -> Self {
        let mut inbox = Self::default();
        if let Some(head) = crate::step::read(cells, &head_key(client)) {
            inbox.head = head;
        }
        let items = under(cells, &[b"i/", &client.0.to_be_bytes()[..], b"/"].concat());
        inbox.queue = items.values().filter_map(|octets| postcard::from_bytes(octets).ok()).collect();
        inbox
    }

    /// The place that the next event gets.
    pub(super) fn next(&self) -> u64 {
        self.head + self.queue.len() as u64
    }

    /// How many events the client is still owed.
    pub fn owed(&self) -> usize {
        self.queue.len()
    }

    pub(super) fn push(&mut self, step: &mut Step, client: ClientId, room: RoomId, event: FanOut) {
        let item = (room, event);
        step.put(item_key(client, self.next()), &item);
        self.queue.push_back(item);
    }

    pub(super) fn forget(&mut self) {
        self.queue.clear();
    }

    /// Hands the first event to the client, unless that is under way.
    pub(super) fn deliver(&mut self, step: &mut Step, provider: ProviderId, client: ClientId) {
        let (false, Some((room, event))) = (self.asked, self.queue.front()) else { return };
        self.asked = true;
        let exchange = Exchange { origin: NodeId::Provider(provider), call: Call::Deliver(client) };
        let request = Request::Deliver { position: self.head, room: *room, event: event.clone() };
        step.send(client, exchange, request);
    }

    /// The client has the first event: it is owed no more. Gives its place and room.
    pub(super) fn acknowledged(&mut self, step: &mut Step, client: ClientId) -> Option<(u64, RoomId)> {
        if !self.asked {
            return None;
        }
        self.asked = false;
        let (room, _) = self.queue.pop_front()?;
        let position = self.head;
        self.head += 1;
        step.delete(item_key(client, position));
        step.put(head_key(client), &self.head);
        Some((position, room))
    }

    /// The client did not answer: try again later.
    pub(super) fn failed(&mut self, step: &mut Step, client: ClientId) {
        self.asked = false;
        let delay_ms = step.entropy.between("mimic deliver retry", 200, 400);
        step.wake(Timer::Deliver(client), delay_ms);
    }

    /// Whether a Welcome is queued for the room.
    pub fn holds_welcome(&self, room: RoomId) -> bool {
        self.queue.iter().any(|(at, item)| *at == room && matches!(item.event, Event::Welcome { .. }))
    }
}

fn head_key(client: ClientId) -> Vec<u8> {
    [b"ih/", &client.0.to_be_bytes()[..]].concat()
}

fn item_key(client: ClientId, position: u64) -> Vec<u8> {
    [b"i/", &client.0.to_be_bytes()[..], b"/", &position.to_be_bytes()[..]].concat()
}
