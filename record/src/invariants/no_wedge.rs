//! INV-19: as long as somebody is left who may commit, what is pending gets committed.

use super::hosted;
use crate::{Invariant, Tally, Transition, Views};
use mimic_protocol::Directory;
use mimic_protocol::node::{Accepted, Fact};

/// No wedge: derived (RFC 9750 §5.3). It counts the commits: a run at rest with something pending will never see another.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct NoWedge {
    commits: u64,
}

impl Invariant for NoWedge {
    fn id(&self) -> &'static str {
        "INV-19"
    }

    fn statement(&self) -> &'static str {
        "what is pending gets committed, if anybody is left who may do so"
    }

    fn step(&mut self, at: &Transition<'_>, _: &mut Tally) {
        let commits = |fact: &&Fact| matches!(fact, Fact::Accepted { event: Accepted::Commit { .. }, .. });
        self.commits += at.step.facts.iter().filter(commits).count() as u64;
    }

    fn end(&mut self, directory: &Directory, views: &Views, tally: &mut Tally) {
        tally.checked += self.commits;
        for (room, hub) in views.values().filter_map(|view| hosted(Some(view))).flatten() {
            let users = hub.leaves.values().map(|client| directory.user_of(*client));
            let mut able = users.filter(|user| hub.effective.may_take_part(*user));
            if hub.pending > 0
                && let Some(user) = able.next()
            {
                tally.check(None, false, || {
                    let (pending, user) = (hub.pending, directory.user_uri(user));
                    format!("{room}: nothing happens any more, {pending} proposals are pending, and {user} is there")
                });
            }
        }
    }
}
