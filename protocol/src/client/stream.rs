//! What a client makes of the room's events, which come to it in the hub's order.

use super::reading::Opened;
use super::{Attempt, Client, Phase};
use crate::epoch_view::EpochView;
use crate::ids::{ClientId, RoomId};
use crate::mls::{CommitInfo, Mls, MlsError, MlsGroup, MlsMember, Octets, Received, Sender};
use crate::mutant::Mutant;
use crate::node::{Action, Event, Fact, FanOut, MessageId, Refusal};
use crate::readings::Binds;
use crate::room::Standing;
use crate::step::Step;
use crate::wire::submit_message::Frank;
use std::sync::Arc;

impl<M: Mls> Client<M> {
    /// Handles the next event of the room; whether the client wants more of them.
    pub(super) fn receive(&mut self, step: &mut Step, mut room: RoomId, event: FanOut) -> bool {
        match event.event {
            Event::Welcome { welcome, tree, state } => {
                room = self.welcomed(step, room, (&welcome, &tree), state.as_ref());
            }
            Event::State(vouched) => self.state_came(step, room, &vouched),
            Event::Commit { commit, staple } => {
                self.commit_came(step, room, &commit);
                if !staple.is_empty() {
                    self.proposals_came(step, room, staple);
                }
            }
            Event::Proposals(batch) => self.proposals_came(step, room, batch),
            Event::Message { message, frank } => {
                self.message_came(step, room, &message, (event.accepted_ms, frank.as_ref()));
            }
        }
        // What was waited for may be here: look again.
        if let Some(seat) = self.seats.get_mut(&room)
            && seat.phase == Phase::Waiting
            && *seat.attempt == Attempt::Idle
        {
            seat.phase = Phase::Ready;
        }
        self.advance(step, room);
        self.is_interested(room)
    }

    /// Whether the client is in the room, or on its way into it.
    pub(super) fn is_interested(&self, room: RoomId) -> bool {
        self.engine.group(room).is_some()
            || self.seats.get(&room).is_some_and(|seat| {
                *seat.rejoin
                    || seat.given_up.is_some()
                    || self.wants_in(room)
                    || self.first_action(room) == Some(Action::Create)
            })
    }

    /// The client is a member, in a new epoch or for the first time.
    pub(super) fn enter(&mut self, step: &mut Step, room: RoomId) {
        let Some(group) = self.engine.group(room) else { return };
        let (epoch, dictionary) = (group.epoch(), group.dictionary());
        let seat = self.seats.entry(room).or_default();
        seat.set_epoch(EpochView::of(group));
        if self.config.readings().by_log() {
            self.show_log(room);
        } else {
            let standing = Standing::decode(self.config.directory(), &dictionary).ok().map(Arc::new);
            seat.standing.set(standing);
        }
        self.continue_timeline(room);
        let seat = self.seats.entry(room).or_default();
        seat.pending.take();
        seat.sent.take();
        seat.rejoin.set(false);
        step.observe(Fact::Joined { room, epoch });
        self.recognise(step, room, None);
        self.bring_key(step, room);
    }

    /// What was said in a room stays when it goes on with another group (arch §2, ARCH-04).
    fn continue_timeline(&mut self, room: RoomId) {
        let earlier = self.config.directory().groups_of(room).take_while(|group| *group < room);
        let told = earlier.filter_map(|group| self.seats.get(&group)).map(|seat| &seat.timeline);
        let Some(before) = told.filter(|timeline| !timeline.is_empty()).last() else { return };
        let before = before.carried_over();
        let timeline = &mut self.seats.entry(room).or_default().timeline;
        if timeline.is_empty() {
            *timeline = before;
        }
    }

    /// Joins by a Welcome, and says which group of the room that is.
    fn welcomed(
        &mut self,
        step: &mut Step,
        room: RoomId,
        (welcome, tree): (&Octets, &Octets),
        state: Option<&Octets>,
    ) -> RoomId {
        match self.join_one_of(room, welcome, tree) {
            Ok(group) => {
                self.take_seat(step, group, state);
                group
            }
            Err(error) => {
                step.observe(Fact::Unprocessable { room, message: MessageId::of(welcome), error });
                room
            }
        }
    }

    /// What a Welcome comes with names the room, and only who opens it sees which of its groups it is for (ARCH-04).
    fn join_one_of(&mut self, room: RoomId, welcome: &Octets, tree: &Octets) -> Result<RoomId, MlsError> {
        let groups: Vec<RoomId> = self.config.directory().groups_of(room).collect();
        for group in groups.into_iter().rev() {
            match self.engine.join(group, welcome, tree) {
                Ok(()) => return Ok(group),
                Err(MlsError::NoSuchGroup) => {}
                Err(error) => return Err(error),
            }
        }
        Err(MlsError::NoSuchGroup)
    }

