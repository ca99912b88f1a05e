//! Rules that no story of users can come to: a hub that judges refuses what breaks them, one with a planted bug takes it.

use super::*;
use crate::room::Role;

/// What is proposed once the room is prepared.
type Proposes = fn(&Room) -> Vec<Proposed>;

/// The hub refuses it for this reason, and takes it with the planted bug.
fn is_caught(
    prepare: fn(&mut Standing),
    (sender, proposes): (ClientId, Proposes),
    reason: Rejection,
    mutant: Mutant,
) {
    let judged = |planted| {
        let mut room = Room::new();
        room.config = NodeConfig::new(room.config.mls.directory.clone(), Readings::default(), planted);
        prepare(&mut room.standing);
        let bodies = proposes(&room);
        room.propose(sender, &bodies)
    };
    assert_eq!(judged(Planted::NONE), Err(reason));
    assert_eq!(judged(Planted::new(mutant)), Ok(()));
}

fn role(standing: &mut Standing, index: u32) -> &mut Role {
    standing.roles.iter_mut().find(|role| role.role_index == index).expect("a role of this index")
}

/// Bob's role loses a capability.
fn without(standing: &mut Standing, capability: Capability) {
    role(standing, examples::cooperative::ORDINARY_USER)
        .capabilities
        .retain(|code| *code != capability.code());
}

fn as_it_is(_: &mut Standing) {}

fn bob_leaves(room: &Room) -> Vec<Proposed> {
    vec![room.removal(BOB), Proposed::SelfRemove]
}

fn second_client(_: &Room) -> Vec<Proposed> {
    vec![add(B2)]
}

/// ARCH-20, ARCH-21, PROTO-83: users and clients change independently.
#[test]
fn users_and_clients_come_and_go_independently() {
    let judged = |mutant: Option<Mutant>, user_alone: bool| {
        let planted = mutant.map_or(Planted::NONE, Planted::new);
        let mut room = Room::new();
        room.config = NodeConfig::new(room.config.mls.directory.clone(), Readings::default(), planted);
        room.standing.participants.retain(|entry| !(user_alone && entry.user == BOB));
        match user_alone {
            true => {
                let list = ListChange::Add(BOB, examples::cooperative::ORDINARY_USER);
                let update = room.standing.list_update(room.config.directory(), list).unwrap().into();
                let component = component::PARTICIPANT_LIST;
                room.propose(A1, &[Proposed::AppDataUpdate { component, update }])
            }
            false => room.propose(B1, &[add(B2)]),
        }
    };
    for user_alone in [true, false] {
        assert_eq!(judged(None, user_alone), Ok(()));
        assert_eq!(judged(Some(Mutant::UsersWithClientsAlone), user_alone), Err(Rejection::Denied));
    }
}

/// POL-26
#[test]
fn own_clients_take_can_add_own_client() {
    let prepare = |standing: &mut Standing| without(standing, Capability::AddOwnClient);
    is_caught(prepare, (B1, second_client), Rejection::Denied, Mutant::NoAuthorisation);
}

/// POL-32
#[test]
fn taking_out_an_own_client_takes_can_remove_own_client() {
    let prepare = |standing: &mut Standing| without(standing, Capability::RemoveOwnClient);
    is_caught(prepare, (B1, |_| vec![Proposed::SelfRemove]), Rejection::Denied, Mutant::NoAuthorisation);
}

/// POL-33
#[test]
fn leaving_takes_can_remove_self() {
    let prepare = |standing: &mut Standing| without(standing, Capability::RemoveSelf);
    is_caught(prepare, (B1, bob_leaves), Rejection::Denied, Mutant::NoAuthorisation);
}

/// POL-34
#[test]
fn kicking_takes_can_kick() {
    let kick: Proposes = |_| vec![Proposed::Remove(A1)];
    is_caught(as_it_is, (B1, kick), Rejection::Denied, Mutant::NoAuthorisation);
}

/// POL-43, ARCH-26
#[test]
fn new_roles_take_can_change_role_definitions() {
    let same: Proposes = |room| vec![room.same_roles()];
    is_caught(as_it_is, (B1, same), Rejection::Denied, Mutant::NoAuthorisation);
}

/// POL-14
#[test]
fn nobody_leaves_a_fixed_membership() {
    let prepare = |standing: &mut Standing| {
        standing.base.fixed_membership = true;
        let adds = Capability::AddParticipant.code();
        standing.roles.iter_mut().for_each(|role| role.capabilities.retain(|code| *code != adds));
    };
    is_caught(prepare, (B1, bob_leaves), Rejection::Denied, Mutant::NoAuthorisation);
}

/// POL-08
#[test]
fn new_roles_include_those_in_use() {
    let fewer: Proposes = |room| {
        let ordinary = examples::cooperative::ORDINARY_USER;
        let kept = room.standing.roles.iter().filter(|role| role.role_index != ordinary);
        let update = RoleData { roles: kept.map(Into::into).collect() }.encode().into();
        vec![Proposed::AppDataUpdate { component: component::ROLES_LIST, update }]
    };
    is_caught(as_it_is, (A1, fewer), Rejection::InvalidAfter, Mutant::NoLimits);
}

/// POL-16
#[test]
fn a_user_has_one_client_where_one_is_allowed() {
    let prepare = |standing: &mut Standing| standing.base.multi_device = false;
    is_caught(prepare, (B1, second_client), Rejection::InvalidAfter, Mutant::NoLimits);
}

/// POL-17
#[test]
fn there_are_no_more_clients_than_max_clients() {
    let prepare = |standing: &mut Standing| standing.base.max_clients = Some(2);
    is_caught(prepare, (B1, second_client), Rejection::InvalidAfter, Mutant::NoLimits);
}
