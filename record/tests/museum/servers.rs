//! What servers are to each other and to clients: each rule can be seen to hold, and not to hold with a planted bug.

use super::*;
use mimic_protocol::Plans;
use mimic_protocol::node::{Bundle, UpdateAnswer};
use std::collections::BTreeSet;

/// Alice has a second device, and Bob at one follower and Dan at the hub are in the room.
fn begun(planted: Planted) -> Story {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    story.wants(A2, Action::JoinOwnDevice);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(DAN, USER));
    story
}

/// What the last client to ask for an update has sent.
fn last_update(story: &Story) -> Bundle {
    let updates = story.driver.sent.iter().rev().find_map(|(_, _, body)| match body {
        Body::Request(Request::Update { bundle, .. }) => Some(bundle.clone()),
        _ => None,
    });
    updates.expect("an update was sent")
}

fn rejections(story: &Story) -> Vec<Rejection> {
    let rejected = story.driver.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::Rejected { reason, .. } => Some(*reason),
        _ => None,
    });
    rejected.collect()
}

/// ARCH-02: the hub alone accepts.
#[test]
fn nobody_but_the_hub_accepts() {
    let accepting = |planted| {
        let mut story = begun(planted);
        story.says(B1);
        story.driver.run();
        let accepting = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
            Fact::Accepted { .. } => Some(*node),
            _ => None,
        });
        accepting.collect::<BTreeSet<NodeId>>()
    };
    assert_eq!(accepting(Planted::NONE), BTreeSet::from([HUB.into()]));
    assert_ne!(accepting(Planted::new(Mutant::FollowersDecide)), BTreeSet::from([HUB.into()]));
}

/// ARCH-12: a client talks to its own provider alone.
#[test]
fn a_client_talks_to_its_own_provider_alone() {
    let strangers = |planted| {
        let mut story = begun(planted);
        story.says(B1);
        story.driver.run();
        let world = world();
        let astray = story.driver.sent.iter().filter(|(from, to, _)| match (*from, *to) {
            (NodeId::Client(client), NodeId::Provider(provider))
            | (NodeId::Provider(provider), NodeId::Client(client)) => {
                world.provider_of_client(client) != provider
            }
            (NodeId::Client(_), NodeId::Client(_)) => true,
            (NodeId::Provider(one), NodeId::Provider(other)) => one != HUB && other != HUB,
        });
        astray.count()
    };
    assert_eq!(strangers(Planted::NONE), 0);
    assert_ne!(strangers(Planted::new(Mutant::AsksTheHub)), 0);
}

/// ARCH-41: a room's name is scoped under its hub's domain, so nobody else opens it.
#[test]
fn a_room_is_opened_by_the_provider_whose_name_it_bears() {
    let opened = |planted| {
        let driver = Driver::planned(world(), Readings::default(), planted, Plans::default());
        let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
        story.wants(B1, Action::Create);
        story.driver.facts.iter().find_map(|(node, fact)| match fact {
            Fact::Opened { .. } => Some(*node),
            _ => None,
        })
    };
    assert_eq!(opened(Planted::NONE), None);
    assert_eq!(opened(Planted::new(Mutant::OpensForeignRooms)), Some(ProviderId(1).into()));
}

/// ARCH-25: the policy is the same for the users of all servers.
#[test]
fn the_hub_judges_its_own_users_like_others() {
    is_caught(&[D1, B1], Action::ChangeRole(BOB, ADMIN), Mutant::FavoursOwnUsers);
}

/// ARCH-31: the hub decides by who acts.
#[test]
fn the_hub_knows_who_acts() {
    is_caught(&[D1, B1], Action::ChangeRole(DAN, ADMIN), Mutant::MistakesTheActor);
}

/// None of these clients may do it; a hub with the planted bug lets the first of them, which INV-05 sees.
fn is_caught(clients: &[ClientId], action: Action, mutant: Mutant) {
    for client in clients {
        let mut story = begun(Planted::NONE);
        story.wants(*client, action);
        assert_eq!(story.outcomes.pop(), Some(((*client).into(), action, Some(Err(Refusal::NotAllowed)))));
    }
    let mut story = begun(Planted::new(mutant));
    story.wants(clients[0], action);
    assert_eq!(story.outcomes.pop(), Some((clients[0].into(), action, Some(Ok(())))));
    assert!(story.driver.violated().contains(&"INV-05"), "{:?}", story.driver.violated());
}

