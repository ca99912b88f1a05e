//! Real cryptography for suite 0x0001: RustCrypto, except that whatever is random follows from the step's entropy.

use super::det_hpke::det_hpke;
use super::provider::{SUITE, SimCrypto, Spoiler, require_suite};
use openmls::prelude::tls_codec::SecretVLBytes;
use openmls_rust_crypto::RustCrypto;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{
    AeadType, Ciphersuite, CryptoError, ExporterSecret, HashType, HpkeCiphertext, HpkeConfig, HpkeKeyPair,
    KemOutput, SignatureScheme,
};
use std::sync::atomic::{AtomicU64, Ordering};

/// The deterministic operations of [`RustCrypto`] and our own versions of the random ones.
///
/// What is random is derived from the step's entropy and from *all inputs of the operation*, never drawn from a stream: the
/// library seals path secrets in parallel, and so the bytes cannot depend on who came first. Creating the wrapped type draws
/// entropy of the system once, for a generator that none of the delegated operations uses.
#[derive(Debug, Default)]
pub struct RealCrypto {
    stock: RustCrypto,
    entropy: [u8; 32],
    /// Sets apart operations of one step whose inputs are the same.
    repeats: AtomicU64,
    spoiler: Spoiler,
}

impl RealCrypto {
    fn derive(&self, label: &str, inputs: &[&[u8]]) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new_keyed(&self.entropy);
        for part in [label.as_bytes()].iter().chain(inputs) {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        *hasher.finalize().as_bytes()
    }

    /// For operations that only ever run one after the other, on the thread of the step.
    fn derive_fresh(&self, label: &str, inputs: &[&[u8]]) -> [u8; 32] {
        let repeat = self.repeats.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        self.derive(label, &[&[repeat.as_slice()], inputs].concat())
    }
}

impl SimCrypto for RealCrypto {
    const NAME: &'static str = "real";

    fn reseed(&mut self, entropy: [u8; 32]) {
        self.entropy = *blake3::keyed_hash(&entropy, b"mls crypto").as_bytes();
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
        let mut hpke = det_hpke(self.derive("seal and export", &[pk_r, info, ptxt, context]));
        let sender = hpke.setup_sender(&pk_r.into(), info, None, None, None);
        let (enc, mut sender) = sender.map_err(|_| CryptoError::SenderSetupError)?;
        let ciphertext = sender.seal(&[], ptxt).map_err(|_| CryptoError::HpkeEncryptionError)?;
        let exported = sender.export(context, length).map_err(|_| CryptoError::ExporterError)?;
        Ok((HpkeCiphertext { kem_output: enc.into(), ciphertext: ciphertext.into() }, exported))
    }

    fn hpke_open_and_export(
        &self,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        (context, length): (&[u8], usize),
    ) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        let enc = input.kem_output.as_slice();
        let receiver = det_hpke([0; 32]).setup_receiver(enc, &sk_r.into(), info, None, None, None);
        let mut receiver = receiver.map_err(|_| CryptoError::ReceiverSetupError)?;
        let opened = receiver.open(&[], input.ciphertext.as_slice());
        let opened = opened.map_err(|_| CryptoError::HpkeDecryptionError)?;
        let exported = receiver.export(context, length).map_err(|_| CryptoError::ExporterError)?;
        Ok((opened, exported))
    }
}

impl OpenMlsCrypto for RealCrypto {
    fn supports(&self, suite: Ciphersuite) -> Result<(), CryptoError> {
        if suite == SUITE { Ok(()) } else { Err(CryptoError::UnsupportedCiphersuite) }
    }

    fn supported_ciphersuites(&self) -> Vec<Ciphersuite> {
        vec![SUITE]
    }

    fn hkdf_extract(&self, hash: HashType, salt: &[u8], ikm: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.stock.hkdf_extract(hash, salt, ikm)
    }

    fn hmac(&self, hash: HashType, key: &[u8], message: &[u8]) -> Result<SecretVLBytes, CryptoError> {
        self.stock.hmac(hash, key, message)
    }

    fn hkdf_expand(
        &self,
        hash: HashType,
        prk: &[u8],
        info: &[u8],
        okm_len: usize,
    ) -> Result<SecretVLBytes, CryptoError> {
        self.stock.hkdf_expand(hash, prk, info, okm_len)
    }

    fn hash(&self, hash: HashType, data: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.stock.hash(hash, data)
    }

    fn aead_encrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        data: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.stock.aead_encrypt(alg, key, data, nonce, aad)
    }

    fn aead_decrypt(
        &self,
        alg: AeadType,
        key: &[u8],
        ct_tag: &[u8],
        nonce: &[u8],
        aad: &[u8],
    ) -> Result<Vec<u8>, CryptoError> {
        self.stock.aead_decrypt(alg, key, ct_tag, nonce, aad)
    }

    fn signature_key_gen(&self, alg: SignatureScheme) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        if alg != SUITE.signature_algorithm() {
            return Err(CryptoError::UnsupportedSignatureScheme);
        }
        let secret = self.derive_fresh("signature key", &[]);
        let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key().to_bytes();
        Ok((secret.to_vec(), public.to_vec()))
    }

    fn verify_signature(
        &self,
        alg: SignatureScheme,
        data: &[u8],
        pk: &[u8],
        signature: &[u8],
    ) -> Result<(), CryptoError> {
        self.stock.verify_signature(alg, data, pk, signature)
    }

    fn sign(&self, alg: SignatureScheme, data: &[u8], key: &[u8]) -> Result<Vec<u8>, CryptoError> {
        self.stock.sign(alg, data, key)
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
        let mut hpke = det_hpke(self.derive("seal", &[pk_r, info, aad, ptxt]));
        let sealed = hpke.seal(&pk_r.into(), info, aad, ptxt, None, None, None);
        let (kem_output, mut ciphertext) = sealed.map_err(|_| CryptoError::HpkeEncryptionError)?;
        self.spoiler.strike(info, &mut ciphertext);
        Ok(HpkeCiphertext { kem_output: kem_output.into(), ciphertext: ciphertext.into() })
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
        let (enc, ct) = (input.kem_output.as_slice(), input.ciphertext.as_slice());
        let opened = det_hpke([0; 32]).open(enc, &sk_r.into(), info, aad, ct, None, None, None);
        opened.map_err(|_| CryptoError::HpkeDecryptionError)
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
        // The inputs are the same for all attempts to join one epoch; the init secret may not be.
        let mut hpke = det_hpke(self.derive_fresh("export", &[pk_r, info, exporter_context]));
        let sender = hpke.setup_sender(&pk_r.into(), info, None, None, None);
        let (enc, context) = sender.map_err(|_| CryptoError::SenderSetupError)?;
        let exported = context.export(exporter_context, exporter_length);
        Ok((enc, exported.map_err(|_| CryptoError::ExporterError)?.into()))
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
        let receiver = det_hpke([0; 32]).setup_receiver(enc, &sk_r.into(), info, None, None, None);
        let exported =
            receiver.map_err(|_| CryptoError::ReceiverSetupError)?.export(exporter_context, exporter_length);
        Ok(exported.map_err(|_| CryptoError::ExporterError)?.into())
    }

    fn derive_hpke_keypair(&self, config: HpkeConfig, ikm: &[u8]) -> Result<HpkeKeyPair, CryptoError> {
        require_suite(config)?;
        let pair = det_hpke([0; 32]).derive_key_pair(ikm).map_err(|_| CryptoError::CryptoLibraryError)?;
        let (private, public) = pair.into_keys();
        Ok(HpkeKeyPair { private: private.as_slice().into(), public: public.as_slice().to_vec() })
    }
}
