//! INV-03: all parties that are in one epoch of a group hold the same GroupContext, and the same room state.

use super::{hosted, seats};
use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::room::Standing;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Epoch agreement (arch §4.4, proto §7.3). It remembers what the first party to reach an epoch saw there.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct EpochAgreement {
    first: BTreeMap<(RoomId, u64), (u64, Arc<Standing>)>,
}

impl Invariant for EpochAgreement {
    fn id(&self) -> &'static str {
        "INV-03"
    }

    fn statement(&self) -> &'static str {
        "all parties in one epoch hold the same GroupContext and room state"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        if at.step.view.is_none() {
            return;
        }
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            self.compare(at, tally, (*room, hub.epoch), hub.context, &hub.committed);
        }
        for (room, seat) in seats(at.after()).into_iter().flatten() {
            if let (Some(epoch), Some(context), Some(standing)) = (seat.epoch, seat.context, &seat.standing) {
                self.compare(at, tally, (*room, epoch), context, standing);
            }
        }
    }
}

impl EpochAgreement {
    fn compare(
        &mut self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, epoch): (RoomId, u64),
        context: u64,
        standing: &Arc<Standing>,
    ) {
        let Some((first_context, first_standing)) = self.first.get(&(room, epoch)) else {
            self.first.insert((room, epoch), (context, standing.clone()));
            return;
        };
        let same = *first_context == context && first_standing == standing;
        tally.check(Some(at.step.n), same, || {
            format!("{room} at {}: its state of epoch {epoch} is not that of the others", at.step.node)
        });
    }
}
