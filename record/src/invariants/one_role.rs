//! INV-02: a user occurs at most once in the participant list, with a role that is not 0 and is defined.

use super::{hosted, seats};
use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::room::Standing;
use std::collections::BTreeSet;

/// One role per user (proto §7.5, policy §3). It remembers nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct OneRole;

impl Invariant for OneRole {
    fn id(&self) -> &'static str {
        "INV-02"
    }

    fn statement(&self) -> &'static str {
        "a participant has exactly one role, and that role is defined"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        if at.step.view.is_none() {
            return;
        }
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            check(at, tally, *room, &hub.committed);
        }
        for (room, seat) in seats(at.after()).into_iter().flatten() {
            if let Some(standing) = &seat.standing {
                check(at, tally, *room, standing);
            }
        }
    }
}

fn check(at: &Transition<'_>, tally: &mut Tally, room: RoomId, standing: &Standing) {
    let mut known = BTreeSet::new();
    let bad = standing.participants.iter().find(|p| {
        let role = p.role;
        !known.insert(p.user) || role == 0 || standing.role(role).is_none()
    });
    tally.check(Some(at.step.n), bad.is_none(), || {
        let user = bad.map(|p| format!("{} with role {}", at.directory.user_uri(p.user), p.role));
        format!(
            "{room} at {}: {} is listed twice, or its role is not defined",
            at.step.node,
            user.unwrap_or_default()
        )
    });
}
