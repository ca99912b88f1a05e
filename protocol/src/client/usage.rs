//! Messages by kind: what the hub cannot see, the clients see to (room-policy §8.3 to §8.5, POL-41, POL-42).

use super::timeline::{Entry, Shows};
use super::{Attempt, Client, kinds};
use crate::assets;
use crate::content::franking::{frank_aad, franking_tag};
use crate::content::{Expiration, Extensions, MessageStatus, MimiContent, StatusReport};
use crate::ids::{RoomId, UserId};
use crate::mls::{Mls, MlsMember};
use crate::mutant::Mutant;
use crate::node::Refusal;
use crate::policy::{Enforcer, Usage, Whose, may_use};
use crate::room::Standing;
use crate::step::Step;
use crate::wire::Optionality;
use crate::wire::abuse_report::{AbuseReport, AbusiveMessage};
use crate::wire::app_data::AppDataDictionary;
use crate::wire::policy::MessageExpiration;

/// How many of the newest messages a report is about at most.
const REPORTED_MAX: usize = 16;

impl<M: Mls> Client<M> {
    /// Does it, if the user's role covers that: by a message, where others have to see it.
    pub(super) fn make_use(
        &mut self,
        step: &mut Step,
        room: RoomId,
        usage: Usage,
        text: u32,
    ) -> Result<(), Refusal> {
        let in_force = self.effective(room)?;
        let may = may_use(&in_force, self.user(), usage).is_ok();
        if !may && !self.config.planted.is(Mutant::SendsAnyKind) && !self.is_careless() {
            return Err(Refusal::NotPermitted);
        }
        if let Usage::Download(kind) = usage
            && self.download(step, room, kind)?
        {
            return Ok(());
        }
        if usage.enforcer() == Enforcer::OwnClient {
            self.end_intent(step, room, None);
            return Ok(());
        }
        self.say(step, room, usage, text)
    }

    /// Says something of this kind, with this number as its text.
    pub(super) fn say(
        &mut self,
        step: &mut Step,
        room: RoomId,
        usage: Usage,
        text: u32,
    ) -> Result<(), Refusal> {
        let target = self.target(room, usage)?.cloned();
        let entropy = step.entropy.of("mimic salt");
        let salt = self.engine.fresh_salt(room, entropy).map_err(Refusal::Engine)?;
        let salt = if self.config.planted.is(Mutant::SaltsAlike) { [0; 16] } else { salt };
        let assets = self.asset_host(room);
        let mut content = kinds::written((usage, text), &assets, self.claims(room), salt, target.as_ref());
        if content.replaces.is_none() {
            content.expires = self.seats[&room].standing().and_then(|standing| default_expiration(standing));
        }
        let payload = content.encode();
        let asks = self.seats[&room].standing().is_some_and(|it| it.components.franking_agent.is_some());
        // proto §5.4.1.1: whoever wants the stamp says what it is to be on.
        let tag = asks.then(|| self.tag(&content, &payload));
        let aad = tag.map(frank_aad).unwrap_or_default();
        self.send_payload(step, room, (&aad, &payload), Some(text))
    }

    /// PROTO-39. Nobody but an honest receiver finds out about a tag that is over something else (PROTO-43).
    fn tag(&self, content: &MimiContent, payload: &[u8]) -> [u8; 32] {
        let other = self.config.planted.is(Mutant::TagsOtherContent);
        franking_tag(&content.salt, if other { b"something else" } else { payload })
    }

    /// Reports the newest of the user's messages that the hub has stamped (proto §5.9, PROTO-68).
    pub(super) fn report_abuse(&mut self, room: RoomId, user: UserId) -> Result<(), Refusal> {
        let of_user = |entry: &&Entry| entry.author == user;
        let entries = self.seats[&room].timeline.entries().rev().filter(of_user);
        let forges = self.config.planted.is(Mutant::BelievesReports);
        let reported = entries.filter_map(|entry| {
            let (content, frank) = entry.evidence.clone()?;
            let content = if forges { [&content[..], &content[..]].concat() } else { content.to_vec() };
            let accepted_timestamp_ms = entry.accepted_ms;
            Some(AbusiveMessage { message_content: content.into(), frank, accepted_timestamp_ms })
        });
        let messages: Vec<AbusiveMessage> = reported.take(REPORTED_MAX).collect();
        if messages.is_empty() {
            return Err(Refusal::Pointless);
        }
        let directory = self.config.directory();
        let report = AbuseReport {
            reporting_user: directory.user_uri(self.user()).into(),
            alleged_abuser_uri: directory.user_uri(user).into(),
            reason_code: 0,
            note: Vec::new().into(),
            messages,
            abuse_extensions: AppDataDictionary { component_data: Vec::new() },
        };
        self.set_attempt(room, Attempt::Abuse(report));
        Ok(())
    }

