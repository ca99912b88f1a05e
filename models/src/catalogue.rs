//! What there is to check: the models, their scopes with what is known of each, and the properties.

use crate::check::{COMES_TO_AN_END, ENDS, REACHABLE, REACHES, ROOM};
use crate::graph::Explorable as _;
use crate::operation::{ALPHABETS, Operation};
use crate::report::{KnownCounts, ModelInfo, PropertyInfo, ScopeInfo};
use crate::room::{AGREEMENT, REALITY, Room};
use crate::scopes::SCOPES;

/// What each named scope was last found to be: states generated, different states, depth. Tests see to it that it still is.
const KNOWN: [(&str, u64, u64, u64); 18] = [
    ("default", 9_846_890, 1_766_304, 43),
    ("race", 256_058, 56_253, 26),
    ("add-remove", 130_930, 26_100, 33),
    ("leave-commit", 432_408, 82_825, 35),
    ("device-ban", 19_648, 4_992, 25),
    ("role-change", 404_923, 78_074, 33),
    ("hub-crash", 92_506, 20_954, 20),
    ("enforcer", 719_505, 149_421, 36),
    ("open-join", 1_054_698, 193_250, 41),
    ("hub-log", 467_679, 92_418, 38),
    ("both-leave", 635_231, 118_240, 30),
    ("index-shift", 375_381, 71_164, 30),
    ("ban-unban", 53_773, 11_984, 29),
    ("admins-leave", 34_979, 8_372, 31),
    ("fan-out-crash", 1_136_379, 204_860, 28),
    ("fork", 2_303_119, 578_074, 44),
    ("withhold", 855_091, 167_560, 34),
    ("roll-back", 286_081, 72_695, 46),
];

/// The entries of the catalogue that the properties about rest stand for: what was accepted is delivered, a leave completes, what a
/// server enforces completes, and no room is wedged.
const OF_REST: [&str; 4] = ["INV-11", "INV-12", "INV-13", "INV-19"];

/// The models, with their scopes.
pub fn list() -> Vec<ModelInfo> {
    let scopes = SCOPES.iter().map(|scope| ScopeInfo {
        name: scope.name.to_owned(),
        about: scope.about.to_owned(),
        known: known(scope.name),
    });
    let words = |operations: &[Operation]| operations.iter().map(Operation::to_string).collect();
    vec![ModelInfo {
        name: ROOM.to_owned(),
        about: "one room: a hub, its followers and their users' clients over symbolic MLS".to_owned(),
        scopes: scopes.collect(),
        operations: words(Operation::ALL),
        alphabets: ALPHABETS.iter().map(|(name, all)| ((*name).to_owned(), words(all))).collect(),
        properties: properties(),
    }]
}

fn known(scope: &str) -> Option<KnownCounts> {
    let (_, states, unique_states, depth) = *KNOWN.iter().find(|(name, ..)| *name == scope)?;
    Some(KnownCounts { states, unique_states, depth })
}

fn properties() -> Vec<PropertyInfo> {
    let judged = Room::PROPERTIES.iter().enumerate().map(|(index, id)| (*id, Room::statement(index)));
    let all = judged.chain([(REACHABLE, REACHES), (ENDS, COMES_TO_AN_END)]);
    all.map(|(id, says)| {
        let own = [id];
        let requirements: &[&str] = match id {
            AGREEMENT | REACHABLE | ENDS => &OF_REST,
            // Where it is violated, INV-03 over symbolic MLS says nothing of real keys.
            REALITY => &["INV-03"],
            _ => &own,
        };
        PropertyInfo {
            id: id.to_owned(),
            says: says.to_owned(),
            requirements: requirements.iter().map(|id| (*id).to_owned()).collect(),
        }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_known_of_each_named_scope_and_of_no_other() {
        let names: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
        assert_eq!(names, KNOWN.map(|(name, ..)| name));
        assert_eq!(known("race").map(|counts| counts.depth), Some(26));
        assert_eq!(known("no such scope"), None);
    }
}
