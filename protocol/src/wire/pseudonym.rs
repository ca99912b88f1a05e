//! Who is behind a pseudonym, for those who may know (proto §6.1).
//!
//! The draft registers no credential type, and leaves the length of a signature key open: here it is that of its vector.

use super::mls::Credential;
use super::{IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The credential type of a PseudonymousCredential, of the range for private use (RFC 9420 §17.5): the draft has none.
pub const PSEUDONYMOUS: u16 = 0xf0a5;

/// The credential of each leaf in a room of minimal metadata (PROTO-75).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct PseudonymousCredential {
    /// What all but the participants know of the client.
    pub tbs: PseudonymousCredentialTbs,
    /// What the participants know besides: an IdentityLinkTbe, encrypted.
    pub identity_link_ciphertext: Opaque,
}

/// What the client itself vouches for, by its signature in the IdentityLinkTbe.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct PseudonymousCredentialTbs {
    /// The pseudonym of the client.
    pub client_pseudonym: IdentifierUri,
    /// The pseudonym of its user: the entry in the participant list.
    pub user_pseudonym: IdentifierUri,
    /// The key that the client signs MLS messages with.
    pub signature_public_key: Opaque,
}

/// What the identity link says.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct IdentityLinkTbe {
    /// The signature over the PseudonymousCredentialTbs, with the key that belongs to the client's own credential.
    pub pseudonymous_credential_signature: Opaque,
    /// The credential with the client's own name.
    pub client_credential: Credential,
}

impl PseudonymousCredentialTbs {
    /// The label of the signature.
    pub const LABEL: &str = "PseudonymousCredentialTBS";
}

impl IdentityLinkTbe {
    /// The label of the encryption.
    pub const LABEL: &str = "IdentityLinkTBE";
}
