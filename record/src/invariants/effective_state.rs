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

/// Hub view = committed + pending (proto §7.1). With `carrier = hub-log` what is pending is about the group alone: the state is
/// what each accepted state event makes of the one before, and no commit changes it. It remembers what is pending.
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
            if after.sequences.is_some() {
                let events = at.step.facts.iter().filter_map(|fact| event_of(fact, *room)).flatten();
                let follows = after.pending == pending.len()
                    && follows(at.directory, before, after, &events.collect::<Vec<_>>());
                tally.check(Some(at.step.n), follows, || {
                    format!("{room}: the state is not what the accepted state event makes of the one before")
                });
                continue;
            }
            tally.check(Some(at.step.n), is_sum(at.directory, after, pending), || {
                format!("{room}: the effective state is not what the {} accepted proposals make of the committed one", pending.len())
            });
        }
    }
}

/// The updates of an accepted state event of the room.
fn event_of(fact: &Fact, of: RoomId) -> Option<&[ProposalInfo]> {
    match fact {
        Fact::Accepted { room, event: Accepted::State { proposals, .. }, .. } if *room == of => {
            Some(proposals)
        }
        _ => None,
    }
}

/// Whether these updates, and nothing else, have made the state what it is.
fn follows(
    directory: &Directory,
    before: Option<&HubView>,
    after: &HubView,
    events: &[&ProposalInfo],
) -> bool {
    let Some(before) = before else { return after.committed == after.effective };
    let (old, new) = (&before.committed, &after.committed);
    let touches = |policy: bool| {
        let of = |p: &&&ProposalInfo| {
            let list =
                matches!(p.body, Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, .. });
            list != policy
        };
        events.iter().any(|p| of(&p))
    };
    let same_policy = (&old.roles, &old.base, &old.components) == (&new.roles, &new.base, &new.components);
    new == &after.effective
        && (touches(true) || same_policy)
        && lists::changes(directory, (&old.participants, &new.participants), events).is_ok()
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
