//! The same with the room's state in the hub's logs (`carrier = hub-log`): what holds there, what cannot, and the planted bugs of
//! that reading.

use super::driver::Packet;
use super::*;
use mimic_protocol::directory::identity_claim;
use mimic_protocol::mls::{MlsError, Octets, Proposed};
use mimic_protocol::node::{Bundle, Deed, Event, VouchedEvent};
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::examples::{Example, preauthorised};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::state_log::StateEvent;

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
const UNCHECKED: [&str; 8] = ["INV-13", "INV-18", "INV-22", "INV-23", "INV-25", "INV-26", "INV-27", "INV-31"];

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

/// ARCH-25, ARCH-36: a server acts by an event of its own, which the policy judges, and members take out the devices.
#[test]
fn a_hub_takes_users_out_by_events() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::NobodyCommits), true)] {
        let mut story = begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        story.wants(A1, Action::Add(CATHY, USER));
        story.wants(HUB, Action::Remove(BOB));
        // It is so already.
        story.wants(HUB, Action::Remove(BOB));
        assert!(
            story.outcomes.iter().all(|(_, _, outcome)| *outcome == Some(Ok(()))),
            "{:?}",
            story.outcomes
        );
        story.wants(HUB, Action::Ban(EVE));
        story.wants(HUB, Action::ChangeRole(CATHY, ADMIN));
        let refused = story.outcomes.iter().rev().take(2).map(|(_, _, outcome)| *outcome);
        assert!(
            refused.eq([Some(Err(Refusal::Pointless)); 2]),
            "of one who is not listed, and what only users do"
        );
        let events = story.driver.facts.iter().filter(|(_, fact)| match fact {
            Fact::Accepted { event: Accepted::State { proposals, .. }, .. } => {
                proposals.iter().all(|p| p.sender == Sender::External(HUB))
            }
            _ => false,
        });
        assert_eq!(events.count(), 1);
        let judgement = story.driver.judge();
        assert_eq!(violated(&judgement).contains(&"INV-13"), seen, "{:?}", judgement.findings);
        assert!(seen || judgement.findings.is_empty(), "{:?}", judgement.findings);
    }
}

/// ARCH-33, PROTO-81: a follower hands in its event, if the group knows its key and the policy its role.
#[test]
fn a_follower_takes_a_user_out_by_an_event() {
    let removes = |external_senders, has_role: bool| {
        let directory = world();
        let server = ProviderId(if has_role { 1 } else { 2 });
        let claim = identity_claim(directory.provider_uri(server));
        let role = Example::Cooperative.enforcer_role();
        let room = preauthorised(Example::Cooperative.room(UserId(0)), &[claim], role);
        let plans = Plans { rooms: [(ROOM, room)].into(), ..Plans::default() };
        let readings = Readings { external_senders, ..Preset::Independent.readings() };
        let driver = Driver::planned(directory, readings, Planted::NONE, plans);
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        story.wants(A1, Action::Add(CATHY, USER));
        // Another event takes the place while the server asks.
        story.states(ProviderId(1), Action::Remove(CATHY));
        story.states(A1, Action::ChangeRole(BOB, ADMIN));
        story.driver.run();
        let outcome = story.driver.outcome(IntentId(3));
        let judgement = story.driver.judge();
        assert_eq!(judgement.findings, []);
        outcome
    };
    assert_eq!(removes(ExternalSenders::Followers, true), Some(Ok(())));
    assert_eq!(removes(ExternalSenders::Followers, false), Some(Err(Refusal::NotAllowed)));
    assert_eq!(removes(ExternalSenders::Hub, true), Some(Err(Refusal::NotAuthorized)));
}

