//! What reports of delivery and reading are sent and good for (message status; content §4.2).

use super::*;
use mimic_protocol::content::MessageStatus;
use mimic_protocol::node::Aside;
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::Edit;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::room::component::STATUS_NOTIFICATION_POLICY;
use mimic_protocol::wire::policy::StatusNotificationPolicy;
use mimic_protocol::wire::{Optionality, Wire};

/// Alice has said something to Bob and Cathy in a room in which nobody tells what was read.
fn private(planted: Planted) -> Story {
    let mut room = Example::Cooperative.room(UserId(0));
    let policy = StatusNotificationPolicy {
        delivery_notifications: Optionality::Optional,
        read_receipts: Optionality::Forbidden,
    };
    let edit = Edit::Component(STATUS_NOTIFICATION_POLICY, policy.encode().into());
    edit.apply(&world(), ROOM, &mut room).expect("any room can have it");
    let plans = Plans { rooms: [(ROOM, room)].into(), ..Plans::default() };
    let driver = Driver::planned(world(), Readings::default(), planted, plans);
    talking(Story { driver, intents: 0, texts: 0, outcomes: Vec::new() })
}

fn talking(mut story: Story) -> Story {
    story.wants(A1, Action::Create);
    for user in [BOB, CATHY] {
        story.wants(A1, Action::Add(user, USER));
    }
    story.wants(A1, Action::Send(1));
    story
}

fn ends(story: &mut Story, client: ClientId, action: Action) -> Option<Result<(), Refusal>> {
    story.wants(client, action);
    story.outcomes.pop().and_then(|(_, _, outcome)| outcome)
}

/// STAT-03, POL-21: an honest client does not send it, and what a careless one sends is put aside by all.
#[test]
fn reports_are_sent_as_the_room_wants_them() {
    let read = Action::Report(MessageStatus::Read);
    let mut story = private(Planted::NONE);
    assert_eq!(ends(&mut story, B1, Action::Report(MessageStatus::Delivered)), Some(Ok(())));
    assert_eq!(ends(&mut story, B1, read), Some(Err(Refusal::NotPermitted)));
    let mut story = private(Planted::new(Mutant::SendsAnyKind));
    assert_eq!(ends(&mut story, B1, read), Some(Ok(())));
    let unwanted = |fact: &Fact| matches!(fact, Fact::PutAside { reason: Aside::UnwantedReport, .. });
    let who = story.driver.facts.iter().filter(|(_, fact)| unwanted(fact)).map(|(node, _)| *node);
    assert_eq!(who.collect::<Vec<_>>().len(), [A1, B1, B2, C1, C2].len());
}

/// The texts that Alice's device knows to be read by this user.
fn read_by(story: &Story, user: UserId) -> Vec<u32> {
    let read = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::Reported { reporter, about, .. } if *node == A1.into() && *reporter == user => {
            Some(about.clone())
        }
        _ => None,
    });
    read.flatten().collect()
}

/// STAT-04: the hub forgets in a crash what it owes Bob's provider. That he has read everything but this one shows it.
#[test]
fn reports_show_what_the_hub_has_lost() {
    for (planted, lost) in [(Planted::NONE, false), (Planted::new(Mutant::ForgetsOutbox), true)] {
        let mut story = talking(Story::begin(planted));
        story.driver.lose(|packet| packet.exchange.call == Call::Notify(ROOM, ProviderId(1)));
        story.states(A1, Action::Send(2));
        story.driver.run_until(|fact| matches!(fact, Fact::FannedOut { .. }));
        story.driver.crash(HUB);
        story.driver.run();
        for client in [B1, C1] {
            story.wants(client, Action::Report(MessageStatus::Read));
        }
        assert!(read_by(&story, CATHY).contains(&2));
        assert_eq!(!read_by(&story, BOB).contains(&2), lost);
        assert!(read_by(&story, BOB).contains(&1));
    }
}
