//! A hub's judgement of proposals and commits: the checklists of proto §5.3, §7 and room-policy §8.

use super::{KeyStore, Pending};
use crate::config::NodeConfig;
use crate::ids::{ClientId, ProviderId, UserId};
use crate::mls::{CommitBundle, CommitInfo, Mls, MlsGroup, ProposalInfo, ProposalRef, Proposed, Sender};
use crate::mutant::Mutant;
use crate::node::Rejection;
use crate::policy::{self, Change};
use crate::readings::{Authority, Committers, EffectiveAt, PendingInclusion};
use crate::room::{self, RoomState, Standing, component};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What an acceptable commit leads to.
pub(super) struct Judged {
    /// The room's state after it.
    pub standing: Standing,
    /// Where its Welcome goes.
    pub welcome_to: BTreeSet<ProviderId>,
}

/// Judges a batch of proposals as one; gives the effective state after it.
pub(super) fn judge_proposals(
    config: &NodeConfig,
    state: &RoomState,
    group: &impl MlsGroup,
    pending: &[Pending],
    batch: &[ProposalInfo],
) -> Result<Standing, Rejection> {
    let directory = config.directory();
    let actor = match batch.first().map(|p| p.sender) {
        Some(Sender::Member(client)) if batch.iter().all(|p| p.sender == Sender::Member(client)) => client,
        // Servers as proposers have no role in this room's policy so far.
        _ => return Err(Rejection::Denied),
    };
    let user = directory.user_of(actor);
    let own = |p: &ProposalInfo| match p.body {
        Proposed::SelfRemove => true,
        Proposed::Remove(client) => directory.user_of(client) == user,
        _ => false,
    };
    // proto §5.3, PROTO-31: a blocked user may still take its own clients out.
    let in_force = state.in_force(config.readings());
    if !in_force.may_take_part(user) && !batch.iter().all(own) {
        return Err(Rejection::Blocked);
    }
    let waiting: Vec<&ProposalInfo> = pending.iter().flat_map(|p| &p.proposals).collect();
    // MLS-03, MLS-12, INV-18: what would make the pending set uncommittable is not taken into it.
    let (mut added, mut removed) = (BTreeSet::new(), BTreeSet::new());
    let once = |p: &ProposalInfo| {
        added_by(p).is_none_or(|client| added.insert(client))
            && removed_by(p).is_none_or(|client| removed.insert(client))
    };
    let takes_all = config.planted.is(Mutant::AcceptsConflicts);
    if !waiting.iter().copied().chain(batch).all(once) && !takes_all {
        return Err(Rejection::InvalidAfter);
    }
    let updates = waiting.iter().copied().chain(batch).map(|p| &p.body);
    let after = room::standing_after(directory, group.dictionary(), updates, config.readings());
    let after = match after {
        None if takes_all => return Ok(Standing::clone(&state.effective)),
        after => after.ok_or(Rejection::InvalidAfter)?,
    };
    let members = members_after(group.leaves().into_values(), waiting.iter().copied());
    let proposals: Vec<&ProposalInfo> = batch.iter().collect();
    if asks_policy(config) {
        let after = match config.readings().effective_at {
            EffectiveAt::Accept => Cow::Borrowed(&after),
            EffectiveAt::Commit => Cow::Owned(alone(config, group, &proposals)?),
        };
        let change = change_by(user, in_force, &after, &proposals);
        policy::authorise(directory, in_force, &members, &change).map_err(|_| Rejection::Denied)?;
    }
    check_after(config, &after, &members_after(members.into_iter(), batch.iter()))?;
    Ok(after)
}

