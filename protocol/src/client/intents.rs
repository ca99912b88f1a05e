//! How a client works at what its user wants.

use super::deeds::Way;
use super::log::LogSeat;
use super::senders::Senders;
use super::{Attempt, Client, Phase, Seat};
use crate::ids::{RoomId, UserId};
use crate::mls::{
    CommitBundle, Dictionary, GroupInfoForm, Mls, MlsError, MlsGroup, MlsMember, Octets, ProposalRef,
    Propose, Proposed, Sender,
};
use crate::mutant::Mutant;
use crate::node::{Action, Bundle, Call, Deed, Intent, Refusal, Request, Timer, VouchedEvent};
use crate::policy::Usage;
use crate::readings::{GroupInfoOption, Readings};
use crate::room::{self, ListChange, Standing, component};
use crate::stamps::with_key;
use crate::step::Step;
use crate::wire::operational_parameters::PendingProposalPolicy;
use std::sync::Arc;

/// The bounds of the random delay before a member commits what is pending (POL-61, random_delay).
const COMMIT_DELAY_MS: (u64, u64) = (200, 1_500);
/// A room that asks for more than a day is not obeyed.
const DELAY_MS_MAX: u64 = 24 * 60 * 60 * 1_000;
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
            if let Err(refusal) = self.begin(step, room, intent) {
                self.end_intent(step, room, Some(refusal));
            }
        }
    }

    /// Asks again after a failed exchange, or gives up waiting for the queue.
    pub(super) fn retry(&mut self, step: &mut Step, room: RoomId) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        if matches!(seat.phase, Phase::Waiting) {
            if matches!(*seat.attempt, Attempt::Join { .. })
                || matches!(*seat.attempt, Attempt::State(_)) && self.engine.group(room).is_none()
            {
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
        let waits = |seat: &&Seat| {
            !seat.pending.is_empty() || !self.due_removals(room).is_empty() || self.has_old_key(room)
        };
        let Some(seat) = self.seats.get(&room).filter(waits) else { return };
        let (least, most) = commit_delay_ms(seat.standing());
        let delay_ms = step.entropy.between("mimic commit", least, most);
        step.wake(Timer::CommitPending(room), delay_ms);
    }

    /// The delay is over: commits what is still pending.
    pub(super) fn commit_pending(&mut self, step: &mut Step, room: RoomId) {
        if self.by_log() {
            return self.realign(step, room);
        }
        let Some(seat) = self.seats.get(&room) else { return };
        let nothing = seat.pending.is_empty() && !self.has_old_key(room);
        let gives_up = self.config.planted.is(Mutant::ForgetsWhatIsPending) && self.is_leaving(seat);
        if nothing || self.is_going(seat) || gives_up || self.config.planted.is(Mutant::NobodyCommits) {
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
            // The hub has not opened the room: there is no such group.
            Attempt::Open(_) => self.engine.forget(room),
            Attempt::Idle | Attempt::Message(_) | Attempt::State(_) | Attempt::Abuse(_) => {}
        }
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.phase = Phase::Ready;
        }
    }

    /// Whether a proposal on its way removes this client, or may do so: it can neither commit nor begin anything.
    pub(super) fn is_leaving(&self, seat: &Seat) -> bool {
        matches!(*seat.attempt, Attempt::Proposals(_)) || self.is_going(seat)
    }

    /// Whether that proposal is accepted: somebody else commits it, and with it all that is pending.
    fn is_going(&self, seat: &Seat) -> bool {
        seat.pending().any(|p| match (&p.body, p.sender) {
            (Proposed::Remove(client), _) => *client == self.id,
            (Proposed::SelfRemove, Sender::Member(client)) => client == self.id,
            _ => false,
        })
    }

    fn begin(&mut self, step: &mut Step, room: RoomId, intent: Intent) -> Result<(), Refusal> {
        let action = intent.action;
        match action {
            Action::Create => self.create(step, room),
            // A provider's to do.
            Action::Delete(_) => Err(Refusal::Pointless),
            Action::JoinOwnDevice | Action::Join(..) | Action::Rejoin => self.come_in(step, room, action),
            Action::Consent(consent, other, here) => {
                self.speak_of_consent(step, (room, intent.id), (consent, other, here))
            }
            Action::Search(query) => self.search(step, room, query),
            _ if self.engine.group(room).is_none() => Err(Refusal::Pointless),
            // Its removal is on the way, and nothing that it begins now can succeed.
            _ if self.is_leaving(&self.seats[&room]) || self.is_out(room) => Err(Refusal::Pointless),
            Action::UpdateKeys => self.make_commit(step, room, &[], true),
            Action::ChangeKey => self.change_key(step, room),
            Action::Send(text) => self.say(step, room, Usage::Send, text),
            Action::Report(status) => self.report_status(step, room, status),
            Action::ReportAbuse(user) => self.report_abuse(room, user),
            Action::Use(usage, text) => self.make_use(step, room, usage, text),
            _ if self.by_log() => self.begin_by_log(step, room, action),
            Action::Add(user, role) => self.add(step, room, user, role),
            Action::Remove(user) => self.carry_out(step, room, Deed::Remove(user), Way::Commit),
            Action::Ban(user) => self.carry_out(step, room, Deed::Ban(user), Way::Commit),
            Action::ChangeRole(user, role) => {
                self.carry_out(step, room, Deed::ChangeRole(user, role), Way::Commit)
            }
            Action::Do(deed) => self.carry_out(step, room, deed, Way::Commit),
            Action::Propose(deed) => self.carry_out(step, room, deed, Way::Proposals),
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
        let standing = match self.config.plans.continues.get(&room) {
            // POL-19: the policy remains.
            Some(old) => {
                let old = self.seats.get(old).and_then(|seat| seat.standing.as_deref());
                old.ok_or(Refusal::Pointless)?.clone()
            }
            None => with_key::<M>(&self.config, room, self.config.plans.room(room, self.user())),
        };
        if !self.config.plans.knows(self.user(), &standing.base.component_ids) {
            return Err(Refusal::UnknownComponent);
        }
        if directory.is_outdated(self.id) {
            return Err(Refusal::Incapable);
        }
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
        let Some(packages) = self.material_for(step, room, user)? else {
            self.claim(step, room, user);
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

    fn is_neighbour(&self, user: UserId) -> bool {
        self.config.directory().provider_of(user) == self.provider()
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
        let (by_value, for_intent) = match self.senders_with(room, by_value) {
            Senders::Stay => (by_value.to_vec(), for_intent),
            Senders::Become(senders) => {
                ([&[Propose::ExternalSenders(senders)], by_value].concat(), for_intent)
            }
            Senders::Later => (Vec::new(), false),
        };
        let entropy = step.entropy.of("mimic make commit");
        let due = self.due_removals(room);
        // What ends the group stands alone (RFC 9420 §12.2), and comes after what is due in it.
        let ends = by_value.iter().any(|proposal| matches!(proposal, Propose::ReInit(_)));
        if ends && !due.is_empty() {
            return self.make_commit(step, room, &[], false);
        }
        let by_value = [&due[..], &by_value].concat();
        let bundle = self.engine.commit(room, &references, &by_value, entropy).map_err(Refusal::Engine)?;
        self.note_used(step, room, &by_value);
        self.set_attempt(room, Attempt::Commit { bundle, for_intent });
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
        let Some(seat) = self.seats.get(&room) else { return };
        let update = |bundle| (Call::Update(room), Request::Update { room, bundle, vouchers: Vec::new() });
        let (call, request) = match &*seat.attempt {
            Attempt::Idle => return,
            Attempt::Open(CommitBundle { group_info, tree, .. }) => {
                let (group_info, tree) = (group_info.clone(), tree.clone());
                let state = seat.log.state.as_ref().map(|log| log.encode(self.config.directory()));
                (Call::Open(room), Request::Open { room, group_info, tree, state })
            }
            Attempt::Commit { bundle, .. } | Attempt::Join { bundle, .. } => {
                let group_info = group_info_form::<M>(self.config.readings(), &bundle.group_info);
                update(Bundle::Commit(bundle.clone().with(group_info)))
            }
            Attempt::Proposals(batch) => update(Bundle::Proposals(batch.clone())),
            Attempt::State(event) => {
                // The own server vouches for it.
                let (event, origin) = (event.clone(), Octets::default());
                update(Bundle::State(VouchedEvent { event, origin }))
            }
            Attempt::Abuse(report) => {
                (Call::ReportAbuse(room), Request::ReportAbuse { room, report: report.clone() })
            }
            Attempt::Message(message) => {
                let (message, sender) = (message.clone(), self.user());
                (Call::Submit(room), Request::Submit { room, message, sender, vouchers: Vec::new() })
            }
        };
        self.inquire(step, room, call, request);
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
    pub(super) fn effective(&self, room: RoomId) -> Result<Standing, Refusal> {
        let group = self.engine.group(room).ok_or(Refusal::Pointless)?;
        if self.by_log() {
            return self.logged(room).map(|log| Standing::clone(&log.standing)).ok_or(Refusal::Pointless);
        }
        let seat = &self.seats[&room];
        let updates = seat.pending().map(|p| &p.body);
        room::standing_after(self.config.directory(), group.dictionary(), updates, self.config.readings())
            .ok_or(Refusal::Engine(MlsError::InvalidProposalList))
    }

    /// The update of the participant list that makes one change to the committed list.
    pub(super) fn list_update(&self, room: RoomId, change: ListChange) -> Result<Propose, Refusal> {
        let standing = self.seats[&room].standing.as_ref().ok_or(Refusal::Pointless)?;
        let update = standing.list_update(self.config.directory(), change).ok_or(Refusal::Pointless)?;
        Ok(Propose::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.into() })
    }
}

/// The GroupInfo as it goes with a commit (proto §5.3, PROTO-32).
fn group_info_form<M: Mls>(readings: Readings, whole: &Octets) -> GroupInfoForm {
    let partial = match readings.group_info_option {
        GroupInfoOption::Full => None,
        // An engine can take apart what it has made.
        GroupInfoOption::Partial => M::partial_group_info(whole).ok(),
    };
    partial.map_or_else(|| GroupInfoForm::Full(whole.clone()), GroupInfoForm::Partial)
}

/// The bounds of the delay as the room has them (POL-61).
fn commit_delay_ms(standing: Option<&Arc<Standing>>) -> (u64, u64) {
    let policy = standing.and_then(|standing| standing.components.operational.as_ref());
    match policy.map(|policy| policy.pending_proposal_policy) {
        Some(PendingProposalPolicy::ImmediateCommit) => (0, 0),
        Some(PendingProposalPolicy::RandomDelay { minimum_delay_ms, maximum_delay_ms }) => {
            (minimum_delay_ms.min(DELAY_MS_MAX), maximum_delay_ms.min(DELAY_MS_MAX))
        }
        Some(PendingProposalPolicy::Unspecified) | None => COMMIT_DELAY_MS,
    }
}
