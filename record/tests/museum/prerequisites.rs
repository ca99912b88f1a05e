//! A member goes on without what came before (POL-60, RACE-10, RACE-17).

use super::driver::Packet;
use super::*;
use mimic_protocol::node::Event as Handed;

/// What is no message.
const GARBLED: [u8; 3] = [1, 2, 3];

/// Alice, Bob and Cathy are in the room.
fn gathered(planted: Planted) -> Story {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story
}

/// Bob's phone gets something else in the place of the next event for which `spoil` can be done.
fn spoils(story: &mut Story, spoil: fn(&mut Handed) -> bool) {
    story.driver.alter(move |packet: &mut Packet| match &mut packet.body {
        Body::Request(Request::Deliver { event, .. }) if packet.to == B1.into() => spoil(&mut event.event),
        _ => false,
    });
}

/// Lets things happen for a while: a client that has lost its group comes back again and again.
fn goes_on(story: &mut Story) {
    let mut turns = 0;
    while turns < 400 && story.driver.turn() {
        turns += 1;
    }
    assert!(story.driver.faults_are_spent());
}

/// Whether Bob's phone could not take in what came.
fn stumbles(story: &Story) -> bool {
    let fails = |fact: &Fact| matches!(fact, Fact::Unprocessable { .. });
    story.driver.facts.iter().any(|(node, fact)| *node == B1.into() && fails(fact))
}

/// Cathy leaves, and her proposals do not come to Bob's phone; the commit that refers to them does.
#[test]
fn a_commit_waits_for_its_proposals() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::CommitsOutrunProposals), true)] {
        let mut story = gathered(planted);
        spoils(&mut story, |event| {
            let is_it = matches!(event, Handed::Proposals(_));
            if is_it {
                *event = Handed::Proposals(vec![GARBLED.into()]);
            }
            is_it
        });
        story.states(C1, Action::Leave);
        goes_on(&mut story);
        let violated = story.driver.violated();
        assert_eq!(violated.contains(&"INV-09"), seen, "{violated:?}");
        assert_eq!((violated.is_empty(), stumbles(&story)), (!seen, !seen), "{violated:?}");
    }
}

/// Alice's commit does not come to Bob's phone; what she says in the epoch that it begins does.
#[test]
fn a_message_waits_for_the_commit_that_began_its_epoch() {
    let ahead = Planted::new(Mutant::ReadsAhead);
    for (planted, seen) in [(Planted::NONE, &[][..]), (ahead, &["INV-09", "INV-28"])] {
        let mut story = gathered(planted);
        spoils(&mut story, |event| {
            let Handed::Commit { commit, .. } = event else { return false };
            *commit = GARBLED.into();
            true
        });
        story.wants(A1, Action::UpdateKeys);
        story.says(A1);
        goes_on(&mut story);
        assert_eq!(story.driver.violated(), seen);
        assert_eq!(stumbles(&story), seen.is_empty());
    }
}
