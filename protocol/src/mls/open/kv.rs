//! The store of one node's MLS state: an ordered map of octets that knows what changed since it was last asked.

use crate::mls::{Octets, Writes};
use openmls_traits::storage::{CURRENT_VERSION, StorageProvider, traits};
use rmp_serde::config::BytesMode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Ref, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};

/// A [`StorageProvider`] in memory. The node makes its changes durable itself: all that one step changed, in one record.
///
/// Two stores are equal when their contents are; what is still to be taken by [`Kv::take_writes`] does not count.
#[derive(Clone, Debug, Default)]
pub struct Kv {
    inner: RefCell<Inner>,
}

/// What is stored where: the first octet of a storage key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Slot {
    /// The ratchet tree of a group.
    Tree = 1,
    /// The GroupContext of a group.
    Context = 2,
    /// The interim transcript hash of a group.
    InterimTranscriptHash = 3,
    /// The confirmation tag of a group's epoch.
    ConfirmationTag = 4,
    /// The configuration of a group.
    JoinConfig = 5,
    /// Leaf nodes that the own Update proposals carry.
    OwnLeafNodes = 6,
    /// Whether a group is operational or has a pending commit.
    GroupState = 7,
    /// A stored proposal.
    QueuedProposal = 8,
    /// The references of all stored proposals, in the order in which they came.
    ProposalRefs = 9,
    /// The own leaf's index.
    OwnLeafIndex = 10,
    /// The secrets of a group's epoch.
    EpochSecrets = 11,
    /// The resumption secrets of a group.
    ResumptionPsks = 12,
    /// The message secrets of a group's current and past epochs.
    MessageSecrets = 13,
    /// The exporter tree of a group.
    ExportTree = 14,
    /// A key package with its private keys.
    KeyPackage = 15,
    /// A pre-shared key.
    Psk = 16,
    /// An HPKE key pair.
    EncryptionKeyPair = 17,
    /// A signature key pair.
    SignatureKeyPair = 18,
    /// The HPKE key pairs that a member holds in one epoch.
    EpochKeyPairs = 19,
}

/// Why a value could not be stored or read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KvError {
    /// The key or the value has no encoding.
    #[error("cannot encode a record of {0:?}")]
    Encode(Slot),
    /// What is stored is not what is asked for.
    #[error("cannot decode a record of {0:?}")]
    Decode(Slot),
    /// A proposal is listed but not stored.
    #[error("a stored proposal is missing")]
    MissingProposal,
}

#[derive(Clone, Debug, Default)]
struct Inner {
    values: BTreeMap<Vec<u8>, Octets>,
    changed: BTreeSet<Vec<u8>>,
}

impl Kv {
    /// A store with these contents, of which nothing counts as changed.
    pub fn restore(contents: impl IntoIterator<Item = (Vec<u8>, Octets)>) -> Self {
        let values = contents.into_iter().collect();
        Self { inner: RefCell::new(Inner { values, changed: BTreeSet::new() }) }
    }

    /// All contents, sorted by key.
    pub fn contents(&self) -> Vec<(Vec<u8>, Octets)> {
        self.inner.borrow().values.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// What changed since this was last called, or since the store was restored: the last value of each key, sorted by key.
    pub fn take_writes(&mut self) -> Writes {
        let Inner { values, changed } = self.inner.get_mut();
        let last = |key: Vec<u8>| {
            let value = values.get(&key).cloned();
            (key, value)
        };
        std::mem::take(changed).into_iter().map(last).collect()
    }

    /// Applies changes that another store gave, as recovery does; they do not count as changes of this one.
    pub fn apply(&mut self, writes: Writes) {
        let values = &mut self.inner.get_mut().values;
        for (key, value) in writes {
            match value {
                Some(value) => values.insert(key, value),
                None => values.remove(&key),
            };
        }
    }

    fn set(&self, key: Vec<u8>, value: Vec<u8>) {
        let mut inner = self.inner.borrow_mut();
        if inner.values.get(&key).is_none_or(|old| **old != *value) {
            inner.values.insert(key.clone(), value.into());
            inner.changed.insert(key);
        }
    }

    fn delete(&self, slot: Slot, key: &impl Serialize) -> Result<(), KvError> {
        let key = storage_key(slot, key)?;
        let mut inner = self.inner.borrow_mut();
        if inner.values.remove(&key).is_some() {
            inner.changed.insert(key);
        }
        Ok(())
    }

    fn octets(&self, key: &[u8]) -> Option<Ref<'_, [u8]>> {
        Ref::filter_map(self.inner.borrow(), |inner| inner.values.get(key).map(|value| &**value)).ok()
    }

