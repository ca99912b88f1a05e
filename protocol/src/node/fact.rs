//! What nodes observe of themselves: the raw material of traces and checks.

use super::intent::IntentId;
use super::message::{Consent, ConsentScope, MessageId, UserStatus};
use crate::content::franking::FrankError;
use crate::content::{ContentError, MessageStatus};
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::ledger::Lesson;
use crate::mls::{KeyPackageRef, Lifetime, MlsError, Octets, ProposalInfo, ProposalRef, Sender};
use crate::policy::Usage;
use crate::profile::Term;
use crate::room::{Log, Sequences};
use crate::wire::identifier_query::IdentifierQueryCode;
use serde::{Deserialize, Serialize};

/// Something that happened at a node in a step.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Fact {
    /// A hub opened a room.
    Opened {
        /// The room.
        room: RoomId,
    },
    /// A hub accepted an event: it has a place in the room's order.
    Accepted {
        /// The room.
        room: RoomId,
        /// Its place in the hub's order, counted from 0.
        position: u64,
        /// The hub's timestamp.
        accepted_ms: u64,
        /// Which message (the first of a batch).
        message: MessageId,
        /// What it is.
        event: Accepted,
    },
    /// Whoever joins by the commit that the hub accepts next had shown it this join link before.
    LinkShown {
        /// The room.
        room: RoomId,
        /// Who joins.
        client: ClientId,
        /// The link.
        link: Octets,
    },
    /// A hub rejected a request.
    Rejected {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// Why.
        reason: Rejection,
    },
    /// A provider (hub or follower) queued an event for a client of its own.
    Queued {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// For whom.
        client: ClientId,
    },
    /// A hub put an event into a follower's outbox.
    FannedOut {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// To whom.
        follower: ProviderId,
    },
    /// A follower processed a notify for the first time.
    Notified {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
    },
    /// A provider handed out a key package of a client of its own (PROTO-20, PROTO-25).
    HandedOut {
        /// To whom, and for which room.
        to: (UserId, RoomId),
        /// Whether the provider goes by consent (proto §5.7).
        by_consent: bool,
        /// Whose.
        client: ClientId,
        /// Which.
        key_package: KeyPackageRef,
        /// Whether it is kept as one of last resort, to be handed out again (MLS-15, OPEN-10).
        of_last_resort: bool,
        /// How many others of the client are left, those of last resort not among them.
        others: usize,
        /// When it may be used, and the time by the provider's clock, in seconds.
        lifetime: (Lifetime, u64),
    },
    /// A client made a commit that adds another one with this key package.
    KeyPackageUsed {
        /// The room.
        room: RoomId,
        /// Which.
        key_package: KeyPackageRef,
        /// When it may be used, and the time by the committer's clock, in seconds.
        lifetime: (Lifetime, u64),
    },
    /// A provider did not hand out key packages of a user of its own, for want of consent (proto §5.2, PROTO-26).
    Withheld {
        /// Who asked, and for which room.
        from: (UserId, RoomId),
        /// Whose key packages.
        target: UserId,
        /// What it answered.
        status: UserStatus,
    },
    /// The provider of a user has taken down what that says of its consent.
    ConsentGiven {
        /// Of whom, to whom, for which room.
        scope: ConsentScope,
        /// Whether it was granted; else revoked.
        granted: bool,
    },
    /// A provider has taken down what another one has told it about consent, or one of its own users.
    ConsentTold {
        /// What.
        consent: Consent,
        /// Of whom, to whom, for which room.
        scope: ConsentScope,
    },
    /// A provider has answered who somebody is (proto §5.8).
    Searched {
        /// The provider, or the own client, that asked.
        from: NodeId,
        /// What had to match.
        query: Vec<Term>,
        /// How it ended.
        code: IdentifierQueryCode,
        /// Who was found.
        found: Vec<UserId>,
    },
    /// A provider has learnt where the endpoints of another are (proto §5.1).
    Discovered {
        /// The other.
        peer: ProviderId,
        /// Whether that is where this world takes them to be.
        is_as_known: bool,
    },
    /// A client has learnt who somebody is.
    Found {
        /// For which intent.
        intent: IntentId,
        /// How the query ended.
        code: IdentifierQueryCode,
        /// Who was found.
        users: Vec<UserId>,
    },
    /// A follower is too busy to take a notify (proto §5.5, PROTO-53).
    TurnedAway {
        /// The room.
        room: RoomId,
        /// Which message (the first of a batch).
        message: MessageId,
        /// In how many seconds the hub is to ask again.
        retry_after_s: u32,
    },
    /// A provider has served an asset (proto §5.10).
    AssetServed {
        /// Whom it was seen by to ask for it.
        to: NodeId,
    },
    /// A client has fetched an asset.
    Fetched {
        /// The room.
        room: RoomId,
        /// Whether it is what the message with its URL says (CONT-17).
        is_genuine: bool,
    },
    /// A participant has looked at who is behind a pseudonym that is new in the group (proto §6.1).
    Recognised {
        /// The room.
        room: RoomId,
        /// The client with the pseudonym.
        pseudonym: ClientId,
        /// The client that it is; none if its credential does not show it.
        client: Option<ClientId>,
    },
    /// A provider has learnt something of a user, from what came to it in this step (INV-24). It says so each time.
    Learnt(Lesson),
    /// A hub handed out what it takes to join or to know the group.
    GroupInfoGiven {
        /// The room.
        room: RoomId,
        /// The epoch that the GroupInfo is of.
        epoch: u64,
        /// A short digest of its GroupContext.
        context: u64,
        /// How many pending proposals came with it.
        pending: usize,
    },
    /// A hub has rebuilt the GroupInfo of an epoch from the part that came with its commit (proto §5.3, MLS-21).
    GroupInfoRebuilt {
        /// The room.
        room: RoomId,
        /// The epoch.
        epoch: u64,
    },
    /// A client has fetched the ratchet tree of a group from where the hub has it (ratchet-tree-options §3, MLS-21).
    TreeFetched {
        /// The room.
        room: RoomId,
    },
    /// A client cannot join by what the hub has told it, as it does not verify (RACE-33).
    GroupInfoUseless {
        /// The room.
        room: RoomId,
        /// What is wrong with it.
        error: MlsError,
    },
    /// A client became a member, by creating, by a Welcome, or by its external commit.
    Joined {
        /// The room.
        room: RoomId,
        /// The epoch that it begins in.
        epoch: u64,
    },
    /// A client keeps a proposal, for a commit to refer to.
    Kept {
        /// The room.
        room: RoomId,
        /// Which.
        proposal: ProposalRef,
    },
    /// A client applied an event.
    Applied {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// The epoch after it.
        epoch: u64,
        /// The text of an application message and its authenticated sender.
        text: Option<(ClientId, u32)>,
    },
    /// A client encrypted an application message.
    Said {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// The digest of what is in it.
        content: MessageId,
        /// Its text; a report has none.
        text: Option<u32>,
        /// With hub-log, how far the logs had come there.
        sequences: Option<Sequences>,
    },
    /// A hub has judged a message that was reported to it (proto §5.9, PROTO-69).
    AbuseJudged {
        /// The room.
        room: RoomId,
        /// Who is said to have sent it.
        accused: UserId,
        /// The digest of the reported content.
        content: MessageId,
        /// Why the report does not count; none if it does.
        refuted: Option<FrankError>,
    },
    /// A client put a message aside, as its sender's role does not cover its kind.
    Discarded {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// Its authenticated sender.
        sender: ClientId,
        /// What kind of message it is.
        usage: Usage,
    },
    /// A client put a message aside that makes no sense, or that nobody may send: it is as if there were none.
    PutAside {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// Its authenticated sender.
        sender: ClientId,
        /// Why.
        reason: Aside,
    },
    /// A message has changed what a client shows in the place of an earlier one.
    Changed {
        /// The room.
        room: RoomId,
        /// Which message has.
        message: MessageId,
        /// The text that stood there.
        text: u32,
        /// The text that stands there now; none where the message was taken back.
        shows: Option<u32>,
    },
    /// A client has learnt what others say of messages of its own user.
    Reported {
        /// The room.
        room: RoomId,
        /// The report.
        message: MessageId,
        /// The user whose device sent it.
        reporter: UserId,
        /// What the messages are.
        status: MessageStatus,
        /// Their texts.
        about: Vec<u32>,
    },
    /// A client could not process an event of its current epoch.
    Unprocessable {
        /// The room.
        room: RoomId,
        /// Which message.
        message: MessageId,
        /// Why.
        error: MlsError,
    },
    /// A client or a follower does not take what the hub has accepted, as the policy forbids it (arch §4.4, OPEN-34).
    Objected {
        /// The room.
        room: RoomId,
        /// Which message (the first of a batch).
        message: MessageId,
        /// Why a hub should have rejected it.
        reason: Rejection,
    },
    /// A client was removed, and has forgotten the group.
    Left {
        /// The room.
        room: RoomId,
    },
    /// An intent is done.
    Done {
        /// Which.
        intent: IntentId,
    },
    /// An intent was refused for good.
    Refused {
        /// Which.
        intent: IntentId,
        /// Why.
        reason: Refusal,
    },
    /// A client has taken a fresh signature key.
    KeyChanged {
        /// How often it has done so by now.
        key_changes: u32,
    },
    /// A server has signed that an event comes from it (arch §5.2, ARCH-36).
    Vouched {
        /// The room.
        room: RoomId,
        /// Which message (the first of a batch).
        message: MessageId,
    },
    /// A follower has taken an event for one that comes from this server.
    CameFrom {
        /// The room.
        room: RoomId,
        /// Which message (the first of a batch).
        message: MessageId,
        /// The server.
        server: ProviderId,
    },
}

