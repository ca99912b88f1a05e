//! INV-27: at a hub there is one room with fixed membership for each set of users.

use super::authorised::beside::participants;
use super::hosted;
use crate::view::HubView;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::UserId;
use std::collections::BTreeSet;

/// One fixed room per set (room-policy §5). No hub knows the rooms of another, so that it is judged hub by hub. It remembers
/// nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct OneFixedRoom;

impl Invariant for OneFixedRoom {
    fn id(&self) -> &'static str {
        "INV-27"
    }

    fn statement(&self) -> &'static str {
        "a hub has one room with fixed membership for each set of users"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        let Some(rooms) = hosted(at.after()).filter(|_| at.step.view.is_some()) else { return };
        for (room, hub) in rooms {
            let Some(set) = fixed_set(hub) else { continue };
            let before = hosted(at.before).and_then(|rooms| rooms.get(room)).and_then(fixed_set);
            if before.as_ref() == Some(&set) {
                continue;
            }
            let twin =
                rooms.iter().find(|(other, hub)| *other != room && fixed_set(hub).as_ref() == Some(&set));
            tally.check(Some(at.step.n), twin.is_none(), || {
                let twin = twin.map(|(twin, _)| twin.to_string()).unwrap_or_default();
                format!("{room} and {twin} are fixed for the same users")
            });
        }
    }
}

/// The participants, where they are fixed.
fn fixed_set(hub: &HubView) -> Option<BTreeSet<UserId>> {
    hub.effective.base.fixed_membership.then(|| participants(&hub.effective))
}
