//! INV-12: a leave that was accepted ends with the leaver neither in the list nor in the group.

use super::hosted;
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::mls::{Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::{Directory, RoomId, UserId};
use std::collections::BTreeMap;

/// Leave completes (proto §3.5), provided that some other member is left to commit it. It remembers the leaves under way.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct LeaveCompletes {
    leaving: BTreeMap<(RoomId, UserId), u64>,
}

impl Invariant for LeaveCompletes {
    fn id(&self) -> &'static str {
        "INV-12"
    }

    fn statement(&self) -> &'static str {
        "a leave that was accepted completes"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Accepted { room, event: Accepted::Proposals { proposals, .. }, .. } = fact else {
                continue;
            };
            for proposal in proposals.iter().filter(|p| p.body == Proposed::SelfRemove) {
                if let Sender::Member(client) = proposal.sender {
                    self.leaving.insert((*room, at.directory.user_of(client)), at.step.n);
                }
            }
        }
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            let there = |user: UserId| {
                hub.committed.role_of(user).is_some()
                    || hub.leaves.values().any(|client| at.directory.user_of(*client) == user)
            };
            let before = self.leaving.len();
            self.leaving.retain(|(at, user), _| at != room || there(*user));
            tally.checked += (before - self.leaving.len()) as u64;
        }
    }

    fn end(&mut self, directory: &Directory, views: &Views, tally: &mut Tally) {
        for ((room, user), step) in &self.leaving {
            let hubs = views.values().filter_map(|view| super::hub(Some(view), *room));
            // With nobody left to commit there is nothing to demand (RACE-02).
            let others = hubs.flat_map(|hub| hub.leaves.values()).any(|c| directory.user_of(*c) != *user);
            if others {
                tally.check(Some(*step), false, || {
                    format!(
                        "{room}: {} has left by an accepted proposal, and is still there",
                        directory.user_uri(*user)
                    )
                });
            }
        }
    }
}
