//! Rules that no invariant judges: each has a story in which it can be seen to hold, and a planted bug with which it does not.

use super::*;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Entropy, Mls, MlsMember, ProposalInfo, Proposed};
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::readings::LastResort;
use mimic_protocol::signing::key_material_request;
use std::collections::BTreeSet;

fn begun(planted: Planted) -> Story {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story
}

/// Bob leaves, and before others hear of that, somebody does what takes a commit.
fn leave_against(planted: Planted, client: ClientId, action: Action) -> Story {
    let mut story = begun(planted);
    story.wants(A1, Action::Add(DAN, USER));
    story.states(B1, Action::Leave);
    story.driver.run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::Proposals { .. }, .. }));
    story.wants(client, action);
    story
}

/// Whether some commit leaves out what was accepted in its epoch before it and could be in it.
fn omits(story: &Story) -> bool {
    let mut waiting: Vec<ProposalInfo> = Vec::new();
    let mut omitted = false;
    for (_, fact) in &story.driver.facts {
        match fact {
            Fact::Accepted { event: Accepted::Proposals { proposals, .. }, .. } => {
                waiting.extend(proposals.iter().cloned());
            }
            Fact::Accepted { event: Accepted::Commit { sender, proposals, .. }, .. } => {
                let joins = matches!(sender, Sender::Joiner(_));
                let carried = |w: &ProposalInfo| match &w.body {
                    Proposed::Remove(_) if joins => true,
                    Proposed::AppDataUpdate { .. } if joins => proposals.iter().any(|p| p.body == w.body),
                    _ => proposals.iter().any(|p| p.reference.is_some() && p.reference == w.reference),
                };
                omitted |= !waiting.iter().all(carried);
                waiting.clear();
            }
            _ => {}
        }
    }
    omitted
}

/// PROTO-10, PROTO-79, MLS-08: the next commit contains a leave, also where it crosses it on the way to the hub.
#[test]
fn the_next_commit_contains_what_is_pending() {
    let story = |planted| leave_against(planted, A1, Action::UpdateKeys);
    assert!(!omits(&story(Planted::NONE)));
    assert!(omits(&story(Planted::new(Mutant::LetsOmissions))));
}

/// PROTO-58, MLS-12: who joins by itself includes the pending SelfRemoves and AppDataUpdates.
#[test]
fn an_external_commit_contains_what_it_can_of_what_is_pending() {
    let story = |planted| leave_against(planted, A2, Action::JoinOwnDevice);
    let fine = story(Planted::NONE);
    assert!(!omits(&fine));
    let joins = |fact: &Fact| {
        matches!(fact, Fact::Accepted { event: Accepted::Commit { sender: Sender::Joiner(A2), .. }, .. })
    };
    assert!(fine.driver.facts.iter().any(|(_, fact)| joins(fact)));
    assert!(omits(&story(Planted::new(Mutant::LetsOmissions))));
}

/// ARCH-07: to add a user is to add all of its clients.
#[test]
fn all_clients_of_an_added_user_come_in() {
    let joined = |planted| {
        let story = begun(planted);
        let joined = story.driver.facts.iter().filter_map(|(node, fact)| match (node, fact) {
            (NodeId::Client(client), Fact::Joined { .. }) if *client != A1 => Some(*client),
            _ => None,
        });
        joined.collect::<BTreeSet<ClientId>>()
    };
    let all: BTreeSet<ClientId> = world().clients_of(BOB).collect();
    assert_eq!(joined(Planted::NONE), all);
    assert_ne!(joined(Planted::new(Mutant::AddsOneDevice)), all);
}

/// PROTO-56: what a joiner is handed is all of one epoch, and it joins by it.
#[test]
fn what_a_joiner_is_handed_is_of_one_epoch() {
    let joins = |planted| {
        let mut story = begun(planted);
        story.wants(A2, Action::JoinOwnDevice);
        story.outcomes.pop()
    };
    assert_eq!(joins(Planted::NONE), Some((A2.into(), Action::JoinOwnDevice, Some(Ok(())))));
    let stale = joins(Planted::new(Mutant::StaleGroupInfo));
    assert!(matches!(stale, Some((_, _, Some(Err(Refusal::Engine(_)))))), "{stale:?}");
}

/// PROTO-57: who may not join is told so, and is handed nothing.
#[test]
fn who_may_not_join_is_told_so() {
    let told = |planted| {
        let mut story = begun(planted);
        story.wants(A1, Action::Ban(BOB));
        story.wants(B1, Action::JoinOwnDevice);
        let (_, _, outcome) = story.outcomes.pop().expect("what Bob wanted");
        outcome
    };
    assert_eq!(told(Planted::NONE), Some(Err(Refusal::NotAuthorized)));
    assert_ne!(told(Planted::new(Mutant::HandsToAnybody)), Some(Err(Refusal::NotAuthorized)));
}

