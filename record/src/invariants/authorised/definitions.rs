//! What the policy itself must obey, whoever changes it (room-policy §3 to §6, §8.1.1).

use super::{capability, deed};
use mimic_protocol::room::{NOT_LISTED, Standing};
use mimic_protocol::uri::UriKind;
use mimic_protocol::wire::policy::HistoryPolicy;
use mimic_protocol::{Directory, RoomId};

/// What is wrong with the policy.
pub(super) fn check(standing: &Standing) -> Result<(), String> {
    for role in &standing.roles {
        let holds = |capability| role.capabilities.contains(&capability);
        // room-policy §8.1.1: "canOpenJoin MUST NOT appear in any non-zero role".
        if role.role_index != NOT_LISTED && holds(capability::OPEN_JOIN) {
            return Err(format!("role {} has canOpenJoin", role.role_index));
        }
        // room-policy §5: with fixed membership, no "non-zero, non-banned roles can contain the canAddParticipant capability".
        let ordinary = role.role_index != NOT_LISTED && !deed::bans(standing, role.role_index);
        if standing.base.fixed_membership && ordinary && holds(capability::ADD_PARTICIPANT) {
            return Err(format!("membership is fixed, and role {} has canAddParticipant", role.role_index));
        }
    }
    roles_meant(standing)?;
    // room-policy §6.2: with on_request, "a maximum of one joining link will be persisted".
    let components = &standing.components;
    let one = components.join_link_policy.as_ref().is_some_and(|policy| bool::from(policy.on_request));
    if one && components.join_links.as_ref().is_some_and(|links| links.links.len() > 1) {
        return Err("several join links are kept where one is".to_owned());
    }
    // OPEN-12: a RoleUpdate that leaves a participant without a role is rejected.
    match standing.participants.iter().find(|participant| standing.role(participant.role).is_none()) {
        Some(participant) => Err(format!("role {} is held, and not defined any more", participant.role)),
        None => Ok(()),
    }
}

/// The roles that other components speak of.
fn roles_meant(standing: &Standing) -> Result<(), String> {
    let components = &standing.components;
    let mut meant: Vec<u32> = Vec::new();
    meant.extend(
        components.preauth.iter().flat_map(|list| &list.preauthorized_entries).map(|entry| entry.target_role),
    );
    let bots = components.bots.iter().flat_map(|policy| &policy.allowed_bots).map(|bot| bot.bot_role_index);
    // room-policy §6.7: a bot_role_index of zero is that of a bot that takes no part.
    meant.extend(bots.filter(|role| *role != NOT_LISTED));
    if let Some(HistoryPolicy::Optional(sharing) | HistoryPolicy::Required(sharing)) = &components.history {
        // room-policy §6.6: not "any role where max_active_participants is zero".
        let silent = |role: &&u32| standing.role(**role).is_some_and(|role| role.max_active == Some(0));
        if let Some(role) = sharing.roles_that_can_share.iter().find(silent) {
            return Err(format!("role {role} shares history, and has no clients"));
        }
        meant.extend(&sharing.roles_that_can_share);
    }
    let missing = meant.into_iter().find(|role| standing.role(*role).is_none());
    missing.map_or(Ok(()), |role| Err(format!("the policy speaks of role {role}, which is not there")))
}

/// room-policy §5: without pseudonyms_allowed, long-term identifiers "are required in MLS credentials in the room".
pub(super) fn check_names(directory: &Directory, standing: &Standing) -> Result<(), String> {
    let uris = standing.participants.iter().map(|participant| directory.user_uri(participant.user));
    let mut pseudonyms = uris.filter(|uri| uri.kind() == UriKind::Pseudonym);
    match pseudonyms.next() {
        Some(uri) if !standing.base.pseudonyms_allowed => {
            Err(format!("{uri} takes part under a pseudonym where there are none"))
        }
        _ => Ok(()),
    }
}

/// proto §6.1: "all leaves of the underlying group MUST contain PseudonymousCredentials", and a list entry is the pseudonym of
/// its user's leaves.
pub(super) fn check_hidden(directory: &Directory, room: RoomId, standing: &Standing) -> Result<(), String> {
    if !directory.is_minimal(room) {
        return Ok(());
    }
    let mut users = standing.participants.iter().map(|participant| participant.user);
    match users.find(|user| directory.hidden_in(*user).is_none()) {
        Some(user) => {
            Err(format!("{} takes part by its name in a room that hides names", directory.user_uri(user)))
        }
        None => Ok(()),
    }
}
