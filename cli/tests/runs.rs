//! Whole runs as a user makes them: files, JSON, exit codes, digests and what a planted bug leads to.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");

fn mimic(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Command::new(env!("CARGO_BIN_EXE_mimic")).args(args).current_dir(root).output().unwrap()
}

/// A folder of this test's own, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mimic-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).to_string_lossy().into_owned()
    }

    /// A smaller clubhouse, with a planted bug.
    fn scenario(&self, mutant: &str) -> String {
        let planted = format!("expect = \"held\"\nmutant = \"{mutant}\"");
        let changes = [
            ("expect = \"held\"", planted.as_str()),
            ("operations = 65", "operations = 30"),
            ("messages = 210", "messages = 60"),
        ];
        let text = changes.iter().fold(CLUBHOUSE.to_owned(), |text, (old, new)| {
            assert!(text.contains(old), "there is no {old}");
            text.replace(old, new)
        });
        let path = self.path(&format!("{mutant}.toml"));
        std::fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_run_writes_its_folder_prints_one_object_and_is_the_same_again() {
    let folder = Folder::new("run");
    let run = |out: &str, crypto: &str| {
        let out = folder.path(out);
        mimic(&[
            "run",
            "scenarios/clubhouse.toml",
            "--seed",
            "7",
            "--crypto",
            crypto,
            "--json",
            "--out",
            &out,
        ])
    };
    let (first, second, real) = (run("a", "fast"), run("b", "fast"), run("c", "real"));
    assert_eq!([&first, &second, &real].map(|output| output.status.code()), [Some(0); 3]);
    let (first, second, real) = (json(&first), json(&second), json(&real));
    assert_eq!(first["schema"], "mimic.run.1");
    assert_eq!(first["digest"], second["digest"]);
    assert_ne!(first["digest"], real["digest"], "the digest covers the cryptography");
    // The two kinds of cryptography give the same protocol outcomes.
    for key in
        ["verdict", "invariants", "virtual_ms", "events", "messages", "operations", "faults", "convergence"]
    {
        assert_eq!(first[key], real[key], "{key}");
    }
    for file in ["trace.jsonl", "summary.json", "convergence.svg", "report.txt"] {
        assert!(folder.0.join("a").join(file).metadata().unwrap().len() > 500, "{file}");
    }
    let trace = |out: &str| std::fs::read(folder.0.join(out).join("trace.jsonl")).unwrap();
    assert!(trace("a") == trace("b"), "the traces are the same octets");
}

#[test]
fn a_deterministic_run_passes_its_check_and_a_planted_leak_exits_4() {
    let folder = Folder::new("leak");
    let out = folder.path("out");
    let good = [
        "run",
        "scenarios/clubhouse.toml",
        "--seed",
        "3",
        "--crypto",
        "fast",
        "--check-determinism",
        "--out",
        &out,
    ];
    assert_eq!(mimic(&good).status.code(), Some(0));
    let scenario = folder.scenario("leaks-process-state");
    let bad = ["run", &scenario, "--seed", "3", "--crypto", "fast", "--check-determinism", "--out", &out];
    let output = mimic(&bad);
    assert_eq!(output.status.code(), Some(4));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("nondeterminism: two runs of seed 3 differ in line "), "{errors}");
}

#[test]
fn a_hub_that_accepts_two_commits_is_found_within_200_seeds() {
    let folder = Folder::new("hasty");
    let (scenario, out) = (folder.scenario("answer-before-durable"), folder.path("out"));
    let sweep = ["sweep", &scenario, "--seeds", "0..200", "--crypto", "fast", "--json", "--out", &out];
    let output = mimic(&sweep);
    assert_eq!(output.status.code(), Some(1));
    let summary = json(&output);
    let failures = summary["failures"].as_array().unwrap();
    let two_commits =
        |failure: &&Value| failure["invariants"].as_array().unwrap().contains(&Value::from("INV-04"));
    let found = failures.iter().find(two_commits).expect("INV-04 is violated in some seed");
    let seed = found["seed"].to_string();
    let again = mimic(&["run", &scenario, "--seed", &seed, "--crypto", "fast", "--out", &out]);
    assert_eq!(again.status.code(), Some(1));
    let report = String::from_utf8(again.stdout).unwrap();
    assert!(report.contains("the hub accepts") && report.contains("for which it had accepted"), "{report}");
}
