//! A role: what its holders may do, to whom, and how many of them there may be (room-policy §3).

use crate::policy::Capability;
use crate::wire::Opaque;
use crate::wire::role_data::{RoleData, RoleEntry, SingleSourceRoleChangeTargets};
use serde::{Deserialize, Serialize};

/// The role index of a user who is not in the list (POL-04): never stored.
pub const NOT_LISTED: u32 = 0;
/// The role index of a banned user, if there is a role of that index that is named "banned" (room-policy §8.1.3, POL-37).
pub const BANNED: u32 = 1;

/// A role of the roles_list component.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Role {
    /// What the participant list calls it.
    pub role_index: u32,
    /// For people; but role 1 is for the banned only if it is named `banned` (POL-37).
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

/// Why roles are invalid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RolesError {
    /// Two roles have the same index (room-policy §3).
    #[error("there are two roles {0}")]
    DuplicateIndex(u32),
    /// canOpenJoin is on another role than 0 (room-policy §8.1.1, POL-27).
    #[error("role {0} has canOpenJoin, which is for role 0")]
    OpenJoin(u32),
    /// A name or a description is no text (room-policy §3).
    #[error("the name and the description of a role are texts")]
    NotText,
}

/// The roles of the component, if they are valid together. A capability that the registry does not have is not an error:
/// the registry can grow, and has a range for private use (room-policy §10.2).
pub fn decode_roles(data: RoleData) -> Result<Vec<Role>, RolesError> {
    let roles: Vec<Role> = data.roles.into_iter().map(Role::try_from).collect::<Result<_, _>>()?;
    for (at, role) in roles.iter().enumerate() {
        if roles[..at].iter().any(|other| other.role_index == role.role_index) {
            return Err(RolesError::DuplicateIndex(role.role_index));
        }
        if role.role_index != NOT_LISTED && role.can(Capability::OpenJoin) {
            return Err(RolesError::OpenJoin(role.role_index));
        }
    }
    Ok(roles)
}

impl Role {
    /// Whether a holder has the capability.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability.code())
    }

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
    type Error = RolesError;

    fn try_from(wire: RoleEntry) -> Result<Self, Self::Error> {
        let text = |octets: Opaque| String::from_utf8(octets.into()).map_err(|_| RolesError::NotText);
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
