//! The library's errors, as the reasons that the seam knows.

use super::kv::KvError;
use crate::mls::MlsError;
use openmls::error::LibraryError;
use openmls::framing::errors::{MessageDecryptionError, SecretTreeError};
use openmls::prelude::*;

impl From<KvError> for MlsError {
    fn from(_: KvError) -> Self {
        MlsError::Storage
    }
}

impl From<LibraryError> for MlsError {
    fn from(_: LibraryError) -> Self {
        MlsError::Limit
    }
}

impl From<ProcessMessageError<KvError>> for MlsError {
    fn from(error: ProcessMessageError<KvError>) -> Self {
        match error {
            ProcessMessageError::LibraryError(error) => error.into(),
            ProcessMessageError::StorageError(error) => error.into(),
            ProcessMessageError::ValidationError(error) => error.into(),
            ProcessMessageError::InvalidCommit(error) => error.into(),
            ProcessMessageError::GroupStateError(error) => error.into(),
            ProcessMessageError::UnsupportedProposalType => MlsError::Limit,
            _ => MlsError::Malformed,
        }
    }
}

impl From<PublicProcessMessageError> for MlsError {
    fn from(error: PublicProcessMessageError) -> Self {
        match error {
            PublicProcessMessageError::LibraryError(error) => error.into(),
            PublicProcessMessageError::ValidationError(error) => error.into(),
            PublicProcessMessageError::InvalidCommit(error) => error.into(),
            PublicProcessMessageError::UnsupportedProposalType => MlsError::Limit,
            _ => MlsError::Malformed,
        }
    }
}

impl From<MlsGroupStateError> for MlsError {
    fn from(error: MlsGroupStateError) -> Self {
        match error {
            MlsGroupStateError::LibraryError(error) => error.into(),
            MlsGroupStateError::UseAfterEviction => MlsError::NoSuchGroup,
            // MLS-09: what is pending is committed first.
            MlsGroupStateError::PendingCommit | MlsGroupStateError::PendingProposal => {
                MlsError::CommitPending
            }
            MlsGroupStateError::NoPendingCommit => MlsError::NoCommitPending,
            MlsGroupStateError::PendingProposalNotFound => MlsError::MissingProposal,
        }
    }
}

impl From<ValidationError> for MlsError {
    fn from(error: ValidationError) -> Self {
        use ValidationError as E;
        match error {
            E::LibraryError(error) => error.into(),
            E::WrongGroupId => MlsError::NoSuchGroup,
            E::WrongEpoch | E::NoPastEpochData => MlsError::WrongEpoch,
            E::UnableToDecrypt(error) => error.into(),
            E::UnknownMember
            | E::InvalidMembershipTag
            | E::InvalidSignature
            | E::UnauthorizedExternalSender
            | E::NoExternalSendersExtension
            | E::KeyPackageVerifyError(_)
            | E::UpdatePathError(_)
            | E::InvalidLeafNodeSignature => MlsError::NotAuthentic,
            E::CommitterIncludedOwnUpdate
            | E::InvalidAddProposalCiphersuite
            | E::ExternalCommitValidation(_) => MlsError::InvalidProposalList,
            _ => MlsError::Malformed,
        }
    }
}

impl From<MessageDecryptionError> for MlsError {
    fn from(error: MessageDecryptionError) -> Self {
        match error {
            MessageDecryptionError::SecretTreeError(SecretTreeError::SecretReuseError) => MlsError::Replayed,
            MessageDecryptionError::WrongWireFormat | MessageDecryptionError::MalformedContent => {
                MlsError::Malformed
            }
            _ => MlsError::NotAuthentic,
        }
    }
}

impl From<StageCommitError> for MlsError {
    fn from(error: StageCommitError) -> Self {
        use StageCommitError as E;
        match error {
            E::LibraryError(error) => error.into(),
            E::EpochMismatch => MlsError::WrongEpoch,
            E::MissingProposal => MlsError::MissingProposal,
            E::OwnCommitMismatch
            | E::PathLeafNodeVerificationFailure
            | E::ConfirmationTagMismatch
            | E::OwnKeyNotFound
            | E::MissingDecryptionKey
            | E::UpdatePathError(_)
            | E::VerifiedUpdatePathError(_) => MlsError::NotAuthentic,
            E::WrongPlaintextContentType | E::ConfirmationTagMissing => MlsError::Malformed,
            _ => MlsError::InvalidProposalList,
        }
    }
}

impl From<CreateCommitError> for MlsError {
    fn from(error: CreateCommitError) -> Self {
        match error {
            CreateCommitError::MissingProposal => MlsError::MissingProposal,
            CreateCommitError::CannotRemoveSelf
            | CreateCommitError::WrongProposalSenderType
            | CreateCommitError::ProposalValidationError(_)
            | CreateCommitError::AppDataUpdateValidationError(_)
            | CreateCommitError::GroupContextExtensionsProposalValidationError(_)
            | CreateCommitError::InvalidExternalCommit(_)
            | CreateCommitError::LeafNodeValidation(_) => MlsError::InvalidProposalList,
            _ => MlsError::Limit,
        }
    }
}

impl From<CommitBuilderStageError<KvError>> for MlsError {
    fn from(error: CommitBuilderStageError<KvError>) -> Self {
        match error {
            CommitBuilderStageError::LibraryError(error) => error.into(),
            CommitBuilderStageError::KeyStoreError(error) => error.into(),
        }
    }
}

impl From<CreationFromExternalError<KvError>> for MlsError {
    fn from(error: CreationFromExternalError<KvError>) -> Self {
        use CreationFromExternalError as E;
        match error {
            E::LibraryError(error) => error.into(),
            E::WriteToStorageError(error) => error.into(),
            E::InvalidGroupInfoSignature => MlsError::NotAuthentic,
            E::UnsupportedMlsVersion | E::UnsupportedCiphersuite(_) => MlsError::Malformed,
            _ => MlsError::GroupInfoMismatch,
        }
    }
}

impl From<WelcomeError<KvError>> for MlsError {
    fn from(error: WelcomeError<KvError>) -> Self {
        use WelcomeError as E;
        match error {
            E::LibraryError(error) => error.into(),
            E::StorageError(error) => error.into(),
            E::PublicGroupError(error) => error.into(),
            E::NoMatchingKeyPackage
            | E::JoinerSecretNotFound
            | E::PrivateInitKeyNotFound
            | E::NoMatchingEncryptionKey => MlsError::NoMatchingKeyPackage,
            E::GroupSecrets(_)
            | E::GroupInfo(_)
            | E::ConfirmationTagMismatch
            | E::InvalidGroupInfoSignature
            | E::UnableToDecrypt => MlsError::NotAuthentic,
            E::PublicTreeError(_) | E::UnknownSender | E::LeafNodeValidation(_) => {
                MlsError::GroupInfoMismatch
            }
            _ => MlsError::Malformed,
        }
    }
}
