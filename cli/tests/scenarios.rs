//! `mimic scenario` and stories, as a user calls them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn mimic(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Command::new(env!("CARGO_BIN_EXE_mimic")).args(args).current_dir(root).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder of its own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("mimic-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[test]
fn the_list_says_of_each_scenario_what_it_shows_and_expects() {
    let output = mimic(&["scenario", "list"]);
    let list = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0));
    let race = list.split("\n\n").find(|entry| entry.starts_with("race_39_two_commits")).unwrap();
    assert!(race.contains("shows PROTO-33 INV-03 INV-04 RACE-39\n    expects: held"), "{race}");
    let json: serde_json::Value =
        serde_json::from_slice(&mimic(&["scenario", "list", "--json"]).stdout).unwrap();
    let entries = json["scenarios"].as_array().unwrap();
    assert!(entries.len() >= 41 && entries.iter().any(|entry| entry["name"] == "clubhouse"));
    assert_eq!(json["schema"], "mimic.scenarios.1");
}

#[test]
fn a_folder_that_is_not_there_exits_2() {
    let output = mimic(&["scenario", "list", "nowhere"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
}

#[test]
fn the_schema_is_the_one_that_is_checked_in() {
    let output = mimic(&["scenario", "schema"]);
    assert_eq!(text(&output.stdout), include_str!("../../scenarios/schema.json"));
}

#[test]
fn a_new_scenario_is_valid_runs_as_it_declares_and_is_never_written_over() {
    let folder = folder("new");
    let (dir, file) = (folder.to_string_lossy(), folder.join("mine.toml"));
    let new = || mimic(&["scenario", "new", "mine", "--folder", &dir]);
    assert_eq!(new().status.code(), Some(0));
    let path = file.to_string_lossy();
    let valid = mimic(&["scenario", "validate", &path]);
    assert_eq!(valid.status.code(), Some(0));
    assert!(
        text(&valid.stdout).contains("2 providers, 2 users, a story of 9 steps"),
        "{}",
        text(&valid.stdout)
    );
    let out = folder.join("out");
    let run = mimic(&["run", &path, "--seed", "1", "--crypto", "fast", "--out", &out.to_string_lossy()]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stdout));
    std::fs::write(&file, "mine").unwrap();
    let again = new();
    assert_eq!((again.status.code(), std::fs::read_to_string(&file).unwrap().as_str()), (Some(2), "mine"));
    let bad = mimic(&["scenario", "new", "../mine", "--folder", &dir]);
    assert_eq!(bad.status.code(), Some(2));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_story_that_does_not_come_true_exits_1_and_says_what_is_the_case() {
    let folder = folder("untrue");
    let file = folder.join("untrue.toml");
    let story = include_str!("../../scenarios/race_39_two_commits_for_one_epoch.toml");
    std::fs::write(&file, story.replace("first is done", "first is refused")).unwrap();
    let path = file.to_string_lossy();
    let out = folder.join("out");
    let run = |verb: &[&str]| mimic(&[verb, &["--crypto", "fast", "--out", &out.to_string_lossy()]].concat());
    let output = run(&["run", &path, "--seed", "1"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    let line = 1 + story.lines().position(|line| line.contains("first is done")).unwrap();
    assert!(report.contains(&format!("{path}:{line}: first is refused\n    first is done")), "{report}");
    assert!(report.contains("story      did not come true in 1 line\n"), "{report}");
    let sweep = run(&["sweep", &path, "--seeds", "0..2"]);
    assert_eq!(sweep.status.code(), Some(1));
    assert!(text(&sweep.stdout).contains("seed 1 did not go as the story says"), "{}", text(&sweep.stdout));
    std::fs::remove_dir_all(&folder).unwrap();
}
