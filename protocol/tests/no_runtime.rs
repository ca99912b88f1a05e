//! The protocol depends on no runtime: no executor, no network, no simulator (over `cargo tree`).

use std::collections::BTreeSet;
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

/// As they are on this machine: what only other systems need may not even have been downloaded.
fn normal_dependencies_of(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--edges", "normal", "--prefix", "none", "--package", package])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs this test, so it can be run");
    let lines = String::from_utf8(output.stdout).expect("names of packages are text");
    lines.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}
