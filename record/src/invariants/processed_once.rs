//! INV-29: a follower processes each event as often as the hub has put it into its outbox: once.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{NodeId, ProviderId, RoomId};
use std::collections::BTreeMap;

/// De-duplication (proto §5.5). It remembers how often each event is still due at each follower; that none is lost is INV-11.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ProcessedOnce {
    due: BTreeMap<(ProviderId, RoomId, MessageId), u64>,
}

impl Invariant for ProcessedOnce {
    fn id(&self) -> &'static str {
        "INV-29"
    }

    fn statement(&self) -> &'static str {
        "a follower processes each event once"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match (fact, at.step.node) {
                (Fact::FannedOut { room, message, follower }, _) => {
                    *self.due.entry((*follower, *room, *message)).or_default() += 1;
                }
                (Fact::Notified { room, message }, NodeId::Provider(follower)) => {
                    // What is stapled to a commit is fanned out under the commit's name.
                    let Some(due) = self.due.get_mut(&(follower, *room, *message)) else { continue };
                    tally.check(Some(at.step.n), *due > 0, || {
                        format!("{room}: {follower} processes {message:?} again")
                    });
                    *due = due.saturating_sub(1);
                }
                _ => {}
            }
        }
    }
}
