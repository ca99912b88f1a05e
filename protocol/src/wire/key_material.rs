//! `POST /keyMaterial/{targetUser}`: claims a KeyPackage of every client of a user (proto §5.2).

use super::mls::{Capabilities, Credential, RequiredCapabilities};
use super::{IdentifierUri, KeyPackageBytes, Opaque, Protocol};
use std::io::Write;
use tls_codec::{DeserializeBytes, Error, Serialize, Size, TlsDeserializeBytes, TlsSerialize, TlsSize};

/// What a [`KeyMaterialRequest`] is signed over.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct KeyMaterialRequestTbs {
    /// The protocol that the material is for.
    pub protocol: Protocol,
    /// Who asks.
    pub requesting_user: IdentifierUri,
    /// Whose material it is.
    pub target_user: IdentifierUri,
    /// The room that the target is to be added to (PROTO-22).
    pub room_id: IdentifierUri,
    /// The cipher suites that will do.
    pub acceptable_ciphersuites: Vec<u16>,
    /// What the clients have to support.
    pub required_capabilities: RequiredCapabilities,
    /// The key of the signature.
    pub requester_signature_key: Opaque,
    /// Whose key that is.
    pub requester_credential: Credential,
}

impl KeyMaterialRequestTbs {
    /// The label that it is signed with.
    pub const LABEL: &'static str = "KeyMaterialRequestTBS";
}

/// The request.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct KeyMaterialRequest {
    /// All of it but the signature.
    pub tbs: KeyMaterialRequestTbs,
    /// The requester's.
    pub signature: Opaque,
}

/// How the request ended for the user as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum KeyMaterialUserCode {
    /// There is material for every client.
    Success = 0,
    /// There is material for at least one client.
    PartialSuccess = 1,
    /// The protocol is not supported.
    IncompatibleProtocol = 2,
    /// No client has material that fits.
    NoCompatibleMaterial = 3,
    /// There is no such user.
    UserUnknown = 4,
    /// The requester has no consent; also in place of codes that would tell too much (PROTO-26).
    NoConsent = 5,
    /// The requester has no consent for this room.
    NoConsentForThisRoom = 6,
    /// There was such a user.
    UserDeleted = 7,
}

/// The response. Clients are listed with the codes success and partialSuccess, and may be with noCompatibleMaterial
/// (PROTO-24).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct KeyMaterialResponse {
    /// The protocol that the material is for.
    pub protocol: Protocol,
    /// How the request ended.
    pub user_status: KeyMaterialUserCode,
    /// Whose material it is.
    pub user_uri: IdentifierUri,
    /// The clients of the user.
    pub clients: Vec<ClientKeyMaterial>,
}

/// What there is of one client.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ClientKeyMaterial {
    /// The client.
    pub client_uri: IdentifierUri,
    /// Its material; the code stands in front of the URI.
    pub material: ClientMaterial,
}

/// The code of one client, with what belongs to it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ClientMaterial {
    /// `success`, 0: a KeyPackage, to be used once.
    Success(KeyPackageBytes),
    /// `keyMaterialExhausted`, 1: all were given away.
    KeyMaterialExhausted,
    /// `nothingCompatible`, 2: none fits; perhaps with what the client supports.
    NothingCompatible(Option<Capabilities>),
}

impl ClientMaterial {
    fn code(&self) -> u8 {
        match self {
            Self::Success(_) => 0,
            Self::KeyMaterialExhausted => 1,
            Self::NothingCompatible(_) => 2,
        }
    }
}

impl Size for ClientKeyMaterial {
    fn tls_serialized_len(&self) -> usize {
        let body = match &self.material {
            ClientMaterial::Success(key_package) => key_package.tls_serialized_len(),
            ClientMaterial::KeyMaterialExhausted => 0,
            ClientMaterial::NothingCompatible(capabilities) => capabilities.tls_serialized_len(),
        };
        1 + self.client_uri.tls_serialized_len() + body
    }
}

impl Serialize for ClientKeyMaterial {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let head = self.material.code().tls_serialize(writer)? + self.client_uri.tls_serialize(writer)?;
        let body = match &self.material {
            ClientMaterial::Success(key_package) => key_package.tls_serialize(writer)?,
            ClientMaterial::KeyMaterialExhausted => 0,
            ClientMaterial::NothingCompatible(capabilities) => capabilities.tls_serialize(writer)?,
        };
        Ok(head + body)
    }
}

impl DeserializeBytes for ClientKeyMaterial {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (code, rest) = u8::tls_deserialize_bytes(bytes)?;
        let (client_uri, rest) = IdentifierUri::tls_deserialize_bytes(rest)?;
        let (material, rest) = match code {
            0 => {
                let (key_package, rest) = KeyPackageBytes::tls_deserialize_bytes(rest)?;
                (ClientMaterial::Success(key_package), rest)
            }
            1 => (ClientMaterial::KeyMaterialExhausted, rest),
            2 => {
                let (capabilities, rest) = Option::tls_deserialize_bytes(rest)?;
                (ClientMaterial::NothingCompatible(capabilities), rest)
            }
            other => return Err(Error::UnknownValue(other.into())),
        };
        Ok((Self { client_uri, material }, rest))
    }
}
