//! Runs of the simulator over OpenMLS of which only the servers' logs are looked at.

use mimic_models::{Explained, Most, explain, mask};
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

fn explained(scenario: &Scenario, seed: u64) -> Explained {
    let result = run(scenario, seed, Crypto::InsecureFast).unwrap();
    let directory = Arc::new(scenario.directory());
    let ahead_ms = scenario.clocks.ahead_ms(&directory);
    let (lines, wishes) = mask(&result.steps);
    explain(&node_config(scenario, directory), &ahead_ms, (&lines, &wishes), Most::default())
}

#[test]
fn measure() {
    let only = std::env::var("ONLY").ok().unwrap_or_default();
    for scenario in scenarios() {
        if only.split(",").all(|only| !scenario.name.contains(only)) || ["clubhouse", "many_masks", "many_rooms", "many_ways"].contains(&&*scenario.name) {
            continue;
        }
        let begun = std::time::Instant::now();
        let explained = explained(&scenario, 1);
        let text = format!("{:?}", explained.end);
        let short: String = text.chars().take(600).collect();
        eprintln!(
            "{} {} lines, {} hidden, {} worlds, {} situations, {} ms: {short}",
            scenario.name, explained.lines, explained.hidden_steps, explained.worlds, explained.situations,
            begun.elapsed().as_millis(),
        );
    }
}
