//! What one user does in one event, and whether its role allows it (room-policy §8.1, §8.6).

use super::capability;
use super::lists::touched;
use mimic_protocol::mls::{ProposalInfo, Proposed};
use mimic_protocol::room::{BANNED, ListChange, NOT_LISTED, Role, Standing, component};
use mimic_protocol::{ClientId, Directory, UserId};

/// preauth_list (room-policy §10.1.3), which no room here has.
const PREAUTH_LIST: u16 = 0x0026;
/// The MLS proposal type of ReInit (RFC 9420 §17.4).
const REINIT: u16 = 5;

/// In which capacity the user acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Capacity {
    /// A member proposes.
    Proposer,
    /// A member commits.
    Committer,
    /// This client joins by an external commit.
    Joiner(ClientId),
}

/// What a user answers for in an event, under the state that is in force before it.
pub(super) struct Deed<'a> {
    pub directory: &'a Directory,
    /// The state with all that was accepted before (proto §7.1).
    pub in_force: &'a Standing,
    /// The state as of the last commit.
    pub committed: &'a Standing,
    pub actor: UserId,
    pub capacity: Capacity,
    /// The user's own proposals, each with what it changes in the participant list.
    pub own: Vec<(&'a ProposalInfo, &'a [ListChange])>,
}

/// Whether the user may send application messages (room-policy §8.3).
pub(super) fn may_send(standing: &Standing, user: UserId) -> bool {
    holds(standing.role_held_by(user), capability::SEND_MESSAGE)
}

/// Whether users in this role are banned: "The "banned" role always has role_index = 1 and role_name = "banned"", and it
/// "does not have to exist in a room" (room-policy §8.1.3).
pub(in crate::invariants) fn bans(standing: &Standing, role: u32) -> bool {
    role == BANNED && standing.role(BANNED).is_some_and(|role| role.name == "banned")
}

/// Whether the user is a participant and not banned.
pub(super) fn takes_part(standing: &Standing, user: UserId) -> bool {
    standing.role_of(user).is_some_and(|role| !bans(standing, role))
}

fn holds(role: Option<&Role>, capability: u16) -> bool {
    role.is_some_and(|role| role.capabilities.contains(&capability))
}

