//! Why an MLS engine does not take something.

use serde::{Deserialize, Serialize};

/// Why a message, or an operation, is not valid. The same situation gives the same variant in both engines.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, thiserror::Error,
)]
pub enum MlsError {
    /// The octets are no such object.
    #[error("malformed octets")]
    Malformed,
    /// The group is not known here.
    #[error("no such group")]
    NoSuchGroup,
    /// The message belongs to another epoch (MLS-01).
    #[error("wrong epoch")]
    WrongEpoch,
    /// A signature, tag or ciphertext does not verify, or its key is not there.
    #[error("not authentic")]
    NotAuthentic,
    /// The commit refers to a proposal that is not known here.
    #[error("missing proposal")]
    MissingProposal,
    /// The proposal is invalid by itself, or its sender may not make it (RFC 9420 §12.1, MLS-10).
    #[error("invalid proposal")]
    InvalidProposal,
    /// The list of proposals is invalid as a whole (RFC 9420 §12.2: MLS-03, MLS-11, MLS-12).
    #[error("invalid proposal list")]
    InvalidProposalList,
    /// The list is not one for an external commit (RFC 9420 §12.4.3.2: MLS-04, MLS-12).
    #[error("invalid external commit")]
    InvalidExternalCommit,
    /// The provider is not in external_senders (MLS-10).
    #[error("not an external sender")]
    NotAnExternalSender,
    /// The group was reinitialised: nothing is sent or accepted in it any more (RFC 9420 §11.2).
    #[error("the group was reinitialised")]
    Reinitialized,
    /// A credential names no client of the directory, or another one than before (ID-06).
    #[error("unknown credential")]
    UnknownCredential,
    /// A commit of the own is already pending.
    #[error("a commit is pending")]
    CommitPending,
    /// No commit of the own is pending.
    #[error("no commit is pending")]
    NoCommitPending,
    /// The Welcome is for none of the key packages here.
    #[error("no matching key package")]
    NoMatchingKeyPackage,
    /// An application message that was already decrypted.
    #[error("already decrypted")]
    Replayed,
    /// A GroupInfo that does not fit the commit or the tree that it came with (RACE-33).
    #[error("GroupInfo does not fit")]
    GroupInfoMismatch,
    /// Stored octets do not make a group.
    #[error("storage is damaged")]
    Storage,
    /// The library cannot do it: a limit, never a finding about the drafts.
    #[error("a limit of the MLS library")]
    Limit,
}

/// A handshake message that is judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Handshake {
    Proposal,
    Commit,
    ExternalCommit,
}

impl Handshake {
    /// Names an invalidity after what it was found in: a proposal that is invalid by itself makes any list invalid.
    pub(super) fn blame(self, error: MlsError) -> MlsError {
        use MlsError::{InvalidExternalCommit, InvalidProposal, InvalidProposalList};
        match (self, error) {
            (Handshake::Proposal, InvalidProposalList) => InvalidProposal,
            (Handshake::Commit, InvalidProposal) => InvalidProposalList,
            (Handshake::ExternalCommit, InvalidProposal | InvalidProposalList) => InvalidExternalCommit,
            _ => error,
        }
    }
}
