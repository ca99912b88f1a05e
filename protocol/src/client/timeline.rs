//! What a client has of a room's messages: in the hub's order, with what later ones have made of earlier ones.

use crate::content::{
    Disposition, Expiration, ExternalPart, Fetched, MessageId, MessageStatus, MimiContent, PartContent,
    StatusReport,
};
use crate::durable::Durable;
use crate::ids::UserId;
use crate::mls::Octets;
use crate::policy::{AssetKind, Usage, Whose};
use crate::step::{Step, under};
use crate::wire::submit_message::Frank;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The messages of a room. A reply, an edit and a report find theirs by its ID; whoever has processed the same events has the
/// same messages.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Timeline(Vec<Durable<Entry>>);

/// A message and what has become of it (content §4.6: CONT-24).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Its ID.
    pub id: MessageId,
    /// The user who wrote it, by the credential of the leaf that sent it.
    pub author: UserId,
    /// When the hub accepted it, in milliseconds.
    pub accepted_ms: u64,
    /// Whether it is a reaction to another.
    pub is_reaction: bool,
    /// The version of a message that it refers to.
    pub in_reply_to: Option<MessageId>,
    /// Its topic; empty where there is none.
    pub topic: Vec<u8>,
    /// When it is to be forgotten.
    pub expires: Option<Expiration>,
    /// What stands there now.
    pub shows: Shows,
    /// The IDs of the messages that have changed it, in their order; a message that has is shown as edited (CONT-22).
    pub changes: Vec<MessageId>,
    /// What it takes to report it, where the hub has stamped it: the content as it was sent, and the stamp (PROTO-41).
    pub evidence: Option<(Octets, Frank)>,
    /// The asset that it refers to.
    pub asset: Option<Asset>,
    /// Of an own message: what the others have said of it at last (STAT-02).
    pub statuses: BTreeMap<UserId, MessageStatus>,
}

/// An asset that a message refers to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Asset {
    /// Of which kind it is.
    pub kind: AssetKind,
    /// Where it lies.
    pub url: String,
    /// The hash by which what is fetched there is known, with the number of its algorithm.
    pub hash: (u8, Vec<u8>),
}

/// What stands in the place of a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Shows {
    /// The text with this number.
    Text(u32),
    /// That there was one, and it was taken back. That is final: what is edited later stays away (CONT-18).
    Deleted,
    /// Nothing: its time is over (CONT-09).
    Expired,
}

/// A message that has come, and is well-formed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter<'a> {
    /// Its ID.
    pub id: MessageId,
    /// Who wrote it.
    pub author: UserId,
    /// When the hub accepted it.
    pub accepted_ms: u64,
    /// The number that stands for its text.
    pub text: u32,
    /// The message.
    pub content: &'a MimiContent,
    /// The octets that it was decrypted from, and the hub's stamp on them.
    pub evidence: Option<(&'a [u8], &'a Frank)>,
}

/// What a message does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Effect {
    /// It stands for itself.
    Stands(Usage),
    /// It changes an earlier one, at this place.
    Changes(Usage, usize),
    /// It would change a message that is not there, and does nothing (CONT-21).
    Nothing,
}

