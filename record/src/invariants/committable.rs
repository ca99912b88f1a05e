//! INV-18: a commit is possible that carries all that the hub has accepted since the last one.

use super::around;
use super::authorised::lists;
use crate::view::HubView;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::room::component;
use mimic_protocol::{ClientId, RoomId};
use std::collections::{BTreeMap, BTreeSet};

/// The pending set is jointly committable: derived from proto §3.5 and the rules on whole lists (RFC 9420 §12.2, proto §7.5,
/// room-policy §3), since each of its proposals may be fine alone (RACE-25). It remembers what is pending.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Committable {
    pending: BTreeMap<RoomId, Vec<ProposalInfo>>,
}

impl Invariant for Committable {
    fn id(&self) -> &'static str {
        "INV-18"
    }

    fn statement(&self) -> &'static str {
        "all that is pending can be committed together"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            let Fact::Accepted { room, event, .. } = fact else { continue };
            match event {
                // With hub-log a state event is in force at once, and pending is only what is about the group.
                Accepted::Message { .. } | Accepted::State { .. } => {}
                Accepted::Commit { .. } => drop(self.pending.remove(room)),
                Accepted::Proposals { proposals, .. } => {
                    let pending = self.pending.entry(*room).or_default();
                    pending.extend(proposals.iter().cloned());
                    let before = around(at, *room, event).map(|(before, _)| before);
                    let conflict = before.and_then(|before| conflict(at, &before, pending));
                    tally.check(Some(at.step.n), conflict.is_none(), || {
                        format!(
                            "{room}: no commit can carry all that is pending: {}",
                            conflict.unwrap_or_default()
                        )
                    });
                }
            }
        }
    }
}

/// Why no commit can carry all of these.
fn conflict(at: &Transition<'_>, before: &HubView, pending: &[ProposalInfo]) -> Option<String> {
    let (mut added, mut removed, mut replaced) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for proposal in pending {
        let once = match (&proposal.body, proposal.sender) {
            (Proposed::Add(client, _), _) => added.insert(*client),
            (Proposed::Remove(client), _) => removed.insert(*client),
            (Proposed::SelfRemove, Sender::Member(client)) => removed.insert(client),
            (Proposed::AppDataUpdate { component, .. }, _) if *component != component::PARTICIPANT_LIST => {
                replaced.insert(*component)
            }
            _ => true,
        };
        if !once {
            return Some(format!("{:?} stands in it twice over", proposal.body));
        }
    }
    let everybody: BTreeSet<ClientId> = before.leaves.values().copied().collect();
    if everybody.is_subset(&removed) {
        return Some("it removes every member".to_owned());
    }
    let committed = &before.committed.participants;
    let all: Vec<&ProposalInfo> = pending.iter().collect();
    let Some(changes) = lists::all_changes(at.directory, committed, &all) else {
        return Some("its list updates do not fit the list".to_owned());
    };
    let mut users = BTreeSet::new();
    if !changes.iter().all(|change| users.insert(lists::touched(change))) {
        return Some("it changes the list twice for one user".to_owned());
    }
    // room-policy §3: a RoleUpdate is not valid beside a change of the participant list.
    (replaced.contains(&component::ROLES_LIST) && !users.is_empty())
        .then(|| "it changes roles and list at once".to_owned())
}
