//! One story on whole nodes: without a planted bug every invariant holds in it, and each planted bug is seen by the
//! invariants that its documentation names, and by no other.

mod deeds;
mod driver;
mod flows;

use driver::{Body, Driver};
use mimic_protocol::mls::Sender;
use mimic_protocol::node::{
    Accepted, Action, Call, Fact, Intent, IntentId, Refusal, Request, Response, SubmitAnswer,
};
use mimic_protocol::{ClientId, Directory, Mutant, Planted, ProviderId, RoomId, UserId};
use mimic_record::{Judgement, Verdict};

const HUB: ProviderId = ProviderId(0);
const ROOM: RoomId = RoomId(0);
const BOB: UserId = UserId(1);
const CATHY: UserId = UserId(2);
const DAN: UserId = UserId(3);
const EVE: UserId = UserId(4);
const A1: ClientId = ClientId(0);
const A2: ClientId = ClientId(1);
const B1: ClientId = ClientId(2);
const C1: ClientId = ClientId(4);
const C2: ClientId = ClientId(5);
const D1: ClientId = ClientId(6);
const E1: ClientId = ClientId(8);

/// An ordinary user, and an admin, of the cooperative room (room-policy A.1).
const USER: u32 = 2;
const ADMIN: u32 = 3;

/// Alice, Dan and Eve at the hub, Bob at one follower, Cathy at another; two devices each.
fn world() -> Directory {
    let mut directory = Directory::default();
    let [a, b, c] = ["a.example", "b.example", "c.example"].map(|domain| directory.add_provider(domain));
    for (provider, name) in [(a, "alice"), (b, "bob"), (c, "cathy"), (a, "dan"), (a, "eve")] {
        let user = directory.add_user(provider, name);
        directory.add_client(user, "phone");
        directory.add_client(user, "laptop");
    }
    directory.add_room(a, "clubhouse");
    directory
}

struct Story {
    driver: Driver,
    intents: u32,
    texts: u32,
    outcomes: Vec<Outcome>,
}

impl Story {
    fn begin(planted: Planted) -> Self {
        Self { driver: Driver::new(world(), planted), intents: 0, texts: 0, outcomes: Vec::new() }
    }

    /// States an intent, and lets nothing else happen.
    fn states(&mut self, client: ClientId, action: Action) -> IntentId {
        let id = IntentId(self.intents);
        self.intents += 1;
        self.driver.command(client, Intent { id, room: ROOM, action });
        id
    }

    /// States an intent, and lets the world come to rest.
    fn wants(&mut self, client: ClientId, action: Action) {
        let id = self.states(client, action);
        self.driver.run();
        self.outcomes.push((client, action, self.driver.outcome(id)));
    }

    fn says(&mut self, client: ClientId) {
        let text = self.texts;
        self.texts += 1;
        self.states(client, Action::Send(text));
    }
}

/// Everything in one room: what the draft's §3 tells, with what can go wrong on the way.
fn tell(planted: Planted) -> (Judgement, Vec<Outcome>) {
    let mut story = Story::begin(planted);
    gather(&mut story);
    talk(&mut story);
    change_roles(&mut story);
    lose_an_answer(&mut story);
    crash_on_a_commit(&mut story);
    crash_with_debts(&mut story);
    leave_while_others_talk(&mut story);
    take_out(&mut story);
    assert!(story.driver.faults_are_spent(), "a fault of the story has not happened");
    (story.driver.judge(), story.outcomes)
}

fn gather(story: &mut Story) {
    story.wants(A1, Action::Create);
    story.wants(A2, Action::JoinOwnDevice);
    for user in [BOB, CATHY, DAN, EVE] {
        story.wants(A1, Action::Add(user, USER));
    }
}

/// One speaks, then three at once.
fn talk(story: &mut Story) {
    story.says(C1);
    story.driver.run();
    [A1, A2, D1].into_iter().for_each(|client| story.says(client));
    story.driver.run();
}

/// An ordinary user tries to make an admin; an admin does.
fn change_roles(story: &mut Story) {
    story.wants(B1, Action::ChangeRole(DAN, ADMIN));
    story.wants(A1, Action::ChangeRole(BOB, ADMIN));
}

/// A message is accepted, and its sender does not hear of that.
fn lose_an_answer(story: &mut Story) {
    story.driver.lose(|packet| {
        matches!(packet.body, Body::Response(Response::Submit(SubmitAnswer::Accepted { .. })))
    });
    story.says(A1);
    story.driver.run();
}

/// The hub crashes while it accepts a commit; one client was not told of it, and commits as well.
fn crash_on_a_commit(story: &mut Story) {
    story
        .driver
        .crash_when(HUB, |fact| matches!(fact, Fact::Accepted { event: Accepted::Commit { .. }, .. }));
    story.driver.lose(|packet| {
        packet.to == E1.into() && matches!(packet.body, Body::Request(Request::Deliver { .. }))
    });
    story.wants(A1, Action::UpdateKeys);
    story.wants(E1, Action::UpdateKeys);
}

/// The hub crashes while it owes its followers a message, and one of them was not reached.
fn crash_with_debts(story: &mut Story) {
    story.driver.lose(|packet| packet.exchange.call == Call::Notify(ROOM, ProviderId(1)));
    story.says(A2);
    story.driver.run_until(|fact| matches!(fact, Fact::FannedOut { .. }));
    story.driver.crash(HUB);
    story.driver.run();
}

/// Cathy leaves. Before anybody hears of it, her other device and Alice speak.
fn leave_while_others_talk(story: &mut Story) {
    story.states(C1, Action::Leave);
    story.driver.run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::Proposals { .. }, .. }));
    story.says(C2);
    story.says(A1);
    story.driver.run();
}

