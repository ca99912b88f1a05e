//! INV-17: in every committed state the numbers of participants, active participants, users and clients are within bounds.

use super::authorised::limits;
use super::{hosted, hub};
use crate::view::HubView;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::ClientId;
use std::collections::BTreeSet;

/// Constraints hold (room-policy §3, §5, §8); with hub-log, after each state event and each commit. It remembers nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ConstraintsHold;

impl Invariant for ConstraintsHold {
    fn id(&self) -> &'static str {
        "INV-17"
    }

    fn statement(&self) -> &'static str {
        "every committed state is within the bounds of its roles and its base policy"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        if at.step.view.is_none() {
            return;
        }
        for (room, after) in hosted(at.after()).into_iter().flatten() {
            let place = |hub: &HubView| (hub.epoch, hub.sequences);
            if hub(at.before, *room).is_some_and(|before| place(before) == place(after)) {
                continue;
            }
            let members: BTreeSet<ClientId> = after.leaves.values().copied().collect();
            let mut broken = limits::broken(at.directory, &after.committed, &members);
            // A room may begin below its minima, as one of room-policy A.4 has to with its creator alone in it; it may not
            // fall below them, nor further.
            match hub(at.before, *room) {
                None => broken.retain(|limit, _| !limit.is_minimum()),
                Some(before) => {
                    let members = before.leaves.values().copied().collect();
                    let was = limits::broken(at.directory, &before.committed, &members);
                    broken
                        .retain(|limit, by| !limit.is_minimum() || was.get(limit).is_none_or(|was| was < by));
                }
            }
            tally.check(Some(at.step.n), broken.is_empty(), || {
                let broken: Vec<_> = broken.keys().collect();
                format!("{room}: the state of epoch {} is out of bounds: {broken:?}", after.epoch)
            });
        }
    }
}