    /// Reports that the newest messages of others are so, as far as that is news (STAT-01, STAT-02).
    pub(super) fn report_status(
        &mut self,
        step: &mut Step,
        room: RoomId,
        status: MessageStatus,
    ) -> Result<(), Refusal> {
        if !is_wanted(status, &self.effective(room)?) && !self.config.planted.is(Mutant::SendsAnyKind) {
            return Err(Refusal::NotPermitted);
        }
        let own = self.user();
        let of_others = |entry: &&Entry| entry.author != own && matches!(entry.shows, Shows::Text(_));
        let entries = self.seats[&room].timeline.entries().rev().filter(of_others);
        let report = StatusReport(entries.take(REPORTED_MAX).map(|entry| (entry.id, status)).collect());
        if report.0.is_empty() {
            return Err(Refusal::Pointless);
        }
        self.send_payload(step, room, (&[], &report.encode()), None)
    }

    /// Encrypts the octets as what is sent next.
    fn send_payload(
        &mut self,
        step: &mut Step,
        room: RoomId,
        (aad, payload): (&[u8], &[u8]),
        text: Option<u32>,
    ) -> Result<(), Refusal> {
        // MLS-09: what is pending is committed before anything is said.
        if !self.seats[&room].pending.is_empty() {
            return self.make_commit(step, room, &[], false);
        }
        let entropy = step.entropy.of("mimic encrypt");
        let message = self.engine.encrypt(room, aad, payload, entropy).map_err(Refusal::Engine)?;
        self.note_said(step, room, (&message, payload), text);
        if let Some(seat) = self.seats.get_mut(&room) {
            seat.sent.push((message.clone(), payload.into()));
        }
        self.set_attempt(room, Attempt::Message(message));
        Ok(())
    }

    /// The message that one of this kind is about.
    fn target(&self, room: RoomId, usage: Usage) -> Result<Option<&Entry>, Refusal> {
        let is_about_another = matches!(
            usage,
            Usage::Reply
                | Usage::React
                | Usage::ReplyInTopic
                | Usage::EditReaction
                | Usage::DeleteReaction(_)
                | Usage::EditMessage
                | Usage::DeleteMessage(_)
                | Usage::EditTopic(_)
        );
        let meddles = [Mutant::SendsAnyKind, Mutant::ShowsAnyKind]
            .map(|bug| self.config.planted.is(bug))
            .contains(&true);
        let about = match usage {
            Usage::EditMessage if meddles => Usage::DeleteMessage(Whose::Other),
            usage => usage,
        };
        let found = self.seats[&room].timeline.newest_for(about, self.user());
        if is_about_another && found.is_none() { Err(Refusal::Pointless) } else { Ok(found) }
    }

    /// What a sender says of itself and of the room (proto §5.4.1.1).
    fn claims(&self, room: RoomId) -> Extensions {
        let directory = self.config.directory();
        let lies = self.config.planted.is(Mutant::BelievesTheClaim) && self.id.0.is_multiple_of(2);
        let other = directory.users().find(|user| lies && *user != self.user());
        let sender = directory.user_uri(other.unwrap_or(self.user()));
        Extensions::of(sender.as_str(), directory.room_uri(room).as_str())
    }

    /// Where its user uploads to.
    fn asset_host(&self, room: RoomId) -> String {
        let standing = self.seats[&room].standing();
        standing
            .map(|standing| assets::host(self.config.directory(), standing, self.provider()))
            .unwrap_or_default()
    }

    /// Only a planted bug makes a client careless, and half of them at that.
    pub(super) fn is_careless(&self) -> bool {
        self.config.planted.is(Mutant::ShowsAnyKind) && self.id.0.is_multiple_of(2)
    }
}

/// Whether the room has such reports at all (room-policy §6.1, STAT-03).
pub(super) fn is_wanted(status: MessageStatus, standing: &Standing) -> bool {
    let Some(policy) = &standing.components.status_notification else { return true };
    let optionality = match status {
        MessageStatus::Delivered => policy.delivery_notifications,
        MessageStatus::Read | MessageStatus::Unread => policy.read_receipts,
        _ => return true,
    };
    optionality != Optionality::Forbidden
}

/// room-policy §6.8: what the room says of messages of which nothing else is said.
fn default_expiration(standing: &Standing) -> Option<Expiration> {
    match standing.components.expiration? {
        MessageExpiration::Optional(bounds) | MessageExpiration::Required(bounds) => {
            bounds.default_expiration_duration.map(|seconds| Expiration::AfterReading { seconds })
        }
        MessageExpiration::Forbidden => None,
    }
}
