//! The signature keys of one client: the newest, and those that it had before (RFC 9420 §7.3, ID-06).

use super::kv::Slot;
use super::member::OpenMember;
use super::provider::{OpenProvider, SUITE, SimCrypto};
use super::{sealing, settings};
use crate::ids::RoomId;
use crate::mls::{Entropy, MlsError};
use crate::wire::mls::HpkeCiphertext;
use openmls::prelude::CredentialWithKey;
use openmls_traits::OpenMlsProvider as _;

/// A signature key pair.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct Identity {
    pub(super) secret: Vec<u8>,
    pub(super) public: Vec<u8>,
}

impl Identity {
    /// A fresh one, of the entropy of the step.
    pub(super) fn fresh<C: SimCrypto>(provider: &OpenProvider<C>) -> Result<Self, MlsError> {
        let pair = provider.crypto().signature_key_gen(SUITE.signature_algorithm());
        let (secret, public) = pair.map_err(|_| MlsError::Limit)?;
        Ok(Identity { secret, public })
    }
}

impl<C: SimCrypto> OpenMember<C> {
    /// The key pair of the own leaf in a group.
    pub(super) fn identity_in(&self, room: RoomId) -> &Identity {
        let leaf = self.groups.get(&room).and_then(|group| group.inner.own_leaf_node());
        let own = leaf.and_then(|leaf| self.identity_of(leaf.signature_key().as_slice()));
        own.unwrap_or(&self.identity)
    }

    /// The key pair of this client's with that public key.
    pub(super) fn identity_of(&self, key: &[u8]) -> Option<&Identity> {
        std::iter::once(&self.identity).chain(&self.former).find(|identity| identity.public == key)
    }

    /// The credential of leaves with the newest key.
    pub(super) fn credential(&self) -> Result<CredentialWithKey, MlsError> {
        self.credential_of(&self.identity)
    }

    pub(super) fn credential_of(&self, identity: &Identity) -> Result<CredentialWithKey, MlsError> {
        let key = identity.public.as_slice();
        let credential = settings::credential::<C>(&self.config, self.client, key)?;
        Ok(CredentialWithKey { credential, signature_key: key.into() })
    }

    /// Takes a fresh one; the others stay.
    pub(super) fn take_identity(&mut self, entropy: Entropy) -> Result<(), MlsError> {
        self.provider.reseed(entropy.0);
        let fresh = Identity::fresh(&self.provider);
        self.provider.stop();
        let old = std::mem::replace(&mut self.identity, fresh?);
        self.former.push(old);
        self.provider.kv().put(Slot::Identity, &(), &self.identity)?;
        Ok(self.provider.kv().put(Slot::FormerIdentities, &(), &self.former)?)
    }

    /// Opens what was sealed for this client.
    pub(super) fn open_sealed(&self, info: &[u8], sealed: &HpkeCiphertext) -> Result<Vec<u8>, MlsError> {
        // What was asked for with an earlier key may be answered only now.
        let all = std::iter::once(&self.identity).chain(&self.former);
        let mut opened =
            all.map(|identity| sealing::open(self.provider.crypto(), &identity.secret, info, sealed));
        opened.find(Result::is_ok).unwrap_or(Err(MlsError::NotAuthentic))
    }
}
