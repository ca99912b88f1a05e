//! Bounds of roles that are counted in the room as it is before a commit (AMB-19, the reading that is not the default).

use super::Denied;
use super::constraints::Clients;
use crate::directory::Directory;
use crate::ids::ClientId;
use crate::room::{NOT_LISTED, Role, Standing};
use std::collections::BTreeSet;

/// A room, with the clients in its group.
pub type Populated<'a> = (&'a Standing, &'a BTreeSet<ClientId>);

/// Whether each role that gains somebody had room for one more before, and each that loses somebody one to spare; whatever else
/// the same commit does to it.
pub fn check_counts_before(
    directory: &Directory,
    (before, members_before): Populated<'_>,
    (after, members_after): Populated<'_>,
) -> Result<(), Denied> {
    let (had, has) = (Clients::of(directory, members_before), Clients::of(directory, members_after));
    for role in before.roles.iter().filter(|role| role.role_index != NOT_LISTED) {
        let index = role.role_index;
        let (count, active) = had.holders(before, role);
        let (old, new) = (holders(before, role), holders(after, role));
        let is_active = |clients: &Clients, user| clients.has_any(user);
        let gains = new.difference(&old).next().is_some();
        let loses = old.difference(&new).next().is_some();
        let wakes =
            new.iter().any(|user| is_active(&has, *user) && !(old.contains(user) && is_active(&had, *user)));
        let sleeps =
            old.iter().any(|user| is_active(&had, *user) && !(new.contains(user) && is_active(&has, *user)));
        let full = |count: u64, most: Option<u32>| most.is_some_and(|most| count >= u64::from(most));
        // Who is lost was counted, so that a bound of 0 is never in the way.
        let none_to_spare = |count: u64, least: u32| count <= u64::from(least);
        if gains && full(count, role.max_participants) {
            return Err(Denied::MaxParticipants(index));
        }
        if wakes && full(active, role.max_active) {
            return Err(Denied::MaxActive(index));
        }
        if loses && none_to_spare(count, role.min_participants) {
            return Err(Denied::MinParticipants(index));
        }
        if sleeps && none_to_spare(active, role.min_active) {
            return Err(Denied::MinActive(index));
        }
    }
    Ok(())
}

fn holders(standing: &Standing, role: &Role) -> BTreeSet<crate::ids::UserId> {
    let holders = standing.participants.iter().filter(|entry| entry.role == role.role_index);
    holders.map(|entry| entry.user).collect()
}
