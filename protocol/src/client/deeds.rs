//! How a client changes the room: the proposals that a deed takes, committed at once or left to others to commit.

use super::{Attempt, Client};
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::{Mls, MlsGroup, MlsMember, Octets, Propose};
use crate::mutant::Mutant;
use crate::node::{Call, Deed, Fact, Refusal};
use crate::plans::ChangeId;
use crate::policy;
use crate::room::{BANNED, ListChange};
use crate::signing;
use crate::stamps::with_key;
use crate::step::Step;

/// How a deed comes to the hub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// By value in a commit.
    Commit,
    /// As proposals.
    Proposals,
}

impl<M: Mls> Client<M> {
    /// Sets out to do it.
    pub(super) fn carry_out(
        &mut self,
        step: &mut Step,
        room: RoomId,
        deed: Deed,
        way: Way,
    ) -> Result<(), Refusal> {
        if let Deed::AddClients(user) = deed
            && self.material_for(step, room, user)?.is_none()
        {
            self.claim(step, room, user);
            return Ok(());
        }
        let proposals = self.proposals_of(step, room, deed)?;
        // MLS-03: nobody commits its own removal.
        let of_itself = deed == Deed::RemoveOwnClient(self.id);
        match way {
            Way::Commit if !of_itself => self.make_commit(step, room, &proposals, true),
            Way::Commit | Way::Proposals => self.make_proposals(step, room, &proposals),
        }
    }

    /// Asks for key packages of all devices of a user (proto §5.2).
    pub(super) fn claim(&mut self, step: &mut Step, room: RoomId, user: UserId) {
        let request = signing::key_material_request(&self.config, &self.engine, (room, user, self.id));
        // An engine that cannot sign asks for nothing.
        let Ok(request) = request else {
            return self.end_intent(step, room, Some(Refusal::NoKeyMaterial));
        };
        self.inquire(step, room, Call::KeyMaterial(room, user), request);
    }

    /// The key packages of the user that this client has been given, if it has asked for them: those that are valid now, as no
    /// others may be used (RFC 9420 §7.3, MLS-16).
    pub(super) fn material_for(
        &self,
        step: &Step,
        room: RoomId,
        user: UserId,
    ) -> Result<Option<Vec<Octets>>, Refusal> {
        let material = self.seats[&room].material.as_ref();
        let Some((_, packages)) = material.filter(|(owner, _)| *owner == user) else { return Ok(None) };
        let takes_any = self.config.planted.is(Mutant::UsesExpired);
        let covers = |package: &&Octets| M::lifetime(package).is_ok_and(|l| l.covers(step.now_s()));
        // ID-04: a provider could answer with somebody else's.
        let takes_anybodys = self.config.planted.is(Mutant::TakesAnybodysKeyPackages);
        let directory = self.config.directory();
        let is_theirs = |package: &&Octets| {
            let known = M::key_package(&self.config.mls, package);
            takes_anybodys || known.is_ok_and(|(client, _)| directory.user_of(client) == user)
        };
        let valid = packages.iter().filter(is_theirs).filter(|package| takes_any || covers(package));
        let valid: Vec<Octets> = valid.cloned().collect();
        if valid.is_empty() { Err(Refusal::NoKeyMaterial) } else { Ok(Some(valid)) }
    }

    /// Notes which key packages a commit of this client adds others with.
    pub(super) fn note_used(&self, step: &mut Step, room: RoomId, by_value: &[Propose]) {
        for proposal in by_value {
            let Propose::Add(package) = proposal else { continue };
            let (known, lifetime) = (M::key_package(&self.config.mls, package), M::lifetime(package));
            if let (Ok((_, key_package)), Ok(lifetime)) = (known, lifetime) {
                let lifetime = (lifetime, step.now_s());
                step.observe(Fact::KeyPackageUsed { room, key_package, lifetime });
            }
        }
    }

    /// proto §3.5, PROTO-10: proposals that take out all own devices and the list entry; somebody else commits them.
    pub(super) fn leave(&mut self, step: &mut Step, room: RoomId) -> Result<(), Refusal> {
        let user = self.user();
        if self.effective(room)?.role_of(user).is_none() {
            return Err(Refusal::Pointless);
        }
        let mut proposals = vec![self.list_update(room, ListChange::Remove(user))?];
        let others = self.leaves_of(room, user).into_iter().filter(|client| *client != self.id);
        proposals.extend(others.map(Propose::Remove));
        proposals.push(Propose::SelfRemove);
        self.make_proposals(step, room, &proposals)
    }

