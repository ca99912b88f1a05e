//! What goes to whom: key packages and where they are from, Welcomes, proposals of the hub, removals, and the own messages
//! (proto §5.2, §5.5).

use super::*;
use mimic_protocol::node::{ClientMaterial, Deed, Event};
use std::collections::BTreeSet;

/// Alice, Bob and Cathy in a room, and what Alice's last task came to.
fn begun(planted: Planted) -> (Story, Option<Result<(), Refusal>>) {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    let outcome = story.outcomes.last().and_then(|(_, _, outcome)| *outcome);
    (story, outcome)
}

/// Whom the hub has notified of events of this kind, in order.
fn notified(story: &Story, is_it: fn(&Event) -> bool) -> Vec<NodeId> {
    let sent = story.driver.sent.iter().filter_map(|(from, to, body)| match body {
        Body::Request(Request::Notify { event, .. }) if *from == HUB.into() && is_it(&event.event) => {
            Some(*to)
        }
        _ => None,
    });
    sent.collect()
}

fn is_welcome(event: &Event) -> bool {
    matches!(event, Event::Welcome { .. })
}

fn is_proposals(event: &Event) -> bool {
    matches!(event, Event::Proposals(_))
}

/// PROTO-45.
#[test]
fn a_welcome_goes_where_its_key_packages_are_from() {
    let (b, c) = (NodeId::from(ProviderId(1)), NodeId::from(ProviderId(2)));
    let to = |planted| notified(&begun(planted).0, is_welcome);
    assert_eq!(to(Planted::NONE), [b, c]);
    assert_eq!(to(Planted::new(Mutant::WelcomesEverywhere)), [b, b, c]);
}

/// PROTO-21, PROTO-27: whoever asks past the hub, or a hub that forgets, leaves the Welcome without a way.
#[test]
fn a_welcome_has_a_way() {
    assert_eq!(begun(Planted::NONE).1, Some(Ok(())));
    for mutant in [Mutant::ForgetsRoutes, Mutant::AsksPastTheHub] {
        // Cathy is added by Bob, whose server is not the hub.
        let mut story = Story::begin(Planted::new(mutant));
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        let by = if mutant == Mutant::ForgetsRoutes { A1 } else { B1 };
        story.wants(by, Action::Add(CATHY, USER));
        let outcome = story.outcomes.last().and_then(|(_, _, outcome)| *outcome);
        assert_ne!(outcome, Some(Ok(())), "{mutant:?}");
    }
}

/// PROTO-27: the target's provider knows whose each key package is.
#[test]
fn a_welcome_finds_its_client() {
    let joined = |planted| {
        let (story, outcome) = begun(planted);
        assert_eq!(outcome, Some(Ok(())));
        let joined = story.driver.facts.iter().filter_map(|(node, fact)| match (node, fact) {
            (NodeId::Client(client), Fact::Joined { .. }) if *client != A1 => Some(*client),
            _ => None,
        });
        joined.collect::<BTreeSet<_>>()
    };
    assert_eq!(joined(Planted::NONE), [B1, B2, C1, C2].into());
    assert_eq!(joined(Planted::new(Mutant::ForgetsOwners)), [].into());
}

/// ID-04: Bob's provider answers with a key package of Dan's other device, who is in the room with one.
#[test]
fn a_key_package_is_of_whom_it_was_asked_of() {
    let told = |planted| {
        let mut story = Story::begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Do(Deed::Enlist(DAN, USER)));
        let of_dan = story.driver.sent.iter().find_map(|(from, _, body)| match body {
            Body::Request(Request::Publish { key_packages, .. }) if *from == D1.into() => {
                key_packages.first().cloned()
            }
            _ => None,
        });
        let of_dan = of_dan.expect("Dan's device has published key packages");
        story.driver.alter(move |packet| match &mut packet.body {
            Body::Response(Response::KeyMaterial(answer)) => {
                answer.clients = vec![(B1, ClientMaterial::KeyPackage(of_dan.clone()))];
                true
            }
            _ => false,
        });
        story.wants(A1, Action::Add(BOB, USER));
        story.outcomes.pop().and_then(|(_, _, outcome)| outcome)
    };
    assert_eq!(told(Planted::NONE), Some(Err(Refusal::NoKeyMaterial)));
    let taken = told(Planted::new(Mutant::TakesAnybodysKeyPackages));
    assert_ne!(taken, Some(Err(Refusal::NoKeyMaterial)));
}

/// PROTO-46: with the bug nobody ever commits what nobody has heard of.
#[test]
fn a_hub_tells_of_its_own_proposals() {
    let to = |planted| {
        let mut story = begun(planted).0;
        story.wants(HUB, Action::Remove(BOB));
        notified(&story, is_proposals).into_iter().collect::<BTreeSet<_>>()
    };
    assert_eq!(to(Planted::NONE), [ProviderId(1), ProviderId(2)].map(NodeId::from).into());
    assert_eq!(to(Planted::new(Mutant::KeepsOwnProposals)), [].into());
}

/// PROTO-51.
#[test]
fn who_is_removed_hears_of_it() {
    let hears = |planted| {
        let mut story = begun(planted).0;
        story.wants(A1, Action::Remove(BOB));
        let left = |(node, fact): &(NodeId, Fact)| *node == B1.into() && matches!(fact, Fact::Left { .. });
        story.driver.facts.iter().any(left)
    };
    assert!(hears(Planted::NONE));
    assert!(!hears(Planted::new(Mutant::RemovesInSilence)));
}

/// PROTO-50.
#[test]
fn a_sender_puts_up_with_its_own_message() {
    let stumbles = |planted| {
        let mut story = begun(planted).0;
        story.says(B1);
        story.driver.run();
        let is_it =
            |(node, fact): &(NodeId, Fact)| *node == B1.into() && matches!(fact, Fact::Unprocessable { .. });
        story.driver.facts.iter().any(is_it)
    };
    assert!(!stumbles(Planted::NONE));
    assert!(stumbles(Planted::new(Mutant::ChokesOnEchoes)));
}
