//! What is for one party alone and no MLS message: HPKE with the suite that MLS uses (RFC 9180).

use super::provider::{SUITE, SimCrypto};
use crate::mls::{AnswerSecret, Entropy, MlsError, Octets};
use crate::wire::mls::HpkeCiphertext;
use openmls_traits::types::{self, CryptoError, HpkeKeyPair};

/// How long an answer's secret is: as the longer of the AEAD's key and nonce (RFC 9458 §4.4).
const SECRET_LEN: usize = 16;

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

/// Seals it for whoever has the other part of the key, and exports a secret for the answer.
pub(super) fn seal_for_answer<C: SimCrypto>(
    key: &[u8],
    (info, answer): (&[u8], &[u8]),
    content: &[u8],
    entropy: Entropy,
) -> Result<(HpkeCiphertext, AnswerSecret), MlsError> {
    let mut crypto = C::default();
    crypto.reseed(entropy.0);
    let sealed = crypto.hpke_seal_and_export(key, info, content, (answer, SECRET_LEN));
    let (sealed, exported) = sealed.map_err(|_| MlsError::Malformed)?;
    let (kem_output, ciphertext) = (sealed.kem_output.as_slice().into(), sealed.ciphertext.as_slice().into());
    Ok((HpkeCiphertext { kem_output, ciphertext }, answer_secret(&exported)?))
}

/// Opens it, and exports the same secret.
pub(super) fn open_for_answer<C: SimCrypto>(
    crypto: &C,
    secret: &[u8],
    (info, answer): (&[u8], &[u8]),
    sealed: &HpkeCiphertext,
) -> Result<(Vec<u8>, AnswerSecret), MlsError> {
    let pair = key_pair(crypto, secret)?;
    let (kem_output, ciphertext) = (sealed.kem_output.as_slice().into(), sealed.ciphertext.as_slice().into());
    let input = types::HpkeCiphertext { kem_output, ciphertext };
    let opened = crypto.hpke_open_and_export(&input, &pair.private, info, (answer, SECRET_LEN));
    let (content, exported) = opened.map_err(|_| MlsError::NotAuthentic)?;
    Ok((content, answer_secret(&exported)?))
}

/// Seals an answer.
pub(super) fn seal_answer<C: SimCrypto>(
    secret: AnswerSecret,
    salt: &[u8],
    content: &[u8],
) -> Result<Vec<u8>, MlsError> {
    let crypto = C::default();
    let (key, nonce) = answer_keys(&crypto, secret, salt).map_err(|_| MlsError::Limit)?;
    let sealed = crypto.aead_encrypt(SUITE.aead_algorithm(), &key, content, &nonce, &[]);
    sealed.map_err(|_| MlsError::Limit)
}

/// Opens an answer.
pub(super) fn open_answer<C: SimCrypto>(
    secret: AnswerSecret,
    salt: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, MlsError> {
    let crypto = C::default();
    let (key, nonce) = answer_keys(&crypto, secret, salt).map_err(|_| MlsError::Limit)?;
    let opened = crypto.aead_decrypt(SUITE.aead_algorithm(), &key, sealed, &nonce, &[]);
    opened.map_err(|_| MlsError::NotAuthentic)
}

/// RFC 9458 §4.4.
fn answer_keys<C: SimCrypto>(
    crypto: &C,
    secret: AnswerSecret,
    salt: &[u8],
) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
    let (hash, aead) = (SUITE.hash_algorithm(), SUITE.aead_algorithm());
    let prk = crypto.hkdf_extract(hash, salt, &secret.0)?;
    let key = crypto.hkdf_expand(hash, prk.as_slice(), b"key", aead.key_size())?;
    let nonce = crypto.hkdf_expand(hash, prk.as_slice(), b"nonce", aead.nonce_size())?;
    Ok((key.as_slice().to_vec(), nonce.as_slice().to_vec()))
}

fn answer_secret(exported: &[u8]) -> Result<AnswerSecret, MlsError> {
    Ok(AnswerSecret(exported.try_into().map_err(|_| MlsError::Limit)?))
}

fn key_pair<C: SimCrypto>(crypto: &C, secret: &[u8]) -> Result<HpkeKeyPair, MlsError> {
    let seed = blake3::derive_key("mimic sealing key", secret);
    crypto.derive_hpke_keypair(SUITE.hpke_config(), &seed).map_err(|_| MlsError::Limit)
}
