//! INV-34: what one client puts aside as against policy, no client shows.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::RoomId;
use mimic_protocol::node::{Aside, Fact, MessageId};
use std::collections::BTreeMap;

/// Unanimous discards (arch §4.4, ARCH-27). It remembers whether the first client to read a message showed it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SameDiscards {
    shown: BTreeMap<(RoomId, MessageId), bool>,
}

impl Invariant for SameDiscards {
    fn id(&self) -> &'static str {
        "INV-34"
    }

    fn statement(&self) -> &'static str {
        "what one client puts aside as against policy, no client shows"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let (room, message, shows) = match fact {
                Fact::Applied { room, message, text: Some(_), .. } => (*room, *message, true),
                Fact::Discarded { room, message, .. }
                | Fact::PutAside { room, message, reason: Aside::NotTheAuthor, .. } => {
                    (*room, *message, false)
                }
                _ => continue,
            };
            let first = *self.shown.entry((room, message)).or_insert(shows);
            tally.check(Some(at.step.n), first == shows, || {
                let (this, that) = if shows { ("shows", "put aside") } else { ("puts aside", "showed") };
                format!("{room}: {} {this} {message:?}, which another client {that}", at.step.node)
            });
        }
    }
}
