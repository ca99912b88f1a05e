//! A client with `carrier = hub-log`: it keeps the room's state from the hub's state events, wants changes by events, and brings
//! the group in line with the list by commits (arch §4.3, ARCH-22).
//!
//! To add a user takes an event, and then a commit with its devices; whoever is removed, banned or leaves is out with the
//! event, and any participant that hears of it takes the devices out, after a random delay, as with pending proposals (POL-61).

use super::deeds::Way;
use super::{Attempt, Client, Phase};
use crate::durable::Durable;
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::{Mls, MlsError, MlsGroup, MlsMember, Octets, ProposalInfo, Propose, Proposed, Sender};
use crate::mutant::Mutant;
use crate::node::{Action, Deed, Fact, MessageId, Refusal, VouchedEvent};
use crate::plans::ChangeId;
use crate::policy;
use crate::room::{self, ListChange, Log, RoomLog, Sequences, Standing, StateEvent};
use crate::stamps::with_key;
use crate::step::Step;
use crate::vouching::{by_client, check_author, check_origin};
use crate::wire::app_data::AppDataUpdate;
use serde::{Deserialize, Serialize};

/// What a client has of the hub's logs in one room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub(super) struct LogSeat {
    /// What the events have led to; none before the client was told where to begin.
    pub state: Option<RoomLog>,
    /// Events that came before that.
    early: Vec<VouchedEvent>,
    /// How far the logs had come when what is under way was made: a refusal says nothing of what has come since.
    made_at: Option<Sequences>,
    /// The event of the first intent is in its log, and its commit is not yet.
    is_half_done: bool,
}

impl LogSeat {
    /// That of the room's creator.
    pub(super) fn begin(standing: Standing) -> Self {
        Self { state: Some(RoomLog::begin(standing)), ..Self::default() }
    }

    pub(super) fn sequences(&self) -> Option<Sequences> {
        self.state.as_ref().map(|log| log.sequences)
    }

    /// Something is made now.
    pub(super) fn note_made(seat: &mut Durable<Self>) {
        if seat.sequences() != seat.made_at {
            seat.made_at = seat.sequences();
        }
    }

    /// The first intent has come to its end.
    pub(super) fn note_end(seat: &mut Durable<Self>) {
        if seat.is_half_done {
            seat.is_half_done = false;
        }
    }
}

impl<M: Mls> Client<M> {
    /// Whether the room's state is in the hub's logs.
    pub(super) fn by_log(&self) -> bool {
        self.config.readings().by_log()
    }

    /// The state that the client goes by, where it comes from the logs.
    pub(super) fn logged(&self, room: RoomId) -> Option<&RoomLog> {
        self.seats.get(&room)?.log.state.as_ref()
    }

    /// Whether the own user takes part no more, and only its devices are there.
    pub(super) fn is_out(&self, room: RoomId) -> bool {
        self.logged(room).is_some_and(|log| !log.standing.may_take_part(self.user()))
    }

    /// Sets out to do what changes the room's state.
    pub(super) fn begin_by_log(
        &mut self,
        step: &mut Step,
        room: RoomId,
        action: Action,
    ) -> Result<(), Refusal> {
        let standing = self.logged(room).map(|log| log.standing.clone()).ok_or(Refusal::Pointless)?;
        let own = self.user();
        let skips_list = self.config.planted.is(Mutant::AddsBesideTheList);
        let deed = match action {
            Action::Do(deed) | Action::Propose(deed) => Some(deed),
            _ => None,
        };
        if let Some(deed) = deed {
            return self.do_by_log(step, room, &standing, deed);
        }
        let change = match action {
            Action::Add(user, _) if self.seats[&room].log.is_half_done || skips_list => {
                return self.add_devices(step, room, user);
            }
            Action::Add(user, role) if standing.role_of(user).is_none() => ListChange::Add(user, role),
            Action::Remove(user) if user != own => ListChange::Remove(user),
            Action::Ban(user) if user != own => ListChange::Change(user, room::BANNED),
            Action::ChangeRole(user, role) => ListChange::Change(user, role),
            Action::Leave => ListChange::Remove(own),
            _ => return Err(Refusal::Pointless),
        };
        self.propose_change(room, &standing, change)
    }

