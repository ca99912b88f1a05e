//! Exact interning tables: equal values get equal numbers, and unequal ones never do.

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Values, numbered in the order in which they first came, each with what is derived from it once.
#[derive(Debug)]
pub(crate) struct Interner<T, D = ()> {
    table: RwLock<IndexMap<Arc<T>, D, FxBuildHasher>>,
}

impl<T, D> Default for Interner<T, D> {
    fn default() -> Self {
        Self { table: RwLock::default() }
    }
}

impl<T: Hash + Eq, D: Clone> Interner<T, D> {
    /// The number of `value`; `derive` is asked if the value is new.
    pub fn intern(&self, value: T, derive: impl FnOnce(&T) -> D) -> u32 {
        if let Some(known) = read(&self.table).get_index_of(&value) {
            return number(known);
        }
        let derived = derive(&value);
        let mut table = write(&self.table);
        // Another thread may have been faster; what it derived is the same.
        let index =
            table.get_index_of(&value).unwrap_or_else(|| table.insert_full(Arc::new(value), derived).0);
        number(index)
    }

    /// The value with this number.
    pub fn value(&self, number: u32) -> Arc<T> {
        self.read().value(number).clone()
    }

    /// What was derived from the value with this number.
    pub fn derived(&self, number: u32) -> D {
        self.read().derived(number).clone()
    }

    /// The table, for several look-ups.
    pub fn read(&self) -> Reading<'_, T, D> {
        Reading(read(&self.table))
    }
}

/// A table that is being read.
pub(crate) struct Reading<'a, T, D>(RwLockReadGuard<'a, IndexMap<Arc<T>, D, FxBuildHasher>>);

impl<T, D> Reading<'_, T, D> {
    /// The value with this number.
    pub fn value(&self, number: u32) -> &Arc<T> {
        self.entry(number).0
    }

    /// What was derived from the value with this number.
    pub fn derived(&self, number: u32) -> &D {
        self.entry(number).1
    }

    fn entry(&self, number: u32) -> (&Arc<T>, &D) {
        // Numbers come from this table alone, which never shrinks.
        self.0.get_index(number as usize).unwrap_or_else(|| panic!("no value has the number {number}"))
    }
}

/// How many parts a memo has, so that threads seldom wait for one another.
const SHARDS: usize = 16;

/// The results of a part of the pairs.
type Shard<V> = IndexMap<(u32, u32), V, FxBuildHasher>;

/// What was once computed for a pair of numbers.
#[derive(Debug)]
pub(crate) struct Memo<V> {
    shards: [RwLock<Shard<V>>; SHARDS],
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self { shards: std::array::from_fn(|_| RwLock::default()) }
    }
}

impl<V: Clone> Memo<V> {
    /// What is known for `key`, or else what `compute` says, which must be a function of `key`.
    pub fn get(&self, key: (u32, u32), compute: impl FnOnce() -> V) -> V {
        let mixed = (u64::from(key.0) << 32 | u64::from(key.1)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let shard = &self.shards[(mixed >> 60) as usize % SHARDS];
        if let Some(known) = read(shard).get(&key) {
            return known.clone();
        }
        let computed = compute();
        write(shard).entry(key).or_insert(computed).clone()
    }
}

fn number(index: usize) -> u32 {
    assert!(index <= MAX_NUMBER as usize, "a table is full: the scope is too large");
    index as u32
}

/// The largest number: the rest of the word says what it is the number of.
pub(crate) const MAX_NUMBER: u32 = (1 << 29) - 1;

// A thread that panicked while it wrote has left the table as it was, or with one more sound entry.
fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number_and_derive_once() {
        let table = Interner::<String, usize>::default();
        let number = table.intern("hub".to_owned(), |text| text.len());
        let again = table.intern("hub".to_owned(), |_| panic!("derived twice"));
        let other = table.intern("follower".to_owned(), |text| text.len());
        assert_eq!((number, again, other), (0, 0, 1));
        assert_eq!((table.value(1).as_str(), table.derived(1)), ("follower", 8));
    }

    #[test]
    fn a_memo_computes_each_pair_once() {
        let memo = Memo::default();
        for key in 0..100 {
            assert_eq!(memo.get((key, 7), || key + 1), key + 1);
        }
        assert_eq!(memo.get((99, 7), || panic!("computed twice")), 100);
    }
}