    fn put(
        &self,
        slot: Slot,
        key: &impl Serialize,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), KvError> {
        self.set(storage_key(slot, key)?, encode(slot, value)?);
        Ok(())
    }

    fn read<V: DeserializeOwned>(&self, slot: Slot, key: &impl Serialize) -> Result<Option<V>, KvError> {
        let Some(octets) = self.octets(&storage_key(slot, key)?) else { return Ok(None) };
        rmp_serde::from_slice(&octets).map(Some).map_err(|_| KvError::Decode(slot))
    }

    /// A list is the encodings of its items, one after the other: MessagePack tells where each ends.
    fn append(&self, slot: Slot, key: &impl Serialize, item: &impl Serialize) -> Result<(), KvError> {
        let key = storage_key(slot, key)?;
        let mut list = self.octets(&key).map_or_else(Vec::new, |old| old.to_vec());
        list.extend(encode(slot, item)?);
        self.set(key, list);
        Ok(())
    }

    fn list<V: DeserializeOwned>(&self, slot: Slot, key: &impl Serialize) -> Result<Vec<V>, KvError> {
        let Some(octets) = self.octets(&storage_key(slot, key)?) else { return Ok(Vec::new()) };
        let mut decoder = rmp_serde::Deserializer::new(&*octets);
        let mut items = Vec::new();
        while !decoder.get_ref().is_empty() {
            items.push(V::deserialize(&mut decoder).map_err(|_| KvError::Decode(slot))?);
        }
        Ok(items)
    }
}

impl PartialEq for Kv {
    fn eq(&self, other: &Self) -> bool {
        self.inner.borrow().values == other.inner.borrow().values
    }
}

impl Eq for Kv {}

impl Hash for Kv {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.borrow().values.hash(state);
    }
}

