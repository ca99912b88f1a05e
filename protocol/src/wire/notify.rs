//! `POST /notify/{roomId}`: what the hub has accepted, in its order (proto §5.5).

use super::ratchet_tree::RatchetTreeOption;
use super::submit_message::Frank;
use super::update::ProposalList;
use super::{Malformed, MessageKind, MlsBytes};
use std::io::Write;
use tls_codec::{DeserializeBytes, Error, Serialize, Size};

/// The request: messages one behind the other, at least one.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct NotifyRequest(pub Vec<FanoutMessage>);

impl Size for NotifyRequest {
    fn tls_serialized_len(&self) -> usize {
        self.0.iter().map(Size::tls_serialized_len).sum()
    }
}

impl Serialize for NotifyRequest {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        self.0.iter().try_fold(0, |written, message| Ok(written + message.tls_serialize(writer)?))
    }
}

impl DeserializeBytes for NotifyRequest {
    fn tls_deserialize_bytes(mut bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let mut messages = Vec::new();
        while !bytes.is_empty() {
            let (message, rest) = FanoutMessage::tls_deserialize_bytes(bytes)?;
            messages.push(message);
            bytes = rest;
        }
        if messages.is_empty() { Err(Malformed::NoMessage.into()) } else { Ok((Self(messages), bytes)) }
    }
}

/// One message on its way to the room's clients.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct FanoutMessage {
    /// When the hub accepted it.
    pub timestamp_ms: u64,
    /// The message; its kind says what comes with it.
    pub message: MlsBytes,
    /// What comes with it.
    pub attached: Attached,
}

/// What comes with a message of each kind (AMB-04).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Attached {
    /// With an application message: the hub's stamp, if there is one.
    Application {
        /// The stamp.
        frank: Option<Frank>,
    },
    /// With a Welcome: the tree of the group that it leads into.
    Welcome {
        /// The tree.
        ratchet_tree: RatchetTreeOption,
    },
    /// With a proposal: the others of its bundle (PROTO-52).
    Proposal {
        /// The others.
        more_proposals: ProposalList,
    },
    /// With a commit: the hub's proposals that replace those which an external commit wiped out (PROTO-47).
    Commit {
        /// The replacements, in the new epoch.
        external_proposals: ProposalList,
    },
}

impl Size for FanoutMessage {
    fn tls_serialized_len(&self) -> usize {
        let attached = match &self.attached {
            Attached::Application { frank } => frank.tls_serialized_len(),
            Attached::Welcome { ratchet_tree } => ratchet_tree.tls_serialized_len(),
            Attached::Proposal { more_proposals: list } | Attached::Commit { external_proposals: list } => {
                list.tls_serialized_len()
            }
        };
        8 + self.message.tls_serialized_len() + attached
    }
}

impl Serialize for FanoutMessage {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let head = self.timestamp_ms.tls_serialize(writer)? + self.message.tls_serialize(writer)?;
        let attached = match &self.attached {
            Attached::Application { frank } => frank.tls_serialize(writer)?,
            Attached::Welcome { ratchet_tree } => ratchet_tree.tls_serialize(writer)?,
            Attached::Proposal { more_proposals: list } | Attached::Commit { external_proposals: list } => {
                list.tls_serialize(writer)?
            }
        };
        Ok(head + attached)
    }
}

impl DeserializeBytes for FanoutMessage {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (timestamp_ms, rest) = u64::tls_deserialize_bytes(bytes)?;
        let (message, rest) = MlsBytes::tls_deserialize_bytes(rest)?;
        let (attached, rest) = match message.kind() {
            MessageKind::Application => {
                let (frank, rest) = Option::tls_deserialize_bytes(rest)?;
                (Attached::Application { frank }, rest)
            }
            MessageKind::Welcome => {
                let (ratchet_tree, rest) = RatchetTreeOption::tls_deserialize_bytes(rest)?;
                (Attached::Welcome { ratchet_tree }, rest)
            }
            MessageKind::Proposal => {
                let (more_proposals, rest) = ProposalList::tls_deserialize_bytes(rest)?;
                (Attached::Proposal { more_proposals }, rest)
            }
            MessageKind::Commit => {
                let (external_proposals, rest) = ProposalList::tls_deserialize_bytes(rest)?;
                (Attached::Commit { external_proposals }, rest)
            }
            MessageKind::GroupInfo | MessageKind::KeyPackage => return Err(Malformed::WrongMessage.into()),
        };
        Ok((Self { timestamp_ms, message, attached }, rest))
    }
}
