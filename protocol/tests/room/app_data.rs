//! The components that are replaced as a whole, and what does not go into one commit.

use mimic_protocol::policy::{Capability, examples};
use mimic_protocol::room::{
    AppDataError, Conflict, Malformed, RolesError, check_conflicts, component, decode_roles, update_component,
};
use mimic_protocol::wire::base_room_policy::BaseRoomPolicy;
use mimic_protocol::wire::participant_list::{ParticipantListUpdate, UserRolePair};
use mimic_protocol::wire::role_data::{RoleData, RoleEntry};
use mimic_protocol::wire::{Flag, Opaque, Wire};
use mimic_protocol::{Readings, UserId};

fn role(role_index: u32, capabilities: &[u16]) -> RoleEntry {
    RoleEntry {
        role_index,
        role_name: b"name".into(),
        role_description: Opaque::new(vec![]),
        role_capabilities: capabilities.to_vec(),
        minimum_participants_constraint: 0,
        maximum_participants_constraint: None,
        minimum_active_participants_constraint: 0,
        maximum_active_participants_constraint: Some(3),
        authorized_role_changes: vec![],
    }
}

fn apply(component: u16, updates: &[&[u8]]) -> Result<Vec<u8>, AppDataError> {
    update_component(component, Some(b"whatever"), updates, Readings::default())
}

#[test]
fn roles_are_replaced_as_a_whole() {
    let first = RoleData { roles: vec![role(2, &[0x0100])] }.encode();
    let second = RoleData { roles: vec![role(2, &[0x0101, 0x0100]), role(7, &[])] }.encode();
    assert_eq!(apply(component::ROLES_LIST, &[&first]), Ok(first.clone()));
    assert_eq!(apply(component::ROLES_LIST, &[&first, &second]), Ok(second), "octet for octet");
}

#[test]
fn roles_are_checked() {
    let cases = [
        (vec![role(2, &[]), role(2, &[])], RolesError::DuplicateIndex(2)),
        (vec![role(0, &[0x0004]), role(3, &[0x0004])], RolesError::OpenJoin(3)),
        (vec![RoleEntry { role_name: b"\xff".into(), ..role(2, &[]) }], RolesError::NotText),
    ];
    let good = RoleData { roles: vec![role(0, &[0x0004])] }.encode();
    for (roles, error) in cases {
        let update = RoleData { roles }.encode();
        assert_eq!(apply(component::ROLES_LIST, &[&update, &good]), Err(error.into()), "even if replaced");
    }
    assert_eq!(apply(component::ROLES_LIST, &[&good]), Ok(good));
}

#[test]
fn roles_survive_their_encoding() {
    // 0xf001 is in the range for private use.
    let data = RoleData { roles: vec![role(0, &[]), role(2, &[0x0000, 0x0100, 0xf001])] };
    let roles = decode_roles(data.clone()).expect("valid");
    assert_eq!(RoleData { roles: roles.iter().map(Into::into).collect() }, data);
    assert!(roles[1].can(Capability::SendMessage) && !roles[1].can(Capability::AddOwnClient));
}

#[test]
fn the_registry_is_the_drafts() {
    let codes: Vec<u16> = Capability::ALL.iter().map(|capability| capability.code()).collect();
    let blocks =
        [0..0x12, 0x100..0x112, 0x200..0x20c, 0x300..0x305, 0x380..0x384, 0x400..0x408, 0x500..0x506];
    let expected: Vec<u16> = blocks.into_iter().flatten().chain(0x600..0x606).collect();
    assert_eq!(codes, expected);
    let named = |code| Capability::ALL.iter().find(|c| c.code() == code).map(|c| c.name());
    assert_eq!(named(0x0000), Some("canAddParticipant"));
    assert_eq!(named(0x000b), Some("canUnBan"));
    assert_eq!(named(0x0601), Some("canSendMLSReinitProposal"));
}

#[test]
fn the_base_policy_is_replaced_as_a_whole() {
    let policy = BaseRoomPolicy::from(&examples::cooperative_room(UserId(0)).base);
    let update = policy.encode();
    assert_eq!(apply(component::BASE_ROOM_POLICY, &[&update]), Ok(update));
    let orphan = BaseRoomPolicy { parent_dependant: Flag::True, ..policy }.encode();
    assert_eq!(apply(component::BASE_ROOM_POLICY, &[&orphan]), Err(Malformed.into()));
}

#[test]
fn what_has_no_rules_has_no_updates() {
    let unknown = 0x7777;
    assert_eq!(apply(unknown, &[b""]), Err(AppDataError::UnknownComponent(unknown)));
    assert_eq!(apply(component::ROLES_LIST, &[]), Err(AppDataError::NoUpdate));
}

#[test]
fn conflicts_within_a_commit() {
    let list = ParticipantListUpdate::default;
    let removal = ParticipantListUpdate { removed_indices: vec![0], ..list() }.encode();
    let entry = UserRolePair { user: b"x".into(), role_index: 2 };
    let addition = ParticipantListUpdate { added_participants: vec![entry], ..list() }.encode();
    let (removal, addition) = (removal.as_slice(), addition.as_slice());
    use component::{BASE_ROOM_POLICY, PARTICIPANT_LIST, PREAUTH_LIST, ROLES_LIST, ROOM_METADATA};
    type Case<'a> = (&'a [(u16, &'a [u8])], Result<(), Conflict>);
    let cases: [Case; 8] = [
        (&[], Ok(())),
        (&[(PARTICIPANT_LIST, addition), (BASE_ROOM_POLICY, b""), (ROOM_METADATA, b"")], Ok(())),
        (&[(ROLES_LIST, b""), (PREAUTH_LIST, b"")], Ok(())),
        (&[(PARTICIPANT_LIST, removal), (PREAUTH_LIST, b"")], Ok(())),
        (&[(ROLES_LIST, b""), (PARTICIPANT_LIST, removal)], Err(Conflict::RolesWithList)),
        (&[(PARTICIPANT_LIST, removal), (ROLES_LIST, b"")], Err(Conflict::RolesWithList)),
        (
            &[(PARTICIPANT_LIST, removal), (PREAUTH_LIST, b""), (PARTICIPANT_LIST, addition)],
            Err(Conflict::PreauthWithList),
        ),
        (&[(ROOM_METADATA, b""), (ROOM_METADATA, b"")], Err(Conflict::MetadataTwice)),
    ];
    for (updates, verdict) in cases {
        assert_eq!(check_conflicts(updates), verdict, "{updates:?}");
    }
}
