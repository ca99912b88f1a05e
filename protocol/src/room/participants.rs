//! The participant list's positional patch (proto §7.5).

use super::NOT_LISTED;
use crate::readings::ListIndices;
use crate::wire::Opaque;
use crate::wire::participant_list::{ParticipantListData, ParticipantListUpdate, UserRolePair};
use std::collections::BTreeSet;

/// Why updates of the participant list are invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ListError {
    /// An index is behind the end of the list that it refers to (proto §7.5, AMB-06).
    #[error("there is no participant at index {0}")]
    NoSuchIndex(u32),
    /// One commit adds, removes or changes the same user more than once (proto §7.5, PROTO-85).
    #[error("one commit touches a user more than once")]
    TouchedTwice,
    /// A user is added that is in the list already (INV-02).
    #[error("a user is added that is in the list")]
    AlreadyListed,
    /// A user in the list would have role 0, which means not being in it (room-policy §3, POL-04).
    #[error("role 0 is not for users in the list")]
    RoleZero,
}

/// The list after all updates of one commit, in the commit's order (PROTO-84, AMB-05).
pub fn apply_list_updates(
    current: &ParticipantListData,
    updates: &[ParticipantListUpdate],
    indices: ListIndices,
) -> Result<ParticipantListData, ListError> {
    let mut touched = BTreeSet::new();
    let mut list = current.participants.clone();
    for update in updates {
        let indexed = match indices {
            ListIndices::EpochStart => current.participants.as_slice(),
            ListIndices::Running => list.as_slice(),
        };
        let by_user = ByUser::resolve(update, indexed)?;
        for user in by_user.users() {
            if !touched.insert(user.clone()) {
                return Err(ListError::TouchedTwice);
            }
        }
        by_user.apply(&mut list)?;
    }
    Ok(ParticipantListData { participants: list })
}

/// An update whose positions have been replaced by the users who are there.
struct ByUser<'a> {
    changed: Vec<(Opaque, u32)>,
    removed: Vec<Opaque>,
    added: &'a [UserRolePair],
}

impl<'a> ByUser<'a> {
    fn resolve(update: &'a ParticipantListUpdate, list: &[UserRolePair]) -> Result<Self, ListError> {
        let at = |index: u32| {
            let entry = usize::try_from(index).ok().and_then(|index| list.get(index));
            entry.map(|entry| entry.user.clone()).ok_or(ListError::NoSuchIndex(index))
        };
        let changed = update.changed_role_participants.iter();
        Ok(Self {
            changed: changed.map(|c| Ok((at(c.user_index)?, c.role_index))).collect::<Result<_, _>>()?,
            removed: update.removed_indices.iter().map(|index| at(*index)).collect::<Result<_, _>>()?,
            added: &update.added_participants,
        })
    }

    fn users(&self) -> impl Iterator<Item = &Opaque> {
        let changed = self.changed.iter().map(|(user, _)| user);
        changed.chain(&self.removed).chain(self.added.iter().map(|entry| &entry.user))
    }

    fn apply(self, list: &mut Vec<UserRolePair>) -> Result<(), ListError> {
        let roles = self.changed.iter().map(|(_, role)| role);
        if roles.chain(self.added.iter().map(|entry| &entry.role_index)).any(|role| *role == NOT_LISTED) {
            return Err(ListError::RoleZero);
        }
        for (user, role) in &self.changed {
            list.iter_mut().filter(|entry| entry.user == *user).for_each(|entry| entry.role_index = *role);
        }
        list.retain(|entry| !self.removed.contains(&entry.user));
        if self.added.iter().any(|added| list.iter().any(|entry| entry.user == added.user)) {
            return Err(ListError::AlreadyListed);
        }
        list.extend_from_slice(self.added);
        Ok(())
    }
}
