//! INSECURE stand-in cryptography for simulation: the shapes of suite 0x0001, a non-cryptographic hash inside.

use super::provider::{SUITE, SimCrypto, Spoiler, require_suite};
use openmls::prelude::tls_codec::SecretVLBytes;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};
use std::sync::atomic::{AtomicU64, Ordering};
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// **INSECURE. NEVER USE THIS OUTSIDE A SIMULATION: IT PROTECTS NOTHING.**
///
/// Whoever knows a public key can forge its owner's signatures and open what is sealed to it, and the hash (two xxh3-128
/// values) does not resist anybody who looks for collisions. What it keeps is all that the state machine above can
/// notice among parties that do not attack the primitives themselves: lengths on the wire, keys that do not fit, content that was
/// tampered with, replays, wrong epochs. A simulated adversary may use it with its own keys only.
///
/// * public key = H(secret key); signature = H(public key, message), 64 octets
/// * HPKE: enc = H(entropy, inputs); key = H(receiver's public key, enc, info), so that opening takes the secret key
/// * AEAD: a keystream of H(key, nonce, counter) and a tag of 16 octets over nonce, additional data and ciphertext
#[derive(Debug, Default)]
pub struct InsecureFastCrypto {
    entropy: [u8; 32],
    /// Sets apart operations of one step whose inputs are the same.
    repeats: AtomicU64,
    spoiler: Spoiler,
}

/// What a hash is for: keeps all uses apart.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Use {
    Hash = 1,
    Hmac,
    Extract,
    Expand,
    Public,
    Sign,
    SignMore,
    Secret,
    Enc,
    Shared,
    Stream,
    Tag,
    Export,
    Fresh,
}

const KEY_LEN: usize = 32;
const TAG_LEN: usize = 16;

fn h(purpose: Use, parts: &[&[u8]]) -> [u8; 32] {
    let len = parts.iter().map(|part| part.len() + 4).sum::<usize>() + 1;
    let mut input = Vec::with_capacity(len);
    input.push(purpose as u8);
    for part in parts {
        input.extend_from_slice(&(part.len() as u32).to_le_bytes());
        input.extend_from_slice(part);
    }
    let mut out = [0; 32];
    out[..16].copy_from_slice(&xxh3_128_with_seed(&input, 0x4d49_4d49).to_le_bytes());
    out[16..].copy_from_slice(&xxh3_128_with_seed(&input, 0x4d4c_5331).to_le_bytes());
    out
}

fn sign_with_public(public: &[u8], data: &[u8]) -> Vec<u8> {
    let first = h(Use::Sign, &[public, data]);
    [first, h(Use::SignMore, &[&first])].concat()
}

fn xor_keystream(key: &[u8], nonce: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = data.to_vec();
    for (counter, block) in out.chunks_mut(32).enumerate() {
        let stream = h(Use::Stream, &[key, nonce, &(counter as u64).to_le_bytes()]);
        block.iter_mut().zip(stream).for_each(|(octet, mask)| *octet ^= mask);
    }
    out
}

fn seal(key: &[u8], nonce: &[u8], aad: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = xor_keystream(key, nonce, data);
    let tag = h(Use::Tag, &[key, nonce, aad, &out]);
    out.extend_from_slice(&tag[..TAG_LEN]);
    out
}

fn open(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (data, tag) = sealed.split_at_checked(sealed.len().checked_sub(TAG_LEN)?)?;
    let expected = h(Use::Tag, &[key, nonce, aad, data]);
    (tag == &expected[..TAG_LEN]).then(|| xor_keystream(key, nonce, data))
}

fn require_hash(alg: HashType) -> Result<(), CryptoError> {
    if alg == HashType::Sha2_256 { Ok(()) } else { Err(CryptoError::UnsupportedHashAlgorithm) }
}

fn require_aead(alg: AeadType, key: &[u8], nonce: &[u8]) -> Result<(), CryptoError> {
    if alg != SUITE.aead_algorithm() {
        return Err(CryptoError::UnsupportedAeadAlgorithm);
    }
    let fits = key.len() == alg.key_size() && nonce.len() == alg.nonce_size();
    if fits { Ok(()) } else { Err(CryptoError::InvalidLength) }
}

fn require_signature(alg: SignatureScheme) -> Result<(), CryptoError> {
    let ours = SUITE.signature_algorithm();
    if alg == ours { Ok(()) } else { Err(CryptoError::UnsupportedSignatureScheme) }
}

fn require_key(key: &[u8]) -> Result<(), CryptoError> {
    if key.len() == KEY_LEN { Ok(()) } else { Err(CryptoError::InvalidLength) }
}

impl SimCrypto for InsecureFastCrypto {
    const NAME: &'static str = "insecure-fast";

    fn reseed(&mut self, entropy: [u8; 32]) {
        self.entropy = entropy;
        self.repeats = AtomicU64::new(0);
        self.spoiler = Spoiler::default();
    }

    fn spoil_next_path(&self) {
        self.spoiler.arm();
    }

    fn hpke_seal_and_export(
        &self,
        pk_r: &[u8],
        info: &[u8],
        ptxt: &[u8],
        (context, length): (&[u8], usize),
    ) -> Result<(HpkeCiphertext, Vec<u8>), CryptoError> {
        require_key(pk_r)?;
        let enc = h(Use::Enc, &[&self.entropy, pk_r, info, ptxt, context]);
        let key = h(Use::Shared, &[pk_r, &enc, info]);
        let ciphertext = seal(&key, &[], &[], ptxt);
        let exported = stretch(Use::Export, &[&key, context], length)?;
        Ok((HpkeCiphertext { kem_output: enc.to_vec().into(), ciphertext: ciphertext.into() }, exported))
    }

