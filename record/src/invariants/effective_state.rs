//! INV-33: the effective state at a hub is the committed one with what it has accepted since.

use super::authorised::lists;
use super::{hosted, hub};
use crate::view::HubView;
use crate::{Invariant, Tally, Transition};
use mimic_protocol::mls::{ProposalInfo, Proposed};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::room::component;
use mimic_protocol::{Directory, RoomId};
use std::collections::BTreeMap;

/// Hub view = committed + pending (proto §7.1). It remembers what is pending.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct EffectiveState {
    pending: BTreeMap<RoomId, Vec<ProposalInfo>>,
}

impl Invariant for EffectiveState {
    fn id(&self) -> &'static str {
        "INV-33"
    }

    fn statement(&self) -> &'static str {
        "the hub's effective state is the committed one with the accepted changes"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            match fact {
                Fact::Accepted { room, event: Accepted::Proposals { proposals, .. }, .. } => {
                    self.pending.entry(*room).or_default().extend(proposals.iter().cloned());
                }
                Fact::Accepted { room, event: Accepted::Commit { .. }, .. } => {
                    self.pending.remove(room);
                }
                _ => {}
            }
        }
        if at.step.view.is_none() {
            return;
        }
        for (room, after) in hosted(at.after()).into_iter().flatten() {
            let before = hub(at.before, *room);
            let same = |before: &HubView| {
                (&before.committed, &before.effective) == (&after.committed, &after.effective)
            };
            if before.is_some_and(same) && before.is_some_and(|before| before.pending == after.pending) {
                continue;
            }
            let pending = self.pending.get(room).map_or(&[][..], Vec::as_slice);
            tally.check(Some(at.step.n), is_sum(at.directory, after, pending), || {
                format!("{room}: the effective state is not what the {} accepted proposals make of the committed one", pending.len())
            });
        }
    }
}

fn is_sum(directory: &Directory, hub: &HubView, pending: &[ProposalInfo]) -> bool {
    let (committed, effective) = (&hub.committed, &hub.effective);
    let replaces = |id: u16| {
        pending.iter().any(|p| matches!(p.body, Proposed::AppDataUpdate { component, .. } if component == id))
    };
    let all: Vec<&ProposalInfo> = pending.iter().collect();
    let lists = (&committed.participants[..], &effective.participants[..]);
    lists::changes(directory, lists, &all).is_ok()
        && (replaces(component::ROLES_LIST) || committed.roles == effective.roles)
        && (replaces(component::BASE_ROOM_POLICY) || committed.base == effective.base)
}
