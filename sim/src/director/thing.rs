//! What a story can speak of: messages and timers, by what they are for and between whom.

use super::names::Names;
use super::words::{Misread, Words};
use crate::packet::{Leg, PacketKey};
use mimic_protocol::node::{Call, Timer};
use mimic_protocol::{Directory, NodeId};
use std::fmt;

/// Messages or timers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thing {
    /// Messages.
    Message(MessageName),
    /// Timers.
    Timer(TimerName),
}

/// The messages that this says nothing against.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MessageName {
    /// Questions or answers; both if it is not said.
    pub leg: Option<Leg>,
    /// What for.
    pub kind: Option<Kind>,
    /// Who asked first.
    pub of: Option<NodeId>,
    /// Where it departs.
    pub from: Option<NodeId>,
    /// Where it arrives.
    pub to: Option<NodeId>,
    /// Which copy.
    pub copy: Option<u32>,
    /// Whether who asked first still waits for it, or for the answer to it.
    pub awaited: Option<bool>,
}

/// The timers that this says nothing against.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TimerName {
    /// What for.
    pub kind: TimerKind,
    /// Whose.
    pub of: Option<NodeId>,
    /// Of a fan-out or a delivery: to whom.
    pub to: Option<NodeId>,
}

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$about:meta])* $kind:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $($(#[$about])* $kind,)*
        }

        impl $name {
            /// All words.
            pub const WORDS: &'static [&'static str] = &[$($word),*];

            fn find(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$kind),)*
                    _ => None,
                }
            }

            fn word(self) -> &'static str {
                match self {
                    $(Self::$kind => $word,)*
                }
            }
        }
    };
}

kinds!(
    /// What a message is for.
    Kind {
        /// A client publishes key packages at its provider.
        Publish = "publish",
        /// A client hands a new room to its hub.
        Open = "open",
        /// `/keyMaterial`
        KeyMaterial = "key-material",
        /// `/update`
        Update = "update",
        /// `/submitMessage`
        Submit = "submit",
        /// `/groupInfo`
        GroupInfo = "group-info",
        /// `/requestConsent` and `/updateConsent`
        Consent = "consent",
        /// `/.well-known/mimi-protocol-directory`
        Directory = "directory",
        /// `/identifierQuery`
        Search = "search",
        /// `/proxyDownload`, and the asset itself
        Download = "download",
        /// Oblivious HTTP, and the asset itself
        Ohttp = "ohttp",
        /// The key configuration of a gateway
        OhttpKeys = "ohttp-keys",
        /// A ratchet tree on the web
        Tree = "tree",
        /// `/reportAbuse`
        ReportAbuse = "abuse-report",
        /// `/notify`
        Notify = "notify",
        /// A provider hands the room's next event to a client of its own.
        News = "news",
    }
);

kinds!(
    /// What a timer is for.
    TimerKind {
        /// A client sets out to commit what is pending.
        Commit = "commit",
        /// A client takes up its intent again.
        Retry = "retry",
        /// A client publishes key packages again.
        Publish = "publish",
        /// A hub fans out again.
        Notify = "notify",
        /// A provider delivers again.
        News = "news",
    }
);

impl Thing {
    pub(super) fn read(words: &mut Words<'_>, names: &Names<'_>) -> Result<Self, Misread> {
        let mut ahead = words.clone();
        let kind = ahead.peek().and_then(TimerKind::find);
        let is_timer = kind.is_some() && ahead.take("").is_ok() && ahead.accept("timer");
        let Some(kind) = kind.filter(|_| is_timer) else {
            return MessageName::read(words, names).map(Thing::Message);
        };
        *words = ahead;
        TimerName::read(kind, words, names).map(Thing::Timer)
    }
}

impl TimerName {
    fn read(kind: TimerKind, words: &mut Words<'_>, names: &Names<'_>) -> Result<Self, Misread> {
        let of = if words.accept("of") { Some(names.node(words)?) } else { None };
        let to = if words.accept("to") { Some(names.node(words)?) } else { None };
        Ok(Self { kind, of, to })
    }

    /// A timer where one has to be named.
    pub(super) fn read_one(words: &mut Words<'_>, names: &Names<'_>) -> Result<Self, Misread> {
        let kind = words.take_as("a kind of timer", TimerKind::WORDS, TimerKind::find)?;
        words.expect("timer")?;
        Self::read(kind, words, names)
    }

    /// Whether it means this timer of this node.
    pub fn means(&self, node: NodeId, timer: Timer) -> bool {
        let Self { kind, of, to } = Self::of(node, timer);
        self.kind == kind
            && self.of.is_none_or(|node| Some(node) == of)
            && (self.to.is_none() || self.to == to)
    }

    /// The name of this timer.
    pub fn of(node: NodeId, timer: Timer) -> Self {
        let (kind, to) = match timer {
            Timer::CommitPending(_) => (TimerKind::Commit, None),
            Timer::Retry(_) => (TimerKind::Retry, None),
            Timer::Publish => (TimerKind::Publish, None),
            Timer::Notify(_, follower) => (TimerKind::Notify, Some(follower.into())),
            Timer::Deliver(client) => (TimerKind::News, Some(client.into())),
        };
        Self { kind, of: Some(node), to }
    }

    pub(super) fn show(&self, names: &Names<'_>) -> String {
        let node = |word: &str, node: Option<NodeId>| {
            node.map_or(String::new(), |node| format!(" {word} {}", names.of_node(node)))
        };
        format!("{} timer{}{}", self.kind.word(), node("of", self.of), node("to", self.to))
    }
}

