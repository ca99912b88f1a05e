//! What must have happened somewhere in a scope, so that no property holds for want of anything to look at.

use super::effect::Happened;
use crate::report::CheckError;
use mimic_protocol::NodeId;
use mimic_protocol::mls::Sender;
use mimic_protocol::node::{Accepted, Action, Deed, Fact, Intent, Refusal, Rejection};
use mimic_record::Event;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! witnesses {
    ($($name:ident = $text:literal,)*) => {
        /// Something that can happen in a room.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub(crate) enum Witness {
            $($name,)*
        }

        impl Witness {
            /// All of them.
            pub const ALL: &[Witness] = &[$(Witness::$name,)*];

            /// What happened, in words.
            pub fn text(self) -> &'static str {
                match self {
                    $(Witness::$name => $text,)*
                }
            }
        }
    };
}

witnesses! {
    WantsAdd = "a user wants to add another",
    WantsRemove = "a user wants to remove another",
    WantsBan = "a user wants to ban another",
    WantsKick = "a user wants another's devices out",
    WantsRole = "a user wants to change a role",
    WantsLeave = "a user wants to leave",
    WantsDevice = "a user wants to join with a new device",
    WantsKeys = "a user wants fresh keys",
    WantsSend = "a user wants to say something",
    WantsJoin = "a user wants to join by itself",
    WantsPolicy = "a user wants another policy",
    WantsEnforcement = "an operator wants a user out",
    Request = "a request is handled",
    Response = "an answer is handled",
    Failed = "an exchange fails",
    Wake = "a timer is due",
    Restart = "the hub restarts",
    Commit = "the hub accepts a member's commit",
    Join = "the hub accepts an external commit",
    Proposals = "the hub accepts proposals",
    ServersProposals = "the hub accepts a server's proposals",
    Reissued = "the hub accepts its own proposals anew, with the external commit that has voided them",
    StateEvent = "the hub accepts a state event",
    Message = "the hub accepts a message",
    FannedOut = "the hub fans out",
    Notified = "a follower processes a notify",
    Queued = "a provider queues an event for a client",
    Joined = "a client joins",
    Applied = "a client applies a commit",
    Read = "a client reads a message",
    Left = "a client is out",
    Unprocessable = "a client cannot process an event",
    Done = "an intent is done",
    WrongEpoch = "rejected: wrong epoch",
    InvalidMls = "rejected: not valid MLS",
    Blocked = "rejected: the sender is blocked",
    Omission = "rejected: a pending proposal is left out",
    Denied = "rejected: the policy forbids it",
    InvalidAfter = "rejected: the state after it would be invalid",
    NoRoute = "rejected: a Welcome without a route",
    NoGroupInfo = "rejected: no GroupInfo for the requester, or no leave to send",
    OtherRejection = "rejected: for another reason",
    Pointless = "refused: pointless",
    NotPermitted = "refused: the client knows that it may not",
    NotAllowed = "refused: the hub says no",
    NoKeyMaterial = "refused: no key packages",
    NotAuthorized = "refused: no GroupInfo",
    Engine = "refused: the MLS engine cannot",
    RaceOfCommits = "race: two commits for one epoch are on their way to the hub",
    RaceOfAddAndRemove = "race: an add and a removal are on their way to the hub",
    RaceOfLeaveAndCommit = "race: a leave and a commit for its epoch are on their way to the hub",
    RaceOfDeviceAndBan = "race: a new device's join and its user's ban are on their way to the hub",
    RaceOfJoinAndBan = "race: a user's own join and its ban are on their way to the hub",
    RaceOfStateAndCommit = "race: a state event and a commit are on their way to the hub",
    Overtaking = "fault: of two packets on one link either comes first",
    LostRequest = "fault: a request is lost",
    LostResponse = "fault: an answer is lost",
    Doubled = "fault: a request is doubled",
    Late = "fault: a request is overtaken by its timeout",
    CrashBeforeDurable = "fault: the hub crashes before its record is durable",
    CrashAfterDurable = "fault: the hub crashes before its answer leaves",
    CrashBetweenSteps = "fault: the hub crashes between two steps",
    Forked = "byzantine: the hub shows another face to one of those it speaks with",
    Withheld = "byzantine: an event is withheld",
    RolledBack = "byzantine: the hub is rolled back",
    Replayed = "byzantine: an event is replayed",
}

