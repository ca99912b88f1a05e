//! INV-04: a hub accepts at most one commit for each epoch of a group, over crashes too.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::node::{Accepted, Fact, MessageId};
use std::collections::BTreeMap;

/// One commit per epoch (proto §5.3, RFC 9420 §14). It remembers which commit ended each epoch.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct OneCommit {
    ended_by: BTreeMap<(RoomId, u64), MessageId>,
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
