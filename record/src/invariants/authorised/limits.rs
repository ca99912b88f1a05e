//! How many there may be of what: the constraints of the roles and of the base policy (room-policy §3, §5).

use super::deed::bans;
use mimic_protocol::room::Standing;
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Something whose number is limited.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::invariants) enum Limit {
    /// minimum_participants_constraint of a role.
    MinParticipants(u32),
    /// maximum_participants_constraint of a role.
    MaxParticipants(u32),
    /// minimum_active_participants_constraint of a role.
    MinActive(u32),
    /// maximum_active_participants_constraint of a role.
    MaxActive(u32),
    /// max_users.
    Users,
    /// max_clients.
    Clients,
    /// One client of a user, where multi_device is false.
    Devices(UserId),
}

impl Limit {
    /// Whether it asks for more, and not for less.
    pub fn is_minimum(self) -> bool {
        matches!(self, Limit::MinParticipants(_) | Limit::MinActive(_))
    }
}

/// By how much each limit is broken; those that hold are left out.
pub(in crate::invariants) fn broken(
    directory: &Directory,
    standing: &Standing,
    members: &BTreeSet<ClientId>,
) -> BTreeMap<Limit, usize> {
    let mut devices: BTreeMap<UserId, usize> = BTreeMap::new();
    for client in members {
        *devices.entry(directory.user_of(*client)).or_default() += 1;
    }
    let at_most =
        |count: usize, most: Option<u32>| most.map_or(0, |most| count.saturating_sub(most as usize));
    let mut broken = BTreeMap::new();
    for role in &standing.roles {
        let holders = standing.participants.iter().filter(|p| p.role == role.role_index);
        let active = holders.clone().filter(|p| devices.contains_key(&p.user)).count();
        let (index, listed) = (role.role_index, holders.count());
        let at_least = |count: usize, least: u32| (least as usize).saturating_sub(count);
        broken.insert(Limit::MinParticipants(index), at_least(listed, role.min_participants));
        broken.insert(Limit::MaxParticipants(index), at_most(listed, role.max_participants));
        broken.insert(Limit::MinActive(index), at_least(active, role.min_active));
        broken.insert(Limit::MaxActive(index), at_most(active, role.max_active));
    }
    let users = standing.participants.iter().filter(|p| !bans(standing, p.role)).count();
    broken.insert(Limit::Users, at_most(users, standing.base.max_users));
    broken.insert(Limit::Clients, at_most(members.len(), standing.base.max_clients));
    if !standing.base.multi_device {
        broken.extend(devices.into_iter().map(|(user, count)| (Limit::Devices(user), count - 1)));
    }
    broken.retain(|_, by| *by > 0);
    broken
}

/// The first limit that is broken after, and was not, or not as badly, before.
pub(super) fn newly_broken(before: &BTreeMap<Limit, usize>, after: &BTreeMap<Limit, usize>) -> Option<Limit> {
    after.iter().find(|(limit, by)| before.get(limit).is_none_or(|was| was < by)).map(|(limit, _)| *limit)
}
