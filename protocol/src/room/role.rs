//! A role: what its holders may do, to whom, and how many of them there may be (room-policy §3).

use crate::wire::Opaque;
use crate::wire::role_data::{RoleEntry, SingleSourceRoleChangeTargets};
use serde::{Deserialize, Serialize};

/// The role index of a user who is not in the list (POL-04): never stored.
pub const NOT_LISTED: u32 = 0;
/// The role index of a banned user, if the role exists (POL-37).
pub const BANNED: u32 = 1;

/// A role of the roles_list component.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Role {
    /// What the participant list calls it.
    pub role_index: u32,
    /// For people; role 1 is named `banned`.
    pub name: String,
    /// For people.
    pub description: String,
    /// Code points of the capability registry; see `policy::Capability`.
    pub capabilities: Vec<u16>,
    /// How many participants must hold it; 0 is no minimum.
    pub min_participants: u32,
    /// How many may.
    pub max_participants: Option<u32>,
    /// How many active participants must hold it; 0 is no minimum.
    pub min_active: u32,
    /// How many may; 0 allows no clients.
    pub max_active: Option<u32>,
    /// Whom a holder may move: from which role to which roles (POL-06).
    pub transitions: Vec<(u32, Vec<u32>)>,
}

impl Role {
    /// Whether a holder may move somebody from role `from` to role `to`.
    pub fn may_move(&self, from: u32, to: u32) -> bool {
        self.transitions.iter().any(|(source, targets)| *source == from && targets.contains(&to))
    }
}

impl From<&Role> for RoleEntry {
    fn from(role: &Role) -> Self {
        let changes = role.transitions.iter().map(|(from, targets)| SingleSourceRoleChangeTargets {
            from_role_index: *from,
            target_role_indexes: targets.clone(),
        });
        Self {
            role_index: role.role_index,
            role_name: role.name.as_bytes().into(),
            role_description: role.description.as_bytes().into(),
            role_capabilities: role.capabilities.clone(),
            minimum_participants_constraint: role.min_participants,
            maximum_participants_constraint: role.max_participants,
            minimum_active_participants_constraint: role.min_active,
            maximum_active_participants_constraint: role.max_active,
            authorized_role_changes: changes.collect(),
        }
    }
}

impl TryFrom<RoleEntry> for Role {
    type Error = std::string::FromUtf8Error;

    fn try_from(wire: RoleEntry) -> Result<Self, Self::Error> {
        let text = |octets: Opaque| String::from_utf8(octets.into());
        let changes = wire.authorized_role_changes.into_iter();
        Ok(Self {
            role_index: wire.role_index,
            name: text(wire.role_name)?,
            description: text(wire.role_description)?,
            capabilities: wire.role_capabilities,
            min_participants: wire.minimum_participants_constraint,
            max_participants: wire.maximum_participants_constraint,
            min_active: wire.minimum_active_participants_constraint,
            max_active: wire.maximum_active_participants_constraint,
            transitions: changes.map(|c| (c.from_role_index, c.target_role_indexes)).collect(),
        })
    }
}
