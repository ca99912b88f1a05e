//! The table of requirements: all that it names is there, and what is kept of it in the repository is current.

use mimic_analysis::coverage::{self, Check, Registry, Sightings};
use mimic_protocol::readings::Readings;
use mimic_record::invariants;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where each invariant is shown with the planted bugs that it sees, and each property of the models.
const MUSEUM: &str = "record/tests/museum/main.rs";
const MODELS: &str = "models/tests/museum.rs";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

fn mimic(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mimic"));
    command.arg("coverage").args(args).current_dir(root()).output().unwrap()
}

/// The tests of a file: name and source.
fn tests_in(text: &str) -> Vec<(&str, &str)> {
    let mut tests = Vec::new();
    for (at, _) in text.match_indices("test]\n") {
        let rest = &text[at..];
        let Some(start) = rest.find("fn ") else { continue };
        let indent = rest[..start].len() - rest[..start].trim_end_matches(' ').len();
        let name = rest[start + 3..].split(['(', '<']).next().unwrap_or_default();
        let end = rest[start..].find(&format!("\n{}}}", " ".repeat(indent))).unwrap_or(rest.len() - start);
        tests.push((name, &rest[start..start + end]));
    }
    tests
}

/// The source of a test, `path/file.rs::name`.
fn test(path: &str) -> Option<String> {
    let (file, name) = path.split_once("::")?;
    let text = read(file)?;
    let plain = tests_in(&text).into_iter().find(|(known, _)| *known == name).map(|(_, source)| source);
    plain.or_else(|| listed(&text, name)).map(str::to_owned)
}

/// The source of a test that `in_both!` makes of a function, once for each kind of cryptography.
fn listed<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, list) = text.split_once("in_both! {\n")?;
    list.lines().take_while(|line| *line != "}").find(|line| line.trim() == name)?;
    let start = text.find(&format!("fn {name}<"))?;
    let end = text[start..].find("\n}")?;
    Some(&text[start..start + end])
}

/// Whether a test plants this bug.
fn plants(source: &str, check: &Check) -> bool {
    source.contains(&format!("Mutant::{:?}", check.mutant))
        || source.contains(&format!("{:?}", check.mutant_name()))
}

/// Whether `by` is there, and was seen to notice the planted bug.
fn is_shown(check: &Check) -> bool {
    let by = format!("{:?}", check.by);
    if let Some(path) = &check.caught {
        return test(path).is_some_and(|source| plants(&source, check) && source.contains(&by));
    }
    if check.by.contains("::") {
        return test(&check.by).is_some_and(|source| plants(&source, check));
    }
    if invariants::all(&Readings::default()).iter().any(|invariant| invariant.id() == check.by) {
        let museum = read(MUSEUM).unwrap();
        let row = museum.split("(Mutant::").find(|row| row.starts_with(&format!("{:?},", check.mutant)));
        return row.is_some_and(|row| row.split(')').next().is_some_and(|row| row.contains(&by)));
    }
    let models = read(MODELS).unwrap();
    tests_in(&models).into_iter().any(|(_, source)| plants(source, check) && source.contains(&by))
}

#[test]
fn everything_that_is_named_is_there() {
    let registry = Registry::current().unwrap();
    let mut wrong = Vec::new();
    for (id, entry) in &registry.entries {
        let unknown = entry.tests.iter().filter(|path| test(path).is_none());
        wrong.extend(unknown.map(|path| format!("{id}: there is no test {path}")));
        let unseen = entry.checked.iter().filter(|check| !is_shown(check));
        wrong.extend(unseen.map(|c| format!("{id}: {} is not shown to see {}", c.by, c.mutant_name())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_not_there_is_noticed() {
    let check = |text: &str| {
        let registry = Registry::parse(&format!("[A-01]\nchecked = [{{ {text} }}]")).unwrap();
        is_shown(&registry.entries["A-01"].checked[0])
    };
    assert!(check(r#"by = "INV-06", mutant = "blocked-may-send""#));
    assert!(check(r#"by = "rest is agreement", mutant = "nobody-commits""#));
    for text in [
        r#"by = "INV-99", mutant = "blocked-may-send""#,
        r#"by = "INV-06", mutant = "nobody-commits""#,
        r#"by = "rest is agreement", mutant = "blocked-may-send""#,
        r#"by = "rest is peace", mutant = "nobody-commits""#,
        r#"by = "record/tests/museum/main.rs::no_such_test", mutant = "nobody-commits""#,
        r#"by = "record/tests/museum/main.rs::the_museum_is_complete", mutant = "nobody-commits""#,
        r#"by = "INV-06", mutant = "blocked-may-send", caught = "record/tests/museum/main.rs::the_museum_is_complete""#,
    ] {
        assert!(!check(text), "{text}");
    }
    assert_eq!(test("cli/tests/coverage.rs::no_such_test"), None);
    assert_eq!(test("cli/tests/no_such_file.rs::test"), None);
    // A function beside the tests of both kinds of cryptography is none of them.
    assert_eq!(test("protocol/src/mls/open/tests/stories.rs::crowd"), None);
}

/// How to bring it up to date.
const STALE: &str = "is stale: run `cargo run -- coverage --write`";

#[test]
fn what_the_scenarios_show_is_current() {
    let now = mimic_cli::coverage::sightings(&root()).unwrap();
    assert!(now == Sightings::current().unwrap(), "spec/sightings.toml {STALE}");
}

#[test]
fn the_page_is_current() {
    let page = coverage::page(&coverage::current().unwrap());
    assert!(read("docs/coverage.md").as_ref() == Some(&page), "docs/coverage.md {STALE}");
}

#[test]
fn what_is_missing_is_listed_by_id() {
    let output = mimic(&["--missing"]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    let text = String::from_utf8(output.stdout).unwrap();
    let listed: Vec<&str> = text.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let coverage = coverage::current().unwrap();
    let missing: Vec<&str> = coverage.in_state(coverage::State::Missing).map(|row| &row.id[..]).collect();
    assert_eq!(listed, missing);
}

#[test]
fn the_table_is_text_or_one_object() {
    let output = mimic(&[]);
    assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("PROTO-")).count(), 88);
    let output = mimic(&["--json"]);
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["schema", "seeds", "total", "documents", "bar", "requirements"]);
    assert_eq!(object["schema"], "mimic.coverage.1");
    assert_eq!(object["requirements"].as_array().unwrap().len(), 238);
    assert_eq!(object["requirements"][0]["id"], "ARCH-01");
}
