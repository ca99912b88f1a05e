//! What must hold of the state after a change, whoever made it (INV-01, INV-02, INV-17).

use super::Denied;
use crate::directory::Directory;
use crate::ids::{ClientId, UserId};
use crate::room::{BANNED, NOT_LISTED, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Checks the state after the whole commit (AMB-19).
pub fn check_constraints(
    directory: &Directory,
    after: &Standing,
    members: &BTreeSet<ClientId>,
) -> Result<(), Denied> {
    check_list(after)?;
    let mut devices: BTreeMap<UserId, u32> = BTreeMap::new();
    for client in members {
        let user = directory.user_of(*client);
        if !after.may_take_part(user) {
            return Err(Denied::NotParticipant);
        }
        *devices.entry(user).or_default() += 1;
    }
    check_roles(after, &devices)?;
    let over = |limit: Option<u32>, count: usize| limit.is_some_and(|limit| count as u64 > u64::from(limit));
    let users = after.participants.iter().filter(|p| p.role != BANNED).count();
    let crowded = !after.base.multi_device && devices.values().any(|count| *count > 1);
    if crowded || over(after.base.max_clients, members.len()) || over(after.base.max_users, users) {
        return Err(Denied::TooMany);
    }
    Ok(())
}

/// INV-02: each user once, in a defined role that is not 0.
fn check_list(after: &Standing) -> Result<(), Denied> {
    let mut listed = BTreeSet::new();
    for entry in &after.participants {
        if !listed.insert(entry.user) {
            return Err(Denied::ListedTwice);
        }
        if entry.role == NOT_LISTED || after.role(entry.role).is_none() {
            return Err(Denied::UndefinedRole(entry.role));
        }
    }
    Ok(())
}

/// POL-05: role by role, participants and active participants. Role 0 is held by nobody in the list.
fn check_roles(after: &Standing, devices: &BTreeMap<UserId, u32>) -> Result<(), Denied> {
    for role in after.roles.iter().filter(|role| role.role_index != NOT_LISTED) {
        let holders = || after.participants.iter().filter(|p| p.role == role.role_index);
        let (held, active) = (holders().count(), holders().filter(|p| devices.contains_key(&p.user)).count());
        let within = |count: usize, min: u32, max: Option<u32>| {
            count as u64 >= u64::from(min) && max.is_none_or(|max| count as u64 <= u64::from(max))
        };
        if !within(held, role.min_participants, role.max_participants)
            || !within(active, role.min_active, role.max_active)
        {
            return Err(Denied::RoleCount(role.role_index));
        }
    }
    Ok(())
}
