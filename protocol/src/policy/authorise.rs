//! Whether an actor's role authorises a change (room-policy §8).

use super::change::RoleMove;
use super::preauth::preauthorised_role;
use super::{Capability, Change, Denied};
use crate::directory::Directory;
use crate::ids::{Actor, ClientId, UserId};
use crate::readings::{ForeignClients, SelfRoleChanges};
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
    judge.may_come_from_outside()?;
    judge.policy_changes()?;
    judge.moves.values().try_for_each(|moved| judge.list_change(moved))?;
    judge.clients_remain(members)?;
    let active: BTreeSet<UserId> = members.iter().map(|client| directory.user_of(*client)).collect();
    change.added_clients.iter().try_for_each(|client| judge.added_client(&active, *client))?;
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

/// Whether the user is a participant, not banned, and its role has the capability.
pub(super) fn participant_can(standing: &Standing, user: UserId, capability: Capability) -> bool {
    standing.may_take_part(user) && standing.role_held_by(user).is_some_and(|role| role.can(capability))
}

pub(super) struct Judge<'a> {
    pub directory: &'a Directory,
    pub before: &'a Standing,
    pub change: &'a Change,
    /// What the change does to the list.
    pub moves: BTreeMap<UserId, RoleMove>,
    /// The role that the actor acts in.
    role: Option<&'a Role>,
    /// Whether the actor has that role by its entry or by preauthorisation: role 0 authorises nothing but joining.
    takes_part: bool,
}

impl<'a> Judge<'a> {
    fn new(directory: &'a Directory, before: &'a Standing, change: &'a Change) -> Self {
        let listed = match change.actor {
            Actor::User(user) => before.role_of(user),
            Actor::Provider(_) => None,
        };
        // POL-09, POL-12: who is not in the list proposes from outside in the role that its claims give; to join is another
        // matter.
        let given = || match change.external {
            true => None,
            false => preauthorised_role(directory, before, change.actor),
        };
        let acts_in = listed.or_else(given);
        Self {
            directory,
            before,
            change,
            moves: change.moves(before),
            role: before.role(acts_in.unwrap_or(NOT_LISTED)),
            takes_part: acts_in.is_some(),
        }
    }

    /// room-policy §7.1, POL-63.
    fn may_come_from_outside(&self) -> Result<(), Denied> {
        let Some(policy) = &self.before.components.operational else { return Ok(()) };
        let server = matches!(self.change.actor, Actor::Provider(_));
        if server && !bool::from(policy.external_proposal_allowed) {
            Err(Denied::ExternalProposals)
        } else if self.change.external && !bool::from(policy.external_commit_allowed) {
            Err(Denied::ExternalCommits)
        } else {
            Ok(())
        }
    }

    fn list_change(&self, moved: &RoleMove) -> Result<(), Denied> {
        if self.before.base.fixed_membership && (moved.from == NOT_LISTED || moved.to == NOT_LISTED) {
            return Err(Denied::FixedMembership);
        }
        match (self.is_actor(moved.user), moved.from, moved.to) {
            (true, NOT_LISTED, _) => self.joins(moved),
            (true, _, NOT_LISTED) => self.leaves(moved),
            (true, _, _) => self.changes_own_role(moved),
            // A user who is not listed can be listed as banned only so: canBan speaks of a change of role (POL-37).
            (false, NOT_LISTED, _) => self.moves_by(Capability::AddParticipant, moved),
            (false, _, NOT_LISTED) => self.moves_by(Capability::RemoveParticipant, moved),
            (false, _, BANNED) => self.moves_by_ban(Capability::Ban, moved),
            (false, BANNED, _) => self.moves_by_ban(Capability::UnBan, moved),
            (false, _, _) => self.moves_by(Capability::ChangeUserRole, moved),
        }
    }

    /// POL-33. What a role may do to itself stands in the table of what it may do to others, or apart from it, where the capability
    /// says it all (OPEN-17: the wire has no second table).
    fn leaves(&self, moved: &RoleMove) -> Result<(), Denied> {
        match self.change.readings.self_role_changes {
            SelfRoleChanges::OneTable => self.moves_by(Capability::RemoveSelf, moved),
            SelfRoleChanges::SeparateTable => self.needs(Capability::RemoveSelf),
        }
    }

    /// room-policy §8.1.3, POL-36: to the role of the first match, whatever the transitions say.
    fn changes_own_role(&self, moved: &RoleMove) -> Result<(), Denied> {
        self.needs(Capability::ChangeOwnRole)?;
        if self.before.is_banned(moved.user) {
            // INV-31: whatever role 1 may do, it is not to come back by itself.
            return Err(Denied::Banned);
        }
        match preauthorised_role(self.directory, self.before, self.change.actor) {
            Some(role) if role == moved.to => Ok(()),
            _ => Err(Denied::NoPreauthorisation),
        }
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

    /// `members` are the users with clients in the group.
    fn added_client(&self, members: &BTreeSet<UserId>, client: ClientId) -> Result<(), Denied> {
        let user = self.user_of(client);
        if self.moves.get(&user).is_some_and(|moved| moved.from == NOT_LISTED) {
            // Implied by the addition of the user (POL-25), or part of its joining (POL-30).
            Ok(())
        } else if self.is_actor(user) {
            self.needs(Capability::AddOwnClient)
        } else {
            // POL-25 is for users not in the list yet, POL-26 for own clients (OPEN-35).
            self.needs_role()?;
            match self.change.readings.foreign_clients {
                // By whoever could add the user itself, in the role that it has.
                ForeignClients::WithAddParticipant if !members.contains(&user) => {
                    let to = self.before.role_of(user).unwrap_or(NOT_LISTED);
                    self.moves_by(Capability::AddParticipant, &RoleMove { user, from: NOT_LISTED, to })
                }
                _ => Err(Denied::ForeignClient),
            }
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

    pub(super) fn may_move(&self, moved: &RoleMove) -> Result<(), Denied> {
        let may = self.role.is_some_and(|role| role.may_move(moved.from, moved.to));
        if may { Ok(()) } else { Err(Denied::Transition(moved.from, moved.to)) }
    }

    pub(super) fn needs(&self, capability: Capability) -> Result<(), Denied> {
        self.needs_role()?;
        if self.has(capability) { Ok(()) } else { Err(Denied::Lacks(capability)) }
    }

    fn needs_role(&self) -> Result<(), Denied> {
        if self.takes_part { Ok(()) } else { Err(Denied::NotParticipant) }
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        self.role.is_some_and(|role| role.can(capability))
    }

    fn is_actor(&self, user: UserId) -> bool {
        self.change.actor == Actor::User(user)
    }

    pub(super) fn user_of(&self, client: ClientId) -> UserId {
        self.directory.user_of(client)
    }
}
