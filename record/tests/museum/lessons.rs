//! What providers learn of users: the metadata ledger (proto §5.3, §5.4.1, §6; INV-24).

use super::*;
use mimic_protocol::ledger::{Knowledge, Lesson, Way};
use std::collections::BTreeSet;

const ALICE: UserId = UserId(0);
const BOBS: ProviderId = ProviderId(1);
const CATHYS: ProviderId = ProviderId(2);

/// What a provider has learnt of a user.
fn known(story: &Story, provider: ProviderId, about: UserId) -> BTreeSet<Knowledge> {
    let lessons = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::Learnt(lesson) if *node == provider.into() && lesson.about == about => Some(lesson.what),
        _ => None,
    });
    lessons.collect()
}

/// PROTO-34, PROTO-42: Bob says something in a room with stamps. The hub learns that, and Cathy's server does not.
#[test]
fn followers_do_not_learn_who_has_sent() {
    for (planted, seen) in [(Planted::NONE, &[][..]), (Planted::new(Mutant::FansOutSenders), &["INV-24"])] {
        let mut story = franking::begun(planted, true);
        story.wants(B1, Action::Send(1));
        assert!(known(&story, HUB, BOB).contains(&Knowledge::Message));
        assert!(known(&story, BOBS, BOB).contains(&Knowledge::Message));
        assert_eq!(known(&story, CATHYS, BOB).contains(&Knowledge::Message), !seen.is_empty());
        assert_eq!(story.driver.violated(), seen);
        // Whoever has the stamp reads the message all the same.
        let reads = |fact: &Fact| matches!(fact, Fact::Applied { text: Some((B1, 1)), .. });
        assert!(story.driver.facts.iter().any(|(node, fact)| *node == C1.into() && reads(fact)));
    }
}

/// PROTO-74: Owl lets Hare in. Hare's server does not learn who Owl is, nor Owl's who Hare is.
#[test]
fn nobody_elses_provider_learns_who_is_behind_a_pseudonym() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::LinksInTheClear), true)] {
        let (story, _) = hidden::told(Readings::default(), planted);
        assert_eq!(known(&story, HUB, BOB).contains(&Knowledge::Person), seen);
        assert_eq!(known(&story, BOBS, ALICE).contains(&Knowledge::Person), seen);
        let violated: &[&str] = if seen { &["INV-24"] } else { &[] };
        assert_eq!(story.driver.violated(), violated);
    }
}

/// ARCH-10, ARCH-18, ARCH-39: what is learnt in a room where everybody is known, and by what. Handshakes are PublicMessages.
#[test]
fn what_is_not_encrypted_is_learnt() {
    use Knowledge::{Adding, Devices, Handshake, Leaf, Listed, Message, Receipt, Wanted};
    let mut story = Story::begin(Planted::NONE);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story.wants(B1, Action::Send(1));
    story.wants(C1, Action::UpdateKeys);
    let all = |lessons: &[Knowledge]| lessons.iter().copied().collect::<BTreeSet<_>>();
    assert_eq!(known(&story, HUB, BOB), all(&[Devices, Leaf, Listed, Message, Wanted]));
    assert_eq!(known(&story, HUB, CATHY), all(&[Devices, Handshake, Leaf, Listed, Wanted]));
    assert_eq!(known(&story, BOBS, CATHY), all(&[Handshake, Leaf, Listed]));
    // By the tree that comes with the Welcome, and by the commit that adds Bob and the request for his key packages.
    assert_eq!(known(&story, BOBS, ALICE), all(&[Adding, Handshake, Leaf]));
    assert_eq!(known(&story, CATHYS, BOB), all(&[Leaf]));
    assert_eq!(known(&story, CATHYS, CATHY), all(&[Devices, Handshake, Leaf, Listed, Receipt, Wanted]));
    let sent = Lesson { about: BOB, what: Message, room: Some(ROOM), by: Way::Submit };
    assert!(story.driver.facts.contains(&(HUB.into(), Fact::Learnt(sent))));
}
