//! What updates of the participant list say, user by user (proto §7.5).

use mimic_protocol::mls::{ProposalInfo, Proposed};
use mimic_protocol::room::{ListChange, Participant, component};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::participant_list::ParticipantListUpdate;
use mimic_protocol::{Directory, UserId};

/// Which list the positions of an update mean when another one is applied before it (AMB-05).
#[derive(Clone, Copy)]
enum Positions {
    /// The list at the start of the epoch.
    EpochStart,
    /// The list that the update before it leaves.
    Running,
}

/// What each of the proposals changes in the list, provided that together they make `end` of `start`, under either reading
/// of their positions: a world follows one of them in all its nodes, and the outcome says which.
pub(in crate::invariants) fn changes(
    directory: &Directory,
    (start, end): (&[Participant], &[Participant]),
    proposals: &[&ProposalInfo],
) -> Result<Vec<Vec<ListChange>>, String> {
    let updates = proposals.iter().map(|proposal| decode(&proposal.body)).collect::<Result<Vec<_>, _>>()?;
    let readings = [Positions::EpochStart, Positions::Running];
    let mut outcomes =
        readings.into_iter().filter_map(|positions| apply(directory, start, &updates, positions));
    let outcome = outcomes.find(|(list, _)| list == end);
    outcome.map(|(_, changes)| changes).ok_or_else(|| {
        "the participant list after it is not what the accepted updates make of the one before".to_owned()
    })
}

/// All changes that the proposals make to the list together, under the reading of their positions under which they fit it; none
/// if there is no such reading.
pub(in crate::invariants) fn all_changes(
    directory: &Directory,
    start: &[Participant],
    proposals: &[&ProposalInfo],
) -> Option<Vec<ListChange>> {
    let updates =
        proposals.iter().map(|proposal| decode(&proposal.body)).collect::<Result<Vec<_>, _>>().ok()?;
    let mut readings = [Positions::EpochStart, Positions::Running].into_iter();
    let (_, changes) = readings.find_map(|positions| apply(directory, start, &updates, positions))?;
    Some(changes.into_iter().flatten().collect())
}

/// The list when the first `count` of the proposals are in force, provided that all together make `end` of `start`.
pub(super) fn part_way(
    directory: &Directory,
    (start, end): (&[Participant], &[Participant]),
    proposals: &[&ProposalInfo],
    count: usize,
) -> Option<Vec<Participant>> {
    let updates =
        proposals.iter().map(|proposal| decode(&proposal.body)).collect::<Result<Vec<_>, _>>().ok()?;
    let fits = |positions: &Positions| {
        apply(directory, start, &updates, *positions).is_some_and(|(list, _)| list == end)
    };
    let positions = [Positions::EpochStart, Positions::Running].into_iter().find(fits)?;
    apply(directory, start, &updates[..count], positions).map(|(list, _)| list)
}

/// The user whom a change touches.
pub(in crate::invariants) fn touched(change: &ListChange) -> UserId {
    match change {
        ListChange::Add(user, _) | ListChange::Remove(user) | ListChange::Change(user, _) => *user,
    }
}

/// The list update that a proposal carries, or an empty one.
fn decode(body: &Proposed) -> Result<ParticipantListUpdate, String> {
    match body {
        Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, update } => {
            ParticipantListUpdate::decode(update)
                .map_err(|error| format!("no ParticipantListUpdate: {error}"))
        }
        _ => Ok(ParticipantListUpdate::default()),
    }
}

/// The list after all updates, and the changes of each; none if a position or a user is not there.
fn apply(
    directory: &Directory,
    start: &[Participant],
    updates: &[ParticipantListUpdate],
    positions: Positions,
) -> Option<(Vec<Participant>, Vec<Vec<ListChange>>)> {
    let mut list = start.to_vec();
    let mut changes = Vec::new();
    for update in updates {
        let named = match positions {
            Positions::EpochStart => start.to_vec(),
            Positions::Running => list.clone(),
        };
        let at = |index: u32| named.get(index as usize).map(|participant| participant.user);
        let mut own = Vec::new();
        for changed in &update.changed_role_participants {
            own.push(ListChange::Change(at(changed.user_index)?, changed.role_index));
        }
        for index in &update.removed_indices {
            own.push(ListChange::Remove(at(*index)?));
        }
        for added in &update.added_participants {
            own.push(ListChange::Add(directory.resolve_user(added.user.as_slice())?, added.role_index));
        }
        own.iter().try_for_each(|change| carry_out(&mut list, *change))?;
        changes.push(own);
    }
    Some((list, changes))
}

fn carry_out(list: &mut Vec<Participant>, change: ListChange) -> Option<()> {
    let position = list.iter().position(|participant| participant.user == touched(&change));
    match change {
        ListChange::Change(_, role) => list[position?].role = role,
        ListChange::Remove(_) => drop(list.remove(position?)),
        ListChange::Add(user, role) if position.is_none() => list.push(Participant { user, role }),
        ListChange::Add(..) => return None,
    }
    Some(())
}
