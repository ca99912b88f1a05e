//! INV-03: all parties that are in one epoch of a group hold the same GroupContext, and the same room state.

use super::{hosted, seats};
use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::room::{Sequences, Standing};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The GroupContext of an epoch, and the room's state where that lies in it.
type Held = (u64, Option<Arc<Standing>>);
/// The GroupContext, where epochs of other branches are other epochs.
type Branch = u64;

/// Epoch agreement (arch §4.4, proto §7.3). It remembers what the first party to reach an epoch saw there.
///
/// With `carrier = hub-log` an epoch fixes no room state: its members change policy and participation within it, and come to
/// each change in their own time. Three things are compared then. Who is in the same epoch has the same GroupContext;
/// whose logs have come equally far has the same room state; and who reads in an epoch what another member has said in it has
/// come as far in the logs as that member had: the only place at which two members can notice that they do not agree. No
/// draft sees to the third, where the GroupContext would.
///
/// Where the hub may be Byzantine, that is asked of each branch of the history by itself (PROTO-87): who has the same GroupContext has
/// the same room state.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct EpochAgreement {
    within_branches: bool,
    first: BTreeMap<(RoomId, u64, Option<Branch>), Held>,
    logged: BTreeMap<(RoomId, Sequences), Arc<Standing>>,
    said: BTreeMap<(RoomId, MessageId), Sequences>,
}

impl Invariant for EpochAgreement {
    fn id(&self) -> &'static str {
        "INV-03"
    }

    fn statement(&self) -> &'static str {
        match self.within_branches {
            false => "all parties in one epoch hold the same GroupContext and room state",
            true => "all parties on one branch of the group's history hold the same room state in each epoch",
        }
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Said { room, message, sequences: Some(sequences), .. } => {
                    self.said.insert((*room, *message), *sequences);
                }
                Fact::Applied { room, message, text: Some(_), .. } => self.heard(at, tally, *room, *message),
                _ => {}
            }
        }
        if at.step.view.is_none() {
            return;
        }
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            self.compare(at, tally, (*room, hub.epoch), (hub.context, &hub.committed), hub.sequences);
        }
        for (room, seat) in seats(at.after()).into_iter().flatten() {
            if let (Some(epoch), Some(context), Some(standing)) = (seat.epoch, seat.context, &seat.standing) {
                self.compare(at, tally, (*room, epoch), (context, standing), seat.sequences);
            }
        }
    }
}

impl EpochAgreement {
    /// The same of each branch by itself.
    pub fn within_branches() -> Self {
        Self { within_branches: true, ..Self::default() }
    }

    fn compare(
        &mut self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, epoch): (RoomId, u64),
        (context, standing): (u64, &Arc<Standing>),
        sequences: Option<Sequences>,
    ) {
        let carried = sequences.is_none().then_some(standing);
        if let Some(sequences) = sequences {
            let first = self.logged.entry((room, sequences)).or_insert_with(|| standing.clone());
            tally.check(Some(at.step.n), first == standing, || {
                format!(
                    "{room} at {}: its state after {} policy and {} participation events is not that of the others",
                    at.step.node, sequences.policy, sequences.participation
                )
            });
        }
        let place = (room, epoch, self.within_branches.then_some(context));
        let Some((first_context, first_standing)) = self.first.get(&place) else {
            self.first.insert(place, (context, carried.cloned()));
            return;
        };
        let same = *first_context == context && first_standing.as_ref() == carried;
        tally.check(Some(at.step.n), same, || {
            format!("{room} at {}: its state of epoch {epoch} is not that of the others", at.step.node)
        });
    }

    fn heard(&self, at: &Transition<'_>, tally: &mut Tally, room: RoomId, message: MessageId) {
        let seat = seats(at.after()).and_then(|seats| seats.get(&room));
        let (Some(here), Some(there)) =
            (seat.and_then(|seat| seat.sequences), self.said.get(&(room, message)))
        else {
            return;
        };
        tally.check(Some(at.step.n), here == *there, || {
            let tell =
                |s: Sequences| format!("{} policy and {} participation events", s.policy, s.participation);
            format!(
                "{room} at {}: it reads after {} what was said in the same epoch after {}",
                at.step.node,
                tell(here),
                tell(*there)
            )
        });
    }
}