/// ARCH-36, ARCH-42: what is altered on the way is not what its author has signed.
#[test]
fn events_that_are_not_signed_are_seen_by_whoever_gets_them() {
    let unsigned: fn(&mut Packet) -> bool = |packet| {
        let Body::Request(Request::Update { bundle: Bundle::State(vouched), .. }) = &mut packet.body else {
            return false;
        };
        packet.to == HUB.into() && {
            strip(vouched);
            true
        }
    };
    let to_client: fn(&mut Packet) -> bool = |packet| match &mut packet.body {
        Body::Request(Request::Deliver { event, .. }) if packet.to == C1.into() => stripped(&mut event.event),
        _ => false,
    };
    let to_follower: fn(&mut Packet) -> bool = |packet| match &mut packet.body {
        Body::Request(Request::Notify { event, .. }) if packet.to == ProviderId(2).into() => {
            let Event::State(vouched) = &mut event.event else { return false };
            vouched.origin = Octets::default();
            true
        }
        _ => false,
    };
    let hears = |planted: Planted, alter| {
        let mut story = begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, ADMIN));
        story.wants(A1, Action::Add(CATHY, USER));
        story.driver.alter(alter);
        story.wants(B1, Action::ChangeRole(CATHY, ADMIN));
        assert!(story.driver.faults_are_spent());
        let is_it = |fact: &Fact| {
            matches!(
                fact,
                Fact::Rejected { reason: Rejection::BadSignature, .. }
                    | Fact::Unprocessable { error: MlsError::NotAuthentic, .. }
            )
        };
        story.driver.facts.iter().filter(|(_, fact)| is_it(fact)).map(|(node, _)| *node).collect::<Vec<_>>()
    };
    let cases: [(_, Mutant, NodeId); 3] = [
        (unsigned, Mutant::TakesUnsignedEvents, HUB.into()),
        (to_client, Mutant::TrustsTheHub, C1.into()),
        (to_follower, Mutant::TrustsTheHub, ProviderId(2).into()),
    ];
    for (alter, mutant, node) in cases {
        assert_eq!(hears(Planted::NONE, alter), [node], "{mutant:?}");
        assert!(!hears(Planted::new(mutant), alter).contains(&node), "{mutant:?}");
    }
}

fn stripped(event: &mut Event) -> bool {
    let Event::State(vouched) = event else { return false };
    strip(vouched);
    true
}

/// Takes the author's signature away.
fn strip(vouched: &mut VouchedEvent) {
    let event = StateEvent::decode(&vouched.event).expect("a state event");
    vouched.event = StateEvent { signature: Vec::new().into(), ..event }.encode().into();
}

/// POL-32, MLS-12: a device takes itself out by a proposal, and the commit of another refers to it.
#[test]
fn a_device_that_goes_alone_is_taken_out_by_reference() {
    let mut story = begin(Planted::NONE);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story.wants(B2, Action::Do(Deed::RemoveOwnClient(B2)));
    let refers = story.driver.facts.iter().any(|(_, fact)| match fact {
        Fact::Accepted { event: Accepted::Commit { sender, proposals, .. }, .. } => {
            *sender != Sender::Member(B2)
                && proposals.iter().any(|p| p.body == Proposed::SelfRemove && p.reference.is_some())
        }
        _ => false,
    });
    assert!(refers);
    assert_eq!(story.driver.judge().findings, []);
}

/// PROTO-10: a commit that leaves out what is pending is refused beside the logs too.
#[test]
fn a_commit_beside_the_logs_that_leaves_out_what_is_pending_is_refused() {
    let omissions = |planted: Planted| {
        let mut story = begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        story.wants(A1, Action::Add(CATHY, USER));
        story.states(B2, Action::Do(Deed::RemoveOwnClient(B2)));
        story
            .driver
            .run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::Proposals { .. }, .. }));
        // Cathy has not heard of it.
        story.wants(C1, Action::UpdateKeys);
        let is_it = |fact: &Fact| matches!(fact, Fact::Rejected { reason: Rejection::Omission, .. });
        let omissions = story.driver.facts.iter().filter(|(_, fact)| is_it(fact)).count();
        (omissions, violated(&story.driver.judge()).is_empty())
    };
    assert_eq!(omissions(Planted::NONE), (1, true));
    assert_eq!(omissions(Planted::new(Mutant::LetsOmissions)).0, 0);
}
