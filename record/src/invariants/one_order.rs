//! INV-08: each client applies a room's events in the hub's order.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{NodeId, RoomId};
use std::collections::BTreeMap;

/// Order agreement (proto §1). It remembers the hub's order, and how far each client has come in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct OneOrder {
    order: BTreeMap<(RoomId, MessageId), u64>,
    reached: BTreeMap<(NodeId, RoomId), u64>,
}

impl Invariant for OneOrder {
    fn id(&self) -> &'static str {
        "INV-08"
    }

    fn statement(&self) -> &'static str {
        "every client applies events in the hub's order"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Accepted { room, position, message, .. } => {
                    self.order.insert((*room, *message), *position);
                }
                Fact::Applied { room, message, .. } => self.applied(at, tally, *room, *message),
                _ => {}
            }
        }
    }
}

impl OneOrder {
    fn applied(&mut self, at: &Transition<'_>, tally: &mut Tally, room: RoomId, message: MessageId) {
        let position = self.order.get(&(room, message)).copied();
        let reached = self.reached.get(&(at.step.node, room)).copied();
        let later = position.is_some_and(|p| reached.is_none_or(|r| p > r));
        tally.check(Some(at.step.n), later, || {
            let (position, reached) = (position.map_or(-1, |p| p as i64), reached.map_or(-1, |p| p as i64));
            format!(
                "{room}: {} applies event {position} of the hub's order after event {reached}",
                at.step.node
            )
        });
        if let Some(position) = position {
            self.reached.insert((at.step.node, room), position);
        }
    }
}
