//! A room among the others of its hub (room-policy §5).

use super::deed::takes_part;
use crate::view::HubView;
use mimic_protocol::room::Standing;
use mimic_protocol::{Directory, RoomId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with the room becoming `after`, as the hub has its other rooms.
pub(super) fn check(
    directory: &Directory,
    room: RoomId,
    hosted: &BTreeMap<RoomId, HubView>,
    before: &HubView,
    after: &Standing,
) -> Result<(), String> {
    let others = hosted.iter().filter(|(other, _)| **other != room);
    let (had, has) = (participants(&before.effective), participants(after));
    let newly_fixed = !before.effective.base.fixed_membership || had != has;
    for (other, view) in others {
        // "Only a single fixed-membership room can exist for any unique set of participants."
        let both = after.base.fixed_membership && view.effective.base.fixed_membership;
        if both && newly_fixed && participants(&view.effective) == has {
            return Err(format!("membership is fixed for the same users as in {other}"));
        }
    }
    let Some(uri) = &after.base.parent_room else { return Ok(()) };
    let parent = directory.newest_group(uri, |group| group != room && hosted.contains_key(&group));
    let Some(parent) = parent.and_then(|parent| hosted.get(&parent)) else {
        return Err("its parent room is not at its hub".to_owned());
    };
    let parents = participants(&parent.effective);
    // Whose removal was pending, and is voided, was there all the time.
    let same_parent = [&before.committed, &before.effective]
        .into_iter()
        .filter(|before| before.base.parent_room == after.base.parent_room);
    let was_there: BTreeSet<UserId> = same_parent.flat_map(|before| participants(before)).collect();
    let comes = |user: &&UserId| !was_there.contains(user);
    let comers: Vec<&UserId> = has.iter().filter(comes).collect();
    // "the list of participants of the room MUST be a strict subset of the participants of the parent room"; who stays in
    // after having left the parent is to be removed, and not the fault of others.
    if comers.iter().any(|user| !parents.contains(user)) {
        return Err("a participant comes in who is none of the parent room's".to_owned());
    }
    if !comers.is_empty() && parents.iter().all(|user| has.contains(user)) {
        return Err("it has all participants of its parent room".to_owned());
    }
    Ok(())
}

/// Those who take part.
pub(in crate::invariants) fn participants(standing: &Standing) -> BTreeSet<UserId> {
    let users = standing.participants.iter().map(|participant| participant.user);
    users.filter(|user| takes_part(standing, *user)).collect()
}
