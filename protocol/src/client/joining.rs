//! How a client comes into a room by itself: with what the hub tells it, and an external commit.

use super::{Attempt, Client, Phase};
use crate::ids::RoomId;
use crate::mls::{CommitBundle, JoinMaterial, Mls, MlsError, MlsMember, Octets, Propose};
use crate::mutant::Mutant;
use crate::node::{Action, Call, Refusal, Request};
use crate::room::{Standing, component};
use crate::step::Step;

impl<M: Mls> Client<M> {
    /// Sets out to join, or to come back.
    pub(super) fn come_in(&mut self, step: &mut Step, room: RoomId, action: Action) -> Result<(), Refusal> {
        if self.engine.group(room).is_some() {
            if action != Action::Rejoin {
                return Err(Refusal::Pointless);
            }
            self.forget(room);
        }
        self.ask_group_info(step, room, Phase::Asked);
        Ok(())
    }

    /// Whether the user wants this device in the room, by itself or by a Welcome that comes first.
    pub(super) fn wants_in(&self, room: RoomId) -> bool {
        let action = self.first_action(room);
        matches!(action, Some(Action::JoinOwnDevice | Action::Join(..) | Action::Rejoin))
    }

    pub(super) fn first_action(&self, room: RoomId) -> Option<Action> {
        self.seats.get(&room).and_then(|seat| seat.intents.front()).map(|intent| intent.action)
    }

    pub(super) fn ask_group_info(&mut self, step: &mut Step, room: RoomId, phase: Phase) {
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = phase;
        }
        let code = self.enters(room).and_then(|(_, code)| code);
        self.ask(step, Call::GroupInfo(room), Request::GroupInfo { room, requester: self.id, code });
    }

    /// The entry in the list with which it joins, and the link that lets it: none where its user is in the list already.
    fn enters(&self, room: RoomId) -> Option<(u32, Option<Octets>)> {
        let is_back = self.seats.get(&room).is_some_and(|seat| *seat.rejoin);
        match self.first_action(room) {
            Some(Action::Join(role, link)) if !is_back => {
                Some((role, link.and_then(|link| self.config.plans.link(link)).cloned()))
            }
            _ => None,
        }
    }

    /// Makes an external commit from the hub's answer; who is not in the list enters by the same commit (POL-30).
    pub(super) fn make_join(
        &mut self,
        step: &mut Step,
        room: RoomId,
        material: &JoinMaterial,
    ) -> Result<(), MlsError> {
        let (epoch, _) = M::group_info_context(&material.group_info)?;
        let entropy = step.entropy.of("mimic join");
        let entry = self.enters(room).filter(|_| !self.by_log()).map(|(role, _)| {
            let update = Standing::entry(self.config.directory(), self.user(), role);
            Propose::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.into() }
        });
        let entry: Vec<Propose> = entry.into_iter().collect();
        let bundle: CommitBundle = if self.config.planted.is(Mutant::LetsOmissions) {
            let material = JoinMaterial { proposals: Vec::new(), ..material.clone() };
            self.engine.external_commit(room, &material, &entry, entropy)?
        } else {
            self.engine.external_commit(room, material, &entry, entropy)?
        };
        let proposals = material.proposals.clone();
        self.set_attempt(room, Attempt::Join { bundle, epoch, proposals });
        Ok(())
    }

    /// The device has lost the group's state: nothing of the group is left, and what was made in it is void.
    pub(super) fn forget(&mut self, room: RoomId) {
        self.engine.forget(room);
        let Some(seat) = self.seats.get_mut(&room) else { return };
        seat.attempt.set(Attempt::Idle);
        seat.phase = Phase::Ready;
        seat.standing.set(None);
        seat.epoch = None;
        seat.pending.take();
    }
}