impl MessageName {
    pub(super) fn read(words: &mut Words<'_>, names: &Names<'_>) -> Result<Self, Misread> {
        let awaited =
            if words.accept("awaited") { Some(true) } else { words.accept("late").then_some(false) };
        let mut name = Self { awaited, ..Self::default() };
        if !words.accept("everything") {
            let answer = words.accept_all(&["answer", "to"]);
            name.leg = Some(if answer { Leg::Response } else { Leg::Request });
            let known: Vec<&str> = Kind::WORDS.iter().copied().chain(["answer to", "everything"]).collect();
            name.kind = Some(words.take_as("a kind of message", &known, Kind::find)?);
        }
        loop {
            if words.accept("of") {
                name.of = Some(names.node(words)?);
            } else if words.accept("from") {
                name.from = Some(names.node(words)?);
            } else if words.accept("to") {
                name.to = Some(names.node(words)?);
            } else if words.accept("copy") {
                name.copy = Some(words.number("the number of a copy")?);
            } else {
                return Ok(name);
            }
        }
    }

    /// Whether it means a question for this, or an answer to one.
    pub(super) fn is_for(&self, call: Call) -> bool {
        self.kind.is_none_or(|kind| kind == Kind::of(call))
    }

    /// Whether it means this message on this hop.
    pub fn means(&self, key: &PacketKey, copy: u32) -> bool {
        self.means_but_for_to(key, copy) && self.to.is_none_or(|to| to == key.link.to)
    }

    /// Whether it means this message, wherever that is going.
    pub(super) fn means_but_for_to(&self, key: &PacketKey, copy: u32) -> bool {
        self.leg.is_none_or(|leg| leg == key.leg)
            && self.kind.is_none_or(|kind| kind == Kind::of(key.exchange.call))
            && self.of.is_none_or(|of| of == key.exchange.origin)
            && self.from.is_none_or(|from| from == key.link.from)
            && self.copy.is_none_or(|wanted| wanted == copy)
    }

    /// The name of this message.
    pub fn of(key: &PacketKey, copy: u32) -> Self {
        Self {
            leg: Some(key.leg),
            kind: Some(Kind::of(key.exchange.call)),
            of: Some(key.exchange.origin),
            from: Some(key.link.from),
            to: Some(key.link.to),
            copy: (copy > 0).then_some(copy),
            awaited: None,
        }
    }

    pub(super) fn show(&self, names: &Names<'_>) -> String {
        let answer = if self.leg == Some(Leg::Response) { "answer to " } else { "" };
        let awaited = self.awaited.map_or("", |awaited| if awaited { "awaited " } else { "late " });
        let mut text = format!("{awaited}{answer}{}", self.kind.map_or("everything", Kind::word));
        let of = self.of.filter(|of| self.from != Some(*of) && self.to != Some(*of));
        for (word, node) in [("of", of), ("from", self.from), ("to", self.to)] {
            text.extend(node.map(|node| format!(" {word} {}", names.of_node(node))));
        }
        text.extend(self.copy.map(|copy| format!(" copy {copy}")));
        text
    }
}

impl Kind {
    /// What a call's messages are for.
    pub fn of(call: Call) -> Self {
        match call {
            Call::Publish => Kind::Publish,
            Call::Open(_) => Kind::Open,
            Call::KeyMaterial(..) => Kind::KeyMaterial,
            Call::Update(_) => Kind::Update,
            Call::Submit(_) => Kind::Submit,
            Call::GroupInfo(_) => Kind::GroupInfo,
            Call::ReportAbuse(_) => Kind::ReportAbuse,
            Call::Consent(..) => Kind::Consent,
            Call::Search(..) => Kind::Search,
            Call::Download(_) => Kind::Download,
            Call::Oblivious(_) => Kind::Ohttp,
            Call::OhttpKeys(_) => Kind::OhttpKeys,
            Call::Tree(_) => Kind::Tree,
            Call::Directory(_) => Kind::Directory,
            Call::Notify(..) => Kind::Notify,
            Call::Deliver(_) => Kind::News,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The nodes that a message passes on its whole way, its first sender and its last receiver included.
pub(super) fn way(key: &PacketKey, directory: &Directory) -> Vec<NodeId> {
    let origin = key.exchange.origin;
    let home = match origin {
        NodeId::Client(client) => directory.provider_of_client(client).into(),
        provider => provider,
    };
    let mut way = match key.exchange.call {
        Call::Publish => vec![origin, home],
        Call::Open(room)
        | Call::Update(room)
        | Call::Submit(room)
        | Call::GroupInfo(room)
        | Call::Download(room)
        | Call::Oblivious(room)
        | Call::OhttpKeys(room)
        | Call::Tree(room)
        | Call::ReportAbuse(room) => {
            vec![origin, home, directory.hub_of(room).into()]
        }
        Call::Consent(_, other) => vec![origin, home, directory.provider_of(other).into()],
        Call::KeyMaterial(room, user) => {
            vec![origin, home, directory.hub_of(room).into(), directory.provider_of(user).into()]
        }
        Call::Search(_, peer) => vec![origin, home, peer.into()],
        Call::Directory(peer) => vec![origin, peer.into()],
        Call::Notify(_, follower) => vec![origin, follower.into()],
        Call::Deliver(client) => vec![origin, client.into()],
    };
    way.dedup();
    if key.leg == Leg::Response {
        way.reverse();
    }
    way
}
