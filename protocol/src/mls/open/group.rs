//! A client's view of one group.

use super::codec;
use super::kv::{Kv, Slot};
use super::provider::SimCrypto;
use super::signing;
use super::view::{self, View};
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    Dictionary, Leaves, MlsConfig, MlsError, MlsGroup, Octets, ProposalInfo, ProposalRef, Sender,
};
use crate::wire::pseudonym::PseudonymousCredential;
use openmls::group::MlsGroup as Inner;
use openmls::prelude::GroupId;
use std::collections::BTreeMap;

/// A group as one of its members has it.
#[derive(Debug)]
pub struct OpenGroup {
    pub(super) inner: Inner,
    /// The tree's leaves, resolved.
    pub(super) leaves: Leaves,
    /// The GroupContext's external senders, resolved.
    external_senders: Vec<ProviderId>,
    /// The kept proposals, resolved.
    pub(super) pending: BTreeMap<ProposalRef, ProposalInfo>,
    /// Whether this client was removed: its last epoch can be read, and nothing else.
    pub(super) removed: bool,
    /// Whether it was reinitialised: its last epoch can be read, and nothing else (RFC 9420 §11.2).
    pub(super) reinitialized: bool,
}

impl OpenGroup {
    /// A group that the library has made, of a tree in which all leaves are known.
    pub(super) fn new(config: &MlsConfig, crypto: &impl SimCrypto, inner: Inner) -> Result<Self, MlsError> {
        let leaves = view::leaves(config, inner.members())?;
        let external_senders =
            view::external_senders(&config.directory, inner.public_group().group_context());
        let pending = BTreeMap::new();
        let mut group =
            Self { inner, leaves, external_senders, pending, removed: false, reinitialized: false };
        let view = group.view(config, crypto);
        let kept = group.inner.pending_proposals().map(|queued| view.kept(queued));
        group.pending = kept.collect::<Result<_, _>>()?;
        Ok(group)
    }

    /// The room's group in `kv`, if there is one.
    pub(super) fn load(
        config: &MlsConfig,
        crypto: &impl SimCrypto,
        kv: &Kv,
        room: RoomId,
    ) -> Result<Option<Self>, MlsError> {
        let id = group_id(config, room)?;
        let Some(inner) = Inner::load(kv, &id)? else {
            return if kv.has(Slot::Tree, &id)? { Err(MlsError::Storage) } else { Ok(None) };
        };
        let mut group = Self::new(config, crypto, inner).map_err(|_| MlsError::Storage)?;
        group.removed = kv.has(Slot::Removed, &room.0)?;
        group.reinitialized = kv.has(Slot::Reinitialized, &room.0)?;
        Ok(Some(group))
    }

    pub(super) fn view<'a, C: SimCrypto>(&'a self, config: &'a MlsConfig, crypto: &'a C) -> View<'a, C> {
        View { config, crypto, context: self.inner.public_group().group_context(), leaves: &self.leaves }
    }

    /// Takes note of a merge.
    pub(super) fn advanced(&mut self, config: &MlsConfig, leaves: Leaves, reinitialized: bool) {
        self.leaves = leaves;
        self.external_senders =
            view::external_senders(&config.directory, self.inner.public_group().group_context());
        self.reinitialized = reinitialized;
        self.pending.clear();
    }
}

impl MlsGroup for OpenGroup {
    fn epoch(&self) -> u64 {
        self.inner.epoch().as_u64()
    }

    fn leaves(&self) -> Leaves {
        self.leaves.clone()
    }

    fn dictionary(&self) -> Dictionary {
        view::dictionary(self.inner.public_group().group_context())
    }

    fn external_senders(&self) -> Vec<ProviderId> {
        self.external_senders.clone()
    }

    fn pending(&self) -> Vec<ProposalInfo> {
        self.pending.values().cloned().collect()
    }

    fn signature_key(&self, of: Sender) -> Option<Octets> {
        signing::key_in(self.inner.public_group(), &self.leaves, &self.external_senders, of)
    }

    fn pseudonym(&self, _: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential> {
        signing::pseudonym_in(self.inner.public_group(), &self.leaves, of)
    }

    fn context_digest(&self) -> [u8; 32] {
        codec::context_digest(self.inner.public_group().group_context())
    }
}

/// The id of a room's group: the octets of its URI.
pub(super) fn group_id(config: &MlsConfig, room: RoomId) -> Result<GroupId, MlsError> {
    let known = config.directory.rooms().nth(room.0.into()).ok_or(MlsError::NoSuchGroup)?;
    Ok(GroupId::from_slice(config.directory.group_uri(known).as_str().as_bytes()))
}
