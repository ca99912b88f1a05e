//! What holds in every committed state, whoever brought it about (INV-01, INV-02, INV-17).

use super::{Capability, Denied};
use crate::directory::Directory;
use crate::ids::{ClientId, RoomId, UserId};
use crate::room::{NOT_LISTED, Role, Standing};
use crate::uri::UriKind;
use crate::wire::policy::HistoryPolicy;
use std::collections::{BTreeMap, BTreeSet};

/// Whether the room may stand so, with these clients in its group: judged once for a commit as a whole (AMB-19).
pub fn check_constraints(
    directory: &Directory,
    after: &Standing,
    members: &BTreeSet<ClientId>,
) -> Result<(), Denied> {
    check_change(directory, &Shortfalls::default(), after, members)
}

/// [`check_constraints`] for a room that fell short of some minima before: a change is not to blame for those, as long as it
/// does not make them worse. A room of Appendix A.4 could not begin otherwise: its creator alone is no admin of three
/// organisations.
pub fn check_change(
    directory: &Directory,
    before: &Shortfalls,
    after: &Standing,
    members: &BTreeSet<ClientId>,
) -> Result<(), Denied> {
    check_unbounded(directory, after, members)?;
    check_maxima(after, &Clients::of(directory, members))?;
    before.check(&Shortfalls::of(directory, after, members))
}

/// The same but for the bounds of roles.
pub fn check_unbounded(
    directory: &Directory,
    after: &Standing,
    members: &BTreeSet<ClientId>,
) -> Result<(), Denied> {
    let clients = Clients::of(directory, members);
    check_list(directory, after)?;
    check_clients(after, &clients)?;
    check_base(after, members.len(), &clients)?;
    check_components(after)
}

/// Whether all who take part in a room of minimal metadata have a pseudonym for it, and in no other room anybody has one that is
/// for such a room (proto §6.1, PROTO-75).
pub fn check_hidden(directory: &Directory, room: RoomId, after: &Standing) -> Result<(), Denied> {
    let own = directory.is_minimal(room).then(|| directory.room_uri(room));
    let hidden = |user: UserId| directory.hidden_in(user).map(|room| directory.room_uri(room));
    let all_fit = after.participants.iter().all(|entry| hidden(entry.user) == own);
    if all_fit { Ok(()) } else { Err(Denied::NotHidden) }
}

/// By how many participants a room falls short of which minima.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shortfalls(BTreeMap<Minimum, u64>);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Minimum {
    Participants(u32),
    Active(u32),
}

impl Shortfalls {
    /// Those of a room.
    pub fn of(directory: &Directory, standing: &Standing, members: &BTreeSet<ClientId>) -> Self {
        let clients = Clients::of(directory, members);
        let mut shortfalls = BTreeMap::new();
        for role in bounded(standing) {
            let (participants, active) = clients.holders(standing, role);
            let short = |count: u64, minimum: u32| u64::from(minimum).saturating_sub(count);
            let index = role.role_index;
            shortfalls.insert(Minimum::Participants(index), short(participants, role.min_participants));
            shortfalls.insert(Minimum::Active(index), short(active, role.min_active));
        }
        shortfalls.retain(|_, short| *short > 0);
        Self(shortfalls)
    }

    fn check(&self, after: &Self) -> Result<(), Denied> {
        let worse = |(minimum, short): &(&Minimum, &u64)| self.0.get(*minimum).is_none_or(|was| was < *short);
        match after.0.iter().find(worse) {
            Some((Minimum::Participants(role), _)) => Err(Denied::MinParticipants(*role)),
            Some((Minimum::Active(role), _)) => Err(Denied::MinActive(*role)),
            None => Ok(()),
        }
    }
}

/// How many clients each user has in the group.
pub(super) struct Clients(BTreeMap<UserId, usize>);

impl Clients {
    pub(super) fn of(directory: &Directory, members: &BTreeSet<ClientId>) -> Self {
        let mut clients: BTreeMap<UserId, usize> = BTreeMap::new();
        for client in members {
            *clients.entry(directory.user_of(*client)).or_default() += 1;
        }
        Self(clients)
    }

