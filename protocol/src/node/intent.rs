//! What a user wants of its client, or an operator of its server: durable, and retried until it is done or refused for good.

use crate::ids::{RoomId, UserId};
use serde::{Deserialize, Serialize};

/// A name of an intent that is unique in a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntentId(pub u32);

/// One thing that a user, or the operator of a provider, wants to happen in a room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// Where.
    pub room: RoomId,
    /// What.
    pub action: Action,
}

/// What can be wanted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Action {
    /// Create the room, with this client alone in it; its user being the first group_admin (PROTO-04).
    Create,
    /// Add a user with all its devices, in a role (PROTO-05).
    Add(UserId, u32),
    /// Remove another user with all its devices (PROTO-09). Of a server: as an external sender (POL-12).
    Remove(UserId),
    /// Ban another user (POL-37). Of a server: as an external sender (POL-12).
    Ban(UserId),
    /// Give another user another role, a banned one included (POL-35, POL-38).
    ChangeRole(UserId, u32),
    /// Leave with all own devices, by proposals (PROTO-10).
    Leave,
    /// Join with this device, its user being a participant (PROTO-11).
    JoinOwnDevice,
    /// Take fresh keys: an empty commit with a path.
    UpdateKeys,
    /// Send an application message with this number as its text (proto §3.4).
    Send(u32),
    /// The user is no user of its provider any more. Of that provider alone: it serves the user no longer, and takes it out of the
    /// room as an external sender (proto §5.2, §5.5: "a deleted user").
    Delete(UserId),
}
