//! A room that several organisations administer (room-policy A.4): admins of each have a say over its own users.

use super::{NOBODY, Transitions, bounds, enforcer, role};
use crate::policy::Capability::{self, *};
use crate::room::Role;

/// org_a_user
pub const ORG_A_USER: u32 = 2;
/// org_b_user
pub const ORG_B_USER: u32 = 3;
/// org_c_user
pub const ORG_C_USER: u32 = 4;
/// org_a_admin
pub const ORG_A_ADMIN: u32 = 5;
/// org_b_admin
pub const ORG_B_ADMIN: u32 = 6;
/// org_c_admin
pub const ORG_C_ADMIN: u32 = 7;
/// super_admin
pub const SUPER_ADMIN: u32 = 8;
/// policy_enforcer
pub const POLICY_ENFORCER: u32 = 9;

/// Its ten roles. Those of organisation A, the host, may be taken by preauthorisation.
pub(super) fn roles() -> Vec<Role> {
    let host_user = [USER, HOST].concat();
    let admin = [USER, ADMIN].concat();
    let host_admin = [&admin, HOST].concat();
    let super_admin = [&host_admin, SUPER].concat();
    let guest_admin =
        |index, name, moves| Role { min_active: 1, ..bounds(1, Some(3), role(index, name, &admin, moves)) };
    vec![
        Role { max_active: NOBODY, ..role(0, "no_role", &[], &[]) },
        Role { max_active: NOBODY, ..role(1, "banned", &[], &[]) },
        role(2, "org_a_user", &host_user, &[(0, &[2]), (2, &[0])]),
        role(3, "org_b_user", USER, &[(0, &[3]), (3, &[0])]),
        role(4, "org_c_user", USER, &[(0, &[4]), (4, &[0])]),
        role(5, "org_a_admin", &host_admin, &[(0, &[2, 5]), (2, &[0, 1, 5]), (5, &[0, 1, 2])]),
        guest_admin(6, "org_b_admin", &[(0, &[3, 6]), (3, &[0, 1, 6]), (6, &[0, 1, 3])]),
        guest_admin(7, "org_c_admin", &[(0, &[4, 7]), (4, &[0, 1, 7]), (7, &[0, 1, 4])]),
        Role { min_active: 1, ..bounds(1, None, role(8, "super_admin", &super_admin, SUPER_MOVES)) },
        enforcer(9, ENFORCER_MOVES),
    ]
}

const SUPER_MOVES: Transitions = &[
    (0, &[1, 2, 3, 4, 5, 6, 7, 8]),
    (1, &[0, 2, 3, 4, 5, 6, 7, 8]),
    (2, &[0, 1, 5, 8]),
    (3, &[0, 1, 6]),
    (4, &[0, 1, 7]),
    (5, &[0, 1, 2, 8]),
    (6, &[0, 1, 3]),
    (7, &[0, 1, 4]),
    (8, &[0, 1, 2, 5]),
];
/// The draft leaves role 2 out, so that the enforcer can do nothing to users of the host.
const ENFORCER_MOVES: Transitions = &[
    (0, &[1]),
    (1, &[0]),
    (3, &[0, 1]),
    (4, &[0, 1]),
    (5, &[0, 1]),
    (6, &[0, 1]),
    (7, &[0, 1]),
    (8, &[0, 1]),
];

const USER: &[Capability] = &[
    RemoveSelf,
    AddOwnClient,
    RemoveOwnClient,
    SendMessage,
    ReceiveMessage,
    CopyMessage,
    ReportAbuse,
    ReplyInTopic,
    ReactToMessage,
    DeleteOwnReaction,
    EditOwnMessage,
    SendLink,
    SendLinkPreview,
    FollowLink,
    CopyLink,
    DownloadImage,
    DownloadVideo,
    DownloadAudio,
    DownloadAttachment,
    ChangeOwnName,
    ChangeOwnPresence,
    ChangeOwnAvatar,
];
const HOST: &[Capability] = &[ChangeOwnRole, JoinIfPreauthorized];
const ADMIN: &[Capability] = &[
    DeleteOwnMessage,
    StartTopic,
    UploadImage,
    UploadVideo,
    UploadAudio,
    UploadAttachment,
    AddParticipant,
    RemoveParticipant,
    Ban,
    Kick,
    ChangeUserRole,
];
const SUPER: &[Capability] = &[
    UnBan,
    DeleteOtherReaction,
    DeleteOtherMessage,
    EditOwnTopic,
    EditOtherTopic,
    ChangeRoomDescription,
    ChangeRoomName,
    ChangeRoomAvatar,
    ChangeRoomSubject,
    ChangeRoomMood,
    ChangeRoomMembershipStyle,
    ChangeRoleDefinitions,
    ChangePreauthorizedUserList,
    DestroyRoom,
    SendMlsReinitProposal,
];