impl Witness {
    /// The one that is called so, or whose name alone has this in it.
    pub fn named(name: &str) -> Result<Self, CheckError> {
        let with = |is_it: &dyn Fn(&str) -> bool| -> Vec<Self> {
            Self::ALL.iter().copied().filter(|witness| is_it(witness.text())).collect()
        };
        let (same, part) = (with(&|text| text == name), with(&|text| text.contains(name)));
        match (&same[..], &part[..]) {
            ([witness], _) | ([], [witness]) => Ok(*witness),
            (_, close) => {
                let known = if close.is_empty() { Self::ALL } else { close };
                let known = known.iter().map(|witness| witness.text().to_owned()).collect();
                Err(CheckError::NoSuchWitness { name: name.to_owned(), known })
            }
        }
    }
}

/// A set of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub(crate) struct Witnesses([u64; WORDS]);

/// So many words hold a bit for each.
const WORDS: usize = Witness::ALL.len().div_ceil(64);

impl super::Room {
    /// What must be seen in the scope.
    pub fn must_see(&self) -> impl Iterator<Item = Witness> {
        self.scope.must_see.iter().copied()
    }
}

/// A set of them that many threads add to.
#[derive(Debug, Default)]
pub(super) struct Seen([AtomicU64; WORDS]);

impl Seen {
    /// What is in it.
    pub fn witnesses(&self) -> Witnesses {
        Witnesses(std::array::from_fn(|n| self.0[n].load(Ordering::Relaxed)))
    }

    /// Adds what is new of these.
    pub fn note(&self, witnesses: Witnesses) {
        for (seen, new) in self.0.iter().zip(witnesses.0) {
            if new & !seen.load(Ordering::Relaxed) != 0 {
                seen.fetch_or(new, Ordering::Relaxed);
            }
        }
    }
}

impl Witnesses {
    /// With this one.
    pub fn with(self, witness: Witness) -> Self {
        self.and(Self::one(witness))
    }

    /// With all of those.
    pub fn and(self, others: Witnesses) -> Self {
        Self(std::array::from_fn(|n| self.0[n] | others.0[n]))
    }

    /// Whether all of those are among them.
    pub fn have(self, others: Witnesses) -> bool {
        self.and(others) == self
    }

    /// Whether this one is among them.
    pub fn has(self, witness: Witness) -> bool {
        self.have(Self::one(witness))
    }

    /// A bit for each of them.
    pub fn bits(self) -> u128 {
        (0..).zip(self.0).map(|(n, word)| u128::from(word) << (64 * n)).sum()
    }

    fn one(witness: Witness) -> Self {
        let (word, bit) = (witness as usize / 64, witness as usize % 64);
        Self(std::array::from_fn(|n| u64::from(n == word) << bit))
    }

    /// What these steps are witnesses of.
    pub fn of(happened: &[Happened]) -> Self {
        let events = happened.iter().filter_map(|happened| match happened.node {
            NodeId::Provider(_) if matches!(happened.event, Event::Intent(_)) => {
                Some(Witness::WantsEnforcement)
            }
            _ => of_event(happened.event),
        });
        let anew = happened.iter().filter(|happened| is_anew(&happened.facts)).map(|_| Witness::Reissued);
        let facts = happened.iter().flat_map(|happened| &happened.facts).filter_map(of_fact);
        events.chain(facts).chain(anew).fold(Self::default(), Self::with)
    }
}

/// Whether an external commit and proposals of a server are accepted in one step.
fn is_anew(facts: &[Fact]) -> bool {
    let sees = |witness| facts.iter().any(|fact| of_fact(fact) == Some(witness));
    sees(Witness::Join) && sees(Witness::ServersProposals)
}

fn of_event(event: Event) -> Option<Witness> {
    Some(match event {
        Event::Intent(Intent { action, .. }) => match action {
            Action::Add(..) => Witness::WantsAdd,
            Action::Remove(_) => Witness::WantsRemove,
            Action::Ban(_) => Witness::WantsBan,
            Action::ChangeRole(..) => Witness::WantsRole,
            Action::Leave => Witness::WantsLeave,
            Action::JoinOwnDevice => Witness::WantsDevice,
            Action::UpdateKeys | Action::ChangeKey => Witness::WantsKeys,
            Action::Send(_) => Witness::WantsSend,
            Action::Join(..) => Witness::WantsJoin,
            Action::Do(Deed::ChangePolicy(_)) => Witness::WantsPolicy,
            Action::Do(Deed::Kick(_)) => Witness::WantsKick,
            Action::Create
            | Action::Rejoin
            | Action::Use(..)
            | Action::Report(_)
            | Action::ReportAbuse(_)
            | Action::Consent(..)
            | Action::Search(_)
            | Action::Do(_)
            | Action::Propose(_)
            | Action::Delete(_) => return None,
        },
        Event::Request(_) => Witness::Request,
        Event::Response(_) => Witness::Response,
        Event::Failed(_) => Witness::Failed,
        Event::Wake(_) => Witness::Wake,
        Event::Restart => Witness::Restart,
        Event::Start | Event::Crash => return None,
    })
}