impl Timeline {
    /// The messages, in the hub's order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.0.iter().map(|entry| &**entry)
    }

    /// The message that has this ID, or that one with this ID has changed.
    pub fn find(&self, id: &MessageId) -> Option<&Entry> {
        self.place(id).map(|at| &*self.0[at])
    }

    /// The messages that the one with this ID refers to, directly and through others, as far as they are there; at most as
    /// many as there are messages, even if they went round in a circle (CONT-10).
    pub fn ancestors(&self, id: MessageId) -> impl Iterator<Item = &Entry> {
        let referred = move |id: &MessageId| self.find(id).and_then(|entry| entry.in_reply_to);
        let ids = std::iter::successors(referred(&id), referred);
        ids.map_while(|id| self.find(&id)).take(self.0.len())
    }

    /// What the message would do here; none if nobody but the author may do that (content §9.3, CONT-22). What else than the
    /// body the message says of the one that it replaces is not looked at but for the topic, which has capabilities of its own.
    pub(super) fn effect(&self, letter: &Letter<'_>) -> Option<Effect> {
        let Some(replaced) = &letter.content.replaces else {
            return Some(Effect::Stands(super::kinds::kind_of(letter.content)));
        };
        let Some(at) = self.place(replaced) else { return Some(Effect::Nothing) };
        let entry = &*self.0[at];
        let whose = if entry.author == letter.author { Whose::Own } else { Whose::Other };
        let is_null = letter.content.body.content == PartContent::Null;
        let moved = letter.content.topic_id != entry.topic;
        let usage = match (is_null, entry.is_reaction, whose) {
            (true, true, whose) => Usage::DeleteReaction(whose),
            (true, false, whose) => Usage::DeleteMessage(whose),
            (false, false, whose) if moved => Usage::EditTopic(whose),
            (false, true, Whose::Own) => Usage::EditReaction,
            (false, false, Whose::Own) => Usage::EditMessage,
            (false, _, Whose::Other) => return None,
        };
        Some(Effect::Changes(usage, at))
    }

    /// Takes the message in. Gives the number of the message that it has changed, and what stands there now.
    pub(super) fn take_in(&mut self, letter: &Letter<'_>, effect: Effect) -> Option<(u32, Shows)> {
        self.expire(letter.accepted_ms);
        match effect {
            Effect::Nothing => None,
            Effect::Stands(_) => {
                self.0.push(Durable::new(Entry::of(letter)));
                None
            }
            Effect::Changes(usage, at) => {
                let entry = &mut *self.0[at];
                let before = entry.shows;
                entry.changes.push(letter.id);
                let Shows::Text(text) = before else { return None };
                match usage {
                    Usage::DeleteMessage(_) | Usage::DeleteReaction(_) => entry.shows = Shows::Deleted,
                    Usage::EditTopic(_) => entry.topic = letter.content.topic_id.clone(),
                    _ => entry.shows = Shows::Text(letter.text),
                }
                Some((text, entry.shows))
            }
        }
    }

    /// Takes in what a user says of messages: of those of `own`, the later report counts, in the hub's order, unless it makes no
    /// sense after the former (STAT-02). Gives the numbers of the messages that it is about.
    pub(super) fn report(&mut self, reporter: UserId, own: UserId, report: &StatusReport) -> Vec<u32> {
        let mut about = Vec::new();
        for (id, status) in &report.0 {
            let Some(at) = self.place(id).filter(|at| self.0[*at].author == own) else { continue };
            let entry = &mut *self.0[at];
            if entry.statuses.get(&reporter).is_none_or(|before| before.may_become(*status)) {
                entry.statuses.insert(reporter, *status);
                if let Shows::Text(text) = entry.shows {
                    about.push(text);
                }
            }
        }
        about
    }

    /// Whether the message at this place was changed before.
    pub(super) fn is_changed(&self, at: usize) -> bool {
        !self.0[at].changes.is_empty()
    }

    /// Whether the user has said before what has become of the message.
    pub(super) fn is_told(&self, id: &MessageId, reporter: UserId) -> bool {
        self.find(id).is_some_and(|entry| entry.statuses.contains_key(&reporter))
    }

    /// The newest message that a user could do this to.
    pub(super) fn newest_for(&self, usage: Usage, user: UserId) -> Option<&Entry> {
        let fits = |entry: &&Entry| {
            let whose = if entry.author == user { Whose::Own } else { Whose::Other };
            let is_there = matches!(entry.shows, Shows::Text(_));
            is_there
                && match usage {
                    Usage::Reply | Usage::React => !entry.is_reaction,
                    Usage::ReplyInTopic => !entry.is_reaction && !entry.topic.is_empty(),
                    Usage::EditReaction => entry.is_reaction && whose == Whose::Own,
                    Usage::DeleteReaction(of) => entry.is_reaction && whose == of,
                    Usage::EditMessage => !entry.is_reaction && whose == Whose::Own,
                    Usage::DeleteMessage(of) | Usage::EditTopic(of) => !entry.is_reaction && whose == of,
                    _ => false,
                }
        };
        self.entries().rev().find(fits)
    }

    /// Forgets what is to be forgotten by then. Each client does so at the hub's times, and takes a message to be read when it
    /// was accepted, so that all forget the same.
    fn expire(&mut self, now_ms: u64) {
        let is_over = |entry: &Entry| {
            matches!(entry.shows, Shows::Text(_))
                && entry.expires.is_some_and(|expires| expires.is_over(entry.accepted_ms, now_ms))
        };
        for entry in self.0.iter_mut().filter(|entry| is_over(entry)) {
            entry.shows = Shows::Expired;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same messages, for another group of the room to begin with.
    pub(super) fn carried_over(&self) -> Self {
        Self(self.0.iter().map(|entry| Durable::new(Entry::clone(entry))).collect())
    }

    fn place(&self, id: &MessageId) -> Option<usize> {
        self.0.iter().rposition(|entry| entry.id == *id || entry.changes.contains(id))
    }

    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, prefix: &[u8]) -> Self {
        let cells = under(cells, prefix);
        Self(cells.keys().map_while(|key| Durable::recover(&cells, key)).collect())
    }

    pub(super) fn store(&mut self, step: &mut Step, prefix: impl Fn() -> Vec<u8>) {
        for (at, entry) in self.0.iter_mut().enumerate() {
            entry.store(step, || [&prefix()[..], &(at as u32).to_be_bytes()].concat());
        }
    }
}

impl Asset {
    fn of(content: &MimiContent) -> Option<Self> {
        let Usage::Upload(kind) = super::kinds::kind_of(content) else { return None };
        let PartContent::External(part) = &content.body.content else { return None };
        let hash = (part.hash_algorithm, part.content_hash.clone());
        Some(Self { kind, url: part.url.clone(), hash })
    }

    /// What was fetched proves to be this (CONT-17).
    pub(super) fn judge(&self, fetched: &[u8]) -> Fetched {
        let (hash_algorithm, content_hash) = self.hash.clone();
        ExternalPart { hash_algorithm, content_hash, ..ExternalPart::default() }.judge(fetched)
    }
}

impl Entry {
    fn of(letter: &Letter<'_>) -> Self {
        let content = letter.content;
        Self {
            id: letter.id,
            author: letter.author,
            accepted_ms: letter.accepted_ms,
            is_reaction: content.body.disposition == Disposition::Reaction,
            in_reply_to: content.in_reply_to,
            topic: content.topic_id.clone(),
            expires: content.expires,
            shows: Shows::Text(letter.text),
            changes: Vec::new(),
            evidence: letter.evidence.map(|(content, frank)| (content.into(), frank.clone())),
            asset: Asset::of(content),
            statuses: BTreeMap::new(),
        }
    }

    /// The ID of the version that stands there now, which is the one to refer to (content §4.1).
    pub fn version(&self) -> MessageId {
        self.changes.last().copied().unwrap_or(self.id)
    }
}
