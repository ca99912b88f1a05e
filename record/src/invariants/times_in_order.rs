//! INV-30: the hub's timestamps follow its order.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::node::Fact;
use std::collections::BTreeMap;

/// Timestamps that never run backwards, over restarts too (content §3.4, CONT-06). It remembers the last of each room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct TimesInOrder {
    last: BTreeMap<RoomId, (u64, u64)>,
}

impl Invariant for TimesInOrder {
    fn id(&self) -> &'static str {
        "INV-30"
    }

    fn statement(&self) -> &'static str {
        "the hub's timestamps follow its order"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Accepted { room, position, accepted_ms, .. } = fact else { continue };
            let Some((before, before_ms)) = self.last.insert(*room, (*position, *accepted_ms)) else {
                continue;
            };
            // A second event at one position is no matter of time (INV-25).
            if *position > before {
                tally.check(Some(at.step.n), *accepted_ms >= before_ms, || {
                    format!("{room}: event {position} is of {accepted_ms} ms, and event {before} before it of {before_ms} ms")
                });
            }
        }
    }
}
