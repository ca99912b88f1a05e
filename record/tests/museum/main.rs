//! One story on whole nodes: without a planted bug every invariant holds in it, and each planted bug is seen by the
//! invariants that its documentation names, and by no other.

mod branches;
mod busy;
mod by_log;
mod codes;
mod consent;
mod contents;
mod deeds;
mod deliveries;
mod driver;
mod enforcers;
mod flows;
mod franking;
mod hidden;
mod keys;
mod lessons;
mod lifetimes;
mod oblivious;
mod openings;
mod origins;
mod partial;
mod peers;
mod prerequisites;
mod reports;
mod servers;
mod trees;
mod verifiers;

use driver::{Body, Driver};
use mimic_protocol::mls::Sender;
use mimic_protocol::node::{
    Accepted, Action, Call, Fact, Intent, IntentId, Refusal, Rejection, Request, Response, SubmitAnswer,
};
use mimic_protocol::readings::{Binds, ExternalSenders, OwnCommit, Preset, VoidedLeaves};
use mimic_protocol::{ClientId, Directory, Mutant, NodeId, Planted, ProviderId, Readings, RoomId, UserId};
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
const B2: ClientId = ClientId(3);
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
        Self::begin_under(Readings::default(), planted)
    }

    fn begin_under(readings: Readings, planted: Planted) -> Self {
        Self { driver: Driver::new(world(), readings, planted), intents: 0, texts: 0, outcomes: Vec::new() }
    }

    /// States an intent, and lets nothing else happen.
    fn states(&mut self, node: impl Into<NodeId>, action: Action) -> IntentId {
        let id = IntentId(self.intents);
        self.intents += 1;
        self.driver.command(node.into(), Intent { id, room: ROOM, action });
        id
    }

    /// States an intent, and lets the world come to rest.
    fn wants(&mut self, node: impl Into<NodeId>, action: Action) {
        let node = node.into();
        let id = self.states(node, action);
        self.driver.run();
        self.outcomes.push((node, action, self.driver.outcome(id)));
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

/// Dan is taken out by the hub itself, then by Alice, and added again each time; Eve is banned and comes back in vain. At last Bob leaves with both his devices at once, and
/// Alice, the last admin, wants to leave in vain.
fn take_out(story: &mut Story) {
    story.wants(HUB, Action::Remove(DAN));
    story.wants(A1, Action::Add(DAN, USER));
    story.wants(A1, Action::Remove(DAN));
    story.wants(A1, Action::Ban(EVE));
    story.wants(E1, Action::JoinOwnDevice);
    story.wants(A1, Action::Add(DAN, USER));
    story.states(B2, Action::Leave);
    story.wants(B1, Action::Leave);
    story.wants(A1, Action::Leave);
}

type Outcome = (NodeId, Action, Option<Result<(), Refusal>>);

fn violated(judgement: &Judgement) -> Vec<&str> {
    let violated = judgement.invariants.iter().filter(|i| i.verdict == Verdict::Violated);
    violated.map(|invariant| &invariant.id[..]).collect()
}

#[test]
fn without_a_planted_bug_everything_holds() {
    let (judgement, outcomes) = tell(Planted::NONE);
    assert_eq!(judgement.findings, []);
    // A room alone has no parent, and no twin; what is stamped and reported, and what is consented to, have stories of their own.
    let alone = |id: &str| !matches!(id, "INV-22" | "INV-23" | "INV-26" | "INV-27");
    for invariant in judgement.invariants.iter().filter(|invariant| alone(&invariant.id)) {
        assert!(invariant.checked > 0, "{} had nothing to check", invariant.id);
    }
    for (node, action, outcome) in outcomes {
        let NodeId::Client(client) = node else {
            assert_eq!(outcome, Some(Ok(())), "{node} wants {action:?}");
            continue;
        };
        let expected = match (client, action) {
            (B1, Action::ChangeRole(..)) => Err(Refusal::NotAllowed),
            (E1, Action::JoinOwnDevice) => Err(Refusal::NotAuthorized),
            // His other device was faster.
            (B1, Action::Leave) => Err(Refusal::NotAuthorized),
            (A1, Action::Leave) => Err(Refusal::NotAllowed),
            _ => Ok(()),
        };
        assert_eq!(outcome, Some(expected), "{client} wants {action:?}");
    }
}

/// The planted bugs with which this story comes to no end that could be judged, or to which it gives no occasion: each has a
/// story of its own.
const APART: &[Mutant] = &[
    Mutant::IgnoresConsent,
    Mutant::IgnoresRevokes,
    Mutant::AnybodyConsents,
    Mutant::NotifiedByAnybody,
    Mutant::BelievesReports,
    Mutant::TakesAnyStamp,
    Mutant::FansOutSenders,
    Mutant::LinksInTheClear,
    Mutant::CommitsOutrunProposals,
    Mutant::ReadsAhead,
    Mutant::RefusesRepetitions,
    Mutant::AcceptsConflicts,
    Mutant::StaleGroupInfo,
    Mutant::TakesAnyPartial,
    Mutant::TakesAnyTree,
    Mutant::ForgetsWhatIsPending,
    Mutant::KeepsNoProposals,
    Mutant::TakesLateAnswers,
    Mutant::LeaksWelcome,
    Mutant::ForgetsReissue,
    Mutant::KeepsSenders,
    Mutant::HubOverlooksPolicy,
    Mutant::HandsOutTwice,
    Mutant::LastResortFirst,
    Mutant::HandsOutExpired,
    Mutant::UsesExpired,
    Mutant::ReadsAnyBranch,
    Mutant::FirstEditStands,
    Mutant::ShowsTheDeleted,
    Mutant::SaltsAlike,
    Mutant::FirstReportCounts,
    Mutant::ChokesOnEchoes,
    Mutant::OneTermIsEnough,
    Mutant::KeepsOwnProposals,
    Mutant::RemovesInSilence,
    Mutant::WelcomesEverywhere,
    Mutant::TellsWhoExists,
    Mutant::GrantsTheSame,
    Mutant::ForgetsRoutes,
    Mutant::ForgetsOwners,
    Mutant::AsksPastTheHub,
    Mutant::IgnoresConfirmations,
    Mutant::TouchesLeavesTwice,
    Mutant::JoinersRemoveOthers,
    Mutant::AddsBeforeRemoves,
    Mutant::SwapsCredentials,
    Mutant::CommitsAsAnother,
    Mutant::TakesUnknownClients,
    Mutant::GoesOnRemoved,
    Mutant::SpeaksOverProposals,
    Mutant::ServersLeave,
    Mutant::TakesAnySender,
    Mutant::UpdatesOneByOne,
    Mutant::DecryptsTwice,
    Mutant::ForgetsHistory,
];

/// Each planted bug, and who sees it.
const MUSEUM: &[(Mutant, &[&str])] = &[
    (Mutant::AnswerBeforeDurable, &["INV-03", "INV-04", "INV-25"]),
    (Mutant::MembersWithoutEntry, &["INV-01", "INV-05", "INV-12", "INV-17"]),
    (Mutant::AddsWithoutEntry, &["INV-01", "INV-05", "INV-12"]),
    (Mutant::UndefinedRoles, &["INV-02", "INV-05", "INV-17"]),
    (Mutant::IgnoresRoleChanges, &["INV-03"]),
    (Mutant::NoAuthorisation, &["INV-05"]),
    (Mutant::NoLimits, &["INV-05", "INV-17"]),
    (Mutant::BlockedMaySend, &["INV-05", "INV-06"]),
    (Mutant::DeliversAfterRemoval, &["INV-07"]),
    (Mutant::ReordersFanOut, &["INV-08"]),
    // Who goes on without what came before: prerequisites.rs.
    (Mutant::CommitsOutrunProposals, &["INV-03", "INV-09"]),
    (Mutant::ReadsAhead, &["INV-09", "INV-28"]),
    (Mutant::ReencryptsOnRetry, &["INV-10"]),
    (Mutant::ForgetsOutbox, &["INV-11", "INV-25"]),
    (Mutant::RefusesRepetitions, &[]),
    (Mutant::LetsOmissions, &[]),
    (Mutant::AddsOneDevice, &[]),
    (Mutant::HandsToAnybody, &[]),
    (Mutant::TakesOldEpochs, &[]),
    (Mutant::ForgetsRefusals, &[]),
    (Mutant::IgnoresCapabilities, &[]),
    (Mutant::ForgetsInbox, &[]),
    (Mutant::NobodyCommits, &["INV-12", "INV-19"]),
    // What breaks one rule of the room policy each: this story gives few of them an occasion. record/tests/agreement/bugs.rs and
    // protocol/src/provider/judge/tests/planted.rs give it to all.
    (Mutant::AnybodyAdds, &[]),
    (Mutant::AnybodyRemoves, &[]),
    (Mutant::AnyDevice, &[]),
    (Mutant::AnyDeviceGoes, &[]),
    (Mutant::AnybodyLeaves, &[]),
    (Mutant::AnybodyJoins, &[]),
    (Mutant::LinksForEverybody, &[]),
    (Mutant::LinksNeverExpire, &[]),
    (Mutant::AnyLink, &[]),
    (Mutant::RoomsComeBack, &[]),
    (Mutant::AnybodyKicks, &[]),
    (Mutant::AnybodyPromotes, &["INV-05"]),
    (Mutant::AnybodyPromotesItself, &[]),
    (Mutant::AnybodyBans, &[]),
    (Mutant::AnybodyUnbans, &[]),
    (Mutant::AnybodyDefinesRoles, &[]),
    (Mutant::AnybodyPreauthorises, &[]),
    (Mutant::AnybodyRenames, &[]),
    (Mutant::AnybodyChangesPolicy, &[]),
    (Mutant::AnyTransition, &[]),
    (Mutant::BansAnywhere, &[]),
    (Mutant::AnyPreauthorisation, &[]),
    (Mutant::AddsForeignClients, &[]),
    (Mutant::ClientsRemain, &[]),
    (Mutant::MembershipNotFixed, &[]),
    (Mutant::FixedRoomTwice, &[]),
    (Mutant::RolesWithList, &[]),
    (Mutant::PreauthWithList, &[]),
    (Mutant::OpenToOutsiders, &[]),
    (Mutant::NamesEverywhere, &[]),
    (Mutant::TakesAnyPseudonym, &[]),
    (Mutant::LinksInTheClear, &["INV-24"]),
    (Mutant::PseudonymsEverywhere, &[]),
    (Mutant::PolicyOfNobody, &[]),
    (Mutant::ManyJoinLinks, &[]),
    (Mutant::ChildOutgrowsParent, &[]),
    (Mutant::NoEnvelope, &[]),
    (Mutant::SeveralDevices, &[]),
    (Mutant::RoomWithoutLimits, &[]),
    (Mutant::OrphansRoles, &[]),
    (Mutant::RolesWithoutBounds, &["INV-05", "INV-17"]),
    (Mutant::AnybodySends, &[]),
    (Mutant::MetadataTwice, &[]),
    (Mutant::OutsidersAct, &[]),
    (Mutant::FavoursOwnUsers, &[]),
    (Mutant::MistakesTheActor, &["INV-05"]),
    (Mutant::UsersWithClientsAlone, &[]),
    // What servers are to each other and to clients: servers.rs.
    (Mutant::FollowersDecide, &["INV-05", "INV-06"]),
    (Mutant::AsksTheHub, &[]),
    (Mutant::OpensForeignRooms, &[]),
    (Mutant::TakesCommitsAsMessages, &[]),
    (Mutant::MissesWelcomes, &[]),
    (Mutant::MisnamesEpochs, &[]),
    // What clients see to: contents.rs.
    (Mutant::SendsAnyKind, &[]),
    (Mutant::ShowsAnyKind, &[]),
    (Mutant::AcceptsConflicts, &["INV-18"]),
    (Mutant::BannedMayJoin, &["INV-05", "INV-06", "INV-17", "INV-31"]),
    // sim/tests/planted.rs.
    (Mutant::ResyncsTheRemoved, &[]),
    (Mutant::StaleGroupInfo, &["INV-32"]),
    // With group-info-option = partial: partial.rs.
    (Mutant::TakesAnyPartial, &["INV-32"]),
    // With tree-option = https: trees.rs.
    (Mutant::TakesAnyTree, &["INV-32"]),
    // Where the last two admins leave at once: models/tests/museum.rs.
    (Mutant::ForgetsWhatIsPending, &[]),
    // Over OpenMLS alone: models/tests/openmls.rs.
    (Mutant::KeepsNoProposals, &[]),
    // Where an answer is slow: consent.rs.
    (Mutant::TakesLateAnswers, &[]),
    // What is stamped and reported: franking.rs.
    (Mutant::BelievesReports, &["INV-22"]),
    (Mutant::TakesAnyStamp, &["INV-22"]),
    // What followers are told of that: lessons.rs.
    (Mutant::FansOutSenders, &["INV-24"]),
    (Mutant::TagsOtherContent, &[]),
    (Mutant::VouchesForOthers, &[]),
    (Mutant::ForgetsPendingState, &["INV-05", "INV-33"]),
    (Mutant::LeaksWelcome, &["INV-15"]),
    (Mutant::ForgetsReissue, &["INV-13"]),
    (Mutant::NoStaple, &[]),
    // In rooms that depend on others: sim/tests/planted.rs.
    (Mutant::KeepsFirstGroup, &[]),
    (Mutant::KeepsOrphans, &[]),
    (Mutant::KeepsSenders, &["INV-16"]),
    // With hub-log alone: see `by_log`.
    (Mutant::SamePlaceTwice, &[]),
    (Mutant::TakesUnsignedEvents, &[]),
    (Mutant::TrustsTheHub, &[]),
    // And where servers sign what comes from them: origins.rs.
    (Mutant::ForgesOrigins, &[]),
    (Mutant::AddsBesideTheList, &[]),
    (Mutant::MixedSnapshot, &[]),
    // Which key packages are given away: flows.rs.
    // Who has consented to what: consent.rs.
    (Mutant::IgnoresConsent, &["INV-23"]),
    (Mutant::IgnoresRevokes, &["INV-23"]),
    (Mutant::AnybodyConsents, &["INV-23"]),
    (Mutant::TellsOnUsers, &[]),
    (Mutant::NotifiedByAnybody, &["INV-20"]),
    // What providers are to one another: peers.rs.
    (Mutant::BelievesFrom, &[]),
    (Mutant::TakesUnsignedRequests, &[]),
    (Mutant::TakesAnyGroupInfo, &[]),
    (Mutant::FindsTheHidden, &[]),
    (Mutant::DownloadsDirectly, &[]),
    (Mutant::OpenProxy, &[]),
    // How what is fetched is hidden: oblivious.rs.
    (Mutant::DownloadsInTheClear, &[]),
    (Mutant::TakesAnyGatewayKey, &[]),
    // Whose signature key is another one now: keys.rs.
    (Mutant::KeepsOldKeyPackages, &[]),
    (Mutant::HandsOutTwice, &["INV-14"]),
    (Mutant::LastResortFirst, &["INV-14"]),
    // Everybody else goes on: a story, and protocol/tests/engines/paths.rs.
    (Mutant::ShutsOut, &[]),
    // And when: lifetimes.rs.
    (Mutant::HandsOutExpired, &["INV-14"]),
    (Mutant::UsesExpired, &["INV-14"]),
    (Mutant::TakesAnybodysKeyPackages, &[]),
    // Whom members and followers find out: verifiers.rs.
    (Mutant::HubOverlooksPolicy, &["INV-05"]),
    // What a client does not know: flows.rs.
    (Mutant::JoinsUnprepared, &[]),
    (Mutant::BelievesTheClaim, &["INV-21"]),
    // Who is shown another history: branches.rs.
    (Mutant::ReadsAnyBranch, &["INV-28"]),
    (Mutant::ProcessesRepetitions, &["INV-29"]),
    // Where a follower is busy: busy.rs.
    (Mutant::IgnoresRetryAfter, &[]),
    (Mutant::JumpsInTime, &["INV-30"]),
    // No single run can show it: it takes two, and their digests.
    // protocol/src/mls/symbolic/tests/planted.rs gives those in the engine an occasion.
    (Mutant::FirstEditStands, &[]),
    (Mutant::ShowsTheDeleted, &[]),
    (Mutant::SaltsAlike, &[]),
    (Mutant::FirstReportCounts, &[]),
    (Mutant::ChokesOnEchoes, &[]),
    (Mutant::OneTermIsEnough, &[]),
    (Mutant::KeepsOwnProposals, &[]),
    (Mutant::RemovesInSilence, &[]),
    (Mutant::WelcomesEverywhere, &[]),
    (Mutant::TellsWhoExists, &[]),
    (Mutant::GrantsTheSame, &[]),
    (Mutant::ForgetsRoutes, &[]),
    (Mutant::ForgetsOwners, &[]),
    (Mutant::AsksPastTheHub, &[]),
    (Mutant::IgnoresConfirmations, &[]),
    (Mutant::TouchesLeavesTwice, &[]),
    (Mutant::JoinersRemoveOthers, &[]),
    (Mutant::AddsBeforeRemoves, &[]),
    (Mutant::SwapsCredentials, &[]),
    (Mutant::CommitsAsAnother, &[]),
    (Mutant::TakesUnknownClients, &[]),
    (Mutant::GoesOnRemoved, &[]),
    (Mutant::SpeaksOverProposals, &[]),
    (Mutant::ServersLeave, &[]),
    (Mutant::TakesAnySender, &[]),
    (Mutant::UpdatesOneByOne, &[]),
    (Mutant::DecryptsTwice, &[]),
    (Mutant::ForgetsHistory, &[]),
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
    for (mutant, seen_by) in MUSEUM.iter().filter(|(mutant, _)| !APART.contains(mutant)) {
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

/// RACE-25: both devices of a user leave at once. Where what is accepted is in force at once, the hub knows the user no more when
/// the second leave comes; where it is not, only a look at the whole pending set can tell.
#[test]
fn a_hub_that_takes_what_cannot_be_committed_together_is_seen() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::AcceptsConflicts), true)] {
        let mut story = Story::begin_under(Preset::AtCommit.readings(), planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Add(BOB, USER));
        story.states(B1, Action::Leave);
        story.states(B2, Action::Leave);
        let mut leaves = 0;
        while leaves < 2 {
            let heard = |fact: &Fact| {
                matches!(
                    fact,
                    Fact::Accepted { event: Accepted::Proposals { .. }, .. } | Fact::Rejected { .. }
                )
            };
            story.driver.run_until(heard);
            leaves += 1;
        }
        assert_eq!(story.driver.violated().contains(&"INV-18"), seen, "{:?}", story.driver.violated());
    }
}

