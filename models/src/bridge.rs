//! From a model to the simulator: a path as a scenario whose story makes the same happen over real MLS, and says after each
//! step what the nodes must look like.

use crate::graph::Graph;
use crate::room::{Room, State, Turn};
use crate::scope::{PROVIDERS, Scope, Second, USERS};
use crate::telling;
use mimic_protocol::{Mutant, Readings};
use serde::Serialize as _;
use std::fmt;

/// A path of a model, to be replayed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replay {
    scope: Scope,
    readings: Readings,
    /// What the path leads to: a property that is violated, or what is seen.
    to: String,
    /// Whether that is a violation.
    violates: bool,
    setup: Vec<String>,
    first: Vec<String>,
    steps: Vec<ReplayStep>,
}

/// Why a path cannot be replayed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error(
    "step {step} of the path to {to:?} is a Byzantine provider's, and those of the simulator are honest\n{}",
    told.join("\n")
)]
pub struct Unplayable {
    /// Which step, counted from 1.
    step: usize,
    /// All steps, numbered, for people.
    told: Vec<String>,
    /// Where the path leads.
    to: String,
}

/// Where a path leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Goal {
    /// To a state that violates a property.
    Violation {
        /// Its number.
        state: u32,
    },
    /// To a step in which something is seen.
    Sight {
        /// The number of the state that it is made in.
        state: u32,
        /// Which of the actions there it is.
        action: u32,
    },
}

impl Goal {
    /// The path to it, in single steps.
    pub fn path(self, room: &Room, graph: &Graph<State>) -> Vec<(State, Turn)> {
        match self {
            Goal::Violation { state } => telling::path(room, graph, state),
            Goal::Sight { state, action } => {
                let last = graph.state(state).map(|at| telling::steps(room, (at, action as usize)));
                telling::path(room, graph, state).into_iter().chain(last.into_iter().flatten()).collect()
            }
        }
    }
}

/// A step of a path.
#[derive(Clone, PartialEq, Eq, Debug)]
struct ReplayStep {
    /// What happens, for people.
    told: String,
    /// The lines of the story that make it happen.
    does: Vec<String>,
    /// What is the case after it that was not the case before it.
    then: Vec<String>,
}

impl Replay {
    /// The path to it.
    pub(crate) fn of(room: &Room, graph: &Graph<State>, goal: Goal, what: &str) -> Result<Self, Unplayable> {
        let mut story = room.story();
        let path = goal.path(room, graph);
        let told: Vec<String> = path.iter().map(|(state, turn)| story.tell(*state, *turn)).collect();
        let steps = (1..).zip(&path).zip(&told).map(|((step, (state, turn)), line)| {
            let Some(does) = room.turn_lines(*turn) else {
                let told = (1..).zip(&told).map(|(n, line)| format!("{n}. {line}")).collect();
                return Err(Unplayable { step, told, to: what.to_owned() });
            };
            Ok(ReplayStep { told: line.clone(), does, then: room.turn_looks(*state, *turn) })
        });
        Ok(Self {
            scope: room.scope().clone(),
            readings: room.readings(),
            to: what.to_owned(),
            violates: matches!(goal, Goal::Violation { .. }),
            setup: room.setup_lines(),
            first: graph.state(0).map(|state| room.first_looks(state)).unwrap_or_default(),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// The scenario file, for nodes that are built with this bug or without one.
    pub fn scenario(&self, mutant: Option<Mutant>) -> String {
        let mut text = format!(
            "# A path of the model `room`, scope `{}`, to be replayed: `mimic run` says whether it could be reproduced.\n\n[scenario]\n",
            self.scope.name
        );
        let about = format!("A path of the model `room` to: {}.", self.to);
        text.push_str(&format!("name = \"{}\"\nabout = \"{about}\"\n", name(&self.to)));
        if self.violates {
            text.push_str("expect = \"violated\"\n");
        }
        if let Some(mutant) = mutant {
            text.push_str(&format!("mutant = \"{}\"\n", Word(mutant)));
        }
        text.push_str(&self.cast());
        text.push_str(&self.room());
        text.push_str(&readings(&self.readings));
        text.push_str(&self.story());
        text
    }

    fn cast(&self) -> String {
        let mut text = String::new();
        for domain in &PROVIDERS[..self.scope.providers] {
            text.push_str(&format!("\n[[provider]]\ndomain = \"{domain}\"\n"));
        }
        for (name, person) in USERS.iter().zip(&self.scope.users) {
            let provider = PROVIDERS[usize::from(person.provider.0)];
            let devices = match person.second {
                Second::None => "devices = [\"phone\"]",
                Second::Member => "devices = [\"phone\", \"tablet\"]",
                Second::New => "devices = [\"phone\"]\nnew-devices = [\"tablet\"]",
            };
            text.push_str(&format!("\n[[user]]\nname = \"{name}\"\nprovider = \"{provider}\"\n{devices}\n"));
        }
        text
    }

    /// The room, and the changes of its policy.
    fn room(&self) -> String {
        let (hub, last_user) = (PROVIDERS[0], USERS[self.scope.users.len() - 1]);
        let head = "\n[room]\nname = \"clubhouse\"\ncreator = \"alice\"\npolicy = \"cooperative\"\n";
        format!("{head}hub = \"{hub}\"\n{}", self.scope.world.toml(hub, last_user))
    }

    fn story(&self) -> String {
        let mut text = format!("\n[story]\nreplays = \"{}\"\nsteps = [\n", self.to);
        let line = |line: &String| format!("    \"{line}\",\n");
        let expect = |statement: &String| format!("    \"expect {statement}\",\n");
        text.extend(self.setup.iter().map(line));
        text.extend(self.first.iter().map(expect));
        for (n, step) in (1..).zip(&self.steps) {
            text.push_str(&format!("\n    # {}\n    \"step {n}\",\n", step.told));
            text.extend(step.does.iter().map(line));
            text.extend(step.then.iter().map(expect));
        }
        text + "]\n"
    }
}

/// The readings, as a scenario names them: the preset, and what differs from it.
fn readings(readings: &Readings) -> String {
    let text = readings.to_string();
    let mut words = text.split(' ');
    let preset = words.next().unwrap_or_default();
    let single = words.filter_map(|word| word.split_once('='));
    let single = single.map(|(key, value)| format!("{key} = \"{value}\"\n"));
    format!("\n[readings]\npreset = \"{preset}\"\n{}", single.collect::<String>())
}

/// A name for the scenario, of letters, digits and underscores.
fn name(to: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("path_to_{}", to.chars().map(letter).collect::<String>())
}

/// A planted bug by its name in scenarios.
struct Word(Mutant);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}
