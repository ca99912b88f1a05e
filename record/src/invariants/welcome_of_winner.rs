//! INV-15: a client enters a group only by what the hub has accepted.

use super::{hosted, seats};
use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::Fact;
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The context's short digest, and the leaves.
type Group = (u64, Arc<BTreeMap<u32, ClientId>>);

/// Welcome only for the winner (RFC 9420 §14, RFC 9750 §5.2.3). It remembers the group of each epoch.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct WelcomeOfWinner {
    epochs: BTreeMap<(RoomId, u64), Group>,
}

impl Invariant for WelcomeOfWinner {
    fn id(&self) -> &'static str {
        "INV-15"
    }

    fn statement(&self) -> &'static str {
        "nobody enters a group by a commit that was not accepted"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            self.epochs.entry((*room, hub.epoch)).or_insert_with(|| (hub.context, hub.leaves.clone()));
        }
        for fact in &at.step.facts {
            let (Fact::Joined { room, epoch }, NodeId::Client(client)) = (fact, at.step.node) else {
                continue;
            };
            let context = seats(at.after()).and_then(|seats| seats.get(room)).and_then(|seat| seat.context);
            // Whoever has lost the group again by the end of the step is in none.
            let Some(context) = context else { continue };
            let accepted = self.epochs.get(&(*room, *epoch)).is_some_and(|(known, leaves)| {
                *known == context && leaves.values().any(|leaf| *leaf == client)
            });
            tally.check(Some(at.step.n), accepted, || {
                let client = at.directory.client_uri(client);
                format!("{room}: {client} enters epoch {epoch} of a group that the hub does not know")
            });
        }
    }
}
