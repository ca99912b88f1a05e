//! One step of a node: its arguments, the cells that it changes, and the outputs that it collects.

use crate::ids::NodeId;
use crate::mls::{Entropy, Octets, Writes};
use crate::node::{Exchange, Fact, Output, Request, Response, Timer};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// Lives for one `handle`: a node's methods read time and entropy from it and write effects to it.
#[derive(Debug)]
pub(crate) struct Step {
    /// The time, for the hub's timestamps, the lifetimes of key packages, and how long a provider is busy, alone.
    pub now_ms: u64,
    /// The step's entropy.
    pub entropy: Entropy,
    cells: BTreeMap<Vec<u8>, Option<Octets>>,
    outputs: Vec<Output>,
}

impl Step {
    pub fn new(now_ms: u64, entropy: Entropy) -> Self {
        Self { now_ms, entropy, cells: BTreeMap::new(), outputs: Vec::new() }
    }

    /// The same in whole seconds, as lifetimes are counted.
    pub fn now_s(&self) -> u64 {
        self.now_ms / 1_000
    }

    /// Makes `value` the content of the cell `key`.
    pub fn put(&mut self, key: Vec<u8>, value: &impl Serialize) {
        // Serialising plain owned data into memory has no way to fail.
        let octets = postcard::to_allocvec(value).unwrap_or_default();
        self.cells.insert(key, Some(octets.into()));
    }

    /// Empties the cell `key`.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.cells.insert(key, None);
    }

    /// Takes over an engine's changed cells, under `prefix`.
    pub fn engine(&mut self, prefix: &[u8], writes: Writes) {
        for (key, value) in writes {
            self.cells.insert([prefix, &key].concat(), value);
        }
    }

    pub fn send(&mut self, to: impl Into<NodeId>, exchange: Exchange, request: Request) {
        self.outputs.push(Output::Send { to: to.into(), exchange, request });
    }

    pub fn reply(&mut self, to: NodeId, exchange: Exchange, response: Response) {
        self.outputs.push(Output::Reply { to, exchange, response });
    }

    pub fn wake(&mut self, timer: Timer, delay_ms: u64) {
        self.outputs.push(Output::Wake { timer, delay_ms });
    }

    pub fn observe(&mut self, fact: Fact) {
        self.outputs.push(Output::Observe(fact));
    }

    /// The step's outputs: its one record first, if it changed anything durable. A planted bug is `hasty`: it persists last.
    pub fn finish(self, hasty: bool) -> Vec<Output> {
        let mut outputs = self.outputs;
        if !self.cells.is_empty() {
            let record = Output::Persist(self.cells.into_iter().collect());
            outputs.insert(if hasty { outputs.len() } else { 0 }, record);
        }
        outputs
    }
}

/// The content of a cell, if it is there and well formed.
pub(crate) fn read<T: DeserializeOwned>(cells: &BTreeMap<Vec<u8>, Octets>, key: &[u8]) -> Option<T> {
    cells.get(key).and_then(|octets| postcard::from_bytes(octets).ok())
}

/// The cells whose keys begin with `prefix`, without it.
pub(crate) fn under(cells: &BTreeMap<Vec<u8>, Octets>, prefix: &[u8]) -> BTreeMap<Vec<u8>, Octets> {
    let range = cells.range(prefix.to_vec()..);
    let inside = range.take_while(|(key, _)| key.starts_with(prefix));
    inside.map(|(key, value)| (key[prefix.len()..].to_vec(), value.clone())).collect()
}
