//! INV-01: in every committed epoch, every leaf's user occurs in the participant list of the same GroupContext.

use super::{hosted, hub, seats};
use crate::view::HubView;
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::room::Standing;
use mimic_protocol::{ClientId, Directory, RoomId};
use std::collections::BTreeMap;

/// Member implies participant (arch §4.2, proto §1). It remembers nothing: each view is judged by itself.
///
/// With `carrier = hub-log` no commit ties members to participants, and between the event that takes a user out and the
/// commit that takes out its clients they cannot be in line. What arch §4.2 and §4.3 demand then is that a client comes
/// in only as one of a participant, and that "any clients joined to the room should be removed" of one who is none
/// any more: at the end, if a participant is left in the group who could do it.
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
        for (room, after) in hosted(at.after()).into_iter().flatten() {
            let before = hub(at.before, *room).map(|hub| &hub.leaves);
            let known = before.filter(|_| after.sequences.is_some()).map(|leaves| &**leaves);
            check(at, tally, *room, (known, &after.leaves), &after.committed);
        }
        for (room, after) in seats(at.after()).into_iter().flatten() {
            let Some(standing) = &after.standing else { continue };
            let before = seats(at.before).and_then(|seats| seats.get(room));
            let known = match after.sequences {
                None => None,
                // Whom it finds in the group when it comes in was let in before.
                Some(_) => Some(before.filter(|seat| seat.epoch.is_some()).unwrap_or(after)),
            };
            check(at, tally, *room, (known.map(|seat| &*seat.leaves), &after.leaves), standing);
        }
    }

    fn end(&mut self, directory: &Directory, views: &Views, tally: &mut Tally) {
        for (room, hub) in views.values().filter_map(|view| hosted(Some(view))).flatten() {
            let Some(stray) = stray(directory, hub) else { continue };
            let takes_part = |client: &&ClientId| hub.effective.may_take_part(directory.user_of(**client));
            let able = hub.leaves.values().find(takes_part);
            tally.check(None, able.is_none(), || {
                let [stray, able] = [Some(&stray), able].map(|client| {
                    client.map(|client| directory.client_uri(*client).to_string()).unwrap_or_default()
                });
                format!("{room}: {stray} is still a member, its user is no participant, and {able} is there")
            });
        }
    }
}

/// With hub-log, a client that nobody has taken out.
fn stray(directory: &Directory, hub: &HubView) -> Option<ClientId> {
    hub.sequences?;
    hub.leaves.values().copied().find(|client| !hub.effective.may_take_part(directory.user_of(*client)))
}

/// Every leaf, or every leaf that was not there before.
fn check(
    at: &Transition<'_>,
    tally: &mut Tally,
    room: RoomId,
    (known, leaves): (Option<&BTreeMap<u32, ClientId>>, &BTreeMap<u32, ClientId>),
    standing: &Standing,
) {
    let directory: &Directory = at.directory;
    let is_known = |client: &ClientId| known.is_some_and(|known| known.values().any(|leaf| leaf == client));
    let stranger = leaves
        .values()
        .find(|client| standing.role_of(directory.user_of(**client)).is_none() && !is_known(client));
    tally.check(Some(at.step.n), stranger.is_none(), || {
        let client = stranger.map(|c| directory.client_uri(*c).to_string()).unwrap_or_default();
        format!("{room} at {}: {client} is a member, its user is no participant", at.step.node)
    });
}
