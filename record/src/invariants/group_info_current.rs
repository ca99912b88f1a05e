//! INV-32: what a hub tells of a group is the group as it is.

use super::hub;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::Fact;

/// GroupInfo is current (proto §5.6, RACE-58, RACE-60), and lets in (RACE-33): what a client is told is signed and sealed by the
/// hub, so nobody on the way can have spoilt it. It remembers nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct GroupInfoCurrent;

impl Invariant for GroupInfoCurrent {
    fn id(&self) -> &'static str {
        "INV-32"
    }

    fn statement(&self) -> &'static str {
        "GroupInfo, tree and pending proposals that a hub hands out are those of its current epoch, and verify"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            if let Fact::GroupInfoUseless { room, error } = fact {
                let n = Some(at.step.n);
                tally.check(n, false, || format!("{room}: nobody can join by what the hub tells: {error}"));
            }
            let Fact::GroupInfoGiven { room, epoch, context, pending } = fact else { continue };
            let Some(hub) = hub(at.after(), *room) else { continue };
            let current = (*epoch, *context, *pending) == (hub.epoch, hub.context, hub.pending);
            tally.check(Some(at.step.n), current, || {
                format!(
                    "{room}: the hub is in epoch {} with {} proposals pending, and tells of epoch {epoch} with {pending}",
                    hub.epoch, hub.pending
                )
            });
        }
    }
}
