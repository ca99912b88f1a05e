//! The base_room_policy component; its update has the same form (pol §5).

use super::{Flag, IdentifierUri};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The component's value.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct BaseRoomPolicy {
    /// The participants are those of the room's creation.
    pub fixed_membership: Flag,
    /// The participants are some of the parent room's.
    pub parent_dependant: Flag,
    /// The parent room, or empty (AMB-11).
    pub parent_room: IdentifierUri,
    /// A user may have several clients in the group.
    pub multi_device: Flag,
    /// How many clients the group may have.
    pub max_clients: Option<u32>,
    /// How many participants that are not banned the list may have.
    pub max_users: Option<u32>,
    /// Credentials may be pseudonymous.
    pub pseudonyms_allowed: Flag,
    /// The policy outlives the group.
    pub persistent_room: Flag,
    /// The room can be searched for.
    pub discoverable: Flag,
    /// The policy components that count in this room.
    pub policy_component_ids: Vec<u16>,
}
