//! INV-28: where a hub has shown different commits for one epoch, nobody reads what was said on another branch.

use super::seats;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::BTreeMap;

/// Equivocation is contained (RFC 9750 §5.2). It remembers in which epoch, and with which GroupContext, each message was said: who
/// reads it must be in that epoch with that GroupContext. That the branches differ at all, which members would learn by comparing
/// epoch authenticators, is what INV-03 says.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct BranchesApart {
    said: BTreeMap<(RoomId, MessageId), Branch>,
}

/// An epoch, and a digest of its GroupContext.
type Branch = (u64, u64);

impl Invariant for BranchesApart {
    fn id(&self) -> &'static str {
        "INV-28"
    }

    fn statement(&self) -> &'static str {
        "nobody reads what was said on another branch of the group's history"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Said { room, message, .. } => {
                    self.said.extend(branch(at, *room).map(|branch| ((*room, *message), branch)));
                }
                Fact::Applied { room, message, text: Some((sender, _)), .. } => {
                    self.read(at, tally, (*room, *message), *sender);
                }
                _ => {}
            }
        }
    }
}

impl BranchesApart {
    /// What comes back to its author is not read, and may come when the author has gone on.
    fn read(
        &self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, message): (RoomId, MessageId),
        sender: ClientId,
    ) {
        let own = at.step.node == NodeId::Client(sender);
        let (Some(said), Some(here)) = (self.said.get(&(room, message)), branch(at, room)) else { return };
        if own {
            return;
        }
        tally.check(Some(at.step.n), here == *said, || {
            let node = at.step.node;
            let is_fork = if here.0 == said.0 { "on another branch of it" } else { "there" };
            format!("{room}: {node} reads in epoch {} what was said in epoch {}, {is_fork}", here.0, said.0)
        });
    }
}

/// Where the node is that makes the step.
fn branch(at: &Transition<'_>, room: RoomId) -> Option<Branch> {
    let seat = seats(at.after())?.get(&room)?;
    Some((seat.epoch?, seat.context?))
}