/// MessagePack is what the library's types need of a format: one that says what each value is, for the group's configuration
/// is read back by its shape. Octets are written as octets, which halves the keys.
fn encode(slot: Slot, value: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, KvError> {
    let mut out = Vec::new();
    let mut encoder = rmp_serde::Serializer::new(&mut out).with_bytes(BytesMode::ForceIterables);
    value.serialize(&mut encoder).map_err(|_| KvError::Encode(slot))?;
    Ok(out)
}

fn storage_key(slot: Slot, key: &impl Serialize) -> Result<Vec<u8>, KvError> {
    let mut out = encode(slot, key)?;
    out.insert(0, slot as u8);
    Ok(out)
}

// Generic parameters stand in the order in which the trait declares them; `K` is always the key and `V` the value.

macro_rules! write {
    ($($name:ident<$a:ident: $of_a:ident, $b:ident: $of_b:ident> at $slot:ident;)*) => {$(
        fn $name<$a: traits::$of_a<1>, $b: traits::$of_b<1>>(&self, key: &K, value: &V) -> Result<(), KvError> {
            self.put(Slot::$slot, key, value)
        }
    )*};
}

macro_rules! read {
    ($($name:ident<$a:ident: $of_a:ident, $b:ident: $of_b:ident> at $slot:ident;)*) => {$(
        fn $name<$a: traits::$of_a<1>, $b: traits::$of_b<1>>(&self, key: &K) -> Result<Option<V>, KvError> {
            self.read(Slot::$slot, key)
        }
    )*};
}

macro_rules! delete {
    ($($name:ident<$of_key:ident> at $slot:ident;)*) => {$(
        fn $name<K: traits::$of_key<1>>(&self, key: &K) -> Result<(), KvError> {
            self.delete(Slot::$slot, key)
        }
    )*};
}

impl StorageProvider<CURRENT_VERSION> for Kv {
    type Error = KvError;

    write! {
        write_mls_join_config<K: GroupId, V: MlsGroupJoinConfig> at JoinConfig;
        write_tree<K: GroupId, V: TreeSync> at Tree;
        write_interim_transcript_hash<K: GroupId, V: InterimTranscriptHash> at InterimTranscriptHash;
        write_context<K: GroupId, V: GroupContext> at Context;
        write_confirmation_tag<K: GroupId, V: ConfirmationTag> at ConfirmationTag;
        write_group_state<V: GroupState, K: GroupId> at GroupState;
        write_message_secrets<K: GroupId, V: MessageSecrets> at MessageSecrets;
        write_resumption_psk_store<K: GroupId, V: ResumptionPskStore> at ResumptionPsks;
        write_own_leaf_index<K: GroupId, V: LeafNodeIndex> at OwnLeafIndex;
        write_group_epoch_secrets<K: GroupId, V: GroupEpochSecrets> at EpochSecrets;
        write_application_export_tree<K: GroupId, V: ApplicationExportTree> at ExportTree;
        write_signature_key_pair<K: SignaturePublicKey, V: SignatureKeyPair> at SignatureKeyPair;
        write_encryption_key_pair<K: EncryptionKey, V: HpkeKeyPair> at EncryptionKeyPair;
        write_key_package<K: HashReference, V: KeyPackage> at KeyPackage;
        write_psk<K: PskId, V: PskBundle> at Psk;
    }

    read! {
        mls_group_join_config<K: GroupId, V: MlsGroupJoinConfig> at JoinConfig;
        tree<K: GroupId, V: TreeSync> at Tree;
        interim_transcript_hash<K: GroupId, V: InterimTranscriptHash> at InterimTranscriptHash;
        group_context<K: GroupId, V: GroupContext> at Context;
        confirmation_tag<K: GroupId, V: ConfirmationTag> at ConfirmationTag;
        group_state<V: GroupState, K: GroupId> at GroupState;
        message_secrets<K: GroupId, V: MessageSecrets> at MessageSecrets;
        resumption_psk_store<K: GroupId, V: ResumptionPskStore> at ResumptionPsks;
        own_leaf_index<K: GroupId, V: LeafNodeIndex> at OwnLeafIndex;
        group_epoch_secrets<K: GroupId, V: GroupEpochSecrets> at EpochSecrets;
        application_export_tree<K: GroupId, V: ApplicationExportTree> at ExportTree;
        signature_key_pair<K: SignaturePublicKey, V: SignatureKeyPair> at SignatureKeyPair;
        encryption_key_pair<V: HpkeKeyPair, K: EncryptionKey> at EncryptionKeyPair;
        key_package<K: HashReference, V: KeyPackage> at KeyPackage;
        psk<V: PskBundle, K: PskId> at Psk;
    }

    delete! {
        delete_group_config<GroupId> at JoinConfig;
        delete_tree<GroupId> at Tree;
        delete_interim_transcript_hash<GroupId> at InterimTranscriptHash;
        delete_context<GroupId> at Context;
        delete_confirmation_tag<GroupId> at ConfirmationTag;
        delete_group_state<GroupId> at GroupState;
        delete_message_secrets<GroupId> at MessageSecrets;
        delete_all_resumption_psk_secrets<GroupId> at ResumptionPsks;
        delete_own_leaf_index<GroupId> at OwnLeafIndex;
        delete_group_epoch_secrets<GroupId> at EpochSecrets;
        delete_signature_key_pair<SignaturePublicKey> at SignatureKeyPair;
        delete_encryption_key_pair<EncryptionKey> at EncryptionKeyPair;
        delete_key_package<HashReference> at KeyPackage;
        delete_psk<PskId> at Psk;
        delete_own_leaf_nodes<GroupId> at OwnLeafNodes;
    }

    fn delete_application_export_tree<K: traits::GroupId<1>, V: traits::ApplicationExportTree<1>>(
        &self,
        group: &K,
    ) -> Result<(), KvError> {
        self.delete(Slot::ExportTree, group)
    }

    fn append_own_leaf_node<K: traits::GroupId<1>, V: traits::LeafNode<1>>(
        &self,
        group: &K,
        leaf: &V,
    ) -> Result<(), KvError> {
        self.append(Slot::OwnLeafNodes, group, leaf)
    }

    fn own_leaf_nodes<K: traits::GroupId<1>, V: traits::LeafNode<1>>(
        &self,
        group: &K,
    ) -> Result<Vec<V>, KvError> {
        self.list(Slot::OwnLeafNodes, group)
    }

    fn queue_proposal<K: traits::GroupId<1>, R: traits::ProposalRef<1>, V: traits::QueuedProposal<1>>(
        &self,
        group: &K,
        reference: &R,
        proposal: &V,
    ) -> Result<(), KvError> {
        self.put(Slot::QueuedProposal, &(group, reference), proposal)?;
        self.append(Slot::ProposalRefs, group, reference)
    }

    fn queued_proposal_refs<K: traits::GroupId<1>, R: traits::ProposalRef<1>>(
        &self,
        group: &K,
    ) -> Result<Vec<R>, KvError> {
        self.list(Slot::ProposalRefs, group)
    }

    fn queued_proposals<K: traits::GroupId<1>, R: traits::ProposalRef<1>, V: traits::QueuedProposal<1>>(
        &self,
        group: &K,
    ) -> Result<Vec<(R, V)>, KvError> {
        let with_proposal = |reference: R| {
            let stored = self.read(Slot::QueuedProposal, &(group, &reference))?;
            Ok((reference, stored.ok_or(KvError::MissingProposal)?))
        };
        self.list(Slot::ProposalRefs, group)?.into_iter().map(with_proposal).collect()
    }

    fn remove_proposal<K: traits::GroupId<1>, R: traits::ProposalRef<1>>(
        &self,
        group: &K,
        reference: &R,
    ) -> Result<(), KvError> {
        let removed = encode(Slot::ProposalRefs, reference)?;
        let mut kept = Vec::new();
        for stored in self.list::<R>(Slot::ProposalRefs, group)? {
            let stored = encode(Slot::ProposalRefs, &stored)?;
            if stored != removed {
                kept.extend(stored);
            }
        }
        self.delete(Slot::QueuedProposal, &(group, reference))?;
        if kept.is_empty() {
            return self.delete(Slot::ProposalRefs, group);
        }
        self.set(storage_key(Slot::ProposalRefs, group)?, kept);
        Ok(())
    }

    fn clear_proposal_queue<K: traits::GroupId<1>, R: traits::ProposalRef<1>>(
        &self,
        group: &K,
    ) -> Result<(), KvError> {
        for reference in self.list::<R>(Slot::ProposalRefs, group)? {
            self.delete(Slot::QueuedProposal, &(group, &reference))?;
        }
        self.delete(Slot::ProposalRefs, group)
    }

    fn write_encryption_epoch_key_pairs<
        K: traits::GroupId<1>,
        E: traits::EpochKey<1>,
        V: traits::HpkeKeyPair<1>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
        key_pairs: &[V],
    ) -> Result<(), KvError> {
        self.put(Slot::EpochKeyPairs, &(group, epoch, leaf_index), key_pairs)
    }

    fn encryption_epoch_key_pairs<
        K: traits::GroupId<1>,
        E: traits::EpochKey<1>,
        V: traits::HpkeKeyPair<1>,
    >(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
    ) -> Result<Vec<V>, KvError> {
        Ok(self.read(Slot::EpochKeyPairs, &(group, epoch, leaf_index))?.unwrap_or_default())
    }

    fn delete_encryption_epoch_key_pairs<K: traits::GroupId<1>, E: traits::EpochKey<1>>(
        &self,
        group: &K,
        epoch: &E,
        leaf_index: u32,
    ) -> Result<(), KvError> {
        self.delete(Slot::EpochKeyPairs, &(group, epoch, leaf_index))
    }
}
