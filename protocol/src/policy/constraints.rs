//! What holds in every committed state, whoever brought it about (INV-01, INV-02, INV-17).

use super::{Capability, Denied};
use crate::directory::Directory;
use crate::ids::{ClientId, UserId};
use crate::room::{NOT_LISTED, Role, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Whether the room may stand so, with these clients in its group: judged once for a commit as a whole (AMB-19).
pub fn check_constraints(
    directory: &Directory,
    after: &Standing,
    members: &BTreeSet<ClientId>,
) -> Result<(), Denied> {
    let mut clients: BTreeMap<UserId, usize> = BTreeMap::new();
    for client in members {
        *clients.entry(directory.user_of(*client)).or_default() += 1;
    }
    check_list(after)?;
    check_clients(after, &clients)?;
    check_base(after, members.len(), &clients)?;
    // Nobody holds role 0, so its bounds bind nobody (room-policy §3).
    let mut roles = after.roles.iter().filter(|role| role.role_index != NOT_LISTED);
    roles.try_for_each(|role| check_role(after, role, &clients))
}

/// INV-02, POL-04, POL-08.
fn check_list(after: &Standing) -> Result<(), Denied> {
    let mut listed = BTreeSet::new();
    for entry in &after.participants {
        if !listed.insert(entry.user) {
            return Err(Denied::ListedTwice);
        }
        if entry.role == NOT_LISTED {
            return Err(Denied::RoleZero);
        }
        if after.role(entry.role).is_none() {
            return Err(Denied::UndefinedRole(entry.role));
        }
    }
    Ok(())
}

/// INV-01, and its sharper form for the banned (POL-37).
fn check_clients(after: &Standing, clients: &BTreeMap<UserId, usize>) -> Result<(), Denied> {
    for user in clients.keys() {
        if after.role_of(*user).is_none() {
            return Err(Denied::ClientWithoutParticipant);
        }
        if after.is_banned(*user) {
            return Err(Denied::ClientsRemain);
        }
    }
    Ok(())
}

/// POL-14, POL-16, POL-17.
fn check_base(after: &Standing, members: usize, clients: &BTreeMap<UserId, usize>) -> Result<(), Denied> {
    let base = &after.base;
    let adds = |role: &&Role| {
        let ordinary = role.role_index != NOT_LISTED && after.banned_role() != Some(*role);
        ordinary && role.can(Capability::AddParticipant)
    };
    if base.fixed_membership
        && let Some(role) = after.roles.iter().find(adds)
    {
        return Err(Denied::FixedMembershipRole(role.role_index));
    }
    if !base.multi_device && clients.values().any(|count| *count > 1) {
        return Err(Denied::MultiDevice);
    }
    if exceeds(members, base.max_clients) {
        return Err(Denied::MaxClients);
    }
    let users = after.participants.iter().filter(|entry| !after.is_banned(entry.user)).count();
    if exceeds(users, base.max_users) { Err(Denied::MaxUsers) } else { Ok(()) }
}

/// POL-05. A bound counts entries of the list: an external sender who acts in a role does not count (AMB-12).
fn check_role(after: &Standing, role: &Role, clients: &BTreeMap<UserId, usize>) -> Result<(), Denied> {
    let holders = || after.participants.iter().filter(|entry| entry.role == role.role_index);
    let participants = holders().count();
    let active = holders().filter(|entry| clients.contains_key(&entry.user)).count();
    if falls_short(participants, role.min_participants) {
        Err(Denied::MinParticipants(role.role_index))
    } else if exceeds(participants, role.max_participants) {
        Err(Denied::MaxParticipants(role.role_index))
    } else if falls_short(active, role.min_active) {
        Err(Denied::MinActive(role.role_index))
    } else if exceeds(active, role.max_active) {
        Err(Denied::MaxActive(role.role_index))
    } else {
        Ok(())
    }
}

fn falls_short(count: usize, minimum: u32) -> bool {
    (count as u64) < u64::from(minimum)
}

fn exceeds(count: usize, maximum: Option<u32>) -> bool {
    maximum.is_some_and(|maximum| count as u64 > u64::from(maximum))
}
