//! stateright's Explorer over a scope: a web page on this machine, to go from state to state by hand.
//!
//! It asks for states as the page does, and for all of them if it is told to. Its server panics when a page goes away in the
//! middle of an answer, and when its address is taken: the latter is looked for first.

use crate::check::{Bounds, Conditions, find};
use crate::graph::Explorable as _;
use crate::report::CheckError;
use crate::room::{REALITY, Reductions, Room, State, Turn, unasked};
use stateright::{Model, Property};
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{SocketAddr, TcpListener};

/// Serves the page until the process ends. `begun` is told when that is about to begin.
pub fn explore(
    model: &str,
    bounds: impl Into<Bounds>,
    conditions: Conditions<'_>,
    address: SocketAddr,
    begun: &dyn Fn(),
) -> Result<(), CheckError> {
    let scope = find(model, &bounds.into())?;
    let readings = (conditions.read)(scope.preset.readings());
    let reductions = Reductions::of(&scope);
    let room = Room::new(scope, readings, reductions, conditions.build())?;
    let free = TcpListener::bind(address).map(drop);
    free.map_err(|error| CheckError::AddressTaken { address, why: error.to_string() })?;
    begun();
    Shown(room).checker().serve(address);
    Ok(())
}

/// A room whose states and steps have words.
struct Shown(Room);

/// A state, and what it looks like.
#[derive(Clone)]
struct Look {
    state: State,
    text: String,
}

impl PartialEq for Look {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state
    }
}

impl Hash for Look {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.state.hash(hasher);
    }
}

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Shown {
    fn look(&self, state: State) -> Look {
        Look { text: self.0.first_looks(state).join("\n"), state }
    }
}

impl Model for Shown {
    type State = Look;
    type Action = Turn;

    fn init_states(&self) -> Vec<Look> {
        self.0.init_states().into_iter().map(|state| self.look(state)).collect()
    }

    fn actions(&self, look: &Look, actions: &mut Vec<Turn>) {
        self.0.actions(&look.state, actions);
    }

    fn next_state(&self, last: &Look, turn: Turn) -> Option<Look> {
        self.0.next_state(&last.state, turn).map(|state| self.look(state))
    }

    fn format_action(&self, turn: &Turn) -> String {
        self.0.turn_lines(*turn).map_or_else(|| self.0.deceit(*turn), |lines| lines.join("; "))
    }

    fn format_step(&self, last: &Look, turn: Turn) -> Option<String> {
        let (mut story, steps) = (self.0.story(), self.0.unfolded(last.state, turn));
        Some(steps.into_iter().map(|(state, turn)| story.tell(state, turn)).collect::<Vec<_>>().join("; "))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let conditions: [fn(&Self, &Look) -> bool; Room::PROPERTIES.len()] = [
            |shown, look| shown.0.holds(0, &look.state),
            |shown, look| shown.0.holds(1, &look.state),
            |shown, look| shown.0.holds(2, &look.state),
            |shown, look| shown.0.holds(3, &look.state),
            |shown, look| shown.0.holds(4, &look.state),
            |shown, look| shown.0.holds(5, &look.state),
            |shown, look| shown.0.holds(6, &look.state),
        ];
        let says_something = |(name, _): &(&&str, _)| {
            unasked(name, self.0.is_byzantine()).is_none() && (**name != REALITY || self.0.has_twins())
        };
        let named = Room::PROPERTIES.iter().zip(conditions).filter(says_something);
        named.map(|(name, condition)| Property::always(name, condition)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::Planted;

    fn shown() -> Shown {
        let scope = find("room", &Some("device-ban").into()).unwrap();
        let readings = scope.preset.readings();
        let reductions = Reductions::of(&scope);
        Shown(Room::new(scope, readings, reductions, Planted::NONE).unwrap())
    }

    #[test]
    fn states_and_steps_have_words() {
        let shown = shown();
        let first = shown.init_states().remove(0);
        let text = format!("{first:#?}");
        for line in ["a.example is in epoch 1", "bob is ordinary_user", "bob/tablet is not a member"] {
            assert!(text.lines().any(|known| known == line), "{line:?} in {text}");
        }
        let mut turns = Vec::new();
        shown.actions(&first, &mut turns);
        let ban = turns.iter().find(|turn| shown.format_action(turn) == "alice/phone bans bob").unwrap();
        let told = shown.format_step(&first, *ban).unwrap();
        assert!(told.starts_with("Alice tells Alice's phone to ban Bob: sends commit A to hub"), "{told}");
        let next = shown.next_state(&first, *ban).unwrap();
        assert!(
            next != first && shown.properties().iter().all(|property| (property.condition)(&shown, &next))
        );
    }

    #[test]
    fn an_address_that_is_taken_is_told() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = taken.local_addr().unwrap();
        let error = explore("room", Some("device-ban"), Conditions::default(), address, &|| panic!("begun"));
        assert!(matches!(error, Err(CheckError::AddressTaken { .. })), "{error:?}");
    }
}
