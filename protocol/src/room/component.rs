//! The ids of the components in the app_data_dictionary (proto §10, room-policy §10.1).

/// participant_list (proto §7.5).
pub const PARTICIPANT_LIST: u16 = 0x0022;
/// room_metadata (proto §7.6).
pub const ROOM_METADATA: u16 = 0x0023;
/// roles_list (room-policy §3).
pub const ROLES_LIST: u16 = 0x0025;
/// preauth_list (room-policy §4).
pub const PREAUTH_LIST: u16 = 0x0026;
/// base_room_policy (room-policy §5).
pub const BASE_ROOM_POLICY: u16 = 0x0027;
