//! What the policy says before anybody has made anything: who could come in, and with what; and rules that no table reaches.

use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER, POLICY_ENFORCER};
use mimic_protocol::policy::examples::{Example, cooperative_room, preauthorised};
use mimic_protocol::policy::{
    Capability, Change, Denied, Envelope, OutOfEnvelope, Shortfalls, authorise, check_change, joinable_roles,
    may_add_own_client,
};
use mimic_protocol::room::{BANNED, NOT_LISTED, Participant, Role, Standing, component};
use mimic_protocol::wire::join_links::JoinLinksData;
use mimic_protocol::wire::pre_auth::{Claim, ClaimId};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::BTreeSet;
use std::sync::Arc;

const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const CATHY: UserId = UserId(2);
const B1: ClientId = ClientId(2);
const B2: ClientId = ClientId(3);

/// Alice, Bob and Cathy, who claims to be staff; two clients each.
fn directory() -> Directory {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    for name in ["alice", "bob", "cathy"] {
        let user = directory.add_user(provider, name);
        directory.add_client(user, "phone");
        directory.add_client(user, "laptop");
    }
    directory.add_claim(CATHY, staff());
    directory
}

fn staff() -> Claim {
    let claim_id = ClaimId { credential_type: 1, id: b"staff".as_slice().into() };
    Claim { claim_id, claim_value: b"yes".as_slice().into() }
}

/// Alice is the admin of it, Bob an ordinary user.
fn room() -> Standing {
    let mut room = cooperative_room(ALICE);
    room.participants.push(Participant { user: BOB, role: ORDINARY_USER });
    room
}

fn role(room: &mut Standing, index: u32) -> &mut Role {
    room.roles.iter_mut().find(|role| role.role_index == index).expect("a role of this index")
}

fn allow(room: &mut Standing, index: u32, capability: Capability) {
    role(room, index).capabilities.push(capability.code());
}

/// Role 0 has the capability, and leads to the roles 1, 2 and 3, and to itself.
fn open_by(capability: Capability) -> Standing {
    let mut room = room();
    role(&mut room, NOT_LISTED).capabilities = vec![capability.code()];
    role(&mut room, NOT_LISTED).transitions =
        [(NOT_LISTED, [NOT_LISTED, BANNED, ORDINARY_USER, GROUP_ADMIN].into())].into();
    room
}

#[test]
fn an_open_room_is_joined_in_the_roles_that_role_0_leads_to() {
    let directory = directory();
    let ways = |room: &Standing, user, code: Option<&[u8]>| joinable_roles(&directory, room, user, code);
    let none: [u32; 0] = [];
    assert_eq!(ways(&room(), CATHY, None), none);
    let open = open_by(Capability::OpenJoin);
    assert_eq!(ways(&open, CATHY, None), [ORDINARY_USER, GROUP_ADMIN]);
    assert_eq!(ways(&open, BOB, None), none, "he is in the list");
    let mut fixed = open.clone();
    fixed.base.fixed_membership = true;
    assert_eq!(ways(&fixed, CATHY, None), none);
}

#[test]
fn a_code_opens_a_room_that_takes_codes_and_has_this_one() {
    let directory = directory();
    let with_links = |mut room: Standing| {
        let links = JoinLinksData { links: vec![b"code".as_slice().into()] };
        Arc::make_mut(&mut room.components).join_links = Some(links);
        room
    };
    let ways = |room: &Standing, code: Option<&[u8]>| joinable_roles(&directory, room, CATHY, code);
    let none: [u32; 0] = [];
    let room_with_code = with_links(open_by(Capability::UseJoinCode));
    assert_eq!(ways(&room_with_code, Some(b"code")), [ORDINARY_USER, GROUP_ADMIN]);
    assert_eq!(ways(&room_with_code, Some(b"kode")), none);
    assert_eq!(ways(&room_with_code, None), none);
    assert_eq!(ways(&open_by(Capability::UseJoinCode), Some(b"code")), none, "the room has no links");
    assert_eq!(ways(&with_links(room()), Some(b"code")), none, "role 0 may not use it");
}

#[test]
fn who_is_preauthorised_joins_in_that_role_alone() {
    let directory = directory();
    let mut room = preauthorised(room(), &[staff()], ORDINARY_USER);
    let none: [u32; 0] = [];
    assert_eq!(joinable_roles(&directory, &room, CATHY, None), none, "the role does not let her");
    allow(&mut room, ORDINARY_USER, Capability::JoinIfPreauthorized);
    allow(&mut room, GROUP_ADMIN, Capability::JoinIfPreauthorized);
    assert_eq!(joinable_roles(&directory, &room, CATHY, None), [ORDINARY_USER]);
    assert_eq!(joinable_roles(&directory, &room, BOB, None), none, "he is in the list");
    room.participants.retain(|entry| entry.user != BOB);
    assert_eq!(joinable_roles(&directory, &room, BOB, None), none, "he is not staff");
}

#[test]
fn a_preauthorisation_names_its_component_once() {
    let room = preauthorised(preauthorised(room(), &[], ORDINARY_USER), &[], GROUP_ADMIN);
    let named = room.base.component_ids.iter().filter(|id| **id == component::PREAUTH_LIST);
    assert_eq!(named.count(), 1);
    assert_eq!(room.components.preauth.as_ref().map(|list| list.preauthorized_entries.len()), Some(2));
}

