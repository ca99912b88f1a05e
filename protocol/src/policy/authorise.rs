//! Whether an actor's role authorises a change (room-policy §8.1).

use super::change::RoleMove;
use super::{Capability, Change, Denied};
use crate::directory::Directory;
use crate::ids::{ClientId, UserId};
use crate::room::{BANNED, NOT_LISTED, Role, Standing};
use std::collections::{BTreeMap, BTreeSet};

/// Whether the change is authorised in the state `before`, with these clients in the group. The bounds on what the room may
/// become are for [`check_constraints`](super::check_constraints), after everything that is committed together.
pub fn authorise(
    directory: &Directory,
    before: &Standing,
    members: &BTreeSet<ClientId>,
    change: &Change,
) -> Result<(), Denied> {
    let mut listed = BTreeSet::new();
    if !change.list_after.iter().all(|entry| listed.insert(entry.user)) {
        return Err(Denied::ListedTwice);
    }
    let judge = Judge::new(directory, before, change);
    judge.policy_changes()?;
    judge.moves.values().try_for_each(|moved| judge.list_change(moved))?;
    judge.clients_remain(members)?;
    change.added_clients.iter().try_for_each(|client| judge.added_client(*client))?;
    change.removed_clients.iter().try_for_each(|client| judge.removed_client(*client))
}

/// Whether the user may bring a client of its own into the room (POL-26): listed, not banned, with canAddOwnClient.
pub fn may_add_own_client(standing: &Standing, user: UserId) -> bool {
    participant_can(standing, user, Capability::AddOwnClient)
}

/// Whether the user's role lets it send application messages (room-policy §8.3, POL-40).
pub fn may_send(standing: &Standing, user: UserId) -> bool {
    participant_can(standing, user, Capability::SendMessage)
}

fn participant_can(standing: &Standing, user: UserId, capability: Capability) -> bool {
    standing.may_take_part(user) && standing.role_held_by(user).is_some_and(|role| role.can(capability))
}

struct Judge<'a> {
    directory: &'a Directory,
    before: &'a Standing,
    change: &'a Change,
    /// What the change does to the list.
    moves: BTreeMap<UserId, RoleMove>,
    /// The role that the actor acts in.
    role: Option<&'a Role>,
    /// Whether the actor is listed: role 0 authorises nothing but joining.
    takes_part: bool,
}

impl<'a> Judge<'a> {
    fn new(directory: &'a Directory, before: &'a Standing, change: &'a Change) -> Self {
        Self {
            directory,
            before,
            change,
            moves: change.moves(before),
            role: before.role_held_by(change.actor),
            takes_part: before.role_of(change.actor).is_some(),
        }
    }

    /// POL-07, POL-43. That canChangeRoomMembershipStyle covers all of the base policy is a reading (OPEN-14).
    fn policy_changes(&self) -> Result<(), Denied> {
        if self.change.roles_after.is_some() {
            if !self.moves.is_empty() {
                return Err(Denied::RolesWithList);
            }
            self.needs(Capability::ChangeRoleDefinitions)?;
        }
        match self.change.base_after {
            Some(_) => self.needs(Capability::ChangeRoomMembershipStyle),
            None => Ok(()),
        }
    }

    fn list_change(&self, moved: &RoleMove) -> Result<(), Denied> {
        if self.before.base.fixed_membership && (moved.from == NOT_LISTED || moved.to == NOT_LISTED) {
            return Err(Denied::FixedMembership);
        }
        match (self.is_actor(moved.user), moved.from, moved.to) {
            (true, NOT_LISTED, _) => self.joins(moved),
            (true, _, NOT_LISTED) => self.moves_by(Capability::RemoveSelf, moved),
            (true, _, _) => {
                self.needs(Capability::ChangeOwnRole)?;
                // POL-36 goes by the first match in preauth_list, which no room here has.
                Err(Denied::NoPreauthorisation)
            }
            // A user who is not listed can be listed as banned only so: canBan speaks of a change of role (POL-37).
            (false, NOT_LISTED, _) => self.moves_by(Capability::AddParticipant, moved),
            (false, _, NOT_LISTED) => self.moves_by(Capability::RemoveParticipant, moved),
            (false, _, BANNED) => self.moves_by_ban(Capability::Ban, moved),
            (false, BANNED, _) => self.moves_by_ban(Capability::UnBan, moved),
            (false, _, _) => self.moves_by(Capability::ChangeUserRole, moved),
        }
    }

    /// POL-27, POL-30. Joining by preauthorisation or by a join code would take components that no room here has.
    fn joins(&self, moved: &RoleMove) -> Result<(), Denied> {
        if !self.change.external {
            return Err(Denied::JoinNotExternal);
        }
        if !self.has(Capability::OpenJoin) {
            return Err(Denied::Lacks(Capability::OpenJoin));
        }
        self.may_move(moved)?;
        let brings_client =
            self.change.added_clients.iter().any(|client| self.user_of(*client) == moved.user);
        if brings_client { Ok(()) } else { Err(Denied::JoinWithoutClient) }
    }

