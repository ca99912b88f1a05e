//! The room between two batches of proposals that a hub accepts in one step.
//!
//! A commit can void several orders of the hub's, and it proposes them again in that very step, a batch for each (proto §5.5,
//! PROTO-47). A step shows the room before and after all of them; how the list stands in between is worked out from what each
//! batch changes in it. What a server proposes changes nothing else that is judged.

use super::lists;
use crate::Transition;
use crate::view::HubView;
use mimic_protocol::RoomId;
use mimic_protocol::mls::ProposalInfo;
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::room::Standing;
use std::borrow::Cow;
use std::sync::Arc;

/// The room before something, and after it.
type Around<'a> = (Cow<'a, HubView>, Cow<'a, HubView>);

/// The views around one of several batches, from those around all of them; `pending` is what was accepted before it.
pub(super) fn narrow<'a>(
    at: &Transition<'_>,
    room: RoomId,
    event: &Accepted,
    pending: &[ProposalInfo],
    (before, after): Around<'a>,
) -> Around<'a> {
    let batches: Vec<&[ProposalInfo]> = at.step.facts.iter().filter_map(|fact| batch(fact, room)).collect();
    let Accepted::Proposals { proposals, .. } = event else { return (before, after) };
    let Some(place) = batches.iter().position(|batch| *batch == &proposals[..]) else {
        return (before, after);
    };
    let all: Vec<&ProposalInfo> = pending.iter().chain(batches[place..].iter().copied().flatten()).collect();
    let (start, end) = (before.committed.clone(), after.effective.clone());
    let with_first = |view: Cow<'a, HubView>, count: usize| {
        let lists = (&start.participants[..], &end.participants[..]);
        match lists::part_way(at.directory, lists, &all, count) {
            Some(participants) => {
                let effective = Arc::new(Standing { participants, ..(*view.effective).clone() });
                Cow::Owned(HubView { effective, ..view.into_owned() })
            }
            None => view,
        }
    };
    let (is_first, is_last) = (place == 0, place + 1 == batches.len());
    let before = if is_first { before } else { with_first(before, pending.len()) };
    let after = if is_last { after } else { with_first(after, pending.len() + proposals.len()) };
    (before, after)
}

fn batch(fact: &Fact, of: RoomId) -> Option<&[ProposalInfo]> {
    match fact {
        Fact::Accepted { room, event: Accepted::Proposals { proposals, .. }, .. } if *room == of => {
            Some(proposals)
        }
        _ => None,
    }
}
