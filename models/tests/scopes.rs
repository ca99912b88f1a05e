//! What each scope is found to be, to the state.

use mimic_models::{CheckError, CheckReport, Conditions, KnownCounts, Phase, check, list};
use mimic_record::Verdict;
use std::cell::RefCell;

fn checked(scope: &str, threads: usize) -> CheckReport {
    check("room", Some(scope), threads, Conditions::default(), &|_| ()).unwrap()
}

#[test]
fn each_scope_has_its_number_of_states_and_everything_holds_in_it() {
    for scope in &list()[0].scopes {
        let report = checked(&scope.name, 2);
        let bad = report.properties.iter().find(|property| property.verdict != Verdict::Held);
        assert_eq!((bad, report.verdict), (None, Verdict::Held), "{}", scope.name);
        let CheckReport { states, unique_states, depth, .. } = report;
        assert_eq!(Some(KnownCounts { states, unique_states, depth }), scope.known, "{}", scope.name);
    }
}

#[test]
fn two_checks_find_the_same_whatever_the_number_of_threads() {
    let report = |threads| CheckReport { wall_ms: 0, memory_bytes: None, ..checked("device-ban", threads) };
    let first = report(1);
    assert_eq!(report(1), first);
    assert_eq!(report(2), first);
    assert_eq!(report(4), first);
}

#[test]
fn progress_goes_through_the_phases_and_ends_with_all_states() {
    let heard = RefCell::new(Vec::new());
    let report =
        check("room", Some("add-remove"), 1, Conditions::default(), &|p| heard.borrow_mut().push(p)).unwrap();
    let heard = heard.into_inner();
    assert!(heard.is_sorted_by_key(|progress| progress.phase));
    assert_eq!(heard.first().map(|progress| progress.phase), Some(Phase::Exploring));
    let confirming: Vec<_> = heard.iter().filter(|progress| progress.phase == Phase::Confirming).collect();
    assert!(!confirming.is_empty());
    assert!(confirming.iter().all(|progress| progress.of == Some(report.unique_states)));
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    let error = check("rooms", None, 1, Conditions::default(), &|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "there is no model \"rooms\"; there is: room");
    let error = check("room", Some("all"), 1, Conditions::default(), &|_| ()).unwrap_err();
    let known = list()[0].scopes.iter().map(|scope| scope.name.clone()).collect::<Vec<_>>();
    assert_eq!(
        error.to_string(),
        format!("the model room has no scope \"all\"; it has: {}", known.join(", "))
    );
    assert!(matches!(error, CheckError::NoSuchScope { .. }));
}
