//! One node with its disk, and its twin where there is one: the unit that is interned.

use super::ROOM;
use super::faces::Faces;
use super::twin::Twin;
use crate::digest::digest;
use crate::node::{Node, persist};
use mimic_protocol::mls::{Entropy, MlsGroup, Writes};
use mimic_protocol::node::{Cells, Fact, Input, Output};
use mimic_protocol::provider::Outbox;
use mimic_protocol::{NodeConfig, NodeId, Provider};
use mimic_record::NodeView;
use std::sync::Arc;

/// A node, and its disk where that can still matter.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Local {
    /// The node.
    pub node: Node,
    /// What is durable; none if the node cannot crash any more.
    pub disk: Option<Arc<Cells>>,
    /// The same node over OpenMLS; none where the search is over symbolic MLS alone.
    pub twin: Option<Twin>,
    /// What it is beside as a hub that may be Byzantine.
    pub faces: Option<Faces>,
}

/// What a node is given, and what its twin is.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    /// To the node.
    pub symbolic: Input,
    /// To the twin; none if whoever sent it has no twin any more.
    pub real: Option<Input>,
}

impl Inputs {
    /// The same for both.
    pub fn both(input: Input) -> Self {
        Self { real: Some(input.clone()), symbolic: input }
    }
}

impl Local {
    /// A node that has never run.
    pub fn new(config: &Arc<NodeConfig>, id: NodeId, (can_crash, has_twin): (bool, bool)) -> Self {
        let entropy = match id {
            NodeId::Client(id) => Entropy(blake3::derive_key("mimic model client", &id.0.to_be_bytes())),
            NodeId::Provider(_) => Entropy([0; 32]),
        };
        Self {
            node: Node::new(config, id, entropy),
            disk: can_crash.then(Arc::default),
            twin: has_twin.then(|| Twin::new(config, id, entropy, can_crash)),
            faces: None,
        }
    }

    /// The same without its disk, which nothing will read any more.
    pub fn without_disk(&self) -> Self {
        let twin = self.twin.as_ref().map(Twin::without_disk);
        Self { node: self.node.clone(), disk: None, twin, faces: self.faces }
    }

    /// Which node it is.
    pub fn id(&self) -> NodeId {
        self.node.id()
    }

    /// What it looks like from outside.
    pub fn view(&self) -> NodeView {
        self.node.view()
    }

    /// Whether it is a provider that owes somebody a Welcome.
    pub fn owes_welcome(&self) -> bool {
        let Node::Provider(provider) = &self.node else { return false };
        let owed_to_followers = provider.hosted().values().flat_map(|hub| hub.outboxes().values());
        provider.inboxes().values().any(|inbox| inbox.holds_welcome(ROOM))
            || owed_to_followers.into_iter().any(Outbox::holds_welcome)
    }

    /// Lets the node handle an input, at time 0, and its twin beside it. The outputs are not carried out; beside each stands what it
    /// is over OpenMLS. What providers learn of users is left out: no property here asks for it, and it would be kept for every effect.
    pub fn handle(&mut self, inputs: Inputs) -> Vec<(Output, Option<Output>)> {
        let entropy = self.entropy(&inputs.symbolic);
        let mut outputs = self.node.handle(0, entropy, inputs.symbolic);
        outputs.retain(|output| !matches!(output, Output::Observe(Fact::Learnt(_))));
        let view = self.node.view();
        let real = self.twin.as_mut().and_then(|twin| twin.follow(entropy, inputs.real, (&outputs, &view)));
        match real {
            Some(real) => outputs.into_iter().zip(real.into_iter().map(Some)).collect(),
            None => outputs.into_iter().map(|output| (output, None)).collect(),
        }
    }

    /// Makes a record durable, and that of the twin.
    pub fn persist(&mut self, writes: &Writes, real: Option<&Output>) {
        if let Some(disk) = &mut self.disk {
            persist(Arc::make_mut(disk), writes);
        }
        if let (Some(twin), Some(Output::Persist(writes))) = (&mut self.twin, real) {
            twin.persist(writes);
        }
    }

    /// The provider that comes back after a crash; a client's crash is in no scope.
    pub fn crash(&mut self, config: &Arc<NodeConfig>) {
        if let (Node::Provider(provider), Some(disk)) = (&mut self.node, &self.disk) {
            *provider = Provider::recover(config.clone(), provider.id(), disk);
        }
        if let Some(twin) = &mut self.twin {
            twin.crash(config);
        }
    }

    /// Randomness as a function of the situation: the node, the epoch that it is in, and the input. Equal situations draw
    /// equal keys, and nobody draws a key again in a later epoch, as RFC 9420 §12.4.2 demands of a committer's.
    fn entropy(&self, input: &Input) -> Entropy {
        let context = match &self.node {
            Node::Provider(_) => None,
            Node::Client(client) => client.group(ROOM).map(MlsGroup::context_digest),
        };
        Entropy(digest("mimic model entropy", &(self.id(), context, input)))
    }
}
