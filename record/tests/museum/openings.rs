//! What a room begins with: an opening that was refused stays so, and members that can do what the room requires (PROTO-04, PROTO-24).

use super::*;
use mimic_protocol::mls::MlsError;
use mimic_protocol::node::ClientMaterial;
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::wire::mls::RequiredCapabilities;

const COMMITTEE: RoomId = RoomId(1);

/// Alice asks for a committee within the clubhouse before that is there, and once more is what she asked for then asked, after she has opened the
/// clubhouse and let Bob in.
fn asks_too_early(planted: Planted) -> Story {
    let mut directory = world();
    directory.add_room(HUB, "committee");
    let mut committee = Example::Cooperative.room(UserId(0));
    committee.base.parent_room = Some(directory.room_uri(ROOM).clone());
    let plans = Plans { rooms: [(COMMITTEE, committee)].into(), ..Plans::default() };
    let driver = Driver::planned(directory, Readings::default(), planted, plans);
    let mut story = Story { driver, intents: 1, texts: 0, outcomes: Vec::new() };
    story.driver.command(A1.into(), Intent { id: IntentId(0), room: COMMITTEE, action: Action::Create });
    story.driver.run();
    assert_eq!(story.driver.outcome(IntentId(0)), Some(Err(Refusal::NotAllowed)));
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    let opening = story.driver.sent.iter().find_map(|(_, _, body)| match body {
        Body::Request(request @ Request::Open { room: COMMITTEE, .. }) => Some(request.clone()),
        _ => None,
    });
    story.driver.crash(HUB);
    story.driver.asks(A1, Call::Open(COMMITTEE), opening.expect("she has asked"));
    story.driver.run();
    story
}

#[test]
fn a_refused_opening_stays_refused() {
    let opens = |planted| {
        let story = asks_too_early(planted);
        story.driver.facts.iter().any(|(_, fact)| matches!(fact, Fact::Opened { room: COMMITTEE }))
    };
    assert!(!opens(Planted::NONE));
    assert!(opens(Planted::new(Mutant::ForgetsRefusals)));
}

/// Alice adds Bob, whose laptop knows RFC 9420 alone.
fn adds_the_outdated(planted: Planted) -> (Story, Option<Result<(), Refusal>>) {
    let mut directory = world();
    directory.outdate(B2);
    let mut story = Story {
        driver: Driver::new(directory, Readings::default(), planted),
        intents: 0,
        texts: 0,
        outcomes: Vec::new(),
    };
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    let outcome = story.outcomes.pop().and_then(|(_, _, outcome)| outcome);
    (story, outcome)
}

/// PROTO-16, PROTO-23, PROTO-24: with the bug, the engine of whoever adds them finds out, and nobody comes in.
#[test]
fn what_does_not_fit_the_room_is_not_handed_out() {
    let (story, outcome) = adds_the_outdated(Planted::NONE);
    assert_eq!(outcome, Some(Ok(())));
    let joined = story.driver.facts.iter().filter(|(_, fact)| matches!(fact, Fact::Joined { .. }));
    assert_eq!(joined.map(|(node, _)| *node).collect::<Vec<_>>(), [A1.into(), B1.into()]);
    let (_, outcome) = adds_the_outdated(Planted::new(Mutant::IgnoresCapabilities));
    assert_eq!(outcome, Some(Err(Refusal::Engine(MlsError::InvalidProposalList))));
}

/// PROTO-24: nothingCompatible, with what the client can do.
#[test]
fn the_answer_says_what_the_client_can_do() {
    let (story, _) = adds_the_outdated(Planted::NONE);
    let able = story.driver.answered.iter().find_map(|(_, response)| match response {
        Response::KeyMaterial(answer) => {
            answer.clients.iter().find_map(|(client, material)| match material {
                ClientMaterial::Incompatible(able) if *client == B2 => able.clone(),
                _ => None,
            })
        }
        _ => None,
    });
    let able = able.expect("the provider says so");
    assert!((&able.extensions[..], &able.proposals[..], &able.credentials[..]) == (&[], &[], &[1]));
    let required = story.driver.sent.iter().find_map(|(_, _, body)| match body {
        Body::Request(Request::KeyMaterial { signed, .. }) => Some(signed.tbs.required_capabilities.clone()),
        _ => None,
    });
    let expected = RequiredCapabilities {
        extension_types: vec![6],
        proposal_types: vec![8, 10],
        credential_types: vec![1],
    };
    assert_eq!(required, Some(expected));
}

/// Who is outdated knows it, and does not try.
#[test]
fn the_outdated_do_not_come_in_by_themselves() {
    let (mut story, _) = adds_the_outdated(Planted::NONE);
    story.wants(B2, Action::JoinOwnDevice);
    assert_eq!(story.outcomes.pop(), Some((B2.into(), Action::JoinOwnDevice, Some(Err(Refusal::Incapable)))));
}
