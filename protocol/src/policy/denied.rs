//! Why a change is not allowed.

use super::{Capability, OutOfEnvelope};

/// Why a change is not allowed: what the actor may not do, or what the room may not become.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
pub enum Denied {
    /// The actor is not in the list, and is not joining either (room-policy §8).
    #[error("the actor is no participant")]
    NotParticipant,
    /// The actor's role does not have the capability that the change takes (room-policy §8).
    #[error("the actor's role does not have {}", .0.name())]
    Lacks(Capability),
    /// The actor's authorized_role_changes do not have the transition (room-policy §3, POL-06).
    #[error("the actor's role may not move a user from role {0} to role {1}")]
    Transition(u32, u32),
    /// There is no role 1 named "banned", without which there is no ban and no unban (room-policy §8.1.3, POL-37, POL-38).
    #[error("there is no role for banned users")]
    NoBannedRole,
    /// A user changes its own role, and no preauthorisation gives it the new one (room-policy §8.1.3, POL-36).
    #[error("no preauthorisation gives the actor another role")]
    NoPreauthorisation,
    /// A banned user would get out of that by itself (room-policy §4, INV-31).
    #[error("a banned user does not change that")]
    Banned,
    /// The join code that the joiner has shown is none of the room's (room-policy §8.1.1, POL-29).
    #[error("the room has no such join code")]
    BadJoinCode,
    /// A user who is not in the list joins otherwise than by an external commit (room-policy §8.1.1, POL-30).
    #[error("a user joins by an external commit")]
    JoinNotExternal,
    /// A user joins the list without a client in the same commit (room-policy §8.1.1, POL-30).
    #[error("a user joins together with a client")]
    JoinWithoutClient,
    /// A client of another user is added who is not itself added to the list (room-policy §8.1.1, OPEN-35).
    #[error("nobody may add clients of another user who is not added with them")]
    ForeignClient,
    /// A user who is removed or banned keeps clients (proto §5.3, room-policy §8.1.2, POL-31, POL-33, POL-37).
    #[error("a user keeps clients without taking part")]
    ClientsRemain,
    /// The users in the list of a fixed-membership room would change (room-policy §5, POL-14).
    #[error("the membership of the room is fixed")]
    FixedMembership,
    /// A role of a fixed-membership room would have canAddParticipant (room-policy §5, POL-14).
    #[error("role {0} may add participants to a room whose membership is fixed")]
    FixedMembershipRole(u32),
    /// The roles change together with the participant list (room-policy §3, POL-07).
    #[error("roles do not change together with the participant list")]
    RolesWithList,
    /// Preauthorisations change together with more than removals from the participant list (room-policy §4, POL-11).
    #[error("preauthorisations change together with removals from the participant list only")]
    PreauthWithList,
    /// An update of the metadata would give the room another URI, for which there is no capability (room-policy §8.2).
    #[error("a room keeps its URI")]
    RoomUri,
    /// There is no capability for MLS proposals of this type (room-policy §8.6, §8.7).
    #[error("no capability allows MLS proposals of type {0}")]
    ProposalType(u16),
    /// The room takes no proposals of outsiders (room-policy §7.1, POL-63).
    #[error("the room takes no external proposals")]
    ExternalProposals,
    /// The room takes no commits of outsiders (room-policy §7.1, POL-63).
    #[error("the room takes no external commits")]
    ExternalCommits,
    /// A participant goes by its name in a room of minimal metadata, or by a pseudonym that it has for another one (proto §6.1,
    /// PROTO-75).
    #[error("the room hides its participants, and one of them has no pseudonym for it")]
    NotHidden,
    /// A participant goes by a pseudonym where that is not allowed (room-policy §5, POL-18).
    #[error("pseudonyms are not allowed in the room")]
    Pseudonym,
    /// A role that preauthorises, shares history or is a bot's is not there, or cannot have clients (room-policy §4, §6.6, §6.7).
    #[error("the policy speaks of role {0}, which cannot be meant")]
    PolicyRole(u32),
    /// More join links are kept than the policy for them has it (room-policy §6.2, POL-22).
    #[error("at most one join link is kept")]
    JoinLinks,
    /// The parent room is not at this hub (room-policy §5, POL-15).
    #[error("the parent room is not at this hub")]
    NoParent,
    /// The participants are not some of the parent room's (room-policy §5, POL-15, INV-26).
    #[error("the participants are not some, and not all, of the parent room's")]
    NotInParent,
    /// There is another room with fixed membership for the same users (room-policy §5, POL-14, INV-27).
    #[error("there is a room with fixed membership for these users")]
    FixedSetTaken,
    /// The hub does not have such policies (arch §4.4, ARCH-26).
    #[error("{0}")]
    Envelope(OutOfEnvelope),
    /// A user is in the list twice (proto §7.5, INV-02).
    #[error("a user is in the list twice")]
    ListedTwice,
    /// A user in the list has role 0 (room-policy §3, POL-04).
    #[error("a user is in the list with the role of those who are not")]
    RoleZero,
    /// A user in the list has a role that is not defined (room-policy §3, POL-04, POL-08).
    #[error("role {0} is not defined")]
    UndefinedRole(u32),
    /// A client's user is not in the list (proto §1, INV-01).
    #[error("a client is a member whose user is no participant")]
    ClientWithoutParticipant,
    /// A user has several clients in a room for one each (room-policy §5, POL-16).
    #[error("a user has several clients in a room for one each")]
    MultiDevice,
    /// The group has more clients than max_clients (room-policy §5, POL-17).
    #[error("the group has too many clients")]
    MaxClients,
    /// The list has more entries that are not banned than max_users (room-policy §5, POL-17).
    #[error("the list has too many users")]
    MaxUsers,
    /// Too few participants have the role (room-policy §3, POL-05).
    #[error("too few participants in role {0}")]
    MinParticipants(u32),
    /// Too many participants have the role (room-policy §3, POL-05).
    #[error("too many participants in role {0}")]
    MaxParticipants(u32),
    /// Too few participants with clients have the role (room-policy §3, POL-05).
    #[error("too few active participants in role {0}")]
    MinActive(u32),
    /// Too many participants with clients have the role (room-policy §3, POL-05).
    #[error("too many active participants in role {0}")]
    MaxActive(u32),
}
