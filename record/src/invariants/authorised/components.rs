//! Which capabilities change which component (room-policy §3 to §8): any one of several sets of them.

use super::capability;
use mimic_protocol::room::{Components, Standing, component};
use std::collections::BTreeSet;

/// The sets of capabilities of which one is needed to update the component from `before` to `after`; none if nobody may.
pub(super) fn needed(id: u16, before: &Standing, after: &Standing) -> Vec<Vec<u16>> {
    let one = |capability: u16| vec![vec![capability]];
    match id {
        component::ROLES_LIST => one(capability::CHANGE_ROLE_DEFINITIONS),
        component::BASE_ROOM_POLICY => one(capability::CHANGE_ROOM_MEMBERSHIP_STYLE),
        component::PREAUTH_LIST => one(capability::CHANGE_PREAUTHORIZED_USER_LIST),
        component::MLS_OPERATIONAL_POLICY => one(capability::CHANGE_MLS_OPERATIONAL_POLICIES),
        component::ROOM_METADATA => metadata(&before.components, &after.components),
        component::JOIN_LINKS => {
            let mut ways = join_links(&before.components, &after.components);
            ways.extend(other_policy());
            ways
        }
        component::FRANKING_AGENT
        | component::STATUS_NOTIFICATION_POLICY..=component::MESSAGE_EXPIRATION_POLICY => other_policy(),
        _ => Vec::new(),
    }
}

/// OPEN-14: the draft defines none; the name that it reserves for them is taken at its word, and so is the super admin of its
/// examples, whom canChangeRoomMembershipStyle tells from others.
fn other_policy() -> Vec<Vec<u16>> {
    vec![vec![capability::CHANGE_OTHER_POLICY_ATTRIBUTE], vec![capability::CHANGE_ROOM_MEMBERSHIP_STYLE]]
}

/// room-policy §8.2: the holder of each is authorised to update the metadata, "changing the relevant field".
fn metadata(before: &Components, after: &Components) -> Vec<Vec<u16>> {
    let Some(after) = &after.metadata else { return other_policy() };
    let all = [
        capability::CHANGE_ROOM_NAME,
        capability::CHANGE_ROOM_DESCRIPTION,
        capability::CHANGE_ROOM_AVATAR,
        capability::CHANGE_ROOM_SUBJECT,
        capability::CHANGE_ROOM_MOOD,
    ];
    let changed = match &before.metadata {
        Some(before) if before.room_uri != after.room_uri => return Vec::new(),
        Some(before) => [
            before.room_name != after.room_name,
            before.room_descriptions != after.room_descriptions,
            before.room_avatar != after.room_avatar,
            before.room_subject != after.room_subject,
            before.room_mood != after.room_mood,
        ],
        None => [
            !after.room_name.as_slice().is_empty(),
            !after.room_descriptions.is_empty(),
            !after.room_avatar.as_slice().is_empty(),
            !after.room_subject.as_slice().is_empty(),
            !after.room_mood.as_slice().is_empty(),
        ],
    };
    let needed: Vec<u16> =
        all.into_iter().zip(changed).filter(|(_, changed)| *changed).map(|(c, _)| c).collect();
    if needed.is_empty() { all.map(|capability| vec![capability]).to_vec() } else { vec![needed] }
}

/// canCreateJoinCode and canDeleteJoinCode are reserved, and named so (room-policy §8.7).
fn join_links(before: &Components, after: &Components) -> Vec<Vec<u16>> {
    let links = |components: &Components| -> BTreeSet<Vec<u8>> {
        let data = components.join_links.clone().unwrap_or_default();
        data.links.iter().map(|link| link.as_slice().to_vec()).collect()
    };
    let (before, after) = (links(before), links(after));
    let mut needed = Vec::new();
    if after.difference(&before).next().is_some() {
        needed.push(capability::CREATE_JOIN_CODE);
    }
    if before.difference(&after).next().is_some() {
        needed.push(capability::DELETE_JOIN_CODE);
    }
    if needed.is_empty() { Vec::new() } else { vec![needed] }
}
