//! A search that is cut off and gone on with comes to what one comes to that was not.

use mimic_models::{CheckError, CheckReport, CheckpointError, Conditions, Limit, Limits, check};
use mimic_protocol::{Mutant, Planted};
use mimic_record::Verdict;
use std::fs;
use std::path::{Path, PathBuf};

const SCOPE: &str = "leave-commit";

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.checkpoint"));
    _ = fs::remove_file(&path);
    path
}

fn explore(checkpoint: Option<&Path>, planted: Planted, states: u64) -> Result<CheckReport, CheckError> {
    let limits = Limits { states, ..Limits::default() };
    let conditions = Conditions { planted, limits, checkpoint, ..Conditions::default() };
    check("room", Some(SCOPE), 1, conditions, &|_| ())
}

/// All but what depends on how long it took, and on how much was looked up.
fn found(report: CheckReport) -> CheckReport {
    CheckReport { wall_ms: 0, memory_bytes: None, executions: 0, ..report }
}

#[test]
fn a_search_that_is_cut_off_twice_comes_to_the_same() {
    let path = file("twice");
    for states in [9_000, 41_000] {
        let report = explore(Some(&path), Planted::NONE, states).unwrap();
        assert_eq!(report.cut_off.map(|cut_off| cut_off.limit), Some(Limit::States));
        assert_eq!(report.verdict, Verdict::Inconclusive);
    }
    let report = explore(Some(&path), Planted::NONE, 1_000_000).unwrap();
    assert_eq!(report.verdict, Verdict::Held);
    assert_eq!(found(report), found(explore(None, Planted::NONE, 1_000_000).unwrap()));
}

#[test]
fn a_violation_that_was_found_before_is_told_with_its_path() {
    let path = file("violation");
    let planted = || Planted::new(Mutant::BlockedMaySend);
    let cut_off = explore(Some(&path), planted(), 9_000).unwrap();
    assert_eq!(cut_off.verdict, Verdict::Violated);
    let report = explore(Some(&path), planted(), 1_000_000).unwrap();
    assert_eq!(found(report), found(explore(None, planted(), 1_000_000).unwrap()));
}

#[test]
fn a_file_that_is_of_no_use_is_left_as_it_is() {
    let path = file("other");
    explore(Some(&path), Planted::NONE, 9_000).unwrap();
    let refused = |path: &Path, planted| match explore(Some(path), planted, 9_000) {
        Err(CheckError::Checkpoint(error)) => error,
        other => panic!("{other:?}"),
    };
    let kept = fs::read(&path).unwrap();
    let other = refused(&path, Planted::new(Mutant::NobodyCommits));
    assert!(matches!(&other, CheckpointError::AnotherSearch { found, .. } if found.starts_with(SCOPE)));
    assert_eq!(fs::read(&path).unwrap(), kept);
    let mut altered = kept.clone();
    altered[kept.len() / 2] ^= 1;
    for damaged in [&kept[..kept.len() / 2], &altered, b""] {
        fs::write(&path, damaged).unwrap();
        assert_eq!(refused(&path, Planted::NONE), CheckpointError::NoSearch { path: path.clone() });
    }
    let nowhere = path.join("below");
    assert!(matches!(refused(&nowhere, Planted::NONE), CheckpointError::System { .. }));
}
