//! What a member makes of what the hub has accepted: whether the policy allows it (arch §4.4, OPEN-34).

use super::Client;
use crate::ids::RoomId;
use crate::mls::{CommitInfo, Mls, MlsGroup, MlsMember, Octets, ProposalInfo, Received};
use crate::node::{Fact, MessageId, Rejection};
use crate::provider::Pending;
use crate::provider::judge::{check_lifetimes, judge_commit, judge_proposals, some_link};
use crate::readings::Verifiers;
use crate::room::{RoomState, Standing};
use crate::step::Step;
use std::sync::Arc;

impl<M: Mls> Client<M> {
    /// Whether the policy allows a commit of somebody else.
    pub(super) fn verify_commit(
        &self,
        step: &Step,
        room: RoomId,
        info: &CommitInfo,
    ) -> Result<(), Rejection> {
        check_lifetimes(&self.config, step, info)?;
        let (Some(group), Some(state)) = (self.engine.group(room), self.state_to_judge_by(room)) else {
            return Ok(());
        };
        let code = some_link(&state.effective);
        judge_commit(&self.config, &state, group, &self.waiting(room), info, code).map(|_| ())
    }

    /// Whether the policy allows a batch of proposals. What cannot be read is no matter of the policy.
    pub(super) fn verify_proposals(&mut self, room: RoomId, batch: &[Octets]) -> Result<(), Rejection> {
        let Some(state) = self.state_to_judge_by(room) else { return Ok(()) };
        let mut proposals: Vec<ProposalInfo> = Vec::new();
        for message in batch {
            match self.engine.process(room, message) {
                Ok(Received::Proposal(info)) => proposals.push(info),
                _ => return Ok(()),
            }
        }
        let Some(group) = self.engine.group(room) else { return Ok(()) };
        judge_proposals(&self.config, &state, group, &self.waiting(room), &proposals).map(|_| ())
    }

    /// The client does not take it: it goes no further with this group, and does not come back by itself.
    pub(super) fn object(&mut self, step: &mut Step, room: RoomId, message: &Octets, reason: Rejection) {
        step.observe(Fact::Objected { room, message: MessageId::of(message), reason });
        self.forget(room);
    }

    /// The state that the group is in, if the client is one that judges, and can.
    fn state_to_judge_by(&self, room: RoomId) -> Option<RoomState> {
        let readings = self.config.readings();
        if readings.verifiers == Verifiers::Hub || readings.by_log() {
            return None;
        }
        let dictionary = self.engine.group(room)?.dictionary();
        let committed = Arc::new(Standing::decode(self.config.directory(), &dictionary).ok()?);
        let is_at_rest = self.seats.get(&room).is_none_or(|seat| seat.pending().next().is_none());
        let effective = if is_at_rest { committed.clone() } else { Arc::new(self.effective(room).ok()?) };
        Some(RoomState { committed, effective })
    }

    /// What is pending, as far as it has heard, which is all in the hub's order.
    fn waiting(&self, room: RoomId) -> Vec<Pending> {
        let seat = self.seats.get(&room);
        let proposals: Vec<ProposalInfo> =
            seat.into_iter().flat_map(|seat| seat.pending().cloned()).collect();
        Pending::of(proposals).into_iter().collect()
    }
}