    /// POL-25, POL-31, POL-33, POL-35.
    fn moves_by(&self, capability: Capability, moved: &RoleMove) -> Result<(), Denied> {
        self.needs(capability)?;
        self.may_move(moved)
    }

    /// POL-37, POL-38: to and from role 1 leads the capability made for it, and canChangeUserRole as for any other role.
    fn moves_by_ban(&self, capability: Capability, moved: &RoleMove) -> Result<(), Denied> {
        self.needs_role()?;
        if !self.has(Capability::ChangeUserRole) {
            self.needs(capability)?;
            if self.before.banned_role().is_none() {
                return Err(Denied::NoBannedRole);
            }
        }
        self.may_move(moved)
    }

    /// POL-31, POL-33, POL-37: whoever is removed or banned has no client left.
    fn clients_remain(&self, members: &BTreeSet<ClientId>) -> Result<(), Denied> {
        let kept = members.iter().filter(|client| !self.change.removed_clients.contains(client));
        let remaining: BTreeSet<UserId> =
            kept.chain(&self.change.added_clients).map(|client| self.user_of(*client)).collect();
        let keeps = |moved: &RoleMove| self.is_out(moved) && remaining.contains(&moved.user);
        if self.moves.values().any(keeps) { Err(Denied::ClientsRemain) } else { Ok(()) }
    }

    fn added_client(&self, client: ClientId) -> Result<(), Denied> {
        let user = self.user_of(client);
        if self.moves.get(&user).is_some_and(|moved| moved.from == NOT_LISTED) {
            // Implied by the addition of the user (POL-25), or part of its joining (POL-30).
            Ok(())
        } else if self.is_actor(user) {
            self.needs(Capability::AddOwnClient)
        } else {
            // POL-25 is for users not in the list yet, POL-26 for own clients (OPEN-35).
            self.needs_role()?;
            Err(Denied::ForeignClient)
        }
    }

    fn removed_client(&self, client: ClientId) -> Result<(), Denied> {
        let user = self.user_of(client);
        let taken_out = self.moves.get(&user).is_some_and(|moved| match moved.to {
            NOT_LISTED => true,
            // A ban by canChangeUserRole removes no clients: that takes canKick besides (room-policy §8.1.3).
            BANNED => self.has(Capability::Ban) && self.before.banned_role().is_some(),
            _ => false,
        });
        // An external commit that takes the place of the joiner's own old leaf removes no client.
        let replaced = self.change.external && self.change.added_clients.contains(&client);
        if taken_out || (replaced && self.is_actor(user)) {
            return Ok(());
        }
        // Whose entry is gone or banned already has clients that should be gone too: an earlier change took away the user
        // and a commit failed to take the clients along. The user itself may always do so (proto §5.3, PROTO-31).
        let (own, leftover) = (self.is_actor(user), self.leftover_of(user));
        match leftover {
            Some(_) if own => Ok(()),
            Some(capability) if self.takes_part && self.has(capability) => Ok(()),
            _ if own => self.needs(Capability::RemoveOwnClient),
            _ => self.needs(Capability::Kick),
        }
    }

    /// Of a user who is out already: the capability that would have removed its clients together with it.
    fn leftover_of(&self, user: UserId) -> Option<Capability> {
        if self.before.role_of(user).is_none() {
            Some(Capability::RemoveParticipant)
        } else if self.before.is_banned(user) {
            Some(Capability::Ban)
        } else {
            None
        }
    }

    fn is_out(&self, moved: &RoleMove) -> bool {
        moved.to == NOT_LISTED || (moved.to == BANNED && self.before.banned_role().is_some())
    }

    fn may_move(&self, moved: &RoleMove) -> Result<(), Denied> {
        let may = self.role.is_some_and(|role| role.may_move(moved.from, moved.to));
        if may { Ok(()) } else { Err(Denied::Transition(moved.from, moved.to)) }
    }

    fn needs(&self, capability: Capability) -> Result<(), Denied> {
        self.needs_role()?;
        if self.has(capability) { Ok(()) } else { Err(Denied::Lacks(capability)) }
    }

    fn needs_role(&self) -> Result<(), Denied> {
        if self.takes_part { Ok(()) } else { Err(Denied::NotParticipant) }
    }

    fn has(&self, capability: Capability) -> bool {
        self.role.is_some_and(|role| role.can(capability))
    }

    fn is_actor(&self, user: UserId) -> bool {
        self.change.actor == user
    }

    fn user_of(&self, client: ClientId) -> UserId {
        self.directory.user_of(client)
    }
}
