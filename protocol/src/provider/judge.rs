//! The judgement of proposals and commits: the checklists of proto §5.3, §7 and room-policy §8. The hub's decides; members and
//! followers judge again what it has accepted (OPEN-34).

use self::conflicts::go_together;
use super::overlook::{couples, favours, overlook_conflict, overlooks, taken_for};
use super::{KeyStore, Pending};
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::{Actor, ClientId, ProviderId, RoomId, UserId};
use crate::mls::{
    CommitBundle, CommitInfo, GroupInfoForm, Mls, MlsGroup, Octets, ProposalInfo, ProposalRef, Proposed,
    Sender,
};
use crate::mutant::Mutant;
use crate::node::Rejection;
use crate::policy::{self, Change, Denied, Populated, Shortfalls, Surroundings};
use crate::readings::{Authority, Committers, Counts, EffectiveAt, LifetimeChecks, PendingInclusion};
use crate::room::{self, RoomState, Standing, component};
use crate::step::Step;
use crate::voided::left_out;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The MLS proposal types of RFC 9420 §17.4 that proposals have which a policy knows by their type alone.
const REINIT: u16 = 5;

/// What an acceptable commit leads to.
pub(super) struct Judged {
    /// The room's state after it.
    pub standing: Standing,
    /// Where its Welcome goes.
    pub welcome_to: BTreeSet<ProviderId>,
}

