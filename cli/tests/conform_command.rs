//! `mimic conform` as a user calls it: a recorded folder, and what becomes of it when somebody has been at it.

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mimic(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Command::new(env!("CARGO_BIN_EXE_mimic")).args(args).current_dir(root).output().unwrap()
}

/// A recorded run in a folder of this test's own, gone at its end.
struct Recorded(PathBuf);

impl Recorded {
    fn run(name: &str, scenario: &str) -> Self {
        let recorded =
            Self(std::env::temp_dir().join(format!("mimic-conform-{name}-{}", std::process::id())));
        mimic(&["run", scenario, "--seed", "7", "--crypto", "fast", "--out", &recorded.path()]);
        recorded
    }

    fn path(&self) -> String {
        self.0.to_string_lossy().into_owned()
    }

    fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) {
        let path = self.0.join(file);
        fs::write(&path, edit(fs::read_to_string(&path).unwrap())).unwrap();
    }

    /// Exit code, stdout and stderr of `mimic conform`.
    fn conform(&self, args: &[&str]) -> (i32, String, String) {
        let output = mimic(&[&["conform", &self.path()], args].concat());
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The number of the first line that holds this, and the text with that changed in it.
fn changed(text: &str, from: &str, to: &str) -> (usize, String) {
    let before = text.find(from).unwrap_or_else(|| panic!("there is no {from}"));
    (1 + text[..before].matches('\n').count(), text.replacen(from, to, 1))
}

#[test]
fn a_recorded_run_conforms_under_the_readings_that_it_was_made_with() {
    let folder = Recorded(std::env::temp_dir().join(format!("mimic-conform-ok-{}", std::process::id())));
    let run = ["run", "scenarios/figure_7_bob_leaves.toml", "--preset", "at-commit", "--crypto", "fast"];
    mimic(&[&run[..], &["--out", &folder.path()]].concat());
    let (exit, said, errors) = folder.conform(&[]);
    assert_eq!((exit, errors.as_str()), (0, ""), "{said}");
    assert!(said.contains("trace.jsonl: conforms, a path of the nodes in all of its "), "{said}");
    let json: Value = serde_json::from_str(&folder.conform(&["--json"]).1).unwrap();
    assert_eq!(
        (&json["schema"], &json["conforms"], &json["as_recorded"]),
        (&"mimic.conform.1".into(), &true.into(), &true.into())
    );
    // The same trace is none of the scenario under other readings.
    folder.edit("summary.json", |text| {
        changed(&text, "\"effective-at\": \"commit\"", "\"effective-at\": \"accept\"").1
    });
    let (exit, said, errors) = folder.conform(&[]);
    assert_eq!((exit, said.as_str()), (2, ""));
    assert!(
        errors.contains("trace.jsonl: line 1: it was not recorded") && errors.contains("help: "),
        "{errors}"
    );
}

#[test]
fn a_line_that_says_something_else_is_named_with_its_field() {
    let run = Recorded::run("line", "scenarios/clubhouse.toml");
    let mut line = 0;
    run.edit("trace.jsonl", |text| {
        let (at, text) = changed(&text, "{\"Accepted\"", "{\"Akzepted\"");
        line = at;
        text
    });
    let (exit, _, errors) = run.conform(&[]);
    // A fact of another shape is none at all.
    assert_eq!(exit, 2);
    assert!(errors.contains(&format!("trace.jsonl: line {line}, column ")), "{errors}");
    // The library's own count of lines begins anew in each.
    assert!(!errors.contains("at line 1"), "{errors}");
    run.edit("trace.jsonl", |text| {
        let text = text.replacen("{\"Akzepted\"", "{\"Accepted\"", 1);
        let (at, text) = changed(&text, "\"epoch\":[3]", "\"epoch\":[4]");
        line = at;
        text
    });
    let (exit, said, _) = run.conform(&[]);
    assert_eq!(exit, 1);
    assert!(said.contains(&format!("trace.jsonl:{line}: DOES NOT CONFORM: change.")), "{said}");
    assert!(said.contains(", and the nodes come to "), "{said}");
    assert!(said.contains("NOT AS RECORDED"), "{said}");
}

#[test]
fn a_time_is_not_compared_and_belongs_to_what_was_recorded() {
    let run = Recorded::run("time", "scenarios/figure_7_bob_leaves.toml");
    run.edit("trace.jsonl", |text| {
        let last = text.rfind("\"at_us\":").unwrap() + "\"at_us\":".len();
        format!("{}9{}", &text[..last], &text[last..])
    });
    let (exit, said, _) = run.conform(&[]);
    assert_eq!(exit, 1);
    assert!(said.contains(": conforms") && said.contains("NOT AS RECORDED"), "{said}");
}

/// What makes it worth asking: nodes with a planted bug are not the model's.
#[test]
fn a_run_of_nodes_with_a_bug_is_no_path_of_those_without() {
    let scenario = std::env::temp_dir().join(format!("mimic-conform-{}.toml", std::process::id()));
    let clubhouse = include_str!("../../scenarios/clubhouse.toml");
    fs::write(
        &scenario,
        changed(clubhouse, "expect = \"held\"", "expect = \"held\"\nmutant = \"reorders-fan-out\"").1,
    )
    .unwrap();
    let run = Recorded::run("mutant", &scenario.to_string_lossy());
    fs::remove_file(&scenario).unwrap();
    assert_eq!(run.conform(&[]).0, 0, "with the bug, it is one");
    let (exit, said, _) = run.conform(&["--without-mutant"]);
    assert_eq!(exit, 1);
    assert!(said.contains("DOES NOT CONFORM: ") && said.contains("hub a.example"), "{said}");
}

#[test]
fn the_servers_lines_alone_can_be_held_against_the_nodes() {
    let run = Recorded::run("servers", "scenarios/figure_7_bob_leaves.toml");
    let (exit, said, errors) = run.conform(&["--visible", "servers"]);
    assert_eq!((exit, errors.as_str()), (0, ""), "{said}");
    assert!(said.contains(" hidden steps of clients explain all "), "{said}");
    let json: Value = serde_json::from_str(&run.conform(&["--visible", "servers", "--json"]).1).unwrap();
    assert_eq!((&json["schema"], &json["verdict"]), (&"mimic.conform-servers.1".into(), &"conforms".into()));
    let mut line = 0;
    run.edit("trace.jsonl", |text| {
        let from = text.rfind("{\"Commit\":{\"epoch\":1,").unwrap();
        line = 1 + text[..from].matches('\n').count();
        format!("{}{}", &text[..from], text[from..].replacen("\"epoch\":1,", "\"epoch\":9,", 1))
    });
    let (exit, said, _) = run.conform(&["--visible", "servers"]);
    assert_eq!(exit, 1);
    assert!(
        said.contains(&format!("trace.jsonl:{line}: DOES NOT CONFORM, whatever clients have done: ")),
        "{said}"
    );
}

#[test]
fn a_folder_without_a_run_is_told_by_the_file_that_is_missing() {
    let output = mimic(&["conform", "scenarios"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(
        errors.contains("scenarios/scenario.toml: ") && errors.contains("help: name a folder"),
        "{errors}"
    );
}

#[test]
fn a_sweep_can_hold_each_of_its_runs_against_the_nodes() {
    let folder = Recorded(std::env::temp_dir().join(format!("mimic-conform-sweep-{}", std::process::id())));
    let sweep = |scenario: &str| {
        let output = mimic(&[
            "sweep",
            scenario,
            "--seeds",
            "0..2",
            "--crypto",
            "fast",
            "--conform",
            "--json",
            "--out",
            &folder.path(),
        ]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), json["conforming"].as_u64(), json["failures"].as_array().unwrap().len())
    };
    assert_eq!(sweep("scenarios/figure_7_bob_leaves.toml"), (Some(0), Some(2), 0));
    // Where a request is tampered with, somebody else has a hand in the run.
    assert_eq!(sweep("scenarios/tampered_requests_are_refused.toml"), (Some(1), Some(0), 2));
}
