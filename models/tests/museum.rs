//! Each property has a planted bug that violates it, and the shortest path to that reads well.

use mimic_models::{CULPRITS, CheckReport, check};
use mimic_protocol::{Mutant, Planted};
use mimic_record::Verdict;

fn planted(scope: &str, mutant: Mutant) -> CheckReport {
    check("room", Some(scope), 2, Planted::new(mutant).into(), &|_| ()).unwrap()
}

/// What the bug is known to violate in the scope.
fn known(scope: &str, mutant: Mutant) -> &'static [&'static str] {
    let culprit = CULPRITS.iter().find(|culprit| culprit.scope == scope && culprit.mutant == mutant);
    culprit.expect("a bug of the kill matrix").violates
}

fn violated(report: &CheckReport) -> Vec<&str> {
    let violated = report.properties.iter().filter(|property| property.verdict == Verdict::Violated);
    violated.map(|property| &property.id[..]).collect()
}

/// The shortest path to the violation of `id`, numbered.
fn path(report: &CheckReport, id: &str) -> String {
    assert_eq!(report.verdict, Verdict::Violated);
    let property = report.property(id).expect("a property of this name");
    assert_eq!(property.is_shortest, Some(true), "it is known to be a shortest one");
    let steps = property.steps.as_ref().expect("a path to its violation");
    let lines = steps.iter().enumerate().map(|(n, step)| format!("{}. {step}", n + 1));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_hub_that_answers_before_its_record_is_durable_accepts_two_commits_for_one_epoch() {
    let report = planted("hub-crash", Mutant::AnswerBeforeDurable);
    assert_eq!(violated(&report), known("hub-crash", Mutant::AnswerBeforeDurable));
    insta::assert_snapshot!(path(&report, "INV-04"));
}

#[test]
fn users_that_are_taken_out_of_the_list_alone_stay_members() {
    let report = planted("add-remove", Mutant::MembersWithoutEntry);
    assert_eq!(violated(&report), known("add-remove", Mutant::MembersWithoutEntry));
    insta::assert_snapshot!(path(&report, "INV-01"));
}

#[test]
fn a_client_that_ignores_role_changes_holds_another_state() {
    let report = planted("role-change", Mutant::IgnoresRoleChanges);
    assert_eq!(violated(&report), known("role-change", Mutant::IgnoresRoleChanges));
    insta::assert_snapshot!(path(&report, "INV-03"));
}

#[test]
fn a_hub_that_lets_blocked_users_speak_accepts_what_a_leaver_says() {
    let report = planted("leave-commit", Mutant::BlockedMaySend);
    assert_eq!(violated(&report), known("leave-commit", Mutant::BlockedMaySend));
    insta::assert_snapshot!(path(&report, "INV-06"));
}

#[test]
fn a_leave_that_nobody_commits_comes_to_rest_without_agreement() {
    let report = planted("leave-commit", Mutant::NobodyCommits);
    assert_eq!(violated(&report), known("leave-commit", Mutant::NobodyCommits));
    insta::assert_snapshot!(path(&report, "rest is agreement"));
}

/// The last two admins leave at once: who is not let go has to commit that the other goes.
#[test]
fn a_client_that_forgets_what_is_pending_leaves_a_leave_undone() {
    let report = planted("admins-leave", Mutant::ForgetsWhatIsPending);
    assert_eq!(violated(&report), known("admins-leave", Mutant::ForgetsWhatIsPending));
    insta::assert_snapshot!(path(&report, "rest is agreement"));
}

#[test]
fn a_hub_that_forgets_in_a_crash_what_it_owes_leaves_members_behind() {
    let report = planted("hub-crash", Mutant::ForgetsOutbox);
    assert_eq!(violated(&report), known("hub-crash", Mutant::ForgetsOutbox));
    insta::assert_snapshot!(path(&report, "rest is agreement"));
}

/// Nothing is wrong in any state here: but the hub notifies for ever, and no path leads out of that.
#[test]
fn a_follower_that_refuses_repetitions_never_comes_to_rest() {
    let report = planted("hub-crash", Mutant::RefusesRepetitions);
    assert_eq!(violated(&report), known("hub-crash", Mutant::RefusesRepetitions));
    insta::assert_snapshot!(path(&report, "rest stays reachable"));
    insta::assert_snapshot!(path(&report, "no livelock"));
}

/// The shortest path has no join: the hub does not even forget what it has brought about.
#[test]
fn a_hub_that_does_not_look_at_its_orders_again_has_something_left_to_do() {
    let report = planted("enforcer", Mutant::ForgetsReissue);
    assert_eq!(violated(&report), known("enforcer", Mutant::ForgetsReissue));
    insta::assert_snapshot!(path(&report, "rest is agreement"));
}

/// She is a participant still, if a banned one, so that INV-01 has nothing against her device.
#[test]
fn a_user_that_joins_by_herself_and_is_banned_in_the_list_alone_keeps_her_device() {
    let report = planted("open-join", Mutant::MembersWithoutEntry);
    assert_eq!(violated(&report), known("open-join", Mutant::MembersWithoutEntry));
    insta::assert_snapshot!(path(&report, "rest is agreement"));
}

#[test]
fn an_event_that_no_commit_follows_leaves_the_list_and_the_group_apart() {
    let report = planted("hub-log", Mutant::NobodyCommits);
    assert_eq!(violated(&report), known("hub-log", Mutant::NobodyCommits));
    insta::assert_snapshot!(path(&report, "rest is agreement"));
}

/// The hub passes on what is said on its other branch, and who should not be able to reads it.
#[test]
fn a_client_that_reads_what_is_said_on_any_branch_does_so_where_the_hub_forks() {
    let report = planted("fork", Mutant::ReadsAnyBranch);
    assert_eq!(violated(&report), known("fork", Mutant::ReadsAnyBranch));
    insta::assert_snapshot!(path(&report, "INV-28"));
}

/// The same path as the one in words, in the lines of a story.
#[test]
fn a_counterexample_is_a_scenario_for_the_simulator() {
    let report = planted("leave-commit", Mutant::BlockedMaySend);
    let replay = report.property("INV-06").and_then(|property| property.replay.as_ref());
    let replay = replay.expect("a path to the violation").as_ref().expect("a path of honest providers");
    insta::assert_snapshot!(replay.scenario(Some(Mutant::BlockedMaySend)));
}
