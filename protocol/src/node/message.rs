//! Requests and answers as nodes see them: decoded, with ids in place of URIs.

use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{CommitBundle, GroupInfoForm, Octets, ProposalRef};
use crate::profile::Term;
use crate::wire::abuse_report::AbuseReport;
use crate::wire::group_info::{GroupInfoAnswer as SealedGroupInfo, GroupInfoRequest};
use crate::wire::identifier_query::IdentifierQueryCode;
use crate::wire::key_material::KeyMaterialRequest;
use crate::wire::mls::Capabilities;
use crate::wire::submit_message::Frank;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A short digest of an `MLSMessage`, to name it in traces and duplicate lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub u64);

impl MessageId {
    /// The name of these octets.
    pub fn of(octets: &[u8]) -> Self {
        let word: [u8; 8] = blake3::hash(octets).as_bytes()[..8].try_into().unwrap_or_default();
        Self(u64::from_be_bytes(word))
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A question to a peer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Request {
    /// `GET /.well-known/mimi-protocol-directory` (proto §5.1).
    Directory,
    /// `POST /keyMaterial/{targetUser}` (proto §5.2).
    KeyMaterial {
        /// The room that the key packages are for; the request goes through its hub (PROTO-21).
        room: RoomId,
        /// Whose key packages.
        target: UserId,
        /// Who asks.
        requester: ClientId,
        /// The same as the requester has signed it (PROTO-23).
        signed: KeyMaterialRequest,
    },
    /// `POST /update/{roomId}` (proto §5.3).
    Update {
        /// The room.
        room: RoomId,
        /// The HandshakeBundle.
        bundle: Bundle,
        /// With `event-authentication = origin`, between servers: the word of the one that it comes from.
        vouchers: Vec<Voucher>,
    },
    /// `POST /submitMessage/{roomId}` (proto §5.4).
    Submit {
        /// The room.
        room: RoomId,
        /// The PrivateMessage.
        message: Octets,
        /// The sendingUri: the provider's claim (PROTO-34).
        sender: UserId,
        /// With `event-authentication = origin`, between servers: the word of the one that it comes from.
        vouchers: Vec<Voucher>,
    },
    /// `POST /groupInfo/{roomId}` (proto §5.6).
    GroupInfo {
        /// The room.
        room: RoomId,
        /// Who wants to join, or to know: a client, or a server that wants to propose.
        requester: NodeId,
        /// The same as the requester has signed it, with the join link by which it may, if it has one: the only place where that
        /// is shown (OPEN-20).
        signed: GroupInfoRequest,
    },
    /// `POST /reportAbuse/{roomId}` (proto §5.9).
    ReportAbuse {
        /// The room.
        room: RoomId,
        /// What is reported.
        report: AbuseReport,
    },
    /// `POST /requestConsent/{targetDomain}` and `POST /updateConsent/{requesterDomain}` (proto §5.7), and provider-private the
    /// same from a client to its own provider.
    Consent {
        /// What is said.
        consent: Consent,
        /// Of whom, to whom, for which room.
        scope: ConsentScope,
        /// From a client: its place among what that says of consent.
        serial: Option<u32>,
        /// Between providers: what a grant brings along (PROTO-63).
        key_packages: Vec<Octets>,
    },
    /// `POST /identifierQuery/{domain}` (proto §5.8).
    Search {
        /// At which provider.
        at: ProviderId,
        /// What must match, all of it.
        query: Vec<Term>,
    },
    /// `GET /proxyDownload/{downloadUrl}` (proto §5.10.2).
    Download {
        /// The hub that is to fetch it; between providers, whoever is asked.
        hub: ProviderId,
        /// Where it lies.
        url: String,
    },
    /// `POST /.well-known/ohttp-gateway` (proto §5.10.3, RFC 9540 §2).
    Oblivious {
        /// The hub whose gateway it is for; between providers, whoever is asked.
        gateway: ProviderId,
        /// The encapsulated request: whoever relays it sees that and no more.
        sealed: Octets,
    },
    /// `GET /.well-known/ohttp-gateway`: what the gateway's key is (RFC 9540 §3).
    OhttpKeys {
        /// The hub whose gateway it is; between providers, whoever is asked.
        gateway: ProviderId,
    },
    /// A plain GET of an asset from where it lies (proto §5.10).
    Asset {
        /// Where it lies.
        url: String,
    },
    /// `POST /notify/{roomId}` (proto §5.5).
    Notify {
        /// The room.
        room: RoomId,
        /// The FanoutMessage.
        event: FanOut,
    },
    /// Provider-private: key packages of the asking client.
    Publish {
        /// The key packages.
        key_packages: Vec<Octets>,
        /// How often the client has changed its signature key: those of earlier keys are not to be handed out any more.
        key_changes: u32,
    },
    /// Provider-private: the asking client has created the room's group (PROTO-04).
    Open {
        /// The room.
        room: RoomId,
        /// The GroupInfo.
        group_info: Octets,
        /// The ratchet tree.
        tree: Octets,
        /// With hub-log, the state that the room begins with.
        state: Option<Octets>,
    },
    /// Provider-private: the next event for the asked client.
    Deliver {
        /// Its place in the client's queue, counted from 0: the client knows a repetition by it.
        position: u64,
        /// The room.
        room: RoomId,
        /// The event.
        event: FanOut,
    },
}

/// What is said of consent.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Consent {
    /// An earlier request is void.
    Cancel,
    /// The requester asks for it.
    Request,
    /// The target gives it.
    Grant,
    /// The target takes it back, or denies it.
    Revoke,
}

/// Who may have whose key packages, for which room (PROTO-61, PROTO-65).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ConsentScope {
    /// Who is to get key packages.
    pub requester: UserId,
    /// Whose.
    pub target: UserId,
    /// For which room; for any, where none is named.
    pub room: Option<RoomId>,
}

