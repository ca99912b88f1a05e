//! The same with the room's state in the hub's logs (`carrier = hub-log`): what holds there, what cannot, and the planted bugs of
//! that reading.

use super::*;

fn begin(planted: Planted) -> Story {
    Story::begin_under(Preset::Independent.readings(), planted)
}

/// Users come, get other roles, and go, while the hub crashes over one event and two ask for the same place in a log.
fn tell(planted: Planted) -> (Judgement, Vec<Outcome>) {
    let mut story = begin(planted);
    gather(&mut story);
    talk(&mut story);
    change_roles(&mut story);
    story.driver.crash_when(HUB, |fact| matches!(fact, Fact::Accepted { event: Accepted::State { .. }, .. }));
    story.wants(A1, Action::Remove(DAN));
    story.states(A1, Action::ChangeRole(CATHY, ADMIN));
    story.wants(B1, Action::ChangeRole(EVE, ADMIN));
    story.wants(C2, Action::Leave);
    story.wants(A1, Action::Add(DAN, USER));
    story.says(D1);
    story.driver.run();
    let spent = story.driver.faults_are_spent() || planted != Planted::NONE;
    assert!(spent, "a fault of the story has not happened");
    (story.driver.judge(), story.outcomes)
}

/// What there is only where the GroupContext carries the state: pending proposals; and what this story has no occasion for.
const UNCHECKED: [&str; 6] = ["INV-13", "INV-18", "INV-25", "INV-26", "INV-27", "INV-31"];

#[test]
fn without_a_planted_bug_everything_holds() {
    let (judgement, outcomes) = tell(Planted::NONE);
    assert_eq!(judgement.findings, []);
    for invariant in judgement.invariants.iter().filter(|invariant| !UNCHECKED.contains(&&*invariant.id)) {
        assert!(invariant.checked > 0, "{} had nothing to check", invariant.id);
    }
    for (client, action, outcome) in outcomes {
        let is_refused = client == B1.into() && matches!(action, Action::ChangeRole(DAN, _));
        let expected = if is_refused { Err(Refusal::NotAllowed) } else { Ok(()) };
        assert_eq!(outcome, Some(expected), "{client} wants {action:?}");
    }
}

#[test]
fn each_planted_bug_is_seen() {
    let bugs: [(Mutant, &[&str]); 2] =
        [(Mutant::NobodyCommits, &["INV-01", "INV-12"]), (Mutant::AddsBesideTheList, &["INV-01", "INV-05"])];
    for (mutant, seen_by) in bugs {
        let (judgement, _) = tell(Planted::new(mutant));
        let violated = violated(&judgement);
        assert!(seen_by.iter().all(|id| violated.contains(id)), "{mutant:?} is seen by {violated:?}");
    }
}

/// RACE-24: two ask for one place in the log. Nobody gets further after that.
#[test]
fn a_hub_that_gives_one_place_twice_is_seen() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::SamePlaceTwice), true)] {
        let mut story = begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, ADMIN));
        story.wants(A1, Action::Add(CATHY, USER));
        story.states(A1, Action::ChangeRole(CATHY, ADMIN));
        story.states(B1, Action::Add(DAN, USER));
        for _ in 0..2 {
            let heard = |fact: &Fact| {
                matches!(fact, Fact::Accepted { event: Accepted::State { .. }, .. } | Fact::Rejected { .. })
            };
            story.driver.run_until(heard);
        }
        assert_eq!(story.driver.violated().contains(&"INV-04"), seen, "{:?}", story.driver.violated());
    }
}

/// RACE-58: what a joiner is told of the logs is of two places at once.
#[test]
fn a_hub_that_mixes_two_places_is_seen() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::MixedSnapshot), true)] {
        let mut story = begin(planted);
        story.wants(A1, Action::Create);
        story.states(A1, Action::Add(BOB, USER));
        story.driver.run_until(|fact| matches!(fact, Fact::Joined { .. }));
        assert_eq!(story.driver.violated().contains(&"INV-03"), seen, "{:?}", story.driver.violated());
    }
}

/// RACE-01: a message belongs to no place in the logs, so that it may be read under another list than it was said to.
#[test]
fn what_is_said_to_another_list_is_seen() {
    let mut story = begin(Planted::NONE);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story.states(B1, Action::Leave);
    story.driver.run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::State { .. }, .. }));
    story.says(A1);
    story.says(B2);
    story.driver.run();
    assert_eq!(violated(&story.driver.judge()), ["INV-03"]);
}

/// POL-37: a banned user keeps its devices until somebody commits, and role 1 may have no active participants.
#[test]
fn a_ban_leaves_the_room_out_of_bounds() {
    let mut story = begin(Planted::NONE);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Ban(BOB));
    assert_eq!(violated(&story.driver.judge()), ["INV-17"]);
}