    /// What else a user can do: with independent kinds of state, each deed is a state event or a commit, and never a proposal.
    fn do_by_log(
        &mut self,
        step: &mut Step,
        room: RoomId,
        standing: &Standing,
        deed: Deed,
    ) -> Result<(), Refusal> {
        let own = self.user();
        let change = match deed {
            Deed::Enlist(user, role) => ListChange::Add(user, role),
            Deed::Remove(user) if user != own => ListChange::Remove(user),
            Deed::Ban(user) if user != own => ListChange::Change(user, room::BANNED),
            Deed::ChangeRole(user, role) => ListChange::Change(user, role),
            Deed::TakeRole(role) => ListChange::Change(own, role),
            Deed::Remove(_) | Deed::Ban(_) => return Err(Refusal::Pointless),
            Deed::ChangePolicy(change) => return self.change_policy_by_log(room, standing, change),
            Deed::AddClients(_) | Deed::Kick(_) | Deed::RemoveOwnClient(_) | Deed::Reinitialise(_) => {
                return self.carry_out(step, room, deed, Way::Commit);
            }
        };
        self.propose_change(room, standing, change)
    }

    /// One event of the policy log. What a commit would do beside it to the list or the group is another event, or a commit.
    fn change_policy_by_log(
        &mut self,
        room: RoomId,
        standing: &Standing,
        change: ChangeId,
    ) -> Result<(), Refusal> {
        let directory = self.config.directory();
        let change = self.config.plans.change(change).ok_or(Refusal::Pointless)?;
        let after = change.of(directory, room, standing).ok_or(Refusal::Pointless)?;
        let after = with_key::<M>(&self.config, room, after);
        let updates = policy::updates_between(directory, standing, &after).into_iter();
        let updates = updates.map(|update| in_event(&update));
        let updates: Option<Vec<_>> = updates.collect();
        if !change.with.is_empty() {
            return Err(Refusal::NotOneEvent);
        }
        let updates = updates.ok_or(Refusal::Pointless)?;
        self.propose_event(room, Log::Policy, updates)
    }

    /// By which event the user enters the list, where it is about to join and is not in it (POL-30).
    pub(super) fn entry_event(&mut self, room: RoomId) -> Option<Result<(), Refusal>> {
        let Some(Action::Join(role, _)) = self.first_action(room) else { return None };
        let standing = self.logged(room).map(|log| log.standing.clone())?;
        let enters = !*self.seats[&room].rejoin && standing.role_of(self.user()).is_none();
        enters.then(|| self.propose_change(room, &standing, ListChange::Add(self.user(), role)))
    }

    fn propose_change(
        &mut self,
        room: RoomId,
        standing: &Standing,
        change: ListChange,
    ) -> Result<(), Refusal> {
        if let ListChange::Change(user, role) = change
            && standing.role_of(user) == Some(role)
        {
            return Err(Refusal::Pointless);
        }
        let update = standing.list_update(self.config.directory(), change).ok_or(Refusal::Pointless)?;
        let updates = vec![AppDataUpdate::update(room::component::PARTICIPANT_LIST, &update)];
        self.propose_event(room, Log::Participation, updates)
    }

    fn propose_event(&mut self, room: RoomId, log: Log, updates: Vec<AppDataUpdate>) -> Result<(), Refusal> {
        let logged = self.logged(room).filter(|_| !updates.is_empty()).ok_or(Refusal::Pointless)?;
        let event = logged.next(room, Sender::Member(self.id), log, updates);
        let signed = by_client(self.config.directory(), &self.engine, &event);
        let octets = signed.map_err(Refusal::Engine)?;
        self.set_attempt(room, Attempt::State(octets));
        Ok(())
    }

