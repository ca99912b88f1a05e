//! The shortest counterexamples. Where orders were left out that nobody can tell apart, a violation is looked for again among all
//! orders; and stateright, on one thread and with this property alone, must come to it after as many steps, if it is one of single
//! states.

use crate::check::{Conditions, ENDS, ending, show};
use crate::engine;
use crate::graph::{Explorable as _, Graph};
use crate::limits::Watchman;
use crate::livelock;
use crate::report::{CheckError, Phase, Progress, PropertyReport};
use crate::room::{Orders, Reductions, Room, State};
use crate::telling::Ending;
use mimic_record::Verdict;
use std::sync::Arc;

/// A search that has found violations, and how it may go on.
pub(crate) struct Search<'a> {
    /// What the room is built with.
    pub conditions: &'a Conditions<'a>,
    /// How much the search may take.
    pub watchman: Watchman,
    /// Who is told how far it is.
    pub progress: &'a dyn Fn(Progress),
}

impl Search<'_> {
    /// Puts the shortest paths into what is violated of the properties, and says of each if that is known.
    pub fn shorten(
        &self,
        (room, graph): (&Arc<Room>, &Graph<State>),
        properties: &mut [PropertyReport],
    ) -> Result<(), CheckError> {
        let violated = |property: &&mut PropertyReport| property.verdict == Verdict::Violated;
        let mut found: Vec<&mut PropertyReport> = properties.iter_mut().filter(violated).collect();
        if found.is_empty() {
            return Ok(());
        }
        if !room.leaves_out_orders() {
            return self.confirm((room, graph), &mut found);
        }
        let (room, graph) = self.among_all_orders(room, &found)?;
        for property in &mut found {
            let nearest = match index(&property.id) {
                Some(index) => graph.violation(index).map(|to| (to, ending(index))),
                None if property.id == ENDS => {
                    livelock::nearest(&*room, &graph).map(|to| (to, Ending::ForEver))
                }
                None => graph.hopeless().map(|to| (to, Ending::Hopeless)),
            };
            match nearest {
                Some(nearest) => show(property, (&room, &graph), nearest),
                None if graph.cut_off().is_some() => {}
                None => return Err(CheckError::OrdersDisagree { id: property.id.clone() }),
            }
        }
        self.confirm((&room, &graph), &mut found)
    }

    /// Explores all orders, until each of these properties is found to be violated.
    fn among_all_orders(
        &self,
        room: &Room,
        found: &[&mut PropertyReport],
    ) -> Result<(Arc<Room>, Graph<State>), CheckError> {
        let reductions = Reductions { orders: Orders::All, ..Reductions::of(room.scope()) };
        let full = Room::new(room.scope().clone(), room.readings(), reductions, self.conditions.build())?;
        // What can be reached from where is known of all states together.
        let wanted: Option<Vec<usize>> = found.iter().map(|property| index(&property.id)).collect();
        let all = Graph::explore_until(&full, wanted.as_deref().unwrap_or_default(), &mut |extent| {
            let (unique_states, queued) = (extent.unique as u64, Some(extent.queued as u64));
            let phase = Phase::Shortening;
            (self.progress)(Progress { phase, unique_states, of: None, queued, depth: Some(extent.depth) });
            self.watchman.limit(extent.unique)
        });
        Ok((Arc::new(full), all))
    }

    /// Lets stateright look for each of them by itself. It is not asked where rest stays reachable, nor for livelocks.
    fn confirm(
        &self,
        (room, graph): (&Arc<Room>, &Graph<State>),
        found: &mut [&mut PropertyReport],
    ) -> Result<(), CheckError> {
        for property in found {
            let Some(index) = index(&property.id) else {
                property.is_shortest = Some(graph.cut_off().is_none());
                continue;
            };
            let Some(state) = graph.violation(index) else { continue };
            let own = graph.path(state).len() as u64;
            let nearest = engine::nearest(room.clone(), index, &mut |unique| {
                let (phase, unique_states) = (Phase::Shortening, unique as u64);
                (self.progress)(Progress { phase, unique_states, of: None, queued: None, depth: None });
                self.watchman.limit(unique)
            });
            match nearest {
                Ok(Some(steps)) if steps == own => property.is_shortest = Some(true),
                Ok(Some(steps)) => {
                    return Err(disagreement("the steps to a violation of", &property.id, (own, steps)));
                }
                Ok(None) => {
                    return Err(disagreement("whether there is a violation of", &property.id, (1, 0)));
                }
                Err(_) => {}
            }
        }
        Ok(())
    }
}

fn index(id: &str) -> Option<usize> {
    Room::PROPERTIES.iter().position(|known| *known == id)
}

fn disagreement(what: &str, id: &str, (own, stateright): (u64, u64)) -> CheckError {
    CheckError::EnginesDisagree { what: format!("{what} {id}"), own, stateright }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Bounds, explore, find, judge};
    use crate::limits::Limits;
    use crate::wall::Wall;
    use mimic_protocol::Readings;
    use mimic_protocol::readings::Preset;

    fn watchman(states: u64) -> Watchman {
        Watchman::new(Limits { states, ..Limits::default() }, Wall::start())
    }

    /// A search that is cut off before it has looked at all orders does not claim to know.
    #[test]
    fn what_was_not_looked_for_is_not_called_the_shortest() {
        let at_commit = |_: Readings| Preset::AtCommit.readings();
        let conditions = Conditions { read: &at_commit, ..Conditions::default() };
        let composition = crate::Composition {
            providers: Some(2),
            users: Some(2),
            clients: Some(3),
            alphabet: ["leave", "message"].map(str::to_owned).to_vec(),
            ..Default::default()
        };
        let scope = find("room", &Bounds::Composed(composition)).unwrap();
        let reductions = Reductions::of(&scope);
        let room =
            Arc::new(Room::new(scope, Preset::AtCommit.readings(), reductions, conditions.build()).unwrap());
        let graph = explore(&room, watchman(1_000_000), &|_| ());
        let shortened = |states| {
            let search = Search { conditions: &conditions, watchman: watchman(states), progress: &|_| () };
            let (mut properties, _) = judge(&room, &graph);
            search.shorten((&room, &graph), &mut properties).unwrap();
            let violated = properties.into_iter().filter(|property| property.verdict == Verdict::Violated);
            violated.map(|property| (property.id, property.is_shortest)).collect::<Vec<_>>()
        };
        assert_eq!(shortened(1_000_000), [("INV-06".to_owned(), Some(true))]);
        assert_eq!(shortened(0), [("INV-06".to_owned(), Some(false))]);
    }
}
