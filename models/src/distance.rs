//! How far from being broken a property is: the least number of operations and faults, found by deepening the budget.

use crate::check::{self, Bounds, Conditions, ENDS};
use crate::compose::Composition;
use crate::limits::Watchman;
use crate::report::{CheckError, Progress, PropertyInfo};
use crate::room::{REALITY, Reductions, Room, unasked};
use crate::wall::Wall;
use mimic_protocol::Readings;
use mimic_record::Verdict;
use serde::{Deserialize, Serialize};

/// What may come together in one run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spent {
    /// Operations.
    pub operations: usize,
    /// Faults.
    pub faults: usize,
}

/// How far each property is from being broken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Distances {
    /// The world, but for its budgets.
    pub scope: String,
    /// How the drafts were read.
    pub readings: Readings,
    /// Each property.
    pub properties: Vec<Distance>,
    /// The budgets that were searched completely, in the order of the search.
    pub searched: Vec<Spent>,
    /// The budget that the search was cut off at, if it was.
    pub cut_off: Option<Spent>,
    /// How many different states there were in all searches together.
    pub unique_states: u64,
    /// How long it took.
    pub wall_ms: u64,
}

/// How far a property is from being broken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Distance {
    /// The property.
    pub id: String,
    /// The least that breaks it, by the sum of both; of equal sums, the one with fewer faults.
    pub broken_by: Option<Spent>,
    /// The shortest path to that, a readable line for each step.
    pub steps: Vec<String>,
}

/// Searches the world of `composition` with one more operation or fault after the other, up to its budgets.
pub fn distance(
    composition: &Composition,
    conditions: Conditions<'_>,
    progress: &dyn Fn(Progress),
) -> Result<Distances, CheckError> {
    let wall = Wall::start();
    let watchman = Watchman::new(conditions.limits, wall);
    let scope = composition.scope()?;
    let mut distances = Distances {
        scope: scope.name.clone(),
        readings: (conditions.read)(scope.preset.readings()),
        properties: blank(scope.byzantine.budget > 0),
        searched: Vec::new(),
        cut_off: None,
        unique_states: 0,
        wall_ms: 0,
    };
    for spent in budgets(usize::from(scope.operations), usize::from(scope.faults.budget)) {
        let Spent { operations, faults } = spent;
        let bounds =
            Composition { operations: Some(operations), faults: Some(faults), ..composition.clone() };
        let scope = check::find(check::ROOM, &Bounds::Composed(bounds))?;
        let reductions = Reductions::of(&scope);
        let room = Room::new(scope, distances.readings, reductions, conditions.build())?;
        let graph = check::explore(&room, watchman, progress);
        distances.unique_states += graph.len() as u64;
        let (properties, _) = check::judge(&room, &graph);
        for found in properties.into_iter().filter(|property| property.verdict == Verdict::Violated) {
            let known = distances.properties.iter_mut().find(|known| known.id == found.id);
            if let Some(known) = known.filter(|known| known.broken_by.is_none()) {
                (known.broken_by, known.steps) = (Some(spent), found.steps.unwrap_or_default());
            }
        }
        if graph.cut_off().is_some() {
            distances.cut_off = Some(spent);
            break;
        }
        distances.searched.push(spent);
        if distances.properties.iter().all(|property| property.broken_by.is_some()) {
            break;
        }
    }
    distances.wall_ms = wall.elapsed_ms();
    Ok(distances)
}

fn blank(is_byzantine: bool) -> Vec<Distance> {
    // No twins are asked here, and where orders are left out, it is not known that there is no livelock.
    let is_asked = |property: &PropertyInfo| {
        ![REALITY, ENDS].contains(&&*property.id) && unasked(&property.id, is_byzantine).is_none()
    };
    let properties = crate::list().into_iter().flat_map(|model| model.properties).filter(is_asked);
    properties.map(|PropertyInfo { id, .. }| Distance { id, broken_by: None, steps: Vec::new() }).collect()
}

/// All budgets with an operation in them, by their sums, and then by their faults.
fn budgets(operations: usize, faults: usize) -> impl Iterator<Item = Spent> {
    (1..=operations + faults).flat_map(move |sum| {
        let split = (0..=faults.min(sum - 1)).map(move |faults| Spent { operations: sum - faults, faults });
        split.filter(move |spent| spent.operations <= operations)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::readings::Preset;
    use mimic_protocol::{Mutant, Planted};

    fn searched(numbers: [usize; 5], alphabet: &[&str], conditions: Conditions<'_>) -> Distances {
        let [providers, users, clients, operations, faults] = numbers.map(Some);
        let alphabet = alphabet.iter().map(|word| (*word).to_owned()).collect();
        let composition =
            Composition { providers, users, clients, operations, faults, alphabet, ..Composition::default() };
        distance(&composition, conditions, &|_| ()).unwrap()
    }

    fn broken(distances: &Distances, id: &str) -> Option<(usize, usize)> {
        let property = distances.properties.iter().find(|property| property.id == id).unwrap();
        property.broken_by.map(|spent| (spent.operations, spent.faults))
    }

    #[test]
    fn budgets_grow_by_their_sums() {
        let all: Vec<(usize, usize)> = budgets(2, 1).map(|spent| (spent.operations, spent.faults)).collect();
        assert_eq!(all, [(1, 0), (2, 0), (1, 1), (2, 1)]);
    }

    /// Who leaves speaks on until a commit has it: two operations and no fault.
    #[test]
    fn under_at_commit_a_leave_and_a_message_break_inv_06() {
        let read = |_| Preset::AtCommit.readings();
        let conditions = Conditions { read: &read, ..Conditions::default() };
        let distances = searched([2, 2, 3, 2, 0], &["leave", "message"], conditions);
        assert_eq!(broken(&distances, "INV-06"), Some((2, 0)));
        assert_eq!((broken(&distances, "INV-04"), distances.cut_off), (None, None));
        assert_eq!(distances.searched.len(), 2);
    }

    #[test]
    fn a_crash_over_one_commit_and_another_commit_break_inv_04_in_a_hub_that_answers_too_soon() {
        let conditions = Conditions::from(Planted::new(Mutant::AnswerBeforeDurable));
        let distances = searched([1, 2, 2, 2, 1], &["update"], conditions);
        assert_eq!(broken(&distances, "INV-04"), Some((2, 1)));
        assert!(distances.properties.iter().all(|p| p.broken_by.is_none() == p.steps.is_empty()));
    }

    #[test]
    fn a_search_that_is_cut_off_says_at_which_budget() {
        let limits = crate::Limits { states: 2_000, ..crate::Limits::default() };
        let conditions = Conditions { limits, ..Conditions::default() };
        let distances = searched([3, 3, 3, 3, 1], &["update"], conditions);
        assert!(distances.cut_off.is_some_and(|spent| spent.operations + spent.faults >= 2));
        assert!(!distances.searched.is_empty());
    }
}
