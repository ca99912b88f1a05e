//! The planted bugs of a hub that does not mind one rule of the policy each, or has one of its own.

use crate::config::NodeConfig;
use crate::ids::{Actor, UserId};
use crate::mls::{CommitInfo, MlsGroup};
use crate::mutant::{Mutant, Planted};
use crate::node::Rejection;
use crate::policy::{Capability, Change, Denied};
use crate::room::{Conflict, Standing};
use std::collections::BTreeSet;

/// Whether the planted bug is not to mind this. Without the `museum` feature there is none.
pub(super) fn overlooks(planted: Planted, denied: Denied) -> bool {
    rule_of(denied).is_some_and(|mutant| planted.is(mutant))
}

/// The same for updates that do not go into one commit.
pub(super) fn overlook_conflict(config: &NodeConfig, conflict: Conflict) -> Result<(), Rejection> {
    let mutant = match conflict {
        Conflict::RolesWithList => Mutant::RolesWithList,
        Conflict::PreauthWithList => Mutant::PreauthWithList,
        Conflict::MetadataTwice => Mutant::MetadataTwice,
        Conflict::Wire(_) => return Err(Rejection::InvalidAfter),
    };
    if config.planted.is(mutant) { Ok(()) } else { Err(Rejection::InvalidAfter) }
}

/// What a hub makes of a commit that the policy forbids, if the planted bug is that it alone does not mind: members and followers
/// that judge it do.
pub(super) fn overlook_policy(
    config: &NodeConfig,
    info: &CommitInfo,
    reason: Rejection,
) -> Result<Standing, Rejection> {
    let minds = !config.planted.is(Mutant::HubOverlooksPolicy) || reason != Rejection::Denied;
    let standing = Standing::decode(config.directory(), &info.dictionary).ok().filter(|_| !minds);
    standing.ok_or(reason)
}

/// Whom the hub takes the actor for.
pub(super) fn taken_for(planted: Planted, in_force: &Standing, actor: Actor) -> Actor {
    let first = in_force.participants.first().filter(|_| planted.is(Mutant::MistakesTheActor));
    first.map_or(actor, |first| Actor::User(first.user))
}

/// Whether the hub does not ask the policy what this actor may do, as it is one of its own.
pub(super) fn favours(config: &NodeConfig, group: &impl MlsGroup, actor: Actor) -> bool {
    let hub = group.external_senders().first().copied();
    config.planted.is(Mutant::FavoursOwnUsers)
        && matches!(actor, Actor::User(user) if Some(config.directory().provider_of(user)) == hub)
}

/// Whether the hub refuses a change that brings a user without clients, or clients without their user.
pub(super) fn couples(config: &NodeConfig, before: &Standing, change: &Change) -> bool {
    let entered = change.list_after.iter().map(|entry| entry.user);
    let users: BTreeSet<UserId> = entered.filter(|user| before.role_of(*user).is_none()).collect();
    let clients = change.added_clients.iter().map(|client| config.directory().user_of(*client));
    config.planted.is(Mutant::UsersWithClientsAlone) && users != clients.collect()
}

/// The planted bug that is not to mind it.
fn rule_of(denied: Denied) -> Option<Mutant> {
    Some(match denied {
        Denied::Lacks(capability) => return without(capability),
        Denied::Transition(..) => Mutant::AnyTransition,
        Denied::NoBannedRole => Mutant::BansAnywhere,
        Denied::BadJoinCode => Mutant::AnyLink,
        Denied::NoPreauthorisation => Mutant::AnyPreauthorisation,
        Denied::ForeignClient => Mutant::AddsForeignClients,
        Denied::ClientsRemain => Mutant::ClientsRemain,
        Denied::FixedMembership | Denied::FixedMembershipRole(_) => Mutant::MembershipNotFixed,
        Denied::RolesWithList => Mutant::RolesWithList,
        Denied::PreauthWithList => Mutant::PreauthWithList,
        Denied::ExternalProposals | Denied::ExternalCommits => Mutant::OpenToOutsiders,
        Denied::NotHidden => Mutant::NamesEverywhere,
        Denied::Pseudonym => Mutant::PseudonymsEverywhere,
        Denied::PolicyRole(_) => Mutant::PolicyOfNobody,
        Denied::JoinLinks => Mutant::ManyJoinLinks,
        Denied::NoParent | Denied::NotInParent => Mutant::ChildOutgrowsParent,
        Denied::FixedSetTaken => Mutant::FixedRoomTwice,
        Denied::Envelope(_) => Mutant::NoEnvelope,
        Denied::MultiDevice => Mutant::SeveralDevices,
        Denied::MaxClients | Denied::MaxUsers => Mutant::RoomWithoutLimits,
        Denied::UndefinedRole(_) => Mutant::OrphansRoles,
        Denied::MinParticipants(_)
        | Denied::MaxParticipants(_)
        | Denied::MinActive(_)
        | Denied::MaxActive(_) => Mutant::RolesWithoutBounds,
        Denied::NotParticipant | Denied::ClientWithoutParticipant => Mutant::OutsidersAct,
        Denied::JoinNotExternal
        | Denied::JoinWithoutClient
        | Denied::Banned
        | Denied::ProposalType(_)
        | Denied::RoomUri
        | Denied::ListedTwice
        | Denied::RoleZero => return None,
    })
}

fn without(capability: Capability) -> Option<Mutant> {
    Some(match capability {
        Capability::AddParticipant => Mutant::AnybodyAdds,
        Capability::RemoveParticipant => Mutant::AnybodyRemoves,
        Capability::AddOwnClient => Mutant::AnyDevice,
        Capability::RemoveOwnClient => Mutant::AnyDeviceGoes,
        Capability::RemoveSelf => Mutant::AnybodyLeaves,
        Capability::OpenJoin => Mutant::AnybodyJoins,
        Capability::Kick => Mutant::AnybodyKicks,
        Capability::ChangeUserRole => Mutant::AnybodyPromotes,
        Capability::ChangeOwnRole => Mutant::AnybodyPromotesItself,
        Capability::Ban => Mutant::AnybodyBans,
        Capability::UnBan => Mutant::AnybodyUnbans,
        Capability::ChangeRoleDefinitions => Mutant::AnybodyDefinesRoles,
        Capability::ChangePreauthorizedUserList => Mutant::AnybodyPreauthorises,
        Capability::ChangeRoomName
        | Capability::ChangeRoomDescription
        | Capability::ChangeRoomAvatar
        | Capability::ChangeRoomSubject
        | Capability::ChangeRoomMood => Mutant::AnybodyRenames,
        Capability::ChangeRoomMembershipStyle
        | Capability::ChangeMlsOperationalPolicies
        | Capability::ChangeOtherPolicyAttribute => Mutant::AnybodyChangesPolicy,
        _ => return None,
    })
}
