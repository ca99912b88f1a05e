//! Exact interning tables: equal values get equal numbers, and unequal ones never do.
//!
//! Tables only grow, so that what is in them is borrowed, and looked up by its number without a lock. What has a number is
//! mostly found through hints: a few of the last numbers by their hashes. What a hint leads to is compared, so that one that
//! has been overwritten costs a look into the locked table and nothing else.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::{BuildHasher as _, Hash};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Values, numbered in the order in which they first came, each with what is derived from it once.
#[derive(Debug)]
pub(crate) struct Interner<T, D = ()> {
    entries: boxcar::Vec<(T, D)>,
    known: Mutex<HashTable<u32>>,
    hints: Box<[AtomicU32]>,
}

impl<T, D> Default for Interner<T, D> {
    fn default() -> Self {
        Self::with_hints(1 << 12)
    }
}

impl<T, D> Interner<T, D> {
    /// An empty table with so many hints, which must be a power of two.
    pub fn with_hints(hints: usize) -> Self {
        let hints = std::iter::repeat_with(|| AtomicU32::new(NO_HINT)).take(hints).collect();
        Self { entries: boxcar::Vec::new(), known: Mutex::default(), hints }
    }

    /// The value with this number.
    pub fn value(&self, number: u32) -> &T {
        &self.entry(number).0
    }

    /// What was derived from the value with this number.
    pub fn derived(&self, number: u32) -> &D {
        &self.entry(number).1
    }

    fn entry(&self, number: u32) -> &(T, D) {
        // Numbers come from this table alone, which never shrinks.
        self.entries.get(number as usize).unwrap_or_else(|| panic!("no value has the number {number}"))
    }
}

impl<T: Hash + Eq, D> Interner<T, D> {
    /// The number of `value`; `derive` is asked if the value is new.
    pub fn intern(&self, value: T, derive: impl FnOnce(&T) -> D) -> u32 {
        let hash = FxBuildHasher.hash_one(&value);
        self.find(hash, &value).unwrap_or_else(|| {
            let derived = derive(&value);
            self.add(hash, value, derived)
        })
    }

    /// The number of a copy of `value`, which is only made if the value is new.
    pub fn intern_copy(&self, value: &T, derive: impl FnOnce(&T) -> D) -> u32
    where
        T: Clone,
    {
        let hash = FxBuildHasher.hash_one(value);
        self.find(hash, value).unwrap_or_else(|| self.add(hash, value.clone(), derive(value)))
    }

    fn find(&self, hash: u64, value: &T) -> Option<u32> {
        // The low bits choose a place in the locked table.
        let hint = &self.hints[(hash >> 24) as usize & (self.hints.len() - 1)];
        let number = hint.load(Ordering::Relaxed);
        if number != NO_HINT && self.entries.get(number as usize).is_some_and(|(known, _)| known == value) {
            return Some(number);
        }
        let found = self.find_known(&lock(&self.known), hash, value)?;
        hint.store(found, Ordering::Relaxed);
        Some(found)
    }

    fn find_known(&self, known: &HashTable<u32>, hash: u64, value: &T) -> Option<u32> {
        known.find(hash, |number| self.value(*number) == value).copied()
    }

    fn add(&self, hash: u64, value: T, derived: D) -> u32 {
        let mut known = lock(&self.known);
        // Another thread may have been faster; what it derived is the same.
        if let Some(number) = self.find_known(&known, hash, &value) {
            return number;
        }
        let number = numbered(self.entries.push((value, derived)));
        known.insert_unique(hash, number, |number| FxBuildHasher.hash_one(self.value(*number)));
        number
    }
}

/// What was once computed for a pair of numbers.
#[derive(Debug)]
pub(crate) struct Memo<V>(Interner<(u32, u32), V>);

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Self(Interner::with_hints(1 << 16))
    }
}

impl<V> Memo<V> {
    /// What is known for `key`, or else what `compute` says, which must be a function of `key`.
    pub fn get(&self, key: (u32, u32), compute: impl FnOnce() -> V) -> &V {
        self.0.derived(self.0.intern(key, |_| compute()))
    }
}

const NO_HINT: u32 = u32::MAX;
/// The largest number: the rest of the word says what it is the number of.
pub(crate) const MAX_NUMBER: u32 = (1 << 29) - 1;

fn numbered(index: usize) -> u32 {
    assert!(index <= MAX_NUMBER as usize, "a table is full: the scope is too large");
    index as u32
}

// A thread that panicked while it wrote has left the table as it was, or with one more sound entry.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_have_one_number_and_derive_once() {
        let table = Interner::<String, usize>::default();
        let number = table.intern("hub".to_owned(), |text| text.len());
        let again = table.intern("hub".to_owned(), |_| panic!("derived twice"));
        let other = table.intern_copy(&"follower".to_owned(), |text| text.len());
        let same = table.intern_copy(&"follower".to_owned(), |_| panic!("derived twice"));
        assert_eq!((number, again, other, same), (0, 0, 1, 1));
        assert_eq!((table.value(1).as_str(), *table.derived(1), table.entries.count()), ("follower", 8, 2));
    }

    #[test]
    fn hints_that_are_overwritten_do_no_harm() {
        let table = Interner::<u32>::with_hints(1);
        let numbers =
            |table: &Interner<u32>| (0..100).map(|n| table.intern(n * 7, |_| ())).collect::<Vec<_>>();
        let first = numbers(&table);
        assert_eq!(first, (0..100).collect::<Vec<u32>>());
        assert_eq!(numbers(&table), first);
    }

    #[test]
    fn a_memo_computes_each_pair_once() {
        let memo = Memo::default();
        for key in 0..100 {
            assert_eq!(*memo.get((key, 7), || key + 1), key + 1);
        }
        assert_eq!(*memo.get((99, 7), || panic!("computed twice")), 100);
    }
}
