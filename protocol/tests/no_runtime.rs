//! The protocol depends on no runtime: no executor, no network, no simulator (over `cargo metadata`).

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

const RUNTIMES: [&str; 12] = [
    "madsim",
    "tokio",
    "async-std",
    "smol",
    "mio",
    "hyper",
    "reqwest",
    "stateright",
    "mimic-record",
    "mimic-sim",
    "mimic-models",
    "futures-executor",
];

#[test]
fn the_protocol_depends_on_no_runtime() {
    let reached = normal_dependencies_of("mimic-protocol");
    assert!(reached.contains("openmls"), "the walk reaches dependencies of dependencies");
    let runtimes: Vec<_> = RUNTIMES.into_iter().filter(|name| reached.contains(*name)).collect();
    assert!(runtimes.is_empty(), "mimic-protocol depends on {runtimes:?}");
}

#[test]
fn the_walk_would_see_a_runtime() {
    assert!(normal_dependencies_of("mimic-sim").contains("madsim"));
}

fn normal_dependencies_of(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs this test, so it can be run");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let names: BTreeMap<String, String> =
        packages.iter().map(|p| (text(&p["id"]), text(&p["name"]))).collect();
    let normal = |dep: &Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
    let nodes = list(&metadata["resolve"]["nodes"]);
    let edges: BTreeMap<String, Vec<String>> = nodes
        .iter()
        .map(|node| {
            let deps = list(&node["deps"]).into_iter().filter(normal);
            (text(&node["id"]), deps.map(|dep| text(&dep["pkg"])).collect())
        })
        .collect();
    let mut open: Vec<String> =
        names.iter().filter(|(_, name)| *name == package).map(|(id, _)| id.clone()).collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = open.pop() {
        if reached.insert(id.clone()) {
            open.extend(edges.get(&id).cloned().unwrap_or_default());
        }
    }
    reached.into_iter().filter_map(|id| names.get(&id).cloned()).collect()
}
