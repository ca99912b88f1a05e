//! What is said about consent, to octets and back: each operation has its endpoint (PROTO-59).

use super::common::{room, user};
use super::{CodecError, Endpoint};
use crate::directory::Directory;
use crate::ids::UserId;
use crate::mls::Octets;
use crate::node::{Consent, ConsentScope, Request};
use crate::wire::app_data::AppDataDictionary;
use crate::wire::consent::{ConsentAct, ConsentEntry};
use crate::wire::{IdentifierUri, KeyPackageBytes, Wire};

/// The endpoint, the path, which is the receiver's domain, and the body.
pub(super) fn encode(
    directory: &Directory,
    (consent, scope): (Consent, ConsentScope),
    serial: Option<u32>,
    key_packages: &[Octets],
) -> Result<(Endpoint, String, Vec<u8>), CodecError> {
    let packages = || -> Result<Vec<KeyPackageBytes>, CodecError> {
        key_packages.iter().map(|package| Ok(KeyPackageBytes::try_from(&**package)?)).collect()
    };
    let (act, endpoint) = match consent {
        Consent::Cancel => (ConsentAct::Cancel, Endpoint::RequestConsent),
        Consent::Request => (ConsentAct::Request, Endpoint::RequestConsent),
        Consent::Grant => (ConsentAct::Grant(packages()?), Endpoint::UpdateConsent),
        Consent::Revoke => (ConsentAct::Revoke, Endpoint::UpdateConsent),
    };
    let entry = ConsentEntry {
        act,
        requester: IdentifierUri::from(directory.user_uri(scope.requester)),
        target: IdentifierUri::from(directory.user_uri(scope.target)),
        room: scope.room.map(|room| IdentifierUri::from(directory.room_uri(room))),
        extensions: AppDataDictionary::default(),
    };
    Ok(match serial {
        Some(serial) => {
            (Endpoint::OwnConsent, String::new(), [&serial.to_be_bytes()[..], &entry.encode()].concat())
        }
        None => {
            let domain =
                directory.provider_uri(directory.provider_of(receiver(consent, scope))).domain().to_owned();
            (endpoint, domain, entry.encode())
        }
    })
}

/// The request of a body that came to this endpoint and path.
pub(super) fn decode(
    directory: &Directory,
    endpoint: Endpoint,
    (path, body): (&[u8], &[u8]),
) -> Result<Request, CodecError> {
    let (serial, body) = match (endpoint, body.split_first_chunk::<4>()) {
        (Endpoint::OwnConsent, Some((serial, body))) => (Some(u32::from_be_bytes(*serial)), body),
        (Endpoint::OwnConsent, None) => return Err(CodecError::Unsupported),
        _ => (None, body),
    };
    let ConsentEntry { act, requester, target, room: named, .. } = ConsentEntry::decode(body)?;
    let mut key_packages: Vec<Octets> = Vec::new();
    let consent = match (act, endpoint) {
        (ConsentAct::Cancel, Endpoint::RequestConsent | Endpoint::OwnConsent) => Consent::Cancel,
        (ConsentAct::Request, Endpoint::RequestConsent | Endpoint::OwnConsent) => Consent::Request,
        (ConsentAct::Grant(packages), Endpoint::UpdateConsent | Endpoint::OwnConsent) => {
            key_packages.extend(packages.iter().map(|package| Octets::from(package.as_slice())));
            Consent::Grant
        }
        (ConsentAct::Revoke, Endpoint::UpdateConsent | Endpoint::OwnConsent) => Consent::Revoke,
        _ => return Err(CodecError::WrongOperation),
    };
    let scope = ConsentScope {
        requester: user(directory, &requester)?,
        target: user(directory, &target)?,
        room: named.map(|uri| room(directory, uri.as_slice())).transpose()?,
    };
    let domain = directory.provider_uri(directory.provider_of(receiver(consent, scope))).domain();
    if serial.is_none() && path != domain.as_bytes() {
        return Err(CodecError::Misaddressed);
    }
    Ok(Request::Consent { consent, scope, serial, key_packages })
}

/// Whom it is for.
fn receiver(consent: Consent, scope: ConsentScope) -> UserId {
    match consent {
        Consent::Request | Consent::Cancel => scope.target,
        Consent::Grant | Consent::Revoke => scope.requester,
    }
}
