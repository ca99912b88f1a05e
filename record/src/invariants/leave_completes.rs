//! INV-12: a leave that was accepted ends with the leaver neither in the list nor in the group.

use super::{hosted, hub};
use crate::view::HubView;
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::room::component;
use mimic_protocol::{ClientId, Directory, RoomId, UserId};
use std::collections::BTreeMap;

/// Leave completes (proto §3.5), provided that some other member is left to commit it; with hub-log, the leave being a state
/// event, provided that another participant is left in the group to take the leaver's clients out. It remembers the leaves under way.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct LeaveCompletes {
    leaving: BTreeMap<(RoomId, Leaver), u64>,
}

/// Who goes: a user with all its devices, or one device of a user who stays (room-policy §8.1.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum Leaver {
    User(UserId),
    Client(ClientId),
}

impl Leaver {
    fn user(self, directory: &Directory) -> UserId {
        match self {
            Leaver::User(user) => user,
            Leaver::Client(client) => directory.user_of(client),
        }
    }

    fn is_in(self, directory: &Directory, hub: &HubView) -> bool {
        let mut leaves = hub.leaves.values();
        match self {
            // With hub-log, who was let in again before its clients were out.
            Leaver::User(user) if hub.sequences.is_some() && hub.committed.may_take_part(user) => false,
            Leaver::User(user) => {
                hub.committed.role_of(user).is_some() || leaves.any(|leaf| directory.user_of(*leaf) == user)
            }
            Leaver::Client(client) => leaves.any(|leaf| *leaf == client),
        }
    }
}

impl LeaveCompletes {
    /// With hub-log, one leaves by an event that takes oneself out of the list.
    fn left_by_event(&mut self, at: &Transition<'_>, room: RoomId, proposals: &[ProposalInfo]) {
        let Some(Sender::Member(author)) = proposals.first().map(|p| p.sender) else { return };
        let user = at.directory.user_of(author);
        let listed = |hub: &HubView| hub.effective.role_of(user).is_some();
        if hub(at.before, room).is_some_and(listed) && !hub(at.after(), room).is_some_and(listed) {
            self.leaving.insert((room, Leaver::User(user)), at.step.n);
        }
    }
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
            let proposals = match fact {
                Fact::Accepted { room, event: Accepted::State { proposals, .. }, .. } => {
                    self.left_by_event(at, *room, proposals);
                    continue;
                }
                Fact::Accepted { event: Accepted::Proposals { proposals, .. }, .. } => proposals,
                _ => continue,
            };
            let from_list = proposals.iter().any(|p| is_list_update(&p.body));
            let Fact::Accepted { room, .. } = fact else { continue };
            for proposal in proposals.iter().filter(|p| p.body == Proposed::SelfRemove) {
                if let Sender::Member(client) = proposal.sender {
                    let user = Leaver::User(at.directory.user_of(client));
                    let leaver = if from_list { user } else { Leaver::Client(client) };
                    self.leaving.insert((*room, leaver), at.step.n);
                }
            }
        }
        for (room, hub) in hosted(at.after()).into_iter().flatten() {
            let before = self.leaving.len();
            self.leaving.retain(|(of, leaver), _| of != room || leaver.is_in(at.directory, hub));
            tally.checked += (before - self.leaving.len()) as u64;
        }
    }

    fn end(&mut self, directory: &Directory, views: &Views, tally: &mut Tally) {
        for ((room, leaver), step) in &self.leaving {
            let user = leaver.user(directory);
            let mut hubs = views.values().filter_map(|view| super::hub(Some(view), *room));
            // With nobody left to commit there is nothing to demand (RACE-02).
            let others = |hub: &HubView| {
                let mut users = hub.leaves.values().map(|client| directory.user_of(*client));
                // With hub-log, the others may be on their way out as well.
                users.any(|other| {
                    other != user && (hub.sequences.is_none() || hub.effective.may_take_part(other))
                })
            };
            if hubs.any(others) {
                tally.check(Some(*step), false, || {
                    format!(
                        "{room}: {} has left by an accepted proposal, and is still there",
                        directory.user_uri(user)
                    )
                });
            }
        }
    }
}

fn is_list_update(body: &Proposed) -> bool {
    matches!(body, Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, .. })
}
