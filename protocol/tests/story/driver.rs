//! A driver without faults: every message is encoded, decoded and handled, first come, first served.

use mimic_protocol::codec::{Hop, decode_request, decode_response, encode_request, encode_response};
use mimic_protocol::mls::{Entropy, Mls};
use mimic_protocol::node::{Cells, Fact, Input, Intent, Node, Output, Request, Timer};
use mimic_protocol::{
    Client, ClientId, Directory, NodeConfig, NodeId, Planted, Provider, ProviderId, Readings,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

pub struct Driver<M: Mls> {
    pub config: Arc<NodeConfig>,
    pub providers: BTreeMap<ProviderId, Provider<M>>,
    pub clients: BTreeMap<ClientId, Client<M>>,
    pub disks: BTreeMap<NodeId, Cells>,
    pub facts: Vec<(NodeId, Fact)>,
    /// All requests that were ever sent, as they were on the wire.
    pub sent: Vec<(Hop, Request, Vec<u8>)>,
    inputs: VecDeque<(NodeId, Input)>,
    timers: BTreeSet<(NodeId, Timer)>,
    steps: u64,
    /// What is put aside instead of handled.
    pub holds: fn(NodeId, &Input) -> bool,
    held: VecDeque<(NodeId, Input)>,
}

impl<M: Mls> Driver<M> {
    pub fn new(directory: Directory) -> Self {
        let config = NodeConfig::new(Arc::new(directory), Readings::default(), Planted::NONE);
        let mut driver = Self {
            providers: BTreeMap::new(),
            clients: BTreeMap::new(),
            disks: BTreeMap::new(),
            facts: Vec::new(),
            sent: Vec::new(),
            inputs: VecDeque::new(),
            timers: BTreeSet::new(),
            steps: 0,
            holds: |_, _| false,
            held: VecDeque::new(),
            config,
        };
        let directory = driver.config.mls.directory.clone();
        for id in directory.providers() {
            driver.providers.insert(id, Provider::new(driver.config.clone(), id));
            driver.inputs.push_back((id.into(), Input::Start));
        }
        for id in directory.clients() {
            driver.boot(id);
        }
        driver.run();
        driver
    }

    pub fn command(&mut self, client: ClientId, intent: Intent) {
        self.inputs.push_back((client.into(), Input::Command(intent)));
    }

    /// Handles all that is there; then fires timers, until nothing is left.
    pub fn run(&mut self) {
        loop {
            self.drain();
            let Some((node, timer)) = self.timers.pop_first() else { return };
            self.inputs.push_back((node, Input::Wake(timer)));
            assert!(self.steps < 100_000, "the story does not come to rest");
        }
    }

    /// Handles all that is there; no time passes.
    pub fn drain(&mut self) {
        while let Some((node, input)) = self.inputs.pop_front() {
            if (self.holds)(node, &input) {
                self.held.push_back((node, input));
            } else {
                self.handle(node, input);
            }
        }
    }

    /// Hands over what was put aside and is not to be held any more.
    pub fn release(&mut self) {
        let held = std::mem::take(&mut self.held);
        self.inputs.extend(held);
        self.drain();
    }

    /// Rebuilds a node from its disk, as after a crash.
    pub fn restart(&mut self, node: NodeId) {
        let cells = self.disks.get(&node).cloned().unwrap_or_default();
        match node {
            NodeId::Provider(id) => {
                self.providers.insert(id, Provider::recover(self.config.clone(), id, &cells));
            }
            NodeId::Client(id) => {
                let entropy = self.entropy();
                let client =
                    Client::recover(self.config.clone(), id, &cells, entropy).expect("the cells are whole");
                self.clients.insert(id, client);
            }
        }
        self.inputs.push_back((node, Input::Start));
        self.run();
    }

    fn boot(&mut self, id: ClientId) {
        let entropy = self.entropy();
        self.clients.insert(id, Client::new(self.config.clone(), id, entropy));
        self.inputs.push_back((id.into(), Input::Start));
    }

    fn entropy(&mut self) -> Entropy {
        self.steps += 1;
        Entropy(blake3_of(self.steps))
    }

    fn handle(&mut self, node: NodeId, input: Input) {
        let entropy = self.entropy();
        let now_ms = self.steps;
        let outputs = match node {
            NodeId::Provider(id) => {
                self.providers.get_mut(&id).expect("it exists").handle(now_ms, entropy, input)
            }
            NodeId::Client(id) => {
                self.clients.get_mut(&id).expect("it exists").handle(now_ms, entropy, input)
            }
        };
        outputs.into_iter().for_each(|output| self.carry_out(node, output));
    }

    fn carry_out(&mut self, node: NodeId, output: Output) {
        let directory = self.config.mls.directory.clone();
        match output {
            Output::Persist(writes) => {
                let disk = self.disks.entry(node).or_default();
                for (key, value) in writes {
                    match value {
                        Some(octets) => drop(disk.insert(key, octets)),
                        None => drop(disk.remove(&key)),
                    }
                }
            }
            Output::Send { to, exchange, request } => {
                let hop = Hop { from: node, to };
                let octets =
                    encode_request(&directory, hop, &request).expect("what nodes send has an encoding");
                let (from, decoded) = decode_request(&self.config, hop, &octets).expect("and decodes");
                assert_eq!((from, &decoded), (node, &request));
                self.sent.push((hop, request, octets));
                self.inputs.push_back((to, Input::Request { exchange, from: node, request: decoded }));
            }
            Output::Reply { to, exchange, response } => {
                let hop = Hop { from: node, to };
                let octets = encode_response(&directory, hop, &exchange, &response)
                    .expect("what nodes answer has an encoding");
                let decoded = decode_response(&directory, hop, &exchange, &octets).expect("and decodes");
                assert_eq!(decoded, response);
                self.inputs.push_back((to, Input::Response { exchange, from: node, response: decoded }));
            }
            Output::Wake { timer, .. } => drop(self.timers.insert((node, timer))),
            Output::Observe(fact) => self.facts.push((node, fact)),
        }
    }
}

fn blake3_of(n: u64) -> [u8; 32] {
    *blake3::hash(&n.to_be_bytes()).as_bytes()
}
