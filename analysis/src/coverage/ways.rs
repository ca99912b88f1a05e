//! The ways in and out of a room, and what changes of its policy, as a commit shows them.

use super::Sight;
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::room::{BANNED, component};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// The lists before and after a commit.
pub(super) struct Lists<'a> {
    pub before: &'a BTreeMap<UserId, u32>,
    pub after: &'a BTreeMap<UserId, u32>,
}

/// What a commit is seen to do.
pub(super) fn of_commit(
    directory: &Directory,
    sender: Sender,
    proposals: &[ProposalInfo],
    lists: &Lists<'_>,
) -> BTreeSet<Sight> {
    let removed = proposals.iter().filter_map(|proposal| removal(directory, proposal, lists));
    let mut seen: BTreeSet<Sight> = removed.collect();
    seen.extend(proposals.iter().filter_map(|proposal| policy(&proposal.body)));
    if let Sender::Joiner(client) = sender {
        let user = directory.user_of(client);
        let enters = !lists.before.contains_key(&user) && lists.after.contains_key(&user);
        let replaces = proposals.iter().any(|proposal| proposal.body == Proposed::Remove(client));
        seen.extend(enters.then_some(Sight::UserJoined));
        seen.extend(replaces.then_some(Sight::LeafReplaced));
    }
    seen
}

/// A client that goes, whose user stays.
fn removal(directory: &Directory, proposal: &ProposalInfo, lists: &Lists<'_>) -> Option<Sight> {
    let user = |client: ClientId| directory.user_of(client);
    let (actor, removed) = match (proposal.sender, &proposal.body) {
        (Sender::Member(actor), Proposed::Remove(removed)) => (user(actor), user(*removed)),
        (Sender::Member(actor), Proposed::SelfRemove) => (user(actor), user(actor)),
        _ => return None,
    };
    let stays = lists.after.get(&removed).is_some_and(|role| *role != BANNED);
    let seen = if actor == removed { Sight::OwnClientRemoved } else { Sight::UserKicked };
    stays.then_some(seen)
}

fn policy(body: &Proposed) -> Option<Sight> {
    let (Proposed::AppDataUpdate { component: id, .. } | Proposed::AppDataRemove { component: id }) = body
    else {
        return None;
    };
    match *id {
        component::PARTICIPANT_LIST => None,
        component::ROLES_LIST => Some(Sight::RolesUpdated),
        component::PREAUTH_LIST => Some(Sight::PreauthUpdated),
        component::BASE_ROOM_POLICY => Some(Sight::BasePolicyUpdated),
        component::ROOM_METADATA => Some(Sight::MetadataUpdated),
        component::JOIN_LINKS => Some(Sight::JoinLinksUpdated),
        component::MLS_OPERATIONAL_POLICY => Some(Sight::OperationalPolicyUpdated),
        _ => Some(Sight::OtherPolicyUpdated),
    }
}
