//! Code points of the capability registry that the judgement needs (room-policy §10.2).

pub(super) const ADD_PARTICIPANT: u16 = 0x0000;
pub(super) const REMOVE_PARTICIPANT: u16 = 0x0001;
pub(super) const ADD_OWN_CLIENT: u16 = 0x0002;
pub(super) const REMOVE_OWN_CLIENT: u16 = 0x0003;
pub(super) const OPEN_JOIN: u16 = 0x0004;
pub(super) const JOIN_IF_PREAUTHORIZED: u16 = 0x0005;
pub(super) const REMOVE_SELF: u16 = 0x0006;
pub(super) const CREATE_JOIN_CODE: u16 = 0x0007;
pub(super) const DELETE_JOIN_CODE: u16 = 0x0008;
pub(super) const BAN: u16 = 0x000a;
pub(super) const UNBAN: u16 = 0x000b;
pub(super) const KICK: u16 = 0x000c;
pub(super) const CHANGE_USER_ROLE: u16 = 0x000f;
pub(super) const CHANGE_OWN_ROLE: u16 = 0x0010;
pub(super) const SEND_MESSAGE: u16 = 0x0100;
pub(super) const CHANGE_ROOM_NAME: u16 = 0x0300;
pub(super) const CHANGE_ROOM_DESCRIPTION: u16 = 0x0301;
pub(super) const CHANGE_ROOM_AVATAR: u16 = 0x0302;
pub(super) const CHANGE_ROOM_SUBJECT: u16 = 0x0303;
pub(super) const CHANGE_ROOM_MOOD: u16 = 0x0304;
pub(super) const CHANGE_ROOM_MEMBERSHIP_STYLE: u16 = 0x0502;
pub(super) const CHANGE_ROLE_DEFINITIONS: u16 = 0x0503;
pub(super) const CHANGE_PREAUTHORIZED_USER_LIST: u16 = 0x0504;
pub(super) const CHANGE_OTHER_POLICY_ATTRIBUTE: u16 = 0x0505;
pub(super) const CHANGE_MLS_OPERATIONAL_POLICIES: u16 = 0x0600;
pub(super) const SEND_MLS_REINIT_PROPOSAL: u16 = 0x0601;
