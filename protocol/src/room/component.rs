//! The ids of the components in the app_data_dictionary (proto §10, room-policy §10.1).

/// frank_aad, an item of Safe AAD (proto §10.1).
pub const FRANK_AAD: u16 = 0x0020;
/// franking_agent, by its other name franking_signature_key (proto §10.2, AMB-17).
pub const FRANKING_AGENT: u16 = 0x0021;
/// participant_list (proto §7.5).
pub const PARTICIPANT_LIST: u16 = 0x0022;
/// room_metadata (proto §7.6).
pub const ROOM_METADATA: u16 = 0x0023;
/// mls_operational_policy (room-policy §7.1).
pub const MLS_OPERATIONAL_POLICY: u16 = 0x0024;
/// roles_list (room-policy §3).
pub const ROLES_LIST: u16 = 0x0025;
/// preauth_list (room-policy §4).
pub const PREAUTH_LIST: u16 = 0x0026;
/// base_room_policy (room-policy §5).
pub const BASE_ROOM_POLICY: u16 = 0x0027;
/// status_notification_policy (room-policy §6.1).
pub const STATUS_NOTIFICATION_POLICY: u16 = 0x0028;
/// join_link_policy (room-policy §6.2).
pub const JOIN_LINK_POLICY: u16 = 0x0029;
/// join_links (room-policy §6.2).
pub const JOIN_LINKS: u16 = 0x002a;
/// link_preview_policy (room-policy §6.3).
pub const LINK_PREVIEW_POLICY: u16 = 0x002b;
/// asset_policy (room-policy §6.4).
pub const ASSET_POLICY: u16 = 0x002c;
/// logging_policy (room-policy §6.5).
pub const LOGGING_POLICY: u16 = 0x002d;
/// chat_history_policy (room-policy §6.6).
pub const CHAT_HISTORY_POLICY: u16 = 0x002e;
/// bot_policy (room-policy §6.7).
pub const BOT_POLICY: u16 = 0x002f;
/// message_expiration_policy (room-policy §6.8).
pub const MESSAGE_EXPIRATION_POLICY: u16 = 0x0030;

/// All that this implementation knows the rules of; a client must not join a room that lists another one (POL-20).
pub const KNOWN: [u16; 16] = [
    FRANKING_AGENT,
    PARTICIPANT_LIST,
    ROOM_METADATA,
    MLS_OPERATIONAL_POLICY,
    ROLES_LIST,
    PREAUTH_LIST,
    BASE_ROOM_POLICY,
    STATUS_NOTIFICATION_POLICY,
    JOIN_LINK_POLICY,
    JOIN_LINKS,
    LINK_PREVIEW_POLICY,
    ASSET_POLICY,
    LOGGING_POLICY,
    CHAT_HISTORY_POLICY,
    BOT_POLICY,
    MESSAGE_EXPIRATION_POLICY,
];
