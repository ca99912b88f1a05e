//! What must hold whatever Byzantine providers do within their budget, and what is not asked then.

use mimic_models::{CheckReport, Composition, Conditions, MlsEngine, check};
use mimic_protocol::{Mutant, Planted};
use mimic_record::Verdict;

/// Providers, users, clients, operations, faults; then Byzantine steps.
type Numbers = ([usize; 5], usize);

fn composed((numbers, byzantine): Numbers, alphabet: &[&str]) -> Composition {
    let [providers, users, clients, operations, faults] = numbers.map(Some);
    let alphabet = alphabet.iter().map(|word| (*word).to_owned()).collect();
    let byzantine = Some(byzantine);
    Composition { providers, users, clients, operations, faults, byzantine, alphabet, every_order: false }
}

fn checked(numbers: Numbers, alphabet: &[&str], conditions: Conditions<'_>) -> CheckReport {
    check("room", composed(numbers, alphabet), 2, conditions, &|_| ()).unwrap()
}

/// Numbers, alphabet; states generated, unique states, depth.
type Pinned = (Numbers, &'static [&'static str], [u64; 3]);

const PINNED: [Pinned; 6] = [
    (([2, 2, 2, 2, 0], 1), &["update"], [283_586, 71_010, 46]),
    (([1, 2, 2, 2, 0], 2), &["update"], [549_153, 142_175, 45]),
    (([2, 2, 2, 1, 1], 1), &["update"], [24_002, 6_018, 14]),
    (([1, 2, 2, 2, 1], 1), &["update"], [1_005_535, 233_476, 41]),
    (([3, 3, 3, 1, 0], 1), &["membership"], [90_937, 20_797, 21]),
    (([1, 2, 2, 2, 0], 1), &["moderation"], [184_147, 46_481, 28]),
];

#[test]
fn whatever_providers_do_within_their_budget_what_members_see_to_holds() {
    let found = PINNED.map(|(numbers, alphabet, _)| {
        let report = checked(numbers, alphabet, Conditions::default());
        let bad = report.properties.iter().find(|property| property.verdict != Verdict::Held);
        assert_eq!((bad, report.cut_off), (None, None), "{}", report.scope);
        (numbers, alphabet, [report.states, report.unique_states, report.depth])
    });
    assert_eq!(found, PINNED);
}

#[test]
fn what_takes_honest_providers_is_not_judged_and_the_reason_is_told() {
    let split = |byzantine| {
        let report = checked(([2, 2, 2, 1, 0], byzantine), &["update"], Conditions::default());
        let judged = report.properties.into_iter().filter(|property| property.says.is_some());
        let unjudged = report.unjudged.into_iter().filter(|unjudged| unjudged.why.contains("Byzantine"));
        let judged: Vec<String> = judged.map(|property| property.id).collect();
        (judged, unjudged.map(|unjudged| unjudged.id).collect::<Vec<_>>())
    };
    let honest = split(0);
    assert_eq!(honest.1, ["INV-28"]);
    assert!(!honest.0.contains(&"INV-28".to_owned()));
    let (judged, unjudged) = split(1);
    assert_eq!(judged, ["INV-01", "INV-03", "INV-28"]);
    let reasons = ["INV-04", "INV-06", "rest is agreement", "rest stays reachable", "no livelock"];
    assert_eq!(unjudged, reasons);
}

/// What is left to ask of honest nodes is asked: within a branch, and of each node by itself.
#[test]
fn bugs_of_members_are_found_beside_byzantine_providers() {
    let violated = |mutant, numbers: Numbers, alphabet: &[&str]| {
        let report = checked(numbers, alphabet, Planted::new(mutant).into());
        let violated = report.properties.into_iter().filter(|p| p.verdict == Verdict::Violated);
        violated.map(|property| property.id).collect::<Vec<_>>()
    };
    assert_eq!(violated(Mutant::IgnoresRoleChanges, ([2, 2, 2, 1, 0], 1), &["role"]), ["INV-03"]);
    assert_eq!(violated(Mutant::MembersWithoutEntry, ([2, 2, 2, 1, 0], 1), &["remove"]), ["INV-01"]);
    assert_eq!(violated(Mutant::ReadsAnyBranch, ([2, 2, 2, 3, 0], 1), &["update", "message"]), ["INV-28"]);
}

/// Members on two branches have two epoch authenticators, and those on one branch have one.
#[test]
fn over_real_mls_authenticators_tell_branches_apart() {
    let conditions = Conditions { engine: MlsEngine::OpenMls, ..Conditions::default() };
    let report = checked(([2, 2, 2, 2, 0], 1), &["update"], conditions);
    let real = report.property("real MLS agrees").map(|property| property.verdict);
    assert_eq!((real, report.verdict), (Some(Verdict::Held), Verdict::Held), "{}", report.scope);
}

#[test]
fn a_path_with_a_byzantine_step_is_told_and_is_no_scenario() {
    let witnessed = |witness| {
        let conditions = Conditions { witness: Some(witness), ..Conditions::default() };
        let report = checked(([1, 2, 2, 1, 0], 1), &["update"], conditions);
        report.witnessed.and_then(|witnessed| witnessed.replay).expect("it is seen")
    };
    let why = witnessed("an event is withheld").unwrap_err().to_string();
    let first = why.lines().next().unwrap();
    assert!(first.starts_with("step 3 of the path to \"byzantine: an event is withheld\""), "{why}");
    assert!(why.lines().nth(3).is_some_and(|line| line.contains("is withheld by hub a.example")), "{why}");
    assert!(witnessed("a client applies a commit").is_ok());
}
