//! The disk of one node, held outside the node: it outlives crashes, and it is where storage faults strike.

use mimic_protocol::mls::Writes;
use mimic_protocol::node::Cells;
use std::collections::VecDeque;

/// Durable cells, and the records that were handed in but are not durable yet.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Disk {
    cells: Cells,
    unsynced: VecDeque<Writes>,
    synced: u64,
}

impl Disk {
    /// Hands in one record and gives its number: the disk's records are numbered from 0 for the whole run.
    pub fn write(&mut self, record: Writes) -> u64 {
        self.unsynced.push_back(record);
        self.synced + self.unsynced.len() as u64 - 1
    }

    /// The oldest record that was handed in is durable now. Gives its number, or none if there is none.
    pub fn sync(&mut self) -> Option<u64> {
        let record = self.unsynced.pop_front()?;
        for (key, content) in record {
            match content {
                Some(content) => self.cells.insert(key, content),
                None => self.cells.remove(&key),
            };
        }
        self.synced += 1;
        Some(self.synced - 1)
    }

    /// The node's power is gone. Records that were not durable yet go in the order of their numbers: each still reaches the
    /// disk whole, until `lost` says of one that it does not; that one and all after it are gone. Gives how many did.
    pub fn crash(&mut self, mut lost: impl FnMut(u64) -> bool) -> usize {
        let mut kept = 0;
        while !self.unsynced.is_empty() && !lost(self.synced) {
            self.sync();
            kept += 1;
        }
        self.synced += self.unsynced.len() as u64;
        self.unsynced.clear();
        kept
    }

    /// How many records are not durable yet.
    pub fn unsynced(&self) -> usize {
        self.unsynced.len()
    }

    /// What a node recovers from.
    pub fn contents(&self) -> &Cells {
        &self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(key: u8, content: Option<u8>) -> Writes {
        vec![(vec![key], content.map(|byte| vec![byte].into()))]
    }

    #[test]
    fn only_what_is_synced_is_durable() {
        let mut disk = Disk::default();
        assert_eq!(disk.write(record(1, Some(10))), 0);
        assert_eq!(disk.write(record(2, Some(20))), 1);
        assert!(disk.contents().is_empty());
        assert_eq!(disk.sync(), Some(0));
        assert_eq!(disk.crash(|_| true), 0);
        assert_eq!(disk.contents().keys().collect::<Vec<_>>(), [&vec![1]]);
        assert_eq!((disk.unsynced(), disk.sync()), (0, None));
        assert_eq!(disk.write(record(3, Some(30))), 2, "a lost record keeps its number");
    }

    #[test]
    fn a_deleted_cell_is_gone() {
        let mut disk = Disk::default();
        disk.write(record(1, Some(10)));
        disk.write(record(1, None));
        assert_eq!(disk.crash(|_| false), 2);
        assert!(disk.contents().is_empty());
    }

    proptest! {
        /// After a crash the disk holds a prefix of the records, each of them whole.
        #[test]
        fn a_crash_keeps_a_prefix(count in 0u8..20, synced in 0usize..20, first_lost in 0u64..25) {
            let mut disk = Disk::default();
            for n in 0..count {
                disk.write(vec![(vec![n, 0], Some(vec![n].into())), (vec![n, 1], Some(vec![n].into()))]);
            }
            let synced = (0..synced).map_while(|_| disk.sync()).count() as u64;
            let survived = disk.crash(|n| n == first_lost) as u64;
            let kept = if first_lost >= synced { first_lost.min(u64::from(count)) } else { u64::from(count) };
            prop_assert_eq!((disk.contents().len() as u64, synced + survived), (2 * kept, kept));
            prop_assert!((0..kept as u8).all(|n| disk.contents().contains_key(&vec![n, 1])));
        }
    }
}