    /// The user is a participant by this client's event, and its devices are not in the group.
    fn add_devices(&mut self, step: &mut Step, room: RoomId, user: UserId) -> Result<(), Refusal> {
        let listed = self.logged(room).is_some_and(|log| log.standing.may_take_part(user))
            || self.config.planted.is(Mutant::AddsBesideTheList);
        if !listed || !self.leaves_of(room, user).is_empty() {
            // Somebody has taken the user out again, or a device of it was faster.
            self.end_intent(step, room, None);
            return Ok(());
        }
        let Some(packages) = self.material_for(step, room, user)? else {
            self.claim(step, room, user);
            return Ok(());
        };
        let adds: Vec<Propose> = packages.into_iter().map(Propose::Add).collect();
        self.make_commit(step, room, &adds, true)
    }

    /// A state event came in the hub's order.
    pub(super) fn state_came(&mut self, step: &mut Step, room: RoomId, vouched: &VouchedEvent) {
        let octets = &vouched.event;
        let Ok(event) = StateEvent::decode(self.config.directory(), octets) else {
            return self.log_stumbles(step, room, octets, MlsError::Malformed);
        };
        let interested = self.is_interested(room);
        let seat = self.seats.entry(room).or_default();
        let Some(log) = &seat.log.state else {
            if interested {
                seat.log.early.push(vouched.clone());
            }
            return;
        };
        // Known from what the client was told when it joined.
        if event.sequence <= log.sequences.of(event.log) {
            return;
        }
        let after = log.after(self.config.directory(), &event, self.config.readings());
        if let Err(error) = self.check_signatures(room, &event, vouched) {
            return self.log_stumbles(step, room, octets, error);
        }
        let Some(after) = after else { return self.log_stumbles(step, room, octets, MlsError::WrongEpoch) };
        let seat = self.seats.entry(room).or_default();
        seat.log.state = Some(after);
        self.show_log(room);
        if let Some(epoch) = self.engine.group(room).map(MlsGroup::epoch) {
            step.observe(Fact::Applied { room, message: MessageId::of(octets), epoch, text: None });
        }
        self.settle_event(step, room, &event, octets);
        self.watch_pending(step, room);
    }