/// Why a client put a message aside (content §9.1, §9.3: CONT-20, CONT-22).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Aside {
    /// It is no content.
    Malformed(ContentError),
    /// The content names another sender than the user whose leaf sent it.
    WrongSender,
    /// The content names another room.
    WrongRoom,
    /// Its ID is that of another message.
    DuplicateId,
    /// The hub's time is a few minutes ahead of the receiver's.
    FromTheFuture,
    /// It would expire more than a year away.
    FarExpiration,
    /// It refers to itself, through whatever others.
    ReplyLoop,
    /// It would change a message of somebody else.
    NotTheAuthor,
    /// The room has no reports of this kind (STAT-03).
    UnwantedReport,
    /// The hub's stamp on it does not count (PROTO-41).
    BadStamp(FrankError),
}

/// What a hub accepted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Accepted {
    /// A commit, which ends this epoch.
    Commit {
        /// The epoch that it ends.
        epoch: u64,
        /// The committer.
        sender: Sender,
        /// Its proposals, in its order; those with a reference were accepted before.
        proposals: Vec<ProposalInfo>,
    },
    /// A batch of proposals in this epoch.
    Proposals {
        /// The epoch.
        epoch: u64,
        /// The proposals.
        proposals: Vec<ProposalInfo>,
    },
    /// With hub-log, a state event.
    State {
        /// Its log.
        log: Log,
        /// Its place there.
        sequence: u64,
        /// Its updates, as proposals of its author.
        proposals: Vec<ProposalInfo>,
    },
    /// An application message of this epoch.
    Message {
        /// The epoch.
        epoch: u64,
        /// The claimed sender.
        sender: UserId,
    },
}

