//! What a client makes of the messages that it reads, and of its own that come back.

use super::timeline::{Effect, Letter, Shows};
use super::usage::is_wanted;
use super::{Client, Timeline, kinds};
use crate::content::franking::{FrankError, Stamped};
use crate::content::{MimiContent, StatusReport};
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::{Mls, MlsGroup, MlsMember, Octets};
use crate::mutant::Mutant;
use crate::node::{Aside, Fact, MessageId};
use crate::policy::{Usage, may_use};
use crate::stamps;
use crate::step::Step;
use crate::wire::submit_message::Frank;

/// How far ahead of its own clock a client takes the hub's: "a few minutes" (content §9.1, CONT-20).
const AHEAD_MS_MAX: u64 = 5 * 60 * 1_000;
/// How a message container begins: an array of seven, and a salt of 16 octets. No status report begins so. As long as no room
/// has content_media_types, nothing else tells the two apart.
const CONTAINER: [u8; 2] = [0x87, 0x50];

/// What a client has decrypted, or has sent itself.
#[derive(Clone, Copy)]
pub(super) struct Opened<'a> {
    /// The MLS message.
    pub message: &'a Octets,
    /// Who sent it.
    pub sender: ClientId,
    /// What was in it.
    pub payload: &'a [u8],
    /// When the hub accepted it.
    pub accepted_ms: u64,
    /// What came with it in the clear; of an own message that is not asked.
    pub aad: &'a [u8],
    /// The hub's stamp, if there is one.
    pub frank: Option<&'a Frank>,
}

impl<M: Mls> Client<M> {
    /// Takes the message in, if it makes sense and its sender's role covers its kind; else it is as if there were none. The state
    /// is the committed one of the message's epoch, which is the same for all who get it (ARCH-27, INV-34).
    pub(super) fn said(&mut self, step: &mut Step, room: RoomId, opened: Opened<'_>) {
        let message = MessageId::of(opened.message);
        let sender = opened.sender;
        let taken = if let Err(error) = self.check_stamp(room, opened) {
            Err(Aside::BadStamp(error))
        } else if opened.payload.starts_with(&CONTAINER) {
            self.read_content(step, room, opened)
        } else {
            self.read_report(step, room, opened)
        };
        if let Err(reason) = taken {
            step.observe(Fact::PutAside { room, message, sender, reason });
        }
    }

    /// proto §5.4.1.3, PROTO-41: of the sender, not of what came without a stamp.
    fn check_stamp(&self, room: RoomId, opened: Opened<'_>) -> Result<(), FrankError> {
        let Opened { sender, payload: application_data, aad, frank: Some(frank), .. } = opened else {
            return Ok(());
        };
        let standing = self.seats.get(&room).and_then(|seat| seat.standing());
        if sender == self.id || self.config.planted.is(Mutant::TakesAnyStamp) {
            return Ok(());
        }
        let Some(standing) = standing else { return Err(FrankError::NoAgent) };
        let stamped = Stamped { application_data, aad, frank, accepted_timestamp_ms: opened.accepted_ms };
        stamps::check::<M>(&self.config, (room, standing), self.config.directory().user_of(sender), stamped)
    }

    fn read_content(&mut self, step: &mut Step, room: RoomId, opened: Opened<'_>) -> Result<(), Aside> {
        let Opened { payload, accepted_ms, .. } = opened;
        let content = MimiContent::decode(payload).map_err(Aside::Malformed)?;
        let sender = self.author(room, opened.sender, &content)?;
        let directory = self.config.directory();
        let author = directory.user_of(sender);
        let id = content.id(directory.user_uri(author), directory.room_uri(room), payload);
        let text = kinds::number(&content);
        let evidence = opened.frank.map(|frank| (payload, frank));
        let letter = Letter { id, author, accepted_ms, text, content: &content, evidence };
        let effect = self.judge(step, room, &letter)?;
        let message = MessageId::of(opened.message);
        let (usage, known) = match effect {
            Effect::Stands(usage) | Effect::Changes(usage, _) => (usage, true),
            Effect::Nothing => (Usage::Send, false),
        };
        if !self.covers(room, author, usage) {
            step.observe(Fact::Discarded { room, message, sender, usage });
            return Ok(());
        }
        let epoch = self.engine.group(room).map_or(0, MlsGroup::epoch);
        let changed = self.seats.entry(room).or_default().timeline.take_in(&letter, effect);
        // Its own it has not read, and what changes nothing here has no effect that could be told of.
        if sender != self.id && known {
            step.observe(Fact::Applied { room, message, epoch, text: Some((sender, text)) });
        }
        if let Some((text, shows)) = changed {
            let shows = if let Shows::Text(text) = shows { Some(text) } else { None };
            step.observe(Fact::Changed { room, message, text, shows });
        }
        Ok(())
    }

