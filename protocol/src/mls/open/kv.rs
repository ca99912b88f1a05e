//! The store of one node's MLS state: an ordered map of octets that knows what changed since it was last asked.

use crate::mls::{Octets, Writes};
use rmp_serde::config::BytesMode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};

/// A [`StorageProvider`](openmls_traits::storage::StorageProvider) in memory. The node makes its changes durable itself: all
/// that one step changed, in one record.
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
    /// Not the library's: the client's signature key pair.
    Identity = 32,
    /// Not the library's: the signature key pairs that the client had before.
    FormerIdentities = 37,
    /// Not the library's: that this client was removed from a room's group.
    Removed = 33,
    /// Not the library's: that a room's group was reinitialised.
    Reinitialized = 36,
    /// Not the library's: the external commit of a room whose answer is awaited.
    ExternalCommit = 34,
    /// Not the library's: the store of the tentative group that the external commit leads to.
    Tentative = 35,
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
    /// What the keys that were written since the writes were last taken held then.
    changed: BTreeMap<Vec<u8>, Option<Octets>>,
    /// What the keys that were written within the current attempt held before it.
    undo: Option<BTreeMap<Vec<u8>, Option<Octets>>>,
}

impl Inner {
    fn replace(&mut self, key: Vec<u8>, value: Option<Octets>) {
        let old = match value {
            Some(value) => self.values.insert(key.clone(), value),
            None => self.values.remove(&key),
        };
        if let Some(undo) = &mut self.undo {
            undo.entry(key.clone()).or_insert_with(|| old.clone());
        }
        self.changed.entry(key).or_insert(old);
    }
}

impl Kv {
    /// A store with these contents, of which nothing counts as changed.
    pub fn restore(contents: impl IntoIterator<Item = (Vec<u8>, Octets)>) -> Self {
        Self { inner: RefCell::new(Inner { values: contents.into_iter().collect(), ..Inner::default() }) }
    }

    /// All contents, sorted by key.
    pub fn contents(&self) -> Vec<(Vec<u8>, Octets)> {
        self.inner.borrow().values.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// What changed since this was last called, or since the store was restored: the last value of each key, sorted by key.
    pub fn take_writes(&mut self) -> Writes {
        let Inner { values, changed, .. } = self.inner.get_mut();
        let last = |(key, old): (Vec<u8>, Option<Octets>)| {
            let value = values.get(&key).cloned();
            (value != old).then_some((key, value))
        };
        std::mem::take(changed).into_iter().filter_map(last).collect()
    }

    /// Begins an attempt: a [`Kv::roll_back`] before its [`Kv::keep_changes`] undoes all that is written from here on.
    pub(super) fn begin(&mut self) {
        self.inner.get_mut().undo = Some(BTreeMap::new());
    }

    /// Ends the attempt well.
    pub(super) fn keep_changes(&mut self) {
        self.inner.get_mut().undo = None;
    }

    /// Ends the attempt badly: all is as it was when it began. Tells whether that changed anything.
    pub(super) fn roll_back(&mut self) -> bool {
        let inner = self.inner.get_mut();
        let undo = inner.undo.take().unwrap_or_default();
        let changed = !undo.is_empty();
        undo.into_iter().for_each(|(key, old)| inner.replace(key, old));
        changed
    }

    /// Stores `scratch` as a whole in this store, under `owner`.
    pub(super) fn nest(&self, owner: u16, scratch: &Kv) {
        for (key, value) in scratch.contents() {
            self.inner.borrow_mut().replace(nested_key(owner, &key), Some(value));
        }
    }

    /// Takes out the store that was stored under `owner`; empty if there was none.
    pub(super) fn unnest(&self, owner: u16) -> Vec<(Vec<u8>, Octets)> {
        let prefix = nested_key(owner, &[]);
        let mut inner = self.inner.borrow_mut();
        let from = inner.values.range(prefix.clone()..).take_while(|(key, _)| key.starts_with(&prefix));
        let nested: Vec<_> = from.map(|(key, value)| (key[prefix.len()..].to_vec(), value.clone())).collect();
        for (key, _) in &nested {
            inner.replace(nested_key(owner, key), None);
        }
        nested
    }

    /// Stores octets as they are.
    pub(super) fn set_octets(&self, key: Vec<u8>, value: Octets) {
        self.inner.borrow_mut().replace(key, Some(value));
    }

    fn set(&self, key: Vec<u8>, value: Vec<u8>) {
        self.inner.borrow_mut().replace(key, Some(value.into()));
    }

    /// Deletes a record.
    pub(super) fn delete(&self, slot: Slot, key: &impl Serialize) -> Result<(), KvError> {
        let key = storage_key(slot, key)?;
        let mut inner = self.inner.borrow_mut();
        if inner.values.contains_key(&key) {
            inner.replace(key, None);
        }
        Ok(())
    }

    fn octets(&self, key: &[u8]) -> Option<Ref<'_, [u8]>> {
        Ref::filter_map(self.inner.borrow(), |inner| inner.values.get(key).map(|value| &**value)).ok()
    }

