//! A follower that is too busy for a notify says when to ask again, and the hub waits so long (proto §5.5, PROTO-53).

use super::*;
use mimic_protocol::codec::{Hop, decode_response, encode_response};
use mimic_protocol::node::Exchange;
use mimic_protocol::plans::{Busy, Plans};

const FOLLOWER: ProviderId = ProviderId(1);
const UNTIL_MS: u64 = 60_000;

/// Bob's provider is busy when he is added.
fn adds_bob(planted: Planted) -> Story {
    let busy = [(FOLLOWER, Busy { from_ms: 0, until_ms: UNTIL_MS })].into();
    let driver = Driver::planned(world(), Readings::default(), planted, Plans { busy, ..Plans::default() });
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.wants(A1, Action::Create);
    story.states(A1, Action::Add(BOB, USER));
    story.driver.run_until(|fact| matches!(fact, Fact::TurnedAway { .. }));
    story
}

/// And then Alice talks.
pub(super) fn busy(planted: Planted) -> Story {
    let mut story = adds_bob(planted);
    story.says(A1);
    story.driver.run();
    story
}

fn turned_away(story: &Story) -> Vec<u32> {
    let turned_away = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::TurnedAway { retry_after_s, .. } if *node == FOLLOWER.into() => Some(*retry_after_s),
        _ => None,
    });
    turned_away.collect()
}

/// The hub asks once, and again when the time is over, whatever has happened meanwhile; one that takes no notice of the time asks again
/// and again.
#[test]
fn the_hub_waits_as_long_as_it_is_told() {
    let story = busy(Planted::NONE);
    assert_eq!(turned_away(&story).len(), 1);
    assert!(turned_away(&story)[0] <= 60);
    let read = |(node, fact): &(NodeId, Fact)| {
        *node == B1.into() && matches!(fact, Fact::Applied { text: Some(_), .. })
    };
    assert!(story.driver.facts.iter().any(read));
    assert_eq!(story.driver.violated(), [""; 0]);
    assert!(turned_away(&busy(Planted::new(Mutant::IgnoresRetryAfter))).len() > 50);
}

/// After a restart the hub does not know of it any more, and is told again.
#[test]
fn a_hub_that_begins_again_asks_again() {
    let mut story = adds_bob(Planted::NONE);
    // By then the hub has been told to wait.
    story.says(A1);
    story.driver.run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::Message { .. }, .. }));
    story.driver.crash(HUB);
    story.driver.run();
    assert_eq!(turned_away(&story).len(), 2);
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// The time is over at its end and not before, in whole seconds, rounded up.
#[test]
fn the_time_to_wait_is_what_is_left() {
    let busy = Busy { from_ms: 1_000, until_ms: 3_000 };
    let left = [999, 1_000, 1_999, 2_000, 2_001, 2_999, 3_000].map(|now_ms| busy.retry_after_s(now_ms));
    assert_eq!(left, [None, Some(2), Some(2), Some(1), Some(1), Some(1), None]);
}

/// RFC 9110 §10.2.3: seconds in a header. A 503 without them, or with a date, is a refusal.
#[test]
fn retry_after_is_a_header() {
    let directory = world();
    let hop = Hop { from: FOLLOWER.into(), to: HUB.into() };
    let exchange = Exchange { origin: HUB.into(), call: Call::Notify(ROOM, FOLLOWER) };
    let response = Response::Unavailable { retry_after_s: 17 };
    let octets = encode_response(&directory, hop, &exchange, &response).expect("it has an encoding");
    let expected = "HTTP/1.1 503 \r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(std::str::from_utf8(&octets), Ok(expected));
    let read = |text: &str| decode_response(&directory, hop, &exchange, text.as_bytes());
    assert_eq!(read(expected), Ok(response));
    for other in [
        "",
        "Retry-After: Fri, 31 Dec 2027 23:59:59 GMT\r\n",
        "Retry-After: -1\r\n",
        "Retry-After: 9999999999\r\n",
    ] {
        assert_eq!(read(&expected.replace("Retry-After: 17\r\n", other)), Ok(Response::Refused), "{other}");
    }
}