/// A HandshakeBundle (PROTO-32).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Bundle {
    /// A commit with what belongs to it.
    Commit(CommitBundle<GroupInfoForm>),
    /// One or more proposals that stay together (PROTO-52).
    Proposals(Vec<Octets>),
    /// With hub-log, a state event.
    State(VouchedEvent),
}

impl Bundle {
    /// The name of what is handed in: that of its (first) message.
    pub fn id(&self) -> MessageId {
        match self {
            Bundle::Commit(commit) => MessageId::of(&commit.commit),
            Bundle::State(vouched) => MessageId::of(&vouched.event),
            Bundle::Proposals(batch) => MessageId::of(batch.first().map_or(&[], |m| m)),
        }
    }
}

/// A state event, and what its author's server says of it (arch §5.2, ARCH-36).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct VouchedEvent {
    /// The event, which its author has signed.
    pub event: Octets,
    /// The signature of the author's server over it; empty before that has it, and where the server is the author.
    pub origin: Octets,
}

/// A server's word that an event comes from it (arch §5.2, ARCH-36).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Voucher {
    /// The server.
    pub server: ProviderId,
    /// Its signature over the room, its own name and the event.
    pub signature: Octets,
}

/// A FanoutMessage: an event with the time at which the hub accepted it (PROTO-48).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct FanOut {
    /// The hub's accepted timestamp, milliseconds.
    pub accepted_ms: u64,
    /// What was accepted.
    pub event: Event,
    /// With `event-authentication = origin`, between servers: the word of the one that the event comes from, and the hub's for
    /// what is stapled to it.
    pub vouchers: Vec<Voucher>,
}

impl FanOut {
    /// The event of that time, on nobody's word so far.
    pub fn new(accepted_ms: u64, event: Event) -> Self {
        Self { accepted_ms, event, vouchers: Vec::new() }
    }
}

/// What a hub fans out.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Event {
    /// An application message.
    Message {
        /// The PrivateMessage.
        message: Octets,
        /// The hub's stamp, where the sender has asked for one and the room has them (proto §5.4.1).
        frank: Option<Frank>,
    },
    /// A batch of proposals, in one piece.
    Proposals(Vec<Octets>),
    /// A commit.
    Commit {
        /// The commit.
        commit: Octets,
        /// The proposals of the new epoch by which the hub replaces those of its own that the commit has voided (PROTO-47).
        staple: Vec<Octets>,
    },
    /// With hub-log, a state event.
    State(VouchedEvent),
    /// A Welcome, with the ratchet tree.
    Welcome {
        /// The Welcome.
        welcome: Octets,
        /// The tree.
        tree: Octets,
        /// With hub-log, what the logs had led to when the hub accepted the commit.
        state: Option<Octets>,
    },
}