/// Judges a commit whose MLS side is valid.
pub(super) fn judge_commit<M: Mls>(
    config: &NodeConfig,
    state: &RoomState,
    group: &M::Observer,
    pending: &[Pending],
    key_store: &KeyStore,
    info: &CommitInfo,
    bundle: &CommitBundle,
) -> Result<Judged, Rejection> {
    let directory = config.directory();
    let (committer, external) = match info.sender {
        Sender::Member(client) => (client, false),
        Sender::Joiner(client) => (client, true),
        Sender::External(_) => return Err(Rejection::Denied),
    };
    let user = directory.user_of(committer);
    let readings = config.readings();
    let waved_through = external && config.planted.is(Mutant::BannedMayJoin);
    let blocked = !state.in_force(readings).may_take_part(user) && !waved_through;
    if readings.committers == Committers::NotBlocked && blocked {
        return Err(Rejection::Blocked);
    }
    let omits = !covers_pending(pending, info, external) && !config.planted.is(Mutant::LetsOmissions);
    if readings.pending_inclusion == PendingInclusion::Strict && omits {
        return Err(Rejection::Omission);
    }
    let updates = room::app_data_updates(info.proposals.iter().map(|p| &p.body));
    room::check_conflicts(&updates).map_err(|_| Rejection::InvalidAfter)?;
    let standing = Standing::decode(directory, &info.dictionary).map_err(|_| Rejection::InvalidAfter)?;
    if asks_policy(config) && !waved_through {
        // AMB-18: what is pending was judged for its proposers; the rest is the committer's own.
        let waiting = |p: &ProposalInfo| {
            let carried = external && matches!(p.body, Proposed::AppDataUpdate { .. });
            p.reference.is_some()
                || (carried && pending.iter().flat_map(|w| &w.proposals).any(|w| w.body == p.body))
        };
        let (others, own): (Vec<_>, Vec<_>) = info.proposals.iter().partition(|p| waiting(p));
        let authorise =
            |before: &Standing, after: &Standing, members: BTreeSet<ClientId>, own: &[&ProposalInfo]| {
                let mut change = change_by(user, before, after, own);
                change.external = external;
                change.added_clients.extend(external.then_some(committer));
                policy::authorise(directory, before, &members, &change).map_err(|_| Rejection::Denied)
            };
        let members = members_after(group.leaves().into_values(), others.into_iter());
        if omits || readings.effective_at == EffectiveAt::Commit {
            authorise(&state.committed, &alone(config, group, &own)?, members, &own)?;
        } else {
            authorise(&state.effective, &standing, members, &own)?;
        }
        if readings.authority == Authority::ProposerAndCommitter {
            let (all, members) = (info.proposals.iter().collect::<Vec<_>>(), group.leaves().into_values());
            authorise(&state.committed, &standing, members.collect(), &all)?;
        }
    }
    if !waved_through {
        check_after(config, &standing, &info.leaves.values().copied().collect())?;
    }
    let welcome_to = welcome_targets::<M>(key_store, &info.proposals, bundle)?;
    Ok(Judged { standing, welcome_to })
}

/// proto §3.5, PROTO-10: the next commit contains every pending proposal. An external commit can carry only SelfRemoves, by
/// reference, and AppDataUpdates; it must carry those (MLS-12, PROTO-58), the others it voids.
fn covers_pending(pending: &[Pending], info: &CommitInfo, external: bool) -> bool {
    let references: BTreeSet<ProposalRef> = info.proposals.iter().filter_map(|p| p.reference).collect();
    let by_value = |body: &Proposed| info.proposals.iter().any(|p| p.reference.is_none() && p.body == *body);
    pending.iter().flat_map(|p| &p.proposals).all(|p| {
        let referenced = p.reference.is_some_and(|r| references.contains(&r));
        match (&p.body, external) {
            (_, false) | (Proposed::SelfRemove, true) => referenced,
            (body @ Proposed::AppDataUpdate { .. }, true) => referenced || by_value(body),
            (_, true) => true,
        }
    })
}

/// The committed room with these proposals of one author alone: where nothing else that is pending counts.
fn alone(config: &NodeConfig, group: &impl MlsGroup, own: &[&ProposalInfo]) -> Result<Standing, Rejection> {
    let updates = own.iter().map(|p| &p.body);
    room::standing_after(config.directory(), group.dictionary(), updates, config.readings())
        .ok_or(Rejection::InvalidAfter)
}

/// What `user` changes by these proposals of its own, if the room stands as `after` with them.
fn change_by(user: UserId, before: &Standing, after: &Standing, own: &[&ProposalInfo]) -> Change {
    // An update that changes nothing takes the authority all the same (room-policy §3).
    let updates = room::app_data_updates(own.iter().map(|p| &p.body));
    let replaces = |id: u16| updates.iter().any(|(component, _)| *component == id);
    let roles = replaces(component::ROLES_LIST) || after.roles != before.roles;
    let base = replaces(component::BASE_ROOM_POLICY) || after.base != before.base;
    Change {
        actor: user,
        external: false,
        list_after: after.participants.clone(),
        added_clients: own.iter().filter_map(|p| added_by(p)).collect(),
        removed_clients: own.iter().filter_map(|p| removed_by(p)).collect(),
        roles_after: roles.then(|| after.roles.clone()),
        base_after: base.then(|| after.base.clone()),
    }
}

