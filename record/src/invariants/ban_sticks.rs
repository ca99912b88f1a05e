//! INV-31: a banned user gets no other role and no client into the group by anything of its own.

use super::authorised::deed::bans;
use super::hub;
use crate::view::HubView;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::{Directory, UserId};
use std::collections::BTreeSet;

/// Ban sticks (room-policy §4, §8), from the hub's acceptance of the ban on. It remembers nothing.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct BanSticks;

impl Invariant for BanSticks {
    fn id(&self) -> &'static str {
        "INV-31"
    }

    fn statement(&self) -> &'static str {
        "a banned user cannot undo its ban, nor come in past it"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Accepted { room, event, .. } = fact else { continue };
            let (Some(before), Some(after)) = (hub(at.before, *room), hub(at.after(), *room)) else {
                continue;
            };
            let banned: BTreeSet<UserId> = before
                .effective
                .participants
                .iter()
                .filter(|participant| bans(&before.effective, participant.role))
                .map(|participant| participant.user)
                .collect();
            if banned.is_empty() {
                continue;
            }
            let undone = banned.iter().find(|user| undoes(at.directory, (before, after), event, **user));
            tally.check(Some(at.step.n), undone.is_none(), || {
                let user = undone.map(|user| at.directory.user_uri(*user).to_string()).unwrap_or_default();
                format!("{room}: the hub accepts an event by which the banned {user} gets past its ban")
            });
        }
    }
}

/// Whether the event is the banned user's own and more than the removal of its clients, or brings a client of it in while the
/// ban stands.
fn undoes(
    directory: &Directory,
    (before, after): (&HubView, &HubView),
    event: &Accepted,
    user: UserId,
) -> bool {
    let own = |client| directory.user_of(client) == user;
    let leaves = |hub: &HubView| hub.leaves.values().filter(|client| own(**client)).count();
    let stands = after.committed.role_of(user).is_some_and(|role| bans(&after.committed, role));
    let enters = stands && leaves(after) > leaves(before);
    let is_author = |sender: Sender| match sender {
        Sender::Member(client) | Sender::Joiner(client) => own(client),
        Sender::External(_) => false,
    };
    let removes_own = |p: &ProposalInfo| match p.body {
        Proposed::SelfRemove => true,
        Proposed::Remove(client) => own(client),
        _ => false,
    };
    enters
        || match event {
            Accepted::Message { .. } => false,
            Accepted::Commit { sender, .. } => is_author(*sender),
            Accepted::State { proposals, .. } => proposals.iter().any(|p| is_author(p.sender)),
            Accepted::Proposals { proposals, .. } => {
                proposals.iter().any(|p| is_author(p.sender) && !removes_own(p))
            }
        }
}
