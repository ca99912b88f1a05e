//! The shortest path to a violation as a list of lines, with what shows at its end that something is wrong.

use crate::graph::{Explorable as _, Graph};
use crate::room::{Room, State, Story, Turn};
use stateright::Model as _;
use std::collections::{BTreeMap, VecDeque};

/// What is wrong at the end of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ending {
    /// The last step, by which it violates the invariant with this index.
    Invariant(usize),
    /// Nothing is under way any more, and yet not all is well.
    Rest,
    /// The last step, which real MLS does not do as symbolic MLS does.
    Reality,
    /// It can go on for ever, though nothing is put off: among these states.
    ForEver,
    /// No good end can be reached any more.
    Hopeless,
}

/// The shortest path to a state, in words.
pub(crate) fn tell(room: &Room, graph: &Graph<State>, to: u32, ending: Ending) -> Vec<String> {
    let mut story = room.story();
    let path = path(room, graph, to);
    let mut lines: Vec<String> = path.iter().map(|(state, turn)| story.tell(*state, *turn)).collect();
    match (ending, graph.state(to), path.last()) {
        (Ending::Invariant(index), _, Some((state, turn))) => {
            lines.extend(story.violation(*state, *turn, index));
        }
        (Ending::Rest, Some(state), _) => lines.push(room.tell_disagreement(state)),
        (Ending::Reality, Some(state), _) => lines.push(room.tell_twins(state)),
        (Ending::ForEver, Some(state), _) => tell_round(room, graph, &mut story, state, &mut lines),
        (Ending::Hopeless, Some(state), _) => tell_for_ever(room, &mut story, state, &mut lines),
        _ => {}
    }
    lines
}

/// How it goes on for ever from a state of a livelock: the shortest way round.
fn tell_round(
    room: &Room,
    graph: &Graph<State>,
    story: &mut Story<'_>,
    state: State,
    lines: &mut Vec<String>,
) {
    lines.push(
        "From here on it can go on for ever, and nothing need be put off for ever. The shortest way round:"
            .to_owned(),
    );
    let begin = lines.len();
    for (state, turn) in round(room, graph, state) {
        lines.extend(room.unfolded(state, turn).into_iter().map(|(state, turn)| story.tell(state, turn)));
    }
    lines.push(format!("And so on, from step {}", begin + 1));
}

/// The shortest way from the state back to it, by what happens by itself.
fn round(room: &Room, graph: &Graph<State>, begin: State) -> Vec<(State, Turn)> {
    let mut came: BTreeMap<u32, (State, Turn)> = BTreeMap::new();
    let mut queue = VecDeque::from([begin]);
    while let Some(state) = queue.pop_front() {
        let mut turns = Vec::new();
        room.actions(&state, &mut turns);
        for turn in turns.into_iter().filter(|turn| room.is_internal(turn)) {
            let (next, _) = room.followed(&state, turn);
            let Some(number) = graph.number(&next) else { continue };
            if came.contains_key(&number) {
                continue;
            }
            came.insert(number, (state, turn));
            if next == begin {
                return way_back(graph, &came, begin);
            }
            queue.push_back(next);
        }
    }
    Vec::new()
}

fn way_back(graph: &Graph<State>, came: &BTreeMap<u32, (State, Turn)>, begin: State) -> Vec<(State, Turn)> {
    let (mut way, mut at) = (Vec::new(), begin);
    while let Some(step) = graph.number(&at).and_then(|number| came.get(&number)) {
        way.push(*step);
        at = step.0;
        if at == begin {
            break;
        }
    }
    way.reverse();
    way
}

/// The shortest path to a state, in single steps: each state on it, and what happens there.
pub(crate) fn path(room: &Room, graph: &Graph<State>, to: u32) -> Vec<(State, Turn)> {
    graph.path(to).into_iter().flat_map(|step| steps(room, step)).collect()
}

/// The single steps of the turn with this number among those of the state.
pub(crate) fn steps(room: &Room, (state, number): (State, usize)) -> Vec<(State, Turn)> {
    let mut turns = Vec::new();
    room.actions(&state, &mut turns);
    turns.get(number).map(|turn| room.unfolded(state, *turn)).unwrap_or_default()
}

/// One way in which it goes on from a state without a good end: to a rest that is none, or round and round.
fn tell_for_ever(room: &Room, story: &mut Story<'_>, mut state: State, lines: &mut Vec<String>) {
    lines.push("From here on no good end can be reached. For instance:".to_owned());
    let mut visited = Vec::new();
    while let Some(turn) = by_itself(room, state) {
        if let Some((_, begin)) = visited.iter().find(|(known, _)| *known == state) {
            // Lines are counted from 1 where they are shown.
            return lines.push(format!("And so on for ever, from step {}", begin + 1));
        }
        visited.push((state, lines.len()));
        lines.extend(room.unfolded(state, turn).into_iter().map(|(state, turn)| story.tell(state, turn)));
        let Some(next) = room.next_state(&state, turn) else { return };
        state = next;
    }
    lines.push(room.tell_disagreement(state));
}

fn by_itself(room: &Room, state: State) -> Option<Turn> {
    let mut turns = Vec::new();
    room.actions(&state, &mut turns);
    turns.into_iter().find(|turn| room.is_internal(turn))
}
