//! The hub's policy and the invariant that was written apart from it agree on whatever members can make.
//!
//! In random rooms under random policies, random members send random proposals, commits and external commits. What the
//! hub accepts, INV-05 must permit. What the hub refuses by its policy, INV-05 must object to, once a hub that checks
//! nothing has accepted it.

mod bugs;
mod chance;
mod room;

use chance::Chance;
use mimic_protocol::directory::identity_claim;
use mimic_protocol::mls::Propose;
use mimic_protocol::node::Rejection;
use mimic_protocol::room::{
    BANNED, BasePolicy, Components, ListChange, Participant, Role, Standing, component,
};
use mimic_protocol::wire::base_room_policy::BaseRoomPolicy;
use mimic_protocol::wire::join_links::{JoinLinkPolicy, JoinLinksData, JoinLinksUpdate};
use mimic_protocol::wire::operational_parameters::OperationalParameters;
use mimic_protocol::wire::pre_auth::{PreAuthData, PreAuthRoleEntry};
use mimic_protocol::wire::role_data::RoleData;
use mimic_protocol::wire::room_metadata::RoomMetaData;
use mimic_protocol::wire::{IdentifierUri, Opaque, Wire};
use mimic_protocol::{ClientId, Directory, Planted, UserId};
use room::{HUB, Opinions, Room};
use std::collections::BTreeMap;

const USERS: u16 = 4;
const ROLES: u32 = 4;
const SEEDS: u64 = 150;
const EVENTS: u64 = 40;

/// The capabilities that decide about membership, metadata and policy, and canSendMessage.
const CAPABILITIES: [u16; 25] = [
    0x0000, 0x0001, 0x0002, 0x0003, 0x0005, 0x0006, 0x0007, 0x0008, 0x000a, 0x000b, 0x000c, 0x000f, 0x0010,
    0x0100, 0x0300, 0x0301, 0x0302, 0x0303, 0x0304, 0x0502, 0x0503, 0x0504, 0x0505, 0x0600, 0x0601,
];

fn world() -> Directory {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    assert_eq!(provider, HUB);
    for name in ["alice", "bob", "cathy", "dan"] {
        let user = match name {
            "dan" => directory.add_pseudonym(provider, name),
            _ => directory.add_user(provider, name),
        };
        directory.add_client(user, "phone");
        directory.add_client(user, "laptop");
    }
    directory.add_room(provider, "clubhouse");
    directory
}

/// A policy under which much is allowed and much is not.
fn policy(chance: &mut Chance) -> Standing {
    let mut participants = vec![Participant { user: UserId(0), role: 3 }];
    for user in 1..USERS {
        if chance.of(60) {
            participants.push(Participant { user: UserId(user), role: 1 + chance.below(3) as u32 });
        }
    }
    let mut roles: Vec<Role> = (0..ROLES).map(|index| role(chance, index)).collect();
    if chance.of(80) {
        roles[1].name = "banned".to_owned();
    }
    Standing { participants, roles, base: base(chance), components: components(chance).into() }
}

/// Preauthorisations for some, and sometimes a say about outsiders.
fn components(chance: &mut Chance) -> Components {
    Components {
        preauth: chance.of(60).then(|| preauth(chance)),
        operational: chance.of(20).then(|| operational(chance)),
        metadata: chance.of(50).then(|| metadata(chance)),
        join_link_policy: chance.of(40).then(|| join_link_policy(chance)),
        join_links: chance.of(40).then(|| JoinLinksData { links: vec![Opaque::from([9].as_slice())] }),
        ..Default::default()
    }
}

/// A few rules, by the names of users.
fn preauth(chance: &mut Chance) -> PreAuthData {
    let world = world();
    let entries = (0..chance.below(4)).map(|_| {
        let user = UserId(chance.below(USERS.into()) as u16);
        let everybody = chance.of(20);
        let claim = identity_claim(world.user_uri(user));
        let claimset = if everybody { Vec::new() } else { vec![claim] };
        PreAuthRoleEntry { claimset, target_role: 1 + chance.below(u64::from(ROLES)) as u32 }
    });
    PreAuthData { preauthorized_entries: entries.collect() }
}

