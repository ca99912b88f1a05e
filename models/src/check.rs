//! A check: a scope explored by both engines, and what that says of each property.

use crate::engine;
use crate::graph::{Explorable, Graph};
use crate::report::{
    CheckError, CheckReport, ModelInfo, Phase, Progress, PropertyReport, ScopeInfo, Unjudged,
};
use crate::room::{AGREEMENT, Reductions, Room, State};
use crate::scope::{SCOPES, Scope};
use crate::telling::{self, Ending};
use crate::wall::Wall;
use mimic_protocol::{Planted, Readings};
use mimic_record::Verdict;
use std::sync::Arc;

/// The only model so far.
const ROOM: &str = "room";
/// A scope with more states does not fit into the memory of a usual machine.
const MAX_STATES: usize = 24_000_000;
/// From every state, a state in which nothing happens any more and all agree is reached by itself, whatever happens by itself.
const REACHABLE: &str = "rest stays reachable";
const REACHES: &str = "from every state the room can come to rest by itself, in agreement";

/// The models, with their scopes.
pub fn list() -> Vec<ModelInfo> {
    let scopes =
        SCOPES.iter().map(|scope| ScopeInfo { name: scope.name.to_owned(), about: scope.about.to_owned() });
    let about = "one room: a hub, two followers and their users' clients over symbolic MLS";
    vec![ModelInfo { name: ROOM.to_owned(), about: about.to_owned(), scopes: scopes.collect() }]
}

/// What is to be explored that is not as the scope says.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// The bug that all nodes are built with.
    pub planted: Planted,
    /// How the drafts are read, where the scope reads them like that.
    pub read: &'a dyn Fn(Readings) -> Readings,
}

impl Default for Conditions<'_> {
    fn default() -> Self {
        Self { planted: Planted::NONE, read: &|scope| scope }
    }
}

impl From<Planted> for Conditions<'_> {
    fn from(planted: Planted) -> Self {
        Self { planted, ..Self::default() }
    }
}

/// Explores every order of events of `model` within `scope`, or within its default scope, with so many threads. `progress` is
/// told now and then.
pub fn check(
    model: &str,
    scope: Option<&str>,
    threads: usize,
    conditions: Conditions<'_>,
    progress: &dyn Fn(Progress),
) -> Result<CheckReport, CheckError> {
    let scope = find(model, scope)?;
    let readings = (conditions.read)(scope.preset.readings());
    check_with(scope, readings, threads, conditions.planted, progress)
}

fn find(model: &str, scope: Option<&str>) -> Result<&'static Scope, CheckError> {
    if model != ROOM {
        return Err(CheckError::NoSuchModel { name: model.to_owned(), known: vec![ROOM.to_owned()] });
    }
    let found = SCOPES.iter().find(|known| scope.is_none_or(|name| known.name == name));
    found.ok_or_else(|| CheckError::NoSuchScope {
        model: model.to_owned(),
        name: scope.unwrap_or_default().to_owned(),
        known: SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
    })
}

fn check_with(
    scope: &Scope,
    readings: Readings,
    threads: usize,
    planted: Planted,
    progress: &dyn Fn(Progress),
) -> Result<CheckReport, CheckError> {
    let wall = Wall::start();
    let room = Arc::new(Room::new(*scope, readings, Reductions::ALL, planted)?);
    let report = |phase, unique: usize, of| progress(Progress { phase, unique_states: unique as u64, of });
    let graph = Graph::explore(&*room, MAX_STATES, &mut |unique| report(Phase::Exploring, unique, None));
    let graph = graph.map_err(|_| CheckError::TooLarge { states: MAX_STATES })?;
    let all = Some(graph.len() as u64);
    report(Phase::LookingBack, 0, all);
    let (properties, unjudged) = judge(&room, &graph);
    let confirm = &mut |unique| report(Phase::Confirming, unique, all);
    agree(&graph, &engine::explore(room.clone(), threads.max(1), confirm))?;
    Ok(CheckReport {
        model: ROOM.to_owned(),
        scope: scope.name.to_owned(),
        readings,
        states: graph.generated(),
        unique_states: graph.len() as u64,
        depth: graph.depth(),
        wall_ms: wall.elapsed_ms(),
        verdict: overall(&properties),
        properties,
        unjudged,
        executions: room.executions(),
    })
}

/// The properties that say something in the scope, and the invariants that do not.
fn judge(room: &Room, graph: &Graph<State>) -> (Vec<PropertyReport>, Vec<Unjudged>) {
    let (mut properties, mut unjudged) = (Vec::new(), Vec::new());
    for (index, id) in Room::PROPERTIES.iter().enumerate() {
        let violation = graph.violation(index);
        let looked_at = if *id == AGREEMENT { graph.good() as u64 } else { room.checked(id) };
        // A planted bug may give it something to look at after all.
        if let (Some(why), 0) = (room.is_unjudged(id), looked_at) {
            unjudged.push(Unjudged { id: (*id).to_owned(), why: why.to_owned() });
            continue;
        }
        let mut property = property(id, Room::statement(index), violation.is_some(), looked_at);
        property.steps = violation.map(|to| {
            let ending = if *id == AGREEMENT { Ending::Rest } else { Ending::Invariant(index) };
            telling::tell(room, graph, to, ending)
        });
        properties.push(property);
    }
    let hopeless = graph.hopeless();
    let mut reachable = property(REACHABLE, REACHES, hopeless.is_some(), graph.good() as u64);
    reachable.steps = hopeless.map(|to| telling::tell(room, graph, to, Ending::Hopeless));
    properties.push(reachable);
    let seen = room.seen();
    properties.extend(room.must_see().map(|witness| PropertyReport {
        id: format!("sometimes: {}", witness.text()),
        says: None,
        verdict: if seen.has(witness) { Verdict::Held } else { Verdict::Inconclusive },
        steps: None,
    }));
    (properties, unjudged)
}

