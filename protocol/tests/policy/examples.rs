//! The draft's example role set.

use mimic_protocol::UserId;
use mimic_protocol::policy::examples::{self, cooperative};
use mimic_protocol::policy::{Capability, check_constraints};
use mimic_protocol::room::{BANNED, NOT_LISTED, Role, decode_roles};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::role_data::RoleData;
use mimic_protocol::{ClientId, Directory};
use std::collections::BTreeSet;

#[test]
fn the_cooperative_roles_include_one_another() {
    let standing = examples::cooperative_room(UserId(0));
    let role = |index| standing.role(index).expect("defined");
    let count = |index| role(index).capabilities.len();
    // A.1 lists 37, then 7 more without the two that have no code point, then 3 more; and 9 for the enforcer.
    let ladder = [cooperative::ORDINARY_USER, cooperative::GROUP_ADMIN, cooperative::SUPER_ADMIN];
    assert_eq!(ladder.map(count), [37, 44, 47]);
    assert_eq!(count(cooperative::POLICY_ENFORCER), 9);
    for step in ladder.windows(2) {
        let (lower, higher) = (role(step[0]), role(step[1]));
        assert!(lower.capabilities.iter().all(|code| higher.capabilities.contains(code)));
    }
    assert_eq!(count(NOT_LISTED) + count(BANNED), 0);
    assert!(standing.banned_role().is_some());
    let nobody = |capability| ladder.iter().all(|index| !role(*index).can(capability));
    assert!(nobody(Capability::ChangeRoleDefinitions) && nobody(Capability::DeleteOtherReaction));
}

#[test]
fn the_cooperative_roles_survive_their_encoding() {
    let roles: Vec<Role> = examples::Example::Cooperative.roles();
    let encoded = RoleData { roles: roles.iter().map(Into::into).collect() }.encode();
    let decoded = RoleData::decode(&encoded).expect("itself");
    assert_eq!(decode_roles(decoded), Ok(roles));
}

#[test]
fn a_new_cooperative_room_may_stand() {
    let mut directory = Directory::default();
    let provider = directory.add_provider("a.example");
    let creator = directory.add_user(provider, "alice");
    let members: BTreeSet<ClientId> = [directory.add_client(creator, "phone")].into();
    assert_eq!(check_constraints(&directory, &examples::cooperative_room(creator), &members), Ok(()));
}