fn metadata(chance: &mut Chance) -> RoomMetaData {
    let mut text = || Opaque::from([b'a' + chance.below(2) as u8].as_slice());
    RoomMetaData {
        room_uri: IdentifierUri(b"mimi://a.example/r/clubhouse".into()),
        room_name: text(),
        room_descriptions: Vec::new(),
        room_avatar: IdentifierUri(text()),
        room_subject: text(),
        room_mood: text(),
    }
}

fn join_link_policy(chance: &mut Chance) -> JoinLinkPolicy {
    JoinLinkPolicy {
        on_request: chance.of(50).into(),
        join_link: IdentifierUri(b"".into()),
        multiuser: true.into(),
        expiration: 60,
    }
}

fn operational(chance: &mut Chance) -> OperationalParameters {
    OperationalParameters { external_commit_allowed: chance.of(50).into(), ..OperationalParameters::usual() }
}

/// An update of one of the components beside list, roles and base policy, valid or not.
fn component_update(chance: &mut Chance) -> Propose {
    let (component, update) = match chance.below(6) {
        0 => (component::PREAUTH_LIST, preauth(chance).encode()),
        1 | 2 => (component::ROOM_METADATA, metadata(chance).encode()),
        3 => (component::MLS_OPERATIONAL_POLICY, operational(chance).encode()),
        4 => {
            let removed_indices = if chance.of(40) { vec![0] } else { Vec::new() };
            let link = Opaque::from([chance.below(6) as u8].as_slice());
            let added_links = if chance.of(80) { vec![link] } else { Vec::new() };
            (component::JOIN_LINKS, JoinLinksUpdate { removed_indices, added_links }.encode())
        }
        _ => (component::JOIN_LINK_POLICY, join_link_policy(chance).encode()),
    };
    Propose::AppDataUpdate { component, update: update.into() }
}

fn role(chance: &mut Chance, role_index: u32) -> Role {
    let mut capabilities: Vec<u16> = CAPABILITIES.into_iter().filter(|_| chance.of(75)).collect();
    match role_index {
        0 => capabilities = if chance.of(50) { vec![0x0004] } else { Vec::new() },
        BANNED if chance.of(80) => capabilities.clear(),
        _ => {}
    }
    let targets = |chance: &mut Chance| (0..ROLES).filter(|_| chance.of(75)).collect();
    Role {
        min_participants: u32::from(role_index == 3 && chance.of(50)),
        max_participants: chance.of(15).then_some(2),
        min_active: u32::from(role_index == 3 && chance.of(20)),
        max_active: chance.of(15).then_some(1),
        transitions: (0..ROLES).map(|from| (from, targets(chance))).collect(),
        ..role_with(role_index, &capabilities)
    }
}

/// A role without constraints, from and to everywhere.
fn role_with(role_index: u32, capabilities: &[u16]) -> Role {
    Role {
        role_index,
        name: format!("role {role_index}"),
        description: String::new(),
        capabilities: capabilities.to_vec(),
        min_participants: 0,
        max_participants: None,
        min_active: 0,
        max_active: None,
        transitions: (0..ROLES).map(|from| (from, (0..ROLES).collect())).collect(),
    }
}

fn base(chance: &mut Chance) -> BasePolicy {
    BasePolicy {
        fixed_membership: chance.of(8),
        parent_room: None,
        multi_device: chance.of(85),
        max_clients: chance.of(15).then_some(4),
        max_users: chance.of(15).then_some(3),
        pseudonyms_allowed: chance.of(60),
        persistent_room: false,
        discoverable: false,
        component_ids: vec![component::ROLES_LIST],
    }
}

/// What a member can want.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Add,
    Remove,
    Ban,
    ChangeRole,
    Kick,
    AddDevice,
    Roles,
    Base,
    Leave,
    Component,
    ComponentAndRemove,
}

/// All of it, the more frequent more often.
const KINDS: [Kind; 13] = [
    Kind::Add,
    Kind::Add,
    Kind::Remove,
    Kind::Ban,
    Kind::ChangeRole,
    Kind::Kick,
    Kind::AddDevice,
    Kind::Roles,
    Kind::Base,
    Kind::Leave,
    Kind::Component,
    Kind::Component,
    Kind::ComponentAndRemove,
];

