//! What one user does in one event, and whether its role allows it (room-policy §8.1, §8.6).

use super::capability;
use super::components::needed;
use super::lists::touched;
use super::preauth::first_match;
use mimic_protocol::ids::Actor;
use mimic_protocol::mls::{Octets, ProposalInfo, Proposed};
use mimic_protocol::room::{BANNED, ListChange, NOT_LISTED, Role, Standing, component};
use mimic_protocol::{ClientId, Directory, ProviderId, UserId};
use std::collections::BTreeSet;

/// The MLS proposal type of ReInit (RFC 9420 §17.4).
const REINIT: u16 = 5;

/// In which capacity the user acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Capacity {
    /// A member or a server proposes.
    Proposer,
    /// A member commits.
    Committer,
    /// This client joins by an external commit.
    Joiner(ClientId),
}

/// What a user answers for in an event, under the state that is in force before it.
pub(super) struct Deed<'a> {
    pub directory: &'a Directory,
    pub hub: ProviderId,
    /// The state with all that was accepted before (proto §7.1).
    pub in_force: &'a Standing,
    /// The state as of the last commit.
    pub committed: &'a Standing,
    /// The state with what is done.
    pub after: &'a Standing,
    pub actor: Actor,
    pub capacity: Capacity,
    /// The user's own proposals, each with what it changes in the participant list.
    pub own: Vec<(&'a ProposalInfo, &'a [ListChange])>,
    /// The join link that the joiner has shown.
    pub link: Option<&'a Octets>,
    /// Where others may bring back participants without clients: the users who have some.
    pub brings_back: Option<BTreeSet<UserId>>,
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
        self.outsiders()?;
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
        match self.actor {
            Actor::User(user) => takes_part(self.in_force, user),
            // room-policy §4: a server has its role by preauthorisation alone.
            Actor::Provider(_) => self.preauthorised().is_some(),
        }
    }

    /// room-policy §7.1: external_proposal_allowed, external_commit_allowed.
    fn outsiders(&self) -> Result<(), String> {
        let Some(policy) = &self.in_force.components.operational else { return Ok(()) };
        let (proposals, commits) = (policy.external_proposal_allowed, policy.external_commit_allowed);
        let is_server = matches!(self.actor, Actor::Provider(_));
        self.require(!is_server || bool::from(proposals), "proposes where there are no external proposals")?;
        let joins = matches!(self.capacity, Capacity::Joiner(_));
        self.require(!joins || bool::from(commits), "joins where there are no external commits")
    }

    fn preauthorised(&self) -> Option<u32> {
        first_match(self.directory, self.in_force, self.actor)
    }

    fn listed_role(&self) -> Option<u32> {
        match self.actor {
            Actor::User(user) => self.in_force.role_of(user),
            Actor::Provider(_) => None,
        }
    }

    fn is_actor(&self, user: UserId) -> bool {
        self.actor == Actor::User(user)
    }

    fn changes(&self) -> impl Iterator<Item = &ListChange> {
        self.own.iter().flat_map(|(_, changes)| changes.iter())
    }

    fn role(&self) -> Option<&Role> {
        let outside = match self.capacity {
            // Whether an own entry comes of preauthorisation is judged with the entry.
            Capacity::Joiner(_) => None,
            Capacity::Proposer | Capacity::Committer => self.preauthorised(),
        };
        self.in_force.role(self.listed_role().or(outside).unwrap_or(NOT_LISTED))
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
        let role = self.role().map_or(NOT_LISTED, |role| role.role_index);
        let name = match self.actor {
            Actor::User(user) => self.directory.user_uri(user),
            Actor::Provider(provider) => self.directory.provider_uri(provider),
        };
        Err(format!("{name} (role {role}) {what}"))
    }

    /// room-policy §8.1.1: a participant brings a client of its own; anybody else adds itself, where role 0 lets it.
    fn join(&self, client: ClientId) -> Result<(), String> {
        self.require(
            self.is_actor(self.directory.user_of(client)),
            "joins with a client that is not its own",
        )?;
        match self.listed_role() {
            Some(role) if bans(self.in_force, role) => self.deny("is banned, and joins"),
            Some(_) => self.require(
                self.holds(capability::ADD_OWN_CLIENT),
                "joins with a client without canAddOwnClient",
            ),
            // Each way in for others enters the joiner in the list by the same commit (POL-30); the change itself is judged
            // with the others.
            None => {
                let enters = self
                    .changes()
                    .any(|change| matches!(change, ListChange::Add(user, _) if self.is_actor(*user)));
                self.require(enters, "is no participant, and joins")
            }
        }
    }

    fn only_removes_own_clients(&self) -> Result<(), String> {
        let is_server = matches!(self.actor, Actor::Provider(_));
        let own = |body: &Proposed| match body {
            Proposed::ExternalSenders(senders) if is_server => self.senders(senders).is_ok(),
            Proposed::SelfRemove => true,
            Proposed::Remove(client) => self.is_actor(self.directory.user_of(*client)),
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
                let needed = if self.is_actor(user) {
                    capability::REMOVE_SELF
                } else {
                    capability::REMOVE_PARTICIPANT
                };
                self.require(
                    self.holds(needed) && self.may_move(from, NOT_LISTED),
                    "takes a user out without canRemoveParticipant or canRemoveSelf for that role",
                )
            }
            // What changes nothing needs nothing.
            ListChange::Change(_, to) if to == from => Ok(()),
            ListChange::Change(_, to) => {
                self.require(self.exists(to), "gives a user a role that is not there")?;
                if self.is_actor(user) {
                    return self.change_own(from, to);
                }
                self.require(
                    self.may_move(from, to) && self.may_change(from, to),
                    "changes a role without canChangeUserRole, canBan or canUnban for it",
                )
            }
        }
    }

    /// room-policy §8.1.3: canChangeOwnRole leads to the first match of the preauth_list, which "prevents an explicitly banned
    /// user from rejoining" (§4).
    fn change_own(&self, from: u32, to: u32) -> Result<(), String> {
        self.require(!bans(self.in_force, from), "is banned, and changes its own role")?;
        self.require(
            self.holds(capability::CHANGE_OWN_ROLE) && self.preauthorised() == Some(to),
            "changes its own role without canChangeOwnRole and the preauthorisation for it",
        )
    }

    /// A role that a participant can have: role 0 is that of those who are none (room-policy §3).
    fn exists(&self, role: u32) -> bool {
        role != NOT_LISTED && self.in_force.role(role).is_some()
    }

    fn may_add(&self, user: UserId, to: u32) -> bool {
        if !self.is_actor(user) {
            return self.holds(capability::ADD_PARTICIPANT) && self.may_move(NOT_LISTED, to);
        }
        // canOpenJoin counts on role 0 alone, which is the actor's as long as it is not listed. canJoinIfPreauthorized is the
        // target role's, and no transition is asked for. To which roles a join code leads is not said: to those of role 0.
        let joins = matches!(self.capacity, Capacity::Joiner(_)) && self.in_force.role_of(user).is_none();
        let opens = self.holds(capability::OPEN_JOIN) && self.may_move(NOT_LISTED, to);
        let preauthorised = self.preauthorised() == Some(to)
            && holds(self.in_force.role(to), capability::JOIN_IF_PREAUTHORIZED);
        let by_link =
            self.holds(capability::USE_JOIN_CODE) && self.may_move(NOT_LISTED, to) && self.has_link();
        joins && (opens || preauthorised || by_link)
    }

    /// Whether the link that was shown is one of the room's.
    fn has_link(&self) -> bool {
        let links = self.in_force.components.join_links.iter().flat_map(|links| &links.links);
        self.link.is_some_and(|shown| links.into_iter().any(|link| link.as_slice() == &**shown))
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
            // No capability speaks of external_senders: they are to follow the participants (PROTO-81), whoever sees to it.
            Proposed::ExternalSenders(senders) => self.senders(senders),
        }
    }

    /// proto §7.4: "at least the Certificate of the Hub", and of followers with a participant.
    fn senders(&self, senders: &[ProviderId]) -> Result<(), String> {
        let listed = self.after.participants.iter().map(|participant| participant.user);
        let users: Vec<UserId> = listed.filter(|user| takes_part(self.after, *user)).collect();
        let belongs = |server: &&ProviderId| {
            **server == self.hub || users.iter().any(|user| self.directory.provider_of(*user) == **server)
        };
        self.require(
            senders.contains(&self.hub) && senders.iter().all(|server| belongs(&server)),
            "makes external senders of others than the hub and servers with a participant",
        )
    }

    fn mls(&self, covered: bool) -> Result<(), String> {
        self.require(covered, "makes an MLS proposal that no capability of its role covers")
    }

    fn add(&self, client: ClientId) -> Result<(), String> {
        let user = self.directory.user_of(client);
        if self.is_actor(user) {
            return self
                .require(self.holds(capability::ADD_OWN_CLIENT), "adds a client without canAddOwnClient");
        }
        let here = self.changes().any(|change| matches!(change, ListChange::Add(added, _) if *added == user));
        // The addition of the user covers its clients, also where it was accepted before and only awaits its commit. Nothing
        // covers the clients of one who is a participant already (OPEN-35).
        let awaited = self.committed.role_of(user).is_none()
            && self.in_force.role_of(user).is_some_and(|role| self.may_add(user, role));
        self.require(
            here || awaited || self.may_bring_back(user),
            "adds a client of somebody else without adding its user",
        )
    }

    /// OPEN-35, read so: a participant who has no client, by whoever could add it in its role.
    fn may_bring_back(&self, user: UserId) -> bool {
        let role = self.in_force.role_of(user).filter(|_| takes_part(self.in_force, user));
        let is_inactive = self.brings_back.as_ref().is_some_and(|active| !active.contains(&user));
        is_inactive && role.is_some_and(|role| self.may_add(user, role))
    }

    fn remove(&self, client: ClientId) -> Result<(), String> {
        let user = self.directory.user_of(client);
        if let Capacity::Joiner(joiner) = self.capacity {
            // RFC 9420 §12.4.3.2: the joiner's own old leaf.
            return self.require(client == joiner, "joins, and removes a leaf that is not its own old one");
        }
        if self.is_actor(user) {
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
            self.changes().any(|change| matches!(change, ListChange::Remove(user) if self.is_actor(*user)));
        self.require(
            leaves || self.holds(capability::REMOVE_OWN_CLIENT),
            "removes a client of its own without canRemoveOwnClient",
        )
    }

    fn component(&self, component: u16) -> Result<(), String> {
        if component == component::PARTICIPANT_LIST {
            // Judged change by change.
            return Ok(());
        }
        let ways = needed(component, self.in_force, self.after);
        self.require(!ways.is_empty(), "changes of a component what no capability covers")?;
        let takes = |way: &Vec<u16>| way.iter().all(|capability| self.holds(*capability));
        self.require(ways.iter().any(takes), "changes a policy component without the capability for it")
    }
}