    fn hpke_open_and_export(
        &self,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        (context, length): (&[u8], usize),
    ) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        let key = h(Use::Shared, &[&h(Use::Public, &[sk_r]), input.kem_output.as_slice(), info]);
        let opened = open(&key, &[], &[], input.ciphertext.as_slice());
        let exported = stretch(Use::Export, &[&key, context], length)?;
        Ok((opened.ok_or(CryptoError::HpkeDecryptionError)?, exported))
    }
}

impl InsecureFastCrypto {
    fn fresh(&self) -> [u8; 32] {
        let repeat = self.repeats.fetch_add(1, Ordering::Relaxed);
        h(Use::Fresh, &[&self.entropy, &repeat.to_le_bytes()])
    }
}

impl OpenMlsCrypto for InsecureFastCrypto {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        if suite == SUITE { Ok(()) } else { Err(CryptoError::UnsupportedCiphersuite) }
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        vec![SUITE]
    }

    fn hkdf_extract(&self, alg: HashType, salt: &[u8], ikm: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        require_hash(alg)?;
        Ok(h(Use::Extract, &[salt, ikm]).to_vec().into())
    }

    fn hmac(&self, alg: HashType, key: &[u8], message: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        require_hash(alg)?;
        Ok(h(Use::Hmac, &[key, message]).to_vec().into())
    }

    fn hkdf_expand(
        &self,
        alg: HashType,
        prk: &[u8],
        info: &[u8],
        okm_len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        require_hash(alg)?;
        Ok(stretch(Use::Expand, &[prk, info], okm_len)?.into())
    }

    fn hash(&self, alg: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        require_hash(alg)?;
        Ok(h(Use::Hash, &[data]).to_vec())
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        require_aead(alg, key, nonce)?;
        Ok(seal(key, nonce, aad, data))
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        ct_tag: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        require_aead(alg, key, nonce)?;
        open(key, nonce, aad, ct_tag).ok_or(CryptoError::AeadDecryptionError)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        require_signature(alg)?;
        let secret = self.fresh();
        Ok((secret.to_vec(), h(Use::Public, &[&secret]).to_vec()))
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        pk: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        require_signature(alg)?;
        let valid = pk.len() == KEY_LEN && signature == sign_with_public(pk, data);
        if valid { Ok(()) } else { Err(CryptoError::InvalidSignature) }
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        require_signature(alg)?;
        require_key(key)?;
        Ok(sign_with_public(&h(Use::Public, &[key]), data))
    }

    fn hpke_seal(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        aad: &[u8],
        ptxt: &[u8],
    ) -> Result<HpkeCiphertext, CryptoError> {
        require_suite(config)?;
        require_key(pk_r)?;
        let enc = h(Use::Enc, &[&self.entropy, pk_r, info, aad, ptxt]);
        let key = h(Use::Shared, &[pk_r, &enc, info]);
        let mut ciphertext = seal(&key, &[], aad, ptxt);
        self.spoiler.strike(info, &mut ciphertext);
        Ok(HpkeCiphertext { kem_output: enc.to_vec().into(), ciphertext: ciphertext.into() })
    }

    fn hpke_open(
        &self,
        config: HpkeConfig,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        require_suite(config)?;
        let key = h(Use::Shared, &[&h(Use::Public, &[sk_r]), input.kem_output.as_slice(), info]);
        open(&key, &[], aad, input.ciphertext.as_slice()).ok_or(CryptoError::HpkeDecryptionError)
    }

    fn hpke_setup_sender_and_export(
        &self,
        config: HpkeConfig,
        pk_r: &[u8],
        info: &[u8],
        exporter_context: &[u8],
        exporter_length: usize,
    ) -> Result<(KemOutput, ExporterSecret), CryptoError> {
        require_suite(config)?;
        require_key(pk_r)?;
        // The inputs are the same for all attempts to join one epoch; the init secret may not be.
        let enc = h(Use::Enc, &[&self.fresh(), pk_r, info]);
        let key = h(Use::Shared, &[pk_r, &enc, info]);
        let secret = stretch(Use::Export, &[&key, exporter_context], exporter_length)?;
        Ok((enc.to_vec(), secret.into()))
    }

    fn hpke_setup_receiver_and_export(
        &self,
        config: HpkeConfig,
        enc: &[u8],
        sk_r: &[u8],
        info: &[u8],
        exporter_context: &[u8],
        exporter_length: usize,
    ) -> Result<ExporterSecret, CryptoError> {
        require_suite(config)?;
        if enc.len() != KEY_LEN {
            return Err(CryptoError::ReceiverSetupError);
        }
        let key = h(Use::Shared, &[&h(Use::Public, &[sk_r]), enc, info]);
        Ok(stretch(Use::Export, &[&key, exporter_context], exporter_length)?.into())
    }

    fn derive_hpke_keypair(&self, config: HpkeConfig, ikm: &[u8]) -> Result<HpkeKeyPair, CryptoError> {
        require_suite(config)?;
        let secret = h(Use::Secret, &[ikm]);
        let public = h(Use::Public, &[&secret]).to_vec();
        Ok(HpkeKeyPair { private: secret.to_vec().into(), public })
    }
}

/// `len` octets of output, as much as HKDF can give at most.
fn stretch(purpose: Use, parts: &[&[u8]], len: usize) -> Result<Vec<u8>, CryptoError> {
    if len > 255 * 32 {
        return Err(CryptoError::HkdfOutputLengthInvalid);
    }
    let seed = h(purpose, parts);
    if len <= 32 {
        return Ok(seed[..len].to_vec());
    }
    Ok(xor_keystream(&seed, &[], &vec![0; len]))
}
