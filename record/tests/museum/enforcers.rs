//! Servers that act: what a hub takes out as an external sender stays taken out, whatever joins in between.

use super::*;
use mimic_protocol::mls::Proposed;

/// Alice and her second device, Bob with two devices and Cathy are in the room; the hub is its policy enforcer.
fn begun(planted: Planted, readings: Readings) -> Story {
    let mut story = Story::begin_under(readings, planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Add(CATHY, USER));
    story
}

fn accepts_proposals(fact: &Fact) -> bool {
    matches!(fact, Fact::Accepted { event: Accepted::Proposals { .. }, .. })
}

fn joins(fact: &Fact) -> bool {
    matches!(fact, Fact::Accepted { event: Accepted::Commit { sender: Sender::Joiner(A2), .. }, .. })
}

/// The hub takes Bob out, and before anybody commits that, Alice's second device joins.
fn joined_in_between(planted: Planted) -> Story {
    let mut story = begun(planted, Readings::default());
    story.states(HUB, Action::Remove(BOB));
    story.states(A2, Action::JoinOwnDevice);
    story.driver.run_until(joins);
    story
}

fn rejections(story: &Story, reason: Rejection) -> usize {
    let is_it = |fact: &Fact| matches!(fact, Fact::Rejected { reason: found, .. } if *found == reason);
    story.driver.facts.iter().filter(|(_, fact)| is_it(fact)).count()
}

/// PROTO-46, POL-12, ARCH-25: the hub proposes, the policy judges it as it judges a user, and a member commits.
#[test]
fn a_hub_takes_a_user_out() {
    let mut story = begun(Planted::NONE, Readings::default());
    story.wants(HUB, Action::Remove(BOB));
    assert_eq!(story.outcomes.pop(), Some((HUB.into(), Action::Remove(BOB), Some(Ok(())))));
    let left = |client: ClientId| {
        let here =
            |(node, fact): &(NodeId, Fact)| *node == client.into() && matches!(fact, Fact::Left { .. });
        story.driver.facts.iter().any(here)
    };
    assert!(left(B1) && left(B2) && !left(C1));
    assert_eq!(story.driver.judge().findings, []);
}

/// POL-12: a server that the policy gives no role takes nobody out, nor does one do what its role does not cover.
#[test]
fn a_server_without_the_role_for_it_is_refused() {
    let mut story = begun(Planted::NONE, Readings::default());
    story.wants(ProviderId(1), Action::Delete(BOB));
    let outcome = story.outcomes.pop().and_then(|(_, _, outcome)| outcome);
    assert_eq!(outcome, Some(Err(Refusal::NotAuthorized)), "it is no external sender");
    story.wants(HUB, Action::Ban(EVE));
    let outcome = story.outcomes.pop().and_then(|(_, _, outcome)| outcome);
    assert_eq!(outcome, Some(Err(Refusal::Pointless)), "who is not in the list cannot be banned");
    assert_eq!(story.driver.judge().findings, []);
}

/// PROTO-47, RACE-07: an external commit voids the hub's Removes; the hub makes them anew in the new epoch.
#[test]
fn a_hub_that_forgets_what_an_external_commit_voids_is_seen() {
    for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::ForgetsReissue), true)] {
        let mut story = joined_in_between(planted);
        story.driver.run();
        let judgement = story.driver.judge();
        assert_eq!(violated(&judgement).contains(&"INV-13"), seen, "{:?}", judgement.findings);
        assert!(seen || judgement.findings.is_empty(), "{:?}", judgement.findings);
    }
}

/// PROTO-47: what is stapled to the external commit is in the hands of all who can commit after it.
#[test]
fn no_member_commits_between_an_external_commit_and_what_the_hub_makes_anew() {
    let omissions = |planted| {
        let mut story = joined_in_between(planted);
        // Cathy has not heard of the join, and commits as soon as she has.
        story.wants(C1, Action::UpdateKeys);
        rejections(&story, Rejection::Omission)
    };
    assert_eq!(omissions(Planted::NONE), 0);
    assert_eq!(omissions(Planted::new(Mutant::NoStaple)), 1);
}

/// PROTO-47: a hub that was told to take a user out and crashes knows it still.
#[test]
fn an_order_outlives_a_crash_of_the_hub() {
    let mut story = begun(Planted::NONE, Readings::default());
    story.states(HUB, Action::Remove(BOB));
    story.driver.crash(HUB);
    story.states(A2, Action::JoinOwnDevice);
    story.driver.run_until(joins);
    let anew = story.driver.facts.iter().filter(|(_, fact)| match fact {
        Fact::Accepted { event: Accepted::Proposals { proposals, .. }, .. } => {
            proposals.iter().all(|p| p.sender == Sender::External(HUB))
                && proposals.iter().any(|p| p.body == Proposed::Remove(B1))
        }
        _ => false,
    });
    assert_eq!(anew.count(), 2);
    story.driver.run();
    assert_eq!(story.driver.judge().findings, []);
}

