//! What the library asks of its surroundings, for one node: cryptography, randomness and storage in one value.

use super::kv::Kv;
use super::rand::SeededRand;
use openmls_traits::OpenMlsProvider;
use openmls_traits::crypto::OpenMlsCrypto;
use openmls_traits::types::{Ciphersuite, CryptoError, HpkeCiphertext, HpkeConfig};
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};

/// The cipher suite of all rooms: 0x0001, which every MLS implementation must have.
pub const SUITE: Ciphersuite = Ciphersuite::MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519;

/// Cryptography whose every output is a function of its inputs and of the entropy of the current step.
pub trait SimCrypto: OpenMlsCrypto + Debug + Default + 'static {
    /// What a run says that it was made with.
    const NAME: &'static str;

    /// Starts a step: from here on all that is random follows from `entropy`.
    fn reseed(&mut self, entropy: [u8; 32]);
    /// Lets the next path secret of the step be sealed for nobody: a planted bug (MLS-19).
    fn spoil_next_path(&self);
    /// HPKE without additional data, and what the sender's context exports: its context, and how many octets.
    fn hpke_seal_and_export(
        &self,
        pk_r: &[u8],
        info: &[u8],
        ptxt: &[u8],
        export: (&[u8], usize),
    ) -> Result<(HpkeCiphertext, Vec<u8>), CryptoError>;
    /// Opens that, and gives what the receiver's context exports: the same.
    fn hpke_open_and_export(
        &self,
        input: &HpkeCiphertext,
        sk_r: &[u8],
        info: &[u8],
        export: (&[u8], usize),
    ) -> Result<(Vec<u8>, Vec<u8>), CryptoError>;
}

/// What makes a path unreadable for those for whom its first secret is.
#[derive(Debug, Default)]
pub(super) struct Spoiler(AtomicBool);

impl Spoiler {
    /// How the context of a sealed path secret begins, behind its length (RFC 9420 §5.1.3, §7.6).
    const PATH: &[u8] = b"MLS 1.0 UpdatePathNode";

    pub fn arm(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Spoils what has been sealed with this context, if that is a path secret and the next one is to be spoilt.
    pub fn strike(&self, info: &[u8], ciphertext: &mut [u8]) {
        let is_path = info.get(1..).is_some_and(|label| label.starts_with(Self::PATH));
        if is_path && self.0.swap(false, Ordering::Relaxed) {
            ciphertext.iter_mut().take(1).for_each(|octet| *octet ^= 1);
        }
    }
}

/// The surroundings of all groups of one node.
#[derive(Debug, Default)]
pub struct OpenProvider<C> {
    crypto: C,
    rand: SeededRand,
    kv: Kv,
}

impl<C: SimCrypto> OpenProvider<C> {
    /// Surroundings that start from what is in `kv`.
    pub fn new(kv: Kv) -> Self {
        Self { crypto: C::default(), rand: SeededRand::default(), kv }
    }

    /// Starts a step of the node with the entropy of that step.
    pub fn reseed(&mut self, entropy: [u8; 32]) {
        self.crypto.reseed(entropy);
        self.rand.reseed(entropy);
    }

    /// Ends the step: what needs no entropy draws none.
    pub fn stop(&self) {
        self.rand.stop();
    }

    /// The stored state.
    pub fn kv(&self) -> &Kv {
        &self.kv
    }

    /// The stored state, to be changed.
    pub fn kv_mut(&mut self) -> &mut Kv {
        &mut self.kv
    }
}

impl<C: SimCrypto> OpenMlsProvider for OpenProvider<C> {
    type CryptoProvider = C;
    type RandProvider = SeededRand;
    type StorageProvider = Kv;

    fn storage(&self) -> &Kv {
        &self.kv
    }

    fn crypto(&self) -> &C {
        &self.crypto
    }

    fn rand(&self) -> &SeededRand {
        &self.rand
    }
}

/// Refuses HPKE configurations of other suites.
pub(super) fn require_suite(config: HpkeConfig) -> Result<(), CryptoError> {
    let ours = SUITE.hpke_config();
    if (config.0, config.1, config.2) == (ours.0, ours.1, ours.2) {
        Ok(())
    } else {
        Err(CryptoError::UnsupportedCiphersuite)
    }
}
