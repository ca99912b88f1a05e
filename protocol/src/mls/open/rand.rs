//! The randomness of one node step: a generator that is re-keyed for each step and silent before the first.

use openmls_traits::random::OpenMlsRand;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::cell::RefCell;

/// Draws that are a function of the current step's entropy alone: what earlier steps drew leaves no mark.
#[derive(Debug, Default)]
pub struct SeededRand {
    rng: RefCell<Option<ChaCha20Rng>>,
}

/// Why nothing could be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RandError {
    /// No step is under way: the generator was never given entropy.
    #[error("randomness was drawn outside of a step")]
    NoEntropy,
}

impl SeededRand {
    /// Starts a step: from here on all draws follow from `entropy`.
    pub fn reseed(&self, entropy: [u8; 32]) {
        let key = *blake3::keyed_hash(&entropy, b"mls rand").as_bytes();
        *self.rng.borrow_mut() = Some(ChaCha20Rng::from_seed(key));
    }

    /// Ends the step: nothing more can be drawn before the next.
    pub fn stop(&self) {
        *self.rng.borrow_mut() = None;
    }

    fn fill(&self, out: &mut [u8]) -> Result<(), RandError> {
        self.rng.borrow_mut().as_mut().ok_or(RandError::NoEntropy)?.fill_bytes(out);
        Ok(())
    }
}

impl OpenMlsRand for SeededRand {
    type Error = RandError;

    fn random_array<const N: usize>(&self) -> Result<[u8; N], RandError> {
        let mut out = [0; N];
        self.fill(&mut out)?;
        Ok(out)
    }

    fn random_vec(&self, len: usize) -> Result<Vec<u8>, RandError> {
        let mut out = vec![0; len];
        self.fill(&mut out)?;
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_draws_the_same_whatever_was_drawn_before() {
        let rand = SeededRand::default();
        assert_eq!(rand.random_vec(4), Err(RandError::NoEntropy));
        rand.reseed([7; 32]);
        let first = (rand.random_array::<32>(), rand.random_vec(5));
        rand.reseed([8; 32]);
        assert_ne!(rand.random_array::<32>(), first.0);
        rand.reseed([7; 32]);
        assert_eq!((rand.random_array::<32>(), rand.random_vec(5)), first);
        rand.stop();
        assert_eq!(rand.random_vec(4), Err(RandError::NoEntropy));
    }
}
