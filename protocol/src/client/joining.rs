//! How a client comes into a room by itself: with what the hub tells it, and an external commit.

use super::seat::AwaitedTree;
use super::{Attempt, Client, Phase};
use crate::ids::RoomId;
use crate::mls::{CommitBundle, JoinMaterial, Mls, MlsError, MlsGroup, MlsMember, Octets, Propose};
use crate::mutant::Mutant;
use crate::node::{Action, Call, Fact, MessageId, Refusal, Request, Response};
use crate::room::{Standing, component};
use crate::sealing::Told;
use crate::signing;
use crate::step::Step;
use crate::voided::to_join_by;
use std::sync::Arc;

impl<M: Mls> Client<M> {
    /// Sets out to join, or to come back.
    pub(super) fn come_in(&mut self, step: &mut Step, room: RoomId, action: Action) -> Result<(), Refusal> {
        if self.config.directory().is_outdated(self.id) {
            return Err(Refusal::Incapable);
        }
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

    /// Asks the hub for what it takes to join, or, with the phase Checking, for what the hub sees.
    pub(super) fn ask_group_info(&mut self, step: &mut Step, room: RoomId, phase: fn(Call) -> Phase) {
        let call = Call::GroupInfo(room);
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = phase(call);
        }
        let code = self.enters(room).and_then(|(_, code)| code);
        // An engine that cannot sign asks for nothing, and the client waits for what the room's order brings.
        if let Ok(request) = signing::group_info_request(&self.config, &self.engine, (room, self.id), code) {
            self.ask(step, call, request);
        }
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

    /// The tree is on the web, and comes by the own provider and the hub, as assets do (ratchet-tree-options §3, MLS-21).
    pub(super) fn fetch_tree(&mut self, step: &mut Step, room: RoomId, awaited: AwaitedTree) {
        let (hub, url) = (self.config.directory().hub_of(room), awaited.place.url.clone());
        let call = Call::Tree(room);
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.awaited_tree = Some(awaited);
            seat.phase = match seat.phase {
                Phase::Checking(_) => Phase::Checking(call),
                Phase::Ready | Phase::Asked(_) | Phase::Waiting | Phase::Accepted => Phase::Asked(call),
            };
        }
        self.ask(step, call, Request::Download { hub, url });
    }

    /// What was found there. Where the hub has gone on meanwhile it is not there any more, and what somebody on the way has altered is not
    /// the hub's: the hub is asked again. That the tree is the one of the GroupInfo, the engine sees when it joins.
    pub(super) fn tree_told(&mut self, step: &mut Step, room: RoomId, response: Response) {
        let awaited = self.seats.get_mut(&room).and_then(|seat| seat.awaited_tree.take());
        let (Some(awaited), Response::Asset(tree)) = (awaited, response) else {
            return self.wait(step, room);
        };
        let AwaitedTree { material, state, place } = awaited;
        let takes_any = self.config.planted.is(Mutant::TakesAnyTree);
        if !takes_any && !place.is_of::<M>(&self.config, room, &tree) {
            return self.wait(step, room);
        }
        step.observe(Fact::TreeFetched { room });
        let material = JoinMaterial { tree, ..material };
        self.told(step, room, Told::Group { material, state, elsewhere: None });
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
        let entry: Vec<Propose> = self.entry(room, material)?.into_iter().collect();
        let bundle: CommitBundle = if self.config.planted.is(Mutant::LetsOmissions) {
            let material = JoinMaterial { proposals: Vec::new(), ..material.clone() };
            self.engine.external_commit(room, &material, &entry, entropy)?
        } else {
            let carried = to_join_by::<M>(&self.config.mls, material)?;
            self.engine.external_commit(room, &carried, &entry, entropy)?
        };
        let proposals = material.proposals.clone();
        self.set_attempt(room, Attempt::Join { bundle, epoch, proposals });
        Ok(())
    }

    /// Whether the client knows all policy components that are in force in the room that it is about to join by `material`, or has
    /// just been let into (room-policy §5, POL-20). A component that comes later is no reason to leave.
    pub(super) fn knows_policy(&self, room: RoomId, material: Option<&JoinMaterial>) -> bool {
        let directory = self.config.directory();
        let dictionary = match material {
            Some(material) => M::group_info_dictionary(&material.group_info).ok(),
            None => self.engine.group(room).map(MlsGroup::dictionary),
        };
        let standing = match self.by_log() {
            true => self.logged(room).map(|log| log.standing.clone()),
            false => dictionary.and_then(|it| Standing::decode(directory, &it).ok()).map(Arc::new),
        };
        let known =
            |standing: Arc<Standing>| self.config.plans.knows(self.user(), &standing.base.component_ids);
        self.config.planted.is(Mutant::JoinsUnprepared) || standing.is_none_or(known)
    }

    /// The entry in the list, if its user is not there: it is, where an earlier commit was accepted and its answer lost.
    fn entry(&self, room: RoomId, material: &JoinMaterial) -> Result<Option<Propose>, MlsError> {
        // With hub-log it has entered the list by an event.
        let Some((role, _)) = self.enters(room).filter(|_| !self.by_log()) else { return Ok(None) };
        let dictionary = M::group_info_dictionary(&material.group_info)?;
        let standing = Standing::decode(self.config.directory(), &dictionary);
        if standing.is_ok_and(|standing| standing.role_of(self.user()).is_some()) {
            return Ok(None);
        }
        let update = Standing::entry(self.config.directory(), self.user(), role).into();
        Ok(Some(Propose::AppDataUpdate { component: component::PARTICIPANT_LIST, update }))
    }

    /// A Welcome comes first. The commit with which the client wanted to join may have been accepted all the same, and its
    /// keys are gone; where its user could have been removed in between, the client has to know it again.
    pub(super) fn give_up_join(&mut self, room: RoomId) {
        let enters = self.enters(room).is_some();
        let Some(seat) = self.seats.get_mut(&room) else { return };
        if let (Attempt::Join { bundle, epoch, .. }, true) = (&*seat.attempt, enters) {
            let commit = (MessageId::of(&bundle.commit), *epoch);
            seat.given_up.set(Some(commit));
        }
    }

    /// Whether this is the commit that was given up, and accepted.
    pub(super) fn is_given_up(&mut self, room: RoomId, message: &Octets) -> bool {
        let Some(seat) = self.seats.get_mut(&room) else { return false };
        let Some((commit, ends)) = *seat.given_up else { return false };
        // Whatever ends that epoch settles it.
        if M::envelope(&self.config.mls, message).is_ok_and(|envelope| envelope.epoch >= ends) {
            seat.given_up.set(None);
        }
        commit == MessageId::of(message)
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
        seat.sent.take();
    }
}
