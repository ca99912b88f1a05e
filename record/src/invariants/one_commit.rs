//! INV-04: a hub accepts at most one commit for each epoch of a group, over crashes too.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::room::Log;
use std::collections::BTreeMap;

/// One commit per epoch (proto §5.3, RFC 9420 §14); with hub-log, likewise one state event for each place in each log. It
/// remembers which commit ended each epoch, and which event has each place.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct OneCommit {
    ended_by: BTreeMap<(RoomId, u64), MessageId>,
    placed: BTreeMap<(RoomId, Log, u64), MessageId>,
}

impl Invariant for OneCommit {
    fn id(&self) -> &'static str {
        "INV-04"
    }

    fn statement(&self) -> &'static str {
        "a hub accepts at most one commit for each epoch"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            if let Fact::Accepted { room, message, event: Accepted::State { log, sequence, .. }, .. } = fact {
                let earlier = self.placed.insert((*room, *log, *sequence), *message);
                tally.check(Some(at.step.n), earlier.is_none(), || {
                    format!("{room}: the hub accepts {message:?} for place {sequence} of the {log:?} log, which is taken")
                });
            }
            let Fact::Accepted { room, message, event: Accepted::Commit { epoch, .. }, .. } = fact else {
                continue;
            };
            let earlier = self.ended_by.insert((*room, *epoch), *message);
            tally.check(Some(at.step.n), earlier.is_none(), || {
                let earlier = earlier.map(|m| format!("{m:?}")).unwrap_or_default();
                format!("{room}: the hub accepts {message:?} for epoch {epoch}, for which it had accepted {earlier}")
            });
        }
    }
}
