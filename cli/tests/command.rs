//! The command as a user calls it: what it prints where, and how it exits.

use std::path::Path;
use std::process::{Command, Output};

fn mimic(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Command::new(env!("CARGO_BIN_EXE_mimic")).args(args).current_dir(root).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn without_arguments_it_shows_short_help_with_two_examples() {
    let output = mimic(&[]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let help = text(&output.stderr);
    assert_eq!(help.matches("  mimic ").count(), 2, "{help}");
    for verb in ["run", "sweep", "compare", "check", "distance", "conform", "scenario"] {
        assert!(help.contains(&format!("\n  {verb} ")), "{help}");
    }
}

#[test]
fn help_that_was_asked_for_is_no_error() {
    let output = mimic(&["run", "--help"]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    assert!(text(&output.stdout).contains("--check-determinism"));
}

#[test]
fn the_version_names_the_commit() {
    let output = mimic(&["--version"]);
    assert_eq!(text(&output.stdout).trim(), format!("mimic {}", mimic_cli::BUILD));
}

#[test]
fn usage_errors_exit_2_and_leave_stdout_empty() {
    let cases: [&[&str]; 5] = [
        &["walk"],
        &["run", "scenarios/clubhouse.toml"],
        &["run", "scenarios/clubhouse.toml", "--seed", "seven"],
        &["run", "scenarios/clubhouse.toml", "--seed", "7", "--crypto", "none"],
        &["sweep", "scenarios/clubhouse.toml", "--seeds", "9..9"],
    ];
    for args in cases {
        let output = mimic(args);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}");
    }
}

#[test]
fn a_seeded_part_needs_a_seed_and_a_story_does_not() {
    let output = mimic(&["run", "scenarios/clubhouse.toml"]);
    let errors = text(&output.stderr);
    assert!(errors.contains("has a seeded part, and no seed is given"), "{errors}");
}

#[test]
fn a_scenario_that_is_not_there_exits_2() {
    for verb in [&["run", "nowhere.toml", "--seed", "7"][..], &["sweep", "nowhere.toml", "--seeds", "0..2"]] {
        let output = mimic(verb);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
        let errors = text(&output.stderr);
        assert!(errors.contains("cannot read nowhere.toml") && errors.contains("help: "), "{errors}");
    }
}

#[test]
fn a_scenario_with_a_mistake_exits_2_and_shows_file_line_caret_and_hint() {
    let file = std::env::temp_dir().join(format!("mimic-mistake-{}.toml", std::process::id()));
    let clubhouse = include_str!("../../scenarios/clubhouse.toml");
    std::fs::write(&file, clubhouse.replace("hub = \"a.example\"", "hub = \"d.example\"")).unwrap();
    let output = mimic(&["run", &file.to_string_lossy(), "--seed", "7", "--json"]);
    std::fs::remove_file(&file).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0));
    let errors = text(&output.stderr);
    let line = 1 + clubhouse.lines().position(|line| line.starts_with("hub = ")).unwrap();
    assert!(errors.contains(&format!("{}:{line}:7", file.display())), "{errors}");
    assert!(errors.contains("unknown provider `d.example`"), "{errors}");
    assert!(errors.contains("help: did you mean"), "{errors}");
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mimic"));
    command.arg("readings").stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}
