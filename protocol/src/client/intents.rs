//! How a client works at what its user wants.

use super::log::LogSeat;
use super::{Attempt, Client, Phase, Seat};
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::{
    CommitBundle, Dictionary, JoinMaterial, Mls, MlsError, MlsGroup, MlsMember, Octets, ProposalRef, Propose,
    Proposed, Sender,
};
use crate::mutant::Mutant;
use crate::node::{Action, Bundle, Call, Refusal, Request, Timer};
use crate::policy;
use crate::room::{self, ListChange, Standing, component};
use crate::step::Step;

/// The bounds of the random delay before a member commits what is pending (POL-61, random_delay).
const COMMIT_DELAY_MS: (u64, u64) = (200, 1_500);
/// The bounds of the delay before a client asks again.
const RETRY_DELAY_MS: (u64, u64) = (400, 1_200);

impl<M: Mls> Client<M> {
    /// Does what can be done next in the room, if nothing is out.
    pub(super) fn advance(&mut self, step: &mut Step, room: RoomId) {
        // Each turn ends at least one intent or asks something, so the loop ends.
        while self.seats.get(&room).is_some_and(|seat| seat.phase == Phase::Ready) {
            let seat = &self.seats[&room];
            if *seat.attempt != Attempt::Idle {
                return self.send_attempt(step, room);
            }
            if *seat.rejoin {
                return self.ask_group_info(step, room, Phase::Asked);
            }
            let Some(intent) = seat.intents.front().copied() else { return };
            if let Err(refusal) = self.begin(step, room, intent.action) {
                self.end_intent(step, room, Some(refusal));
            }
        }
    }

