//! INV-28: where a hub has shown different commits for one epoch, nobody takes anything from another branch, and the branches look
//! different.

use super::seats;
use crate::{Invariant, NodeView, Tally, Transition};
use mimic_protocol::node::{Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::BTreeMap;

/// Equivocation is contained, and can be detected (RFC 9750 §5.2). It remembers in which epoch, and with which GroupContext, each
/// message was said: who reads it must be in that epoch with that GroupContext. And it remembers by which commit, and from where, each
/// branch was first come to: who comes to the same GroupContext must have come the same way. So who compares epoch authenticators,
/// each of which belongs to one GroupContext (RFC 9420 §8.7), learns whether there is another branch, and nobody goes from one to
/// another. Whether those on one branch agree on everything else is what INV-03 says.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct BranchesApart {
    said: BTreeMap<(RoomId, MessageId), Branch>,
    ways: BTreeMap<(RoomId, Branch), (Branch, MessageId)>,
}

/// An epoch, and a digest of its GroupContext.
type Branch = (u64, u64);

impl Invariant for BranchesApart {
    fn id(&self) -> &'static str {
        "INV-28"
    }

    fn statement(&self) -> &'static str {
        "nobody reads what was said on another branch of the group's history, and no two branches look the same"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Said { room, message, .. } => {
                    self.said.extend(branch(at.after(), *room).map(|branch| ((*room, *message), branch)));
                }
                Fact::Applied { room, message, text: Some((sender, _)), .. } => {
                    self.read(at, tally, (*room, *message), *sender);
                }
                Fact::Applied { room, message, epoch, text: None } => {
                    self.comes(at, tally, (*room, *message), *epoch);
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
        let (Some(said), Some(here)) = (self.said.get(&(room, message)), branch(at.after(), room)) else {
            return;
        };
        if own {
            return;
        }
        tally.check(Some(at.step.n), here == *said, || {
            let node = at.step.node;
            let is_fork = if here.0 == said.0 { "on another branch of it" } else { "there" };
            format!("{room}: {node} reads in epoch {} what was said in epoch {}, {is_fork}", here.0, said.0)
        });
    }

    /// A commit leads to the epoch, unless it is a state event, which leads to none. Of a step that leads through several epochs nothing
    /// is seen of those between.
    fn comes(
        &mut self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, message): (RoomId, MessageId),
        epoch: u64,
    ) {
        let (Some(from), Some(to)) = (branch(at.before, room), branch(at.after(), room)) else { return };
        let leads_on =
            |fact: &&Fact| matches!(fact, Fact::Applied { room: of, text: None, .. } if *of == room);
        let is_seen = (from.0 + 1, to.0) == (epoch, epoch);
        if !is_seen || at.step.facts.iter().filter(leads_on).count() > 1 {
            return;
        }
        let first = *self.ways.entry((room, to)).or_insert((from, message));
        tally.check(Some(at.step.n), first == (from, message), || {
            let node = at.step.node;
            format!(
                "{room}: {node} comes to epoch {epoch} by {message:?}, and looks as those who came by {:?}",
                first.1
            )
        });
    }
}

/// Where a client is.
fn branch(view: Option<&NodeView>, room: RoomId) -> Option<Branch> {
    let seat = seats(view)?.get(&room)?;
    Some((seat.epoch?, seat.context?))
}
