//! INV-20: a follower takes a room's events from the room's hub alone.

use crate::{Event, Invariant, Tally, Transition};
use mimic_protocol::NodeId;
use mimic_protocol::node::Fact;

/// Origin (proto §4.1, §5.5): who acts on a notify has it from the peer that is the room's hub.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct NotifiedByHub;

impl Invariant for NotifiedByHub {
    fn id(&self) -> &'static str {
        "INV-20"
    }

    fn statement(&self) -> &'static str {
        "followers take events from the hub alone"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Notified { room, message } = fact else { continue };
            let from = match at.step.event {
                Event::Request(cause) => Some(cause.from),
                _ => None,
            };
            let hub = NodeId::Provider(at.directory.hub_of(*room));
            tally.check(Some(at.step.n), from == Some(hub), || {
                format!("{room}: {} takes {message:?} over, which is not from the hub", at.step.node)
            });
        }
    }
}
