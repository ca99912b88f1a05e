//! Key packages that are used in their lifetime alone (RFC 9420 §7.2, §7.3; PROTO-25, MLS-16), and clocks that differ (RACE-15).

use super::*;
use mimic_protocol::plans::Plans;
use mimic_protocol::readings::LifetimeChecks;
use mimic_protocol::{ClientId, NodeId, ProviderId};

/// How long Bob's key packages last, in seconds.
const LASTS_S: u64 = 60;

/// The devices of Bob begin, and after a while Alice adds him to a room with Cathy. The clocks of `ahead` show so many seconds more
/// than the others'.
fn adds_bob(checks: LifetimeChecks, planted: Planted, after_s: u64, ahead: &[(NodeId, u64)]) -> Story {
    let lifetimes_s = [(BOB, LASTS_S)].into();
    let plans = Plans { lifetimes_s, ..Plans::default() };
    let readings = Readings { lifetime_checks: checks, ..Readings::default() };
    let driver = Driver::planned(world(), readings, planted, plans);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.driver.pass(1_000 * after_s);
    story.driver.ahead_ms = ahead.iter().map(|(node, seconds)| (*node, 1_000 * seconds)).collect();
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(CATHY, USER));
    story.wants(A1, Action::Add(BOB, USER));
    story
}

fn outcome(story: &Story) -> Option<Result<(), Refusal>> {
    story.outcomes[2].2
}

#[test]
fn no_provider_hands_out_what_has_expired() {
    let told = |planted, after_s| {
        let story = adds_bob(LifetimeChecks::Committers, planted, after_s, &[]);
        (outcome(&story), story.driver.violated())
    };
    assert_eq!(told(Planted::NONE, LASTS_S), (Some(Ok(())), vec![]));
    let gone = Some(Err(Refusal::NoKeyMaterial));
    assert_eq!(told(Planted::NONE, LASTS_S + 1), (gone, vec![]));
    // Alice does not use it.
    assert_eq!(told(Planted::new(Mutant::HandsOutExpired), LASTS_S + 1), (gone, vec!["INV-14"]));
}

/// MLS-16: a device that hears of something after half their lifetime renews them.
#[test]
fn who_wakes_in_time_has_others() {
    let outcome_after = |wakes: bool| {
        let plans = Plans { lifetimes_s: [(BOB, LASTS_S)].into(), ..Plans::default() };
        let driver = Driver::planned(world(), Readings::default(), Planted::NONE, plans);
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.driver.pass(1_000 * LASTS_S / 2);
        if wakes {
            [B1, B2].into_iter().for_each(|client| story.driver.crash(client));
            story.driver.run();
        }
        story.driver.pass(1_000 * LASTS_S);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        story.outcomes.pop().and_then(|(_, _, outcome)| outcome)
    };
    assert_eq!(outcome_after(false), Some(Err(Refusal::NoKeyMaterial)));
    assert_eq!(outcome_after(true), Some(Ok(())));
}

/// RACE-15: Bob's provider takes them for valid, and Alice does not.
#[test]
fn nobody_adds_others_with_what_has_expired() {
    let ahead = [(A1.into(), LASTS_S + 1)];
    let told = |planted| {
        let story = adds_bob(LifetimeChecks::Committers, planted, 0, &ahead);
        (outcome(&story), story.driver.violated())
    };
    assert_eq!(told(Planted::NONE), (Some(Err(Refusal::NoKeyMaterial)), vec![]));
    assert_eq!(told(Planted::new(Mutant::UsesExpired)), (Some(Ok(())), vec!["INV-14"]));
}

/// RACE-15: Alice takes them for valid, and the hub, or another member, does not. Who looks is a reading.
#[test]
fn whoever_looks_at_lifetimes_goes_by_its_own_clock() {
    use LifetimeChecks::{Committers, Everybody};
    let told = |checks, ahead: NodeId| {
        let story = adds_bob(checks, Planted::NONE, 0, &[(ahead, LASTS_S + 1)]);
        let expired = |fact: &Fact| {
            use mimic_protocol::node::Rejection::OutOfLifetime;
            let reason = match fact {
                Fact::Rejected { reason, .. } | Fact::Objected { reason, .. } => reason,
                _ => return false,
            };
            *reason == OutOfLifetime
        };
        let who = story.driver.facts.iter().filter(|(_, fact)| expired(fact)).map(|(node, _)| *node);
        (outcome(&story).is_some_and(|outcome| outcome.is_ok()), who.collect::<Vec<_>>())
    };
    let (hub, cathy): (NodeId, NodeId) = (ProviderId(0).into(), C1.into());
    assert_eq!(told(Committers, cathy), (true, vec![]));
    assert_eq!(told(Everybody, cathy), (true, vec![cathy]));
    // The hub is Alice's provider: it hands out nothing of Bob's itself.
    assert_eq!(told(Committers, hub), (true, vec![]));
    assert_eq!(told(Everybody, hub), (false, vec![hub]));
    assert_eq!(told(Everybody, ClientId(0).into()), (false, vec![]));
}
