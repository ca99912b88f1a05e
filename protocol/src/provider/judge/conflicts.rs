//! Whether there is a commit that carries all these proposals (MLS-03, MLS-11, MLS-12, INV-18).

use super::{added_by, removed_by};
use crate::ids::ClientId;
use crate::mls::{ProposalInfo, Proposed, Sender};
use std::collections::BTreeSet;

/// Whether all of them go into one commit, and some member of the group can make it. What the updates of components make of the
/// room is for others to see.
pub(super) fn go_together<'a>(
    proposals: impl Iterator<Item = &'a ProposalInfo> + Clone,
    members: &BTreeSet<ClientId>,
) -> bool {
    let count = |is_it: fn(&Proposed) -> bool| proposals.clone().filter(|p| is_it(&p.body)).count();
    // RFC 9420 §12.2: a ReInit with nothing else, and one GroupContextExtensions at most.
    let reinits = count(|body| matches!(body, Proposed::ReInit(_)));
    let alone = reinits == 0 || proposals.clone().count() == 1;
    let extends = count(|body| matches!(body, Proposed::ExternalSenders(_)));
    let (mut added, mut touched) = (BTreeSet::new(), BTreeSet::new());
    let once = |p: &ProposalInfo| {
        added_by(p).is_none_or(|client| added.insert(client))
            && leaf_of(p).is_none_or(|leaf| touched.insert(leaf))
    };
    let each_once = proposals.clone().all(once);
    // A member can commit neither its own Update nor its own removal, and what it may not leave out it cannot commit at all.
    let somebody = members.iter().any(|member| !touched.contains(member));
    alone && extends <= 1 && each_once && somebody && removals_are_alone(proposals)
}

/// The client whose leaf it changes or removes.
fn leaf_of(proposal: &ProposalInfo) -> Option<ClientId> {
    match (&proposal.body, proposal.sender) {
        (Proposed::Update, Sender::Member(client)) => Some(client),
        _ => removed_by(proposal),
    }
}

/// mls-extensions §4.7: of a component there is one removal, or there are updates.
fn removals_are_alone<'a>(proposals: impl Iterator<Item = &'a ProposalInfo> + Clone) -> bool {
    let component = |p: &ProposalInfo| match p.body {
        Proposed::AppDataUpdate { component, .. } | Proposed::AppDataRemove { component } => Some(component),
        _ => None,
    };
    let removes = |p: &&ProposalInfo| matches!(p.body, Proposed::AppDataRemove { .. });
    let mut removed = proposals.clone().filter(removes).filter_map(component);
    removed.all(|id| proposals.clone().filter_map(component).filter(|other| *other == id).count() == 1)
}
