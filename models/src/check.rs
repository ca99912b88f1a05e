//! A check: a scope explored by both engines, and what that says of each property.

use crate::engine;
use crate::graph::{Explorable, Graph};
use crate::report::{CheckError, CheckReport, ModelInfo, Phase, Progress, PropertyReport, ScopeInfo};
use crate::room::{AGREEMENT, Reductions, Room, State};
use crate::scope::{SCOPES, Scope};
use crate::wall::Wall;
use mimic_protocol::Planted;
use mimic_record::Verdict;
use stateright::Model as _;
use std::sync::Arc;

/// The only model so far.
const ROOM: &str = "room";
/// A scope with more states does not fit into the memory of a usual machine.
const MAX_STATES: usize = 24_000_000;
/// From every state, a state in which nothing happens any more and all agree is reached by itself, whatever happens by itself.
const REACHABLE: &str = "rest stays reachable";

/// The models, with their scopes.
pub fn list() -> Vec<ModelInfo> {
    let scopes =
        SCOPES.iter().map(|scope| ScopeInfo { name: scope.name.to_owned(), about: scope.about.to_owned() });
    let about = "one room: a hub, two followers and their users' clients over symbolic MLS";
    vec![ModelInfo { name: ROOM.to_owned(), about: about.to_owned(), scopes: scopes.collect() }]
}

/// Explores every order of events of `model` within `scope`, or within its default scope, with so many threads. `progress` is
/// told now and then.
pub fn check(
    model: &str,
    scope: Option<&str>,
    threads: usize,
    planted: Planted,
    progress: &dyn Fn(Progress),
) -> Result<CheckReport, CheckError> {
    check_with(find(model, scope)?, Reductions::ALL, threads, planted, progress)
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
    reductions: Reductions,
    threads: usize,
    planted: Planted,
    progress: &dyn Fn(Progress),
) -> Result<CheckReport, CheckError> {
    let wall = Wall::start();
    let room = Arc::new(Room::new(*scope, reductions, planted)?);
    let report = |phase, unique: usize, of| progress(Progress { phase, unique_states: unique as u64, of });
    let graph = Graph::explore(&*room, MAX_STATES, &mut |unique| report(Phase::Exploring, unique, None));
    let graph = graph.map_err(|_| CheckError::TooLarge { states: MAX_STATES })?;
    let all = Some(graph.len() as u64);
    report(Phase::LookingBack, 0, all);
    let properties = judge(&room, &graph);
    let confirm = &mut |unique| report(Phase::Confirming, unique, all);
    agree(&graph, &engine::explore(room.clone(), threads.max(1), confirm))?;
    Ok(CheckReport {
        model: ROOM.to_owned(),
        scope: scope.name.to_owned(),
        states: graph.generated(),
        unique_states: graph.len() as u64,
        depth: graph.depth(),
        wall_ms: wall.elapsed_ms(),
        verdict: overall(&properties),
        properties,
        executions: room.executions(),
    })
}

fn judge(room: &Room, graph: &Graph<State>) -> Vec<PropertyReport> {
    let mut properties: Vec<PropertyReport> = Room::PROPERTIES
        .iter()
        .enumerate()
        .map(|(index, id)| {
            let looked_at = if *id == AGREEMENT { graph.good() as u64 } else { room.checked(id) };
            property(room, graph, id, graph.violation(index), looked_at)
        })
        .collect();
    properties.push(property(room, graph, REACHABLE, graph.hopeless(), graph.good() as u64));
    let seen = room.seen();
    properties.extend(room.must_see().iter().map(|witness| PropertyReport {
        id: format!("sometimes: {}", witness.text()),
        verdict: if seen.has(*witness) { Verdict::Held } else { Verdict::Inconclusive },
        steps: None,
    }));
    properties
}

fn property(
    room: &Room,
    graph: &Graph<State>,
    id: &str,
    violation: Option<u32>,
    looked_at: u64,
) -> PropertyReport {
    let verdict = match (violation, looked_at) {
        (Some(_), _) => Verdict::Violated,
        (None, 0) => Verdict::Inconclusive,
        (None, _) => Verdict::Held,
    };
    PropertyReport { id: id.to_owned(), verdict, steps: violation.map(|state| story(room, graph, state)) }
}

/// The shortest path to a state, in words.
fn story(room: &Room, graph: &Graph<State>, to: u32) -> Vec<String> {
    let mut turns = Vec::new();
    let step = |(state, turn): (&State, usize)| {
        turns.clear();
        room.actions(state, &mut turns);
        turns.get(turn).map(|turn| room.tell(state, *turn)).unwrap_or_default()
    };
    graph.path(to).into_iter().map(step).collect()
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
