//! Policies and roles, by the names that the room policy draft gives them in its appendix.

use serde::{Deserialize, Serialize};

/// Which set of roles the room has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// The cooperatively administered room (room-policy Appendix A.1).
    Cooperative,
}

/// A role that a user can be added with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Adds and removes participants, sends and receives.
    OrdinaryUser,
    /// Also bans, unbans and changes roles.
    GroupAdmin,
    /// Also makes super_admins.
    SuperAdmin,
}

impl Role {
    /// The role's index in the policy (room-policy Appendix A.1).
    pub fn index(self) -> u32 {
        match self {
            Role::OrdinaryUser => 2,
            Role::GroupAdmin => 3,
            Role::SuperAdmin => 4,
        }
    }
}
