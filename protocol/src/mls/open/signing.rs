//! Signatures of what is no MLS message, made as MLS makes its own (RFC 9420 §5.1.2).

use super::codec::{self, decode_failed};
use super::provider::{SUITE, SimCrypto};
use super::settings;
use super::signer::StepSigner;
use crate::ids::ProviderId;
use crate::mls::{Leaves, MlsConfig, MlsError, Octets, Sender};
use openmls::group::PublicGroup;
use openmls::prelude::LeafNodeIndex;
use openmls::prelude::tls_codec::{Deserialize as _, Serialize as _, VLByteSlice, VLBytes};
use openmls_traits::signatures::Signer as _;

/// What the signatures are for.
const LABEL: &[u8] = b"MLS 1.0 MIMIStateEvent";

/// The public key and the signature.
pub(super) fn sign<C: SimCrypto>(
    crypto: &C,
    (secret, public): (&[u8], &[u8]),
    content: &[u8],
) -> Result<Octets, MlsError> {
    let signature =
        StepSigner { crypto, secret }.sign(&to_be_signed(content)?).map_err(|_| MlsError::Limit)?;
    let octets = (VLByteSlice(public), VLByteSlice(&signature)).tls_serialize_detached();
    Ok(octets.map_err(|_| MlsError::Limit)?.into())
}

/// Verifies it; `key` is what the signer's public key must be.
pub(super) fn verify<C: SimCrypto>(
    config: &MlsConfig,
    by: Sender,
    key: Option<&Octets>,
    content: &[u8],
    octets: &[u8],
) -> Result<(), MlsError> {
    let mut rest = octets;
    let mut read = || <(VLBytes, VLBytes)>::tls_deserialize(&mut rest);
    let (public, signature) = read().map_err(|_| MlsError::NotAuthentic)?;
    let expected: Option<Octets> = match (key, by) {
        (Some(key), _) => Some(key.clone()),
        (None, Sender::External(server)) => {
            Some(settings::server_keys::<C>(&config.directory, server).1.into())
        }
        (None, Sender::Member(_) | Sender::Joiner(_)) => None,
    };
    if expected.is_some_and(|key| *key != *public.as_slice()) || !rest.is_empty() {
        return Err(MlsError::NotAuthentic);
    }
    let (scheme, signed) = (SUITE.signature_algorithm(), to_be_signed(content)?);
    let verified = C::default().verify_signature(scheme, &signed, public.as_slice(), signature.as_slice());
    verified.map_err(|_| MlsError::NotAuthentic)
}

/// The key that a group knows somebody by.
pub(super) fn key_in(
    group: &PublicGroup,
    leaves: &Leaves,
    senders: &[ProviderId],
    of: Sender,
) -> Option<Octets> {
    match of {
        Sender::Member(client) | Sender::Joiner(client) => {
            let (leaf, _) = leaves.iter().find(|(_, at)| **at == client)?;
            Some(group.leaf(LeafNodeIndex::new(*leaf))?.signature_key().as_slice().into())
        }
        Sender::External(server) => {
            let place = senders.iter().position(|sender| *sender == server)?;
            let listed = group.group_context().extensions().external_senders()?.get(place)?;
            // The library keeps the key to itself; it comes first in an ExternalSender (RFC 9420 §12.1.8.1).
            let octets = codec::encode(listed).ok()?;
            let key = VLBytes::tls_deserialize(&mut &*octets).map_err(decode_failed).ok()?;
            Some(key.as_slice().into())
        }
    }
}

/// A SignContent.
fn to_be_signed(content: &[u8]) -> Result<Vec<u8>, MlsError> {
    (VLByteSlice(LABEL), VLByteSlice(content)).tls_serialize_detached().map_err(|_| MlsError::Limit)
}
