//! A check: a scope explored by both engines, and what that says of each property.

use crate::bridge::{Goal, Replay};
use crate::compose::Composition;
use crate::engine;
use crate::graph::{Explorable, Extent, Graph};
use crate::limits::{CutOff, Engine, Limits, Watchman, resident_bytes};
use crate::livelock;
use crate::report::{
    CheckError, CheckReport, Phase, Progress, PropertyReport, StepCount, Unjudged, Witnessed,
};
use crate::room::{AGREEMENT, Build, MlsEngine, REALITY, Reductions, Room, State, Witness, unasked};
use crate::scope::Scope;
use crate::scopes::SCOPES;
use crate::shortest::Search;
use crate::telling::{self, Ending, Told};
use crate::wall::Wall;
use mimic_protocol::{Planted, Readings};
use mimic_record::Verdict;
use std::sync::Arc;

/// The only model so far.
pub(crate) const ROOM: &str = "room";
/// From every state, a state in which nothing happens any more and all agree is reached by itself, whatever happens by itself.
pub(crate) const REACHABLE: &str = "rest stays reachable";
pub(crate) const REACHES: &str = "from every state the room can come to rest by itself, in agreement";

/// No run goes on for ever by itself in which nothing is put off for ever.
pub(crate) const ENDS: &str = "no livelock";
pub(crate) const COMES_TO_AN_END: &str =
    "what happens by itself comes to an end, if nothing is put off for ever";

const ORDERS: &str = "none was found, and orders were left out: --every-order looks at all";

/// What is to be explored that is not as the scope says, and how far.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// The bug that all nodes are built with.
    pub planted: Planted,
    /// How the drafts are read, where the scope reads them like that.
    pub read: &'a dyn Fn(Readings) -> Readings,
    /// Over what MLS the nodes run.
    pub engine: MlsEngine,
    /// How much the search may take.
    pub limits: Limits,
    /// What is to be shown with a path to it, of what can be seen.
    pub witness: Option<&'a str>,
}

impl Default for Conditions<'_> {
    fn default() -> Self {
        Self {
            planted: Planted::NONE,
            read: &|scope| scope,
            engine: MlsEngine::Symbolic,
            limits: Limits::default(),
            witness: None,
        }
    }
}

impl Conditions<'_> {
    pub(crate) fn build(&self) -> Build {
        Build { planted: self.planted, engine: self.engine }
    }
}

impl From<Planted> for Conditions<'_> {
    fn from(planted: Planted) -> Self {
        Self { planted, ..Self::default() }
    }
}

/// How large a world is explored.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Bounds {
    /// The model's default scope.
    #[default]
    Default,
    /// A scope by its name.
    Named(String),
    /// A scope that is composed.
    Composed(Composition),
}

impl From<Option<&str>> for Bounds {
    fn from(name: Option<&str>) -> Self {
        name.map_or(Self::Default, |name| Self::Named(name.to_owned()))
    }
}

impl From<Composition> for Bounds {
    fn from(composition: Composition) -> Self {
        Self::Composed(composition)
    }
}

/// Explores every order of events of `model` within `bounds`, with so many threads. `progress` is told now and then.
pub fn check(
    model: &str,
    bounds: impl Into<Bounds>,
    threads: usize,
    conditions: Conditions<'_>,
    progress: &dyn Fn(Progress),
) -> Result<CheckReport, CheckError> {
    let scope = find(model, &bounds.into())?;
    let readings = (conditions.read)(scope.preset.readings());
    let witness = conditions.witness.map(Witness::named).transpose()?;
    let wall = Wall::start();
    let watchman = Watchman::new(conditions.limits, wall);
    let reductions = Reductions::of(&scope);
    let room = Arc::new(Room::new(scope, readings, reductions, conditions.build())?);
    let graph = explore(&room, watchman, progress);
    let memory_bytes = resident_bytes();
    progress(Progress {
        phase: Phase::LookingBack,
        unique_states: 0,
        of: of(&graph),
        queued: None,
        depth: None,
    });
    let (mut properties, unjudged) = judge(&room, &graph);
    let cut_off = match graph.cut_off() {
        Some(limit) => {
            let Extent { unique, queued, .. } = graph.extent();
            let (unique_states, queued) = (unique as u64, Some(queued as u64));
            Some(CutOff { limit, engine: Engine::Own, unique_states, queued })
        }
        None => confirm(&room, &graph, threads, watchman, progress)?,
    };
    let search = Search { conditions: &conditions, watchman, progress };
    search.shorten((&room, &graph), &mut properties)?;
    let overall = overall(&properties);
    let is_cut = cut_off.is_some() && overall == Verdict::Held;
    Ok(CheckReport {
        model: ROOM.to_owned(),
        scope: room.scope().name.clone(),
        about: room.scope().about.clone(),
        readings,
        engine: conditions.engine,
        states: graph.generated(),
        unique_states: graph.len() as u64,
        depth: graph.depth(),
        wall_ms: wall.elapsed_ms(),
        verdict: if is_cut { Verdict::Inconclusive } else { overall },
        properties,
        unjudged,
        executions: room.executions(),
        step_counts: step_counts(&graph),
        also_seen: also_seen(&room),
        witnessed: witness.and_then(|witness| witnessed(&room, &graph, witness)),
        cut_off,
        memory_bytes,
    })
}

