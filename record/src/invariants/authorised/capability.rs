//! Code points of the capability registry that the judgement needs (room-policy §10.2).

pub(super) const ADD_PARTICIPANT: u16 = 0x0000;
pub(super) const REMOVE_PARTICIPANT: u16 = 0x0001;
pub(super) const ADD_OWN_CLIENT: u16 = 0x0002;
pub(super) const REMOVE_OWN_CLIENT: u16 = 0x0003;
pub(super) const OPEN_JOIN: u16 = 0x0004;
pub(super) const REMOVE_SELF: u16 = 0x0006;
pub(super) const BAN: u16 = 0x000a;
pub(super) const UNBAN: u16 = 0x000b;
pub(super) const KICK: u16 = 0x000c;
pub(super) const CHANGE_USER_ROLE: u16 = 0x000f;
pub(super) const SEND_MESSAGE: u16 = 0x0100;
pub(super) const CHANGE_ROOM_MEMBERSHIP_STYLE: u16 = 0x0502;
pub(super) const CHANGE_ROLE_DEFINITIONS: u16 = 0x0503;
pub(super) const CHANGE_PREAUTHORIZED_USER_LIST: u16 = 0x0504;
pub(super) const SEND_MLS_REINIT_PROPOSAL: u16 = 0x0601;