    /// Makes proposals that stay together (PROTO-52).
    fn make_proposals(
        &mut self,
        step: &mut Step,
        room: RoomId,
        proposals: &[Propose],
    ) -> Result<(), Refusal> {
        let mut batch = Vec::new();
        for (n, proposal) in proposals.iter().enumerate() {
            let entropy = step.entropy.of("mimic propose").of(&n.to_string());
            match self.engine.propose(room, proposal, entropy) {
                Ok(message) => batch.push(message),
                Err(error) => {
                    self.restore_pending(room);
                    return Err(Refusal::Engine(error));
                }
            }
        }
        self.set_attempt(room, Attempt::Proposals(batch));
        Ok(())
    }

    /// What the deed consists of, in the room as this client sees it.
    fn proposals_of(&self, step: &Step, room: RoomId, deed: Deed) -> Result<Vec<Propose>, Refusal> {
        match deed {
            Deed::Enlist(user, role) => {
                let listed = self.effective(room)?.role_of(user).is_some();
                sensible(!listed)?;
                Ok(vec![self.list_update(room, ListChange::Add(user, role))?])
            }
            Deed::AddClients(user) => {
                let packages = self.material_for(step, room, user)?.ok_or(Refusal::NoKeyMaterial)?;
                Ok(packages.into_iter().map(Propose::Add).collect())
            }
            Deed::Remove(user) => self.take_out(room, user, None),
            Deed::Ban(user) => self.take_out(room, user, Some(BANNED)),
            Deed::ChangeRole(user, role) => self.change_role(room, user, role),
            Deed::TakeRole(role) => self.change_role(room, self.user(), role),
            Deed::Kick(user) => {
                let leaves = self.leaves_of(room, user);
                sensible(user != self.user() && !leaves.is_empty())?;
                Ok(leaves.into_iter().map(Propose::Remove).collect())
            }
            Deed::RemoveOwnClient(client) => {
                sensible(self.leaves_of(room, self.user()).contains(&client))?;
                let itself = client == self.id;
                Ok(vec![if itself { Propose::SelfRemove } else { Propose::Remove(client) }])
            }
            Deed::ChangePolicy(change) => self.change_policy(step, room, change),
            Deed::Reinitialise(successor) => Ok(vec![Propose::ReInit(successor)]),
        }
    }

    /// Removes or bans a user, with all its leaves, at once (PROTO-30, POL-31, POL-37).
    fn take_out(&self, room: RoomId, user: UserId, role: Option<u32>) -> Result<Vec<Propose>, Refusal> {
        let effective = self.effective(room)?;
        let old = effective.role_of(user);
        sensible(user != self.user() && old.is_some() && old != role)?;
        let change = role.map_or(ListChange::Remove(user), |role| ListChange::Change(user, role));
        let mut proposals = vec![self.list_update(room, change)?];
        if !self.config.planted.is(Mutant::MembersWithoutEntry) {
            proposals.extend(self.leaves_of(room, user).into_iter().map(Propose::Remove));
        }
        Ok(proposals)
    }

    fn change_role(&self, room: RoomId, user: UserId, role: u32) -> Result<Vec<Propose>, Refusal> {
        let old = self.effective(room)?.role_of(user);
        sensible(old.is_some() && old != Some(role))?;
        Ok(vec![self.list_update(room, ListChange::Change(user, role))?])
    }

    /// Components are replaced as a whole, so that an edit is made to what they will be with all that is pending.
    fn change_policy(&self, step: &Step, room: RoomId, change: ChangeId) -> Result<Vec<Propose>, Refusal> {
        let directory = self.config.directory();
        let change = self.config.plans.change(change).ok_or(Refusal::Pointless)?;
        let before = self.effective(room)?;
        let after = change.of(directory, room, &before).ok_or(Refusal::Pointless)?;
        let after = with_key::<M>(&self.config, room, after);
        let mut proposals = policy::updates_between(directory, &before, &after);
        for deed in change.with.iter().filter(|deed| !matches!(deed, Deed::ChangePolicy(_))) {
            proposals.extend(self.proposals_of(step, room, *deed)?);
        }
        sensible(!proposals.is_empty())?;
        Ok(proposals)
    }

    pub(super) fn leaves_of(&self, room: RoomId, user: UserId) -> Vec<ClientId> {
        let leaves = self.engine.group(room).map(MlsGroup::leaves).unwrap_or_default();
        let mut clients: Vec<_> = leaves.into_values().collect();
        clients.retain(|client| self.config.directory().user_of(*client) == user);
        clients
    }
}

fn sensible(makes_sense: bool) -> Result<(), Refusal> {
    if makes_sense { Ok(()) } else { Err(Refusal::Pointless) }
}
