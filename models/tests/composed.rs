//! Scopes in numbers: what they are, what is refused, and searches that are cut off.

use mimic_models::{
    CheckError, CheckReport, Composition, Conditions, CutOff, Engine, Limit, Limits, check, list,
};
use mimic_protocol::Readings;
use mimic_protocol::readings::Preset;
use mimic_record::Verdict;

fn words(alphabet: &[&str]) -> Vec<String> {
    alphabet.iter().map(|word| (*word).to_owned()).collect()
}

/// Providers, users, clients, operations, faults.
fn composed(numbers: [usize; 5], alphabet: &[&str]) -> Composition {
    let [providers, users, clients, operations, faults] = numbers.map(Some);
    Composition {
        providers,
        users,
        clients,
        operations,
        faults,
        alphabet: words(alphabet),
        ..Composition::default()
    }
}

fn checked(composition: Composition) -> CheckReport {
    check("room", composition, 2, Conditions::default(), &|_| ()).unwrap()
}

/// In numbers, orders that nobody can tell apart are looked at once; the scope with the name looks at all.
#[test]
fn a_named_scope_is_shorthand_for_numbers() {
    let numbers = composed([3, 3, 3, 2, 0], &["update"]);
    let every_order = checked(Composition { every_order: true, ..numbers.clone() });
    let report = checked(numbers);
    let race =
        list()[0].scopes.iter().find(|scope| scope.name == "race").and_then(|scope| scope.known).unwrap();
    assert_eq!((every_order.unique_states, every_order.depth), (race.unique_states, race.depth));
    assert_eq!((every_order.states, every_order.verdict), (race.states, Verdict::Held));
    assert!(every_order.scope.ends_with(" --every-order"), "{}", every_order.scope);
    assert!(report.unique_states < race.unique_states && report.states < race.states);
    assert_eq!(report.verdict, Verdict::Held);
    assert_eq!(report.scope, "--providers 3 --users 3 --clients 3 --ops 2 --faults 0 --alphabet update");
}

/// Numbers, alphabet; states generated, unique states, depth.
type Pinned = ([usize; 5], &'static [&'static str], [u64; 3]);

const PINNED: [Pinned; 6] = [
    ([1, 2, 2, 2, 0], &["membership"], [1_283, 504, 18]),
    ([2, 2, 3, 2, 0], &["ban", "device"], [535, 248, 15]),
    ([2, 2, 2, 2, 1], &["update", "leave"], [50_502, 14_401, 27]),
    ([3, 3, 3, 1, 1], &["moderation"], [2_584, 944, 19]),
    ([2, 3, 3, 2, 0], &["policy"], [2_081, 954, 18]),
    ([3, 3, 3, 1, 0], &["all"], [192, 123, 11]),
];

#[test]
fn composed_scopes_have_their_numbers_of_states_and_nothing_is_violated_in_them() {
    let found = PINNED.map(|(numbers, alphabet, _)| {
        let report = checked(composed(numbers, alphabet));
        let bad = report.properties.iter().find(|property| property.verdict != Verdict::Held);
        assert_eq!((bad, report.cut_off), (None, None), "{}", report.scope);
        (numbers, alphabet, [report.states, report.unique_states, report.depth])
    });
    assert_eq!(found, PINNED);
}

/// The hub has accepted the commit by which Cathy joins, and then comes the Welcome of an add from before, and a removal that undoes
/// it: she has to know her own commit again, though a timer of an earlier try was still due.
#[test]
fn a_join_that_is_accepted_is_not_forgotten_over_a_welcome_and_a_removal() {
    let report = checked(composed([3, 3, 3, 3, 0], &["add", "remove", "join"]));
    assert_eq!(report.verdict, Verdict::Held, "{:#?}", report.properties);
    assert_eq!([report.states, report.unique_states, report.depth], [523_794, 147_289, 45]);
}

#[test]
fn faults_and_crashes_have_one_budget() {
    let seen = |numbers| {
        let report = checked(composed(numbers, &["update"]));
        let all = report.properties.into_iter().map(|property| property.id);
        all.filter(|id| id.starts_with("sometimes: fault")).count()
    };
    assert_eq!((seen([1, 2, 2, 1, 0]), seen([1, 2, 2, 1, 1])), (0, 7));
    let unique = |faults| checked(composed([1, 2, 2, 1, faults], &["update"])).unique_states;
    let [none, one, two] = [0, 1, 2].map(unique);
    assert!(none < one && one < two, "{none} {one} {two}");
}

