//! What a commit's AppDataUpdates make of the components (MLS-11), and which of them go into one commit.

use super::components::check_value;
use super::{
    BasePolicy, ComponentError, ListError, Malformed, RolesError, Standing, apply_link_updates,
    apply_list_updates, component, decode_roles,
};
use crate::directory::Directory;
use crate::mls::{Dictionary, Proposed};
use crate::readings::Readings;
use crate::wire::base_room_policy::BaseRoomPolicy;
use crate::wire::join_links::{JoinLinksData, JoinLinksUpdate};
use crate::wire::participant_list::{ParticipantListData, ParticipantListUpdate};
use crate::wire::role_data::RoleData;
use crate::wire::{Wire, WireError};
use std::collections::BTreeMap;

/// Why updates of one component are invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AppDataError {
    /// No rules are known for the component (mls-extensions §4.7).
    #[error("component {0:#06x} is not known")]
    UnknownComponent(u16),
    /// There is no update.
    #[error("there is no update")]
    NoUpdate,
    /// The state or an update is not an encoding of its struct.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The participant list cannot be changed so.
    #[error(transparent)]
    List(#[from] ListError),
    /// The roles are invalid.
    #[error(transparent)]
    Roles(#[from] RolesError),
    /// The base policy is invalid.
    #[error(transparent)]
    BasePolicy(#[from] Malformed),
    /// Another component is invalid.
    #[error(transparent)]
    Component(#[from] ComponentError),
}

/// The state of `component` after all of a commit's updates of it, in the commit's order: the participant list and the join
/// links are patched, every other component is replaced as a whole, the last one counting (proto §7.5, room-policy §3 to §7).
pub fn update_component(
    component: u16,
    current: Option<&[u8]>,
    updates: &[&[u8]],
    readings: Readings,
) -> Result<Vec<u8>, AppDataError> {
    let last = updates.last().ok_or(AppDataError::NoUpdate)?;
    match component {
        component::PARTICIPANT_LIST => {
            let list = current.map(ParticipantListData::decode).transpose()?.unwrap_or_default();
            let updates: Result<Vec<_>, WireError> =
                updates.iter().map(|update| ParticipantListUpdate::decode(update)).collect();
            Ok(apply_list_updates(&list, &updates?, readings.list_indices)?.encode())
        }
        component::ROLES_LIST => {
            for update in updates {
                decode_roles(RoleData::decode(update)?)?;
            }
            Ok(last.to_vec())
        }
        component::BASE_ROOM_POLICY => {
            for update in updates {
                BasePolicy::try_from(BaseRoomPolicy::decode(update)?)?;
            }
            Ok(last.to_vec())
        }
        component::JOIN_LINKS => {
            let links = current.map(JoinLinksData::decode).transpose()?.unwrap_or_default();
            let updates: Result<Vec<_>, WireError> =
                updates.iter().map(|update| JoinLinksUpdate::decode(update)).collect();
            Ok(apply_link_updates(&links, &updates?)?.encode())
        }
        other => {
            for update in updates {
                check_value(other, update).ok_or(AppDataError::UnknownComponent(other))??;
            }
            Ok(last.to_vec())
        }
    }
}

/// [`update_component`] as an MLS engine calls it back: none if the list of proposals is invalid.
pub fn apply_updates(
    component: u16,
    current: Option<&[u8]>,
    updates: &[&[u8]],
    readings: Readings,
) -> Option<Vec<u8>> {
    update_component(component, current, updates, readings).ok()
}

/// Which updates of different components, or how many of one, do not go into the same commit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Conflict {
    /// New roles together with any change of the participant list (room-policy §3, POL-07).
    #[error("roles do not change together with the participant list")]
    RolesWithList,
    /// A new preauthorisation list together with more than removals from the participant list (room-policy §4, POL-11).
    #[error("preauthorisations change together with removals from the participant list only")]
    PreauthWithList,
    /// More than one update of the room's metadata (proto §7.6, PROTO-86).
    #[error("the metadata changes only once in a commit")]
    MetadataTwice,
    /// An update of the participant list is not an encoding of one.
    #[error(transparent)]
    Wire(#[from] WireError),
}

/// The AppDataUpdates among `proposals`, with their components.
pub fn app_data_updates<'a>(proposals: impl Iterator<Item = &'a Proposed>) -> Vec<(u16, &'a [u8])> {
    let update = |proposal: &'a Proposed| match proposal {
        Proposed::AppDataUpdate { component, update } => Some((*component, &**update)),
        _ => None,
    };
    proposals.filter_map(update).collect()
}

/// Whether these AppDataUpdates, of all components, go into one commit. That no user is touched twice is for
/// [`update_component`] to see, since it takes the list.
pub fn check_conflicts(updates: &[(u16, &[u8])]) -> Result<(), Conflict> {
    let of =
        |id: u16| updates.iter().filter(move |(component, _)| *component == id).map(|(_, update)| *update);
    let changes_list = of(component::PARTICIPANT_LIST).next().is_some();
    if changes_list && of(component::ROLES_LIST).next().is_some() {
        return Err(Conflict::RolesWithList);
    }
    if of(component::PREAUTH_LIST).next().is_some() {
        for update in of(component::PARTICIPANT_LIST) {
            let update = ParticipantListUpdate::decode(update)?;
            if !update.changed_role_participants.is_empty() || !update.added_participants.is_empty() {
                return Err(Conflict::PreauthWithList);
            }
        }
    }
    if of(component::ROOM_METADATA).count() > 1 {
        return Err(Conflict::MetadataTwice);
    }
    Ok(())
}

/// The standing that a dictionary's becomes by the AppDataUpdates among `proposals`, in this order; none if no commit can
/// contain all of them.
pub fn standing_after<'a>(
    directory: &Directory,
    mut dictionary: Dictionary,
    proposals: impl Iterator<Item = &'a Proposed>,
    readings: Readings,
) -> Option<Standing> {
    let proposals: Vec<&Proposed> = proposals.collect();
    let updates = app_data_updates(proposals.iter().copied());
    check_conflicts(&updates).ok()?;
    let mut by_component: BTreeMap<u16, Vec<&[u8]>> = BTreeMap::new();
    for (id, update) in updates {
        by_component.entry(id).or_default().push(update);
    }
    for (id, updates) in by_component {
        let next = apply_updates(id, dictionary.get(&id).map(|octets| &**octets), &updates, readings)?;
        dictionary.insert(id, next.into());
    }
    for proposal in proposals {
        if let Proposed::AppDataRemove { component } = proposal {
            dictionary.remove(component)?;
        }
    }
    Standing::decode(directory, &dictionary).ok()
}
