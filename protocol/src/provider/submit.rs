//! A hub's judgement of application messages, of which it sees no more than the envelope (proto §5.4).

use super::Provider;
use super::hub::{HubRoom, accepted_prefix, provider_behind};
use crate::ids::{NodeId, RoomId, UserId};
use crate::mls::{ContentKind, Mls, MlsError, MlsGroup, Octets};
use crate::mutant::Mutant;
use crate::node::{
    Accepted, Event, Exchange, Fact, FanOut, MessageId, Rejection, Response, SubmitAnswer, Voucher,
};
use crate::policy;
use crate::readings::Duplicates;
use crate::stamps;
use crate::step::Step;
use crate::wire::abuse_report::AbuseReport;
use crate::wire::submit_message::Frank;

impl<M: Mls> Provider<M> {
    /// `POST /reportAbuse/{roomId}`: the answer says only whether the room is here (proto §5.9, PROTO-68).
    pub(super) fn reported(
        &self,
        step: &mut Step,
        exchange: Exchange,
        from: NodeId,
        (room, report): (RoomId, &AbuseReport),
    ) {
        let hub = self.hosted.get(&self.current_group(room));
        if let Some(hub) = hub {
            hub.report(step, report);
        }
        step.reply(from, exchange, if hub.is_some() { Response::Done } else { Response::Refused });
    }
}

impl<M: Mls> HubRoom<M> {
    /// `POST /submitMessage/{roomId}` (proto §5.4).
    pub(super) fn submit(
        &mut self,
        step: &mut Step,
        (from, vouchers): (NodeId, Vec<Voucher>),
        message: Octets,
        sender: UserId,
    ) -> SubmitAnswer {
        let id = MessageId::of(&message);
        let known =
            self.accepted.get(&id).filter(|_| self.config.readings().duplicates == Duplicates::ByHash);
        if let Some(accepted_ms) = known.copied() {
            let frank = self.stamp(&message, (sender, accepted_ms));
            return SubmitAnswer::Accepted { accepted_ms, frank };
        }
        let vouched = self.take_vouchers(from, &[std::slice::from_ref(&message)], vouchers);
        let answer = match vouched.and_then(|()| self.judge_message(from, &message, sender)) {
            Ok(epoch) => {
                let accepted_ms = self.accept(step, id, Accepted::Message { epoch, sender });
                self.accepted.insert(id, accepted_ms);
                step.put([&accepted_prefix(self.room)[..], &id.0.to_be_bytes()[..]].concat(), &accepted_ms);
                let targets = self.but_sender(self.message_targets(), provider_behind(&self.config, from));
                let frank = self.stamp(&message, (sender, accepted_ms));
                let fanned_out = self.fanned_out(frank.clone(), (sender, accepted_ms));
                let event = Event::Message { message, frank: fanned_out };
                self.fan_out(step, &targets, FanOut::new(accepted_ms, event));
                self.store_order(step);
                SubmitAnswer::Accepted { accepted_ms, frank }
            }
            Err(reason) => {
                step.observe(Fact::Rejected { room: self.room, message: id, reason });
                match reason {
                    Rejection::WrongEpoch => SubmitAnswer::EpochTooOld { current: self.observer.epoch() },
                    _ => SubmitAnswer::NotAllowed,
                }
            }
        };
        self.vouchers.clear();
        answer
    }

    /// The stamp is a function of what it is on: who asks again gets the same one.
    fn stamp(&self, message: &[u8], accepted: (UserId, u64)) -> Option<Frank> {
        stamps::stamp::<M>(&self.config, (self.room, &self.core.state.committed), message, accepted)
    }

    /// The stamp as it is fanned out: the sender's URI is for the hub alone (PROTO-42), but for a planted bug.
    fn fanned_out(&self, frank: Option<Frank>, accepted: (UserId, u64)) -> Option<Frank> {
        if self.config.planted.is(Mutant::FansOutSenders) {
            frank.map(|frank| stamps::with_context(&self.config, self.room, frank, accepted))
        } else {
            frank
        }
    }

    /// `POST /reportAbuse/{roomId}` (proto §5.9): each message is judged by itself. Whoever is accused need not be a user here.
    pub(super) fn report(&self, step: &mut Step, report: &AbuseReport) {
        let Some(accused) = self.config.directory().resolve_user(report.alleged_abuser_uri.as_slice()) else {
            return;
        };
        let believes = self.config.planted.is(Mutant::BelievesReports);
        for message in &report.messages {
            let verdict = stamps::judge::<M>(&self.config, self.room, accused, message);
            step.observe(Fact::AbuseJudged {
                room: self.room,
                accused,
                content: MessageId::of(message.message_content.as_slice()),
                refuted: verdict.err().filter(|_| !believes),
            });
        }
    }

    /// proto §5.4, PROTO-34, PROTO-35; the hub sees no more of an application message than its envelope (ARCH-31).
    fn judge_message(&self, from: NodeId, message: &[u8], sender: UserId) -> Result<u64, Rejection> {
        let directory = self.config.directory();
        let envelope = M::envelope(&self.config.mls, message).map_err(Rejection::Mls)?;
        let is_message = envelope.content == ContentKind::Application
            || self.config.planted.is(Mutant::TakesCommitsAsMessages);
        if envelope.room != self.room || !is_message {
            return Err(Rejection::Mls(MlsError::Malformed));
        }
        if provider_behind(&self.config, from) != directory.provider_of(sender) {
            return Err(Rejection::NotAuthorized);
        }
        let blocked_may = self.config.planted.is(Mutant::BlockedMaySend);
        let active = self.epoch.clients().any(|client| directory.user_of(client) == sender);
        let state = if blocked_may { &self.core.state.committed } else { self.in_force() };
        if !active || !state.may_take_part(sender) {
            return Err(Rejection::Blocked);
        }
        if !policy::may_send(state, sender) && !self.config.planted.is(Mutant::AnybodySends) {
            return Err(Rejection::Denied);
        }
        match envelope.epoch.cmp(&self.observer.epoch()) {
            // An epoch that is not there yet makes no sense (PROTO-35).
            std::cmp::Ordering::Greater => Err(Rejection::Denied),
            // POL-62: the epoch tolerance is 0.
            std::cmp::Ordering::Less if self.config.planted.is(Mutant::TakesOldEpochs) => Ok(envelope.epoch),
            std::cmp::Ordering::Less => Err(Rejection::WrongEpoch),
            std::cmp::Ordering::Equal => Ok(envelope.epoch),
        }
    }
}
