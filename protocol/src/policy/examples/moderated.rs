//! A moderated room (room-policy A.3): guests listen, attendees more, speakers speak, moderators decide who is what.

use super::{NOBODY, Transitions, bounds, enforcer, role};
use crate::policy::Capability::{self, *};
use crate::room::Role;

/// guest
pub const GUEST: u32 = 2;
/// attendee
pub const ATTENDEE: u32 = 3;
/// speaker
pub const SPEAKER: u32 = 4;
/// moderator
pub const MODERATOR: u32 = 5;
/// super_admin
pub const SUPER_ADMIN: u32 = 6;
/// policy_enforcer
pub const POLICY_ENFORCER: u32 = 7;

/// Its eight roles. Where the draft speaks of what a speaker has of a speaker, and a moderator of an ordinary_user, neither
/// of which can be meant, the next lower role of this room is taken.
pub(super) fn roles() -> Vec<Role> {
    let attendee = [GUEST_CAN, ATTENDEE_CAN].concat();
    let speaker = [&attendee, SPEAKER_CAN].concat();
    let moderator = [&speaker, MODERATOR_CAN].concat();
    let super_admin = [&moderator, SUPER_CAN].concat();
    vec![
        role(0, "no_role", &[UseJoinCode], &[(0, &[2, 3])]),
        Role { max_active: NOBODY, ..role(1, "banned", &[], &[]) },
        role(2, "guest", GUEST_CAN, &[(0, &[2]), (2, &[0])]),
        role(3, "attendee", &attendee, &[(0, &[3]), (3, &[0])]),
        role(4, "speaker", &speaker, &[(0, &[4]), (4, &[0])]),
        bounds(1, None, role(5, "moderator", &moderator, MODERATOR_MOVES)),
        role(6, "super_admin", &super_admin, SUPER_MOVES),
        enforcer(7, ENFORCER_MOVES),
    ]
}

const MODERATOR_MOVES: Transitions = &[
    (0, &[1, 2, 3, 4, 5]),
    (1, &[0, 2, 3, 4, 5]),
    (2, &[0, 1, 3, 4, 5]),
    (3, &[0, 1, 2, 4, 5]),
    (4, &[0, 1, 2, 3, 5]),
    (5, &[0, 1, 2, 3, 4]),
];
const SUPER_MOVES: Transitions = &[
    (0, &[1, 2, 3, 4, 5, 6]),
    (1, &[0, 2, 3, 4, 5, 6]),
    (2, &[0, 1, 3, 4, 5, 6]),
    (3, &[0, 1, 2, 4, 5, 6]),
    (4, &[0, 1, 2, 3, 5, 6]),
    (5, &[0, 1, 2, 3, 4, 6]),
    (6, &[0, 1, 2, 3, 4, 5]),
];
const ENFORCER_MOVES: Transitions =
    &[(0, &[1]), (1, &[0]), (2, &[0, 1]), (3, &[0, 1]), (4, &[0, 1]), (5, &[0, 1]), (6, &[0, 1])];

const GUEST_CAN: &[Capability] = &[
    RemoveSelf,
    ReceiveMessage,
    CopyMessage,
    ReactToMessage,
    DeleteOwnReaction,
    FollowLink,
    CopyLink,
    DownloadImage,
    DownloadVideo,
    DownloadAudio,
];
const ATTENDEE_CAN: &[Capability] = &[
    AddOwnClient,
    JoinIfPreauthorized,
    RemoveOwnClient,
    ChangeOwnRole,
    ReportAbuse,
    ReplyInTopic,
    DownloadAttachment,
    ChangeOwnName,
    ChangeOwnPresence,
    ChangeOwnAvatar,
];
const SPEAKER_CAN: &[Capability] = &[
    SendMessage,
    EditOwnMessage,
    DeleteOwnMessage,
    StartTopic,
    UploadImage,
    UploadVideo,
    UploadAudio,
    UploadAttachment,
    SendLink,
    SendLinkPreview,
];
const MODERATOR_CAN: &[Capability] = &[
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
    ChangeRoomName,
    ChangeRoomAvatar,
    ChangeRoomSubject,
    ChangeRoomMood,
];
const SUPER_CAN: &[Capability] = &[
    ChangeRoomDescription,
    ChangeRoomMembershipStyle,
    ChangeRoleDefinitions,
    ChangePreauthorizedUserList,
    DestroyRoom,
    SendMlsReinitProposal,
];
