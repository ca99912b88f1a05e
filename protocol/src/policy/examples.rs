//! The example roles of room-policy Appendix A.

use super::Capability::{self, *};
use crate::ids::UserId;
use crate::room::{BasePolicy, Participant, Role, Standing, component};

/// The role indices of Appendix A.1.
pub mod cooperative {
    /// ordinary_user
    pub const ORDINARY_USER: u32 = 2;
    /// group_admin
    pub const GROUP_ADMIN: u32 = 3;
    /// super_admin
    pub const SUPER_ADMIN: u32 = 4;
    /// policy_enforcer
    pub const POLICY_ENFORCER: u32 = 5;
}

/// A cooperatively administered room (Appendix A.1) that its creator has just created. The creator is a group_admin: that
/// role demands one participant, and there is nobody else to hold it.
pub fn cooperative_room(creator: UserId) -> Standing {
    Standing {
        participants: vec![Participant { user: creator, role: cooperative::GROUP_ADMIN }],
        roles: cooperative_roles(),
        base: BasePolicy {
            fixed_membership: false,
            parent_room: None,
            multi_device: true,
            max_clients: None,
            max_users: None,
            pseudonyms_allowed: false,
            persistent_room: false,
            discoverable: false,
            component_ids: vec![component::ROLES_LIST],
        },
    }
}

/// The six roles of Appendix A.1. canRevokeVoice and canGrantVoice have no code point and are left out; the enforcer's
/// minimum counts list entries, so that it is 0 in a room whose enforcer is an external sender (AMB-12).
pub fn cooperative_roles() -> Vec<Role> {
    let nobody = Some(0);
    vec![
        role(0, "no_role", &[], (0, None), nobody, &[]),
        role(1, "banned", &[], (0, None), nobody, &[]),
        role(2, "ordinary_user", ORDINARY, (0, None), None, &[(0, &[2]), (2, &[0])]),
        role(
            3,
            "group_admin",
            &[ORDINARY, ADMIN].concat(),
            (1, None),
            None,
            &[(0, &[1, 2, 3]), (1, &[0, 2, 3]), (2, &[0, 1, 3]), (3, &[0, 1, 2])],
        ),
        role(
            4,
            "super_admin",
            &[ORDINARY, ADMIN, SUPER].concat(),
            (0, None),
            None,
            &[
                (0, &[1, 2, 3, 4]),
                (1, &[0, 2, 3, 4]),
                (2, &[0, 1, 3, 4]),
                (3, &[0, 1, 2, 4]),
                (4, &[0, 1, 2, 3]),
            ],
        ),
        role(
            5,
            "policy_enforcer",
            ENFORCER,
            (0, Some(2)),
            nobody,
            &[(0, &[1]), (1, &[0]), (2, &[0, 1]), (3, &[0, 1]), (4, &[0, 1])],
        ),
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
const ENFORCER: &[Capability] = &[
    RemoveParticipant,
    ChangeUserRole,
    Ban,
    UnBan,
    ChangeRoleDefinitions,
    ChangePreauthorizedUserList,
    ChangeMlsOperationalPolicies,
    DestroyRoom,
    SendMlsReinitProposal,
];

fn role(
    role_index: u32,
    name: &str,
    capabilities: &[Capability],
    (min_participants, max_participants): (u32, Option<u32>),
    max_active: Option<u32>,
    transitions: &[(u32, &[u32])],
) -> Role {
    Role {
        role_index,
        name: name.to_owned(),
        description: String::new(),
        capabilities: capabilities.iter().map(|c| c.code()).collect(),
        min_participants,
        max_participants,
        min_active: 0,
        max_active,
        transitions: transitions.iter().map(|(from, to)| (*from, to.to_vec())).collect(),
    }
}
