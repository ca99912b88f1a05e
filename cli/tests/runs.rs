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
    for key in [
        "verdict",
        "invariants",
        "virtual_ms",
        "events",
        "messages",
        "operations",
        "faults",
        "convergence",
        "exposure",
    ] {
        assert_eq!(first[key], real[key], "{key}");
    }
    for file in ["trace.jsonl", "summary.json", "convergence.svg", "exposure.svg", "report.txt"] {
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
    the_past_is_the_few_steps_that_led_to_it(&folder, &out);
}

/// Of the thousands of steps of the run: both acceptances, with the crash and the return of the hub between them.
fn the_past_is_the_few_steps_that_led_to_it(folder: &Folder, out: &str) {
    let summary = std::fs::read_to_string(Path::new(out).join("summary.json")).unwrap();
    let summary: Value = serde_json::from_str(&summary).unwrap();
    let findings = summary["findings"].as_array().unwrap();
    let of = |id: &str| findings.iter().find(|finding| finding["invariant"] == id).unwrap();
    let (story, past) = (of("INV-04"), of("INV-04")["past"].as_array().unwrap());
    assert!(past.len() <= 12 && summary["events"].as_u64().unwrap() > 1_000, "{story:#}");
    let numbers: Vec<u64> = past.iter().map(|step| step["step"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted() && numbers.last() == story["step"].as_u64().as_ref(), "{story:#}");
    let at = |words: &str| {
        let is_there = |step: &Value| step["what"].as_str().unwrap().contains(words);
        past.iter().position(is_there).unwrap_or_else(|| panic!("no step in which it {words}: {story:#}"))
    };
    let letters: Vec<&str> =
        story["what"].as_str().unwrap().split(' ').filter(|word| word.len() == 1).collect();
    let [second, first] = letters[..] else { panic!("{story:#}") };
    let accepts = |letter: &str| at(&format!("accepts commit {letter} "));
    let order = [accepts(first), at("crashes"), at("is back from its crash"), accepts(second)];
    assert!(order.is_sorted(), "{order:?} in {story:#}");
    assert_eq!(past[order[1]]["node"], "hub a.example");
    assert!(summary["epoch_forks"].as_array().is_some_and(|forks| !forks.is_empty()), "{summary:#}");
    assert!(folder.0.join("out/violations.parquet").exists());
}

#[test]
fn a_comparison_sets_presets_side_by_side_and_leaves_tables_and_a_figure() {
    let folder = Folder::new("compare");
    let out = folder.path("out");
    let presets = ["--preset", "at-accept", "--preset", "at-commit"];
    let args = ["compare", "scenarios/clubhouse.toml", "--seeds", "0..4", "--crypto", "fast", "--out", &out];
    let output = mimic(&[&args[..], &presets, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "a violation under a preset is a result");
    let compare = json(&output);
    assert_eq!(compare["schema"], "mimic.compare.1");
    let names: Vec<&str> =
        compare["presets"].as_array().unwrap().iter().map(|p| p["preset"].as_str().unwrap()).collect();
    assert_eq!(names, ["at-accept", "at-commit"]);
    for preset in compare["presets"].as_array().unwrap() {
        let seeds = ["held", "violated", "inconclusive"].map(|verdict| preset[verdict].as_u64().unwrap());
        assert_eq!((seeds.iter().sum::<u64>(), &preset["panicked"]), (4, &Value::from(0)), "{preset:#}");
        assert!(preset["exposure"]["windows"].as_u64().unwrap() > 0, "{preset:#}");
    }
    // The same seeds, without a word about readings, come to what the default preset came to.
    let sweep =
        ["sweep", "scenarios/clubhouse.toml", "--seeds", "0..4", "--crypto", "fast", "--json", "--out", &out];
    let alone = json(&mimic(&sweep));
    assert_eq!(alone["invariants"], compare["presets"][0]["invariants"]);
    let files = ["compare.svg", "report.txt", "seeds.parquet", "violations.parquet", "exposures.parquet"];
    for file in files {
        let octets = std::fs::read(folder.0.join("out").join(file)).unwrap();
        let magic: &[u8] = if file.ends_with("parquet") { b"PAR1" } else { b"" };
        assert!(octets.starts_with(magic) && octets.ends_with(magic) && octets.len() > 200, "{file}");
    }
}

#[test]
fn a_comparison_fails_where_a_story_does_not_come_true_under_a_preset() {
    let folder = Folder::new("untold");
    let told = include_str!("../../scenarios/race_27_the_hub_follows.toml");
    // What comes out with nobody-follows is not declared any more.
    let kept = |line: &&str| !line.contains("when parent-leavers=nobody: ClientB1 read 1");
    let text: String = told.lines().filter(kept).map(|line| format!("{line}\n")).collect();
    let text = text.replace("when parent-leavers=hub-proposes: ClientB1 never", "ClientB1 never");
    let (file, out) = (folder.path("race_27_the_hub_follows.toml"), folder.path("out"));
    std::fs::write(&file, text).unwrap();
    let output =
        mimic(&["compare", &file, "--preset", "at-accept", "--seeds", "0..2", "--json", "--out", &out]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let preset = &json(&output)["presets"][0];
    let (untold, line) = (&preset["not_as_told"], &preset["unmet"][0]);
    assert_eq!((untold, &line["seeds"], &line["example"]), (&2.into(), &2.into(), &0.into()), "{preset:#}");
    assert!(line["text"].as_str().is_some_and(|text| text.contains("never read 1")), "{line:#}");
}