/// OPEN-04: of a leave with two devices an external commit can carry one half. Whether it may, and who sees to the rest.
#[test]
fn who_sees_to_the_rest_of_a_leave_that_an_external_commit_cannot_carry() {
    let ends = |voided_leaves| {
        let readings = Readings { voided_leaves, ..Readings::default() };
        let mut story = begun(Planted::NONE, readings);
        story.states(B1, Action::Leave);
        story.driver.run_until(accepts_proposals);
        story.states(A2, Action::JoinOwnDevice);
        story.driver.run();
        let refused = rejections(&story, Rejection::InvalidAfter) > 0;
        let judgement = story.driver.judge();
        let violated: Vec<String> = violated(&judgement).into_iter().map(str::to_owned).collect();
        (refused, violated)
    };
    assert_eq!(ends(VoidedLeaves::Never), (true, vec![]));
    assert_eq!(ends(VoidedLeaves::LeaverRetries), (false, vec!["INV-12".to_owned()]));
    assert_eq!(ends(VoidedLeaves::HubProposes), (false, vec![]));
    // MLS-14: with ext-commit-pp there is nothing that it cannot carry.
    assert_eq!(ends(VoidedLeaves::ExtCommitPp), (false, vec![]));
}

/// MLS-14, RACE-07: with ext-commit-pp a hub's removal is done with the first external commit, and needs no second try.
#[test]
fn with_ext_commit_pp_an_external_commit_puts_no_removal_off() {
    let carried = |voided_leaves| {
        let mut story = begun(Planted::NONE, Readings { voided_leaves, ..Readings::default() });
        // The hub accepts what it proposes in the same step.
        story.states(HUB, Action::Remove(BOB));
        story.states(A2, Action::JoinOwnDevice);
        story.driver.run_until(joins);
        let carried = story.driver.facts.iter().any(|(_, fact)| match fact {
            Fact::Accepted {
                event: Accepted::Commit { sender: Sender::Joiner(A2), proposals, .. }, ..
            } => proposals.iter().any(|p| p.reference.is_some() && p.body == Proposed::Remove(B1)),
            _ => false,
        });
        assert_eq!(story.driver.judge().findings, []);
        carried
    };
    assert!(carried(VoidedLeaves::ExtCommitPp));
    assert!(!carried(VoidedLeaves::Never));
}

fn with_followers() -> Readings {
    Readings { external_senders: ExternalSenders::Followers, ..Readings::default() }
}

/// PROTO-81, INV-16: a follower can propose as long as it has a participant, however the last one goes.
#[test]
fn servers_that_stay_external_senders_without_a_participant_are_seen() {
    let goes: [(NodeId, Action); 3] =
        [(A1.into(), Action::Remove(BOB)), (B1.into(), Action::Leave), (HUB.into(), Action::Remove(BOB))];
    for (node, action) in goes {
        for (planted, seen) in [(Planted::NONE, false), (Planted::new(Mutant::KeepsSenders), true)] {
            let mut story = begun(planted, with_followers());
            story.wants(node, action);
            story.wants(C1, Action::UpdateKeys);
            let outcomes: Vec<_> = story.outcomes.iter().map(|(_, _, outcome)| *outcome).collect();
            assert!(outcomes.iter().all(|outcome| *outcome == Some(Ok(()))), "{outcomes:?}");
            let judgement = story.driver.judge();
            assert_eq!(
                violated(&judgement).contains(&"INV-16"),
                seen,
                "{action:?}: {:?}",
                judgement.findings
            );
            assert!(seen || judgement.findings.is_empty(), "{:?}", judgement.findings);
        }
    }
}

/// OPEN-07: a client that takes its commit on the hub's answer passes over what was accepted before it and has yet to come.
#[test]
fn a_client_that_moves_on_at_the_answer_misses_what_comes_in_between() {
    let reads = |own_commit| {
        let mut story = begun(Planted::NONE, Readings { own_commit, ..Readings::default() });
        story.driver.lose(|packet| packet.exchange.call == Call::Notify(ROOM, ProviderId(1)));
        story.says(A1);
        story.driver.run_until(|fact| matches!(fact, Fact::Accepted { event: Accepted::Message { .. }, .. }));
        // The message waits for its second notify, and Bob's commit is answered before.
        story.wants(B1, Action::UpdateKeys);
        let read = |fact: &Fact| matches!(fact, Fact::Applied { text: Some((A1, 0)), .. });
        let here = story.driver.facts.iter().any(|(node, fact)| *node == B1.into() && read(fact));
        assert_eq!(story.driver.judge().findings, []);
        here
    };
    assert!(reads(OwnCommit::OnEcho));
    assert!(!reads(OwnCommit::OnAccept));
}

/// OPEN-05: where the state changes with the commit, the hub takes what a user says whose removal is pending. Clients that hold
/// themselves bound take no notice of it.
#[test]
fn clients_hold_themselves_bound_by_what_is_pending_or_not() {
    let heard = |binds| {
        let mut story = begun(Planted::NONE, Readings { binds, ..Preset::AtCommit.readings() });
        story.wants(A1, Action::Add(DAN, USER));
        story.driver.lose(|packet| packet.exchange.call == Call::Notify(ROOM, ProviderId(1)));
        story.states(HUB, Action::Remove(BOB));
        story.says(B1);
        story.driver.run();
        let read = |fact: &Fact| matches!(fact, Fact::Applied { text: Some((B1, 0)), .. });
        story.driver.facts.iter().any(|(node, fact)| *node == D1.into() && read(fact))
    };
    assert!(heard(Binds::Hub));
    assert!(!heard(Binds::All));
}
