//! Runs of the simulator over OpenMLS, taken again by the nodes over symbolic MLS.

use mimic_cli::conform::deviation;
use mimic_models::{Deviation, Why};
use mimic_record::{Event, Step, Verdict};
use mimic_sim::scenario::Scenario;
use mimic_sim::{Crypto, run};
use std::fs;
use std::path::Path;

fn scenarios() -> Vec<Scenario> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let read = |path: &std::path::PathBuf| {
        Scenario::parse(&path.to_string_lossy(), &fs::read_to_string(path).unwrap()).unwrap()
    };
    files.iter().map(read).collect()
}

/// Where a request is tampered with, somebody else has a hand in the run.
const TAMPERED: &str = "tampered_requests_are_refused";

/// Seeds in which something happens that is seldom: key packages come to be renewed while a record is being written, and an answer
/// about key packages comes when the device asks for its way back.
const SELDOM: [(&str, u64); 3] = [("many_masks", 3_087), ("many_masks", 3_698), ("many_ways", 3_787)];

#[test]
fn every_scenario_is_a_path_of_the_nodes() {
    let mut deviations = Vec::new();
    let seeds = |scenario: &Scenario| {
        let seldom = SELDOM.into_iter().filter(|(name, _)| *name == scenario.name).map(|(_, seed)| seed);
        seldom.chain([1]).collect::<Vec<_>>()
    };
    let scenarios = scenarios();
    let all =
        scenarios.iter().flat_map(|scenario| seeds(scenario).into_iter().map(move |seed| (scenario, seed)));
    for (scenario, seed) in all {
        let result = run(scenario, seed, Crypto::InsecureFast).unwrap();
        let deviation = deviation(scenario, &result.steps);
        if scenario.name == TAMPERED {
            assert!(matches!(deviation, Some(Deviation { why: Why::NotEnabled(_), .. })), "{deviation:?}");
        } else if let Some(deviation) = deviation {
            let step = &result.steps[deviation.step as usize];
            let why: String = deviation.why.to_string().chars().take(400).collect();
            let (name, line) = (&scenario.name, deviation.line());
            deviations.push(format!("{name} seed {seed} line {line}: {} {:?}: {why}", step.node, step.event));
        }
    }
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

/// A late answer that ended another intent; a removal in a child that an external commit voids (INV-05, INV-26).
#[test]
fn seeds_that_have_shown_a_defect_hold() {
    for (name, seed) in [("many_ways", 3_787), ("many_rooms", 5_668)] {
        let scenario = scenarios().into_iter().find(|scenario| scenario.name == name).unwrap();
        let result = run(&scenario, seed, Crypto::InsecureFast).unwrap();
        assert_eq!(result.verdict(), Verdict::Held, "{name} seed {seed}: {:#?}", result.judgement.findings);
    }
}

/// A run of which one line says something else is rejected at that line.
#[test]
fn a_corrupted_line_is_found() {
    let scenario = scenarios().into_iter().find(|scenario| scenario.name == "clubhouse").unwrap();
    let result = run(&scenario, 1, Crypto::InsecureFast).unwrap();
    assert_eq!(deviation(&scenario, &result.steps), None);
    let changes_epoch = |step: &&Step| {
        step.change.as_ref().is_some_and(|change| change.seat.values().any(|seat| seat.epoch.is_some()))
    };
    let lines: Vec<u64> = result.steps.iter().filter(changes_epoch).map(|step| step.n).collect();
    for n in lines.iter().step_by(lines.len() / 8) {
        let mut steps = result.steps.clone();
        let change = steps[*n as usize].change.as_mut().unwrap();
        change.seat.values_mut().for_each(|seat| seat.epoch = Some(vec![999]));
        let deviation = deviation(&scenario, &steps).unwrap();
        assert_eq!((deviation.step, deviation.line()), (*n, n + 2));
        assert!(matches!(deviation.why, Why::Differs { .. }), "{deviation:?}");
    }
    // And one that nobody has sent anything for.
    let mut steps = result.steps.clone();
    let request = steps.iter_mut().find(|step| matches!(step.event, Event::Request(_))).unwrap();
    request.cause = None;
    let n = request.n;
    assert_eq!(deviation(&scenario, &steps).unwrap().step, n);
}
