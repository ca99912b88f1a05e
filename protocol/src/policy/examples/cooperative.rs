//! A cooperatively administered room (room-policy A.1), for friends, families and small groups of peers.

use super::{NOBODY, Transitions, bounds, enforcer, role};
use crate::policy::Capability::{self, *};
use crate::room::Role;

/// ordinary_user
pub const ORDINARY_USER: u32 = 2;
/// group_admin
pub const GROUP_ADMIN: u32 = 3;
/// super_admin
pub const SUPER_ADMIN: u32 = 4;
/// policy_enforcer
pub const POLICY_ENFORCER: u32 = 5;

/// What admins may do to others, in this room and in the strict one.
pub(super) const ADMIN_MOVES: Transitions =
    &[(0, &[1, 2, 3]), (1, &[0, 2, 3]), (2, &[0, 1, 3]), (3, &[0, 1, 2])];
/// What super admins may do to others, in this room and in the strict one.
pub(super) const SUPER_MOVES: Transitions =
    &[(0, &[1, 2, 3, 4]), (1, &[0, 2, 3, 4]), (2, &[0, 1, 3, 4]), (3, &[0, 1, 2, 4]), (4, &[0, 1, 2, 3])];
/// Whom the enforcer may take out, in this room and in the strict one.
pub(super) const ENFORCER_MOVES: Transitions =
    &[(0, &[1]), (1, &[0]), (2, &[0, 1]), (3, &[0, 1]), (4, &[0, 1])];

/// Its six roles. canRevokeVoice and canGrantVoice have no code point and are left out.
pub(super) fn roles() -> Vec<Role> {
    let admin = [ORDINARY, ADMIN].concat();
    let super_admin = [&admin, SUPER].concat();
    vec![
        Role { max_active: NOBODY, ..role(0, "no_role", &[], &[]) },
        Role { max_active: NOBODY, ..role(1, "banned", &[], &[]) },
        role(2, "ordinary_user", ORDINARY, &[(0, &[2]), (2, &[0])]),
        bounds(1, None, role(3, "group_admin", &admin, ADMIN_MOVES)),
        role(4, "super_admin", &super_admin, SUPER_MOVES),
        enforcer(5, ENFORCER_MOVES),
    ]
}

const ORDINARY: &[Capability] = &[
    AddParticipant,
    RemoveParticipant,
    AddOwnClient,
    RemoveOwnClient,
    RemoveSelf,
    SendMessage,
    ReceiveMessage,
    CopyMessage,
    ReportAbuse,
    ReplyToMessage,
    ReactToMessage,
    DeleteOwnReaction,
    EditOwnMessage,
    DeleteOwnMessage,
    StartTopic,
    ReplyInTopic,
    EditOwnTopic,
    UploadImage,
    UploadVideo,
    UploadAudio,
    UploadAttachment,
    DownloadImage,
    DownloadVideo,
    DownloadAudio,
    DownloadAttachment,
    SendLink,
    SendLinkPreview,
    FollowLink,
    CopyLink,
    ChangeRoomName,
    ChangeRoomAvatar,
    ChangeRoomSubject,
    ChangeRoomMood,
    ChangeOwnName,
    ChangeOwnPresence,
    ChangeOwnMood,
    ChangeOwnAvatar,
];
const ADMIN: &[Capability] =
    &[Ban, UnBan, Kick, ChangeUserRole, DeleteOtherMessage, EditOtherTopic, ChangeRoomDescription];
const SUPER: &[Capability] = &[ChangeRoomMembershipStyle, ChangePreauthorizedUserList, DestroyRoom];
