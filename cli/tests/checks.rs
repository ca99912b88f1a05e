//! Whole checks as a user makes them: text, JSON, exit codes, and what a planted bug leads to.

use mimic_cli::Exit;
use mimic_record::Verdict;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn check(args: &[&str]) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(env!("CARGO_BIN_EXE_mimic"));
    command.arg("check").args(args).current_dir(root).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

fn property<'c>(check: &'c Value, id: &str) -> &'c Value {
    check["properties"].as_array().unwrap().iter().find(|property| property["id"] == id).unwrap()
}

#[test]
fn a_check_in_which_everything_holds_exits_0_and_prints_one_object() {
    let output = check(&["room", "--scope", "hub-crash", "--threads", "1", "--json"]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    let check = json(&output);
    assert_eq!(
        keys(&check),
        [
            "schema",
            "model",
            "scope",
            "about",
            "readings",
            "engine",
            "states",
            "unique_states",
            "depth",
            "wall_ms",
            "verdict",
            "properties",
            "unjudged",
            "also_seen",
            "executions",
            "step_counts",
            "memory_bytes"
        ]
    );
    assert_eq!(
        [&check["schema"], &check["model"], &check["scope"], &check["verdict"]],
        ["mimic.check.1", "room", "hub-crash", "held"]
    );
    assert_eq!(keys(property(&check, "INV-04")), ["id", "says", "verdict", "steps"]);
    let sight = property(&check, "sometimes: fault: the hub crashes before its record is durable");
    assert_eq!((keys(sight), &sight["verdict"]), (vec!["id", "verdict", "steps"], &Value::from("held")));
    for property in check["properties"].as_array().unwrap() {
        assert_eq!((&property["verdict"], &property["steps"]), (&Value::from("held"), &Value::Array(vec![])));
    }
    assert_eq!(check["unjudged"][0]["id"], "INV-06");
}

/// The hub that answers before its record is durable, which `mimic sweep` finds by seeds.
#[test]
fn a_planted_hub_that_accepts_two_commits_is_found_with_the_shortest_path() {
    let args = ["room", "--scope", "hub-crash", "--mutant", "answer-before-durable"];
    let output = check(&args);
    assert_eq!(output.status.code(), Some(1));
    let report = text(&output.stdout);
    let first = "room · scope hub-crash · read at-accept · planted bug answer-before-durable\n";
    assert!(report.starts_with(first), "{report}");
    assert!(report.contains("\n  INV-04                VIOLATED"), "{report}");
    assert!(report.contains("\n       1. Bob tells Bob's phone to take fresh keys: sends"), "{report}");
    assert!(report.contains("crashes before its record is durable"), "{report}");
    assert!(report.ends_with("\nverdict    VIOLATED\n"), "{report}");
    let output = check(&[&args[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let check = json(&output);
    assert_eq!((&check["verdict"], &check["mutant"]), (&"violated".into(), &"answer-before-durable".into()));
    let steps = property(&check, "INV-04")["steps"].as_array().unwrap();
    let last = "The room: the hub accepts B for epoch 1, for which it had accepted A";
    assert_eq!(steps.last().unwrap(), last);
}

#[test]
fn a_report_shows_what_was_seen_and_what_is_not_judged() {
    let output = check(&["room", "--scope", "device-ban"]);
    assert_eq!(output.status.code(), Some(0));
    let report = text(&output.stdout);
    for part in
        ["states per second", "not judged    nothing is accepted after the ban", "\nseen, 20 of the 20"]
    {
        assert!(report.contains(part), "{part:?} in {report}");
    }
}

#[test]
fn what_does_not_exist_exits_2_and_the_message_lists_what_does() {
    let cases: [(&[&str], &str); 9] = [
        (&["room", "--providers", "9"], "--providers is 9, and can be 1 to 3 here"),
        (&["room", "--byzantine", "9"], "--byzantine is 9, and can be 0 to 4 here"),
        (&["room", "--scope", "race", "--byzantine", "1"], "cannot be used with"),
        (&["room", "--alphabet", "bann"], "alphabets: membership"),
        (&["room", "--scope", "race", "--ops", "2"], "cannot be used with"),
        (&["room", "--within", "5"], "time unit needed"),
        (&["rooms"], "there is: room"),
        (&["room", "--scope", "everything"], "it has: default, race, "),
        (&["room", "--mutant", "no-such-bug"], "`answer-before-durable`, `members-without-entry`, "),
    ];
    for (args, known) in cases {
        let output = check(args);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}");
        let errors = text(&output.stderr);
        let flat = errors.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(known.trim_end()), "{errors}");
    }
}

#[test]
fn a_search_that_is_cut_off_exits_3_and_says_how_far_it_came() {
    let output = check(&["room", "--ops", "2", "--alphabet", "update", "--every-order", "--states", "5000"]);
    assert_eq!(output.status.code(), Some(3));
    let report = text(&output.stdout);
    for part in ["cut off    there were more states than allowed at depth ", "\nverdict    inconclusive\n"] {
        assert!(report.contains(part), "{part:?} in {report}");
    }
    let output = check(&["room", "--scope", "race", "--within", "0s", "--json"]);
    assert_eq!((output.status.code(), &json(&output)["cut_off"]["limit"]), (Some(3), &"time".into()));
}

#[test]
fn a_path_with_a_byzantine_step_is_not_exported_and_the_message_tells_it() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("withheld.toml");
    let numbers = "room --providers 1 --users 2 --clients 2 --ops 1 --alphabet update --byzantine 1";
    let mut args: Vec<&str> = numbers.split(' ').collect();
    args.extend(["--witness", "an event is withheld", "--export", file.to_str().unwrap()]);
    let output = check(&args);
    assert_eq!((output.status.code(), output.stdout.len(), file.exists()), (Some(2), 0, false));
    let errors = text(&output.stderr);
    let flat = errors.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in
        ["is a Byzantine provider's", "1. Alice tells Alice's phone", "a scope without Byzantine steps"]
    {
        assert!(flat.contains(part), "{part:?} in {errors}");
    }
}

#[test]
fn a_ladder_is_drawn_of_what_is_violated_and_of_what_is_to_be_shown() {
    let numbers = "room --providers 2 --users 2 --clients 2 --ops 1 --faults 1 --alphabet update --witness";
    let shown = |what| check(&[&numbers.split(' ').collect::<Vec<_>>()[..], &[what, "--ladder"]].concat());
    let report = text(&shown("a request is lost").stdout);
    assert!(report.contains("\nshown      fault: a request is lost\n          hub "), "{report}");
    assert!(report.contains("x─────────── commit A ──────────┤"), "{report}");
    let unseen = shown("a client joins");
    assert_eq!((unseen.status.code(), unseen.stdout.len()), (Some(2), 0));
    assert!(text(&unseen.stderr).contains("there is no path to \"a client joins\": it has not come up"));
    let args = ["room", "--scope", "leave-commit", "--preset", "at-commit", "--ladder"];
    let report = text(&check(&args).stdout);
    assert!(report.contains("<─────────────o──────────────┼─ proposals A ┼──────────────┤"), "{report}");
    assert!(!report.contains(" 1. Bob tells Bob's phone to leave: sends proposals A by way of follower"));
    let object = json(&check(&[&args[..], &["--json"]].concat()));
    let rungs = &property(&object, "INV-06")["ladder"]["rungs"];
    let arrow = serde_json::json!({ "arrow": { "from": 4, "by_way_of": [1], "to": 0, "tip": "arrives" } });
    assert_eq!((&rungs[1]["place"], &rungs[1]["what"]), (&arrow, &"proposals A".into()));
}

#[test]
fn the_list_has_what_is_known_of_each_scope() {
    let output = check(&["--list"]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    let list = text(&output.stdout);
    assert!(list.contains("256,058 states, 56,253 of them different, depth 26"), "{list}");
    let list = json(&check(&["--list", "--json"]));
    assert_eq!(list["schema"], "mimic.models.1");
    assert_eq!(list["models"][0]["scopes"][1]["known"]["unique_states"], 56_253);
}

#[test]
fn each_verdict_of_a_check_has_its_exit_code() {
    let codes = [Verdict::Held, Verdict::Violated, Verdict::Inconclusive].map(|v| Exit::of_check(v) as u8);
    assert_eq!(codes, [0, 1, 3]);
}
