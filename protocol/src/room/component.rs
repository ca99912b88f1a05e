//! The ids of the components in the app_data_dictionary (proto §10, room-policy §10.1).

/// participant_list (proto §7.5).
pub const PARTICIPANT_LIST: u16 = 0x0022;
/// roles_list (room-policy §3).
pub const ROLES_LIST: u16 = 0x0025;
/// base_room_policy (room-policy §5).
pub const BASE_ROOM_POLICY: u16 = 0x0027;

/// The components that make up a room's standing.
pub const ALL: [u16; 3] = [PARTICIPANT_LIST, ROLES_LIST, BASE_ROOM_POLICY];