impl Event {
    /// The name of the event: that of its (first) message.
    pub fn id(&self) -> MessageId {
        match self {
            Event::Message { message: m, .. }
            | Event::State(VouchedEvent { event: m, .. })
            | Event::Commit { commit: m, .. }
            | Event::Welcome { welcome: m, .. } => MessageId::of(m),
            Event::Proposals(batch) => MessageId::of(batch.first().map_or(&[], |m| m)),
        }
    }
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Response {
    /// To `Directory`: the document, JSON.
    Directory(Octets),
    /// To `KeyMaterial`.
    KeyMaterial(KeyMaterialAnswer),
    /// To `Update`.
    Update(UpdateAnswer),
    /// To `Submit`.
    Submit(SubmitAnswer),
    /// To `GroupInfo`.
    GroupInfo(GroupInfoAnswer),
    /// To `Search`.
    Search(SearchAnswer),
    /// To `Download` and `Asset`: what lies there.
    Asset(Octets),
    /// To `Oblivious`: the encapsulated answer.
    Oblivious(Octets),
    /// To `OhttpKeys`: the key configurations (RFC 9458 §3.2).
    OhttpKeys(Octets),
    /// 201, to `Notify`: accepted and durable; to `Consent`: received.
    Created,
    /// 404, to `Consent`: there is no such user (PROTO-62); to `Download` and `Asset`: nothing lies there.
    NotFound,
    /// 400, to `Oblivious`: the gateway cannot open it (RFC 9458 §5.2).
    BadRequest,
    /// 503, to `Notify`: not now (PROTO-53).
    Unavailable {
        /// In how many seconds to ask again: the Retry-After header (RFC 9110 §10.2.3).
        retry_after_s: u32,
    },
    /// To `Publish`, `Open`, `Deliver` and `ReportAbuse`: done. What a hub makes of a report, it does not say.
    Done,
    /// To `Deliver`: done, and the client wants no more events of the room, which it has left.
    Left,
    /// To a request that the peer may not make, or that is malformed, or asks for what is not built: an HTTP 4xx or 5xx.
    Refused,
}

/// KeyMaterialResponse (PROTO-24).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct KeyMaterialAnswer {
    /// The user code.
    pub status: UserStatus,
    /// A row for each client; empty unless the user code allows it.
    pub clients: Vec<(ClientId, ClientMaterial)>,
}

/// The user code of keyMaterial, with its value on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum UserStatus {
    /// 0: every client has a key package.
    Success,
    /// 1: some have.
    PartialSuccess,
    /// 3: none has.
    NoCompatibleMaterial,
    /// 4: no such user.
    UserUnknown,
    /// 5: the requester has no consent.
    NoConsent,
    /// 6: it has for other rooms.
    NoConsentForThisRoom,
    /// 7: the user is deleted.
    UserDeleted,
}

/// A client's row in a keyMaterial answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum ClientMaterial {
    /// A key package, reserved for the asker.
    KeyPackage(Octets),
    /// All its key packages are used up.
    Exhausted,
    /// It has none that fits what the requester needs; perhaps with what the client is able to do.
    Incompatible(Option<Capabilities>),
}

/// UpdateRoomResponse (PROTO-33).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum UpdateAnswer {
    /// 0: accepted, at this time.
    Success {
        /// The hub's accepted timestamp, milliseconds.
        accepted_ms: u64,
    },
    /// 1: the hub is in another epoch; for a state event, its log has another length, and `current` is that of both.
    WrongEpoch {
        /// Which.
        current: u64,
    },
    /// 2: the policy forbids it.
    NotAllowed,
    /// 3: these proposals are not valid.
    InvalidProposal(Vec<ProposalRef>),
}

/// SubmitMessageResponse (PROTO-35).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum SubmitAnswer {
    /// 0: accepted, at this time.
    Accepted {
        /// The hub's accepted timestamp, milliseconds.
        accepted_ms: u64,
        /// Its stamp, as receivers get it.
        frank: Option<Frank>,
    },
    /// 1: the policy forbids it, or it makes no sense.
    NotAllowed,
    /// 2: encrypted in an epoch that is over.
    EpochTooOld {
        /// The hub's epoch.
        current: u64,
    },
}

/// IdentifierResponse (PROTO-67).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct SearchAnswer {
    /// How the query ended.
    pub code: IdentifierQueryCode,
    /// Who matches, and what is told of each.
    pub found: Vec<(UserId, Vec<Term>)>,
}

/// GroupInfoResponse (PROTO-56, PROTO-57).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum GroupInfoAnswer {
    /// 1: all of one epoch (INV-32).
    Success {
        /// GroupInfo, tree and pending proposals, sealed for who has asked.
        answer: SealedGroupInfo,
        /// The hub's signature over it.
        signature: Octets,
        /// With hub-log, what the logs have led to.
        state: Option<Octets>,
    },
    /// 2: the requester may not join.
    NotAuthorized,
    /// 3: no such room here.
    NoSuchRoom,
}
