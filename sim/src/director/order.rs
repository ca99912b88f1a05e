//! What could happen in a directed world, and what of it `settle` lets happen first.

use super::names::Names;
use super::thing::{MessageName, Thing, TimerName};
use crate::agenda::Due;
use crate::calls::Try;
use crate::kernel::Kernel;
use crate::packet::PacketKey;
use mimic_protocol::NodeId;
use mimic_protocol::node::{Exchange, Timer};
use std::collections::BTreeMap;

/// How often a timer fires in one `settle` while something is held back: what a node does again and again because of that would
/// never end.
const FIRES_MAX: u32 = 2;
/// How many of the things that could happen are listed.
const LISTED: usize = 16;

/// Something that can happen next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Next {
    /// A node begins.
    Begin(NodeId),
    /// A message arrives.
    Arrive(PacketKey, u32),
    /// An exchange ends without its answer.
    TimeOut(Exchange),
    /// A timer fires.
    Fire(NodeId, Timer),
}

/// The record that is being written, if one is: under the director, that is always settled first.
pub(super) fn writing(kernel: &Kernel) -> Option<NodeId> {
    kernel.agenda.all().find_map(|due| if let Due::Synced(node) = due { Some(*node) } else { None })
}

/// What comes next in the canonical order, of all that is not held.
pub(super) fn next(kernel: &Kernel, held: &[Thing], fired: &BTreeMap<(NodeId, Timer), u32>) -> Option<Next> {
    let begins =
        kernel.agenda.all().filter_map(|due| if let Due::Start(node) = due { Some(*node) } else { None });
    if let Some(node) = begins.min() {
        return Some(Next::Begin(node));
    }
    let holds_message = |key: &PacketKey, copy| {
        let means = |name: &MessageName| name.means(key, copy) && is_as_awaited(kernel, name, key);
        held.iter().any(|thing| matches!(thing, Thing::Message(name) if means(name)))
    };
    let arrives = |(key, copy): &(&PacketKey, u32)| kernel.is_up(key.link.to) && !holds_message(key, *copy);
    if let Some((key, copy)) = kernel.post.fabric.packets().find(arrives) {
        return Some(Next::Arrive(*key, copy));
    }
    if let Some(exchange) = kernel.agenda.all().find_map(|due| lost(kernel, due)) {
        return Some(Next::TimeOut(exchange));
    }
    let holds_timer =
        |node, timer| held.iter().any(|thing| matches!(thing, Thing::Timer(name) if name.means(node, timer)));
    let waits = !held.is_empty() || kernel.post.fabric.in_flight() > 0;
    let tired = |node, timer| waits && fired.get(&(node, timer)).is_some_and(|times| *times >= FIRES_MAX);
    let timers =
        timers(kernel).filter(|(_, node, timer)| !holds_timer(*node, *timer) && !tired(*node, *timer));
    timers.min().map(|(_, node, timer)| Next::Fire(node, timer))
}

/// The timers that are set, each with the step that set it.
pub(super) fn timers(kernel: &Kernel) -> impl Iterator<Item = (u64, NodeId, Timer)> + '_ {
    kernel.agenda.all().filter_map(|due| match due {
        Due::Wake(node, timer) => Some((kernel.set_in(*node, *timer)?, *node, *timer)),
        _ => None,
    })
}

/// The exchange that waits for an answer which cannot come any more, as nothing of it is on its way.
fn lost(kernel: &Kernel, due: &Due) -> Option<Exchange> {
    let Due::Timeout(exchange) = due else { return None };
    let asked = kernel.post.calls.asked(*exchange)?;
    let of_it = |key: &PacketKey| {
        (key.exchange, key.operation, key.attempt) == (asked.exchange, asked.operation, asked.attempt)
    };
    (!kernel.post.fabric.packets().any(|(key, _)| of_it(key))).then_some(*exchange)
}

/// Whether the message is awaited, or not, if the name says which.
pub(super) fn is_as_awaited(kernel: &Kernel, name: &MessageName, key: &PacketKey) -> bool {
    let asked = Try { exchange: key.exchange, operation: key.operation, attempt: key.attempt };
    name.awaited.is_none_or(|awaited| awaited == (kernel.post.calls.asked(key.exchange) == Some(asked)))
}

/// What could happen now, in the words of a story.
pub(super) fn possible(kernel: &Kernel, names: &Names<'_>) -> String {
    let deliver = kernel.post.fabric.packets().map(|(key, copy)| MessageName::of(key, copy).show(names));
    let fire = timers(kernel).map(|(_, node, timer)| TimerName::of(node, timer).show(names));
    let mut all: Vec<String> = deliver
        .map(|name| format!("deliver {name}"))
        .chain(fire.map(|name| format!("fire {name}")))
        .collect();
    if all.is_empty() {
        return "nothing is on its way, and no timer is set".to_owned();
    }
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("what could happen now: {}{more}", all.join("; "))
}
