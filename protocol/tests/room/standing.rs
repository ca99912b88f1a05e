//! Room state in a dictionary.

use mimic_protocol::mls::Proposed;
use mimic_protocol::policy::examples;
use mimic_protocol::readings::{ListIndices, Readings};
use mimic_protocol::room::{
    BANNED, ListChange, Malformed, Participant, Standing, apply_list_updates, component, standing_after,
};
use mimic_protocol::uri::MimiUri;
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::participant_list::{ParticipantListData, ParticipantListUpdate};
use mimic_protocol::wire::role_data::RoleData;
use mimic_protocol::{Directory, UserId};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn directory() -> Directory {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    for name in ["alice", "bob", "cathy", "dan", "eve"] {
        directory.add_user(provider, name);
    }
    directory
}

/// A cooperative room with these users in these roles, the last user first.
fn standing(roles: &BTreeMap<u16, u32>) -> Standing {
    let entries = roles.iter().rev().map(|(user, role)| Participant { user: UserId(*user), role: *role });
    Standing { participants: entries.collect(), ..examples::cooperative_room(UserId(0)) }
}

#[test]
fn a_dictionary_holds_the_standing() {
    let directory = directory();
    let mut standing = standing(&BTreeMap::from([(0, 3), (2, 2), (1, 1)]));
    standing.base.parent_room = Some(MimiUri::room("a.example", "parent"));
    standing.base.max_users = Some(5);
    let dictionary = standing.encode(&directory);
    assert_eq!(Standing::decode(&directory, &dictionary), Ok(standing.clone()));
    assert_eq!((standing.role_of(UserId(2)), standing.role_of(UserId(4))), (Some(2), None));
}

#[test]
fn role_1_is_for_the_banned_only_if_it_is_named_so() {
    let mut standing = standing(&BTreeMap::from([(0, 3), (1, BANNED)]));
    assert!(standing.is_banned(UserId(1)) && !standing.may_take_part(UserId(1)));
    let role = standing.roles.iter_mut().find(|role| role.role_index == BANNED).expect("defined");
    role.name = "outcast".to_owned();
    assert!(!standing.is_banned(UserId(1)) && standing.may_take_part(UserId(1)));
    assert!(!standing.may_take_part(UserId(2)), "not listed");
}

#[test]
fn what_is_no_standing_is_malformed() {
    let directory = directory();
    let standing = standing(&BTreeMap::from([(0, 3), (1, 2)]));
    let good = standing.encode(&directory);
    for id in [component::PARTICIPANT_LIST, component::ROLES_LIST, component::BASE_ROOM_POLICY] {
        let mut dictionary = good.clone();
        dictionary.remove(&id);
        assert_eq!(Standing::decode(&directory, &dictionary), Err(Malformed), "{id:#06x}");
    }
    assert_eq!(Standing::decode(&Directory::default(), &good), Err(Malformed), "unknown users");
    let mut twice = standing;
    twice.roles.push(twice.roles[2].clone());
    assert_eq!(Standing::decode(&directory, &twice.encode(&directory)), Err(Malformed), "a role twice");
}

#[test]
fn conflicting_updates_have_no_standing_after_them() {
    let directory = directory();
    let standing = standing(&BTreeMap::from([(0, 3), (1, 2)]));
    let list = standing.list_update(&directory, ListChange::Remove(UserId(1))).expect("listed");
    let roles = RoleData { roles: standing.roles.iter().map(Into::into).collect() }.encode();
    let update = |component, update: Vec<u8>| Proposed::AppDataUpdate { component, update: update.into() };
    let list = update(component::PARTICIPANT_LIST, list);
    let roles = update(component::ROLES_LIST, roles);
    let after = |proposals: &[&Proposed]| {
        let proposals = proposals.iter().copied();
        standing_after(&directory, standing.encode(&directory), proposals, Readings::default())
    };
    assert_eq!(after(&[&roles]), Some(standing.clone()));
    assert_eq!(after(&[&list]).map(|after| after.participants.len()), Some(1));
    assert_eq!(after(&[&roles, &list]), None);
}

proptest! {
    /// The updates that are made for changes lead to those changes: made for the list at the start of the epoch, or each
    /// for the list that the one before it leaves, as the reading has it.
    #[test]
    fn updates_do_what_they_are_made_for(
        before in prop::collection::btree_map(0u16..5, 1u32..5, 0..5),
        changes in prop::collection::btree_map(0u16..5, 0u32..5, 0..5),
    ) {
        let directory = directory();
        let changes: BTreeMap<u16, u32> =
            changes.into_iter().filter(|(user, role)| *role != 0 || before.contains_key(user)).collect();
        let mut expected = before.clone();
        expected.extend(&changes);
        expected.retain(|_, role| *role != 0);
        for reading in [ListIndices::EpochStart, ListIndices::Running] {
            let start = standing(&before);
            let list = list(&directory, &start);
            let mut updates = Vec::new();
            for (user, role) in &changes {
                let base = match reading {
                    ListIndices::EpochStart => start.clone(),
                    ListIndices::Running => {
                        let list = apply_list_updates(&list, &updates, reading).expect("valid");
                        Standing { participants: participants(&directory, &list), ..start.clone() }
                    }
                };
                let user = UserId(*user);
                let change = match (base.role_of(user), *role) {
                    (None, role) => ListChange::Add(user, role),
                    (Some(_), 0) => ListChange::Remove(user),
                    (Some(_), role) => ListChange::Change(user, role),
                };
                let update = base.list_update(&directory, change).expect("it fits the list");
                updates.push(ParticipantListUpdate::decode(&update).expect("itself"));
            }
            let after = apply_list_updates(&list, &updates, reading).expect("valid");
            let found: BTreeMap<u16, u32> =
                participants(&directory, &after).iter().map(|entry| (entry.user.0, entry.role)).collect();
            prop_assert_eq!(&found, &expected);
        }
    }
}

fn list(directory: &Directory, standing: &Standing) -> ParticipantListData {
    let dictionary = standing.encode(directory);
    ParticipantListData::decode(&dictionary[&component::PARTICIPANT_LIST]).expect("itself")
}

fn participants(directory: &Directory, list: &ParticipantListData) -> Vec<Participant> {
    let user = |uri: &[u8]| directory.resolve_user(uri).expect("a user");
    let entries = list.participants.iter();
    entries.map(|entry| Participant { user: user(entry.user.as_slice()), role: entry.role_index }).collect()
}