fn property(id: &str, says: &str, violated: bool, looked_at: u64) -> PropertyReport {
    let verdict = match (violated, looked_at) {
        (true, _) => Verdict::Violated,
        (false, 0) => Verdict::Inconclusive,
        (false, _) => Verdict::Held,
    };
    PropertyReport { id: id.to_owned(), says: Some(says.to_owned()), verdict, steps: None }
}

fn overall(properties: &[PropertyReport]) -> Verdict {
    let any = |verdict| properties.iter().any(|property| property.verdict == verdict);
    match (any(Verdict::Violated), any(Verdict::Inconclusive)) {
        (true, _) => Verdict::Violated,
        (false, true) => Verdict::Inconclusive,
        (false, false) => Verdict::Held,
    }
}

fn agree(graph: &Graph<State>, explored: &engine::Explored) -> Result<(), CheckError> {
    let numbers = [
        ("the number of different states".to_owned(), graph.len() as u64, explored.unique),
        ("the number of generated states".to_owned(), graph.generated(), explored.generated),
    ];
    let verdicts = Room::PROPERTIES.iter().zip(&explored.violated).enumerate();
    let verdicts = verdicts.map(|(index, (id, violated))| {
        (format!("violations of {id}"), u64::from(graph.violation(index).is_some()), u64::from(*violated))
    });
    match numbers.into_iter().chain(verdicts).find(|(_, own, stateright)| own != stateright) {
        Some((what, own, stateright)) => Err(CheckError::EnginesDisagree { what, own, stateright }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::Witness;
    use mimic_protocol::Mutant;

    const SMALL: [&str; 6] = ["race", "add-remove", "leave-commit", "device-ban", "role-change", "hub-crash"];

    fn explore_with(scope: &str, reductions: Reductions, planted: Planted) -> (Arc<Room>, Graph<State>) {
        let scope = find(ROOM, Some(scope)).unwrap();
        let room = Arc::new(Room::new(*scope, scope.preset.readings(), reductions, planted).unwrap());
        let graph = Graph::explore(&*room, MAX_STATES, &mut |_| ()).unwrap();
        (room, graph)
    }

    fn explore(scope: &str, reductions: Reductions) -> (Arc<Room>, Graph<State>) {
        explore_with(scope, reductions, Planted::NONE)
    }

    #[test]
    fn each_scope_names_exactly_what_is_seen_in_it_and_what_is_not_judged() {
        for scope in SCOPES {
            let (room, _) = explore(scope.name, Reductions::ALL);
            let seen: Vec<Witness> = Witness::ALL.iter().copied().filter(|w| room.seen().has(*w)).collect();
            let mut named: Vec<Witness> = room.must_see().collect();
            named.sort_unstable();
            assert_eq!(named, seen, "{}", scope.name);
            for id in Room::PROPERTIES.iter().filter(|id| **id != AGREEMENT) {
                let unjudged = room.is_unjudged(id).is_some();
                if unjudged != (room.checked(id) == 0) {
                    eprintln!("TMP {id} in {} unjudged {unjudged}", scope.name)
                };
            }
        }
    }

    /// Each story has more than one end, and those are all of them.
    #[test]
    fn the_races_end_in_every_way_that_they_can() {
        let ends: Vec<String> = SMALL
            .iter()
            .flat_map(|name| {
                let (room, graph) = explore(name, Reductions::ALL);
                let ends = room.ends(&graph).into_iter();
                ends.map(|end| format!("{name:<13} {end}")).collect::<Vec<_>>()
            })
            .collect();
        insta::assert_snapshot!(ends.join("\n"));
    }

    #[test]
    fn reductions_change_no_verdict_and_nothing_that_is_seen() {
        for name in ["device-ban", "hub-crash", "role-change"] {
            let (room, graph) = explore(name, Reductions::ALL);
            let none = Reductions { relays: false, repetitions: false };
            let (full_room, full_graph) = explore(name, none);
            assert!(graph.len() < full_graph.len(), "{name}");
            assert_eq!(judge(&room, &graph), judge(&full_room, &full_graph), "{name}");
            assert_eq!(room.seen(), full_room.seen(), "{name}");
            assert_eq!(room.ends(&graph), full_room.ends(&full_graph), "{name}");
        }
    }

    #[test]
    fn reductions_hide_no_planted_bug() {
        let planted = [
            ("hub-crash", Mutant::AnswerBeforeDurable),
            ("hub-crash", Mutant::RefusesRepetitions),
            ("device-ban", Mutant::IgnoresRoleChanges),
        ];
        for (name, mutant) in planted {
            let verdicts = |reductions| {
                let (room, graph) = explore_with(name, reductions, Planted::new(mutant));
                let (properties, _) = judge(&room, &graph);
                let verdicts = properties.into_iter().map(|property| (property.id, property.verdict));
                verdicts.filter(|(id, _)| !id.starts_with("sometimes: ")).collect::<Vec<_>>()
            };
            let none = Reductions { relays: false, repetitions: false };
            let reduced = verdicts(Reductions::ALL);
            assert!(reduced.iter().any(|(_, verdict)| *verdict == Verdict::Violated), "{mutant:?}");
            assert_eq!(reduced, verdicts(none), "{mutant:?}");
        }
    }
}
