//! INV-21: whoever is shown as the author of a message is who sent it, and sent that.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::BTreeMap;

/// Sender authenticity (arch §5.1, proto §9). It remembers who has encrypted which message, with which text.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SenderAuthentic {
    said: BTreeMap<(RoomId, MessageId), (NodeId, Option<u32>)>,
}

impl Invariant for SenderAuthentic {
    fn id(&self) -> &'static str {
        "INV-21"
    }

    fn statement(&self) -> &'static str {
        "the shown author of a message is who sent it"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Said { room, message, text, .. } => {
                    self.said.insert((*room, *message), (at.step.node, *text));
                }
                Fact::Applied { room, message, text: Some((sender, text)), .. } => {
                    self.shown(at, tally, (*room, *message), (*sender, *text));
                }
                _ => {}
            }
        }
    }
}

impl SenderAuthentic {
    fn shown(
        &self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, message): (RoomId, MessageId),
        (sender, text): (ClientId, u32),
    ) {
        let said = self.said.get(&(room, message)).copied();
        let is_so = said == Some((NodeId::Client(sender), Some(text)));
        tally.check(Some(at.step.n), is_so, || {
            let node = at.step.node;
            match said {
                Some((author, _)) => {
                    format!("{room}: {node} takes {message:?} of {author} for {text} of {sender}")
                }
                None => format!("{room}: {node} reads {message:?} of {sender}, which nobody has sent"),
            }
        });
    }
}
