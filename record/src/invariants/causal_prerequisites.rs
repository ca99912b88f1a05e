//! INV-09: nothing takes effect at a client before what it builds on has.

use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{ProposalInfo, ProposalRef, Sender};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::{BTreeMap, BTreeSet};

/// Causal prerequisites (proto §4.2, policy §7, RFC 9750 §5.2). It remembers which epoch each accepted event is of and what each
/// commit refers to, how far each client has come, and which proposals it keeps.
///
/// A client applies a commit only when it keeps each proposal that the commit refers to, or has made it itself: a hub need
/// not send back to an author what it is the author of (AMB-21). And whatever is of an epoch (a message, a commit, a proposal)
/// takes effect only at a client that has come to that epoch, by the commit that began it or by joining.
///
/// What a joiner's own external commit refers to is not judged: it got that with the GroupInfo, in one piece. Nor are state events
/// of a hub-log, which belong to no epoch.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct CausalPrerequisites {
    /// The epoch of each accepted message and commit.
    epochs: BTreeMap<(RoomId, MessageId), u64>,
    /// The epoch of each accepted proposal.
    proposed: BTreeMap<(RoomId, ProposalRef), u64>,
    /// What each accepted commit refers to, with who has made it.
    references: BTreeMap<(RoomId, MessageId), Vec<(ProposalRef, Sender)>>,
    /// The epoch that a client has come to.
    reached: BTreeMap<(ClientId, RoomId), u64>,
    /// The proposals that a client keeps.
    kept: BTreeMap<(ClientId, RoomId), BTreeSet<ProposalRef>>,
}

impl Invariant for CausalPrerequisites {
    fn id(&self) -> &'static str {
        "INV-09"
    }

    fn statement(&self) -> &'static str {
        "no client applies a commit before the proposals that it refers to, nor anything of an epoch before the commit that began it"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match (fact, at.step.node) {
                (Fact::Accepted { room, message, event, .. }, _) => self.accepted(*room, *message, event),
                (Fact::Joined { room, epoch }, NodeId::Client(client)) => {
                    self.comes_to((client, *room), *epoch);
                }
                (Fact::Kept { room, proposal }, NodeId::Client(client)) => {
                    let epoch = self.proposed.get(&(*room, *proposal)).copied();
                    self.has_come_to(at, tally, (client, *room), epoch);
                    self.kept.entry((client, *room)).or_default().insert(*proposal);
                }
                (Fact::Applied { room, message, text: Some(_), .. }, NodeId::Client(client)) => {
                    let epoch = self.epochs.get(&(*room, *message)).copied();
                    self.has_come_to(at, tally, (client, *room), epoch);
                }
                (Fact::Applied { room, message, text: None, epoch }, NodeId::Client(client)) => {
                    let ended = self.epochs.get(&(*room, *message)).copied();
                    self.has_come_to(at, tally, (client, *room), ended);
                    self.has_all(at, tally, (client, *room), *message);
                    self.comes_to((client, *room), *epoch);
                }
                _ => {}
            }
        }
    }
}

impl CausalPrerequisites {
    fn accepted(&mut self, room: RoomId, message: MessageId, event: &Accepted) {
        match event {
            Accepted::Message { epoch, .. } => {
                self.epochs.insert((room, message), *epoch);
            }
            Accepted::Commit { epoch, proposals, .. } => {
                self.epochs.insert((room, message), *epoch);
                let refers_to = |info: &ProposalInfo| Some((info.reference?, info.sender));
                self.references.insert((room, message), proposals.iter().filter_map(refers_to).collect());
            }
            Accepted::Proposals { epoch, proposals } => {
                let references = proposals.iter().filter_map(|info| info.reference);
                self.proposed.extend(references.map(|reference| ((room, reference), *epoch)));
            }
            Accepted::State { .. } => {}
        }
    }

    /// The proposals of the epoch before are void.
    fn comes_to(&mut self, seat: (ClientId, RoomId), epoch: u64) {
        if self.reached.insert(seat, epoch) != Some(epoch) {
            self.kept.remove(&seat);
        }
    }

    /// Whether a client has come to the epoch of what it takes in; what no hub has accepted is for INV-08.
    fn has_come_to(
        &self,
        at: &Transition<'_>,
        tally: &mut Tally,
        seat: (ClientId, RoomId),
        epoch: Option<u64>,
    ) {
        let Some(epoch) = epoch else { return };
        let reached = self.reached.get(&seat).copied();
        tally.check(Some(at.step.n), reached.is_some_and(|reached| reached >= epoch), || {
            let (client, room) = (at.directory.client_uri(seat.0), seat.1);
            let stands = reached.map_or("in none".to_owned(), |reached| format!("in epoch {reached}"));
            format!("{room}: {client} takes in what is of epoch {epoch}, and is {stands}")
        });
    }

    /// Whether a client has all that the commit refers to.
    fn has_all(&self, at: &Transition<'_>, tally: &mut Tally, seat: (ClientId, RoomId), commit: MessageId) {
        let (client, room) = seat;
        let Some(references) = self.references.get(&(room, commit)) else { return };
        let kept = self.kept.get(&seat);
        for (reference, author) in references {
            let is_there = kept.is_some_and(|kept| kept.contains(reference));
            tally.check(Some(at.step.n), is_there || *author == Sender::Member(client), || {
                let client = at.directory.client_uri(client);
                format!("{room}: {client} applies {commit:?} without a proposal that it refers to")
            });
        }
    }
}
