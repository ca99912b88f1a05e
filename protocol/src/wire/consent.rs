//! `POST /requestConsent/{targetDomain}` and `POST /updateConsent/{requesterDomain}`: explicit consent (proto §5.7).

use super::app_data::AppDataDictionary;
use super::{IdentifierUri, KeyPackageBytes};
use std::io::Write;
use tls_codec::{DeserializeBytes, Error, Serialize, Size};

/// What is said about the consent; a grant may bring key packages along (PROTO-63).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum ConsentAct {
    /// `cancel`, 0: an earlier request is void.
    Cancel,
    /// `request`, 1.
    Request,
    /// `grant`, 2.
    Grant(Vec<KeyPackageBytes>),
    /// `revoke`, 3: it is revoked, or denied before anybody has asked.
    Revoke,
}

impl ConsentAct {
    fn code(&self) -> u8 {
        match self {
            Self::Cancel => 0,
            Self::Request => 1,
            Self::Grant(_) => 2,
            Self::Revoke => 3,
        }
    }
}

/// The body of both requests. Requester, target and room are its scope (PROTO-61).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ConsentEntry {
    /// What is said.
    pub act: ConsentAct,
    /// Who is to get key packages.
    pub requester: IdentifierUri,
    /// Whose key packages.
    pub target: IdentifierUri,
    /// For which room; for any, where none is named (PROTO-65).
    pub room: Option<IdentifierUri>,
    /// Whatever else.
    pub extensions: AppDataDictionary,
}

impl Size for ConsentEntry {
    fn tls_serialized_len(&self) -> usize {
        let packages = match &self.act {
            ConsentAct::Grant(packages) => packages.tls_serialized_len(),
            _ => 0,
        };
        let scope = self.requester.tls_serialized_len()
            + self.target.tls_serialized_len()
            + self.room.tls_serialized_len();
        1 + scope + packages + self.extensions.tls_serialized_len()
    }
}

impl Serialize for ConsentEntry {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        let mut written = self.act.code().tls_serialize(writer)?;
        written += self.requester.tls_serialize(writer)?;
        written += self.target.tls_serialize(writer)?;
        written += self.room.tls_serialize(writer)?;
        if let ConsentAct::Grant(packages) = &self.act {
            written += packages.tls_serialize(writer)?;
        }
        Ok(written + self.extensions.tls_serialize(writer)?)
    }
}

impl DeserializeBytes for ConsentEntry {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (code, rest) = u8::tls_deserialize_bytes(bytes)?;
        let (requester, rest) = IdentifierUri::tls_deserialize_bytes(rest)?;
        let (target, rest) = IdentifierUri::tls_deserialize_bytes(rest)?;
        let (room, rest) = Option::<IdentifierUri>::tls_deserialize_bytes(rest)?;
        let (act, rest) = match code {
            0 => (ConsentAct::Cancel, rest),
            1 => (ConsentAct::Request, rest),
            2 => {
                let (packages, rest) = Vec::<KeyPackageBytes>::tls_deserialize_bytes(rest)?;
                (ConsentAct::Grant(packages), rest)
            }
            3 => (ConsentAct::Revoke, rest),
            other => return Err(Error::UnknownValue(other.into())),
        };
        let (extensions, rest) = AppDataDictionary::tls_deserialize_bytes(rest)?;
        Ok((Self { act, requester, target, room, extensions }, rest))
    }
}
