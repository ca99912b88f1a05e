//! The shortest path to a violation, as a list of lines and as a ladder, with what shows at its end that something is wrong.

use crate::graph::{Explorable as _, Graph};
use crate::ladder::{Ladder, Place, Rung};
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

/// A path that is told.
pub(crate) struct Told {
    /// A line for each step, and for each remark.
    pub lines: Vec<String>,
    /// The same as a ladder.
    pub ladder: Ladder,
}

/// The shortest path to a state.
pub(crate) fn tell(room: &Room, graph: &Graph<State>, to: u32, ending: Ending) -> Told {
    let mut telling = Telling::new(room);
    let path = path(room, graph, to);
    telling.steps(&path);
    match (ending, graph.state(to), path.last()) {
        (Ending::Invariant(index), _, Some((state, turn))) => {
            let violation = telling.story.violation(*state, *turn, index);
            violation.into_iter().for_each(|violation| telling.remark(violation));
        }
        (Ending::Rest, Some(state), _) => telling.remark(room.tell_disagreement(state)),
        (Ending::Reality, Some(state), _) => telling.remark(room.tell_twins(state)),
        (Ending::ForEver, Some(state), _) => telling.round(graph, state),
        (Ending::Hopeless, Some(state), _) => telling.for_ever(state),
        _ => {}
    }
    telling.told
}

/// The steps of a path, and nothing after them.
pub(crate) fn tell_steps(room: &Room, path: &[(State, Turn)]) -> Told {
    let mut telling = Telling::new(room);
    telling.steps(path);
    telling.told
}

/// A path while it is told.
struct Telling<'r> {
    room: &'r Room,
    story: Story<'r>,
    told: Told,
}

impl<'r> Telling<'r> {
    fn new(room: &'r Room) -> Self {
        let ladder = Ladder { columns: room.columns(), rungs: Vec::new() };
        Self { room, story: room.story(), told: Told { lines: Vec::new(), ladder } }
    }

    fn steps(&mut self, steps: &[(State, Turn)]) {
        for (state, turn) in steps {
            self.told.lines.push(self.story.tell(*state, *turn));
            let number = self.told.lines.len();
            self.told.ladder.rungs.extend(self.story.rungs(number, *state, *turn));
        }
    }

    fn remark(&mut self, what: String) {
        self.told.lines.push(what.clone());
        let step = self.told.lines.len();
        self.told.ladder.rungs.push(Rung { step, place: Place::Remark, what, then: Vec::new() });
    }

    /// How it goes on for ever from a state of a livelock: the shortest way round.
    fn round(&mut self, graph: &Graph<State>, state: State) {
        self.remark(
            "From here on it can go on for ever, and nothing need be put off for ever. The shortest way round:"
                .to_owned(),
        );
        let begin = self.told.lines.len();
        for (state, turn) in round(self.room, graph, state) {
            self.steps(&self.room.unfolded(state, turn));
        }
        self.remark(format!("And so on, from step {}", begin + 1));
    }

    /// One way in which it goes on from a state without a good end: to a rest that is none, or round and round.
    fn for_ever(&mut self, mut state: State) {
        self.remark("From here on no good end can be reached. For instance:".to_owned());
        let mut visited = Vec::new();
        while let Some(turn) = by_itself(self.room, state) {
            if let Some((_, begin)) = visited.iter().find(|(known, _)| *known == state) {
                // Lines are counted from 1 where they are shown.
                return self.remark(format!("And so on for ever, from step {}", begin + 1));
            }
            visited.push((state, self.told.lines.len()));
            self.steps(&self.room.unfolded(state, turn));
            let Some(next) = self.room.next_state(&state, turn) else { return };
            state = next;
        }
        self.remark(self.room.tell_disagreement(state));
    }
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

fn by_itself(room: &Room, state: State) -> Option<Turn> {
    let mut turns = Vec::new();
    room.actions(&state, &mut turns);
    turns.into_iter().find(|turn| room.is_internal(turn))
}
