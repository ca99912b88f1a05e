//! The primitives of hpke-rs with the one thing taken out that a simulation cannot have: entropy of the system.

use hpke_rs::{Hpke, Mode};
use hpke_rs_crypto::error::Error;
use hpke_rs_crypto::types::{AeadAlgorithm, KdfAlgorithm, KemAlgorithm};
use hpke_rs_crypto::{HpkeCrypto, HpkeTestRng, TryCryptoRng, TryRng};
use hpke_rs_rust_crypto::HpkeRustCrypto;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::cell::Cell;
use std::convert::Infallible;
use zeroize::Zeroize;

thread_local! {
    /// The seed of the next generator that hpke-rs asks for. hpke-rs has no argument to pass it in, so it is set and taken
    /// within one call, [`det_hpke`].
    static SEED: Cell<[u8; 32]> = const { Cell::new([0; 32]) };
}

/// HPKE in base mode for suite 0x0001, whose sender draws its ephemeral key from `seed`.
pub(super) fn det_hpke(seed: [u8; 32]) -> Hpke<DetHpke> {
    SEED.set(seed);
    Hpke::new(Mode::Base, KemAlgorithm::DhKem25519, KdfAlgorithm::HkdfSha256, AeadAlgorithm::Aes128Gcm)
}

/// [`HpkeRustCrypto`] with a generator that is seeded by the caller.
#[derive(Debug)]
pub(super) struct DetHpke;

/// The generator of one HPKE operation.
#[derive(Debug)]
pub(super) struct DetPrng(ChaCha20Rng);

impl HpkeCrypto for DetHpke {
    type HpkePrng = DetPrng;

    fn name() -> String {
        "RustCrypto, seeded".into()
    }

    fn prng() -> DetPrng {
        // hpke-rs clones its configuration and asks again, for a generator that it does not draw from.
        DetPrng(ChaCha20Rng::from_seed(SEED.take()))
    }

    fn supports_kdf(alg: KdfAlgorithm) -> Result<(), Error> {
        HpkeRustCrypto::supports_kdf(alg)
    }

    fn supports_kem(alg: KemAlgorithm) -> Result<(), Error> {
        match alg {
            KemAlgorithm::DhKem25519 => Ok(()),
            _ => Err(Error::UnknownKemAlgorithm),
        }
    }

    fn supports_aead(alg: AeadAlgorithm) -> Result<(), Error> {
        HpkeRustCrypto::supports_aead(alg)
    }

    fn kdf_extract(alg: KdfAlgorithm, salt: &[u8], ikm: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::kdf_extract(alg, salt, ikm)
    }

    fn kdf_expand(alg: KdfAlgorithm, prk: &[u8], info: &[u8], output_size: usize) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::kdf_expand(alg, prk, info, output_size)
    }

    fn dh(alg: KemAlgorithm, pk: &[u8], sk: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::dh(alg, pk, sk)
    }

    fn secret_to_public(alg: KemAlgorithm, sk: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::secret_to_public(alg, sk)
    }

    fn dh_validate_sk(alg: KemAlgorithm, sk: &[u8]) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::dh_validate_sk(alg, sk)
    }

    // A Diffie-Hellman KEM derives its keys, so that none of the generators and KEM operations below is reached.

    fn kem_key_gen(_: KemAlgorithm, _: &mut DetPrng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn kem_key_gen_derand(_: KemAlgorithm, _: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn kem_encaps(_: KemAlgorithm, _: &[u8], _: &mut DetPrng) -> Result<(Vec<u8>, Vec<u8>), Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn kem_decaps(_: KemAlgorithm, _: &[u8], _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(Error::UnsupportedKemOperation)
    }

    fn aead_seal(
        alg: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::aead_seal(alg, key, nonce, aad, msg)
    }

    fn aead_open(
        alg: AeadAlgorithm,
        key: &[u8],
        nonce: &[u8],
        aad: &[u8],
        msg: &[u8],
    ) -> Result<Vec<u8>, Error> {
        HpkeRustCrypto::aead_open(alg, key, nonce, aad, msg)
    }
}

impl TryRng for DetPrng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(out);
        Ok(())
    }
}

impl TryCryptoRng for DetPrng {}

impl HpkeTestRng for DetPrng {
    type Error = Infallible;

    fn try_fill_test_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.try_fill_bytes(out)
    }

    fn seed(&mut self, _: &[u8]) {}
}

impl Zeroize for DetPrng {
    fn zeroize(&mut self) {
        self.0 = ChaCha20Rng::from_seed([0; 32]);
    }
}
