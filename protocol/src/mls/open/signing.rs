//! Signatures of what is no MLS message, with the keys that MLS signs with (RFC 9420 §5.1.2).

use super::codec::{self, decode_failed};
use super::provider::{SUITE, SimCrypto};
use super::signer::StepSigner;
use super::view;
use crate::ids::{ClientId, ProviderId};
use crate::mls::{Leaves, MlsError, Octets, Sender};
use crate::wire::pseudonym::PseudonymousCredential;
use openmls::group::PublicGroup;
use openmls::prelude::LeafNodeIndex;
use openmls::prelude::tls_codec::{Deserialize as _, VLBytes};
use openmls_traits::signatures::Signer as _;

/// The signature of whoever has this secret key.
pub(super) fn sign<C: SimCrypto>(crypto: &C, secret: &[u8], octets: &[u8]) -> Result<Octets, MlsError> {
    Ok(StepSigner { crypto, secret }.sign(octets).map_err(|_| MlsError::Limit)?.into())
}

/// Verifies it.
pub(super) fn verify<C: SimCrypto>(key: &[u8], octets: &[u8], signature: &[u8]) -> Result<(), MlsError> {
    let verified = C::default().verify_signature(SUITE.signature_algorithm(), octets, key, signature);
    verified.map_err(|_| MlsError::NotAuthentic)
}

/// The pseudonymous credential of a client's leaf.
pub(super) fn pseudonym_in(
    group: &PublicGroup,
    leaves: &Leaves,
    of: ClientId,
) -> Option<PseudonymousCredential> {
    let (leaf, _) = leaves.iter().find(|(_, at)| **at == of)?;
    view::pseudonym(group.leaf(LeafNodeIndex::new(*leaf))?.credential())
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
