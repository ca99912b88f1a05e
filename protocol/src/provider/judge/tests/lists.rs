//! What can wait for one commit together, and readings of which that is a matter.

use super::*;
use crate::readings::{Counts, ForeignClients, SelfRoleChanges};
use crate::wire::policy::BotPolicy;

impl Room {
    fn read_as(readings: Readings) -> Self {
        let mut room = Self::new();
        let directory = room.config.mls.directory.clone();
        room.config = NodeConfig::new(directory, readings, Planted::NONE);
        room
    }

    fn role(&mut self, index: u32) -> &mut crate::room::Role {
        self.standing.roles.iter_mut().find(|role| role.role_index == index).unwrap()
    }
}

/// MLS-03: of one leaf there is one Update, Remove or SelfRemove; and its author commits none of them.
#[test]
fn an_update_waits_for_somebody_else_to_commit_it() {
    let mut room = Room::new();
    assert_eq!(room.propose(B1, &[Proposed::Update]), Ok(()));
    assert_eq!(room.propose(B1, &[Proposed::Update]), Err(Rejection::InvalidAfter), "one for a leaf");
    let leave = [room.removal(BOB), Proposed::SelfRemove];
    assert_eq!(room.propose(B1, &leave), Err(Rejection::InvalidAfter), "one for a leaf");
    assert_eq!(
        room.propose(A1, &[Proposed::Update]),
        Err(Rejection::InvalidAfter),
        "nobody is left to commit"
    );
}

/// POL-43, MLS-03: a ReInit takes a capability, and is alone.
#[test]
fn a_reinit_is_alone() {
    let mut room = Room::new();
    let reinit = Proposed::ReInit(RoomId(0));
    assert_eq!(room.propose(A1, std::slice::from_ref(&reinit)), Err(Rejection::Denied));
    let admin = room.role(examples::cooperative::GROUP_ADMIN);
    admin.capabilities.push(Capability::SendMlsReinitProposal.code());
    assert_eq!(room.propose(A1, &[reinit.clone(), room.same_roles()]), Err(Rejection::InvalidAfter));
    assert_eq!(room.propose(A1, std::slice::from_ref(&reinit)), Ok(()));
    assert_eq!(room.propose(B1, &[Proposed::SelfRemove]), Err(Rejection::InvalidAfter));
    assert_eq!(room.propose(A1, &[reinit]), Err(Rejection::InvalidAfter));
}

/// MLS-11: one removal of a component's state, or updates of it; and only what is there can be removed.
#[test]
fn a_component_is_removed_alone() {
    let id = component::BOT_POLICY;
    let mut room = Room::new();
    let admin = room.role(examples::cooperative::GROUP_ADMIN);
    admin.capabilities.push(Capability::ChangeOtherPolicyAttribute.code());
    let remove = Proposed::AppDataRemove { component: id };
    assert_eq!(
        room.propose(A1, std::slice::from_ref(&remove)),
        Err(Rejection::InvalidAfter),
        "it is not there"
    );
    let policy = BotPolicy::default();
    Arc::make_mut(&mut room.standing.components).bots = Some(policy.clone());
    let update = Proposed::AppDataUpdate { component: id, update: policy.encode().into() };
    assert_eq!(
        room.propose(B1, std::slice::from_ref(&remove)),
        Err(Rejection::Denied),
        "it takes the same capability"
    );
    assert_eq!(room.propose(A1, &[remove.clone(), update.clone()]), Err(Rejection::InvalidAfter));
    assert_eq!(room.propose(A1, std::slice::from_ref(&remove)), Ok(()));
    assert_eq!(room.propose(A1, &[remove]), Err(Rejection::InvalidAfter));
    assert_eq!(room.propose(A1, &[update]), Err(Rejection::InvalidAfter));
}

/// AMB-19: Bob is the second admin. He leaves, and by the same commit the room is to have no more than it needs.
#[test]
fn bounds_are_counted_after_the_commit_or_before_it() {
    for (counts, verdict) in
        [(Counts::AfterTheCommit, Ok(())), (Counts::BeforeTheCommit, Err(Rejection::InvalidAfter))]
    {
        let mut room = Room::read_as(Readings { counts, ..Readings::default() });
        let role = room.role(examples::cooperative::ORDINARY_USER);
        (role.min_participants, role.max_participants) = (1, Some(1));
        // One ordinary user goes out and another comes in: before it, nobody could be spared, and there was no room.
        let directory = room.config.directory().clone();
        let carol = [room.removal(BOB), Proposed::Remove(B1)];
        let swap = [&carol[..], &[addition(&directory, &room.standing)]].concat();
        assert_eq!(room.propose(A1, &swap), verdict, "{counts:?}");
    }
}

fn addition(directory: &Directory, standing: &Standing) -> Proposed {
    let carol = UserId(2);
    let change = ListChange::Add(carol, examples::cooperative::ORDINARY_USER);
    let update = standing.list_update(directory, change).unwrap();
    Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.into() }
}

/// OPEN-17: a role that may not be left along the table for others.
#[test]
fn leaving_follows_the_table_for_others_or_not() {
    for (self_role_changes, verdict) in
        [(SelfRoleChanges::OneTable, Err(Rejection::Denied)), (SelfRoleChanges::SeparateTable, Ok(()))]
    {
        let mut room = Room::read_as(Readings { self_role_changes, ..Readings::default() });
        room.role(examples::cooperative::ORDINARY_USER).transitions.clear();
        let leave = [room.removal(BOB), Proposed::SelfRemove];
        assert_eq!(room.propose(B1, &leave), verdict, "{self_role_changes:?}");
    }
}

/// OPEN-35: Carol is listed and has no client, Bob is listed and has one.
#[test]
fn clients_of_a_listed_user_without_any_are_added_by_others_or_not() {
    for (foreign_clients, verdict) in
        [(ForeignClients::Forbidden, Err(Rejection::Denied)), (ForeignClients::WithAddParticipant, Ok(()))]
    {
        let mut room = Room::read_as(Readings { foreign_clients, ..Readings::default() });
        let role = examples::cooperative::ORDINARY_USER;
        room.standing.participants.push(Participant { user: UserId(2), role });
        assert_eq!(room.propose(A1, &[add(ClientId(4))]), verdict, "{foreign_clients:?}");
        assert_eq!(
            room.propose(A1, &[add(B2)]),
            Err(Rejection::Denied),
            "a user with a client adds the others"
        );
    }
}
