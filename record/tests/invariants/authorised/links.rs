//! Joining by a link: which one, whose, and where it leads (room-policy §6.2, §8.1.1).

use super::super::world::*;
use super::given::{REMOVE_PARTICIPANT, base, components};
use mimic_protocol::mls::{Proposed, Sender};
use mimic_protocol::node::Fact;
use mimic_protocol::room::ListChange;
use mimic_protocol::wire::IdentifierUri;
use mimic_protocol::wire::join_links::{JoinLinkPolicy, JoinLinksData};
use mimic_protocol::{ClientId, UserId};

const USE_JOIN_CODE: u16 = 0x0009;

/// Role 0 may use the link "tea", which leads to role 20.
fn linked(multiuser: bool) -> World {
    let mut world = World::new("INV-05");
    base(&mut world, |standing| {
        standing.roles[0].capabilities = vec![USE_JOIN_CODE];
        standing.roles[0].transitions = vec![(0, vec![20])];
        standing.roles[2].capabilities = vec![REMOVE_PARTICIPANT];
        standing.roles[2].transitions = vec![(20, vec![0])];
        let components = components(standing);
        components.join_links = Some(JoinLinksData { links: vec![b"tea".as_slice().into()] });
        components.join_link_policy = Some(JoinLinkPolicy {
            on_request: false.into(),
            join_link: IdentifierUri(Vec::new().into()),
            multiuser: multiuser.into(),
            expiration: 0,
        });
    });
    world
}

fn joins(world: &mut World, (user, client): (UserId, ClientId), role: u32, link: Option<&str>) {
    let shown = link.map(|link| Fact::LinkShown { room: ROOM, client, link: link.as_bytes().into() });
    world.beside.extend(shown);
    world.commit(Sender::Joiner(client), &[], &[ListChange::Add(user, role)], &[]);
}

/// What INV-05 says of it.
fn found(world: &World) -> Vec<&str> {
    world.tally.violations.iter().map(|(_, what)| what.as_str()).collect()
}

#[test]
fn a_link_lets_users_in_where_role_0_may_move() {
    let mut world = linked(true);
    joins(&mut world, (DAN, D1), 20, Some("tea"));
    joins(&mut world, (CATHY, C1), 20, Some("tea"));
    assert_eq!(found(&world), [""; 0]);
    for (role, link) in [(20, None), (20, Some("cake")), (21, Some("tea"))] {
        let mut world = linked(true);
        joins(&mut world, (DAN, D1), role, link);
        assert!(found(&world)[0].contains("without canAddParticipant"), "{:?}", found(&world));
    }
}

#[test]
fn a_link_for_one_user_lets_in_one() {
    let mut world = linked(false);
    joins(&mut world, (DAN, D1), 20, Some("tea"));
    world.commit(Sender::Member(A1), &[], &[ListChange::Remove(DAN)], &[Proposed::Remove(D1)]);
    joins(&mut world, (DAN, D1), 20, Some("tea"));
    assert_eq!(found(&world), [""; 0]);
    joins(&mut world, (CATHY, C1), 20, Some("tea"));
    assert!(found(&world)[0].contains("by the link of somebody else"), "{:?}", found(&world));
}