    /// The own event has its place, or another one has taken it.
    fn settle_event(&mut self, step: &mut Step, room: RoomId, event: &StateEvent, octets: &Octets) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        let Attempt::State(own) = &*seat.attempt else { return };
        let is_own = own == octets;
        let made = StateEvent::decode(self.config.directory(), own).ok();
        if !is_own && made.is_some_and(|made| made.log != event.log) {
            return;
        }
        seat.attempt.set(Attempt::Idle);
        seat.phase = Phase::Ready;
        if is_own && matches!(self.first_action(room), Some(Action::Add(..) | Action::Join(..))) {
            if let Some(seat) = self.seats.get_mut(&room) {
                seat.log.is_half_done = true;
            }
        } else if is_own {
            self.end_intent(step, room, None);
        }
    }

    /// arch §5 (ARCH-28, ARCH-36): who has made the event, and which server it comes from, whatever the hub says.
    fn check_signatures(
        &self,
        room: RoomId,
        event: &StateEvent,
        vouched: &VouchedEvent,
    ) -> Result<(), MlsError> {
        if self.config.planted.is(Mutant::TrustsTheHub) {
            return Ok(());
        }
        check_author::<M>(&self.config, self.engine.group(room), event)?;
        check_origin::<M>(&self.config, event.author, vouched)
    }

    fn log_stumbles(&self, step: &mut Step, room: RoomId, octets: &Octets, error: MlsError) {
        let message = MessageId::of(octets);
        step.observe(Fact::Unprocessable { room, message, error });
    }

    /// What the hub tells a joiner of the logs; a Welcome has its place in the hub's order, an answer has not.
    pub(super) fn adopt(&mut self, room: RoomId, state: Option<&Octets>, in_order: bool) {
        let Some(told) = state.and_then(|octets| RoomLog::decode(self.config.directory(), octets).ok())
        else {
            return;
        };
        let (directory, readings) = (self.config.mls.directory.clone(), self.config.readings());
        let seat = self.seats.entry(room).or_default();
        let known = seat.log.sequences();
        if !in_order && known.is_some_and(|known| !told.sequences.is_ahead_of(&known)) {
            return;
        }
        let mut log = told;
        for vouched in std::mem::take(&mut seat.log.early) {
            let event = StateEvent::decode(&directory, &vouched.event).ok();
            let event = event.filter(|event| self.check_signatures(room, event, &vouched).is_ok());
            log = event.and_then(|event| log.after(&directory, &event, readings)).unwrap_or(log);
        }
        let seat = self.seats.entry(room).or_default();
        seat.log.state = Some(log);
        self.show_log(room);
    }

    /// A member holds the logs' state as the room's.
    pub(super) fn show_log(&mut self, room: RoomId) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        if seat.epoch.is_some() {
            let standing = seat.log.state.as_ref().map(|log| log.standing.clone());
            seat.standing.set(standing);
        }
    }

    /// Whether the logs at the hub are as they were where the attempt was made.
    pub(super) fn logs_agree(&self, room: RoomId, state: Option<&Octets>) -> bool {
        let theirs = state.and_then(|octets| RoomLog::decode(self.config.directory(), octets).ok());
        !self.by_log() || theirs.map(|log| log.sequences) == self.seats[&room].log.made_at
    }

    /// The Removes that the list makes due.
    pub(super) fn due_removals(&self, room: RoomId) -> Vec<Propose> {
        let Some(log) = self.logged(room).filter(|_| self.by_log() && !self.is_out(room)) else {
            return Vec::new();
        };
        let leaves = self.engine.group(room).map(MlsGroup::leaves).unwrap_or_default();
        let out = |client: &ClientId| !log.standing.may_take_part(self.config.directory().user_of(*client));
        // A commit refers to what takes it out already (PROTO-10).
        let going: Vec<ClientId> = self.seats[&room].pending().filter_map(taken_out).collect();
        let out = |client: &ClientId| out(client) && !going.contains(client);
        leaves.into_values().filter(out).map(Propose::Remove).collect()
    }

    /// The delay is over: takes out whoever is still to be taken out, by a proposal that is pending or of its own accord.
    pub(super) fn realign(&mut self, step: &mut Step, room: RoomId) {
        let Some(seat) = self.seats.get(&room) else { return };
        let busy = *seat.attempt != Attempt::Idle || seat.phase != Phase::Ready;
        let nothing =
            seat.pending.is_empty() && self.due_removals(room).is_empty() && !self.has_old_key(room);
        let cannot = self.is_leaving(seat) || self.is_out(room);
        if nothing || cannot || self.config.planted.is(Mutant::NobodyCommits) {
            return;
        }
        if busy {
            return self.watch_pending(step, room);
        }
        if self.make_commit(step, room, &[], false).is_ok() {
            self.advance(step, room);
        }
    }

    /// Takes down under which state something was said.
    pub(super) fn note_said(
        &self,
        step: &mut Step,
        room: RoomId,
        (message, content): (&Octets, &[u8]),
        text: Option<u32>,
    ) {
        let sequences = self.logged(room).map(|log| log.sequences);
        let (message, content) = (MessageId::of(message), MessageId::of(content));
        step.observe(Fact::Said { room, message, content, text, sequences });
    }
}

/// What an event says in place of the proposal; none of one that is about the group.
fn in_event(proposal: &Propose) -> Option<AppDataUpdate> {
    match proposal {
        Propose::AppDataUpdate { component, update } => Some(AppDataUpdate::update(*component, update)),
        Propose::AppDataRemove { component } => Some(AppDataUpdate::remove(*component)),
        _ => None,
    }
}

/// The client that the proposal takes out of the group.
fn taken_out(proposal: &ProposalInfo) -> Option<ClientId> {
    match (&proposal.body, proposal.sender) {
        (Proposed::Remove(client), _) => Some(*client),
        (Proposed::SelfRemove, Sender::Member(client)) => Some(client),
        _ => None,
    }
}
