//! INV-11: what the hub has accepted reaches every provider with a member at that time.

use super::hub;
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::{Directory, NodeId, ProviderId, RoomId};
use std::collections::{BTreeMap, BTreeSet};

/// Accepted means delivered (proto §5.5). It remembers what is on its way, and since which step.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Delivered {
    owed: BTreeMap<(RoomId, MessageId, ProviderId), u64>,
    settled: u64,
}

impl Invariant for Delivered {
    fn id(&self) -> &'static str {
        "INV-11"
    }

    fn statement(&self) -> &'static str {
        "what the hub has accepted reaches every provider with a member then"
    }

    fn step(&mut self, at: &Transition<'_>, _: &mut Tally) {
        for fact in &at.step.facts {
            match (fact, at.step.node) {
                (Fact::Accepted { room, message, event, .. }, NodeId::Provider(own)) => {
                    for provider in due(at, *room, event).into_iter().filter(|provider| *provider != own) {
                        self.owed.insert((*room, *message, provider), at.step.n);
                    }
                }
                (Fact::Notified { room, message }, NodeId::Provider(follower)) => {
                    self.settled += u64::from(self.owed.remove(&(*room, *message, follower)).is_some());
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, directory: &Directory, _: &Views, tally: &mut Tally) {
        tally.checked += self.settled;
        for ((room, message, provider), step) in &self.owed {
            tally.check(Some(*step), false, || {
                let provider = directory.provider_uri(*provider);
                format!("{room}: {message:?} was accepted here, and never came to {provider}")
            });
        }
    }
}

/// The providers that the draft says are due the event: those with a member before it, or, for a commit, after it; for an
/// application message only those with a member whose removal is not pending (PROTO-31).
fn due(at: &Transition<'_>, room: RoomId, event: &Accepted) -> BTreeSet<ProviderId> {
    let (commit, message) =
        (matches!(event, Accepted::Commit { .. }), matches!(event, Accepted::Message { .. }));
    let mut providers = BTreeSet::new();
    for hub in hub(at.before, room).into_iter().chain(hub(at.after(), room).filter(|_| commit)) {
        for client in hub.leaves.values() {
            if !message || hub.effective.may_take_part(at.directory.user_of(*client)) {
                providers.insert(at.directory.provider_of_client(*client));
            }
        }
    }
    providers
}
