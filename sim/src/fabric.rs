//! The fabric: carries encoded octets between nodes, each message with its own delivery time. All network faults live here.

use crate::faults::{Family, Faults};
use crate::keyed::{Domain, Randomness};
use crate::latency::Latencies;
use crate::packet::{Packet, PacketKey};
use mimic_protocol::mls::Octets;
use std::collections::BTreeMap;

/// Sans-IO: time is an argument, and a task of the runtime asks what is due.
#[derive(Debug)]
pub struct Fabric {
    randomness: Randomness,
    in_flight: BTreeMap<Place, (u64, Octets)>,
    carried: u64,
}

/// A message's place in the order of deliveries. It is total, so that two messages due at one time never race.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Place {
    at_us: u64,
    key: PacketKey,
    copy: u32,
}

impl Fabric {
    /// An empty fabric.
    pub fn new(randomness: Randomness) -> Self {
        Self { randomness, in_flight: BTreeMap::new(), carried: 0 }
    }

    /// Takes a message. Gives the family that loses its original on the way, if one does already now.
    pub fn send(
        &mut self,
        now_us: u64,
        packet: Packet,
        latencies: &mut Latencies,
        faults: &mut Faults,
    ) -> Option<Family> {
        let Packet { key, step, bytes, .. } = packet;
        self.carried += 1;
        let mut draw = self.randomness.draw(Domain::Fault, &key.as_key());
        let due_us = now_us + latencies.link_us(key.link) + latencies.jitter_us(&mut draw);
        let cut = faults.cut(now_us, key.link);
        if cut.is_some() {
            return cut;
        }
        let struck = faults.packet(now_us, &key, draw);
        if let Some(after_us) = struck.duplicate_after_us {
            self.put(Place { at_us: due_us + after_us, key, copy: 1 }, (step, bytes.clone()));
        }
        if struck.lost {
            return Some(Family::Loss);
        }
        let late_us = struck.delayed_by_us.unwrap_or_default() + struck.reordered_by_us.unwrap_or_default();
        self.put(Place { at_us: due_us + late_us, key, copy: 0 }, (step, bytes));
        None
    }

    /// When the next message is due.
    pub fn next_due(&self) -> Option<u64> {
        self.in_flight.first_key_value().map(|(place, _)| place.at_us)
    }

    /// The next message that is due by `now_us`; those that meet a closed border on arrival are gone.
    pub fn pop_due(&mut self, now_us: u64, faults: &mut Faults) -> Option<Packet> {
        loop {
            let first = self.in_flight.first_entry().filter(|first| first.key().at_us <= now_us)?;
            let (Place { at_us, key, copy }, (step, bytes)) = first.remove_entry();
            if faults.cut(at_us, key.link).is_none() {
                return Some(Packet { key, copy, step, bytes });
            }
        }
    }

    /// The messages on their way, each with its copy, in the order in which they are due.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (&PacketKey, u32)> {
        self.in_flight.keys().map(|place| (&place.key, place.copy))
    }

    /// Takes out this message, whenever it is due.
    pub(crate) fn take(&mut self, key: &PacketKey, copy: u32) -> Option<Packet> {
        let place = *self.in_flight.keys().find(|place| (&place.key, place.copy) == (key, copy))?;
        let (step, bytes) = self.in_flight.remove(&place)?;
        Some(Packet { key: *key, copy, step, bytes })
    }

    /// Makes something else of what is on its way under this name.
    pub(crate) fn alter(&mut self, key: &PacketKey, copy: u32, alter: impl FnOnce(&[u8]) -> Vec<u8>) {
        let is_it = |place: &&Place| (&place.key, place.copy) == (key, copy);
        let place = self.in_flight.keys().find(is_it).copied();
        if let Some((_, bytes)) = place.and_then(|place| self.in_flight.get_mut(&place)) {
            *bytes = alter(bytes).into();
        }
    }

    /// Puts a further copy of this message after it.
    pub(crate) fn duplicate(&mut self, key: &PacketKey, copy: u32) {
        let found = self.in_flight.iter().find(|(place, _)| (&place.key, place.copy) == (key, copy));
        if let Some((place, cargo)) = found.map(|(place, cargo)| (*place, cargo.clone())) {
            self.put(place, cargo);
        }
    }

    /// How many messages are on their way.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// How many messages were sent so far.
    pub fn carried(&self) -> u64 {
        self.carried
    }

    /// An answer to each of two copies of a question has the same name: the later one goes after the earlier.
    fn put(&mut self, mut place: Place, cargo: (u64, Octets)) {
        while self.in_flight.contains_key(&place) {
            place.copy += 1;
        }
        self.in_flight.insert(place, cargo);
    }
}
