//! INV-21: whoever is shown as the author of a message is who sent it, and sent that; and where servers sign what comes from them,
//! whichever server an event is taken to come from has said so.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, ProviderId, RoomId};
use std::collections::{BTreeMap, BTreeSet};

/// Sender authenticity (arch §5.1, proto §9). It remembers who has encrypted which message, with which text; and with
/// `event-authentication = origin` (arch §5.2, ARCH-36) which server has vouched for which event.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SenderAuthentic {
    said: BTreeMap<(RoomId, MessageId), (NodeId, Option<u32>)>,
    vouched: BTreeSet<(MessageId, NodeId)>,
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
                Fact::Vouched { message, .. } => {
                    self.vouched.insert((*message, at.step.node));
                }
                Fact::CameFrom { room, message, server } => {
                    self.came(at, tally, (*room, *message), *server);
                }
                _ => {}
            }
        }
    }
}

impl SenderAuthentic {
    fn came(
        &self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, message): (RoomId, MessageId),
        server: ProviderId,
    ) {
        let is_so = self.vouched.contains(&(message, server.into()));
        tally.check(Some(at.step.n), is_so, || {
            let node = at.step.node;
            format!("{room}: {node} takes {message:?} for one from {server}, which has not said so")
        });
    }

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