/// What belongs together, and what does not, for one of these.
fn wish(
    chance: &mut Chance,
    room: &mut Room,
    by: ClientId,
    by_reference: bool,
    kinds: &[Kind],
) -> Vec<Propose> {
    let (state, leaves) = (room.state(), room.leaves());
    let user = UserId(chance.below(USERS.into()) as u16);
    let role_index = chance.below(u64::from(ROLES) + 1) as u32;
    let change = |change| {
        let update = state.committed.list_update(&world(), change)?;
        Some(Propose::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.into() })
    };
    let removals = |chance: &mut Chance, user: UserId| -> Vec<Propose> {
        let there = devices(user).into_iter().filter(|client| *client != by && leaves.contains(client));
        there.filter(|_| chance.of(90)).map(Propose::Remove).collect()
    };
    let mut wish: Vec<Propose> = Vec::new();
    match kinds[chance.below(kinds.len() as u64) as usize] {
        Kind::Component => {
            wish.push(component_update(chance));
            let again = chance.of(20).then(|| metadata(chance).encode().into());
            let component = component::ROOM_METADATA;
            wish.extend(again.map(|update| Propose::AppDataUpdate { component, update }));
        }
        Kind::ComponentAndRemove => {
            wish.push(component_update(chance));
            wish.extend(change(ListChange::Remove(user)));
            wish.extend(removals(chance, user));
        }
        Kind::Add => {
            wish.extend(change(ListChange::Add(user, role_index)));
            let added: Vec<ClientId> = devices(user).into_iter().filter(|_| chance.of(60)).collect();
            wish.extend(added.into_iter().filter_map(|client| room.key_package(client)).map(Propose::Add));
        }
        Kind::Remove => {
            wish.extend(change(ListChange::Remove(user)));
            wish.extend(removals(chance, user));
        }
        Kind::Ban => {
            wish.extend(change(ListChange::Change(user, BANNED)));
            wish.extend(removals(chance, user));
        }
        Kind::ChangeRole => wish.extend(change(ListChange::Change(user, role_index))),
        Kind::Kick => wish.extend(removals(chance, user)),
        Kind::AddDevice => {
            let client = devices(user)[chance.below(2) as usize];
            wish.extend(room.key_package(client).map(Propose::Add));
        }
        Kind::Roles => wish.push(roles_update(chance, &state.committed)),
        Kind::Base => {
            let update = BaseRoomPolicy::from(&base(chance)).encode().into();
            wish.push(Propose::AppDataUpdate { component: component::BASE_ROOM_POLICY, update });
        }
        Kind::Leave => {
            let own = UserId(by.0 / 2);
            wish.extend(change(ListChange::Remove(own)).filter(|_| chance.of(80)));
            wish.extend(removals(chance, own));
            wish.extend(by_reference.then_some(Propose::SelfRemove));
        }
    }
    wish
}

fn devices(user: UserId) -> [ClientId; 2] {
    [ClientId(2 * user.0), ClientId(2 * user.0 + 1)]
}

/// The roles with one of them made anew, or left out.
fn roles_update(chance: &mut Chance, standing: &Standing) -> Propose {
    let mut roles = standing.roles.clone();
    let index = chance.below(roles.len() as u64) as usize;
    if chance.of(20) {
        roles.remove(index);
    } else {
        roles[index] = Role { name: roles[index].name.clone(), ..role(chance, roles[index].role_index) };
    }
    let update = RoleData { roles: roles.iter().map(Into::into).collect() }.encode().into();
    Propose::AppDataUpdate { component: component::ROLES_LIST, update }
}