/// The members that these proposals make of `members`.
fn members_after<'a>(
    members: impl Iterator<Item = ClientId>,
    proposals: impl Iterator<Item = &'a ProposalInfo> + Clone,
) -> BTreeSet<ClientId> {
    let mut after: BTreeSet<ClientId> = members.chain(proposals.clone().filter_map(added_by)).collect();
    for client in proposals.filter_map(removed_by) {
        after.remove(&client);
    }
    after
}

fn asks_policy(config: &NodeConfig) -> bool {
    !config.planted.is(Mutant::NoAuthorisation) && !checks_nothing(config)
}

fn checks_nothing(config: &NodeConfig) -> bool {
    let lenient = [Mutant::MembersWithoutEntry, Mutant::AddsWithoutEntry, Mutant::UndefinedRoles];
    lenient.into_iter().any(|mutant| config.planted.is(mutant))
}

fn check_after(config: &NodeConfig, after: &Standing, members: &BTreeSet<ClientId>) -> Result<(), Rejection> {
    if checks_nothing(config) || config.planted.is(Mutant::NoLimits) {
        return Ok(());
    }
    policy::check_constraints(config.directory(), after, members).map_err(|_| Rejection::InvalidAfter)
}

/// proto §5.5, PROTO-45: where the Welcome goes. Every key package in it must have come through this hub (PROTO-21).
fn welcome_targets<M: Mls>(
    key_store: &KeyStore,
    proposals: &[ProposalInfo],
    bundle: &CommitBundle,
) -> Result<BTreeSet<ProviderId>, Rejection> {
    let adds: BTreeSet<_> = proposals
        .iter()
        .filter_map(|p| match &p.body {
            Proposed::Add(_, reference) => Some(*reference),
            _ => None,
        })
        .collect();
    let welcomed = match &bundle.welcome {
        Some(welcome) => M::welcome_refs(welcome).map_err(Rejection::Mls)?.into_iter().collect(),
        None => BTreeSet::new(),
    };
    if adds != welcomed {
        return Err(Rejection::NoRoute);
    }
    adds.iter().map(|reference| key_store.route(reference).ok_or(Rejection::NoRoute)).collect()
}

fn added_by(proposal: &ProposalInfo) -> Option<ClientId> {
    match proposal.body {
        Proposed::Add(client, _) => Some(client),
        _ => None,
    }
}

