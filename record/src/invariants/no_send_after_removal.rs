//! INV-06: once the hub has accepted a removal or ban, it accepts nothing more of that user's clients but their removal.

use super::hosted;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::{Directory, RoomId, UserId};
use std::collections::BTreeSet;

/// No send after removal (proto §5.3, PROTO-31); with hub-log, from the state event on that takes the user out. It remembers who was removed or banned and has not come back.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct NoSendAfterRemoval {
    removed: BTreeSet<(RoomId, UserId)>,
}

impl Invariant for NoSendAfterRemoval {
    fn id(&self) -> &'static str {
        "INV-06"
    }

    fn statement(&self) -> &'static str {
        "nothing of a removed user is accepted, other than the removal of its own clients"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Accepted { room, event, .. } = fact else { continue };
            let Some(user) = author(at.directory, event) else { continue };
            // Without anyone removed there is nothing to check.
            if self.removed.iter().all(|(at, _)| at != room) {
                continue;
            }
            let barred =
                self.removed.contains(&(*room, user)) && !removes_only_own(at.directory, event, user);
            // A user who comes back by this very commit or state event is let in by it.
            let enters = matches!(event, Accepted::Commit { .. } | Accepted::State { .. });
            let returns = is_listed(at, *room, user) && enters;
            tally.check(Some(at.step.n), !barred || returns, || {
                let user = at.directory.user_uri(user);
                format!("{room}: the hub accepts an event of {user}, whose removal it has accepted before")
            });
        }
        self.remember(at);
    }
}

impl NoSendAfterRemoval {
    fn remember(&mut self, at: &Transition<'_>) {
        for (room, after) in hosted(at.after()).into_iter().flatten() {
            let before = super::hub(at.before, *room).map(|hub| hub.effective.participants.clone());
            for participant in before.unwrap_or_default() {
                if !after.effective.may_take_part(participant.user) {
                    self.removed.insert((*room, participant.user));
                }
            }
            self.removed.retain(|(at, user)| at != room || !after.effective.may_take_part(*user));
        }
    }
}

fn is_listed(at: &Transition<'_>, room: RoomId, user: UserId) -> bool {
    super::hub(at.after(), room).is_some_and(|hub| hub.effective.may_take_part(user))
}

fn author(directory: &Directory, event: &Accepted) -> Option<UserId> {
    let sender = match event {
        Accepted::Message { sender, .. } => return Some(*sender),
        Accepted::Commit { sender, .. } => Some(*sender),
        Accepted::Proposals { proposals, .. } | Accepted::State { proposals, .. } => {
            proposals.first().map(|p| p.sender)
        }
    };
    match sender? {
        Sender::Member(client) | Sender::Joiner(client) => Some(directory.user_of(client)),
        Sender::External(_) => None,
    }
}

fn removes_only_own(directory: &Directory, event: &Accepted, user: UserId) -> bool {
    let own = |p: &ProposalInfo| match p.body {
        Proposed::SelfRemove => true,
        Proposed::Remove(client) => directory.user_of(client) == user,
        _ => false,
    };
    matches!(event, Accepted::Proposals { proposals, .. } if proposals.iter().all(own))
}