    fn take_seat(&mut self, step: &mut Step, room: RoomId, state: Option<&Octets>) {
        self.add_key_packages(step, 1);
        self.publish(step);
        self.give_up_join(room);
        self.adopt(room, state, true);
        if !self.knows_policy(room, None) {
            return self.declined(step, room);
        }
        let seat = self.seats.entry(room).or_default();
        seat.attempt.set(Attempt::Idle);
        seat.phase = Phase::Ready;
        self.enter(step, room);
        if self.wants_in(room) {
            self.end_intent(step, room, None);
        }
    }

    /// POL-20: the client was let into a room whose policy it does not know, and does not take its place.
    fn declined(&mut self, step: &mut Step, room: RoomId) {
        self.forget(room);
        step.observe(Fact::Left { room });
        if self.wants_in(room) {
            self.end_intent(step, room, Some(Refusal::UnknownComponent));
        }
    }

    fn commit_came(&mut self, step: &mut Step, room: RoomId, message: &Octets) {
        if self.is_given_up(room, message) {
            return self.lost(step, room, message, MlsError::NoCommitPending);
        }
        match self.engine.process(room, message) {
            Ok(Received::OwnCommit) => self.own_commit_came(step, room, message),
            Ok(Received::Commit(info, staged)) => self.merge(step, room, message, &info, staged),
            Ok(_) => {}
            Err(error) => self.commit_failed(step, room, message, error),
        }
    }

