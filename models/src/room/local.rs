//! One node with its disk: the unit that is interned, and the only place where a model runs a node's code.

use crate::node::{Node, persist};
use mimic_protocol::mls::{Entropy, MlsGroup, Writes};
use mimic_protocol::node::{Cells, Input, Output};
use mimic_protocol::{Client, NodeConfig, NodeId, Provider, RoomId};
use mimic_record::NodeView;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A node, and its disk where that can still matter.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Local {
    /// The node.
    pub node: Node,
    /// What is durable; none if the node cannot crash any more.
    pub disk: Option<Arc<Cells>>,
}

impl Local {
    /// A node that has never run.
    pub fn new(config: &Arc<NodeConfig>, id: NodeId, can_crash: bool) -> Self {
        let node = match id {
            NodeId::Provider(id) => Node::Provider(Provider::new(config.clone(), id)),
            NodeId::Client(id) => {
                let entropy = Entropy(blake3::derive_key("mimic model client", &id.0.to_be_bytes()));
                Node::Client(Client::new(config.clone(), id, entropy))
            }
        };
        Self { node, disk: can_crash.then(Arc::default) }
    }

    /// Which node it is.
    pub fn id(&self) -> NodeId {
        self.node.id()
    }

    /// What it looks like from outside.
    pub fn view(&self) -> NodeView {
        self.node.view()
    }

    /// Lets the node handle an input, at time 0. The outputs are not carried out.
    pub fn handle(&mut self, room: RoomId, input: Input) -> Vec<Output> {
        let entropy = self.entropy(room, &input);
        self.node.handle(0, entropy, input)
    }

    /// Makes a record durable.
    pub fn persist(&mut self, writes: &Writes) {
        if let Some(disk) = &mut self.disk {
            persist(Arc::make_mut(disk), writes);
        }
    }

    /// The provider that comes back after a crash; a client's crash is in no scope.
    pub fn crash(&mut self, config: &Arc<NodeConfig>) {
        if let (Node::Provider(provider), Some(disk)) = (&mut self.node, &self.disk) {
            *provider = Provider::recover(config.clone(), provider.id(), disk);
        }
    }

    /// Randomness as a function of the situation: the node, the epoch that it is in, and the input. Equal situations draw
    /// equal keys, and nobody draws a key again in a later epoch, as RFC 9420 §12.4.2 demands of a committer's.
    fn entropy(&self, room: RoomId, input: &Input) -> Entropy {
        let context = match &self.node {
            Node::Provider(_) => None,
            Node::Client(client) => client.group(room).map(MlsGroup::context_digest),
        };
        let mut digest = Digest(blake3::Hasher::new_derive_key("mimic model entropy"));
        (self.id(), context, input).hash(&mut digest);
        Entropy(*digest.0.finalize().as_bytes())
    }
}

/// A hasher whose outcome is the same in every run.
struct Digest(blake3::Hasher);

impl Hasher for Digest {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        u64::from_le_bytes(self.0.finalize().as_bytes()[..8].try_into().unwrap_or_default())
    }
}
