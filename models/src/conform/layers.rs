//! A map that is cheap to copy: copies share what was in it before.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Layers of it, each at most half as large as the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Layers(Vec<Arc<BTreeMap<u128, u128>>>);

impl Layers {
    /// What is there for the key, and whether it was not there before: where nothing is, this comes there.
    pub fn find_or_insert(&mut self, key: u128, value: u128) -> (u128, bool) {
        if let Some(known) = self.0.iter().find_map(|layer| layer.get(&key)) {
            return (*known, false);
        }
        let mut newest = BTreeMap::from([(key, value)]);
        while let Some(before) = self.0.pop_if(|before| before.len() < 2 * newest.len()) {
            newest.extend(before.iter().map(|(key, value)| (*key, *value)));
        }
        self.0.push(Arc::new(newest));
        (value, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_map_and_copies_go_their_own_ways() {
        let mut one = Layers::default();
        for key in 0..100 {
            assert_eq!(one.find_or_insert(key, 2 * key), (2 * key, true));
        }
        let mut other = one.clone();
        assert_eq!((one.find_or_insert(100, 1), other.find_or_insert(100, 2)), ((1, true), (2, true)));
        for key in 0..100 {
            assert_eq!(one.find_or_insert(key, 0), (2 * key, false));
            assert_eq!(other.find_or_insert(key, 0), (2 * key, false));
        }
        assert!(one.0.len() <= 8, "{} layers", one.0.len());
    }
}