/// Dan is removed, Eve is banned and comes back in vain, and at last Bob leaves.
fn take_out(story: &mut Story) {
    story.wants(A1, Action::Remove(DAN));
    story.wants(A1, Action::Ban(EVE));
    story.wants(E1, Action::JoinOwnDevice);
    story.wants(B1, Action::Leave);
}

type Outcome = (ClientId, Action, Option<Result<(), Refusal>>);

fn violated(judgement: &Judgement) -> Vec<&str> {
    let violated = judgement.invariants.iter().filter(|i| i.verdict == Verdict::Violated);
    violated.map(|invariant| &invariant.id[..]).collect()
}

#[test]
fn without_a_planted_bug_everything_holds() {
    let (judgement, outcomes) = tell(Planted::NONE);
    assert_eq!(judgement.findings, []);
    for invariant in &judgement.invariants {
        assert!(invariant.checked > 0, "{} had nothing to check", invariant.id);
    }
    for (client, action, outcome) in outcomes {
        let expected = match (client, action) {
            (B1, Action::ChangeRole(..)) => Err(Refusal::NotAllowed),
            (E1, Action::JoinOwnDevice) => Err(Refusal::NotAuthorized),
            _ => Ok(()),
        };
        assert_eq!(outcome, Some(expected), "{client} wants {action:?}");
    }
}

/// The planted bugs with which this story does not come to an end that could be judged.
const RESTLESS: [Mutant; 2] = [Mutant::RefusesRepetitions, Mutant::StaleGroupInfo];

/// Each planted bug, and who sees it.
const MUSEUM: &[(Mutant, &[&str])] = &[
    (Mutant::AnswerBeforeDurable, &["INV-03", "INV-04", "INV-25"]),
    (Mutant::MembersWithoutEntry, &["INV-01", "INV-05"]),
    (Mutant::AddsWithoutEntry, &["INV-01", "INV-05"]),
    (Mutant::UndefinedRoles, &["INV-02", "INV-05"]),
    (Mutant::IgnoresRoleChanges, &["INV-03"]),
    (Mutant::NoAuthorisation, &["INV-05"]),
    // Stories of their own show this one, and those below.
    (Mutant::NoLimits, &[]),
    (Mutant::BlockedMaySend, &["INV-05", "INV-06"]),
    (Mutant::DeliversAfterRemoval, &["INV-07"]),
    (Mutant::ReordersFanOut, &["INV-08"]),
    (Mutant::ReencryptsOnRetry, &["INV-10"]),
    (Mutant::ForgetsOutbox, &["INV-11", "INV-25"]),
    (Mutant::RefusesRepetitions, &[]),
    (Mutant::LetsOmissions, &[]),
    (Mutant::AddsOneDevice, &[]),
    (Mutant::StaleGroupInfo, &[]),
    (Mutant::HandsToAnybody, &[]),
    (Mutant::TakesOldEpochs, &[]),
    (Mutant::ForgetsInbox, &[]),
    (Mutant::NobodyCommits, &["INV-12"]),
    // No single run can show it: it takes two, and their digests.
    (Mutant::LeaksProcessState, &[]),
];

/// The names that a scenario may give are all there are.
#[test]
fn the_museum_is_complete() {
    let error =
        serde_json::from_str::<Mutant>(r#""?""#).expect_err("there is no such planted bug").to_string();
    let known: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
    let shown: Vec<String> = MUSEUM
        .iter()
        .map(|(mutant, _)| serde_json::to_string(mutant).expect("a name").trim_matches('"').to_owned())
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn each_planted_bug_is_seen_by_the_invariants_that_it_breaks_and_no_other() {
    let mut wrong = Vec::new();
    for (mutant, seen_by) in MUSEUM.iter().filter(|(mutant, _)| !RESTLESS.contains(mutant)) {
        let (judgement, _) = tell(Planted::new(*mutant));
        let violated = violated(&judgement);
        if violated != *seen_by {
            let first = |id: &&str| judgement.findings.iter().find(|finding| finding.invariant == *id);
            let first: Vec<_> = violated.iter().filter_map(first).collect();
            wrong.push(format!("{mutant:?} is not seen by {seen_by:?} alone: {first:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[should_panic(expected = "the story does not come to rest")]
fn a_hub_whose_repetitions_are_refused_notifies_for_ever() {
    tell(Planted::new(Mutant::RefusesRepetitions));
}

/// RACE-49: a client joins by itself while the Welcome is on its way, and is let in twice. It finds back.
#[test]
fn a_client_that_is_let_in_twice_comes_to_be_in_once() {
    let mut story = Story::begin(Planted::NONE);
    story.wants(A1, Action::Create);
    story.driver.lose(|packet| packet.exchange.call == Call::Notify(ROOM, ProviderId(1)));
    story.states(A1, Action::Add(BOB, USER));
    story.driver.run_until(|fact| matches!(fact, Fact::Accepted { .. }));
    story.states(B1, Action::JoinOwnDevice);
    story.driver.run();
    let comes_in = |fact: &Fact| {
        matches!(fact, Fact::Accepted { event: Accepted::Commit { sender: Sender::Joiner(B1), .. }, .. })
    };
    let times = story.driver.facts.iter().filter(|(_, fact)| comes_in(fact)).count();
    // By the commit that it had given up, which took its leaf away, and by the one that brings it back.
    assert_eq!(times, 2);
    story.wants(B1, Action::UpdateKeys);
    assert_eq!(story.outcomes.pop(), Some((B1, Action::UpdateKeys, Some(Ok(())))));
    assert_eq!(story.driver.judge().findings, []);
}