/// ARCH-11: there is no message without a room.
#[test]
fn messages_exist_only_in_rooms() {
    let mut story = Story::begin(Planted::NONE);
    let request =
        Request::Submit { room: ROOM, message: [1, 2, 3].into(), sender: UserId(0), vouchers: Vec::new() };
    story.driver.asks(A1, Call::Submit(ROOM), request);
    story.driver.run();
    let answers = story.driver.sent.iter().filter_map(|(_, to, body)| match body {
        Body::Response(Response::Submit(answer)) => Some((*to, answer.clone())),
        _ => None,
    });
    assert_eq!(answers.collect::<Vec<_>>(), [(A1.into(), SubmitAnswer::NotAllowed)]);
}

/// PROTO-28: what changes the room goes through the one update endpoint.
#[test]
fn commits_are_no_messages() {
    let taken = |planted| {
        let mut story = begun(planted);
        story.states(A1, Action::UpdateKeys);
        let Bundle::Commit(bundle) = last_update(&story) else { panic!("a commit was sent") };
        let message = bundle.commit;
        story.driver.asks(
            A2,
            Call::Submit(ROOM),
            Request::Submit { room: ROOM, message, sender: UserId(0), vouchers: Vec::new() },
        );
        let accepted = |fact: &Fact| matches!(fact, Fact::Accepted { .. } | Fact::Rejected { .. });
        story.driver.run_until(accepted);
        rejections(&story).is_empty()
    };
    assert!(!taken(Planted::NONE));
    assert!(taken(Planted::new(Mutant::TakesCommitsAsMessages)));
}

/// PROTO-32: a commit that adds comes with the Welcome for those whom it adds.
#[test]
fn a_commit_comes_with_what_belongs_to_it() {
    let taken = |planted| {
        let mut story = begun(planted);
        story.states(A1, Action::Add(CATHY, USER));
        let asked = |story: &Story| {
            let is_update = |(_, _, body): &(_, _, Body)| {
                matches!(body, Body::Request(Request::Update { bundle: Bundle::Commit(bundle), .. })
                    if bundle.welcome.is_some())
            };
            story.driver.sent.iter().filter(|sent| is_update(sent)).count()
        };
        let before = asked(&story);
        while asked(&story) == before {
            assert!(story.driver.turn(), "Alice adds Cathy");
        }
        let Bundle::Commit(mut bundle) = last_update(&story) else { panic!("a commit was sent") };
        bundle.welcome = None;
        let request = Request::Update { room: ROOM, bundle: Bundle::Commit(bundle), vouchers: Vec::new() };
        story.driver.asks(A1, Call::Update(ROOM), request);
        story.driver.run_until(|fact| matches!(fact, Fact::Accepted { .. } | Fact::Rejected { .. }));
        rejections(&story) != [Rejection::NoRoute]
    };
    assert!(!taken(Planted::NONE));
    assert!(taken(Planted::new(Mutant::MissesWelcomes)));
}

/// PROTO-33: who is in the wrong epoch is told the hub's.
#[test]
fn the_answer_names_the_epoch_of_the_hub() {
    let named = |planted| {
        let mut story = begun(planted);
        story.states(A1, Action::UpdateKeys);
        story.states(A2, Action::UpdateKeys);
        story.driver.run();
        let named = story.driver.sent.iter().find_map(|(_, _, body)| match body {
            Body::Response(Response::Update(UpdateAnswer::WrongEpoch { current })) => Some(*current),
            _ => None,
        });
        let mut ended = story.driver.facts.iter().filter_map(|(_, fact)| match fact {
            Fact::Accepted { event: Accepted::Commit { epoch, .. }, .. } => Some(*epoch),
            _ => None,
        });
        // The epoch in which the hub was when the second commit came is the one that the second commit ended at last.
        (named.expect("one of the two came too late"), ended.next_back().expect("both were done"))
    };
    let (told, current) = named(Planted::NONE);
    assert_eq!(told, current);
    let (told, current) = named(Planted::new(Mutant::MisnamesEpochs));
    assert_ne!(told, current);
}
