//! A strictly administered room (room-policy A.2): only admins add others, and a join code or preauthorisation lets users in.

use super::cooperative::{ADMIN_MOVES, ENFORCER_MOVES, SUPER_MOVES};
use super::{NOBODY, bounds, enforcer, role};
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

/// Its six roles.
pub(super) fn roles() -> Vec<Role> {
    let admin = [ORDINARY, ADMIN].concat();
    let super_admin = [&admin, SUPER].concat();
    vec![
        Role { max_active: NOBODY, ..role(0, "no_role", &[UseJoinCode], &[(0, &[2])]) },
        Role { max_active: NOBODY, ..role(1, "banned", &[], &[]) },
        role(2, "ordinary_user", ORDINARY, &[(0, &[2]), (2, &[0])]),
        bounds(1, None, role(3, "group_admin", &admin, ADMIN_MOVES)),
        role(4, "super_admin", &super_admin, SUPER_MOVES),
        enforcer(5, ENFORCER_MOVES),
    ]
}

const ORDINARY: &[Capability] = &[
    AddOwnClient,
    JoinIfPreauthorized,
    RemoveOwnClient,
    RemoveSelf,
    ChangeOwnRole,
    SendMessage,
    ReceiveMessage,
    CopyMessage,
    ReportAbuse,
    ReactToMessage,
    DeleteOwnReaction,
    EditOwnMessage,
    DeleteOwnMessage,
    StartTopic,
    ReplyInTopic,
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
    ChangeOwnName,
    ChangeOwnPresence,
    ChangeOwnMood,
    ChangeOwnAvatar,
];
const ADMIN: &[Capability] = &[
    AddParticipant,
    RemoveParticipant,
    Ban,
    UnBan,
    Kick,
    ChangeUserRole,
    CreateJoinCode,
    DeleteJoinCode,
    DeleteOtherReaction,
    DeleteOtherMessage,
    EditOwnTopic,
    EditOtherTopic,
    ChangeRoomDescription,
    ChangeRoomName,
    ChangeRoomAvatar,
    ChangeRoomSubject,
    ChangeRoomMood,
];
const SUPER: &[Capability] = &[
    ChangeRoomMembershipStyle,
    ChangeRoleDefinitions,
    ChangePreauthorizedUserList,
    DestroyRoom,
    SendMlsReinitProposal,
];
