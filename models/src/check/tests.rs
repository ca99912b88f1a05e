//! What reductions may not change, and what each scope shows.

use super::*;
use crate::room::Orders;

const NONE: Reductions = Reductions { relays: false, repetitions: false, orders: Orders::All };
const EVERY_ORDER: Reductions = Reductions { orders: Orders::All, ..Reductions::ALL };
const SMALL: [&str; 6] = ["race", "add-remove", "leave-commit", "device-ban", "role-change", "hub-crash"];

fn explore_with(
    bounds: impl Into<Bounds>,
    reductions: Reductions,
    planted: Planted,
) -> (Arc<Room>, Graph<State>) {
    let scope = find(ROOM, &bounds.into()).unwrap();
    let readings = scope.preset.readings();
    let room = Arc::new(Room::new(scope, readings, reductions, planted).unwrap());
    let graph = Graph::explore(&*room, &mut |_| None);
    (room, graph)
}

fn explore(scope: &str, reductions: Reductions) -> (Arc<Room>, Graph<State>) {
    explore_with(Some(scope), reductions, Planted::NONE)
}

#[test]
fn each_scope_names_exactly_what_is_seen_in_it_and_what_is_not_judged() {
    for scope in SCOPES {
        let (room, _) = explore(scope.name, EVERY_ORDER);
        let seen: Vec<Witness> = Witness::ALL.iter().copied().filter(|w| room.seen().has(*w)).collect();
        let mut named: Vec<Witness> = room.must_see().collect();
        named.sort_unstable();
        assert_eq!(named, seen, "{}", scope.name);
        for id in Room::PROPERTIES.iter().filter(|id| ![AGREEMENT, REALITY].contains(*id)) {
            let unjudged = room.is_unjudged(id).is_some();
            assert_eq!(unjudged, room.checked(id) == 0, "{id} in {}", scope.name);
        }
    }
}

/// Each story has more than one end, and those are all of them.
#[test]
fn the_races_end_in_every_way_that_they_can() {
    let ends: Vec<String> = SMALL
        .iter()
        .flat_map(|name| {
            let (room, graph) = explore(name, EVERY_ORDER);
            let ends = room.ends(&graph).into_iter();
            ends.map(|end| format!("{name:<13} {end}")).collect::<Vec<_>>()
        })
        .collect();
    insta::assert_snapshot!(ends.join("\n"));
}

/// Each property with its verdict, and the invariants that are not judged: all but the paths, which need not be the same.
fn verdicts(room: &Room, graph: &Graph<State>) -> (Vec<(String, Verdict)>, Vec<Unjudged>) {
    let (mut properties, mut unjudged) = judge(room, graph);
    // That there is none is not said where orders are left out.
    properties.retain(|property| (&*property.id, property.verdict) != (ENDS, Verdict::Held));
    unjudged.retain(|unjudged| unjudged.id != ENDS);
    (properties.into_iter().map(|property| (property.id, property.verdict)).collect(), unjudged)
}

fn assert_alike(name: &str, one: &(Arc<Room>, Graph<State>), other: &(Arc<Room>, Graph<State>)) {
    assert!(one.1.len() < other.1.len(), "{name}: {} and {}", one.1.len(), other.1.len());
    assert_eq!(verdicts(&one.0, &one.1), verdicts(&other.0, &other.1), "{name}");
    assert_eq!(one.0.ends(&one.1), other.0.ends(&other.1), "{name}");
    let looks = [one, other].map(|(room, graph)| room.looks_at_ends(graph));
    let lost = [looks[1].difference(&looks[0]).count(), looks[0].difference(&looks[1]).count()];
    assert_eq!(one.0.seen(), other.0.seen(), "{name}");
    assert_eq!(lost, [0, 0], "{name}: ends of {} that were left out, and that were added", looks[1].len());
}

