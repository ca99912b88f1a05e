//! INV-10: what a client says takes effect at most once at each receiver.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::Fact;
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::BTreeSet;

/// At most once (proto §5.5). It remembers what each client has read; texts are unique to their intents.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Once {
    read: BTreeSet<(NodeId, RoomId, ClientId, u32)>,
}

impl Invariant for Once {
    fn id(&self) -> &'static str {
        "INV-10"
    }

    fn statement(&self) -> &'static str {
        "each message takes effect at most once at each receiver"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Applied { room, text: Some((sender, text)), .. } = fact else { continue };
            let new = self.read.insert((at.step.node, *room, *sender, *text));
            tally.check(Some(at.step.n), new, || {
                format!("{room}: {} reads text {text} of {sender} a second time", at.step.node)
            });
        }
    }
}
