//! Events that their own servers have signed, with `event-authentication = origin` (arch §5.2, ARCH-36, OPEN-09).

use super::driver::Packet;
use super::*;
use mimic_protocol::codec::{Hop, decode_request, encode_request};
use mimic_protocol::mls::MlsError;
use mimic_protocol::node::{Bundle, Event};
use mimic_protocol::readings::EventAuthentication;
use std::collections::BTreeSet;

const FOLLOWER: ProviderId = ProviderId(1);
const OTHER: ProviderId = ProviderId(2);

fn begun(planted: Planted) -> Story {
    let event_authentication = EventAuthentication::Origin;
    let readings = Readings {
        event_authentication,
        external_senders: ExternalSenders::Followers,
        ..Readings::default()
    };
    let mut story = Story::begin_under(readings, planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, ADMIN));
    story.wants(A1, Action::Add(CATHY, USER));
    story
}

/// What the follower has taken for an event from which server.
fn came(story: &Story) -> BTreeSet<ProviderId> {
    let came = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::CameFrom { server, .. } if *node == FOLLOWER.into() => Some(*server),
        _ => None,
    });
    came.collect()
}

fn refused(story: &Story, node: impl Into<NodeId>) -> bool {
    let node = node.into();
    story.driver.facts.iter().any(|(at, fact)| {
        *at == node && matches!(fact, Fact::Unprocessable { error: MlsError::NotAuthentic, .. })
    })
}

/// Commits, Welcomes, proposals of users and servers, and messages: of the hub's own users, and of each follower's.
#[test]
fn each_event_is_taken_on_the_word_of_its_own_server() {
    let mut story = begun(Planted::NONE);
    story.wants(C1, Action::UpdateKeys);
    story.wants(B1, Action::Add(DAN, USER));
    [A1, B1, C1, D1].into_iter().for_each(|client| story.says(client));
    story.driver.run();
    story.wants(HUB, Action::Remove(DAN));
    story.wants(C2, Action::Leave);
    assert!(story.outcomes.iter().all(|(_, _, outcome)| *outcome == Some(Ok(()))), "{:?}", story.outcomes);
    assert_eq!(came(&story), [HUB, FOLLOWER, OTHER].into());
    let rejected = story.driver.facts.iter().any(|(_, fact)| matches!(fact, Fact::Rejected { .. }));
    assert!(!rejected && !refused(&story, FOLLOWER) && !refused(&story, OTHER));
    is_told_over_the_wire(&story, true);
    let judgement = story.driver.judge();
    assert_eq!(judgement.findings, []);
}

/// What the hub staples to a commit is its own (PROTO-47), whoever has committed.
#[test]
fn what_is_stapled_is_on_the_hubs_word() {
    let mut story = begun(Planted::NONE);
    story.wants(A1, Action::Add(DAN, USER));
    story.states(HUB, Action::Remove(DAN));
    story.states(B2, Action::UpdateKeys);
    story.states(C2, Action::JoinOwnDevice);
    story.driver.run();
    assert_eq!(story.driver.role(A1, DAN), None);
    assert_eq!(story.driver.judge().findings, []);
}

/// protocol-06 has nothing of it on the wire.
#[test]
fn without_the_reading_nobody_signs_for_its_users() {
    let mut story = Story::begin(Planted::NONE);
    gather(&mut story);
    talk(&mut story);
    let signed = |fact: &Fact| matches!(fact, Fact::Vouched { .. } | Fact::CameFrom { .. });
    assert!(!story.driver.facts.iter().any(|(_, fact)| signed(fact)));
    is_told_over_the_wire(&story, false);
}

