//! What is for one party alone and no MLS message: an object that names its key, and a secret that both of its ends know.

use super::wire::{Signer, hash};
use crate::mls::{AnswerSecret, Entropy, MlsError};
use crate::wire::mls::HpkeCiphertext;

/// How many octets of what names a key are the key's, and how many set one use of it apart from the others: together as many
/// as a key of X25519 has.
const HALF: usize = 16;
/// How long the mark in front of a content is.
const MARK_LEN: usize = 32;

/// What is sealed names its key.
pub(super) fn seal(key: &[u8], info: &[u8], content: &[u8]) -> HpkeCiphertext {
    let ciphertext = [&hash("mimic symbolic sealing", info)[..], content].concat();
    HpkeCiphertext { kem_output: key.into(), ciphertext: ciphertext.into() }
}

/// Nobody else opens it.
pub(super) fn unseal(holder: Signer, info: &[u8], sealed: &HpkeCiphertext) -> Result<Vec<u8>, MlsError> {
    let is_own = sealed.kem_output.as_slice() == &*holder.key();
    let (of_info, content) =
        sealed.ciphertext.as_slice().split_first_chunk().ok_or(MlsError::NotAuthentic)?;
    let fits = *of_info == hash("mimic symbolic sealing", info);
    if is_own && fits { Ok(content.to_vec()) } else { Err(MlsError::NotAuthentic) }
}

/// What is sealed names its key, and the use of it that this is.
pub(super) fn seal_for_answer(
    key: &[u8],
    (info, answer): (&[u8], &[u8]),
    content: &[u8],
    entropy: Entropy,
) -> (HpkeCiphertext, AnswerSecret) {
    let fresh = entropy.of("mimic symbolic sealing for an answer");
    let named = [&name(key)[..], &fresh.0[..HALF]].concat();
    let ciphertext = lock(&named, info, content);
    let secret = exported(&named, info, answer);
    (HpkeCiphertext { kem_output: named.into(), ciphertext: ciphertext.into() }, secret)
}

/// Nobody else opens it.
pub(super) fn unseal_for_answer(
    holder: Signer,
    (info, answer): (&[u8], &[u8]),
    sealed: &HpkeCiphertext,
) -> Result<(Vec<u8>, AnswerSecret), MlsError> {
    let named = sealed.kem_output.as_slice();
    if named.len() != 2 * HALF || named[..HALF] != name(&holder.key()) {
        return Err(MlsError::NotAuthentic);
    }
    let content = unlock(named, info, sealed.ciphertext.as_slice())?;
    Ok((content, exported(named, info, answer)))
}

/// A mark of the content and of what it goes with, and the content behind it, not to be read in passing: a test can look for
/// what others are not to see.
pub(super) fn lock(secret: &[u8], with: &[u8], content: &[u8]) -> Vec<u8> {
    [&mark(secret, with, content)[..], &masked(secret, with, content)].concat()
}

/// The content, if the mark is its own.
pub(super) fn unlock(secret: &[u8], with: &[u8], locked: &[u8]) -> Result<Vec<u8>, MlsError> {
    let (own, rest) = locked.split_at_checked(MARK_LEN).ok_or(MlsError::NotAuthentic)?;
    let content = masked(secret, with, rest);
    if *own == mark(secret, with, &content) { Ok(content) } else { Err(MlsError::NotAuthentic) }
}

fn name(key: &[u8]) -> [u8; HALF] {
    let mut name = [0; HALF];
    name.copy_from_slice(&hash("mimic symbolic name of a key", key)[..HALF]);
    name
}

fn exported(named: &[u8], info: &[u8], answer: &[u8]) -> AnswerSecret {
    let mut secret = [0; 16];
    secret.copy_from_slice(&hash("mimic symbolic answer secret", &joined(named, info, answer))[..16]);
    AnswerSecret(secret)
}

fn mark(secret: &[u8], with: &[u8], content: &[u8]) -> [u8; MARK_LEN] {
    hash("mimic symbolic mark", &joined(secret, with, content))
}

fn masked(secret: &[u8], with: &[u8], content: &[u8]) -> Vec<u8> {
    let mut hasher = blake3::Hasher::new_derive_key("mimic symbolic mask");
    hasher.update(&joined(secret, with, &[]));
    let mut mask = vec![0; content.len()];
    hasher.finalize_xof().fill(&mut mask);
    mask.iter_mut().zip(content).for_each(|(octet, own)| *octet ^= own);
    mask
}

/// All three, and where each ends.
fn joined(first: &[u8], second: &[u8], third: &[u8]) -> Vec<u8> {
    let length = |part: &[u8]| (part.len() as u64).to_be_bytes();
    [&length(first)[..], first, &length(second), second, third].concat()
}