    fn read_report(&mut self, step: &mut Step, room: RoomId, opened: Opened<'_>) -> Result<(), Aside> {
        let report = StatusReport::decode(opened.payload).map_err(Aside::Malformed)?;
        let own = self.user();
        let reporter = self.config.directory().user_of(opened.sender);
        let standing = self.seats.get(&room).and_then(|seat| seat.standing());
        if !standing.is_some_and(|standing| report.0.iter().all(|(_, status)| is_wanted(*status, standing))) {
            return Err(Aside::UnwantedReport);
        }
        let counted = self.first_reports(room, reporter, report.clone());
        let about = self.seats.entry(room).or_default().timeline.report(reporter, own, &counted);
        if let (false, Some((_, status))) = (about.is_empty(), report.0.first()) {
            let (message, status) = (MessageId::of(opened.message), *status);
            step.observe(Fact::Reported { room, message, reporter, status, about });
        }
        Ok(())
    }

    /// What of a report counts: all of it, but for the planted bug that keeps what was said first.
    fn first_reports(&self, room: RoomId, reporter: UserId, mut report: StatusReport) -> StatusReport {
        if self.config.planted.is(Mutant::FirstReportCounts) {
            let timeline = self.seats.get(&room).map(|seat| seat.timeline());
            let is_told = |id: &_| timeline.is_some_and(|timeline| timeline.is_told(id, reporter));
            report.0.retain(|(id, _)| !is_told(id));
        }
        report
    }

    /// Who wrote it: the user of the leaf, whom the content must name if it names anybody (INV-21).
    fn author(&self, room: RoomId, sender: ClientId, content: &MimiContent) -> Result<ClientId, Aside> {
        let directory = self.config.directory();
        let (claimed, user) = (content.extensions.sender_uri(), directory.user_of(sender));
        if self.config.planted.is(Mutant::BelievesTheClaim) {
            let claimed = claimed.and_then(|uri| directory.resolve_user(uri.as_bytes())).unwrap_or(user);
            return Ok(directory.clients_of(claimed).next().filter(|_| claimed != user).unwrap_or(sender));
        }
        if claimed.is_some_and(|uri| uri != directory.user_uri(user).as_str()) {
            return Err(Aside::WrongSender);
        }
        if content.extensions.room_uri().is_some_and(|uri| uri != directory.room_uri(room).as_str()) {
            return Err(Aside::WrongRoom);
        }
        Ok(sender)
    }

    /// content §9.1, §9.3: what makes no sense, and what nobody is allowed (CONT-20, CONT-22).
    fn judge(&self, step: &Step, room: RoomId, letter: &Letter<'_>) -> Result<Effect, Aside> {
        if letter.accepted_ms > step.now_ms + AHEAD_MS_MAX {
            return Err(Aside::FromTheFuture);
        }
        if letter.content.expires.is_some_and(|expires| !expires.makes_sense(letter.accepted_ms)) {
            return Err(Aside::FarExpiration);
        }
        let none = Timeline::default();
        let timeline = self.seats.get(&room).map_or(&none, |seat| seat.timeline());
        if timeline.find(&letter.id).is_some() {
            return Err(Aside::DuplicateId);
        }
        if timeline.ancestors(letter.id).any(|entry| entry.id == letter.id) {
            return Err(Aside::ReplyLoop);
        }
        match timeline.effect(letter) {
            Some(effect) if self.is_deaf_to(effect, timeline) => Ok(Effect::Nothing),
            Some(effect) => Ok(effect),
            None if self.is_careless() => Ok(Effect::Stands(Usage::Send)),
            None => Err(Aside::NotTheAuthor),
        }
    }

    /// Whether a planted bug lets a change of a message go by.
    fn is_deaf_to(&self, effect: Effect, timeline: &Timeline) -> bool {
        let planted = self.config.planted;
        match effect {
            Effect::Changes(Usage::DeleteMessage(_) | Usage::DeleteReaction(_), _) => {
                planted.is(Mutant::ShowsTheDeleted)
            }
            Effect::Changes(_, at) => planted.is(Mutant::FirstEditStands) && timeline.is_changed(at),
            Effect::Stands(_) | Effect::Nothing => false,
        }
    }

    /// Whether the author's role covers the kind. Whether it may be sent at all has been the hub's to judge (POL-40).
    fn covers(&self, room: RoomId, author: UserId, usage: Usage) -> bool {
        let standing = self.seats.get(&room).and_then(|seat| seat.standing());
        usage == Usage::Send
            || standing.is_some_and(|standing| may_use(standing, author, usage).is_ok())
            || self.is_careless()
    }
}
