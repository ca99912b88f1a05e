//! Signs with a key pair of the node through the node's own cryptography.

use super::provider::{SUITE, SimCrypto};
use openmls_traits::signatures::{Signer, SignerError};
use openmls_traits::types::SignatureScheme;

/// A secret signature key together with what signs with it.
#[derive(Debug)]
pub(super) struct StepSigner<'a, C> {
    /// The cryptography of the key.
    pub crypto: &'a C,
    /// The secret key.
    pub secret: &'a [u8],
}

impl<C: SimCrypto> Signer for StepSigner<'_, C> {
    fn sign(&self, payload: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.crypto.sign(self.signature_scheme(), payload, self.secret).map_err(SignerError::CryptoError)
    }

    fn signature_scheme(&self) -> SignatureScheme {
        SUITE.signature_algorithm()
    }
}
