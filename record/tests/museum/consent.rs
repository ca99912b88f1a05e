//! Key packages are given away with their user's consent alone (proto §5.2, §5.7, §8), and events are taken from the hub alone
//! (§5.5).

use super::*;
use mimic_protocol::Discretion;
use mimic_protocol::node::{Consent, ConsentScope, Deed, Event, FanOut, UserStatus};
use mimic_protocol::plans::Plans;
use mimic_protocol::readings::ConsentPrecedence;

const ANY: bool = false;
const HERE: bool = true;

/// Bob's and Cathy's providers ask for consent.
fn begun(planted: Planted, discretion: Discretion) -> Story {
    let consent = [(ProviderId(1), discretion), (ProviderId(2), discretion)].into();
    let plans = Plans { consent, ..Plans::default() };
    let driver = Driver::planned(world(), Readings::default(), planted, plans);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.wants(A1, Action::Create);
    story
}

fn ends(story: &mut Story, node: impl Into<NodeId>, action: Action) -> Option<Result<(), Refusal>> {
    story.wants(node, action);
    story.outcomes.pop().and_then(|(_, _, outcome)| outcome)
}

/// What Bob's provider answered to who may not have his key packages.
fn told(story: &Story) -> Vec<UserStatus> {
    let told = story.driver.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::Withheld { target: BOB, status, .. } => Some(*status),
        _ => None,
    });
    told.collect()
}

