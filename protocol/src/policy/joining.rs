//! The ways into a room for a user who is not in the list: canOpenJoin, canJoinIfPreauthorized, canUseJoinCode.

use super::authorise::Judge;
use super::change::RoleMove;
use super::preauth::preauthorised_role;
use super::{Capability, Denied};
use crate::directory::Directory;
use crate::ids::{Actor, UserId};
use crate::room::{BANNED, NOT_LISTED, Standing};

/// The roles that the user could join in now, the code being the one that it shows, if any: none if it is in the list.
pub fn joinable_roles(
    directory: &Directory,
    standing: &Standing,
    user: UserId,
    join_code: Option<&[u8]>,
) -> Vec<u32> {
    if standing.role_of(user).is_some() || standing.base.fixed_membership {
        return Vec::new();
    }
    let outside = standing.role(NOT_LISTED);
    let code = join_code.is_some_and(|code| is_join_code(standing, code));
    let may = |to: u32| {
        outside.is_some_and(|role| {
            let opens = role.can(Capability::OpenJoin) || code && role.can(Capability::UseJoinCode);
            opens && role.may_move(NOT_LISTED, to)
        }) || preauthorised_role(directory, standing, Actor::User(user)) == Some(to)
            && standing.role(to).is_some_and(|role| role.can(Capability::JoinIfPreauthorized))
    };
    let roles = standing.roles.iter().map(|role| role.role_index);
    roles.filter(|to| !matches!(*to, NOT_LISTED | BANNED) && may(*to)).collect()
}

/// Whether the code is one of the room's join links (POL-22, POL-29).
fn is_join_code(standing: &Standing, code: &[u8]) -> bool {
    let links = standing.components.join_links.as_ref();
    links.is_some_and(|links| links.links.iter().any(|link| link.as_slice() == code))
}

impl Judge<'_> {
    /// POL-27 to POL-30: one sufficient way, by an external commit that brings the joiner's client along.
    pub(super) fn joins(&self, moved: &RoleMove) -> Result<(), Denied> {
        if !self.change.external {
            return Err(Denied::JoinNotExternal);
        }
        let ways = [self.opens(moved), self.is_preauthorised(moved), self.has_code(moved)];
        if ways.iter().all(Result::is_err) {
            // The way that comes nearest says what it lacks.
            let nearest = ways.into_iter().find(|way| !matches!(way, Err(Denied::Lacks(_))));
            return nearest.unwrap_or(Err(Denied::Lacks(Capability::OpenJoin)));
        }
        let brings_client =
            self.change.added_clients.iter().any(|client| self.user_of(*client) == moved.user);
        if brings_client { Ok(()) } else { Err(Denied::JoinWithoutClient) }
    }

    /// POL-27: canOpenJoin on role 0, along its transitions.
    fn opens(&self, moved: &RoleMove) -> Result<(), Denied> {
        self.outside_has(Capability::OpenJoin)?;
        self.may_move(moved)
    }

    /// POL-28: the first match in preauth_list is the target role, which has canJoinIfPreauthorized. No transitions.
    fn is_preauthorised(&self, moved: &RoleMove) -> Result<(), Denied> {
        let lacks = Err(Denied::Lacks(Capability::JoinIfPreauthorized));
        match preauthorised_role(self.directory, self.before, self.change.actor) {
            None => lacks,
            Some(role) if role != moved.to => Err(Denied::NoPreauthorisation),
            Some(role) => match self.before.role(role) {
                Some(role) if role.can(Capability::JoinIfPreauthorized) => Ok(()),
                _ => lacks,
            },
        }
    }

    /// POL-29. The draft does not say to which roles a code refers: to those that role 0 may move to (as in A.2 and A.3).
    fn has_code(&self, moved: &RoleMove) -> Result<(), Denied> {
        self.outside_has(Capability::UseJoinCode)?;
        match &self.change.join_code {
            None => Err(Denied::Lacks(Capability::UseJoinCode)),
            Some(code) if !is_join_code(self.before, code) => Err(Denied::BadJoinCode),
            Some(_) => self.may_move(moved),
        }
    }

    /// Role 0 is the actor's, as it is not in the list.
    fn outside_has(&self, capability: Capability) -> Result<(), Denied> {
        if self.has(capability) { Ok(()) } else { Err(Denied::Lacks(capability)) }
    }
}
