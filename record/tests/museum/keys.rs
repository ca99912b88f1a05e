//! A client takes another signature key: in all its rooms, and for the key packages to come (RFC 9420 §7.3, ID-06).

use super::*;
use mimic_protocol::mls::Octets;

const LOUNGE: RoomId = RoomId(1);

/// Alice and Bob in two rooms, or Bob in the first alone.
fn begun(planted: Planted, readings: Readings, rooms: &[RoomId]) -> Story {
    let mut directory = world();
    directory.add_room(HUB, "lounge");
    let driver = Driver::new(directory, readings, planted);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    for room in [ROOM, LOUNGE] {
        assert_eq!(done(&mut story, A1, room, Action::Create), Some(Ok(())));
    }
    for room in rooms {
        assert_eq!(done(&mut story, A1, *room, Action::Add(BOB, ADMIN)), Some(Ok(())));
    }
    story
}

fn states(story: &mut Story, client: ClientId, room: RoomId, action: Action) -> IntentId {
    let id = IntentId(story.intents);
    story.intents += 1;
    story.driver.command(client.into(), Intent { id, room, action });
    id
}

fn done(story: &mut Story, client: ClientId, room: RoomId, action: Action) -> Option<Result<(), Refusal>> {
    let id = states(story, client, room, action);
    story.driver.run();
    story.driver.outcome(id)
}

/// Bob's key as Alice has it in the rooms.
fn keys(story: &Story) -> [Option<Octets>; 2] {
    [ROOM, LOUNGE].map(|room| story.driver.key_in(A1, room, B1))
}

fn changes(story: &Story) -> usize {
    story.driver.facts.iter().filter(|(_, fact)| matches!(fact, Fact::KeyChanged { .. })).count()
}

/// How many commits of Bob's the hub has taken in the room.
fn commits(story: &Story, of: RoomId) -> usize {
    let is_it = |fact: &Fact| match fact {
        Fact::Accepted { room, event: Accepted::Commit { sender, .. }, .. } => {
            *room == of && *sender == Sender::Member(B1)
        }
        _ => false,
    };
    story.driver.facts.iter().filter(|(_, fact)| is_it(fact)).count()
}

#[test]
fn another_signature_key_comes_into_all_rooms() {
    let mut story = begun(Planted::NONE, Readings::default(), &[ROOM, LOUNGE]);
    let [old, same] = keys(&story);
    assert!(old.is_some() && old == same);
    assert_eq!(done(&mut story, B1, ROOM, Action::ChangeKey), Some(Ok(())));
    let [new, everywhere] = keys(&story);
    assert!(new != old && new == everywhere);
    assert_eq!((changes(&story), commits(&story, ROOM), commits(&story, LOUNGE)), (1, 1, 1));
    // It goes on as before, and once more.
    for room in [ROOM, LOUNGE] {
        assert_eq!(done(&mut story, B1, room, Action::Send(7)), Some(Ok(())));
        assert_eq!(done(&mut story, B1, room, Action::Add(CATHY, USER)), Some(Ok(())));
    }
    assert_eq!(done(&mut story, B1, LOUNGE, Action::ChangeKey), Some(Ok(())));
    assert!(keys(&story)[0] != new && keys(&story)[0] == keys(&story)[1]);
    assert_eq!(story.driver.judge().findings, []);
}

/// A commit that loses its race leaves the earlier key where it was, and the next one brings the new one; and so it is over a crash.
#[test]
fn a_lost_race_or_a_crash_costs_no_key() {
    for crashes in [false, true] {
        let mut story = begun(Planted::NONE, Readings::default(), &[ROOM, LOUNGE]);
        let before = keys(&story);
        let others = states(&mut story, A1, ROOM, Action::UpdateKeys);
        let own = states(&mut story, B1, ROOM, Action::ChangeKey);
        story.driver.run_until(|fact| matches!(fact, Fact::Accepted { .. }));
        assert_eq!(keys(&story), before);
        if crashes {
            story.driver.crash(B1);
        }
        story.driver.run();
        assert_eq!([others, own].map(|id| story.driver.outcome(id)), [Some(Ok(())); 2]);
        let [new, everywhere] = keys(&story);
        assert!(new != before[0] && new == everywhere);
        assert_eq!(changes(&story), 1);
        assert_eq!(story.driver.judge().findings, []);
    }
}

/// Who is added after that is added with the new key; with a provider that hands out old key packages, only the next commit
/// brings it.
#[test]
fn key_packages_of_the_earlier_key_are_given_to_nobody() {
    for (planted, old_ones) in [(Planted::NONE, 0), (Planted::new(Mutant::KeepsOldKeyPackages), 1)] {
        let mut story = begun(planted, Readings::default(), &[ROOM]);
        assert_eq!(done(&mut story, B1, ROOM, Action::ChangeKey), Some(Ok(())));
        assert_eq!(done(&mut story, A1, LOUNGE, Action::Add(BOB, USER)), Some(Ok(())));
        let [here, there] = keys(&story);
        assert!(here.is_some() && here == there);
        assert_eq!(commits(&story, LOUNGE), old_ones);
        assert_eq!(story.driver.judge().findings, []);
    }
}

/// With hub-log: state events are signed with the key by which the group knows their author.
#[test]
fn events_are_signed_with_the_key_of_the_group() {
    let mut story = begun(Planted::NONE, Preset::Independent.readings(), &[ROOM, LOUNGE]);
    // The lounge has not seen the new key when the event is made there.
    states(&mut story, B1, ROOM, Action::ChangeKey);
    let early = states(&mut story, B1, LOUNGE, Action::Add(CATHY, USER));
    story.driver.run();
    assert_eq!(story.driver.outcome(early), Some(Ok(())));
    assert!(keys(&story)[0] == keys(&story)[1]);
    assert_eq!(done(&mut story, B1, LOUNGE, Action::ChangeRole(CATHY, ADMIN)), Some(Ok(())));
    let rejected = |fact: &Fact| matches!(fact, Fact::Rejected { reason: Rejection::BadSignature, .. });
    assert!(!story.driver.facts.iter().any(|(_, fact)| rejected(fact)));
    assert_eq!(story.driver.judge().findings, []);
}

/// Who joins anew in the place of its old leaf keeps that leaf's key for it, and then brings the newest.
#[test]
fn a_device_that_comes_back_brings_its_newest_key() {
    let mut story = begun(Planted::NONE, Readings::default(), &[ROOM, LOUNGE]);
    story.driver.lose(|packet| packet.exchange.call == Call::Update(LOUNGE));
    states(&mut story, B1, ROOM, Action::ChangeKey);
    let back = states(&mut story, B1, LOUNGE, Action::Rejoin);
    story.driver.run();
    assert_eq!(story.driver.outcome(back), Some(Ok(())));
    let [here, there] = keys(&story);
    assert!(here.is_some() && here == there);
    assert_eq!(story.driver.judge().findings, []);
}