/// PROTO-22, PROTO-59, PROTO-65: without consent, with it, and without it again.
#[test]
fn who_is_added_has_consented() {
    let mut story = begun(Planted::NONE, Discretion::Open);
    let add = Action::Add(BOB, USER);
    assert_eq!(ends(&mut story, A1, add), Some(Err(Refusal::NoConsent)));
    assert_eq!(ends(&mut story, A1, Action::Consent(Consent::Request, BOB, ANY)), Some(Ok(())));
    assert_eq!(ends(&mut story, B1, Action::Consent(Consent::Grant, UserId(0), HERE)), Some(Ok(())));
    assert_eq!(ends(&mut story, A1, add), Some(Ok(())));
    story.wants(A1, Action::Remove(BOB));
    assert_eq!(ends(&mut story, B1, Action::Consent(Consent::Revoke, UserId(0), HERE)), Some(Ok(())));
    assert_eq!(ends(&mut story, A1, add), Some(Err(Refusal::NoConsent)));
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// PROTO-22, PROTO-56: what Bob asked for is pointless when the answer comes, and his device has asked something else since.
#[test]
fn a_late_answer_is_not_taken_for_another() {
    let ends = |planted| {
        let consent = [(ProviderId(2), Discretion::Open)].into();
        let driver =
            Driver::planned(world(), Readings::default(), planted, Plans { consent, ..Plans::default() });
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        let add = story.states(B1, Action::Add(CATHY, USER));
        let back = story.states(B1, Action::Rejoin);
        story.wants(A1, Action::Do(Deed::Enlist(CATHY, USER)));
        let outcome = |id| story.driver.outcome(id);
        (outcome(add), outcome(back), story.driver.epoch_of(B1))
    };
    let pointless = Some(Err(Refusal::Pointless));
    assert_eq!(ends(Planted::NONE), (pointless, Some(Ok(())), Some(3)));
    let lost = (pointless, Some(Err(Refusal::NoConsent)), None);
    assert_eq!(ends(Planted::new(Mutant::TakesLateAnswers)), lost);
}

/// INV-23.
#[test]
fn providers_that_do_not_go_by_consent_are_seen() {
    let mut story = begun(Planted::new(Mutant::IgnoresConsent), Discretion::Open);
    story.wants(A1, Action::Add(BOB, USER));
    assert_eq!(story.driver.violated(), ["INV-23"]);
    let mut story = begun(Planted::new(Mutant::IgnoresRevokes), Discretion::Open);
    for consent in [Consent::Grant, Consent::Revoke] {
        story.wants(B1, Action::Consent(consent, UserId(0), ANY));
    }
    story.wants(A1, Action::Add(BOB, USER));
    assert_eq!(story.driver.violated(), ["INV-23"]);
}

/// OPEN-11: consent for any room after a refusal for this one, and the reverse, as it is read.
#[test]
fn what_was_said_of_the_room_or_what_was_said_last() {
    use Consent::{Grant, Revoke};
    let added = |planted, consent_precedence, said: [(Consent, bool); 2]| {
        let consent = [(ProviderId(1), Discretion::Open)].into();
        let plans = Plans { consent, ..Plans::default() };
        let readings = Readings { consent_precedence, ..Readings::default() };
        let driver = Driver::planned(world(), readings, planted, plans);
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.wants(A1, Action::Create);
        for (consent, here) in said {
            story.wants(B1, Action::Consent(consent, UserId(0), here));
        }
        let outcome = ends(&mut story, A1, Action::Add(BOB, USER));
        (outcome == Some(Ok(())), story.driver.violated())
    };
    let (room_first, last_word) = (ConsentPrecedence::RoomFirst, ConsentPrecedence::LastWord);
    for (precedence, after_refusal, after_grant) in [(room_first, false, true), (last_word, true, false)] {
        let (refused_here, granted_here) = ([(Revoke, HERE), (Grant, ANY)], [(Grant, HERE), (Revoke, ANY)]);
        assert_eq!(added(Planted::NONE, precedence, refused_here), (after_refusal, vec![]), "{precedence:?}");
        assert_eq!(added(Planted::NONE, precedence, granted_here), (after_grant, vec![]), "{precedence:?}");
    }
    let granted_here = [(Grant, HERE), (Revoke, ANY)];
    let ignores = Planted::new(Mutant::IgnoresRevokes);
    assert_eq!(added(ignores, last_word, granted_here), (true, vec!["INV-23"]));
}

/// PROTO-60: Cathy's device grants Alice consent in Bob's name. Her own provider does not pass that on, and Bob's would not
/// take it.
#[test]
fn nobody_consents_for_another() {
    for (planted, violated) in
        [(Planted::NONE, vec![]), (Planted::new(Mutant::AnybodyConsents), vec!["INV-23"])]
    {
        let mut story = begun(planted, Discretion::Open);
        let scope = ConsentScope { requester: UserId(0), target: BOB, room: None };
        let request =
            Request::Consent { consent: Consent::Grant, scope, serial: Some(0), key_packages: Vec::new() };
        story.driver.asks(C1, Call::Consent(ROOM, UserId(0)), request);
        story.driver.run();
        assert_eq!(story.driver.violated(), violated);
    }
}

/// PROTO-26: what Alice hears of somebody who never consented to anything, of Bob, who did for another room, and of Bob when he is no
/// user any more; the same from a discreet provider.
#[test]
fn a_discreet_provider_says_the_same_of_everybody() {
    let heard = |planted, discretion| {
        let mut story = begun(planted, discretion);
        let add = Action::Add(BOB, USER);
        story.wants(A1, add);
        story.wants(B1, Action::Consent(Consent::Grant, UserId(0), ANY));
        story.wants(B1, Action::Consent(Consent::Revoke, UserId(0), HERE));
        story.wants(A1, add);
        story.wants(ProviderId(1), Action::Delete(BOB));
        story.wants(A1, add);
        told(&story)
    };
    use UserStatus::{NoConsent, NoConsentForThisRoom, UserDeleted};
    let all = [NoConsent, NoConsentForThisRoom, UserDeleted];
    assert_eq!(heard(Planted::NONE, Discretion::Open), all);
    assert_eq!(heard(Planted::NONE, Discretion::Discreet), [NoConsent; 3]);
    assert_ne!(heard(Planted::new(Mutant::TellsOnUsers), Discretion::Discreet), [NoConsent; 3]);
}

/// PROTO-62: what Alice's request for consent comes to, of Bob and of somebody who is no user any more.
#[test]
fn a_request_for_consent_tells_nothing_of_who_exists() {
    let asks = |planted, discretion| {
        let mut story = begun(planted, discretion);
        let ask = Action::Consent(Consent::Request, BOB, ANY);
        let of_bob = ends(&mut story, A1, ask);
        story.wants(ProviderId(1), Action::Delete(BOB));
        (of_bob, ends(&mut story, A1, ask))
    };
    assert_eq!(asks(Planted::NONE, Discretion::Discreet), (Some(Ok(())), Some(Ok(()))));
    let (of_bob, of_nobody) = asks(Planted::new(Mutant::TellsWhoExists), Discretion::Discreet);
    assert_ne!(of_bob, of_nobody);
    assert_eq!((of_bob, of_nobody), asks(Planted::NONE, Discretion::Open));
}

/// PROTO-63, INV-14: what goes with a grant is used up by it.
#[test]
fn key_packages_that_go_with_a_grant_are_given_away_once() {
    let violated = |planted| {
        let consent = [(ProviderId(1), Discretion::Open)].into();
        let grants_key_packages = [ProviderId(1)].into();
        let plans = Plans { consent, grants_key_packages, ..Plans::default() };
        let driver = Driver::planned(world(), Readings::default(), planted, plans);
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.wants(A1, Action::Create);
        story.wants(B1, Action::Consent(Consent::Grant, UserId(0), HERE));
        story.wants(A1, Action::Add(BOB, USER));
        story.wants(A1, Action::Remove(BOB));
        story.wants(A1, Action::Add(BOB, USER));
        story.driver.violated()
    };
    assert_eq!(violated(Planted::NONE), [""; 0]);
    assert_eq!(violated(Planted::new(Mutant::GrantsTheSame)), ["INV-14"]);
}

/// INV-20: a device hands its provider an event as if it were the hub.
#[test]
fn events_are_taken_from_the_hub_alone() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::NotifiedByAnybody), true)] {
        let mut story = begun(planted, Discretion::Open);
        let event = Event::Message { message: [1, 2, 3].into(), frank: None };
        let request = Request::Notify { room: ROOM, event: FanOut::new(1, event) };
        story.driver.asks(B1, Call::Notify(ROOM, ProviderId(1)), request);
        story.driver.run();
        assert_eq!(story.driver.violated().contains(&"INV-20"), seen);
    }
}