/// Something happens, or cannot; what members want is one of these.
fn event(chance: &mut Chance, room: &mut Room, kinds: &[Kind]) -> (ClientId, Option<Opinions>) {
    let client = ClientId(chance.below(2 * u64::from(USERS)) as u16);
    let is_member = room.leaves().contains(&client);
    let opinions = match chance.below(12) {
        0..=3 if is_member => {
            let wish = wish(chance, room, client, true, kinds);
            room.propose(client, &wish)
        }
        4..=7 if is_member => {
            let wish = if chance.of(75) { wish(chance, room, client, false, kinds) } else { Vec::new() };
            room.commit(client, chance.of(85), &wish)
        }
        8 if is_member => room.say(client),
        // An external commit carries nothing but changes of components.
        _ => {
            let mut wish = if chance.of(30) { wish(chance, room, client, false, kinds) } else { Vec::new() };
            wish.retain(|propose| matches!(propose, Propose::AppDataUpdate { .. }));
            let (own, role) = (UserId(client.0 / 2), chance.below(u64::from(ROLES)) as u32);
            if wish.is_empty() && chance.of(60) {
                let entry = room.state().committed.list_update(&world(), ListChange::Add(own, role));
                let update = |update: Vec<u8>| Propose::AppDataUpdate {
                    component: component::PARTICIPANT_LIST,
                    update: update.into(),
                };
                wish.extend(entry.map(update));
            }
            room.join(client, &wish)
        }
    };
    (client, opinions)
}

#[test]
fn hub_and_drafts_agree_on_whatever_members_make() {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    let mut disagreements = Vec::new();
    for seed in 0..SEEDS {
        let chance = &mut Chance::new(seed);
        let standing = policy(chance);
        let Some(mut room) = Room::open(world(), &standing, ClientId(0), Planted::NONE) else { continue };
        for n in 0..EVENTS {
            let (client, Some(opinions)) = event(chance, &mut room, &KINDS) else { continue };
            let (kind, agree) = match &opinions {
                Opinions { hub: None, drafts: Some(objection) } => ("accepted", objection.is_none()),
                Opinions {
                    hub: Some(Rejection::Denied | Rejection::InvalidAfter | Rejection::Blocked),
                    drafts: Some(objection),
                } => ("refused", objection.is_some()),
                _ => ("not comparable", true),
            };
            *counts.entry(kind).or_default() += 1;
            if !agree {
                disagreements.push(format!("seed {seed}, event {n}, {client}: {opinions:?}"));
            }
        }
    }
    assert!(disagreements.is_empty(), "{counts:?}\n{}", disagreements.join("\n"));
    assert!(counts["accepted"] > 500 && counts["refused"] > 500, "{counts:?}");
}

/// docs/findings/restated-role.md: who may do nothing can keep an admin from banning it, for as long as it likes.
#[test]
fn a_restated_role_holds_off_a_ban() {
    let mut standing = policy(&mut Chance::new(0));
    standing.participants =
        [(0, 3), (1, 2)].map(|(user, role)| Participant { user: UserId(user), role }).to_vec();
    standing.roles = (0..ROLES).map(|index| role_with(index, &[])).collect();
    standing.roles[1].name = "banned".to_owned();
    standing.roles[2].capabilities = vec![0x0002];
    standing.roles[3].capabilities = CAPABILITIES.to_vec();
    standing.base = BasePolicy {
        fixed_membership: false,
        multi_device: true,
        max_clients: None,
        max_users: None,
        ..standing.base
    };
    let (alice, bob) = (ClientId(0), ClientId(2));
    let mut room = Room::open(world(), &standing, alice, Planted::NONE).expect("the policy is valid");
    assert_eq!(room.join(bob, &[]).and_then(|opinions| opinions.hub), None);
    let change = |role| {
        let update =
            standing.list_update(&world(), ListChange::Change(UserId(1), role)).expect("Bob is listed");
        Propose::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.into() }
    };
    let ban = [change(BANNED), Propose::Remove(bob)];
    let refused = |opinions: Option<Opinions>| opinions.is_none_or(|opinions| opinions.hub.is_some());
    for _ in 0..3 {
        assert!(!refused(room.propose(bob, &[change(2)])), "Bob says that he has the role that he has");
        assert!(
            refused(room.propose(alice, &ban)),
            "two pending changes of one user have no commit in common"
        );
        assert!(refused(room.commit(alice, true, &ban)), "one commit must not change a user twice");
        assert!(refused(room.commit(alice, false, &ban)), "a commit must not leave out what is pending");
        assert!(
            !refused(room.commit(alice, true, &[])),
            "all that is left is to commit what Bob has proposed"
        );
    }
    assert!(!refused(room.commit(alice, true, &ban)), "Bob was slower");
}
