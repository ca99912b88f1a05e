//! A hub's judgement of proposals and commits: the checklists of proto §5.3, §7 and room-policy §8.

use super::{KeyStore, Pending};
use crate::config::NodeConfig;
use crate::ids::{ClientId, ProviderId, UserId};
use crate::mls::{CommitBundle, CommitInfo, Mls, MlsGroup, ProposalInfo, ProposalRef, Proposed, Sender};
use crate::mutant::Mutant;
use crate::node::Rejection;
use crate::policy::{self, Change};
use crate::room::{self, RoomState, Standing};
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
    if !state.effective.may_take_part(user) && !batch.iter().all(own) {
        return Err(Rejection::Blocked);
    }
    let waiting: Vec<&ProposalInfo> = pending.iter().flat_map(|p| &p.proposals).collect();
    // MLS-12, INV-18: what would make the pending set uncommittable is not taken into it.
    let clash =
        |p: &ProposalInfo| removed_by(p).is_some_and(|c| waiting.iter().any(|w| removed_by(w) == Some(c)));
    if batch.iter().any(clash) {
        return Err(Rejection::InvalidAfter);
    }
    let updates = waiting.iter().copied().chain(batch).map(|p| &p.body);
    let after = room::standing_after(directory, group.dictionary(), updates, config.readings());
    let after = after.ok_or(Rejection::InvalidAfter)?;
    let members: BTreeSet<ClientId> = group.leaves().into_values().collect();
    let change = Change {
        actor: user,
        external: false,
        list_after: after.participants.clone(),
        added_clients: Vec::new(),
        removed_clients: batch.iter().filter_map(removed_by).collect(),
        roles_after: (after.roles != state.effective.roles).then(|| after.roles.clone()),
        base_after: (after.base != state.effective.base).then(|| after.base.clone()),
    };
    if asks_policy(config) {
        policy::authorise(directory, &state.effective, &members, &change).map_err(|_| Rejection::Denied)?;
    }
    let gone: BTreeSet<ClientId> = waiting.iter().copied().chain(batch).filter_map(removed_by).collect();
    let left = members.difference(&gone).copied().collect();
    check_after(config, &after, &left)?;
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
    if !state.effective.may_take_part(user) {
        return Err(Rejection::Blocked);
    }
    if !covers_pending(pending, info, external) {
        return Err(Rejection::Omission);
    }
    let standing = Standing::decode(directory, &info.dictionary).map_err(|_| Rejection::InvalidAfter)?;
    let before = &state.effective;
    let by_value: Vec<&ProposalInfo> = info.proposals.iter().filter(|p| p.reference.is_none()).collect();
    if asks_policy(config) {
        let change = committers_change(user, external, before, &standing, &by_value, committer);
        let members = group.leaves().into_values().collect();
        policy::authorise(directory, before, &members, &change).map_err(|_| Rejection::Denied)?;
    }
    check_after(config, &standing, &info.leaves.values().copied().collect())?;
    let welcome_to = welcome_targets::<M>(key_store, &by_value, bundle)?;
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

/// AMB-18: referenced proposals were judged for their proposers; what stands by value is the committer's own.
fn committers_change(
    user: UserId,
    external: bool,
    before: &Standing,
    after: &Standing,
    by_value: &[&ProposalInfo],
    committer: ClientId,
) -> Change {
    let mut added: Vec<ClientId> = by_value.iter().filter_map(|p| added_by(p)).collect();
    if external {
        added.push(committer);
    }
    let removed = by_value.iter().filter_map(|p| removed_by(p)).filter(|c| !(external && *c == committer));
    Change {
        actor: user,
        external,
        list_after: after.participants.clone(),
        added_clients: added,
        removed_clients: removed.collect(),
        roles_after: (after.roles != before.roles).then(|| after.roles.clone()),
        base_after: (after.base != before.base).then(|| after.base.clone()),
    }
}

fn asks_policy(config: &NodeConfig) -> bool {
    !config.planted.is(Mutant::NoAuthorisation) && !checks_nothing(config)
}

fn checks_nothing(config: &NodeConfig) -> bool {
    config.planted.is(Mutant::MembersWithoutEntry) || config.planted.is(Mutant::UndefinedRoles)
}

fn check_after(config: &NodeConfig, after: &Standing, members: &BTreeSet<ClientId>) -> Result<(), Rejection> {
    if checks_nothing(config) {
        return Ok(());
    }
    policy::check_constraints(config.directory(), after, members).map_err(|_| Rejection::InvalidAfter)
}

/// proto §5.5, PROTO-45: where the Welcome goes. Every key package in it must have come through this hub (PROTO-21).
fn welcome_targets<M: Mls>(
    key_store: &KeyStore,
    by_value: &[&ProposalInfo],
    bundle: &CommitBundle,
) -> Result<BTreeSet<ProviderId>, Rejection> {
    let adds: BTreeSet<_> = by_value
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
