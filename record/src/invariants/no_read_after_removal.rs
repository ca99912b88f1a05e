//! INV-07: what is accepted after a removal is not fanned out to the removed user, and no removed client can read it.

use super::{hosted, hub};
use crate::{Invariant, Tally, Transition};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::{ClientId, NodeId, ProviderId, RoomId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// No read after removal (proto §5.3, arch §2). It remembers the leaves of each epoch.
///
/// A hub can withhold a message only from a whole provider: within a follower, which does not know the participant list,
/// a removed user's clients may be handed what they can no longer decrypt. So the first half is judged at the hub, for its
/// followers and its own clients, the second half at the clients.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct NoReadAfterRemoval {
    leaves: BTreeMap<(RoomId, u64), Arc<BTreeMap<u32, ClientId>>>,
}

impl Invariant for NoReadAfterRemoval {
    fn id(&self) -> &'static str {
        "INV-07"
    }

    fn statement(&self) -> &'static str {
        "a removed user is sent no later message, and its clients can read none"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            self.leaves.insert((*room, hub.epoch), hub.leaves.clone());
        }
        let messages: BTreeSet<MessageId> = at.step.facts.iter().filter_map(application_message).collect();
        for fact in &at.step.facts {
            match fact {
                Fact::FannedOut { room, message, follower } if messages.contains(message) => {
                    check_follower(at, tally, *room, *follower);
                }
                Fact::Queued { room, message, client } if messages.contains(message) => {
                    check_own_client(at, tally, *room, *client);
                }
                Fact::Applied { room, epoch, text: Some((sender, _)), .. } => {
                    self.check_reader(at, tally, (*room, *epoch), *sender);
                }
                _ => {}
            }
        }
    }
}

impl NoReadAfterRemoval {
    fn check_reader(
        &self,
        at: &Transition<'_>,
        tally: &mut Tally,
        (room, epoch): (RoomId, u64),
        sender: ClientId,
    ) {
        let NodeId::Client(reader) = at.step.node else { return };
        let Some(leaves) = self.leaves.get(&(room, epoch)) else { return };
        let member = |client: ClientId| leaves.values().any(|leaf| *leaf == client);
        tally.check(Some(at.step.n), member(reader) && member(sender), || {
            format!(
                "{room}: {reader} reads a message of {sender} in epoch {epoch}, where not both are members"
            )
        });
    }
}

fn check_follower(at: &Transition<'_>, tally: &mut Tally, room: RoomId, follower: ProviderId) {
    let Some(before) = hub(at.before, room) else { return };
    let users = before.leaves.values().map(|client| at.directory.user_of(*client));
    let mut there = users.filter(|user| at.directory.provider_of(*user) == follower);
    let allowed = there.any(|user| before.effective.may_take_part(user));
    tally.check(Some(at.step.n), allowed, || {
        let follower = at.directory.provider_uri(follower);
        format!("{room}: a message is fanned out to {follower}, where nobody takes part any more")
    });
}

fn check_own_client(at: &Transition<'_>, tally: &mut Tally, room: RoomId, client: ClientId) {
    let Some(before) = hub(at.before, room) else { return };
    let member = before.leaves.values().any(|leaf| *leaf == client);
    let allowed = member && before.effective.may_take_part(at.directory.user_of(client));
    tally.check(Some(at.step.n), allowed, || {
        let client = at.directory.client_uri(client);
        format!("{room}: the hub hands a message to its own {client}, which takes part no more")
    });
}

fn application_message(fact: &Fact) -> Option<MessageId> {
    match fact {
        Fact::Accepted { message, event: Accepted::Message { .. }, .. } => Some(*message),
        _ => None,
    }
}