/// Judges a batch of proposals as one; gives the effective state after it.
pub(crate) fn judge_proposals(
    config: &NodeConfig,
    state: &RoomState,
    group: &impl MlsGroup,
    pending: &[Pending],
    batch: &[ProposalInfo],
) -> Result<Standing, Rejection> {
    let directory = config.directory();
    let actor = proposer(directory, batch).ok_or(Rejection::Denied)?;
    let in_force = state.in_force(config.readings());
    if let Actor::User(user) = actor {
        let own = |p: &ProposalInfo| match p.body {
            Proposed::SelfRemove => true,
            Proposed::Remove(client) => directory.user_of(client) == user,
            _ => false,
        };
        // proto §5.3, PROTO-31: a blocked user may still take its own clients out.
        if !in_force.may_take_part(user) && !batch.iter().all(own) {
            return Err(Rejection::Blocked);
        }
    }
    let waiting: Vec<&ProposalInfo> = pending.iter().flat_map(|p| &p.proposals).collect();
    // INV-18: what would make the pending set uncommittable is not taken into it.
    let takes_all = config.planted.is(Mutant::AcceptsConflicts);
    let leaves: BTreeSet<ClientId> = group.leaves().into_values().collect();
    if !go_together(waiting.iter().copied().chain(batch), &leaves) && !takes_all {
        return Err(Rejection::InvalidAfter);
    }
    // RFC 9420 §12.2: what ends the group stands alone in its commit (RACE-56).
    let ends = waiting.iter().copied().chain(batch).any(|p| matches!(p.body, Proposed::ReInit(_)));
    if ends && waiting.len() + batch.len() > 1 && !takes_all {
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
    if asks_policy(config) && !favours(config, group, actor) {
        let after = match config.readings().effective_at {
            EffectiveAt::Accept => Cow::Borrowed(&after),
            EffectiveAt::Commit => Cow::Owned(alone(config, group, &proposals)?),
        };
        let actor = taken_for(config.planted, in_force, actor);
        let mut change = change_by(actor, in_force, &after, &proposals);
        change.readings = config.readings();
        if couples(config, in_force, &change) {
            return Err(Rejection::Denied);
        }
        let verdict = policy::authorise(directory, in_force, &members, &change);
        enforce(config, verdict).map_err(|_| Rejection::Denied)?;
    }
    check_after(
        config,
        (&state.effective, &members),
        (&after, &members_after(members.iter().copied(), batch.iter())),
    )?;
    Ok(after)
}

/// Who proposes the batch, if it is one: all of it a member's, or all of it a server's (room-policy §4, POL-12).
fn proposer(directory: &Directory, batch: &[ProposalInfo]) -> Option<Actor> {
    let sender = batch.first()?.sender;
    let actor = match sender {
        Sender::Member(client) => Actor::User(directory.user_of(client)),
        Sender::External(provider) => Actor::Provider(provider),
        Sender::Joiner(_) => return None,
    };
    batch.iter().all(|proposal| proposal.sender == sender).then_some(actor)
}

/// With `lifetime-checks = everybody`: the key packages in the commit are valid now (RFC 9420 §7.3, MLS-16).
pub(crate) fn check_lifetimes(config: &NodeConfig, step: &Step, info: &CommitInfo) -> Result<(), Rejection> {
    let looks = config.readings().lifetime_checks == LifetimeChecks::Everybody;
    if looks && !info.lifetime.covers(step.now_s()) { Err(Rejection::OutOfLifetime) } else { Ok(()) }
}

/// Judges a commit whose MLS side is valid; gives the room's state after it.
pub(crate) fn judge_commit(
    config: &NodeConfig,
    state: &RoomState,
    group: &impl MlsGroup,
    pending: &[Pending],
    info: &CommitInfo,
    join_code: Option<Octets>,
) -> Result<Standing, Rejection> {
    let directory = config.directory();
    let (committer, external) = match info.sender {
        Sender::Member(client) => (client, false),
        Sender::Joiner(client) => (client, true),
        Sender::External(_) => return Err(Rejection::Denied),
    };
    let user = directory.user_of(committer);
    let readings = config.readings();
    let waved_through = external && config.planted.is(Mutant::BannedMayJoin);
    let in_force = state.in_force(readings);
    let voided = if external {
        left_out(pending.iter().flat_map(|p| &p.proposals), readings)
    } else {
        BTreeSet::new()
    };
    // What is voided is not in force any more when the commit is judged.
    let before = match voided.is_empty() {
        true => state.effective.clone(),
        false => Arc::new(in_force_without(config, group, pending, &voided)?),
    };
    let comes_in = external && comes_in(config, user, (in_force, &before));
    let blocked = !in_force.may_take_part(user) && !waved_through && !comes_in;
    if readings.committers == Committers::NotBlocked && blocked {
        return Err(Rejection::Blocked);
    }
    let omits = !covers_pending(pending, info, &voided, external && !readings.joins_carry_all())
        && !config.planted.is(Mutant::LetsOmissions);
    if readings.pending_inclusion == PendingInclusion::Strict && omits {
        return Err(Rejection::Omission);
    }
    let updates = room::app_data_updates(info.proposals.iter().map(|p| &p.body));
    room::check_conflicts(&updates).or_else(|conflict| overlook_conflict(config, conflict))?;
    let standing = Standing::decode(directory, &info.dictionary).map_err(|_| Rejection::InvalidAfter)?;
    if asks_policy(config) && !waved_through && !favours(config, group, user.into()) {
        // AMB-18: what is pending was judged for its proposers; the rest is the committer's own.
        let waiting = |p: &ProposalInfo| {
            let carried =
                external && matches!(p.body, Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. });
            p.reference.is_some() || (carried && counted(pending, &voided).any(|w| w.body == p.body))
        };
        let (others, own): (Vec<_>, Vec<_>) = info.proposals.iter().partition(|p| waiting(p));
        let authorise =
            |before: &Standing, after: &Standing, members: BTreeSet<ClientId>, own: &[&ProposalInfo]| {
                let actor = taken_for(config.planted, before, user.into());
                let mut change = change_by(actor, before, after, own);
                change.external = external;
                change.readings = config.readings();
                change.added_clients.extend(external.then_some(committer));
                change.join_code = join_code.clone();
                if couples(config, before, &change) {
                    return Err(Rejection::Denied);
                }
                let verdict = policy::authorise(directory, before, &members, &change);
                enforce(config, verdict).map_err(|_| Rejection::Denied)
            };
        let members = members_after(group.leaves().into_values(), others.into_iter());
        if omits || readings.effective_at == EffectiveAt::Commit {
            authorise(&state.committed, &alone(config, group, &own)?, members, &own)?;
        } else {
            authorise(&before, &standing, members, &own)?;
        }
        if readings.authority == Authority::ProposerAndCommitter {
            let (all, members) = (info.proposals.iter().collect::<Vec<_>>(), group.leaves().into_values());
            authorise(&state.committed, &standing, members.collect(), &all)?;
        }
    }
    if !waved_through {
        let members = members_after(group.leaves().into_values(), counted(pending, &voided));
        check_after(config, (&before, &members), (&standing, &info.leaves.values().copied().collect()))?;
    }
    Ok(standing)
}

