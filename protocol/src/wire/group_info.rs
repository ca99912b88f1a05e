//! `POST /groupInfo/{roomId}`: what a client needs to join by itself (proto §5.6).

use super::mls::{Credential, ExternalSender, HpkeCiphertext};
use super::mls_bytes::message_of;
use super::ratchet_tree::RatchetTreeOption;
use super::{GroupInfoBytes, MessageKind, MlsBytes, Opaque, Protocol, Wire};
use tls_codec::{DeserializeBytes, Error, TlsDeserializeBytes, TlsSerialize, TlsSize};

/// What a [`GroupInfoRequest`] is signed over.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct GroupInfoRequestTbs {
    /// The protocol of the room.
    pub protocol: Protocol,
    /// Of the signatures on the request and on the response.
    pub cipher_suite: u16,
    /// The key of the signature.
    pub requesting_signature_key: Opaque,
    /// Whose key that is: the hub expects an external commit of the same identity.
    pub requesting_credential: Credential,
    /// What to encrypt the answer to.
    pub group_info_public_key: Opaque,
    /// Proof that the requester may join (AMB-08).
    pub joining_code: Option<Opaque>,
}

impl GroupInfoRequestTbs {
    /// The label that it is signed with.
    pub const LABEL: &'static str = "GroupInfoRequestTBS";
}

/// The request.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct GroupInfoRequest {
    /// All of it but the signature.
    pub tbs: GroupInfoRequestTbs,
    /// The requester's.
    pub signature: Opaque,
}

/// The response.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct GroupInfoResponse {
    /// The protocol of the room.
    pub version: Protocol,
    /// The octets of the room's URI (AMB-24).
    pub room_id: Opaque,
    /// The code, with what belongs to it.
    pub outcome: GroupInfoOutcome,
}

/// How a request for the GroupInfo ended (proto §5.6, PROTO-57).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum GroupInfoOutcome {
    /// `success`: here it is.
    #[tls_codec(discriminant = 1)]
    Success {
        /// The answer itself.
        answer: GroupInfoAnswer,
        /// The hub's, over [`GroupInfoResponse::tbs`].
        signature: Opaque,
    },
    /// `notAuthorized`: the requester may not have it; also in place of noSuchRoom.
    #[tls_codec(discriminant = 2)]
    NotAuthorized,
    /// `noSuchRoom`: there is no such room.
    #[tls_codec(discriminant = 3)]
    NoSuchRoom,
}

/// What a successful response adds to its code.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct GroupInfoAnswer {
    /// Of the signature and the encryption.
    pub cipher_suite: u16,
    /// The hub's key and credential, as in the group's external senders.
    pub hub_sender: ExternalSender,
    /// A [`GroupInfoTree`], encrypted to the requester.
    pub encrypted_groupinfo_and_tree: HpkeCiphertext,
}

impl GroupInfoResponse {
    /// The label that a successful response is signed with.
    pub const LABEL: &'static str = "GroupInfoResponseTBS";

    /// What a successful response for `room_id` is signed over: all of it but the signature.
    pub fn tbs(room_id: &Opaque, answer: &GroupInfoAnswer) -> Vec<u8> {
        const SUCCESS: u8 = 1;
        [Protocol::Mls10.encode(), room_id.encode(), SUCCESS.encode(), answer.encode()].concat()
    }
}

/// `GroupInfoRatchetTreeTBE`: the group as the hub knows it, all of one epoch (INV-32).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct GroupInfoTree {
    /// The GroupInfo, without the tree.
    pub group_info: GroupInfoBytes,
    /// The tree.
    pub ratchet_tree: RatchetTreeOption,
    /// What the hub has accepted in this epoch, in its order.
    pub pending_proposals: Vec<PendingProposal>,
}

impl GroupInfoTree {
    /// The label that it is encrypted with; the context is the room id.
    pub const LABEL: &'static str = "GroupInfo and ratchet_tree encryption";
}

/// A proposal that waits for a commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize)]
pub struct PendingProposal {
    /// The proposal.
    pub proposal: MlsBytes,
    /// When the hub accepted it.
    pub hub_accepted_time_ms: u64,
}

impl DeserializeBytes for PendingProposal {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (proposal, rest) = message_of(MessageKind::Proposal, bytes)?;
        let (hub_accepted_time_ms, rest) = u64::tls_deserialize_bytes(rest)?;
        Ok((Self { proposal, hub_accepted_time_ms }, rest))
    }
}
