//! What a hub sees to about external_senders: a server that has lost its last participant proposes nothing any more (proto
//! §7.4, PROTO-81, INV-16).

use super::enforcer::Issued;
use super::hub::HubRoom;
use crate::config::NodeConfig;
use crate::ids::{ProviderId, RoomId};
use crate::mls::{CommitInfo, Mls, MlsGroup, ProposalInfo, Propose, Proposed, Sender};
use crate::mutant::Mutant;
use crate::node::Rejection;
use crate::policy::Surroundings;
use crate::room::{Standing, external_senders};
use crate::step::Step;

impl<M: Mls> HubRoom<M> {
    /// If what has been accepted leaves a server in external_senders without a participant, the hub proposes that it goes: the
    /// commit that carries the one can carry the other by reference alone, and only a server's proposal is made by nobody who is
    /// leaving. An external commit can carry neither.
    pub(super) fn drop_senders(&mut self, step: &mut Step, others: &Surroundings) -> Option<Issued> {
        // With the logs nothing is pending that a commit has to carry: the members see to it with the next (hub_log.rs).
        if self.config.readings().by_log() {
            return None;
        }
        let changes = |p: &ProposalInfo| matches!(p.body, Proposed::ExternalSenders(_));
        // One to a commit (MLS-03): what comes too late for this one is for the next.
        let is_pending = self.pending().iter().flat_map(|p| &p.proposals).any(changes);
        let (present, effective) = (self.group().external_senders(), self.state().effective.clone());
        let stale = stale(&self.config, self.room, &present, &effective);
        if is_pending || stale.is_empty() || self.config.planted.is(Mutant::KeepsSenders) {
            return None;
        }
        let senders = present.into_iter().filter(|server| !stale.contains(server)).collect();
        // Where the policy allows no external proposals, members see to it with their next commit.
        self.issue(step, others, &[Propose::ExternalSenders(senders)]).ok()
    }

    /// What a commit does about external_senders. An external commit can do nothing.
    pub(super) fn judge_senders(&self, info: &CommitInfo, standing: &Standing) -> Result<(), Rejection> {
        let own: Vec<&ProposalInfo> = info.proposals.iter().filter(|p| p.reference.is_none()).collect();
        follow_participants(&self.config, self.room, self.group(), &own, standing)?;
        if matches!(info.sender, Sender::Joiner(_)) {
            return Ok(());
        }
        let states = (&*self.state().effective, standing);
        drops_stale(&self.config, self.room, self.group(), &info.proposals, states)
    }
}

/// The servers among these that have no participant, but for the hub.
fn stale(config: &NodeConfig, room: RoomId, senders: &[ProviderId], standing: &Standing) -> Vec<ProviderId> {
    let kept = external_senders(config.directory(), config.readings(), room, senders, standing);
    senders.iter().copied().filter(|server| !kept.contains(server)).collect()
}

/// Whether proposals change external_senders as the participants do, in a room that stands like this with them: no capability
/// speaks of it, so whoever may propose or commit may do what has to be done, and nobody anything else.
pub(super) fn follow_participants(
    config: &NodeConfig,
    room: RoomId,
    group: &impl MlsGroup,
    proposals: &[&ProposalInfo],
    standing: &Standing,
) -> Result<(), Rejection> {
    let mut changed = proposals.iter().filter_map(|p| match &p.body {
        Proposed::ExternalSenders(senders) => Some(senders),
        _ => None,
    });
    let Some(senders) = changed.next() else { return Ok(()) };
    let present = group.external_senders();
    let full = external_senders(config.directory(), config.readings(), room, &present, standing);
    // A server's key may come in; one without a participant must go.
    let only_less =
        full.iter().copied().filter(|server| present.contains(server)).eq(senders.iter().copied());
    if *senders == full || only_less { Ok(()) } else { Err(Rejection::Denied) }
}

/// Whether a member's commit takes out the servers that lose their last participant by what is its own in it.
fn drops_stale(
    config: &NodeConfig,
    room: RoomId,
    group: &impl MlsGroup,
    proposals: &[ProposalInfo],
    (effective, after): (&Standing, &Standing),
) -> Result<(), Rejection> {
    if config.planted.is(Mutant::KeepsSenders) {
        return Ok(());
    }
    let present = group.external_senders();
    let changed = proposals.iter().find_map(|p| match &p.body {
        Proposed::ExternalSenders(senders) => Some(senders.as_slice()),
        _ => None,
    });
    let excused = stale(config, room, &present, effective);
    let kept = stale(config, room, changed.unwrap_or(&present), after);
    if kept.iter().all(|server| excused.contains(server)) { Ok(()) } else { Err(Rejection::InvalidAfter) }
}
