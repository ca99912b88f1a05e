//! Counterexamples and other paths of the models, made to happen in the simulator over OpenMLS.

use mimic_models::{
    Bounds, CULPRITS, CheckReport, Composition, Conditions, Culprit, MlsEngine, Replay, check,
};
use mimic_protocol::{Mutant, Planted};
use mimic_sim::Crypto;
use mimic_sim::director::Replayed;
use mimic_sim::scenario::Scenario;

fn checked(bounds: impl Into<Bounds>, mutant: Option<Mutant>, witness: Option<&str>) -> CheckReport {
    let planted = mutant.map_or(Planted::NONE, Planted::new);
    let conditions = Conditions { planted, witness, ..Conditions::default() };
    check("room", bounds, 2, conditions, &|_| ()).unwrap()
}

fn replayed(replay: &Replay, mutant: Option<Mutant>) -> Replayed {
    let text = replay.scenario(mutant);
    let scenario = Scenario::parse("path.toml", &text).unwrap_or_else(|error| panic!("{error:?} in\n{text}"));
    let result = mimic_sim::run(&scenario, 0, Crypto::InsecureFast).unwrap();
    result.replayed.expect("the story of a replay")
}

/// Every counterexample that the planted bugs give: none is an artefact of the model.
#[test]
fn each_counterexample_of_the_museum_is_reproduced_over_openmls() {
    let mut diverged = Vec::new();
    // The simulator's providers are honest.
    let is_played = |culprit: &&Culprit| culprit.engine == MlsEngine::Symbolic && culprit.scope != "fork";
    for culprit in CULPRITS.iter().filter(is_played) {
        let mutant = Some(culprit.mutant);
        let report = checked(Some(culprit.scope), mutant, None);
        let replays = report
            .properties
            .iter()
            .filter_map(|property| Some((&property.id, property.replay.as_ref()?.as_ref().unwrap())));
        let replays: Vec<_> = replays.collect();
        assert_eq!(replays.len(), culprit.violates.len(), "{culprit:?}");
        for (id, replay) in replays {
            let replayed = replayed(replay, mutant);
            if replayed != Replayed::Reproduced {
                diverged.push(format!("{:?} in {}: {id}: {replayed}", culprit.mutant, culprit.scope));
            }
        }
    }
    assert!(diverged.is_empty(), "{}", diverged.join("\n"));
}

/// Each kind of step that a path can have: faults, crashes, second devices, changes of policy.
#[test]
fn paths_to_what_is_seen_are_reproduced_over_openmls() {
    let composed = |numbers: [usize; 5], alphabet: &str| {
        let [providers, users, clients, operations, faults] = numbers.map(Some);
        let alphabet = vec![alphabet.to_owned()];
        Bounds::from(Composition {
            providers,
            users,
            clients,
            operations,
            faults,
            alphabet,
            ..Composition::default()
        })
    };
    let named = |name: &str| Bounds::from(Some(name));
    let cases = [
        (named("leave-commit"), "a pending proposal is left out"),
        (named("leave-commit"), "a client reads a message"),
        (named("device-ban"), "no GroupInfo for the requester"),
        (named("device-ban"), "a new device's join and its user's ban"),
        (named("role-change"), "the policy forbids it"),
        (named("enforcer"), "accepts its own proposals anew"),
        (named("hub-log"), "a state event and a commit are on their way"),
        (named("hub-crash"), "overtaken by its timeout"),
        (composed([2, 2, 2, 1, 1], "update"), "a request is lost"),
        (composed([2, 2, 2, 1, 1], "update"), "an answer is lost"),
        (composed([2, 2, 2, 1, 1], "update"), "a request is doubled"),
        (composed([2, 2, 2, 1, 1], "update"), "crashes before its record is durable"),
        (composed([2, 2, 2, 1, 1], "update"), "crashes before its answer leaves"),
        (composed([2, 2, 2, 1, 1], "update"), "crashes between two steps"),
        (composed([3, 3, 3, 1, 0], "join"), "the hub accepts an external commit"),
        (composed([3, 3, 3, 2, 0], "policy"), "a client applies a commit"),
    ];
    let mut diverged = Vec::new();
    for (bounds, witness) in cases {
        let report = checked(bounds.clone(), None, Some(witness));
        let replay = report.witnessed.and_then(|witnessed| witnessed.replay);
        let replay = replay.unwrap_or_else(|| panic!("{witness} is seen in {bounds:?}")).unwrap();
        let replayed = replayed(&replay, None);
        if replayed != Replayed::Reproduced {
            diverged.push(format!("{witness} in {bounds:?}: {replayed}"));
        }
    }
    assert!(diverged.is_empty(), "{}", diverged.join("\n"));
}