#[test]
fn reductions_change_no_verdict_and_nothing_that_is_seen() {
    for name in ["device-ban", "hub-crash", "role-change", "roll-back"] {
        let [reduced, full] = [EVERY_ORDER, NONE].map(|reductions| explore(name, reductions));
        assert_alike(name, &reduced, &full);
        assert_eq!(judge(&reduced.0, &reduced.1), judge(&full.0, &full.1), "{name}");
        assert_eq!(reduced.0.seen(), full.0.seen(), "{name}");
    }
}

#[test]
fn orders_that_are_left_out_change_no_verdict_and_no_end() {
    let leave_out = |scope: &&crate::scopes::Named| {
        scope.name != "open-join"
            && Reductions::of(&Scope { every_order: false, ..scope.scope() }).orders == Orders::Distinct
    };
    for scope in SCOPES.iter().filter(leave_out) {
        let [reduced, full] =
            [Reductions::ALL, EVERY_ORDER].map(|reductions| explore(scope.name, reductions));
        assert_alike(scope.name, &reduced, &full);
    }
}

fn composed([providers, users, clients, operations, faults]: [usize; 5], alphabet: &str) -> Composition {
    let alphabet = alphabet.split(',').map(str::to_owned).collect();
    let [providers, users, clients] = [providers, users, clients].map(Some);
    Composition {
        providers,
        users,
        clients,
        operations: Some(operations),
        faults: Some(faults),
        alphabet,
        ..Composition::default()
    }
}

#[test]
fn orders_that_are_left_out_change_nothing_where_anything_can_go_wrong() {
    let scopes = [
        ([3, 3, 3, 1, 1], "all"),
        ([2, 2, 2, 2, 1], "update,leave"),
        ([1, 2, 2, 2, 1], "membership"),
        ([2, 2, 2, 1, 2], "update,leave,ban"),
        ([2, 2, 3, 2, 0], "ban,device"),
    ];
    for (numbers, alphabet) in scopes {
        let explore = |reductions| explore_with(composed(numbers, alphabet), reductions, Planted::NONE);
        let [reduced, full] = [Reductions::ALL, EVERY_ORDER].map(explore);
        assert_alike(&format!("{numbers:?} {alphabet}"), &reduced, &full);
    }
}

/// The comparison is one that can fail.
#[test]
fn a_reduction_that_is_too_bold_misses_races() {
    let scope = || composed([2, 2, 2, 2, 0], "update");
    let [seen, missing] = [Orders::Distinct, Orders::OverlooksRaces].map(|orders| {
        let reductions = Reductions { orders, ..Reductions::ALL };
        let (room, graph) = explore_with(scope(), reductions, Planted::NONE);
        assert!(graph.good() > 0);
        room.seen()
    });
    assert!(seen.has(Witness::RaceOfCommits) && !missing.has(Witness::RaceOfCommits));
}

#[test]
fn reductions_hide_no_planted_bug() {
    let is_symbolic = |culprit: &&crate::Culprit| culprit.engine == MlsEngine::Symbolic;
    let culprits = crate::CULPRITS.iter().filter(is_symbolic);
    for culprit in culprits.filter(|culprit| culprit.scope != "open-join") {
        let verdicts = |reductions| {
            let planted = Planted::new(culprit.mutant);
            let (room, graph) = explore_with(Some(culprit.scope), reductions, planted);
            let (properties, _) = judge(&room, &graph);
            let verdicts = properties.into_iter().map(|property| (property.id, property.verdict));
            let said = |(id, verdict): &(String, Verdict)| {
                !id.starts_with("sometimes: ") && (&**id, *verdict) != (ENDS, Verdict::Held)
            };
            verdicts.filter(said).collect::<Vec<_>>()
        };
        let full = verdicts(EVERY_ORDER);
        assert!(full.iter().any(|(_, verdict)| *verdict == Verdict::Violated), "{culprit:?}");
        assert_eq!(verdicts(Reductions::ALL), full, "{culprit:?}");
        if ["hub-crash", "device-ban"].contains(&culprit.scope) {
            assert_eq!(verdicts(NONE), full, "{culprit:?}");
        }
    }
}