    /// Asks again after a failed exchange, or gives up waiting for the queue.
    pub(super) fn retry(&mut self, step: &mut Step, room: RoomId) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        if matches!(seat.phase, Phase::Waiting) {
            if matches!(*seat.attempt, Attempt::Join { .. }) {
                self.abandon(room);
            }
            if let Some(seat) = self.seats.get_mut(&room) {
                seat.phase = Phase::Ready;
            }
            self.advance(step, room);
            if self.by_log() {
                self.watch_pending(step, room);
            }
        }
    }

    /// Waits for the room's next event, but not for ever.
    pub(super) fn wait(&mut self, step: &mut Step, room: RoomId) {
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = Phase::Waiting;
        }
        let delay_ms = step.entropy.between("mimic retry", RETRY_DELAY_MS.0, RETRY_DELAY_MS.1);
        step.wake(Timer::Retry(room), delay_ms + self.config.planted.leaked_ms());
    }

    /// Sets out to commit what is pending, after a random delay.
    pub(super) fn watch_pending(&mut self, step: &mut Step, room: RoomId) {
        let waits = self.seats.get(&room).is_some_and(|seat| !seat.pending.is_empty());
        if waits || !self.due_removals(room).is_empty() {
            let delay_ms = step.entropy.between("mimic commit", COMMIT_DELAY_MS.0, COMMIT_DELAY_MS.1);
            step.wake(Timer::CommitPending(room), delay_ms);
        }
    }

    /// The delay is over: commits what is still pending.
    pub(super) fn commit_pending(&mut self, step: &mut Step, room: RoomId) {
        if self.by_log() {
            return self.realign(step, room);
        }
        let Some(seat) = self.seats.get(&room) else { return };
        if seat.pending.is_empty() || self.is_leaving(seat) || self.config.planted.is(Mutant::NobodyCommits) {
            return;
        }
        // Under way already: what it carries will do, or its refusal will bring the client back here.
        if *seat.attempt != Attempt::Idle || seat.phase != Phase::Ready {
            return self.watch_pending(step, room);
        }
        if self.make_commit(step, room, &[], false).is_ok() {
            self.advance(step, room);
        }
    }

    /// Drops what was made and not settled. The intent stays.
    pub(super) fn abandon(&mut self, room: RoomId) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        match seat.attempt.take() {
            Attempt::Commit { .. } | Attempt::Join { .. } => {
                // None is pending where another commit has taken its place already.
                let _ = self.engine.discard_pending(room);
            }
            Attempt::Proposals(_) => self.restore_pending(room),
            Attempt::Idle | Attempt::Open(_) | Attempt::Message(_) | Attempt::State(_) => {}
        }
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = Phase::Ready;
        }
    }

    pub(super) fn ask_group_info(&mut self, step: &mut Step, room: RoomId, phase: Phase) {
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = phase;
        }
        self.ask(step, Call::GroupInfo(room), Request::GroupInfo { room, requester: self.id });
    }

    /// Whether a pending proposal removes this client: it can neither commit nor begin anything.
    pub(super) fn is_leaving(&self, seat: &Seat) -> bool {
        matches!(*seat.attempt, Attempt::Proposals(_))
            || seat.pending().any(|p| match (&p.body, p.sender) {
                (Proposed::Remove(client), _) => *client == self.id,
                (Proposed::SelfRemove, Sender::Member(client)) => client == self.id,
                _ => false,
            })
    }

    fn begin(&mut self, step: &mut Step, room: RoomId, action: Action) -> Result<(), Refusal> {
        match action {
            Action::Create => self.create(step, room),
            Action::JoinOwnDevice if self.engine.group(room).is_some() => Err(Refusal::Pointless),
            Action::JoinOwnDevice => {
                self.ask_group_info(step, room, Phase::Asked);
                Ok(())
            }
            _ if self.engine.group(room).is_none() => Err(Refusal::Pointless),
            // Its removal is on the way, and nothing that it begins now can succeed.
            _ if self.is_leaving(&self.seats[&room]) || self.is_out(room) => Err(Refusal::Pointless),
            Action::UpdateKeys => self.make_commit(step, room, &[], true),
            Action::Send(text) => self.send_message(step, room, text),
            _ if self.by_log() => self.begin_by_log(step, room, action),
            Action::Add(user, role) => self.add(step, room, user, role),
            Action::Remove(user) => self.take_out(step, room, user, None),
            Action::Ban(user) => self.take_out(step, room, user, Some(room::BANNED)),
            Action::ChangeRole(user, role) => self.change_role(step, room, user, role),
            Action::Leave => self.leave(step, room),
        }
    }

    fn create(&mut self, step: &mut Step, room: RoomId) -> Result<(), Refusal> {
        let directory = self.config.directory();
        let is_foreign =
            directory.hub_of(room) != self.provider() && !self.config.planted.is(Mutant::OpensForeignRooms);
        if self.engine.group(room).is_some() || is_foreign {
            return Err(Refusal::Pointless);
        }
        let standing = policy::examples::cooperative_room(self.user());
        let hub = directory.hub_of(room);
        // With hub-log the group knows nothing of the room.
        let dictionary: Dictionary =
            if self.by_log() { Dictionary::new() } else { standing.encode(directory) };
        let log = if self.by_log() { LogSeat::begin(standing) } else { LogSeat::default() };
        let entropy = step.entropy.of("mimic create");
        let bundle = self.engine.create(room, &dictionary, hub, entropy).map_err(Refusal::Engine)?;
        self.seats.entry(room).or_default().log.set(log);
        self.set_attempt(room, Attempt::Open(bundle));
        Ok(())
    }

    fn add(&mut self, step: &mut Step, room: RoomId, user: UserId, role: u32) -> Result<(), Refusal> {
        if self.effective(room)?.role_of(user).is_some() {
            return Err(Refusal::Pointless);
        }
        let Some(packages) = self.material_for(room, user) else {
            self.ask_key_material(step, room, user);
            return Ok(());
        };
        let role = if self.config.planted.is(Mutant::UndefinedRoles) { u32::MAX } else { role };
        // proto §3.2, PROTO-05, PROTO-29: the list change and all Adds in one commit.
        let mut by_value = vec![self.list_update(room, ListChange::Add(user, role))?];
        if self.config.planted.is(Mutant::AddsWithoutEntry) && self.is_neighbour(user) {
            by_value.clear();
        }
        let devices = if self.config.planted.is(Mutant::AddsOneDevice) { 1 } else { packages.len() };
        by_value.extend(packages.into_iter().take(devices).map(Propose::Add));
        self.make_commit(step, room, &by_value, true)
    }

    pub(super) fn ask_key_material(&mut self, step: &mut Step, room: RoomId, user: UserId) {
        self.seats.entry(room).or_default().phase = Phase::Asked;
        let request = Request::KeyMaterial { room, target: user, requester: self.user() };
        self.ask(step, Call::KeyMaterial(room, user), request);
    }

    fn is_neighbour(&self, user: UserId) -> bool {
        self.config.directory().provider_of(user) == self.provider()
    }

    /// Removes or bans a user, with all its leaves, in one commit (PROTO-30, POL-31, POL-37).
    fn take_out(
        &mut self,
        step: &mut Step,
        room: RoomId,
        user: UserId,
        role: Option<u32>,
    ) -> Result<(), Refusal> {
        let effective = self.effective(room)?;
        if user == self.user() || effective.role_of(user).is_none() || effective.role_of(user) == role {
            return Err(Refusal::Pointless);
        }
        let change = role.map_or(ListChange::Remove(user), |role| ListChange::Change(user, role));
        let mut by_value = vec![self.list_update(room, change)?];
        if !self.config.planted.is(Mutant::MembersWithoutEntry) {
            by_value.extend(self.leaves_of(room, user).into_iter().map(Propose::Remove));
        }
        self.make_commit(step, room, &by_value, true)
    }

    fn change_role(&mut self, step: &mut Step, room: RoomId, user: UserId, role: u32) -> Result<(), Refusal> {
        let old = self.effective(room)?.role_of(user);
        if old.is_none() || old == Some(role) {
            return Err(Refusal::Pointless);
        }
        let update = self.list_update(room, ListChange::Change(user, role))?;
        self.make_commit(step, room, &[update], true)
    }

    /// proto §3.5, PROTO-10: proposals that take out all own devices and the list entry; somebody else commits them.
    fn leave(&mut self, step: &mut Step, room: RoomId) -> Result<(), Refusal> {
        let user = self.user();
        if self.effective(room)?.role_of(user).is_none() {
            return Err(Refusal::Pointless);
        }
        let mut proposals = vec![self.list_update(room, ListChange::Remove(user))?];
        let others = self.leaves_of(room, user).into_iter().filter(|client| *client != self.id);
        proposals.extend(others.map(Propose::Remove));
        proposals.push(Propose::SelfRemove);
        let mut batch = Vec::new();
        for (n, proposal) in proposals.iter().enumerate() {
            let entropy = step.entropy.of("mimic propose").of(&n.to_string());
            match self.engine.propose(room, proposal, entropy) {
                Ok(message) => batch.push(message),
                Err(error) => {
                    self.restore_pending(room);
                    return Err(Refusal::Engine(error));
                }
            }
        }
        self.set_attempt(room, Attempt::Proposals(batch));
        Ok(())
    }

    fn send_message(&mut self, step: &mut Step, room: RoomId, text: u32) -> Result<(), Refusal> {
        // MLS-09: what is pending is committed before anything is said.
        if !self.seats[&room].pending.is_empty() {
            return self.make_commit(step, room, &[], false);
        }
        let entropy = step.entropy.of("mimic encrypt");
        let message = self.engine.encrypt(room, &text.to_be_bytes(), entropy).map_err(Refusal::Engine)?;
        self.note_said(step, room, &message);
        self.set_attempt(room, Attempt::Message(message));
        Ok(())
    }

    /// Makes a commit over all that is pending, or due, and `by_value`.
    pub(super) fn make_commit(
        &mut self,
        step: &mut Step,
        room: RoomId,
        by_value: &[Propose],
        for_intent: bool,
    ) -> Result<(), Refusal> {
        let references: Vec<ProposalRef> = self.seats[&room].pending().filter_map(|p| p.reference).collect();
        let entropy = step.entropy.of("mimic make commit");
        let by_value = [&self.due_removals(room)[..], by_value].concat();
        let bundle = self.engine.commit(room, &references, &by_value, entropy).map_err(Refusal::Engine)?;
        self.set_attempt(room, Attempt::Commit { bundle, for_intent });
        Ok(())
    }

    /// Makes an external commit from the hub's answer.
    pub(super) fn make_join(
        &mut self,
        step: &mut Step,
        room: RoomId,
        material: &JoinMaterial,
    ) -> Result<(), MlsError> {
        let (epoch, _) = M::group_info_context(&material.group_info)?;
        let entropy = step.entropy.of("mimic join");
        let bundle: CommitBundle = if self.config.planted.is(Mutant::LetsOmissions) {
            let material = JoinMaterial { proposals: Vec::new(), ..material.clone() };
            self.engine.external_commit(room, &material, &[], entropy)?
        } else {
            self.engine.external_commit(room, material, &[], entropy)?
        };
        let proposals = material.proposals.clone();
        self.set_attempt(room, Attempt::Join { bundle, epoch, proposals });
        Ok(())
    }

    pub(super) fn set_attempt(&mut self, room: RoomId, attempt: Attempt) {
        let seat = self.seats.entry(room).or_default();
        *seat.attempt = attempt;
        seat.made_over.set(seat.pending.len());
        LogSeat::note_made(&mut seat.log);
        seat.phase = Phase::Ready;
    }

    fn send_attempt(&mut self, step: &mut Step, room: RoomId) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        seat.phase = Phase::Asked;
        let update = |bundle| (Call::Update(room), Request::Update { room, bundle });
        let (call, request) = match &*seat.attempt {
            Attempt::Idle => return,
            Attempt::Open(CommitBundle { group_info, tree, .. }) => {
                let (group_info, tree) = (group_info.clone(), tree.clone());
                let state = seat.log.state.as_ref().map(|log| log.encode(self.config.directory()));
                (Call::Open(room), Request::Open { room, group_info, tree, state })
            }
            Attempt::Commit { bundle, .. } | Attempt::Join { bundle, .. } => {
                update(Bundle::Commit(bundle.clone()))
            }
            Attempt::Proposals(batch) => update(Bundle::Proposals(batch.clone())),
            Attempt::State(event) => update(Bundle::State(event.clone())),
            Attempt::Message(message) => {
                let (message, sender) = (message.clone(), self.user());
                (Call::Submit(room), Request::Submit { room, message, sender })
            }
        };
        self.ask(step, call, request);
    }

    /// Brings the engine's pending proposals back to those that the hub has accepted.
    pub(super) fn restore_pending(&mut self, room: RoomId) {
        // Both fail only without a group, and then there is nothing to restore.
        let _ = self.engine.clear_proposals(room);
        let messages: Vec<Octets> = self.seats[&room].pending.iter().map(|(m, _)| m.clone()).collect();
        for message in messages {
            let _ = self.engine.keep(room, &message);
        }
    }

    /// The committed state with the pending changes that this client knows of.
    fn effective(&self, room: RoomId) -> Result<Standing, Refusal> {
        let group = self.engine.group(room).ok_or(Refusal::Pointless)?;
        let seat = &self.seats[&room];
        let updates = seat.pending().map(|p| &p.body);
        room::standing_after(self.config.directory(), group.dictionary(), updates, self.config.readings())
            .ok_or(Refusal::Engine(MlsError::InvalidProposalList))
    }

    /// The update of the participant list that makes one change to the committed list.
    fn list_update(&self, room: RoomId, change: ListChange) -> Result<Propose, Refusal> {
        let standing = self.seats[&room].standing.as_ref().ok_or(Refusal::Pointless)?;
        let update = standing.list_update(self.config.directory(), change).ok_or(Refusal::Pointless)?;
        Ok(Propose::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.into() })
    }

    pub(super) fn leaves_of(&self, room: RoomId, user: UserId) -> Vec<ClientId> {
        let leaves = self.engine.group(room).map(MlsGroup::leaves).unwrap_or_default();
        let mut clients: Vec<_> = leaves.into_values().collect();
        clients.retain(|client| self.config.directory().user_of(*client) == user);
        clients
    }

    pub(super) fn material_for(&self, room: RoomId, user: UserId) -> Option<Vec<Octets>> {
        let (owner, packages) = self.seats[&room].material.as_ref()?;
        (*owner == user).then(|| packages.clone())
    }
}
