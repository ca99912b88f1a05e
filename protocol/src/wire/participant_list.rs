//! The participant_list component and its positional patch (proto §7.5).

use super::Opaque;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// A user and its role.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct UserRolePair {
    /// The octets of the user's URI.
    pub user: Opaque,
    /// Its role in roles_list.
    pub role_index: u32,
}

/// The component's value; positions matter.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ParticipantListData {
    /// The participants.
    pub participants: Vec<UserRolePair>,
}

/// A position in the list and a role.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct UserIndexRolePair {
    /// The position, from 0.
    pub user_index: u32,
    /// The new role of the user at that position.
    pub role_index: u32,
}

/// The component's update: first changes, then removals, then additions at the end (PROTO-84).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ParticipantListUpdate {
    /// Who gets another role.
    pub changed_role_participants: Vec<UserIndexRolePair>,
    /// Who is removed, by position.
    pub removed_indices: Vec<u32>,
    /// Who is appended.
    pub added_participants: Vec<UserRolePair>,
}
