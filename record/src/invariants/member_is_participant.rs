//! INV-01: in every committed epoch, every leaf's user occurs in the participant list of the same GroupContext.

use super::{hosted, seats};
use crate::{Invariant, Tally, Transition};
use mimic_protocol::room::Standing;
use mimic_protocol::{ClientId, Directory, RoomId};
use std::collections::BTreeMap;

/// Member implies participant (arch §4.2, proto §1). It remembers nothing: each view is judged by itself.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct MemberIsParticipant;

impl Invariant for MemberIsParticipant {
    fn id(&self) -> &'static str {
        "INV-01"
    }

    fn statement(&self) -> &'static str {
        "a member of the group is a participant of the room"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        if at.step.view.is_none() {
            return;
        }
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            check(at, tally, *room, &hub.leaves, &hub.committed);
        }
        for (room, seat) in seats(at.after()).into_iter().flatten() {
            if let Some(standing) = &seat.standing {
                check(at, tally, *room, &seat.leaves, standing);
            }
        }
    }
}

fn check(
    at: &Transition<'_>,
    tally: &mut Tally,
    room: RoomId,
    leaves: &BTreeMap<u32, ClientId>,
    standing: &Standing,
) {
    let directory: &Directory = at.directory;
    let stranger = leaves.values().find(|client| standing.role_of(directory.user_of(**client)).is_none());
    tally.check(Some(at.step.n), stranger.is_none(), || {
        let client = stranger.map(|c| directory.client_uri(*c).to_string()).unwrap_or_default();
        format!("{room} at {}: {client} is a member, its user is no participant", at.step.node)
    });
}
