//! Copies of members and hubs' groups, and when two of them are the same: all that there is of one is in its store.

use super::group::OpenGroup;
use super::kv::Kv;
use super::member::OpenMember;
use super::observer::OpenObserver;
use super::provider::{OpenProvider, SimCrypto};
use openmls::group::PublicGroup;
use std::hash::{Hash, Hasher};

/// What the library has written it reads, so that a copy lacks nothing: in the stories of this engine's tests, copies go on in the
/// places of their originals.
const READABLE: &str = "what the library has stored is a group";

impl OpenGroup {
    /// What all members of the group's current epoch have in common, and nobody else (RFC 9420 §8.7).
    pub fn epoch_authenticator(&self) -> Vec<u8> {
        self.inner.epoch_authenticator().as_slice().to_vec()
    }
}

impl<C: SimCrypto> OpenMember<C> {
    fn store(&self) -> &Kv {
        self.provider.kv()
    }
}

impl<C: SimCrypto> Clone for OpenMember<C> {
    fn clone(&self) -> Self {
        let mut copy = Self {
            config: self.config.clone(),
            client: self.client,
            provider: OpenProvider::new(self.store().clone()),
            identity: self.identity.clone(),
            former: self.former.clone(),
            groups: Default::default(),
        };
        self.groups.keys().for_each(|room| copy.load(*room).expect(READABLE));
        copy
    }
}

impl<C: SimCrypto> PartialEq for OpenMember<C> {
    fn eq(&self, other: &Self) -> bool {
        self.client == other.client && self.store() == other.store()
    }
}

impl<C: SimCrypto> Eq for OpenMember<C> {}

impl<C: SimCrypto> Hash for OpenMember<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.client.hash(state);
        self.store().hash(state);
    }
}

impl<C: SimCrypto> Clone for OpenObserver<C> {
    fn clone(&self) -> Self {
        let kv = self.kv.clone();
        let inner = PublicGroup::load(&kv, self.inner.group_id());
        let inner = inner.ok().flatten().expect(READABLE);
        Self::new(&self.config, kv, inner).expect(READABLE)
    }
}

impl<C: SimCrypto> PartialEq for OpenObserver<C> {
    fn eq(&self, other: &Self) -> bool {
        self.kv == other.kv
    }
}

impl<C: SimCrypto> Eq for OpenObserver<C> {}

impl<C: SimCrypto> Hash for OpenObserver<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kv.hash(state);
    }
}
