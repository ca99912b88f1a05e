//! What the other rooms at a hub say of one: parents and children, and fixed sets of users (room-policy §5).

use super::Denied;
use crate::directory::Directory;
use crate::ids::{RoomId, UserId};
use crate::room::Standing;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The other rooms at a hub, as they are in force there.
pub type Surroundings = BTreeMap<RoomId, Arc<Standing>>;

/// Whether the room may become `after` beside these rooms; `before` is what it was, as committed and with what is pending, or nothing
/// if it was not there.
///
/// A user who has left the parent is in the child until that is told there, and nothing that others do meanwhile is to blame
/// for it: only those count who come into the child. An external commit that voids a user's removal lets nobody in (RACE-07).
pub fn check_surroundings(
    directory: &Directory,
    before: &[&Standing],
    after: &Standing,
    others: &Surroundings,
) -> Result<(), Denied> {
    check_fixed(before, after, others)?;
    let Some(uri) = &after.base.parent_room else { return Ok(()) };
    let parent = directory.newest_group(uri, |group| others.contains_key(&group));
    let parent = parent.and_then(|room| others.get(&room));
    let parent = parent.ok_or(Denied::NoParent)?;
    let same_parent = before.iter().filter(|before| before.base.parent_room == after.base.parent_room);
    let known: BTreeSet<UserId> = same_parent.flat_map(|before| users(before)).collect();
    let (parents, children) = (users(parent), users(after));
    let mut comers = children.difference(&known).peekable();
    if comers.peek().is_none() {
        return Ok(());
    }
    // room-policy §5, POL-15: a strict subset.
    let inside = comers.all(|user| parents.contains(user)) && !children.is_superset(&parents);
    if inside { Ok(()) } else { Err(Denied::NotInParent) }
}

/// The participants of the child who are none of the parent's any more, and have to be removed from the child (POL-15).
pub fn orphans(child: &Standing, parent: &Standing) -> Vec<UserId> {
    users(child).difference(&users(parent)).copied().collect()
}

/// room-policy §5, POL-14: one room with fixed membership for each set of users, as far as one hub can see (INV-27).
fn check_fixed(before: &[&Standing], after: &Standing, others: &Surroundings) -> Result<(), Denied> {
    let set = |standing: &Standing| standing.base.fixed_membership.then(|| users(standing));
    let Some(own) = set(after) else { return Ok(()) };
    // As it is with what is pending: who is to go has made room for another set.
    if before.last().and_then(|before| set(before)).is_some_and(|before| before == own) {
        return Ok(());
    }
    let taken = others.values().any(|other| set(other).is_some_and(|other| other == own));
    if taken { Err(Denied::FixedSetTaken) } else { Ok(()) }
}

/// Those who take part.
fn users(standing: &Standing) -> BTreeSet<UserId> {
    let users = standing.participants.iter().map(|entry| entry.user);
    users.filter(|user| standing.may_take_part(*user)).collect()
}
