//! `POST /identifierQuery/{domain}`: who somebody is (proto §5.8).

use super::app_data::AppDataDictionary;
use super::{IdentifierUri, Opaque};
use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// What is looked at.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum SearchIdentifierType {
    /// The whole handle.
    #[tls_codec(discriminant = 1)]
    Handle,
    /// A nickname, or the user part of a handle.
    Nick,
    /// An addr-spec.
    Email,
    /// A number in its international form.
    Phone,
    /// A part of a name.
    PartialName,
    /// A part of any field that may be searched.
    WholeProfile,
    /// The UserInfo Standard Claim of this name (OpenID Connect Core §5.1).
    OidcStdClaim(Opaque),
    /// The vCard property of this name (RFC 6350).
    VcardField(Opaque),
}

/// One thing that must match.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct QueryElement {
    /// What is looked at.
    pub search_type: SearchIdentifierType,
    /// What must stand there, UTF-8.
    pub search_value: Opaque,
}

/// The body of the request: all elements must match (PROTO-66).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct IdentifierRequest {
    /// The elements.
    pub query_elements: Vec<QueryElement>,
    /// Whatever else.
    pub id_request_extensions: AppDataDictionary,
}

/// How a query ended (PROTO-67).
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Debug,
    Serialize,
    Deserialize,
    TlsSize,
    TlsSerialize,
    TlsDeserializeBytes,
)]
#[repr(u8)]
pub enum IdentifierQueryCode {
    /// Somebody matches.
    Success = 0,
    /// Nobody does.
    NotFound = 1,
    /// It has to be more exact.
    Ambiguous = 2,
    /// The provider answers no such query.
    Forbidden = 3,
    /// The provider does not know one of the fields.
    UnsupportedField = 4,
}

/// What kind of name a field of a profile has.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum FieldSource {
    /// A UserInfo Standard Claim.
    OidcStdClaim = 7,
    /// A vCard property.
    VcardField = 8,
}

/// A field of a profile.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ProfileField {
    /// What kind of name it has.
    pub field_source: FieldSource,
    /// Its name, UTF-8.
    pub field_name: Opaque,
    /// What stands there.
    pub field_value: Opaque,
}

/// What is told of somebody who matches.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct UserProfile {
    /// The user's stable URI.
    pub stable_uri: IdentifierUri,
    /// Fields of its profile.
    pub fields: Vec<ProfileField>,
}

/// The body of the answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct IdentifierResponse {
    /// How the query ended.
    pub response_code: IdentifierQueryCode,
    /// Who matches.
    pub uri: Vec<IdentifierUri>,
    /// What is told of them.
    pub found_profiles: Vec<UserProfile>,
    /// Whatever else.
    pub id_response_extensions: AppDataDictionary,
}