    /// Writes a record.
    pub(super) fn put(
        &self,
        slot: Slot,
        key: &impl Serialize,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), KvError> {
        self.set(storage_key(slot, key)?, encode(slot, value)?);
        Ok(())
    }

    /// Whether there is such a record.
    pub(super) fn has(&self, slot: Slot, key: &impl Serialize) -> Result<bool, KvError> {
        Ok(self.octets(&storage_key(slot, key)?).is_some())
    }

    /// Reads a record.
    pub(super) fn read<V: DeserializeOwned>(
        &self,
        slot: Slot,
        key: &impl Serialize,
    ) -> Result<Option<V>, KvError> {
        let Some(octets) = self.octets(&storage_key(slot, key)?) else { return Ok(None) };
        rmp_serde::from_slice(&octets).map(Some).map_err(|_| KvError::Decode(slot))
    }

    /// A list is the encodings of its items, one after the other: MessagePack tells where each ends.
    pub(super) fn append(
        &self,
        slot: Slot,
        key: &impl Serialize,
        item: &impl Serialize,
    ) -> Result<(), KvError> {
        let key = storage_key(slot, key)?;
        let mut list = self.octets(&key).map_or_else(Vec::new, |old| old.to_vec());
        list.extend(encode(slot, item)?);
        self.set(key, list);
        Ok(())
    }

    /// The items of a list, in the order in which they came.
    pub(super) fn list<V: DeserializeOwned>(
        &self,
        slot: Slot,
        key: &impl Serialize,
    ) -> Result<Vec<V>, KvError> {
        let Some(octets) = self.octets(&storage_key(slot, key)?) else { return Ok(Vec::new()) };
        let mut decoder = rmp_serde::Deserializer::new(&*octets);
        let mut items = Vec::new();
        while !decoder.get_ref().is_empty() {
            items.push(V::deserialize(&mut decoder).map_err(|_| KvError::Decode(slot))?);
        }
        Ok(items)
    }

    /// Takes an item out of a list, wherever it stands in it.
    pub(super) fn take_out<V: Serialize + DeserializeOwned>(
        &self,
        slot: Slot,
        key: &impl Serialize,
        item: &V,
    ) -> Result<(), KvError> {
        let item = encode(slot, item)?;
        let items = self.list::<V>(slot, key)?;
        let kept = items.iter().map(|kept| encode(slot, kept)).filter(|kept| kept.as_ref() != Ok(&item));
        let kept = kept.collect::<Result<Vec<_>, _>>()?.concat();
        if kept.is_empty() {
            return self.delete(slot, key);
        }
        self.set(storage_key(slot, key)?, kept);
        Ok(())
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

/// The value that is stored as `value` is: some of the library's types can be made in no other way.
pub(super) fn converted<V: DeserializeOwned>(value: &impl Serialize) -> Result<V, KvError> {
    let slot = Slot::QueuedProposal;
    rmp_serde::from_slice(&encode(slot, value)?).map_err(|_| KvError::Decode(slot))
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

fn nested_key(owner: u16, key: &[u8]) -> Vec<u8> {
    [&[Slot::Tentative as u8], &owner.to_be_bytes()[..], key].concat()
}
