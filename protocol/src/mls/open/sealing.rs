//! What is for one party alone and no MLS message: HPKE with the suite that MLS uses (RFC 9180).

use super::provider::{SUITE, SimCrypto};
use crate::mls::{Entropy, MlsError, Octets};
use crate::wire::mls::HpkeCiphertext;
use openmls_traits::types::{self, HpkeKeyPair};

/// The public key of whoever has this secret signature key: one identity, two pairs of keys.
pub(super) fn public_key<C: SimCrypto>(crypto: &C, secret: &[u8]) -> Result<Octets, MlsError> {
    Ok(key_pair(crypto, secret)?.public.into())
}

/// Seals it for whoever has the other part of the key.
pub(super) fn seal<C: SimCrypto>(
    key: &[u8],
    info: &[u8],
    content: &[u8],
    entropy: Entropy,
) -> Result<HpkeCiphertext, MlsError> {
    let mut crypto = C::default();
    crypto.reseed(entropy.0);
    // A key that is none is the fault of whoever has sent it.
    let sealed = crypto.hpke_seal(SUITE.hpke_config(), key, info, &[], content);
    let sealed = sealed.map_err(|_| MlsError::Malformed)?;
    let (kem_output, ciphertext) = (sealed.kem_output.as_slice().into(), sealed.ciphertext.as_slice().into());
    Ok(HpkeCiphertext { kem_output, ciphertext })
}

/// Opens what was sealed for whoever has this secret signature key.
pub(super) fn open<C: SimCrypto>(
    crypto: &C,
    secret: &[u8],
    info: &[u8],
    sealed: &HpkeCiphertext,
) -> Result<Vec<u8>, MlsError> {
    let pair = key_pair(crypto, secret)?;
    let (kem_output, ciphertext) = (sealed.kem_output.as_slice().into(), sealed.ciphertext.as_slice().into());
    let input = types::HpkeCiphertext { kem_output, ciphertext };
    let opened = crypto.hpke_open(SUITE.hpke_config(), &input, &pair.private, info, &[]);
    opened.map_err(|_| MlsError::NotAuthentic)
}

fn key_pair<C: SimCrypto>(crypto: &C, secret: &[u8]) -> Result<HpkeKeyPair, MlsError> {
    let seed = blake3::derive_key("mimic sealing key", secret);
    crypto.derive_hpke_keypair(SUITE.hpke_config(), &seed).map_err(|_| MlsError::Limit)
}
