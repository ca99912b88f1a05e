//! The participant list's positional patch (proto §7.5, PROTO-84, PROTO-85).

use crate::readings::{ListIndices, Readings};
use crate::wire::Wire;
use crate::wire::participant_list::{ParticipantListData, ParticipantListUpdate, UserRolePair};
use std::collections::BTreeSet;

/// The list's octets after these updates, in commit order; none if the list of updates is invalid.
///
/// Each update first changes roles, then removes, then appends. Which list its indices refer to when there are several is
/// a reading (AMB-05). Duplicate and out-of-range indices are invalid (AMB-06), and so is a user touched twice (PROTO-85).
pub(super) fn apply(current: Option<&[u8]>, updates: &[&[u8]], readings: Readings) -> Option<Vec<u8>> {
    let start = match current {
        Some(octets) => ParticipantListData::decode(octets).ok()?.participants,
        None => Vec::new(),
    };
    let updates: Vec<ParticipantListUpdate> =
        updates.iter().map(|octets| ParticipantListUpdate::decode(octets).ok()).collect::<Option<_>>()?;
    let list = match readings.list_indices {
        ListIndices::EpochStart => apply_to_start(&start, &updates)?,
        ListIndices::Running => apply_in_turn(&start, &updates)?,
    };
    Some(ParticipantListData { participants: list }.encode())
}

/// All indices refer to the list at the start of the epoch: one patch that is the union of all.
fn apply_to_start(start: &[UserRolePair], updates: &[ParticipantListUpdate]) -> Option<Vec<UserRolePair>> {
    let mut touched = Touched::default();
    let mut list: Vec<Option<UserRolePair>> = start.iter().cloned().map(Some).collect();
    for update in updates {
        for change in update.changed_role_participants.iter() {
            let entry = list.get_mut(change.user_index as usize)?.as_mut()?;
            touched.once(entry.user.as_slice())?;
            entry.role_index = change.role_index;
        }
        for index in update.removed_indices.iter() {
            let entry = list.get_mut(*index as usize)?.take()?;
            touched.once(entry.user.as_slice())?;
        }
    }
    let mut list: Vec<UserRolePair> = list.into_iter().flatten().collect();
    for added in updates.iter().flat_map(|update| update.added_participants.iter()) {
        touched.once(added.user.as_slice())?;
        append(&mut list, added)?;
    }
    Some(list)
}

/// Each update sees the result of the one before it.
fn apply_in_turn(start: &[UserRolePair], updates: &[ParticipantListUpdate]) -> Option<Vec<UserRolePair>> {
    let mut touched = Touched::default();
    let mut list = start.to_vec();
    for update in updates {
        for change in update.changed_role_participants.iter() {
            let entry = list.get_mut(change.user_index as usize)?;
            touched.once(entry.user.as_slice())?;
            entry.role_index = change.role_index;
        }
        let removed: BTreeSet<u32> = update.removed_indices.iter().copied().collect();
        if removed.len() != update.removed_indices.len() {
            return None;
        }
        for index in &removed {
            touched.once(list.get(*index as usize)?.user.as_slice())?;
        }
        let mut position = 0;
        list.retain(|_| {
            position += 1;
            !removed.contains(&(position - 1))
        });
        for added in update.added_participants.iter() {
            touched.once(added.user.as_slice())?;
            append(&mut list, added)?;
        }
    }
    Some(list)
}

fn append(list: &mut Vec<UserRolePair>, added: &UserRolePair) -> Option<()> {
    if list.iter().any(|entry| entry.user == added.user) {
        return None;
    }
    list.push(added.clone());
    Some(())
}

/// The users that a commit's updates have touched.
#[derive(Default)]
struct Touched(BTreeSet<Vec<u8>>);

impl Touched {
    fn once(&mut self, user: &[u8]) -> Option<()> {
        self.0.insert(user.to_vec()).then_some(())
    }
}
