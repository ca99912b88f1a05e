//! The search over real OpenMLS: a twin beside each node, which has to do the same.

use mimic_models::{CULPRITS, CheckReport, Composition, Conditions, MlsEngine, check, list};
use mimic_protocol::Planted;
use mimic_record::Verdict;

fn conditions(planted: Planted) -> Conditions<'static> {
    Conditions { planted, engine: MlsEngine::OpenMls, ..Conditions::default() }
}

fn counts(report: &CheckReport) -> [u64; 3] {
    [report.states, report.unique_states, report.depth]
}

/// As many states as over symbolic MLS: nothing that the twins store tells situations apart that symbolic MLS does not.
#[test]
fn scopes_are_as_large_over_real_mls_and_each_node_does_the_same() {
    for name in ["race", "add-remove", "device-ban", "hub-crash", "hub-log"] {
        let report = check("room", Some(name), 2, conditions(Planted::NONE), &|_| ()).unwrap();
        let known = list()[0].scopes.iter().find(|scope| scope.name == name).and_then(|scope| scope.known);
        let known = known.expect("a named scope");
        assert_eq!(report.verdict, Verdict::Held, "{name}");
        assert_eq!(counts(&report), [known.states, known.unique_states, known.depth], "{name}");
        let real = report.property("real MLS agrees").expect("the property of the twins");
        assert_eq!(real.verdict, Verdict::Held, "{name}");
    }
}

/// OpenMLS lists the proposals of a commit in the order of a hash map, so that one commit can have two forms.
#[test]
fn where_proposals_are_pending_there_are_more_states_over_real_mls() {
    let report = check("room", Some("leave-commit"), 2, conditions(Planted::NONE), &|_| ()).unwrap();
    assert_eq!((report.verdict, counts(&report)), (Verdict::Held, [436_716, 83_937, 35]));
}

/// Three clients, three operations, external joins.
#[test]
fn external_joins_are_searched_exhaustively_over_real_mls() {
    let bounds = Composition {
        operations: Some(3),
        alphabet: ["join", "leave"].map(str::to_owned).to_vec(),
        ..Composition::default()
    };
    let report = check("room", bounds, 2, conditions(Planted::NONE), &|_| ()).unwrap();
    assert_eq!((report.verdict, counts(&report)), (Verdict::Held, [50_647, 16_090, 41]));
}

#[test]
fn a_bug_of_real_mls_alone_is_seen_by_the_twins() {
    for culprit in CULPRITS.iter().filter(|culprit| culprit.engine == MlsEngine::OpenMls) {
        let planted = Planted::new(culprit.mutant);
        let report = check("room", Some(culprit.scope), 2, conditions(planted), &|_| ()).unwrap();
        let real = report.property("real MLS agrees").expect("the property of the twins");
        let last = real.steps.iter().flatten().next_back();
        assert!(last.is_some_and(|line| line.starts_with("Over OpenMLS ")), "{culprit:?}: {last:?}");
    }
}
