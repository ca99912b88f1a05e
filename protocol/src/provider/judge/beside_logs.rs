//! A hub's judgement of proposals with `carrier = hub-log`: they are about the group alone, and take clients out of it.

use super::conflicts::go_together;
use super::{asks_policy, change_by, check_after, enforce, members_after, proposer};
use crate::config::NodeConfig;
use crate::ids::{Actor, ClientId};
use crate::mls::{MlsGroup, ProposalInfo, Proposed, Sender};
use crate::node::Rejection;
use crate::policy;
use crate::provider::Pending;
use crate::provider::hub_log::aligned;
use crate::room::Standing;
use std::collections::BTreeSet;

/// Judges a batch of proposals as one, in a room that stands so and goes on standing so.
pub(in crate::provider) fn judge_group_proposals(
    config: &NodeConfig,
    standing: &Standing,
    group: &impl MlsGroup,
    pending: &[Pending],
    batch: &[ProposalInfo],
) -> Result<(), Rejection> {
    let directory = config.directory();
    let actor = proposer(directory, batch).ok_or(Rejection::Denied)?;
    let goes = |p: &ProposalInfo| match (&p.body, p.sender) {
        (Proposed::Remove(client), _) => Some(directory.user_of(*client)),
        (Proposed::SelfRemove, Sender::Member(client)) => Some(directory.user_of(client)),
        _ => None,
    };
    // What else changes the group needs no second hand: who may do it commits it.
    if batch.iter().any(|p| goes(p).is_none()) {
        return Err(Rejection::Denied);
    }
    let is_own = |p: &ProposalInfo| goes(p).is_some_and(|user| actor == Actor::User(user));
    // proto §5.3, PROTO-31: who takes part no more may still take its own clients out.
    if let Actor::User(user) = actor
        && !standing.may_take_part(user)
        && !batch.iter().all(is_own)
    {
        return Err(Rejection::Blocked);
    }
    // INV-18: what would make the pending set uncommittable is not taken into it.
    let waiting: Vec<&ProposalInfo> = pending.iter().flat_map(|p| &p.proposals).collect();
    let leaves: BTreeSet<ClientId> = group.leaves().into_values().collect();
    if !go_together(waiting.iter().copied().chain(batch), &leaves) {
        return Err(Rejection::InvalidAfter);
    }
    let members = members_after(leaves.into_iter(), waiting.into_iter());
    if asks_policy(config) {
        // Whoever took out the user had the authority (AMB-18).
        let is_due = |p: &&ProposalInfo| goes(p).is_some_and(|user| !standing.may_take_part(user));
        let own: Vec<&ProposalInfo> = batch.iter().filter(|p| !is_due(p)).collect();
        let mut change = change_by(actor, standing, standing, &own);
        change.readings = config.readings();
        let verdict = policy::authorise(directory, standing, &aligned(config, standing, &members), &change);
        enforce(config, verdict).map_err(|_| Rejection::Denied)?;
    }
    let after = members_after(members.iter().copied(), batch.iter());
    let aligned = |members| aligned(config, standing, members);
    check_after(config, (standing, &aligned(&members)), (standing, &aligned(&after)))
}
