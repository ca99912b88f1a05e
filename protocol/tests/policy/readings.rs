//! What the policy says under the readings that are not the default.

use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::policy::examples::cooperative_room;
use mimic_protocol::policy::{Change, Denied, authorise, check_counts_before};
use mimic_protocol::readings::{ForeignClients, SelfRoleChanges};
use mimic_protocol::room::{NOT_LISTED, Participant, Role, Standing};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::BTreeSet;

const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const A1: ClientId = ClientId(0);
const B1: ClientId = ClientId(1);

/// Alice is a group_admin, Bob an ordinary user, and Cathy is in no list; each has one client.
fn world() -> (Directory, Standing) {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    for name in ["alice", "bob", "cathy"] {
        let user = directory.add_user(provider, name);
        directory.add_client(user, "phone");
    }
    (directory, with_users(&[(0, GROUP_ADMIN), (1, ORDINARY_USER)]))
}

fn with_users(users: &[(u16, u32)]) -> Standing {
    let listed = users.iter().map(|(user, role)| Participant { user: UserId(*user), role: *role });
    Standing { participants: listed.collect(), ..cooperative_room(ALICE) }
}

fn role(standing: &mut Standing, index: u32) -> &mut Role {
    standing.roles.iter_mut().find(|role| role.role_index == index).expect("a role of this index")
}

/// OPEN-17: whether who leaves needs a transition besides canRemoveSelf.
#[test]
fn leaving_by_one_table_or_by_two() {
    let (directory, mut room) = world();
    role(&mut room, ORDINARY_USER).transitions.retain(|(from, _)| *from != ORDINARY_USER);
    let leaves = |reading| {
        let mut change = Change::none(BOB, &room);
        change.list_after.retain(|entry| entry.user != BOB);
        change.readings.self_role_changes = reading;
        authorise(&directory, &room, &BTreeSet::new(), &change)
    };
    assert_eq!(leaves(SelfRoleChanges::OneTable), Err(Denied::Transition(ORDINARY_USER, NOT_LISTED)));
    assert_eq!(leaves(SelfRoleChanges::SeparateTable), Ok(()));
}

/// OPEN-35: whether who could add a user may add the clients of one who is listed and has none in the group.
#[test]
fn clients_of_others() {
    let (directory, room) = world();
    let adds = |reading, members: &[ClientId]| {
        let mut change = Change::none(ALICE, &room);
        change.added_clients.push(B1);
        change.readings.foreign_clients = reading;
        authorise(&directory, &room, &members.iter().copied().collect(), &change)
    };
    assert_eq!(adds(ForeignClients::WithAddParticipant, &[A1]), Ok(()));
    assert_eq!(adds(ForeignClients::WithAddParticipant, &[A1, B1]), Err(Denied::ForeignClient));
    assert_eq!(adds(ForeignClients::Forbidden, &[A1]), Err(Denied::ForeignClient));
}

/// What comes of it that the room gets these users, with these clients before and after.
fn counted_before(
    directory: &Directory,
    room: &Standing,
    users: &[(u16, u32)],
    (had, has): (&[ClientId], &[ClientId]),
) -> Result<(), Denied> {
    let after = Standing { participants: with_users(users).participants, ..room.clone() };
    let (had, has) = (had.iter().copied().collect(), has.iter().copied().collect());
    check_counts_before(directory, (room, &had), (&after, &has))
}

/// AMB-19: bounds are counted in the room before a commit.
#[test]
fn bounds_that_are_counted_before() {
    let (directory, mut room) = world();
    let (admin, user) = (GROUP_ADMIN, ORDINARY_USER);
    let bounds = role(&mut room, admin);
    (bounds.min_participants, bounds.min_active) = (1, 1);
    (bounds.max_participants, bounds.max_active) = (None, None);
    let bounds = role(&mut room, user);
    (bounds.max_participants, bounds.max_active) = (Some(1), Some(1));
    (bounds.min_participants, bounds.min_active) = (0, 0);
    let becomes = |had: &[ClientId], users: &[(u16, u32)], has: &[ClientId]| {
        counted_before(&directory, &room, users, (had, has))
    };
    let same = [(0, admin), (1, user)];
    assert_eq!(becomes(&[A1], &same, &[A1]), Ok(()));
    assert_eq!(becomes(&[A1], &same, &[A1, B1]), Ok(()), "there was room for one who is active");
    assert_eq!(
        becomes(&[A1], &[(0, admin), (1, user), (2, user)], &[A1]),
        Err(Denied::MaxParticipants(user))
    );
    assert_eq!(
        becomes(&[A1], &[(0, admin), (2, user)], &[A1]),
        Err(Denied::MaxParticipants(user)),
        "as it was full"
    );
    let wakes = becomes(&[A1, B1], &[(0, admin), (2, user)], &[A1, ClientId(2)]);
    assert_eq!(wakes, Err(Denied::MaxParticipants(user)));
    assert_eq!(becomes(&[A1], &[(1, user)], &[]), Err(Denied::MinParticipants(admin)));
    assert_eq!(becomes(&[A1], &same, &[]), Err(Denied::MinActive(admin)));
    assert_eq!(becomes(&[], &[(1, user)], &[]), Err(Denied::MinParticipants(admin)), "none to spare");
}

/// AMB-19: who is active counts where it comes to be so, or ends, in the role; not who is in it without clients, nor who stays.
#[test]
fn active_ones_that_are_counted_before() {
    let (directory, mut room) = world();
    let (admin, user) = (GROUP_ADMIN, ORDINARY_USER);
    let bounds = role(&mut room, admin);
    (bounds.min_participants, bounds.min_active) = (0, 1);
    (bounds.max_participants, bounds.max_active) = (None, None);
    let bounds = role(&mut room, user);
    (bounds.min_participants, bounds.min_active) = (0, 0);
    (bounds.max_participants, bounds.max_active) = (None, Some(1));
    let c1 = ClientId(2);
    let becomes = |room: &Standing, users: &[(u16, u32)], had: &[ClientId], has: &[ClientId]| {
        counted_before(&directory, room, users, (had, has))
    };
    let (both, all) = ([A1, B1], [A1, B1, c1]);
    assert_eq!(becomes(&room, &[(0, admin), (1, user)], &both, &both), Ok(()));
    assert_eq!(becomes(&room, &[(0, admin), (1, user), (2, user)], &both, &both), Ok(()), "nobody wakes");
    let wakes = [(0, admin), (1, user), (2, user)];
    assert_eq!(becomes(&room, &wakes, &both, &all), Err(Denied::MaxActive(user)));
    let demoted = [(0, user), (1, user)];
    assert_eq!(becomes(&room, &demoted, &both, &both), Err(Denied::MaxActive(user)), "active before");
    role(&mut room, user).max_active = None;
    assert_eq!(becomes(&room, &demoted, &both, &both), Err(Denied::MinActive(admin)), "active after");
    room.participants = with_users(&[(0, admin), (1, user), (2, admin)]).participants;
    assert_eq!(becomes(&room, &[(0, admin), (1, user)], &both, &both), Ok(()), "who goes was asleep");
    assert_eq!(becomes(&room, &[(0, admin), (1, user)], &all, &both), Ok(()), "one to spare");
    assert_eq!(becomes(&room, &[(1, user)], &all, &[B1]), Ok(()), "it was counted before");
    role(&mut room, admin).min_participants = 1;
    assert_eq!(becomes(&room, &[(0, admin), (1, user)], &all, &both), Ok(()), "two hold the role");
}
