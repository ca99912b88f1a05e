//! What the hub cannot read it stamps, so that it can be proven to it later (proto §5.4.1, §5.9).

use super::*;
use mimic_protocol::content::franking::FrankError;
use mimic_protocol::node::Aside;
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::Edit;
use mimic_protocol::policy::examples::Example;
use std::collections::BTreeSet;

/// At Bob's server.
const GIL: UserId = UserId(5);

/// Alice, Bob, Cathy, Eve and Gil in a room with a franking agent, or without one.
pub(super) fn begun(planted: Planted, is_franked: bool) -> Story {
    let mut directory = world();
    let gil = directory.add_user(ProviderId(1), "gil");
    directory.add_client(gil, "phone");
    let mut room = Example::Cooperative.room(UserId(0));
    if is_franked {
        Edit::Franking.apply(&directory, ROOM, &mut room).expect("any room can have a franking agent");
    }
    let plans = Plans { rooms: [(ROOM, room)].into(), ..Plans::default() };
    let driver = Driver::planned(directory, Readings::default(), planted, plans);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.wants(A1, Action::Create);
    for user in [BOB, CATHY, EVE, GIL] {
        story.wants(A1, Action::Add(user, USER));
    }
    story
}

/// Bob has said something, and Cathy has reported it.
pub(super) fn reported() -> Story {
    let mut story = begun(Planted::NONE, true);
    story.wants(B1, Action::Send(1));
    story.wants(C1, Action::ReportAbuse(BOB));
    story
}

/// What the hub made of each reported message.
fn verdicts(story: &Story) -> Vec<Option<FrankError>> {
    let judged = story.driver.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::AbuseJudged { accused: BOB, refuted, .. } => Some(*refuted),
        _ => None,
    });
    judged.collect()
}

/// Who put a message of Bob's aside, and why.
fn put_aside(story: &Story) -> BTreeSet<(NodeId, FrankError)> {
    let aside = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::PutAside { sender: B1, reason: Aside::BadStamp(why), .. } => Some((*node, *why)),
        _ => None,
    });
    aside.collect()
}

fn outcome(story: &mut Story) -> Option<Result<(), Refusal>> {
    story.outcomes.pop().and_then(|(_, _, outcome)| outcome)
}

/// PROTO-39 to PROTO-41, PROTO-68, PROTO-69: reports of two receivers, one at the hub and one at a follower.
#[test]
fn what_was_read_can_be_proven() {
    let mut story = begun(Planted::NONE, true);
    story.wants(B1, Action::Send(1));
    for reporter in [C1, A1] {
        story.wants(reporter, Action::ReportAbuse(BOB));
        assert_eq!(outcome(&mut story), Some(Ok(())));
    }
    assert_eq!(verdicts(&story), [None, None]);
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// PROTO-40: without a franking agent there are no stamps, and nothing that could be reported.
#[test]
fn a_room_without_an_agent_has_no_stamps() {
    let mut story = begun(Planted::NONE, false);
    story.wants(B1, Action::Send(1));
    story.wants(C1, Action::ReportAbuse(BOB));
    assert_eq!(outcome(&mut story), Some(Err(Refusal::Pointless)));
}

/// INV-22: what nobody has sent is believed by a hub that does not look, and by no other.
#[test]
fn what_nobody_has_sent_is_not_believed() {
    let mut story = begun(Planted::new(Mutant::BelievesReports), true);
    story.wants(B1, Action::Send(1));
    story.wants(C1, Action::ReportAbuse(BOB));
    assert_eq!(verdicts(&story), [None]);
    assert_eq!(story.driver.violated(), ["INV-22"]);
}

/// PROTO-41: Bob's server alters the hub's time on the way to Bob's other device, and Cathy's to hers: each sees it. Who does not
/// look has nothing that proves anything.
#[test]
fn what_was_altered_on_the_way_proves_nothing() {
    let mut story = begun(Planted::new(Mutant::TakesAnyStamp), true);
    story.wants(B1, Action::Send(1));
    story.wants(C1, Action::ReportAbuse(BOB));
    assert_eq!(verdicts(&story), [Some(FrankError::WrongServerFrank)]);
    assert!(story.driver.violated().contains(&"INV-22"), "{:?}", story.driver.violated());
}

/// PROTO-43: the hub stamps a tag over something else, since it cannot know better; every receiver finds out.
#[test]
fn a_tag_over_something_else_is_found_out_by_who_reads_it() {
    let mut story = begun(Planted::new(Mutant::TagsOtherContent), true);
    story.wants(B1, Action::Send(1));
    let all = [A1, B2, C1, C2, E1].map(|client| (client.into(), FrankError::WrongTag));
    assert!(put_aside(&story).is_superset(&all.into()), "{:?}", put_aside(&story));
}

/// RACE-28: a server hands Bob's message in under the name of another of its users. The stamp says so, and the leaf does not;
/// where there are no stamps, nobody sees it.
#[test]
fn who_vouches_for_another_is_found_out_by_the_stamp() {
    for is_franked in [true, false] {
        let mut story = begun(Planted::new(Mutant::VouchesForOthers), is_franked);
        story.wants(B1, Action::Send(1));
        let expected = (NodeId::from(A1), FrankError::BadSignature);
        assert_eq!(put_aside(&story).contains(&expected), is_franked);
        let as_gil =
            |fact: &Fact| matches!(fact, Fact::Accepted { event: Accepted::Message { sender: GIL, .. }, .. });
        assert!(story.driver.facts.iter().any(|(_, fact)| as_gil(fact)));
    }
}
