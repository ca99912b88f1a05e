//! Real MLS (RFC 9420) through openmls 0.9.2: what it runs on is ours, so that equal steps give equal octets.

mod det_hpke;
mod fast_crypto;
mod fresh_thread;
mod kv;
mod provider;
mod rand;
mod real_crypto;
mod signer;
#[cfg(test)]
mod tests;

pub use fast_crypto::InsecureFastCrypto;
pub use fresh_thread::on_fresh_thread;
pub use kv::{Kv, KvError, Slot};
pub use provider::{OpenProvider, SUITE, SimCrypto};
pub use rand::{RandError, SeededRand};
pub use real_crypto::RealCrypto;
pub use signer::StepSigner;