    /// How many participants have the role, and how many of them have clients. A bound counts entries of the list: an
    /// external sender who acts in a role does not count (AMB-12).
    pub(super) fn holders(&self, standing: &Standing, role: &Role) -> (u64, u64) {
        let holders = || standing.participants.iter().filter(|entry| entry.role == role.role_index);
        let active = holders().filter(|entry| self.0.contains_key(&entry.user)).count();
        (holders().count() as u64, active as u64)
    }

    /// Whether the user has a client in the group.
    pub(super) fn has_any(&self, user: UserId) -> bool {
        self.0.contains_key(&user)
    }
}

/// The roles that bounds are for: nobody holds role 0, so its bounds bind nobody (room-policy §3).
fn bounded(standing: &Standing) -> impl Iterator<Item = &Role> {
    standing.roles.iter().filter(|role| role.role_index != NOT_LISTED)
}

/// INV-02, POL-04, POL-08, POL-18.
fn check_list(directory: &Directory, after: &Standing) -> Result<(), Denied> {
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
        let pseudonym = directory.user_uri(entry.user).kind() == UriKind::Pseudonym;
        if pseudonym && !after.base.pseudonyms_allowed {
            return Err(Denied::Pseudonym);
        }
    }
    Ok(())
}

/// INV-01, and its sharper form for the banned (POL-37).
fn check_clients(after: &Standing, clients: &Clients) -> Result<(), Denied> {
    for user in clients.0.keys() {
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
fn check_base(after: &Standing, members: usize, clients: &Clients) -> Result<(), Denied> {
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
    if !base.multi_device && clients.0.values().any(|count| *count > 1) {
        return Err(Denied::MultiDevice);
    }
    if exceeds(members, base.max_clients) {
        return Err(Denied::MaxClients);
    }
    let users = after.participants.iter().filter(|entry| !after.is_banned(entry.user)).count();
    if exceeds(users, base.max_users) { Err(Denied::MaxUsers) } else { Ok(()) }
}

/// room-policy §4, §6.2, §6.6, §6.7: what one component says of another.
fn check_components(after: &Standing) -> Result<(), Denied> {
    let components = &after.components;
    let preauth =
        components.preauth.iter().flat_map(|p| &p.preauthorized_entries).map(|entry| entry.target_role);
    let bots = components.bots.iter().flat_map(|b| &b.allowed_bots).map(|bot| bot.bot_role_index);
    let undefined = |role: &u32| after.role(*role).is_none();
    if let Some(role) = preauth.chain(bots.filter(|role| *role != NOT_LISTED)).find(undefined) {
        return Err(Denied::PolicyRole(role));
    }
    // POL-23: history is shared by those who can have it.
    let sharing = match &components.history {
        Some(HistoryPolicy::Optional(sharing) | HistoryPolicy::Required(sharing)) => {
            &sharing.roles_that_can_share[..]
        }
        Some(HistoryPolicy::Forbidden) | None => &[],
    };
    let silent = |role: &&u32| after.role(**role).is_none_or(|role| role.max_active == Some(0));
    if let Some(role) = sharing.iter().find(silent) {
        return Err(Denied::PolicyRole(*role));
    }
    // POL-22: links that are made on request are kept one at a time.
    let on_request = components.join_link_policy.as_ref().is_some_and(|policy| bool::from(policy.on_request));
    let links = components.join_links.as_ref().map_or(0, |links| links.links.len());
    if on_request && links > 1 { Err(Denied::JoinLinks) } else { Ok(()) }
}

/// POL-05.
fn check_maxima(after: &Standing, clients: &Clients) -> Result<(), Denied> {
    for role in bounded(after) {
        let (participants, active) = clients.holders(after, role);
        let exceeds = |count: u64, maximum: Option<u32>| maximum.is_some_and(|most| count > u64::from(most));
        if exceeds(participants, role.max_participants) {
            return Err(Denied::MaxParticipants(role.role_index));
        }
        if exceeds(active, role.max_active) {
            return Err(Denied::MaxActive(role.role_index));
        }
    }
    Ok(())
}

fn exceeds(count: usize, maximum: Option<u32>) -> bool {
    maximum.is_some_and(|maximum| count as u64 > u64::from(maximum))
}
