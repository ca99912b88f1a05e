//! INV-16: the servers that may propose are the hub and servers with a participant.

use super::around;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{ProposalInfo, Proposed};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::room::Standing;
use mimic_protocol::{Directory, ProviderId, RoomId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// External senders track the room (proto §7.4): the hub's key is always there, and a follower's is not in any epoch in which
/// the follower has no participant. It remembers the external senders of each room; a group begins with the hub alone.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct ExternalSenders {
    senders: BTreeMap<RoomId, Vec<ProviderId>>,
}

impl Invariant for ExternalSenders {
    fn id(&self) -> &'static str {
        "INV-16"
    }

    fn statement(&self) -> &'static str {
        "the hub can propose in every epoch, and a server without a participant in none"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Accepted { room, event, .. } = fact else { continue };
            let Accepted::Commit { proposals, .. } = event else { continue };
            let hub = at.directory.hub_of(*room);
            let senders = self.senders.entry(*room).or_insert_with(|| vec![hub]);
            senders_in(proposals).into_iter().for_each(|changed| *senders = changed.to_vec());
            let Some((_, after)) = around(at, *room, event) else { continue };
            let users = providers(at.directory, &after.committed);
            let stale = senders.iter().find(|server| **server != hub && !users.contains(server));
            tally.check(Some(at.step.n), senders.contains(&hub) && stale.is_none(), || match stale {
                Some(server) => {
                    let (server, epoch) = (at.directory.provider_uri(*server), after.epoch);
                    format!("{room}: {server} may propose in epoch {epoch}, in which it has no participant")
                }
                None => format!("{room}: the hub is no external sender any more"),
            });
        }
    }
}

fn senders_in(proposals: &[ProposalInfo]) -> Option<&[ProviderId]> {
    proposals.iter().find_map(|p| match &p.body {
        Proposed::ExternalSenders(senders) => Some(senders.as_slice()),
        _ => None,
    })
}

/// The providers with a participant that is not banned.
fn providers(directory: &Directory, standing: &Standing) -> BTreeSet<ProviderId> {
    let users = standing.participants.iter().map(|participant| participant.user);
    let there = |user: &UserId| standing.may_take_part(*user);
    users.filter(there).map(|user| directory.provider_of(user)).collect()
}
