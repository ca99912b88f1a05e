//! A part of a node's state that has a durable cell of its own, written by the step that touched it.

use crate::mls::Octets;
use crate::step::{Step, read};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::hash::{Hash, Hasher};
use std::ops::{Deref, DerefMut};

/// A value, and whether it was touched since its cell was written. Two of them are equal if their values are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Durable<T> {
    value: T,
    touched: bool,
}

impl<T> Durable<T> {
    /// A value whose cell has not been written.
    pub fn new(value: T) -> Self {
        Self { value, touched: true }
    }
}

impl<T: PartialEq> Durable<T> {
    /// Makes `value` the value. An equal one is no change, so that what others share with the old one stays shared.
    pub fn set(&mut self, value: T) {
        if self.value != value {
            *self = Self { value, touched: true };
        }
    }

    /// Leaves the default, and gives what was there.
    pub fn take(&mut self) -> T
    where
        T: Default,
    {
        let before = std::mem::take(&mut self.value);
        self.touched |= before != self.value;
        before
    }
}

impl<T: Serialize> Durable<T> {
    /// Writes the cell `key`, if the value was touched.
    pub fn store(&mut self, step: &mut Step, key: impl FnOnce() -> Vec<u8>) {
        if std::mem::take(&mut self.touched) {
            step.put(key(), &self.value);
        }
    }
}

impl<T: DeserializeOwned> Durable<T> {
    /// What the cell holds, if it is there and well formed.
    pub fn recover(cells: &BTreeMap<Vec<u8>, Octets>, key: &[u8]) -> Option<Self> {
        read(cells, key).map(|value| Self { value, touched: false })
    }
}

impl<T> Deref for Durable<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Durable<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.touched = true;
        &mut self.value
    }
}

impl<T: PartialEq> PartialEq for Durable<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Durable<T> {}

impl<T: Hash> Hash for Durable<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mls::Entropy;
    use crate::node::Output;

    fn written(durable: &mut Durable<Vec<u8>>) -> bool {
        let mut step = Step::new(0, Entropy([0; 32]));
        durable.store(&mut step, || b"key".to_vec());
        matches!(step.finish(false).as_slice(), [Output::Persist(_)])
    }

    #[test]
    fn a_cell_is_written_once_after_each_change() {
        let mut durable = Durable::<Vec<u8>>::default();
        assert!(!written(&mut durable));
        durable.push(1);
        assert!(written(&mut durable) && !written(&mut durable));
        durable.set(vec![1]);
        assert!(!written(&mut durable));
        durable.set(vec![2]);
        assert!(written(&mut durable));
        assert_eq!(durable.take(), [2]);
        assert!(written(&mut durable));
        assert!(durable.take().is_empty() && !written(&mut durable));
    }
}
