//! What a room is beside its MLS group: participants, roles and base policy, as components of the app_data_dictionary.

mod base_policy;
pub mod component;
mod participants;
mod role;
mod standing;

pub use base_policy::BasePolicy;
pub use role::{BANNED, NOT_LISTED, Role};
pub use standing::{ListChange, Participant, RoomState, Standing};

use crate::directory::Directory;
use crate::mls::{Dictionary, Proposed};
use crate::readings::Readings;
use crate::wire::Wire;
use crate::wire::base_room_policy::BaseRoomPolicy;
use crate::wire::role_data::RoleData;

/// A component is missing, is not what the draft encodes, or names a user that is not in this world.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a component of the room's state is malformed")]
pub struct Malformed;

/// The application's logic of AppDataUpdates (MLS-11): a component's octets after `updates` in commit order, or none if the
/// list is invalid. The participant list is patched; the others are replaced as a whole, each at most once in a commit.
pub fn apply_updates(
    component: u16,
    current: Option<&[u8]>,
    updates: &[&[u8]],
    readings: Readings,
) -> Option<Vec<u8>> {
    match (component, updates) {
        (component::PARTICIPANT_LIST, _) => participants::apply(current, updates, readings),
        (component::ROLES_LIST, [update]) => RoleData::decode(update).is_ok().then(|| update.to_vec()),
        (component::BASE_ROOM_POLICY, [update]) => {
            BaseRoomPolicy::decode(update).is_ok().then(|| update.to_vec())
        }
        _ => None,
    }
}

/// The standing that a dictionary's becomes by the AppDataUpdates among `proposals`, in this order.
pub fn standing_after<'a>(
    directory: &Directory,
    mut dictionary: Dictionary,
    proposals: impl Iterator<Item = &'a Proposed>,
    readings: Readings,
) -> Option<Standing> {
    let mut lists: [Vec<&[u8]>; component::ALL.len()] = Default::default();
    for proposal in proposals {
        let Proposed::AppDataUpdate { component, update } = proposal else { continue };
        let place = component::ALL.iter().position(|id| id == component)?;
        lists[place].push(update);
    }
    for (id, updates) in component::ALL.into_iter().zip(lists) {
        if !updates.is_empty() {
            let next = apply_updates(id, dictionary.get(&id).map(|octets| &**octets), &updates, readings)?;
            dictionary.insert(id, next.into());
        }
    }
    Standing::decode(directory, &dictionary).ok()
}