/// The scope that is meant.
pub(crate) fn find(model: &str, bounds: &Bounds) -> Result<Scope, CheckError> {
    if model != ROOM {
        return Err(CheckError::NoSuchModel { name: model.to_owned(), known: vec![ROOM.to_owned()] });
    }
    let name = match bounds {
        Bounds::Composed(composition) => return composition.scope(),
        Bounds::Named(name) => Some(name.as_str()),
        Bounds::Default => None,
    };
    let found = SCOPES.iter().find(|known| name.is_none_or(|name| known.name == name));
    found.map(|named| named.scope()).ok_or_else(|| CheckError::NoSuchScope {
        model: model.to_owned(),
        name: name.unwrap_or_default().to_owned(),
        known: SCOPES.iter().map(|scope| scope.name.to_owned()).collect(),
    })
}

fn of(graph: &Graph<State>) -> Option<u64> {
    Some(graph.len() as u64)
}

pub(crate) fn explore(room: &Room, watchman: Watchman, progress: &dyn Fn(Progress)) -> Graph<State> {
    Graph::explore(room, &mut |Extent { unique, queued, depth }| {
        let (unique_states, queued) = (unique as u64, Some(queued as u64));
        progress(Progress { phase: Phase::Exploring, unique_states, of: None, queued, depth: Some(depth) });
        watchman.limit(unique)
    })
}

/// Explores the scope again with stateright, which must agree. What says that this was cut off is no error.
fn confirm(
    room: &Arc<Room>,
    graph: &Graph<State>,
    threads: usize,
    watchman: Watchman,
    progress: &dyn Fn(Progress),
) -> Result<Option<CutOff>, CheckError> {
    let explored = engine::explore(room.clone(), threads.max(1), &mut |unique| {
        let unique_states = unique as u64;
        progress(Progress {
            phase: Phase::Confirming,
            unique_states,
            of: of(graph),
            queued: None,
            depth: None,
        });
        watchman.limit(unique)
    });
    if let Some(limit) = explored.cut_off {
        let (engine, unique_states) = (Engine::Stateright, explored.unique);
        return Ok(Some(CutOff { limit, engine, unique_states, queued: None }));
    }
    agree(graph, &explored).map(|()| None)
}

/// The properties that say something in the scope, and the invariants that do not.
pub(crate) fn judge(room: &Room, graph: &Graph<State>) -> (Vec<PropertyReport>, Vec<Unjudged>) {
    let is_cut = graph.cut_off().is_some();
    let (mut properties, mut unjudged) = (Vec::new(), Vec::new());
    for (index, id) in Room::PROPERTIES.iter().enumerate() {
        if *id == REALITY && !room.has_twins() {
            continue;
        }
        let violation = graph.violation(index);
        let looked_at = match *id {
            AGREEMENT => graph.good() as u64,
            REALITY => room.executions(),
            _ => room.checked(id),
        };
        if let Some(why) = unasked(id, room.is_byzantine()) {
            unjudged.push(Unjudged { id: (*id).to_owned(), why: why.to_owned() });
            continue;
        }
        // A planted bug may give it something to look at after all, and so may what was not explored.
        if let (Some(why), 0, false) = (room.is_unjudged(id), looked_at, is_cut) {
            unjudged.push(Unjudged { id: (*id).to_owned(), why: why.to_owned() });
            continue;
        }
        let looked_at = if is_cut { 0 } else { looked_at };
        let mut property = property(id, room.says(index), violation.is_some(), looked_at);
        if let Some(to) = violation {
            show(&mut property, (room, graph), (to, ending(index)));
        }
        properties.push(property);
    }
    judge_future((room, graph), &mut properties, &mut unjudged);
    let seen = room.seen();
    properties.extend(room.must_see().map(|witness| PropertyReport {
        id: format!("sometimes: {}", witness.text()),
        says: None,
        verdict: if seen.has(witness) { Verdict::Held } else { Verdict::Inconclusive },
        after: None,
        steps: None,
        ladder: None,
        is_shortest: None,
        replay: None,
    }));
    (properties, unjudged)
}

