//! The base policy of a room (room-policy §5).

use super::component;
use crate::uri::MimiUri;
use crate::wire::base_room_policy::BaseRoomPolicy;
use crate::wire::{Flag, IdentifierUri};
use serde::{Deserialize, Serialize};

/// The base_room_policy component.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct BasePolicy {
    /// The participants are those of the room's creation (POL-14).
    pub fixed_membership: bool,
    /// The room whose participants this one's are among, if any (POL-15).
    pub parent_room: Option<MimiUri>,
    /// A user may have several clients in the group (POL-16).
    pub multi_device: bool,
    /// How many clients the group may have (POL-17).
    pub max_clients: Option<u32>,
    /// How many participants that are not banned the list may have (POL-17).
    pub max_users: Option<u32>,
    /// Credentials may be pseudonymous (POL-18).
    pub pseudonyms_allowed: bool,
    /// The room outlives its group (POL-19).
    pub persistent_room: bool,
    /// The room can be searched for (POL-20).
    pub discoverable: bool,
    /// The policy components in force (POL-20).
    pub component_ids: Vec<u16>,
}

impl BasePolicy {
    /// The first of the components in force that this implementation has no rules for: who does not know it must not join
    /// (room-policy §5, POL-20).
    pub fn unknown_component(&self) -> Option<u16> {
        self.component_ids.iter().copied().find(|id| !component::KNOWN.contains(id))
    }
}

impl From<&BasePolicy> for BaseRoomPolicy {
    fn from(policy: &BasePolicy) -> Self {
        let flag = Flag::from;
        Self {
            fixed_membership: flag(policy.fixed_membership),
            parent_dependant: flag(policy.parent_room.is_some()),
            parent_room: policy
                .parent_room
                .as_ref()
                .map_or_else(|| IdentifierUri(Vec::new().into()), IdentifierUri::from),
            multi_device: flag(policy.multi_device),
            max_clients: policy.max_clients,
            max_users: policy.max_users,
            pseudonyms_allowed: flag(policy.pseudonyms_allowed),
            persistent_room: flag(policy.persistent_room),
            discoverable: flag(policy.discoverable),
            policy_component_ids: policy.component_ids.clone(),
        }
    }
}

impl TryFrom<BaseRoomPolicy> for BasePolicy {
    type Error = super::Malformed;

    fn try_from(wire: BaseRoomPolicy) -> Result<Self, Self::Error> {
        let set = bool::from;
        // POL-15: the parent room is named if and only if there is one.
        let parent_room = match (set(wire.parent_dependant), wire.parent_room.as_slice()) {
            (false, []) => None,
            (true, uri) => Some(MimiUri::parse(uri).map_err(|_| super::Malformed)?),
            (false, _) => return Err(super::Malformed),
        };
        Ok(Self {
            fixed_membership: set(wire.fixed_membership),
            parent_room,
            multi_device: set(wire.multi_device),
            max_clients: wire.max_clients,
            max_users: wire.max_users,
            pseudonyms_allowed: set(wire.pseudonyms_allowed),
            persistent_room: set(wire.persistent_room),
            discoverable: set(wire.discoverable),
            component_ids: wire.policy_component_ids,
        })
    }
}
