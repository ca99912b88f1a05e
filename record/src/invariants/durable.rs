//! INV-25: what a hub has answered with success survives its crash: the event, its place, and the fan-out still owed.

use super::hosted;
use crate::{Event, Invariant, Tally, Transition};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::room::Log;
use mimic_protocol::{NodeId, ProviderId, RoomId};
use std::collections::{BTreeMap, BTreeSet};

/// Success implies durable. It remembers how far each hub's order had come, with hub-log each log too, and what it owed.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Durable {
    accepted: BTreeMap<(NodeId, RoomId), u64>,
    logged: BTreeMap<(NodeId, RoomId, Log), u64>,
    owed: BTreeMap<(NodeId, RoomId, ProviderId), BTreeSet<MessageId>>,
}

impl Invariant for Durable {
    fn id(&self) -> &'static str {
        "INV-25"
    }

    fn statement(&self) -> &'static str {
        "what a hub has answered with success survives its crash"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        if at.step.event == Event::Restart {
            self.restarted(at, tally);
        }
        let node = at.step.node;
        for fact in &at.step.facts {
            if let Fact::Accepted { room, event: Accepted::State { log, sequence, .. }, .. } = fact {
                self.logged.insert((node, *room, *log), *sequence);
            }
            match (fact, node) {
                (Fact::Accepted { room, position, .. }, _) => {
                    self.accepted.insert((node, *room), position + 1);
                }
                (Fact::FannedOut { room, message, follower }, _) => {
                    self.owed.entry((node, *room, *follower)).or_default().insert(*message);
                }
                (Fact::Notified { room, message }, NodeId::Provider(follower)) => {
                    let hub = NodeId::Provider(at.directory.hub_of(*room));
                    if let Some(owed) = self.owed.get_mut(&(hub, *room, follower)) {
                        owed.remove(message);
                    }
                }
                _ => {}
            }
        }
    }
}

impl Durable {
    fn restarted(&self, at: &Transition<'_>, tally: &mut Tally) {
        let node = at.step.node;
        for ((hub, room), accepted) in self.accepted.range((node, RoomId(0))..=(node, RoomId(u16::MAX))) {
            let view = hosted(at.after()).and_then(|rooms| rooms.get(room));
            let position = view.map_or(0, |view| view.position);
            tally.check(Some(at.step.n), position >= *accepted, || {
                format!(
                    "{room}: {hub} had accepted {accepted} events, and knows {position} after its restart"
                )
            });
            for log in [Log::Policy, Log::Participation] {
                let Some(length) = self.logged.get(&(node, *room, log)) else { continue };
                let known = view.and_then(|view| view.sequences).map_or(0, |sequences| sequences.of(log));
                tally.check(Some(at.step.n), known >= *length, || {
                    format!("{room}: the {log:?} log at {hub} had {length} events, and has {known} after its restart")
                });
            }
            for ((_, owed_in, follower), owed) in self.owed.range((node, *room, ProviderId(0))..) {
                if owed_in != room {
                    break;
                }
                let still =
                    view.and_then(|v| v.owed.iter().find(|(to, _)| to == follower)).map_or(0, |(_, n)| *n);
                tally.check(Some(at.step.n), still >= owed.len(), || {
                    let (due, to) = (owed.len(), at.directory.provider_uri(*follower));
                    format!("{room}: {hub} owed {due} events to {to}, and knows of {still} after its restart")
                });
            }
        }
    }
}
