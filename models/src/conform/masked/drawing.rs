//! What a hidden client draws: randomness as a function of what it makes with it, and not of the way there. So ways that lead to the same
//! lead to the same octets, and are one.

use super::local::room_of;
use super::surroundings::Surroundings;
use crate::node::Node;
use mimic_protocol::client::Attempt;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Entropy, MlsGroup};
use mimic_protocol::node::{Event, Exchange, FanOut, Input, Request};
use mimic_protocol::{Client, RoomId};
use std::collections::BTreeMap;

/// What it is drawn for. Keys of commits go by the epoch that they end; nobody draws one again in a later epoch (RFC 9420 §12.4.2).
#[derive(Hash)]
struct Purpose {
    place: Place,
    /// How many attempts were made there before.
    made: u32,
    /// The place of the Welcome in the client's queue, where it takes another key package for the one that is used up.
    welcome: Option<u64>,
}

/// Where something is made: in a room, in the epoch in which the client is there, if it is.
pub(super) type Place = (Option<RoomId>, Option<[u8; 32]>);

/// How many attempts a client has made, in each place that it is in or may come to again.
pub(super) type Made = BTreeMap<Place, u32>;

/// Randomness for this step, and where what is made in the step is made.
pub(super) fn drawn(around: &Surroundings<'_>, node: &Node, made: &Made, input: &Input) -> (Entropy, Place) {
    let (place, welcome) = match input {
        Input::Request { request: Request::Deliver { position, room, event }, .. } => {
            // What is made after an event is made in the epoch that the event leads to.
            let mut next = node.clone();
            next.handle(around.now_ms, around.entropy(position), input.clone());
            let welcome = matches!(event, FanOut { event: Event::Welcome { .. }, .. });
            (place(&next, Some(*room)), welcome.then_some(*position))
        }
        Input::Request { .. } | Input::Start => (place(node, None), None),
        Input::Command(intent) => (place(node, Some(intent.room)), None),
        Input::Response { exchange: Exchange { call, .. }, .. } | Input::Failed { call } => {
            (place(node, call.room()), None)
        }
        Input::Wake(timer) => (place(node, room_of(*timer)), None),
    };
    let made = made.get(&place).copied().unwrap_or_default();
    (around.entropy(&Purpose { place, made, welcome }), place)
}

fn place(node: &Node, room: Option<RoomId>) -> Place {
    match (node, room) {
        (Node::Client(client), Some(room)) => (Some(room), client.group(room).map(MlsGroup::context_digest)),
        _ => (room, None),
    }
}

/// Notes what the client has made in the step. Places that it cannot come to again are forgotten.
pub(super) fn note(made: &mut Made, before: &Node, after: &Node, at: Place) {
    let (Node::Client(before), Node::Client(now), (Some(room), _)) = (before, after, at) else { return };
    let attempt = |client: &Client<Symbolic>| client.seats().get(&room).map(|seat| seat.attempt().clone());
    let has_made = attempt(now).filter(|attempt| *attempt != Attempt::Idle);
    if has_made.is_some() && has_made != attempt(before) {
        *made.entry(at).or_default() += 1;
    }
    made.retain(|(room, epoch), _| epoch.is_none() || (*room, *epoch) == place(after, *room));
}
