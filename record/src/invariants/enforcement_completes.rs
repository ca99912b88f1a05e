//! INV-13: what a server has proposed to take a user out gets committed, and others' commits do not put it off again and again.

use super::{hosted, hub};
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::{ClientId, Directory, RoomId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// How many commits of members may leave an enforcement out: one that crossed the proposal on the wire, where the hub takes such
/// commits at all (OPEN-06). Whoever commits after it has been sent what the hub proposed again (proto §5.5, PROTO-47), so that
/// beyond it only external commits put it off, which cannot carry Removes.
const PUT_OFF_AT_MOST: u32 = 1;

/// Enforcement completes (proto §5.5, ext-commit-pp §3.2; with hub-log arch §4.3, the removal being a state event, whose subject's
/// clients the members take out). It remembers whom servers are taking out.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct EnforcementCompletes {
    going: BTreeMap<(RoomId, UserId), Enforced>,
    settled: u64,
}

/// One enforcement under way.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Enforced {
    since: u64,
    put_off: u32,
}

impl Invariant for EnforcementCompletes {
    fn id(&self) -> &'static str {
        "INV-13"
    }

    fn statement(&self) -> &'static str {
        "a removal that a server has proposed is committed, and members' commits do not put it off"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Accepted { room, event: Accepted::Proposals { proposals, .. }, .. } => {
                    for user in taken_out(at, *room, proposals) {
                        let new = Enforced { since: at.step.n, put_off: 0 };
                        self.going.entry((*room, user)).or_insert(new);
                    }
                }
                Fact::Accepted { room, event: Accepted::State { proposals, .. }, .. } => {
                    let is_back =
                        |user| hub(at.after(), *room).is_some_and(|hub| hub.effective.may_take_part(user));
                    self.going.retain(|(of, user), _| of != room || !is_back(*user));
                    for user in out_by_event(at, *room, proposals) {
                        let new = Enforced { since: at.step.n, put_off: 0 };
                        self.going.entry((*room, user)).or_insert(new);
                    }
                }
                Fact::Accepted { room, event: Accepted::Commit { sender, .. }, .. } => {
                    self.committed(at, tally, *room, *sender);
                }
                _ => {}
            }
        }
    }

    fn end(&mut self, directory: &Directory, views: &Views, tally: &mut Tally) {
        tally.checked += self.settled;
        for ((room, user), enforced) in &self.going {
            let hubs = views.values().filter_map(|view| hub(Some(view), *room));
            // With nobody left to commit there is nothing to demand (RACE-02).
            let mut others =
                hubs.flat_map(|hub| hub.leaves.values()).filter(|c| directory.user_of(**c) != *user);
            if others.next().is_some() {
                tally.check(Some(enforced.since), false, || {
                    let user = directory.user_uri(*user);
                    format!(
                        "{room}: a server has taken out {user} by an accepted proposal, and it is still there"
                    )
                });
            }
        }
    }
}

impl EnforcementCompletes {
    fn committed(&mut self, at: &Transition<'_>, tally: &mut Tally, room: RoomId, sender: Sender) {
        let Some(after) = hosted(at.after()).and_then(|hosted| hosted.get(&room)) else { return };
        let there = |user: UserId| {
            after.committed.may_take_part(user)
                || after.leaves.values().any(|client| at.directory.user_of(*client) == user)
        };
        let before = self.going.len();
        self.going.retain(|(at, user), _| *at != room || there(*user));
        self.settled += (before - self.going.len()) as u64;
        if matches!(sender, Sender::Joiner(_)) {
            return;
        }
        for ((_, user), enforced) in self.going.iter_mut().filter(|((at, _), _)| *at == room) {
            enforced.put_off += 1;
            tally.check(Some(at.step.n), enforced.put_off <= PUT_OFF_AT_MOST, || {
                let user = at.directory.user_uri(*user);
                format!(
                    "{room}: commits of members have put off {} times what takes out {user}",
                    enforced.put_off
                )
            });
        }
    }
}

/// With hub-log, the users with members in the group whom this event of a server takes out of the list: the members see to the
/// rest. Who is let in again before that is no more on the way out.
fn out_by_event(at: &Transition<'_>, room: RoomId, proposals: &[ProposalInfo]) -> BTreeSet<UserId> {
    let (Some(before), Some(after)) = (hub(at.before, room), hub(at.after(), room)) else {
        return BTreeSet::new();
    };
    let by_server = proposals.iter().any(|p| matches!(p.sender, Sender::External(_)));
    let members = after.leaves.values().map(|client| at.directory.user_of(*client));
    members
        .filter(|user| {
            by_server && before.effective.may_take_part(*user) && !after.effective.may_take_part(*user)
        })
        .collect()
}

/// The users whom these proposals of a server take out, clients and all.
fn taken_out(at: &Transition<'_>, room: RoomId, proposals: &[ProposalInfo]) -> BTreeSet<UserId> {
    let Some(after) = hub(at.after(), room) else { return BTreeSet::new() };
    let removed = proposals.iter().filter_map(|p| match (&p.body, p.sender) {
        (Proposed::Remove(client), Sender::External(_)) => Some(at.directory.user_of(*client)),
        _ => None,
    });
    let stays = |client: &ClientId| after.effective.may_take_part(at.directory.user_of(*client));
    let staying: BTreeSet<UserId> = after
        .leaves
        .values()
        .filter(|client| stays(client))
        .map(|client| at.directory.user_of(*client))
        .collect();
    removed.filter(|user| !staying.contains(user)).collect()
}
