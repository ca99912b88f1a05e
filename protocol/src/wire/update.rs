//! `POST /update/{roomId}`: a commit, or proposals, for the room's group (proto §5.3).

use super::mls_bytes::message_of;
use super::ratchet_tree::{GroupInfoOption, RatchetTreeOption};
use super::{Malformed, MessageKind, MlsBytes, Opaque, WelcomeBytes};
use std::io::Write;
use tls_codec::{DeserializeBytes, Error, Serialize, Size};

/// The request: what a client hands to the hub as one piece.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum HandshakeBundle {
    /// A commit, with all that the hub needs to let others in.
    Commit {
        /// The commit, a PublicMessage.
        commit: MlsBytes,
        /// For the clients that it adds.
        welcome: Option<WelcomeBytes>,
        /// Of the epoch that it begins.
        group_info: GroupInfoOption,
        /// Of the same epoch.
        ratchet_tree: RatchetTreeOption,
    },
    /// Proposals that are accepted together or not at all.
    Proposals {
        /// The first of them, a PublicMessage.
        first: MlsBytes,
        /// All others.
        more: ProposalList,
    },
}

/// `UpdateRequest` is a bundle and nothing else: the protocol is the room's (AMB-04).
pub type UpdateRequest = HandshakeBundle;

impl HandshakeBundle {
    /// The commit or the first proposal.
    pub fn first(&self) -> &MlsBytes {
        match self {
            Self::Commit { commit: first, .. } | Self::Proposals { first, .. } => first,
        }
    }
}

impl Size for HandshakeBundle {
    fn tls_serialized_len(&self) -> usize {
        match self {
            Self::Commit { commit, welcome, group_info, ratchet_tree } => {
                commit.tls_serialized_len()
                    + welcome.tls_serialized_len()
                    + group_info.tls_serialized_len()
                    + ratchet_tree.tls_serialized_len()
            }
            Self::Proposals { first, more } => first.tls_serialized_len() + more.tls_serialized_len(),
        }
    }
}

impl Serialize for HandshakeBundle {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        match self {
            Self::Commit { commit, welcome, group_info, ratchet_tree } => Ok(commit.tls_serialize(writer)?
                + welcome.tls_serialize(writer)?
                + group_info.tls_serialize(writer)?
                + ratchet_tree.tls_serialize(writer)?),
            Self::Proposals { first, more } => Ok(first.tls_serialize(writer)? + more.tls_serialize(writer)?),
        }
    }
}

impl DeserializeBytes for HandshakeBundle {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (first, rest) = MlsBytes::tls_deserialize_bytes(bytes)?;
        match first.kind() {
            MessageKind::Commit => {
                let (welcome, rest) = Option::tls_deserialize_bytes(rest)?;
                let (group_info, rest) = GroupInfoOption::tls_deserialize_bytes(rest)?;
                let (ratchet_tree, rest) = RatchetTreeOption::tls_deserialize_bytes(rest)?;
                Ok((Self::Commit { commit: first, welcome, group_info, ratchet_tree }, rest))
            }
            MessageKind::Proposal => {
                let (more, rest) = ProposalList::tls_deserialize_bytes(rest)?;
                Ok((Self::Proposals { first, more }, rest))
            }
            _ => Err(Malformed::WrongMessage.into()),
        }
    }
}

/// `MLSMessage moreProposals<V>`: messages of which each is a proposal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ProposalList(pub Vec<MlsBytes>);

impl Size for ProposalList {
    fn tls_serialized_len(&self) -> usize {
        self.0.tls_serialized_len()
    }
}

impl Serialize for ProposalList {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        self.0.tls_serialize(writer)
    }
}

impl DeserializeBytes for ProposalList {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (messages, rest) = Vec::<Proposal>::tls_deserialize_bytes(bytes)?;
        Ok((Self(messages.into_iter().map(|Proposal(message)| message).collect()), rest))
    }
}

struct Proposal(MlsBytes);

impl Size for Proposal {
    fn tls_serialized_len(&self) -> usize {
        self.0.tls_serialized_len()
    }
}

impl DeserializeBytes for Proposal {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (message, rest) = message_of(MessageKind::Proposal, bytes)?;
        Ok((Self(message), rest))
    }
}

/// The response.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct UpdateRoomResponse {
    /// For people; the code stands in front of it (AMB-03).
    pub error_description: String,
    /// The code, with what belongs to it.
    pub outcome: UpdateOutcome,
}

/// How an update ended (proto §5.3, PROTO-33).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum UpdateOutcome {
    /// `success`, 0: it was accepted and will be distributed.
    Success {
        /// When the hub accepted it.
        accepted_timestamp_ms: u64,
    },
    /// `wrongEpoch`, 1: the hub is in another epoch.
    WrongEpoch {
        /// The hub's.
        current_epoch: u64,
    },
    /// `notAllowed`, 2: policy forbids it.
    NotAllowed,
    /// `invalidProposal`, 3: these proposals cannot be.
    InvalidProposal {
        /// Their references.
        invalid_proposals: Vec<Opaque>,
    },
}

impl UpdateOutcome {
    fn code(&self) -> u8 {
        match self {
            Self::Success { .. } => 0,
            Self::WrongEpoch { .. } => 1,
            Self::NotAllowed => 2,
            Self::InvalidProposal { .. } => 3,
        }
    }
}

impl Size for UpdateRoomResponse {
    fn tls_serialized_len(&self) -> usize {
        let body = match &self.outcome {
            UpdateOutcome::Success { .. } | UpdateOutcome::WrongEpoch { .. } => 8,
            UpdateOutcome::NotAllowed => 0,
            UpdateOutcome::InvalidProposal { invalid_proposals } => invalid_proposals.tls_serialized_len(),
        };
        1 + self.error_description.tls_serialized_len() + body
    }
}

impl Serialize for UpdateRoomResponse {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let head =
            self.outcome.code().tls_serialize(writer)? + self.error_description.tls_serialize(writer)?;
        let body = match &self.outcome {
            UpdateOutcome::Success { accepted_timestamp_ms } => {
                accepted_timestamp_ms.tls_serialize(writer)?
            }
            UpdateOutcome::WrongEpoch { current_epoch } => current_epoch.tls_serialize(writer)?,
            UpdateOutcome::NotAllowed => 0,
            UpdateOutcome::InvalidProposal { invalid_proposals } => {
                invalid_proposals.tls_serialize(writer)?
            }
        };
        Ok(head + body)
    }
}

impl DeserializeBytes for UpdateRoomResponse {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (code, rest) = u8::tls_deserialize_bytes(bytes)?;
        let (error_description, rest) = String::tls_deserialize_bytes(rest)?;
        let (outcome, rest) = match code {
            0 => {
                let (accepted_timestamp_ms, rest) = u64::tls_deserialize_bytes(rest)?;
                (UpdateOutcome::Success { accepted_timestamp_ms }, rest)
            }
            1 => {
                let (current_epoch, rest) = u64::tls_deserialize_bytes(rest)?;
                (UpdateOutcome::WrongEpoch { current_epoch }, rest)
            }
            2 => (UpdateOutcome::NotAllowed, rest),
            3 => {
                let (invalid_proposals, rest) = Vec::tls_deserialize_bytes(rest)?;
                (UpdateOutcome::InvalidProposal { invalid_proposals }, rest)
            }
            other => return Err(Error::UnknownValue(other.into())),
        };
        Ok((Self { error_description, outcome }, rest))
    }
}