#[test]
fn what_cannot_be_composed_is_refused_with_what_can() {
    let refused = |composition: Composition| {
        check("room", composition, 1, Conditions::default(), &|_| ()).unwrap_err().to_string()
    };
    assert_eq!(refused(composed([4, 3, 3, 1, 0], &[])), "--providers is 4, and can be 1 to 3 here");
    assert_eq!(refused(composed([3, 1, 3, 1, 0], &[])), "--users is 1, and can be 2 to 4 here");
    assert_eq!(refused(composed([3, 3, 2, 1, 0], &[])), "--clients is 2, and can be 3 to 6 here");
    assert_eq!(refused(composed([3, 3, 3, 0, 0], &[])), "--ops is 0, and can be 1 to 8 here");
    assert_eq!(refused(composed([3, 3, 3, 1, 8], &[])), "--faults is 8, and can be 0 to 7 here");
    let unknown = refused(composed([3, 3, 3, 1, 0], &["bann"]));
    assert!(
        unknown.starts_with("there is no operation and no alphabet \"bann\"; alphabets: membership, "),
        "{unknown}"
    );
    let nobody = refused(composed([3, 3, 3, 1, 0], &["device"]));
    assert_eq!(nobody, "nobody can \"device\" in this scope: it takes a second device, as with --clients 4");
}

#[test]
fn a_search_that_is_cut_off_is_inconclusive_and_says_how_far_it_came() {
    let limited = |limits| {
        let conditions = Conditions { limits, ..Conditions::default() };
        check("room", Some("race"), 1, conditions, &|_| ()).unwrap()
    };
    let free = Limits::default();
    let few = limited(Limits { states: 10_000, ..free });
    assert_eq!(few.verdict, Verdict::Inconclusive);
    let Some(CutOff { limit: Limit::States, engine: Engine::Own, unique_states, queued: Some(queued) }) =
        few.cut_off
    else {
        panic!("{:?}", few.cut_off);
    };
    assert!(unique_states > 10_000 && unique_states < 56_253 && queued > 0 && queued < unique_states);
    assert!(few.properties.iter().all(|property| property.verdict != Verdict::Violated));
    let invariants = few.properties.iter().filter(|property| property.says.is_some());
    assert!(invariants.clone().count() > 0);
    assert!(invariants.into_iter().all(|property| property.verdict == Verdict::Inconclusive));
    let timeless = limited(Limits { within_ms: Some(0), ..free }).cut_off;
    assert_eq!(timeless.map(|cut_off| (cut_off.limit, cut_off.unique_states)), Some((Limit::Time, 1)));
}

#[test]
fn what_is_to_be_shown_is_named_in_full_or_in_part() {
    let shown = |witness| {
        let conditions = Conditions { witness: Some(witness), ..Conditions::default() };
        check("room", Some("device-ban"), 1, conditions, &|_| ())
    };
    let joins = shown("a client joins").unwrap().witnessed.unwrap();
    assert_eq!(joins.replay.map(|replay| replay.unwrap().steps()), Some(joins.steps.len()));
    assert!(joins.steps.len() > 3);
    assert!(shown("the sender is blocked").unwrap().witnessed.is_none());
    let Err(CheckError::NoSuchWitness { known, .. }) = shown("rejected") else {
        panic!("several are called so")
    };
    assert!(known.len() > 5 && known.iter().all(|name| name.contains("rejected")), "{known:?}");
    let Err(CheckError::NoSuchWitness { known, .. }) = shown("no such thing") else {
        panic!("none is called so")
    };
    assert!(known.len() > 50);
}

/// Orders that nobody can tell apart are looked at once, and the path that is told is the shortest of all orders all the same.
#[test]
fn counterexamples_are_the_shortest_of_all_orders() {
    let numbers = composed([2, 2, 3, 2, 0], &["leave", "message"]);
    let at_commit = |_: Readings| Preset::AtCommit.readings();
    let checked = |composition| {
        let conditions = Conditions { read: &at_commit, ..Conditions::default() };
        let report = check("room", composition, 2, conditions, &|_| ()).unwrap();
        let property = report.property("INV-06").cloned().unwrap();
        (property.verdict, property.after, property.is_shortest, property.steps)
    };
    let every_order = checked(Composition { every_order: true, ..numbers.clone() });
    assert_eq!((every_order.0, every_order.1, every_order.2), (Verdict::Violated, Some(4), Some(true)));
    assert_eq!(checked(numbers), every_order);
}
