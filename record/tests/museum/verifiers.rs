//! Who judges what a hub has accepted, and how far a forbidden commit comes (arch §4.4, OPEN-34, OPEN-05).

use super::*;
use mimic_protocol::readings::Verifiers;

const NODES: [NodeId; 4] =
    [NodeId::Client(D1), NodeId::Client(C1), NodeId::Client(A1), NodeId::Provider(ProviderId(2))];

/// Bob, an ordinary user, makes Dan an admin; who objects, who has a list in which Dan is one, and what the invariants say.
fn promoted(readings: Readings, planted: Planted) -> (Vec<NodeId>, usize, bool) {
    let mut story = Story::begin_under(readings, planted);
    story.wants(A1, Action::Create);
    for user in [BOB, CATHY, DAN] {
        story.wants(A1, Action::Add(user, USER));
    }
    story.wants(B1, Action::ChangeRole(DAN, ADMIN));
    let objects = |node: &NodeId| {
        story.driver.facts.iter().any(|(at, fact)| at == node && matches!(fact, Fact::Objected { .. }))
    };
    let objecting = NODES.into_iter().filter(objects).collect();
    let reached = [A1, C1, D1].into_iter().filter(|client| story.driver.role(*client, DAN) == Some(ADMIN));
    let reached = reached.count();
    let judgement = story.driver.judge();
    (objecting, reached, violated(&judgement).contains(&"INV-05"))
}

/// OPEN-34: what a hub lets through comes to nobody who judges it, and to everybody where nobody does.
#[test]
fn what_the_hub_overlooks_stops_at_those_who_judge() {
    let overlooks = Planted::new(Mutant::HubOverlooksPolicy);
    let told = |verifiers, planted| promoted(Readings { verifiers, ..Readings::default() }, planted);
    let clients: Vec<NodeId> = NODES[..3].to_vec();
    assert_eq!(told(Verifiers::ClientsAndHub, overlooks), (clients, 0, true));
    assert_eq!(told(Verifiers::Hub, overlooks), (Vec::new(), 3, true));
    // Cathy's provider stops it before it comes to her.
    let (objecting, reached, _) = told(Verifiers::ClientsHubAndFollowers, overlooks);
    assert_eq!((objecting, reached), (vec![NODES[0], NODES[2], NODES[3]], 0));
    for verifiers in [Verifiers::ClientsAndHub, Verifiers::ClientsHubAndFollowers, Verifiers::Hub] {
        assert_eq!(told(verifiers, Planted::NONE), (Vec::new(), 0, false));
    }
}

/// Nobody objects to what the policy allows, in all that the long story tells.
#[test]
fn nobody_objects_without_a_reason() {
    for preset in Preset::ALL {
        let readings = Readings { verifiers: Verifiers::ClientsHubAndFollowers, ..preset.readings() };
        let mut story = Story::begin_under(readings, Planted::NONE);
        gather(&mut story);
        talk(&mut story);
        change_roles(&mut story);
        take_out(&mut story);
        let objection = story.driver.facts.iter().find(|(_, fact)| matches!(fact, Fact::Objected { .. }));
        assert_eq!(objection, None, "{preset}");
    }
}

/// OPEN-05: where the state changes with the commit, the hub takes what a user says whose removal is pending; a follower that is
/// bound does not pass it on.
#[test]
fn followers_hold_themselves_bound_by_what_is_pending_or_not() {
    let passes = |binds| {
        let mut story = Story::begin_under(Readings { binds, ..Preset::AtCommit.readings() }, Planted::NONE);
        story.wants(A1, Action::Create);
        for user in [BOB, DAN] {
            story.wants(A1, Action::Add(user, USER));
        }
        story.states(HUB, Action::Remove(BOB));
        let told = |fact: &Fact| matches!(fact, Fact::Queued { client: B1, .. });
        story.driver.run_until(told);
        story.says(B1);
        let accepted = |(_, fact): &(NodeId, Fact)| {
            matches!(fact, Fact::Accepted { event: Accepted::Message { .. }, .. })
        };
        story.driver.run();
        story.driver.facts.iter().any(accepted)
    };
    assert!(passes(Binds::Hub));
    assert!(!passes(Binds::Followers));
    assert!(!passes(Binds::All));
}
