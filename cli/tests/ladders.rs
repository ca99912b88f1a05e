//! Paths of the models as ladder diagrams: violations and sights, with honest providers and with Byzantine ones.

use mimic_cli::ladder::text;
use mimic_models::{Bounds, CheckReport, Composition, Conditions, check};
use mimic_protocol::readings::Preset;
use mimic_protocol::{Mutant, Planted, Readings};

fn checked(bounds: impl Into<Bounds>, conditions: Conditions<'_>) -> CheckReport {
    check("room", bounds, 1, conditions, &|_| ()).unwrap()
}

fn violation(report: &CheckReport, id: &str) -> String {
    let property = report.property(id).expect("a property of this name");
    text(property.ladder.as_ref().expect("a path to its violation"))
}

/// The path to what is seen in a room of two users, which may want to take fresh keys.
fn sight(what: &str, providers: usize, faults: usize, byzantine: usize) -> String {
    let composition = Composition {
        providers: Some(providers),
        users: Some(2),
        clients: Some(2),
        operations: Some(1),
        faults: Some(faults),
        byzantine: Some(byzantine),
        alphabet: vec!["update".to_owned()],
        ..Composition::default()
    };
    let report = checked(composition, Conditions { witness: Some(what), ..Conditions::default() });
    text(&report.witnessed.expect("it is seen").ladder)
}

#[test]
fn who_is_to_be_removed_speaks_until_a_commit_has_it() {
    let at_commit = |_: Readings| Preset::AtCommit.readings();
    let conditions = || Conditions { read: &at_commit, ..Conditions::default() };
    let [leave, enforcer] = ["leave-commit", "enforcer"].map(|scope| checked(Some(scope), conditions()));
    insta::assert_snapshot!(violation(&leave, "INV-06"));
    insta::assert_snapshot!(violation(&enforcer, "INV-06"));
}

#[test]
fn a_crash_stands_below_the_step_that_it_strikes() {
    let report = checked(Some("hub-crash"), Planted::new(Mutant::AnswerBeforeDurable).into());
    insta::assert_snapshot!(violation(&report, "INV-04"));
}

#[test]
fn a_round_is_told_with_its_timers_and_where_it_begins_again() {
    let report = checked(Some("hub-crash"), Planted::new(Mutant::RefusesRepetitions).into());
    insta::assert_snapshot!(violation(&report, "no livelock"));
}

#[test]
fn a_lost_packet_ends_on_its_way_and_a_doubled_one_is_marked_where_it_left() {
    insta::assert_snapshot!(sight("a request is lost", 2, 1, 0));
    insta::assert_snapshot!(sight("a request is doubled", 2, 1, 0));
}

#[test]
fn what_a_byzantine_provider_does_has_a_mark_of_its_own() {
    insta::assert_snapshot!(sight("an event is withheld", 1, 0, 1));
    insta::assert_snapshot!(sight("is rolled back", 1, 0, 1));
}