/// Why a hub rejected a request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Rejection {
    /// The room is not hosted here.
    NoSuchRoom,
    /// It belongs to another epoch.
    WrongEpoch,
    /// With hub-log, the log has another length than the state event builds on.
    WrongSequence,
    /// With hub-log, its author or the author's server has not signed the state event; with `event-authentication = origin`, the
    /// server that it comes from has not signed it, or is not that of its sender (ARCH-36).
    BadSignature,
    /// MLS says that it is not valid.
    Mls(MlsError),
    /// The sender's removal is pending, or it is no participant (PROTO-31).
    Blocked,
    /// The commit leaves out a pending proposal (PROTO-10).
    Omission,
    /// The policy forbids it.
    Denied,
    /// The room's state after it would not be valid.
    InvalidAfter,
    /// The hub has no rooms with such a policy (ARCH-26).
    OutOfEnvelope,
    /// A key package in it is not valid now (RFC 9420 §7.3, MLS-16).
    OutOfLifetime,
    /// A key package in it came from nobody's claim, so that its Welcome has no route (PROTO-27).
    NoRoute,
    /// The GroupInfo does not belong to it.
    BadGroupInfo,
    /// The requester may not have it.
    NotAuthorized,
}

/// Why an intent ended without effect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Refusal {
    /// It makes no sense in the room's current state: the user is already there, or already gone, or this client is.
    Pointless,
    /// With hub-log, it is of two logs, or of a log and the group: no state event is, and nothing makes several go together.
    NotOneEvent,
    /// The client knows itself that its role does not allow it.
    NotPermitted,
    /// The hub said no, and the client's view was the hub's.
    NotAllowed,
    /// The user has no key package left.
    NoKeyMaterial,
    /// The user, or its provider, has not consented to that (proto §5.2).
    NoConsent,
    /// The hub gives no GroupInfo.
    NotAuthorized,
    /// The room has a policy component that the client does not know (POL-20).
    UnknownComponent,
    /// The client cannot do what the room requires of its members (RFC 9420 §7.3).
    Incapable,
    /// The MLS engine cannot do it.
    Engine(MlsError),
}