#[test]
fn own_clients_come_with_can_add_own_client() {
    let mut room = room();
    assert!(may_add_own_client(&room, BOB));
    assert!(!may_add_own_client(&room, CATHY), "she is not in the list");
    role(&mut room, ORDINARY_USER).capabilities.clear();
    assert!(!may_add_own_client(&room, BOB));
}

/// POL-32: only the leaf whose place the joiner takes goes without canRemoveOwnClient.
#[test]
fn an_external_commit_takes_out_the_leaf_that_it_replaces_and_no_other() {
    let mut room = room();
    role(&mut room, ORDINARY_USER).capabilities.retain(|code| *code != Capability::RemoveOwnClient.code());
    let members = BTreeSet::from([B1, B2]);
    let takes_out = |external, client| {
        let change = Change {
            external,
            added_clients: vec![B1],
            removed_clients: vec![client],
            ..Change::none(BOB, &room)
        };
        authorise(&directory(), &room, &members, &change)
    };
    let lacks = Err(Denied::Lacks(Capability::RemoveOwnClient));
    assert_eq!(takes_out(true, B1), Ok(()));
    assert_eq!(takes_out(true, B2), lacks);
    assert_eq!(takes_out(false, B1), lacks);
}

/// POL-22, OPEN-14: links that stay as they are take the authority over policy all the same.
#[test]
fn links_that_stay_take_the_authority_over_policy() {
    let mut room = room();
    allow(&mut room, ORDINARY_USER, Capability::CreateJoinCode);
    allow(&mut room, ORDINARY_USER, Capability::DeleteJoinCode);
    let updates = |actor| {
        let change = Change { updated: [component::JOIN_LINKS].into(), ..Change::none(actor, &room) };
        authorise(&directory(), &room, &BTreeSet::new(), &change)
    };
    assert_eq!(updates(BOB), Err(Denied::Lacks(Capability::ChangeRoomMembershipStyle)));
    let mut links = room.clone();
    Arc::make_mut(&mut links.components).join_links =
        Some(JoinLinksData { links: vec![b"new".as_slice().into()] });
    let change = Change {
        updated: [component::JOIN_LINKS].into(),
        components_after: links.components,
        ..Change::none(BOB, &room)
    };
    assert_eq!(authorise(&directory(), &room, &BTreeSet::new(), &change), Ok(()));
}

/// A room below a minimum may come nearer to it, and must not fall further behind.
#[test]
fn a_shortfall_may_shrink() {
    let directory = directory();
    let with = |admins: &[UserId]| {
        let mut room = room();
        role(&mut room, GROUP_ADMIN).min_participants = 3;
        room.participants =
            admins.iter().map(|user| Participant { user: *user, role: GROUP_ADMIN }).collect();
        room
    };
    let becomes = |before: &[UserId], after: &[UserId]| {
        let nobody = BTreeSet::new();
        let before = Shortfalls::of(&directory, &with(before), &nobody);
        check_change(&directory, &before, &with(after), &nobody)
    };
    assert_eq!(becomes(&[ALICE], &[ALICE, BOB]), Ok(()));
    assert_eq!(becomes(&[ALICE], &[BOB]), Ok(()));
    assert_eq!(becomes(&[ALICE, BOB], &[ALICE]), Err(Denied::MinParticipants(GROUP_ADMIN)));
}

/// ARCH-26: an envelope forbids what it names, and nothing else.
#[test]
fn an_envelope_forbids_what_it_names() {
    let judge = |envelope: &Envelope, room: &Standing| envelope.check(room);
    let nothing = Envelope::default();
    let mut room = room();
    room.base.pseudonyms_allowed = true;
    (room.base.persistent_room, room.base.discoverable) = (true, true);
    room.roles.retain(|role| role.role_index != BANNED);
    assert_eq!(judge(&nothing, &room), Ok(()));
    let closed = Envelope { no_self_joining: true, ..Default::default() };
    let mut open = open_by(Capability::OpenJoin);
    let preauthorises = Capability::JoinIfPreauthorized.code();
    open.roles.iter_mut().for_each(|role| role.capabilities.retain(|code| *code != preauthorises));
    assert_eq!(judge(&closed, &open), Err(Denied::Envelope(OutOfEnvelope::SelfJoining)));
}

/// POL-12: the enforcer of each example is the role that the draft gives no clients, and may take others out.
#[test]
fn each_example_room_has_an_enforcer() {
    let examples = [Example::Cooperative, Example::Strict, Example::Moderated, Example::MultiOrganization];
    for example in examples {
        let room = example.room(ALICE);
        let enforcer = room.role(example.enforcer_role()).expect("the role is there");
        assert_eq!((&enforcer.name[..], enforcer.max_active), ("policy_enforcer", Some(0)), "{example:?}");
        assert!(enforcer.can(Capability::RemoveParticipant), "{example:?}");
    }
    assert_eq!(Example::Cooperative.enforcer_role(), POLICY_ENFORCER);
}