/// RACE-58: a device that wants to join is told of an epoch that is over.
#[test]
fn a_hub_that_tells_of_the_past_is_seen() {
    let mut story = Story::begin(Planted::new(Mutant::StaleGroupInfo));
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.states(A2, Action::JoinOwnDevice);
    story.driver.run_until(|fact| matches!(fact, Fact::GroupInfoGiven { .. }));
    assert_eq!(story.driver.violated(), ["INV-32"]);
}

/// RACE-11: of two who add at once only one is accepted, and the other's Welcome leaks.
#[test]
fn a_client_that_follows_the_losers_welcome_is_seen() {
    let mut story = Story::begin(Planted::new(Mutant::LeaksWelcome));
    story.wants(A1, Action::Create);
    story.wants(A2, Action::JoinOwnDevice);
    story.states(A1, Action::Add(BOB, USER));
    story.states(A2, Action::Add(CATHY, USER));
    for _ in 0..8 {
        story.driver.run_until(|fact| matches!(fact, Fact::Joined { .. }));
    }
    assert!(story.driver.violated().contains(&"INV-15"), "{:?}", story.driver.violated());
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
    assert_eq!(story.outcomes.pop(), Some((B1.into(), Action::UpdateKeys, Some(Ok(())))));
    assert_eq!(story.driver.judge().findings, []);
}
