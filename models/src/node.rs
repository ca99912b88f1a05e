//! One node of either kind, over symbolic or real MLS: models and conformance drive the same.

use derive_where::derive_where;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Entropy, Mls, MlsError, Writes};
use mimic_protocol::node::{Cells, Input, Node as _, Output};
use mimic_protocol::{Client, NodeConfig, NodeId, Provider};
use mimic_record::{NodeView, alpha};
use std::sync::Arc;

/// A node.
#[derive(Debug)]
#[derive_where(Clone, PartialEq, Eq, Hash; M::Observer, M::Member)]
#[expect(clippy::large_enum_variant, reason = "nodes stand in tables and behind locks, and are seldom moved")]
pub(crate) enum Node<M: Mls = Symbolic> {
    /// A server.
    Provider(Provider<M>),
    /// A device.
    Client(Client<M>),
}

impl<M: Mls> Node<M> {
    /// A node that has never run.
    pub fn new(config: &Arc<NodeConfig>, id: NodeId, entropy: Entropy) -> Self {
        match id {
            NodeId::Provider(id) => Self::Provider(Provider::new(config.clone(), id)),
            NodeId::Client(id) => Self::Client(Client::new(config.clone(), id, entropy)),
        }
    }

    /// The node whose durable records these cells are; without any, it begins anew.
    pub fn recover(
        config: &Arc<NodeConfig>,
        id: NodeId,
        cells: &Cells,
        entropy: Entropy,
    ) -> Result<Self, MlsError> {
        let config = config.clone();
        Ok(match id {
            NodeId::Provider(id) => Self::Provider(Provider::recover(config, id, cells)),
            NodeId::Client(id) => Self::Client(Client::recover(config, id, cells, entropy)?),
        })
    }

    /// Which node it is.
    pub fn id(&self) -> NodeId {
        match self {
            Self::Provider(provider) => provider.id().into(),
            Self::Client(client) => client.id().into(),
        }
    }

    /// What it looks like from outside.
    pub fn view(&self) -> NodeView {
        match self {
            Self::Provider(provider) => alpha::provider(provider),
            Self::Client(client) => alpha::client(client),
        }
    }

    /// Lets it handle an input. The outputs are not carried out.
    pub fn handle(&mut self, now_ms: u64, entropy: Entropy, input: Input) -> Vec<Output> {
        match self {
            Self::Provider(provider) => provider.handle(now_ms, entropy, input),
            Self::Client(client) => client.handle(now_ms, entropy, input),
        }
    }
}

/// Makes a record durable.
pub(crate) fn persist(cells: &mut Cells, writes: &Writes) {
    for (key, value) in writes {
        match value {
            Some(octets) => drop(cells.insert(key.clone(), octets.clone())),
            None => drop(cells.remove(key)),
        }
    }
}