/// Whether what is told between servers comes with their words, and is the same on the other side.
fn is_told_over_the_wire(story: &Story, vouched: bool) {
    let mut told = 0;
    for (from, to, body) in &story.driver.sent {
        let Body::Request(request) = body else { continue };
        let (hop, config) = (Hop { from: *from, to: *to }, &story.driver.config);
        let vouchers = match request {
            Request::Notify { event, .. } => &event.vouchers,
            Request::Update { vouchers, .. } | Request::Submit { vouchers, .. } => vouchers,
            _ => continue,
        };
        let abroad = matches!((from, to), (NodeId::Provider(_), NodeId::Provider(_)));
        assert_eq!(!vouchers.is_empty(), abroad && vouched);
        let octets = encode_request(config.directory(), hop, request).expect("what nodes send has octets");
        assert_eq!(decode_request(config, hop, &octets), Ok((*from, request.clone())));
        told += usize::from(abroad);
    }
    assert!(told > 10);
}

/// A hub that says of events that they come from elsewhere: followers refuse them. Where protocol-06 is read as it is, nobody
/// can tell.
#[test]
fn followers_refuse_what_the_hub_gives_another_origin() {
    let mut story = begun_with_origins(Planted::new(Mutant::ForgesOrigins));
    story.says(A1);
    story.driver.run_until(|fact| matches!(fact, Fact::Unprocessable { .. }));
    assert!(refused(&story, FOLLOWER) || refused(&story, OTHER));
    assert_eq!(came(&story), [].into());
}

/// The hub has told nobody of anything so far.
fn begun_with_origins(planted: Planted) -> Story {
    let readings = Readings { event_authentication: EventAuthentication::Origin, ..Readings::default() };
    let mut story = Story::begin_under(readings, planted);
    story.wants(A1, Action::Create);
    story.states(A1, Action::Add(BOB, USER));
    story
}

type Alter = fn(&mut Packet) -> bool;

/// The hub says of Alice's message that it comes from Cathy's server: a follower that does not look believes it (INV-21).
#[test]
fn a_follower_that_believes_a_forging_hub_is_seen() {
    let forge: Alter = |packet| match &mut packet.body {
        Body::Request(Request::Notify { event, .. })
            if packet.to == FOLLOWER.into() && matches!(event.event, Event::Message { .. }) =>
        {
            event.vouchers.iter_mut().for_each(|voucher| voucher.server = OTHER);
            true
        }
        _ => false,
    };
    for (planted, believes) in [(Planted::NONE, false), (Planted::new(Mutant::TrustsTheHub), true)] {
        let mut story = begun(planted);
        story.driver.alter(forge);
        story.says(A1);
        story.driver.run();
        assert!(story.driver.faults_are_spent());
        assert_eq!(refused(&story, FOLLOWER), !believes);
        assert_eq!(came(&story).contains(&OTHER), believes);
        let expected: &[&str] = if believes { &["INV-21"] } else { &[] };
        // What is refused comes again as the hub has it, and nothing is lost.
        assert_eq!(violated(&story.driver.judge()), expected);
    }
}

/// What the hub takes: nothing that its sender's server has not signed, and nothing on the word of another.
#[test]
fn a_hub_takes_nothing_without_the_word_of_its_server() {
    let bare: Alter = |packet| match &mut packet.body {
        Body::Request(Request::Update { vouchers, .. }) if packet.to == HUB.into() => {
            !std::mem::take(vouchers).is_empty()
        }
        _ => false,
    };
    let by_another: Alter = |packet| match &mut packet.body {
        Body::Request(Request::Update { vouchers, .. }) if packet.to == HUB.into() => {
            vouchers.iter_mut().for_each(|voucher| voucher.server = OTHER);
            !vouchers.is_empty()
        }
        _ => false,
    };
    let of_another: Alter = |packet| match &mut packet.body {
        Body::Request(Request::Update { bundle: Bundle::Commit(commit), .. }) if packet.to == HUB.into() => {
            commit.welcome = None;
            true
        }
        _ => false,
    };
    for (alter, how) in [(bare, "bare"), (by_another, "by another"), (of_another, "of something else")] {
        let mut story = begun(Planted::NONE);
        story.driver.alter(alter);
        story.wants(B1, Action::Add(DAN, USER));
        assert!(story.driver.faults_are_spent(), "{how}");
        let is_it = |fact: &Fact| matches!(fact, Fact::Rejected { reason: Rejection::BadSignature, .. });
        assert!(story.driver.facts.iter().any(|(_, fact)| is_it(fact)), "{how}");
    }
}