/// Whether the user may come in by an external commit as one who is not in the list; who is banned may not (PROTO-31, INV-31). He
/// enters the list by this very commit. Whose removal is pending, and voided by the commit, would be back without an entry of
/// his own (RACE-07).
fn comes_in(config: &NodeConfig, user: UserId, (in_force, before): (&Standing, &Standing)) -> bool {
    let is_back = before.role_of(user).is_some() && !config.planted.is(Mutant::ResyncsTheRemoved);
    in_force.role_of(user).is_none() && !is_back
}

/// A join link of the room, if it has any. By which one a joiner has come in, the hub alone knows (POL-29): others take it that
/// it was one of them.
pub(crate) fn some_link(standing: &Standing) -> Option<Octets> {
    let links = standing.components.join_links.as_ref()?;
    links.links.first().map(|link| link.as_slice().into())
}

/// The pending proposals but for those that are voided.
fn counted<'a>(
    pending: &'a [Pending],
    voided: &'a BTreeSet<ProposalRef>,
) -> impl Iterator<Item = &'a ProposalInfo> + Clone {
    let all = pending.iter().flat_map(|p| &p.proposals);
    all.filter(|p| p.reference.is_none_or(|reference| !voided.contains(&reference)))
}

fn in_force_without(
    config: &NodeConfig,
    group: &impl MlsGroup,
    pending: &[Pending],
    voided: &BTreeSet<ProposalRef>,
) -> Result<Standing, Rejection> {
    let updates = counted(pending, voided).map(|p| &p.body);
    room::standing_after(config.directory(), group.dictionary(), updates, config.readings())
        .ok_or(Rejection::InvalidAfter)
}

