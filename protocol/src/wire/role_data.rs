//! The roles_list component; its update has the same form (pol §3).

use super::Opaque;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The component's value.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct RoleData {
    /// The roles.
    pub roles: Vec<RoleEntry>,
}

/// `Role`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct RoleEntry {
    /// What the participant list calls it.
    pub role_index: u32,
    /// For people.
    pub role_name: Opaque,
    /// For people; may be empty.
    pub role_description: Opaque,
    /// Code points of the capability registry.
    pub role_capabilities: Vec<u16>,
    /// 0 is no minimum.
    pub minimum_participants_constraint: u32,
    /// Absent is no maximum.
    pub maximum_participants_constraint: Option<u32>,
    /// 0 is no minimum.
    pub minimum_active_participants_constraint: u32,
    /// Absent is no maximum; 0 is no clients at all.
    pub maximum_active_participants_constraint: Option<u32>,
    /// Whom a holder may move from where to where.
    pub authorized_role_changes: Vec<SingleSourceRoleChangeTargets>,
}

/// The roles that a holder may move users of one role to.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct SingleSourceRoleChangeTargets {
    /// The role before.
    pub from_role_index: u32,
    /// The roles after.
    pub target_role_indexes: Vec<u32>,
}