fn of_fact(fact: &Fact) -> Option<Witness> {
    Some(match fact {
        Fact::Accepted { event: Accepted::Commit { sender: Sender::Joiner(_), .. }, .. } => Witness::Join,
        Fact::Accepted { event: Accepted::Commit { .. }, .. } => Witness::Commit,
        Fact::Accepted { event: Accepted::Proposals { proposals, .. }, .. } => {
            let by_server = proposals.iter().any(|p| matches!(p.sender, Sender::External(_)));
            if by_server { Witness::ServersProposals } else { Witness::Proposals }
        }
        Fact::Accepted { event: Accepted::State { .. }, .. } => Witness::StateEvent,
        Fact::Accepted { event: Accepted::Message { .. }, .. } => Witness::Message,
        Fact::Rejected { reason, .. } => of_rejection(*reason),
        Fact::FannedOut { .. } => Witness::FannedOut,
        Fact::Notified { .. } => Witness::Notified,
        Fact::Queued { .. } => Witness::Queued,
        Fact::Joined { .. } => Witness::Joined,
        Fact::Applied { text: None, .. } => Witness::Applied,
        Fact::Applied { .. } => Witness::Read,
        Fact::Left { .. } => Witness::Left,
        Fact::Unprocessable { .. } => Witness::Unprocessable,
        Fact::Done { .. } => Witness::Done,
        Fact::Refused { reason, .. } => of_refusal(*reason),
        Fact::Opened { .. }
        | Fact::HandedOut { .. }
        | Fact::KeyPackageUsed { .. }
        | Fact::Objected { .. }
        | Fact::GroupInfoGiven { .. }
        | Fact::GroupInfoUseless { .. }
        | Fact::TreeFetched { .. }
        | Fact::GroupInfoRebuilt { .. }
        | Fact::LinkShown { .. }
        | Fact::Discarded { .. }
        | Fact::PutAside { .. }
        | Fact::Changed { .. }
        | Fact::Reported { .. }
        | Fact::AbuseJudged { .. }
        | Fact::Withheld { .. }
        | Fact::ConsentGiven { .. }
        | Fact::ConsentTold { .. }
        | Fact::Searched { .. }
        | Fact::Discovered { .. }
        | Fact::Found { .. }
        | Fact::TurnedAway { .. }
        | Fact::AssetServed { .. }
        | Fact::Fetched { .. }
        | Fact::Recognised { .. }
        | Fact::Kept { .. }
        | Fact::Learnt(_)
        | Fact::KeyChanged { .. }
        | Fact::Vouched { .. }
        | Fact::CameFrom { .. }
        | Fact::Said { .. } => return None,
    })
}

fn of_rejection(reason: Rejection) -> Witness {
    match reason {
        Rejection::WrongEpoch | Rejection::WrongSequence => Witness::WrongEpoch,
        Rejection::Mls(_) => Witness::InvalidMls,
        Rejection::Blocked => Witness::Blocked,
        Rejection::Omission => Witness::Omission,
        Rejection::Denied => Witness::Denied,
        Rejection::InvalidAfter => Witness::InvalidAfter,
        Rejection::NoRoute => Witness::NoRoute,
        Rejection::NotAuthorized => Witness::NoGroupInfo,
        Rejection::NoSuchRoom
        | Rejection::BadGroupInfo
        | Rejection::BadSignature
        | Rejection::OutOfLifetime
        | Rejection::OutOfEnvelope => Witness::OtherRejection,
    }
}

fn of_refusal(reason: Refusal) -> Witness {
    match reason {
        // The second with hub-log alone, which no model has.
        Refusal::Pointless | Refusal::NotOneEvent => Witness::Pointless,
        Refusal::NotPermitted => Witness::NotPermitted,
        Refusal::NotAllowed => Witness::NotAllowed,
        // No model has a provider that asks for consent.
        Refusal::NoKeyMaterial | Refusal::NoConsent => Witness::NoKeyMaterial,
        Refusal::NotAuthorized => Witness::NotAuthorized,
        // No model has a room with a component that is not known, or a client that is outdated.
        Refusal::UnknownComponent | Refusal::Incapable | Refusal::Engine(_) => Witness::Engine,
    }
}
