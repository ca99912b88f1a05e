//! Every story of the folder `scenarios/`: ends as it declares, alike in both kinds of cryptography and whatever the seed.

use mimic_protocol::NodeId;
use mimic_record::{Event, Verdict};
use mimic_sim::scenario::{Expectation, Scenario};
use mimic_sim::{Crypto, Ended, RunResult, run};
use std::fs;
use std::path::Path;

const REQUIREMENTS: &str = include_str!("../../spec/requirements.toml");

fn stories() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let scenario = Scenario::parse(&path.to_string_lossy(), &fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(scenario.name, path.file_stem().unwrap().to_string_lossy(), "the name is the file's");
        scenario
    };
    files.iter().map(read).filter(|scenario| scenario.story.is_some()).collect()
}

fn played(scenario: &Scenario, seed: u64, crypto: Crypto) -> RunResult {
    run(scenario, seed, crypto).unwrap_or_else(|error| panic!("{}: {error}", scenario.name))
}

fn ends_as_declared(scenario: &Scenario, result: &RunResult) {
    let name = &scenario.name;
    assert_eq!(result.unmet, [], "{name}");
    assert_eq!(result.ended, Ended::AtRest, "{name}");
    let declared = match scenario.expected() {
        Expectation::Held => Verdict::Held,
        Expectation::Violated => Verdict::Violated,
        Expectation::Inconclusive => Verdict::Inconclusive,
    };
    assert_eq!(result.verdict(), declared, "{name}: {:#?}", result.judgement.findings);
}

/// Who did what when, and what was found.
fn told(result: &RunResult) -> (Vec<(u64, NodeId, Event)>, &mimic_record::Judgement) {
    let steps = result.steps.iter().map(|step| (step.at_us, step.node, step.event)).collect();
    (steps, &result.judgement)
}

#[test]
fn there_are_enough_stories_and_each_says_what_it_shows() {
    let stories = stories();
    assert!(stories.len() >= 44, "{}", stories.len());
    let known = |id: &String| {
        let of_a_draft = ["ARCH-", "PROTO-", "POL-"].iter().any(|draft| id.starts_with(draft));
        !of_a_draft || REQUIREMENTS.contains(&format!("[\"{id}\","))
    };
    for scenario in stories {
        let name = &scenario.name;
        assert!(!scenario.about.is_empty() && !scenario.requirements.is_empty(), "{name}");
        assert_eq!(scenario.requirements.iter().find(|id| !known(id)), None, "{name}");
        assert!(!scenario.story.unwrap().outcome.is_empty(), "{name} says what must come out");
        let number = name.strip_prefix("race_").map(|rest| rest.split('_').next().unwrap_or_default());
        let cited = number.map(|number| format!("RACE-{number}"));
        assert!(cited.is_none_or(|race| scenario.races.contains(&race)), "{name}");
    }
}

#[test]
fn every_story_ends_as_it_declares_whatever_the_seed() {
    for scenario in stories() {
        let result = played(&scenario, 1, Crypto::InsecureFast);
        ends_as_declared(&scenario, &result);
        let other = played(&scenario, 2, Crypto::InsecureFast);
        assert_eq!(told(&other), told(&result), "{}", scenario.name);
    }
}

#[test]
fn real_cryptography_tells_the_same_stories() {
    for scenario in stories() {
        let (real, fast) = (played(&scenario, 1, Crypto::Real), played(&scenario, 1, Crypto::InsecureFast));
        ends_as_declared(&scenario, &real);
        assert_eq!(told(&real), told(&fast), "{}", scenario.name);
    }
}