fn removed_by(proposal: &ProposalInfo) -> Option<ClientId> {
    match (&proposal.body, proposal.sender) {
        (Proposed::Remove(client), _) => Some(*client),
        (Proposed::SelfRemove, Sender::Member(client)) => Some(client),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Directory;
    use crate::mls::{Dictionary, KeyPackageRef, Leaves};
    use crate::mutant::Planted;
    use crate::policy::{Capability, examples};
    use crate::readings::Readings;
    use crate::room::{ListChange, Participant};
    use crate::wire::Wire;
    use crate::wire::role_data::RoleData;
    use std::sync::Arc;

    /// Planted bugs in the judgement itself.
    #[cfg(feature = "museum")]
    mod planted;

    const ALICE: UserId = UserId(0);
    const BOB: UserId = UserId(1);
    const A1: ClientId = ClientId(0);
    const B1: ClientId = ClientId(2);
    const B2: ClientId = ClientId(3);

    /// A group of Alice's and Bob's first clients. Alice is an admin, who may also change the roles; Bob is ordinary.
    struct Group(Dictionary);

    impl MlsGroup for Group {
        fn epoch(&self) -> u64 {
            1
        }
        fn leaves(&self) -> Leaves {
            Leaves::from([(0, A1), (1, B1)])
        }
        fn dictionary(&self) -> Dictionary {
            self.0.clone()
        }
        fn external_senders(&self) -> Vec<ProviderId> {
            vec![ProviderId(0)]
        }
        fn pending(&self) -> Vec<ProposalInfo> {
            Vec::new()
        }
        fn context_digest(&self) -> [u8; 32] {
            [0; 32]
        }
    }

    struct Room {
        config: Arc<NodeConfig>,
        standing: Standing,
        waiting: Vec<Pending>,
    }

    impl Room {
        fn new() -> Self {
            let mut directory = Directory::default();
            let provider = directory.add_provider("a.example");
            for name in ["alice", "bob"] {
                let user = directory.add_user(provider, name);
                directory.add_client(user, "phone");
                directory.add_client(user, "laptop");
            }
            let mut standing = examples::cooperative_room(ALICE);
            let role = examples::cooperative::ORDINARY_USER;
            standing.participants.push(Participant { user: BOB, role });
            let admin =
                standing.roles.iter_mut().find(|r| r.role_index == examples::cooperative::GROUP_ADMIN);
            admin.unwrap().capabilities.push(Capability::ChangeRoleDefinitions.code());
            let config = NodeConfig::new(Arc::new(directory), Readings::default(), Planted::NONE);
            Self { config, standing, waiting: Vec::new() }
        }

        /// Judges what `sender` proposes, after all that was proposed before; what is accepted waits from then on.
        fn propose(&mut self, sender: ClientId, bodies: &[Proposed]) -> Result<(), Rejection> {
            let directory = self.config.directory();
            let group = Group(self.standing.encode(directory));
            let before = self.waiting.iter().flat_map(|w| &w.proposals).map(|p| &p.body);
            let effective =
                room::standing_after(directory, group.dictionary(), before, self.config.readings());
            let state = RoomState {
                committed: Arc::new(self.standing.clone()),
                effective: Arc::new(effective.unwrap()),
            };
            let info = |body: &Proposed| ProposalInfo {
                reference: None,
                sender: Sender::Member(sender),
                body: body.clone(),
            };
            let proposals: Vec<ProposalInfo> = bodies.iter().map(info).collect();
            judge_proposals(&self.config, &state, &group, &self.waiting, &proposals)?;
            self.waiting.push(Pending { messages: Vec::new(), proposals, accepted_ms: 0 });
            Ok(())
        }

        fn removal(&self, user: UserId) -> Proposed {
            let update = self.standing.list_update(self.config.directory(), ListChange::Remove(user));
            Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.unwrap().into() }
        }

        fn same_roles(&self) -> Proposed {
            let roles = RoleData { roles: self.standing.roles.iter().map(Into::into).collect() };
            Proposed::AppDataUpdate { component: component::ROLES_LIST, update: roles.encode().into() }
        }
    }

    fn add(client: ClientId) -> Proposed {
        Proposed::Add(client, KeyPackageRef([0; 32]))
    }

    #[test]
    fn proposed_clients_are_judged() {
        let mut room = Room::new();
        assert_eq!(room.propose(A1, &[add(B2)]), Err(Rejection::Denied), "OPEN-35");
        assert_eq!(room.propose(B1, &[add(B2)]), Ok(()));
        assert_eq!(room.propose(B1, &[add(B2)]), Err(Rejection::InvalidAfter), "twice in one commit");
        // The client that waits to be added would remain.
        let leave = [room.removal(BOB), Proposed::SelfRemove];
        assert_eq!(room.propose(B1, &leave), Err(Rejection::Denied));
    }

    #[test]
    fn new_roles_take_authority_even_if_they_are_the_old_ones() {
        let mut room = Room::new();
        assert_eq!(room.propose(B1, &[room.same_roles()]), Err(Rejection::Denied));
        assert_eq!(room.propose(A1, &[room.same_roles()]), Ok(()));
    }

    #[test]
    fn what_cannot_share_a_commit_does_not_wait_together() {
        let mut room = Room::new();
        assert_eq!(room.propose(A1, &[room.same_roles()]), Ok(()));
        let leave = [room.removal(BOB), Proposed::SelfRemove];
        assert_eq!(room.propose(B1, &leave), Err(Rejection::InvalidAfter), "POL-07, RACE-25");
    }

    #[test]
    fn clients_that_go_already_are_not_left_over() {
        let mut room = Room::new();
        assert_eq!(room.propose(B1, &[Proposed::SelfRemove]), Ok(()));
        assert_eq!(room.propose(A1, &[room.removal(BOB)]), Ok(()));
    }

    #[test]
    fn a_blocked_user_takes_its_clients_out_and_does_nothing_else() {
        let mut room = Room::new();
        room.standing.participants.retain(|entry| entry.user != BOB);
        assert_eq!(room.propose(B1, &[add(B2)]), Err(Rejection::Blocked));
        // Its client is in the group without an entry until this removal is committed.
        assert_eq!(room.propose(B1, &[Proposed::SelfRemove]), Ok(()));
    }
}
