//! Runs of the simulator over OpenMLS, taken again by the nodes over symbolic MLS.

use mimic_models::{Deviation, conform};
use mimic_sim::scenario::Scenario;
use mimic_sim::{Crypto, node_config, run};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        Scenario::parse(&path.to_string_lossy(), &fs::read_to_string(path).unwrap()).unwrap()
    };
    files.iter().map(read).collect()
}

fn conforms(scenario: &Scenario, steps: &[mimic_record::Step]) -> Result<(), Deviation> {
    let directory = Arc::new(scenario.directory());
    let ahead_ms = scenario.clocks.ahead_ms(&directory);
    conform(&node_config(scenario, directory), &ahead_ms, steps)
}

#[test]
fn every_scenario_is_a_path_of_the_nodes() {
    let mut deviations = Vec::new();
    for scenario in scenarios() {
        let result = run(&scenario, 1, Crypto::InsecureFast).unwrap();
        if let Err(deviation) = conforms(&scenario, &result.steps) {
            let step = &result.steps[deviation.step as usize];
            let why: String = deviation.why.to_string().chars().take(400).collect();
            let (name, line) = (&scenario.name, deviation.line());
            deviations.push(format!("{name} line {line}: {} {:?}: {why}", step.node, step.event));
        }
    }
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}
