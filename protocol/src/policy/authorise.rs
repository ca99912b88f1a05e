//! The authorisation rules of room-policy §8.1: may this actor make this change?

use super::{Capability, Denied};
use crate::directory::Directory;
use crate::ids::{ClientId, UserId};
use crate::room::{BANNED, BasePolicy, NOT_LISTED, Participant, Role, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that one actor changes at once (AMB-18: each proposal is its proposer's, what is by value the committer's).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Change {
    /// Who.
    pub actor: UserId,
    /// By an external commit, so that the actor's own new client is among the added ones.
    pub external: bool,
    /// The participant list after it.
    pub list_after: Vec<Participant>,
    /// The clients that it adds.
    pub added_clients: Vec<ClientId>,
    /// The clients that it removes.
    pub removed_clients: Vec<ClientId>,
    /// The roles after it, if they change.
    pub roles_after: Option<Vec<Role>>,
    /// The base policy after it, if it changes.
    pub base_after: Option<BasePolicy>,
}

/// Whether the policy of `before` allows the change. What comes of it is `check_constraints`' affair.
pub fn authorise(
    directory: &Directory,
    before: &Standing,
    members: &BTreeSet<ClientId>,
    change: &Change,
) -> Result<(), Denied> {
    let actor = Actor::of(before, change.actor);
    let touched = user_changes(before, &change.list_after);
    if change.roles_after.is_some() {
        // POL-07.
        if !touched.is_empty() {
            return Err(Denied::RolesWithList);
        }
        actor.needs(Capability::ChangeRoleDefinitions)?;
    }
    if change.base_after.is_some() {
        actor.needs(Capability::ChangeRoomMembershipStyle)?;
    }
    for (user, (from, to)) in &touched {
        actor.may_change(*user, *from, *to)?;
    }
    // POL-14: a fixed membership has no additions and no removals; clients may come and go.
    let moves = |(from, to): &(u32, u32)| *from == NOT_LISTED || *to == NOT_LISTED;
    if before.base.fixed_membership && touched.values().any(moves) {
        return Err(Denied::FixedMembership);
    }
    for client in &change.added_clients {
        actor.may_add_client(directory.user_of(*client), &touched)?;
    }
    for client in &change.removed_clients {
        actor.may_remove_client(directory.user_of(*client), &touched)?;
    }
    let removed: BTreeSet<ClientId> = change.removed_clients.iter().copied().collect();
    let out = |user: UserId| touched.get(&user).is_some_and(|(_, to)| matches!(*to, NOT_LISTED | BANNED));
    // POL-31, POL-33, POL-37: no client of a user who is taken out remains.
    if members.iter().any(|client| out(directory.user_of(*client)) && !removed.contains(client)) {
        return Err(Denied::ClientsRemain);
    }
    Ok(())
}

/// Whether the user may bring a client of its own into the room (POL-26): listed, not banned, with canAddOwnClient.
pub fn may_add_own_client(standing: &Standing, user: UserId) -> bool {
    standing.may_take_part(user) && Actor::of(standing, user).has(Capability::AddOwnClient)
}

/// Whether the user's role lets it send messages (POL-40).
pub fn may_send(standing: &Standing, user: UserId) -> bool {
    standing.may_take_part(user) && Actor::of(standing, user).has(Capability::SendMessage)
}

/// The users whose entry differs, with their roles before and after; 0 is not listed.
fn user_changes(before: &Standing, after: &[Participant]) -> BTreeMap<UserId, (u32, u32)> {
    let mut changes: BTreeMap<UserId, (u32, u32)> = BTreeMap::new();
    for entry in &before.participants {
        changes.insert(entry.user, (entry.role, NOT_LISTED));
    }
    for entry in after {
        changes.entry(entry.user).or_insert((NOT_LISTED, NOT_LISTED)).1 = entry.role;
    }
    changes.retain(|_, (from, to)| from != to);
    changes
}

/// Who acts, with the role that it acts in.
struct Actor<'a> {
    user: UserId,
    role: Option<&'a Role>,
    index: u32,
}

impl<'a> Actor<'a> {
    fn of(standing: &'a Standing, user: UserId) -> Self {
        let index = standing.role_of(user).unwrap_or(NOT_LISTED);
        Self { user, role: standing.role(index), index }
    }

    fn has(&self, capability: Capability) -> bool {
        self.role.is_some_and(|role| role.capabilities.contains(&capability.code()))
    }

    fn needs(&self, capability: Capability) -> Result<(), Denied> {
        if self.has(capability) { Ok(()) } else { Err(Denied::Lacks(capability)) }
    }

    fn may_move(&self, from: u32, to: u32) -> Result<(), Denied> {
        let may = self.role.is_some_and(|role| role.may_move(from, to));
        if may { Ok(()) } else { Err(Denied::Transition { from, to }) }
    }

    /// One user's move from role to role.
    fn may_change(&self, user: UserId, from: u32, to: u32) -> Result<(), Denied> {
        let own = user == self.user;
        match (from, to) {
            // POL-27: only role 0 may hold canOpenJoin, and its transitions say what one may become.
            (NOT_LISTED, _) if own => self.needs(Capability::OpenJoin)?,
            (NOT_LISTED, _) => self.needs(Capability::AddParticipant)?,
            (_, NOT_LISTED) if own => self.needs(Capability::RemoveSelf)?,
            (_, NOT_LISTED) => self.needs(Capability::RemoveParticipant)?,
            (_, BANNED) => self.needs(Capability::Ban)?,
            (BANNED, _) => self.needs(Capability::UnBan)?,
            // POL-36 asks for preauthorisation, which no room has so far.
            _ if own => return Err(Denied::Lacks(Capability::ChangeOwnRole)),
            _ => self.needs(Capability::ChangeUserRole)?,
        }
        let from = if own && from != NOT_LISTED { self.index } else { from };
        self.may_move(from, to)
    }

    fn may_add_client(&self, owner: UserId, touched: &BTreeMap<UserId, (u32, u32)>) -> Result<(), Denied> {
        match touched.get(&owner) {
            // Adding a user implies adding its clients (POL-25); joining implies the own one (POL-30).
            Some((NOT_LISTED, _)) => Ok(()),
            _ if owner == self.user => self.needs(Capability::AddOwnClient),
            _ => Err(Denied::ForeignClient),
        }
    }

    fn may_remove_client(&self, owner: UserId, touched: &BTreeMap<UserId, (u32, u32)>) -> Result<(), Denied> {
        match touched.get(&owner) {
            // Implied by taking the user out (POL-31, POL-33, POL-37).
            Some((_, NOT_LISTED | BANNED)) => Ok(()),
            _ if owner == self.user => self.needs(Capability::RemoveOwnClient),
            _ => self.needs(Capability::Kick),
        }
    }
}