impl Deed<'_> {
    /// What forbids it, in words.
    pub fn judge(&self) -> Result<(), String> {
        match self.capacity {
            Capacity::Joiner(client) => self.join(client)?,
            // proto §5.3: "MUST prevent it from sending any proposals except for Remove and SelfRemove proposals for its users".
            Capacity::Proposer if !self.takes_part() => return self.only_removes_own_clients(),
            Capacity::Committer if !self.takes_part() => {
                return self.deny("takes no part in the room, and commits");
            }
            Capacity::Proposer | Capacity::Committer => {}
        }
        for change in self.changes() {
            self.list_change(*change)?;
        }
        self.own.iter().try_for_each(|(proposal, _)| self.proposal(&proposal.body))
    }

    fn takes_part(&self) -> bool {
        takes_part(self.in_force, self.actor)
    }

    fn changes(&self) -> impl Iterator<Item = &ListChange> {
        self.own.iter().flat_map(|(_, changes)| changes.iter())
    }

    fn role(&self) -> Option<&Role> {
        self.in_force.role_held_by(self.actor)
    }

    fn holds(&self, capability: u16) -> bool {
        holds(self.role(), capability)
    }

    fn may_move(&self, from: u32, to: u32) -> bool {
        self.role().is_some_and(|role| role.may_move(from, to))
    }

    fn require(&self, allowed: bool, what: &str) -> Result<(), String> {
        if allowed { Ok(()) } else { self.deny(what) }
    }

    fn deny(&self, what: &str) -> Result<(), String> {
        let role = self.in_force.role_of(self.actor).unwrap_or(NOT_LISTED);
        Err(format!("{} (role {role}) {what}", self.directory.user_uri(self.actor)))
    }

    /// room-policy §8.1.1: a participant brings a client of its own; anybody else adds itself, where role 0 lets it.
    fn join(&self, client: ClientId) -> Result<(), String> {
        self.require(
            self.directory.user_of(client) == self.actor,
            "joins with a client that is not its own",
        )?;
        match self.in_force.role_of(self.actor) {
            Some(role) if bans(self.in_force, role) => self.deny("is banned, and joins"),
            Some(_) => self.require(
                self.holds(capability::ADD_OWN_CLIENT),
                "joins with a client without canAddOwnClient",
            ),
            // Each way in for others enters the joiner in the list by the same commit (POL-30); the change itself is judged
            // with the others. There is no preauth_list here, and no join code.
            None => {
                let enters = self
                    .changes()
                    .any(|change| matches!(change, ListChange::Add(user, _) if *user == self.actor));
                self.require(enters, "is no participant, and joins")
            }
        }
    }

    fn only_removes_own_clients(&self) -> Result<(), String> {
        let own = |body: &Proposed| match body {
            Proposed::SelfRemove => true,
            Proposed::Remove(client) => self.directory.user_of(*client) == self.actor,
            _ => false,
        };
        let only = self.own.iter().all(|(proposal, _)| own(&proposal.body));
        self.require(only, "takes no part in the room, and proposes more than the removal of its own clients")
    }

    /// proto §7.5: each change is authorised separately.
    fn list_change(&self, change: ListChange) -> Result<(), String> {
        let user = touched(&change);
        let from = self.in_force.role_of(user).unwrap_or(NOT_LISTED);
        match change {
            ListChange::Add(_, to) => {
                // room-policy §5: in a fixed-membership room "other users cannot be added".
                self.require(!self.in_force.base.fixed_membership, "adds a user where membership is fixed")?;
                self.require(self.exists(to), "adds a user in a role that is not there")?;
                self.require(self.may_add(user, to), "adds a user without canAddParticipant for that role")
            }
            ListChange::Remove(_) => {
                // room-policy §5: "Ordinary users cannot leave or be removed"; nothing says who is not ordinary.
                self.require(
                    !self.in_force.base.fixed_membership,
                    "removes a user where membership is fixed",
                )?;
                let needed =
                    if user == self.actor { capability::REMOVE_SELF } else { capability::REMOVE_PARTICIPANT };
                self.require(
                    self.holds(needed) && self.may_move(from, NOT_LISTED),
                    "takes a user out without canRemoveParticipant or canRemoveSelf for that role",
                )
            }
            // What changes nothing needs nothing.
            ListChange::Change(_, to) if to == from => Ok(()),
            ListChange::Change(_, to) => {
                self.require(self.exists(to), "gives a user a role that is not there")?;
                // canChangeOwnRole follows the preauth_list, and there is none here.
                self.require(user != self.actor, "changes its own role")?;
                self.require(
                    self.may_move(from, to) && self.may_change(from, to),
                    "changes a role without canChangeUserRole, canBan or canUnban for it",
                )
            }
        }
    }

    /// A role that a participant can have: role 0 is that of those who are none (room-policy §3).
    fn exists(&self, role: u32) -> bool {
        role != NOT_LISTED && self.in_force.role(role).is_some()
    }

    fn may_add(&self, user: UserId, to: u32) -> bool {
        if user != self.actor {
            return self.holds(capability::ADD_PARTICIPANT) && self.may_move(NOT_LISTED, to);
        }
        // canOpenJoin counts on role 0 alone, which is the actor's as long as it is not listed.
        let joins = matches!(self.capacity, Capacity::Joiner(_)) && self.in_force.role_of(user).is_none();
        joins && self.holds(capability::OPEN_JOIN) && self.may_move(NOT_LISTED, to)
    }

    fn may_change(&self, from: u32, to: u32) -> bool {
        self.holds(capability::CHANGE_USER_ROLE)
            || bans(self.in_force, to) && self.holds(capability::BAN)
            || bans(self.in_force, from) && self.holds(capability::UNBAN)
    }

    fn proposal(&self, body: &Proposed) -> Result<(), String> {
        match body {
            Proposed::Add(client, _) => self.add(*client),
            Proposed::Remove(client) => self.remove(*client),
            Proposed::SelfRemove => self.remove_own(),
            // canSendMLSUpdateProposal is reserved: fresh keys for the own leaf are nobody's to forbid.
            Proposed::Update => Ok(()),
            Proposed::AppDataUpdate { component, .. } | Proposed::AppDataRemove { component } => {
                self.component(*component)
            }
            Proposed::ReInit(_) => self.mls(self.holds(capability::SEND_MLS_REINIT_PROPOSAL)),
            Proposed::Other(kind) => {
                self.mls(*kind == REINIT && self.holds(capability::SEND_MLS_REINIT_PROPOSAL))
            }
            // external_senders follow the participants' providers (PROTO-81): no capability speaks of them.
            Proposed::ExternalSenders(_) => self.mls(false),
        }
    }

    fn mls(&self, covered: bool) -> Result<(), String> {
        self.require(covered, "makes an MLS proposal that no capability of its role covers")
    }

    fn add(&self, client: ClientId) -> Result<(), String> {
        let user = self.directory.user_of(client);
        if user == self.actor {
            return self
                .require(self.holds(capability::ADD_OWN_CLIENT), "adds a client without canAddOwnClient");
        }
        let here = self.changes().any(|change| matches!(change, ListChange::Add(added, _) if *added == user));
        // The addition of the user covers its clients, also where it was accepted before and only awaits its commit. Nothing
        // covers the clients of one who is a participant already (OPEN-35).
        let awaited = self.committed.role_of(user).is_none()
            && self.in_force.role_of(user).is_some_and(|role| self.may_add(user, role));
        self.require(here || awaited, "adds a client of somebody else without adding its user")
    }

    fn remove(&self, client: ClientId) -> Result<(), String> {
        let user = self.directory.user_of(client);
        if let Capacity::Joiner(joiner) = self.capacity {
            // RFC 9420 §12.4.3.2: the joiner's own old leaf.
            return self.require(client == joiner, "joins, and removes a leaf that is not its own old one");
        }
        if user == self.actor {
            return self.remove_own();
        }
        // What is left of one who was taken out or banned before has to go, whoever sees to it (PROTO-30).
        let gone = takes_part(self.committed, user) && !takes_part(self.in_force, user);
        self.require(
            gone || self.takes_out(user) || self.holds(capability::KICK),
            "removes a client of somebody else without canKick",
        )
    }

    /// Whether the removal of the user's clients is part of what this does to the user.
    fn takes_out(&self, user: UserId) -> bool {
        self.changes().any(|change| match change {
            ListChange::Remove(removed) => *removed == user,
            // With canChangeUserRole alone, the same takes canKick as well.
            ListChange::Change(banned, to) => {
                *banned == user && bans(self.in_force, *to) && self.holds(capability::BAN)
            }
            ListChange::Add(..) => false,
        })
    }

    fn remove_own(&self) -> Result<(), String> {
        let leaves =
            self.changes().any(|change| matches!(change, ListChange::Remove(user) if *user == self.actor));
        self.require(
            leaves || self.holds(capability::REMOVE_OWN_CLIENT),
            "removes a client of its own without canRemoveOwnClient",
        )
    }

    fn component(&self, component: u16) -> Result<(), String> {
        let needed = match component {
            // Judged change by change.
            component::PARTICIPANT_LIST => return Ok(()),
            component::ROLES_LIST => capability::CHANGE_ROLE_DEFINITIONS,
            component::BASE_ROOM_POLICY => capability::CHANGE_ROOM_MEMBERSHIP_STYLE,
            PREAUTH_LIST => capability::CHANGE_PREAUTHORIZED_USER_LIST,
            // OPEN-14: for the others there is no capability.
            _ => return self.deny("changes a component that no capability covers"),
        };
        self.require(self.holds(needed), "changes a policy component without the capability for it")
    }
}