/// proto §3.5, PROTO-10: the next commit contains every pending proposal. An external commit can carry only SelfRemoves, by
/// reference, and changes of components; it must carry those (MLS-12, PROTO-58), the others it voids. With ext-commit-pp it is like
/// any other commit.
pub(super) fn covers_pending(
    pending: &[Pending],
    info: &CommitInfo,
    voided: &BTreeSet<ProposalRef>,
    external: bool,
) -> bool {
    let references: BTreeSet<ProposalRef> = info.proposals.iter().filter_map(|p| p.reference).collect();
    let by_value = |body: &Proposed| info.proposals.iter().any(|p| p.reference.is_none() && p.body == *body);
    counted(pending, voided).all(|p| {
        let referenced = p.reference.is_some_and(|r| references.contains(&r));
        match (&p.body, external) {
            (_, false) | (Proposed::SelfRemove, true) => referenced,
            (body @ (Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. }), true) => {
                referenced || by_value(body)
            }
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

/// What `actor` changes by these proposals of its own, if the room stands as `after` with them.
pub(super) fn change_by(actor: Actor, before: &Standing, after: &Standing, own: &[&ProposalInfo]) -> Change {
    // An update that changes nothing takes the authority all the same (room-policy §3).
    let updates = room::app_data_updates(own.iter().map(|p| &p.body));
    let replaces = |id: u16| updates.iter().any(|(component, _)| *component == id);
    let roles = replaces(component::ROLES_LIST) || after.roles != before.roles;
    let base = replaces(component::BASE_ROOM_POLICY) || after.base != before.base;
    let judged_apart = [component::PARTICIPANT_LIST, component::ROLES_LIST, component::BASE_ROOM_POLICY];
    let removed = own.iter().filter_map(|p| match p.body {
        Proposed::AppDataRemove { component } => Some(component),
        _ => None,
    });
    let updated = updates.iter().map(|(component, _)| *component).chain(removed);
    let differing = before.components.differing(&after.components);
    Change {
        list_after: after.participants.clone(),
        added_clients: own.iter().filter_map(|p| added_by(p)).collect(),
        removed_clients: own.iter().filter_map(|p| removed_by(p)).collect(),
        roles_after: roles.then(|| after.roles.clone()),
        base_after: base.then(|| after.base.clone()),
        updated: updated.chain(differing).filter(|id| !judged_apart.contains(id)).collect(),
        components_after: after.components.clone(),
        other_proposals: own.iter().filter_map(|p| other_type(p)).collect(),
        ..Change::none(actor, before)
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

pub(super) fn asks_policy(config: &NodeConfig) -> bool {
    !config.planted.is(Mutant::NoAuthorisation) && !checks_nothing(config)
}

fn checks_nothing(config: &NodeConfig) -> bool {
    let lenient = [Mutant::MembersWithoutEntry, Mutant::AddsWithoutEntry, Mutant::UndefinedRoles];
    lenient.into_iter().any(|mutant| config.planted.is(mutant))
}

pub(super) fn check_after(
    config: &NodeConfig,
    before: Populated<'_>,
    (after, members): Populated<'_>,
) -> Result<(), Rejection> {
    if checks_nothing(config) || config.planted.is(Mutant::NoLimits) {
        return Ok(());
    }
    let directory = config.directory();
    let verdict = match config.readings().counts {
        Counts::AfterTheCommit => {
            policy::check_change(directory, &Shortfalls::of(directory, before.0, before.1), after, members)
        }
        // The bounds that are counted before are no bounds of what comes out.
        Counts::BeforeTheCommit => policy::check_unbounded(directory, after, members)
            .and_then(|()| policy::check_counts_before(directory, before, (after, members))),
    };
    enforce(config, verdict).map_err(|_| Rejection::InvalidAfter)
}

/// Judges a change of the room as a whole by what its members need not know: the hub's other rooms (POL-14, POL-15), which
/// policies the hub has rooms with (ARCH-26), and whether it hides its participants (PROTO-75). The envelope is asked only when the policy changes.
pub(super) fn judge_beside(
    config: &NodeConfig,
    room: RoomId,
    before: &[&Standing],
    after: &Standing,
    others: &Surroundings,
) -> Result<(), Rejection> {
    if checks_nothing(config) {
        return Ok(());
    }
    let verdict = policy::check_surroundings(config.directory(), before, after, others)
        .and_then(|()| policy::check_hidden(config.directory(), room, after));
    enforce(config, verdict).map_err(|_| Rejection::InvalidAfter)?;
    let unchanged = before.last().is_some_and(|before| {
        (&before.roles, &before.base, &before.components) == (&after.roles, &after.base, &after.components)
    });
    match config.envelopes.get(&config.directory().hub_of(room)) {
        Some(envelope) if !unchanged => {
            enforce(config, envelope.check(after)).map_err(|_| Rejection::OutOfEnvelope)
        }
        _ => Ok(()),
    }
}

/// The verdict, but for what the planted bug does not mind.
pub(super) fn enforce(config: &NodeConfig, verdict: Result<(), Denied>) -> Result<(), Denied> {
    verdict.or_else(|denied| if overlooks(config.planted, denied) { Ok(()) } else { Err(denied) })
}

/// proto §5.5, PROTO-45: where the Welcome goes. Every key package in it must have come through this hub (PROTO-21).
pub(super) fn welcome_targets<M: Mls>(
    config: &NodeConfig,
    key_store: &KeyStore,
    proposals: &[ProposalInfo],
    bundle: &CommitBundle<GroupInfoForm>,
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
    if adds != welcomed && !config.planted.is(Mutant::MissesWelcomes) {
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

fn other_type(proposal: &ProposalInfo) -> Option<u16> {
    match proposal.body {
        Proposed::ReInit(_) => Some(REINIT),
        Proposed::Other(kind) => Some(kind),
        _ => None,
    }
}

mod beside_logs;
mod conflicts;

pub(super) use beside_logs::judge_group_proposals;

#[cfg(test)]
mod tests;