    pub(super) fn own_commit_came(&mut self, step: &mut Step, room: RoomId, message: &Octets) {
        if let Err(error) = self.engine.merge_pending(room) {
            return self.lost(step, room, message, error);
        }
        let attempt = self.seats.get_mut(&room).map(|seat| seat.attempt.take());
        match attempt {
            Some(Attempt::Join { .. }) => {
                self.enter(step, room);
                if self.wants_in(room) {
                    self.end_intent(step, room, None);
                }
            }
            Some(Attempt::Commit { for_intent, .. }) => {
                self.new_epoch(step, room, message);
                if for_intent {
                    self.end_intent(step, room, None);
                }
            }
            _ => self.new_epoch(step, room, message),
        }
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = Phase::Ready;
        }
    }

    fn merge(
        &mut self,
        step: &mut Step,
        room: RoomId,
        message: &Octets,
        info: &CommitInfo,
        staged: <M::Member as MlsMember>::Staged,
    ) {
        // An external commit that was given up when a Welcome let this client in, and was accepted all the same: the leaf
        // is now one whose keys are gone (RACE-49).
        if info.sender == Sender::Joiner(self.id) {
            return self.lost(step, room, message, MlsError::NoCommitPending);
        }
        if let Err(reason) = self.verify_commit(step, room, info) {
            return self.object(step, room, message, reason);
        }
        if let Err(error) = self.engine.merge(room, staged) {
            return self.lost(step, room, message, error);
        }
        // Whatever was made for the old epoch is void: the hub's order has decided (MLS-01). The intent stays.
        if let Some(seat) = self.seats.get_mut(&room)
            && !matches!(*seat.attempt, Attempt::State(_))
        {
            seat.attempt.set(Attempt::Idle);
            seat.phase = Phase::Ready;
        }
        if info.leaves.values().any(|client| *client == self.id) {
            self.new_epoch(step, room, message);
        } else {
            self.removed(step, room);
        }
    }

    fn new_epoch(&mut self, step: &mut Step, room: RoomId, message: &Octets) {
        let Some(group) = self.engine.group(room) else { return };
        let (epoch, dictionary) = (group.epoch(), group.dictionary());
        let ignores_roles = self.config.planted.is(Mutant::IgnoresRoleChanges);
        let standing = match self.by_log() {
            true => self.logged(room).map(|log| log.standing.clone()),
            false => Standing::decode(self.config.directory(), &dictionary).ok().map(Arc::new),
        };
        let seat = self.seats.entry(room).or_default();
        if !(ignores_roles && lists_same_users(seat.standing.as_deref(), standing.as_deref())) {
            seat.standing.set(standing);
        }
        let before = seat.epoch.clone();
        seat.set_epoch(EpochView::of(group));
        seat.pending.take();
        // What was sent in the old epoch and accepted has come back before the commit; the rest never will.
        seat.sent.take();
        step.observe(Fact::Applied { room, message: MessageId::of(message), epoch, text: None });
        self.recognise(step, room, before.as_ref());
        if self.by_log() {
            self.watch_pending(step, room);
        } else {
            self.bring_key(step, room);
        }
    }

    fn removed(&mut self, step: &mut Step, room: RoomId) {
        self.engine.forget(room);
        step.observe(Fact::Left { room });
        let Some(seat) = self.seats.get_mut(&room) else { return };
        seat.standing.set(None);
        seat.epoch = None;
        seat.pending.take();
        seat.sent.take();
        seat.log.take();
        seat.attempt.set(Attempt::Idle);
        seat.phase = Phase::Ready;
        if self.first_action(room) == Some(Action::Leave) {
            self.end_intent(step, room, None);
        }
    }

    fn commit_failed(&mut self, step: &mut Step, room: RoomId, message: &Octets, error: MlsError) {
        let Ok(envelope) = M::envelope(&self.config.mls, message) else { return };
        // Another commit has ended the epoch that the join was made for.
        let tentative = self.seats.get(&room).map(|seat| &*seat.attempt);
        if let Some(Attempt::Join { epoch, .. }) = tentative {
            if *epoch <= envelope.epoch {
                self.abandon(room);
            }
            return;
        }
        match self.engine.group(room).map(MlsGroup::epoch) {
            // From before the client joined, or already applied.
            Some(own) if envelope.epoch < own => {}
            None => {}
            Some(_) => self.lost(step, room, message, error),
        }
    }

    /// The client cannot follow the group any more: it forgets it, and comes back by an external commit.
    fn lost(&mut self, step: &mut Step, room: RoomId, message: &Octets, error: MlsError) {
        step.observe(Fact::Unprocessable { room, message: MessageId::of(message), error });
        self.forget(room);
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.rejoin.set(true);
        }
    }

    fn proposals_came(&mut self, step: &mut Step, room: RoomId, batch: Vec<Octets>) {
        let own =
            self.seats.get(&room).is_some_and(|seat| *seat.attempt == Attempt::Proposals(batch.clone()));
        if !own && let Err(reason) = self.verify_proposals(room, &batch) {
            return self.object(step, room, &batch[0], reason);
        }
        for message in batch {
            let error = match self.engine.process(room, &message) {
                Ok(Received::Proposal(info)) => {
                    match if own { Ok(()) } else { self.engine.keep(room, &message) } {
                        Ok(()) => {
                            if let Some(proposal) = info.reference {
                                step.observe(Fact::Kept { room, proposal });
                            }
                            let seat = self.seats.entry(room).or_default();
                            if seat.pending.iter().all(|(known, _)| *known != message) {
                                seat.pending.push((message, info));
                            }
                            continue;
                        }
                        Err(error) => error,
                    }
                }
                Ok(_) => continue,
                Err(error) => error,
            };
            self.unprocessable(step, room, &message, error);
        }
        // What was to be proposed has been; a leave is over only with the removal.
        if own && self.first_action(room) != Some(Action::Leave) {
            self.end_intent(step, room, None);
        }
        self.watch_pending(step, room);
    }

    fn message_came(
        &mut self,
        step: &mut Step,
        room: RoomId,
        message: &Octets,
        (accepted_ms, frank): (u64, Option<&Frank>),
    ) {
        match self.engine.process(room, message) {
            Ok(Received::Message { sender, payload, aad }) => {
                if self.ignores(room, sender) {
                    return;
                }
                self.said(
                    step,
                    room,
                    Opened { message, sender, payload: &payload, aad: &aad, accepted_ms, frank },
                );
            }
            Ok(Received::OwnMessage) if self.config.planted.is(Mutant::ChokesOnEchoes) => {
                self.unprocessable(step, room, message, MlsError::Replayed);
            }
            Ok(Received::OwnMessage) => {
                self.own_message_came(step, room, message, (accepted_ms, frank));
                let is_it = |seat: &super::Seat| *seat.attempt == Attempt::Message(message.clone());
                let settles = self.seats.get(&room).is_some_and(is_it);
                if settles {
                    self.end_intent(step, room, None);
                }
            }
            Ok(_) => {}
            Err(error) => self.unprocessable(step, room, message, error),
        }
    }

    /// What the client has said takes its place in the hub's order.
    fn own_message_came(
        &mut self,
        step: &mut Step,
        room: RoomId,
        message: &Octets,
        (accepted_ms, frank): (u64, Option<&Frank>),
    ) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        let Some(at) = seat.sent.iter().position(|(sent, _)| sent == message) else { return };
        let (_, payload) = seat.sent.remove(at);
        let sender = self.id;
        self.said(step, room, Opened { message, sender, payload: &payload, aad: &[], accepted_ms, frank });
    }

    /// OPEN-05: whether what is pending keeps the sender's messages from counting.
    fn ignores(&self, room: RoomId, sender: ClientId) -> bool {
        let user = self.config.directory().user_of(sender);
        self.config.readings().binds == Binds::All
            && self.effective(room).is_ok_and(|standing| !standing.may_take_part(user))
    }

    /// Reports an event that should have been readable: one of the epoch that the client is in, or of a later one.
    fn unprocessable(&mut self, step: &mut Step, room: RoomId, message: &Octets, error: MlsError) {
        let Ok(envelope) = M::envelope(&self.config.mls, message) else { return };
        if self.engine.group(room).is_some_and(|group| group.epoch() <= envelope.epoch) {
            step.observe(Fact::Unprocessable { room, message: MessageId::of(message), error });
        }
    }
}

fn lists_same_users(one: Option<&Standing>, other: Option<&Standing>) -> bool {
    let users = |standing: &Standing| standing.participants.iter().map(|p| p.user).collect::<Vec<_>>();
    one.map(users) == other.map(users)
}
