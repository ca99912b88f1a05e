//! Digests of situations, from which randomness is drawn.

use std::hash::{Hash, Hasher};

/// A digest for this purpose that is the same in every run.
pub(crate) fn digest(purpose: &str, of: &impl Hash) -> [u8; 32] {
    let mut digest = Digest(blake3::Hasher::new_derive_key(purpose));
    of.hash(&mut digest);
    *digest.0.finalize().as_bytes()
}

/// A hasher whose outcome is the same in every run.
struct Digest(blake3::Hasher);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        u64::from_le_bytes(self.0.finalize().as_bytes()[..8].try_into().unwrap_or_default())
    }
}
