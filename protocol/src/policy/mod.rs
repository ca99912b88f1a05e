//! Who may do what: capabilities, the rules of room-policy §8.1, and the constraints on what comes of it.

mod authorise;
mod capability;
mod constraints;
pub mod examples;

pub use authorise::{Change, authorise, may_add_own_client, may_send};
pub use capability::Capability;
pub use constraints::check_constraints;

/// Why a change is not allowed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
pub enum Denied {
    /// The actor's role lacks a capability that the change needs (room-policy §8.1).
    #[error("the actor's role has no {}", .0.name())]
    Lacks(Capability),
    /// The actor's role does not list the transition (POL-06).
    #[error("the actor's role may not move a user from role {from} to role {to}")]
    Transition {
        /// The role before.
        from: u32,
        /// The role after.
        to: u32,
    },
    /// A role that is not defined, or role 0, in the list (POL-04).
    #[error("role {0} is not defined, or cannot be held")]
    UndefinedRole(u32),
    /// A user stands in the list twice (INV-02).
    #[error("a user is listed twice")]
    ListedTwice,
    /// A client's user is no participant, or banned (INV-01, POL-37).
    #[error("a client's user is no participant, or banned")]
    NotParticipant,
    /// A removed or banned user keeps a client in the group (POL-31, POL-37).
    #[error("a removed or banned user keeps a client in the group")]
    ClientsRemain,
    /// Nothing authorises adding another user's client without adding the user (OPEN-35).
    #[error("adding a client of another user who is listed already")]
    ForeignClient,
    /// The list changes together with the roles (POL-07).
    #[error("roles and participants change in one commit")]
    RolesWithList,
    /// Fixed membership (POL-14).
    #[error("the membership of the room is fixed")]
    FixedMembership,
    /// Fewer or more holders of a role than it allows (POL-05, INV-17).
    #[error("role {0} has too few or too many participants")]
    RoleCount(u32),
    /// More clients than max_clients, users than max_users, or devices than one (POL-16, POL-17).
    #[error("too many clients or users")]
    TooMany,
}