/// What says something of all states together.
fn judge_future(
    (room, graph): (&Room, &Graph<State>),
    properties: &mut Vec<PropertyReport>,
    unjudged: &mut Vec<Unjudged>,
) {
    let left_out =
        [REACHABLE, ENDS].into_iter().filter_map(|id| Some((id, unasked(id, room.is_byzantine())?)));
    unjudged.extend(left_out.map(|(id, why)| Unjudged { id: id.to_owned(), why: why.to_owned() }));
    if room.is_byzantine() {
        return;
    }
    let is_cut = graph.cut_off().is_some();
    let hopeless = graph.hopeless();
    let looked_at = if is_cut { 0 } else { graph.good() as u64 };
    let mut reachable = property(REACHABLE, REACHES, hopeless.is_some(), looked_at);
    if let Some(to) = hopeless {
        show(&mut reachable, (room, graph), (to, Ending::Hopeless));
    }
    properties.push(reachable);
    match livelock::nearest(room, graph) {
        // A round that takes the steps in an order that was left out has not been seen.
        None if room.leaves_out_orders() => {
            unjudged.push(Unjudged { id: ENDS.to_owned(), why: ORDERS.to_owned() });
        }
        livelock => {
            let mut ends = property(ENDS, COMES_TO_AN_END, livelock.is_some(), looked_at);
            if let Some(to) = livelock {
                show(&mut ends, (room, graph), (to, Ending::ForEver));
            }
            properties.push(ends);
        }
    }
}

/// What a violation of the property with this index ends with.
pub(crate) fn ending(index: usize) -> Ending {
    match Room::PROPERTIES[index] {
        AGREEMENT => Ending::Rest,
        REALITY => Ending::Reality,
        _ => Ending::Invariant(index),
    }
}

/// Puts the path to a violation into the report. Nothing is known of shorter ones.
pub(crate) fn show(
    property: &mut PropertyReport,
    (room, graph): (&Room, &Graph<State>),
    (to, ending): (u32, Ending),
) {
    let Told { lines, ladder } = telling::tell(room, graph, to, ending);
    (property.steps, property.ladder) = (Some(lines), Some(ladder));
    property.after = Some(telling::path(room, graph, to).len());
    property.replay = Some(Replay::of(room, graph, Goal::Violation { state: to }, &property.id));
    property.is_shortest = Some(false);
}

/// How many steps of each kind were taken, of those that were.
fn step_counts(graph: &Graph<State>) -> Vec<StepCount> {
    let counts = Room::KINDS.iter().zip(graph.taken()).filter(|(_, (taken, _))| *taken > 0);
    counts
        .map(|(kind, (taken, new))| StepCount { kind: (*kind).to_owned(), taken: *taken, new: *new })
        .collect()
}

/// The shortest path to what is to be shown, if it was seen.
fn witnessed(room: &Room, graph: &Graph<State>, witness: Witness) -> Option<Witnessed> {
    let (state, action) = graph.sighting(witness as u32)?;
    let goal = Goal::Sight { state, action };
    let Told { lines: steps, ladder } = telling::tell_steps(room, &goal.path(room, graph));
    let (what, replay) = (witness.text().to_owned(), Some(Replay::of(room, graph, goal, witness.text())));
    Some(Witnessed { what, steps, ladder, replay })
}

/// What was seen and need not be.
fn also_seen(room: &Room) -> Vec<String> {
    let must: Vec<Witness> = room.must_see().collect();
    let seen = Witness::ALL.iter().filter(|witness| room.seen().has(**witness) && !must.contains(witness));
    seen.map(|witness| witness.text().to_owned()).collect()
}

fn property(id: &str, says: &str, violated: bool, looked_at: u64) -> PropertyReport {
    let verdict = match (violated, looked_at) {
        (true, _) => Verdict::Violated,
        (false, 0) => Verdict::Inconclusive,
        (false, _) => Verdict::Held,
    };
    let (id, says) = (id.to_owned(), Some(says.to_owned()));
    PropertyReport {
        id,
        says,
        verdict,
        after: None,
        steps: None,
        ladder: None,
        is_shortest: None,
        replay: None,
    }
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
mod tests;
