//! One server, all of whose steps are visible: the provider, its disk, and what it waits for.

use super::line::{Seen, ServerLine};
use crate::node::{Node, persist};
use mimic_protocol::mls::Entropy;
use mimic_protocol::node::{Cells, Exchange, Fact, Input, Output, Timer};
use mimic_protocol::{NodeConfig, NodeId, ProviderId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A server.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Server {
    /// None while it is down.
    node: Option<Node>,
    disk: Cells,
    /// The exchanges of its own that it waits in, each with the line that asked.
    pub open: BTreeMap<Exchange, u64>,
    timers: BTreeSet<Timer>,
}

impl Server {
    /// What is no input, or ends something that the server waits for. An error says why it cannot be.
    pub fn begin(&mut self, config: &Arc<NodeConfig>, line: &ServerLine) -> Result<(), String> {
        let id = line.provider;
        match line.seen {
            Seen::Crash => self.crash(id),
            Seen::Restart if self.node.is_some() => Err(format!("{id} comes back, and is up")),
            Seen::Restart => self.rebuild(config, id),
            // A node that has never been there begins.
            Seen::Start if self.node.is_none() => self.rebuild(config, id),
            Seen::Failed(exchange) => self.close(exchange),
            Seen::Wake(timer) => {
                let asked = self.timers.remove(&timer);
                asked
                    .then_some(())
                    .ok_or_else(|| format!("{id} is woken by {timer:?}, and has not asked for that"))
            }
            Seen::Start | Seen::Order(_) | Seen::Request(..) | Seen::Response(..) => Ok(()),
        }
    }

    fn crash(&mut self, id: ProviderId) -> Result<(), String> {
        self.node.take().ok_or_else(|| format!("{id} crashes, and is not up"))?;
        self.open.clear();
        self.timers.clear();
        Ok(())
    }

    fn rebuild(&mut self, config: &Arc<NodeConfig>, id: ProviderId) -> Result<(), String> {
        let node = Node::recover(config, id.into(), &self.disk, entropy(id));
        self.node = Some(node.map_err(|error| format!("{id} cannot come back: {error}"))?);
        Ok(())
    }

    /// An exchange of its own ends.
    pub fn close(&mut self, exchange: Exchange) -> Result<(), String> {
        let waits = self.open.remove(&exchange);
        waits.map(|_| ()).ok_or_else(|| format!("{exchange:?} ends, and nobody waits for that"))
    }

    /// Handles what the line says that it handles: what it observes, and what it sends.
    pub fn handle(
        &mut self,
        line: &ServerLine,
        ahead_ms: i64,
        input: Input,
    ) -> Result<(Vec<Fact>, Vec<Output>), String> {
        let id = line.provider;
        let now_ms = (line.given_us / 1_000).saturating_add_signed(ahead_ms);
        let node = self.node.as_mut().ok_or_else(|| format!("{id} is not up"))?;
        let (mut facts, mut sent) = (Vec::new(), Vec::new());
        for output in node.handle(now_ms, entropy(id), input) {
            match output {
                Output::Persist(writes) => persist(&mut self.disk, &writes),
                Output::Wake { timer, .. } => _ = self.timers.insert(timer),
                Output::Observe(fact) => facts.push(fact),
                Output::Send { exchange, .. } if exchange.origin == NodeId::Provider(id) => {
                    self.open.insert(exchange, line.step);
                    sent.push(output);
                }
                Output::Send { .. } | Output::Reply { .. } => sent.push(output),
            }
        }
        Ok((facts, sent))
    }
}

/// A server draws delays, which are not looked at, and what it seals with: equal contents are sealed to equal octets.
fn entropy(id: ProviderId) -> Entropy {
    Entropy(blake3::derive_key("mimic visible server", &id.0.to_be_bytes()))
}
