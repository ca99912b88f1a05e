//! The four example room types of room-policy Appendix A, ready-made.

pub mod cooperative;
pub mod moderated;
pub mod multi_organization;
pub mod strict;

use super::Capability::{self, *};
use crate::ids::UserId;
use crate::room::{BasePolicy, Participant, Role, Standing, component};
use crate::wire::pre_auth::{Claim, PreAuthRoleEntry};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A type of room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Example {
    /// Cooperatively administered (Appendix A.1).
    #[default]
    Cooperative,
    /// Strictly administered (Appendix A.2).
    Strict,
    /// Moderated (Appendix A.3).
    Moderated,
    /// Administered by several organisations (Appendix A.4).
    MultiOrganization,
}

/// The example of that name: `cooperative`, `strict`, `moderated` or `multi-organization`.
pub fn by_name(name: &str) -> Option<Example> {
    Example::ALL.into_iter().find(|example| example.name() == name)
}

impl Example {
    /// All of them, in the order of the appendix.
    pub const ALL: [Example; 4] =
        [Example::Cooperative, Example::Strict, Example::Moderated, Example::MultiOrganization];

    /// Its name in scenarios.
    pub fn name(self) -> &'static str {
        match self {
            Example::Cooperative => "cooperative",
            Example::Strict => "strict",
            Example::Moderated => "moderated",
            Example::MultiOrganization => "multi-organization",
        }
    }

    /// Its roles. The enforcer's minimum counts list entries, so that it is 0 in a room whose enforcer is an external sender
    /// (AMB-12).
    pub fn roles(self) -> Vec<Role> {
        match self {
            Example::Cooperative => cooperative::roles(),
            Example::Strict => strict::roles(),
            Example::Moderated => moderated::roles(),
            Example::MultiOrganization => multi_organization::roles(),
        }
    }

    /// The role of the creator: the one that demands a participant, there being nobody else to hold it; with several
    /// organisations, the super admin of the draft's own example.
    pub fn creator_role(self) -> u32 {
        match self {
            Example::Cooperative => cooperative::GROUP_ADMIN,
            Example::Strict => strict::GROUP_ADMIN,
            Example::Moderated => moderated::MODERATOR,
            Example::MultiOrganization => multi_organization::SUPER_ADMIN,
        }
    }

    /// The role of a policy enforcer.
    pub fn enforcer_role(self) -> u32 {
        match self {
            Example::Cooperative => cooperative::POLICY_ENFORCER,
            Example::Strict => strict::POLICY_ENFORCER,
            Example::Moderated => moderated::POLICY_ENFORCER,
            Example::MultiOrganization => multi_organization::POLICY_ENFORCER,
        }
    }

    /// A room that its creator has just created.
    pub fn room(self, creator: UserId) -> Standing {
        Standing {
            participants: vec![Participant { user: creator, role: self.creator_role() }],
            roles: self.roles(),
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
            components: Arc::default(),
        }
    }
}

/// A cooperatively administered room that its creator, a group_admin, has just created.
pub fn cooperative_room(creator: UserId) -> Standing {
    Example::Cooperative.room(creator)
}

/// The room with one more rule of preauthorisation, behind those that it has: who makes all the claims has the role. So a hub
/// becomes the policy enforcer, say, by the claim to be it (room-policy §4, POL-12, OPEN-08).
pub fn preauthorised(mut room: Standing, claims: &[Claim], target_role: u32) -> Standing {
    let preauth = Arc::make_mut(&mut room.components).preauth.get_or_insert_default();
    preauth.preauthorized_entries.push(PreAuthRoleEntry { claimset: claims.to_vec(), target_role });
    if !room.base.component_ids.contains(&component::PREAUTH_LIST) {
        room.base.component_ids.push(component::PREAUTH_LIST);
    }
    room
}

/// From which role to which ones.
type Transitions = &'static [(u32, &'static [u32])];

/// The maximum of active participants in a role that has no clients.
const NOBODY: Option<u32> = Some(0);

/// A role without bounds.
fn role(role_index: u32, name: &str, capabilities: &[Capability], transitions: Transitions) -> Role {
    Role {
        role_index,
        name: name.to_owned(),
        description: String::new(),
        capabilities: capabilities.iter().map(|c| c.code()).collect(),
        min_participants: 0,
        max_participants: None,
        min_active: 0,
        max_active: None,
        transitions: transitions.iter().map(|(from, to)| (*from, to.to_vec())).collect(),
    }
}

/// A role for so many participants.
fn bounds(min_participants: u32, max_participants: Option<u32>, role: Role) -> Role {
    Role { min_participants, max_participants, ..role }
}

/// The policy_enforcer, which is the same in all four but for the roles that there are. It may clean a ban away and not
/// restore the user.
fn enforcer(role_index: u32, transitions: Transitions) -> Role {
    let enforcer = role(role_index, "policy_enforcer", ENFORCER, transitions);
    Role { max_active: NOBODY, ..bounds(0, Some(2), enforcer) }
}

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
