//! The objects of RFC 9420 that MIMI's structs contain and that a provider reads without an MLS engine.

use super::Opaque;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// Who a signature key belongs to (RFC 9420 §5.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u16)]
pub enum Credential {
    /// `basic`: a bare identity, in MIMI the client's URI.
    #[tls_codec(discriminant = 1)]
    Basic(Opaque),
    /// `x509`: a chain of certificates, the leaf first.
    #[tls_codec(discriminant = 2)]
    X509(Vec<Opaque>),
}

/// What a client can do (RFC 9420 §7.2), by code points.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Capabilities {
    /// Protocol versions.
    pub versions: Vec<u16>,
    /// Cipher suites.
    pub cipher_suites: Vec<u16>,
    /// Extensions other than the default ones.
    pub extensions: Vec<u16>,
    /// Proposals other than the default ones.
    pub proposals: Vec<u16>,
    /// Credential types.
    pub credentials: Vec<u16>,
}

/// What the clients of a group must be able to do (RFC 9420 §11.1), by code points.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct RequiredCapabilities {
    /// Extensions.
    pub extension_types: Vec<u16>,
    /// Proposals.
    pub proposal_types: Vec<u16>,
    /// Credential types.
    pub credential_types: Vec<u16>,
}

/// An extension of any kind (RFC 9420 §13).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Extension {
    /// Which extension it is.
    pub extension_type: u16,
    /// Its content.
    pub extension_data: Opaque,
}

/// An outsider who may propose (RFC 9420 §12.1.8.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ExternalSender {
    /// The key that its proposals are signed with.
    pub signature_key: Opaque,
    /// Whose key that is.
    pub credential: Credential,
}

/// What HPKE makes of a plaintext (RFC 9420 §5.1.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct HpkeCiphertext {
    /// The encapsulated key.
    pub kem_output: Opaque,
    /// The sealed plaintext.
    pub ciphertext: Opaque,
}
