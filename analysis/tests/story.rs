//! The causal past of a violation, on hand-made steps among many that have nothing to do with it.

use mimic_analysis::story::STEPS_MAX;
use mimic_analysis::{Story, stories};
use mimic_protocol::mls::Sender;
use mimic_protocol::node::{Accepted, Action, Call, Exchange, Fact, Intent, IntentId, MessageId, Timer};
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId};
use mimic_record::{Cause, Event, Finding, Step};

const ROOM: RoomId = RoomId(0);
const HUB: NodeId = NodeId::Provider(ProviderId(0));
const FOLLOWER: NodeId = NodeId::Provider(ProviderId(1));
const ALICE: NodeId = NodeId::Client(ClientId(0));
const BOB: NodeId = NodeId::Client(ClientId(1));

fn world() -> Directory {
    let mut directory = Directory::default();
    for (domain, name) in [("a.example", "alice"), ("b.example", "bob")] {
        let provider = directory.add_provider(domain);
        let user = directory.add_user(provider, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(ProviderId(0), "clubhouse");
    directory
}

/// A run, built step by step.
#[derive(Default)]
struct Run(Vec<Step>);

impl Run {
    fn step(&mut self, node: NodeId, event: Event, cause: Option<u64>, facts: Vec<Fact>) -> u64 {
        let n = self.0.len() as u64;
        self.0.push(Step {
            n,
            at_us: n * 1_000,
            written_us: 0,
            node,
            event,
            cause,
            facts,
            change: None,
            view: None,
        });
        n
    }

    /// Ten steps of each node that say nothing.
    fn noise(&mut self) {
        for _ in 0..10 {
            for node in [HUB, FOLLOWER, ALICE, BOB] {
                self.step(node, Event::Wake(Timer::Publish), None, Vec::new());
            }
        }
    }

    fn request(&mut self, node: NodeId, origin: NodeId, from: NodeId, cause: u64, facts: Vec<Fact>) -> u64 {
        let exchange = Exchange { origin, call: Call::Update(ROOM) };
        let event = Event::Request(Cause { exchange, from, attempt: 0, copy: 0 });
        self.step(node, event, Some(cause), facts)
    }
}

fn commit(message: u64, sender: u16) -> Vec<Fact> {
    let sender = Sender::Member(ClientId(sender));
    let event = Accepted::Commit { epoch: 3, sender, proposals: Vec::new() };
    vec![Fact::Accepted { room: ROOM, position: 1, accepted_ms: 0, message: MessageId(message), event }]
}

/// The hub accepts Alice's commit, forgets it in a crash, and accepts Bob's, which came by way of his provider.
fn forgetful_hub() -> (Run, [u64; 6]) {
    let mut run = Run::default();
    run.noise();
    let action = Action::UpdateKeys;
    let intent = Event::Intent(Intent { id: IntentId(7), room: ROOM, action });
    let wish = run.step(ALICE, intent, None, Vec::new());
    let first = run.request(HUB, ALICE, ALICE, wish, commit(1, 0));
    run.noise();
    let crash = run.step(HUB, Event::Crash, None, Vec::new());
    let back = run.step(HUB, Event::Restart, Some(crash), Vec::new());
    run.noise();
    let retry = run.step(BOB, Event::Wake(Timer::Retry(ROOM)), None, Vec::new());
    let relay = run.request(FOLLOWER, BOB, BOB, retry, Vec::new());
    let second = run.request(HUB, BOB, FOLLOWER, relay, commit(2, 1));
    run.noise();
    (run, [wish, first, crash, back, retry, second])
}

fn told(run: &Run, invariant: &str, step: Option<u64>, what: &str) -> Story {
    let finding = Finding { invariant: invariant.to_owned(), step, what: what.to_owned() };
    stories(&world(), &run.0, &[finding]).remove(0)
}

#[test]
fn the_past_is_what_led_to_it_and_nothing_else() {
    let (run, expected) = forgetful_hub();
    let what = format!(
        "r0: the hub accepts {:?} for epoch 3, for which it had accepted {:?}",
        MessageId(2),
        MessageId(1)
    );
    let story = told(&run, "INV-04", Some(expected[5]), &what);
    let chosen: Vec<u64> = story.past.iter().map(|step| step.step).collect();
    assert_eq!(chosen, expected, "the relay is left out: the hub's step says by way of whom it came");
    assert_eq!(story.what, "clubhouse: the hub accepts B for epoch 3, for which it had accepted A");
    let words: Vec<String> = story.past.iter().map(|step| format!("{} {}", step.node, step.what)).collect();
    let expected = [
        "alice/phone is told by its user: update keys",
        "hub a.example gets the update from alice/phone: accepts commit A of alice/phone for epoch 3",
        "hub a.example crashes",
        "hub a.example is back from its crash, and knows what it knew",
        "bob/phone takes up what it has to do",
        "hub a.example gets the update from bob/phone by way of b.example: accepts commit B of bob/phone for epoch 3",
    ];
    assert_eq!(words, expected);
}

/// Nothing after the violation, and nothing that is not ordered before it.
#[test]
fn what_came_later_led_to_nothing() {
    let (run, [wish, first, ..]) = forgetful_hub();
    let what = format!("r0: {:?} is not allowed", MessageId(1));
    let story = told(&run, "INV-05", Some(first), &what);
    assert_eq!(story.past.iter().map(|step| step.step).collect::<Vec<_>>(), [wish, first]);
}

#[test]
fn what_is_owed_for_ever_is_told_from_where_the_debt_began() {
    let (run, [wish, first, crash, back, ..]) = forgetful_hub();
    let what = format!("r0: {:?} was accepted here, and never came to p0", MessageId(1));
    let story = told(&run, "INV-11", Some(first), &what);
    let chosen: Vec<u64> = story.past.iter().map(|step| step.step).collect();
    assert_eq!(chosen, [wish, first, crash, back]);
}

#[test]
fn a_past_is_short_and_told_once_for_each_invariant() {
    let mut run = Run::default();
    let begin = run.step(ALICE, Event::Wake(Timer::Retry(ROOM)), None, Vec::new());
    let mut last = begin;
    for message in 0..40 {
        last = run.request(HUB, ALICE, ALICE, begin, commit(message, 0));
        run.step(HUB, Event::Crash, None, Vec::new());
    }
    let what = "r0 at p0: its state of epoch 4 is not that of the others".to_owned();
    let finding = |step| Finding { invariant: "INV-03".to_owned(), step: Some(step), what: what.clone() };
    let told = stories(&world(), &run.0, &[finding(last), finding(last)]);
    assert!((5..=STEPS_MAX).contains(&told[0].past.len()), "{:?}", told[0]);
    assert!(told[0].past.iter().any(|step| step.step == begin), "there is room for how it came about");
    assert!(told[1].past.is_empty());
    assert!(stories(&world(), &run.0, &[]).is_empty());
}