/// POL-62, PROTO-35: with a tolerance of 0, what is accepted as a message is of the hub's own epoch.
#[test]
fn messages_are_of_the_epoch_of_the_hub() {
    let stays_behind = |planted| {
        let mut story = begun(planted);
        story.states(A1, Action::UpdateKeys);
        story.driver.run_until(|fact| matches!(fact, Fact::Accepted { .. }));
        story.says(B1);
        story.driver.run();
        let mut head = 0;
        story.driver.facts.iter().any(|(_, fact)| match fact {
            Fact::Accepted { event: Accepted::Commit { epoch, .. }, .. } => {
                head = epoch + 1;
                false
            }
            Fact::Accepted { event: Accepted::Message { epoch, .. }, .. } => *epoch != head,
            _ => false,
        })
    };
    assert!(!stays_behind(Planted::NONE));
    assert!(stays_behind(Planted::new(Mutant::TakesOldEpochs)));
}

/// ARCH-03: a follower owes its users the last mile, over its crashes too.
#[test]
fn a_follower_hands_its_users_what_it_was_notified_of() {
    let reads = |planted| {
        let mut story = begun(planted);
        story.driver.lose(|packet| {
            packet.to == B1.into() && matches!(packet.body, Body::Request(Request::Deliver { .. }))
        });
        story.says(A1);
        story.driver.run_until(|fact| matches!(fact, Fact::Notified { .. }));
        story.driver.crash(ProviderId(1));
        story.driver.run();
        let read = |fact: &Fact| matches!(fact, Fact::Applied { text: Some((A1, 0)), .. });
        story.driver.facts.iter().any(|(node, fact)| *node == NodeId::Client(B1) && read(fact))
    };
    assert!(reads(Planted::NONE));
    assert!(!reads(Planted::new(Mutant::ForgetsInbox)));
}

/// A request for Bob's key packages, signed by this client.
fn asks_for_bob(driver: &Driver, client: ClientId) -> Request {
    let member = <Symbolic as Mls>::Member::new(&driver.config.mls, client, Entropy([1; 32]));
    key_material_request(&driver.config, &member, (ROOM, BOB, client)).expect("it can be signed")
}

/// PROTO-25, MLS-15, OPEN-10: all of Bob's key packages are asked for, and then he is added twice, with the last one that there is
/// or the last resort.
fn exhausted(last_resort: LastResort, planted: Planted) -> Story {
    let mut story = Story::begin_under(Readings { last_resort, ..Readings::default() }, planted);
    story.wants(A1, Action::Create);
    let asks = |story: &mut Story, times| {
        for _ in 0..times {
            let request = asks_for_bob(&story.driver, A1);
            story.driver.asks(A1, Call::KeyMaterial(ROOM, BOB), request);
            story.driver.run();
        }
    };
    asks(&mut story, 12);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Remove(BOB));
    // A device that has come in has published a fresh one.
    asks(&mut story, 1);
    story.wants(A1, Action::Add(BOB, USER));
    story
}

#[test]
fn a_key_package_is_given_away_once_or_is_the_last_resort() {
    use LastResort::{AllowedOnceExhausted, Forbidden};
    let told = |last_resort, planted| {
        let story = exhausted(last_resort, planted);
        let outcomes = [1, 3].map(|n: usize| story.outcomes[n].2);
        let judgement = story.driver.judge();
        (outcomes, violated(&judgement).contains(&"INV-14"))
    };
    let (done, gone) = (Some(Ok(())), Some(Err(Refusal::NoKeyMaterial)));
    assert_eq!(told(Forbidden, Planted::NONE), ([gone, gone], false));
    assert_eq!(told(AllowedOnceExhausted, Planted::NONE), ([done, done], false));
    assert!(told(Forbidden, Planted::new(Mutant::HandsOutTwice)).1);
    assert!(told(AllowedOnceExhausted, Planted::new(Mutant::LastResortFirst)).1);
}

/// POL-20: Alice's devices know a component that is in force in the room, and Bob's do not: they do not come in with the Welcome, nor
/// by themselves.
#[test]
fn nobody_joins_a_room_whose_policy_it_does_not_know() {
    const COMPONENT: u16 = 0x0f00;
    let ends = |planted| {
        let mut room = Example::Cooperative.room(UserId(0));
        room.base.component_ids.push(COMPONENT);
        let supports = [(UserId(0), [COMPONENT].into())].into();
        let plans = Plans { rooms: [(ROOM, room)].into(), supports, ..Plans::default() };
        let driver = Driver::planned(world(), Readings::default(), planted, plans);
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        story.wants(B1, Action::JoinOwnDevice);
        let joins = |node: ClientId| {
            let joined =
                |(at, fact): &(NodeId, Fact)| *at == node.into() && matches!(fact, Fact::Joined { .. });
            story.driver.facts.iter().any(joined)
        };
        ([A1, B1, B2].map(joins), story.outcomes[2].2)
    };
    let refused = Some(Err(Refusal::UnknownComponent));
    assert_eq!(ends(Planted::NONE), ([true, false, false], refused));
    assert_eq!(ends(Planted::new(Mutant::JoinsUnprepared)).0, [true, true, true]);
}
