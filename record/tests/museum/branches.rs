//! A hub that shows different commits for one epoch (RFC 9750 §5.2, RACE-43).

use super::driver::Packet;
use super::*;
use mimic_protocol::mls::Octets;
use mimic_protocol::node::{Bundle, Event as Handed};
use mimic_protocol::{NodeId, ProviderId};

/// The commit in a request of Bob's device, if it is one.
fn bobs_commit(body: &Body) -> Option<Octets> {
    match body {
        Body::Request(Request::Update { bundle: Bundle::Commit(commit), .. }) => Some(commit.commit.clone()),
        _ => None,
    }
}

/// The hub tells everybody of Alice's commit, but for Cathy, to whom it shows Bob's for the same epoch. Then Cathy says something, on
/// her branch, and Alice and Bob hear it in the same epoch.
fn forked(planted: Planted) -> Story {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    let (bob, hub): (NodeId, NodeId) = (B1.into(), ProviderId(0).into());
    let of_bob = |packet: &Packet| packet.from == ProviderId(1).into() && bobs_commit(&packet.body).is_some();
    story.driver.lose(of_bob);
    story.states(B1, Action::UpdateKeys);
    while story
        .driver
        .sent
        .iter()
        .all(|(from, to, body)| (*from, *to) != (ProviderId(1).into(), hub) || bobs_commit(body).is_none())
    {
        assert!(story.driver.turn(), "{bob} makes a commit");
    }
    let sent = story.driver.sent.iter().rev();
    let shown = sent.filter(|(from, ..)| *from == bob).find_map(|(.., body)| bobs_commit(body));
    let shown = shown.expect("it is on its way");
    story.driver.alter(move |packet| {
        let Body::Request(Request::Notify { event, .. }) = &mut packet.body else { return false };
        let Handed::Commit { commit, .. } = &mut event.event else { return false };
        let to_cathy = packet.to == ProviderId(2).into();
        if to_cathy {
            *commit = shown.clone();
        }
        to_cathy
    });
    // Nor does the hub hear of the one that he makes when he has heard of Alice's.
    story.driver.lose(of_bob);
    story.states(A1, Action::UpdateKeys);
    let epoch = 3;
    let mut waits = 0;
    while story.driver.epoch_of(C1) != Some(epoch) || story.driver.epoch_of(A1) != Some(epoch) {
        assert!(story.driver.turn() && waits < 1_000, "both come to epoch {epoch}");
        waits += 1;
    }
    story.states(C1, Action::Send(1));
    story.driver.run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::Message { .. }, .. }));
    for _ in 0..20 {
        story.driver.turn();
    }
    story
}

#[test]
fn what_is_said_on_one_branch_is_not_read_on_another() {
    let seen = |planted| {
        let story = forked(planted);
        let read = |fact: &Fact| matches!(fact, Fact::Applied { text: Some((C1, 1)), .. });
        let readers = story.driver.facts.iter().filter(|(_, fact)| read(fact)).map(|(node, _)| *node);
        let readers: Vec<_> = readers.filter(|node| *node == A1.into()).collect();
        (readers, story.driver.violated())
    };
    // That there are two branches is seen by whoever compares, and Cathy's order is not the hub's.
    assert_eq!(seen(Planted::NONE), (vec![], vec!["INV-03", "INV-08"]));
    let read = seen(Planted::new(Mutant::ReadsAnyBranch));
    assert_eq!(read, (vec![A1.into()], vec!["INV-03", "INV-08", "INV-28"]));
}
