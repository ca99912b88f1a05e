//! From the result of a run to what the command says and writes.

use crate::BUILD;
use crate::args::Crypto;
use crate::exit::Exit;
use crate::run::RunOutcome;
use crate::summary::{RunSummary, UnmetLine};
use mimic_analysis::{
    ConvergenceFigure, ConvergenceFigures, EpochTree, ExposureFigure, ExposureFigures, ExposureWindow,
    FaultBand, Ledger, exposure, names, observe, stories,
};
use mimic_protocol::node::{Action, Fact, Intent};
use mimic_protocol::{Directory, NodeId};
use mimic_record::Event;
use mimic_sim::RunResult;
use mimic_sim::faults::Family;
use mimic_sim::scenario::Scenario;
use std::collections::BTreeSet;

/// Turns a result into an outcome.
pub fn of(scenario: &Scenario, crypto: Crypto, result: RunResult, wall_ms: u64) -> RunOutcome {
    let directory = scenario.directory();
    let Measured { mut figure, windows } = measure(scenario, &result);
    figure.title = format!("Convergence of the room {}", scenario.room.name);
    figure.subtitle = subtitle(scenario, &result);
    figure.bands = bands(&directory, &result);
    let mut exposure = ExposureFigure::of(&directory, &windows, result.virtual_us / 1_000);
    exposure.title = format!("Exposure after removals and bans in the room {}", scenario.room.name);
    exposure.subtitle = subtitle(scenario, &result);
    let (messages, operations) = done(&result);
    let verdict = result.verdict();
    let summary = RunSummary {
        scenario: scenario.name.clone(),
        seed: result.header.seed,
        build: BUILD.to_owned(),
        crypto,
        digest: result.digest().to_string(),
        verdict,
        as_declared: match &result.replayed {
            Some(replayed) => Exit::of_replay(replayed) == Exit::AsDeclared,
            None => Exit::of_story(verdict, scenario.expected(), result.unmet.len()) == Exit::AsDeclared,
        },
        replayed: result.replayed.clone(),
        epoch_forks: forks(scenario, &result),
        unmet: result.unmet.into_iter().map(UnmetLine::from).collect(),
        readings: scenario.readings,
        findings: stories(&directory, &result.steps, &result.judgement.findings),
        invariants: result.judgement.invariants,
        virtual_ms: result.virtual_us / 1_000,
        wall_ms,
        events: result.trace.steps(),
        messages,
        operations,
        faults: result.struck.iter().map(|(family, count)| (family.to_string(), count)).collect(),
        convergence: ConvergenceFigures::measure(&figure),
        exposure: ExposureFigures::measure(&windows),
        ledger: Ledger::of(&directory, &result.steps),
    };
    RunOutcome { summary, trace: result.trace.text().to_vec(), figure, exposure }
}

/// What is measured of a run, beside its verdicts.
#[derive(Clone, Debug)]
pub struct Measured {
    /// How the nodes followed the hub; without what only the plot needs.
    pub figure: ConvergenceFigure,
    /// The removals and bans.
    pub windows: Vec<ExposureWindow>,
}

/// Measures a run.
pub fn measure(scenario: &Scenario, result: &RunResult) -> Measured {
    let directory = scenario.directory();
    let duration_ms = result.virtual_us / 1_000;
    let findings = &result.judgement.findings;
    let mut figure = observe(&directory, scenario.room_id(), &result.steps, findings, duration_ms);
    // A room that never came to be is drawn as one that stays in its first epoch.
    if figure.head.is_empty() {
        figure.head.push((0, 0));
    }
    figure.heal_ms = Some(result.heal_at_us / 1_000);
    Measured { figure, windows: exposure::windows(&directory, &result.steps) }
}

/// The epochs at which the group of the room has split.
fn forks(scenario: &Scenario, result: &RunResult) -> Vec<u64> {
    EpochTree::of(&result.steps, scenario.room_id()).forks().into_keys().collect()
}

fn subtitle(scenario: &Scenario, result: &RunResult) -> String {
    let (seed, digest) = (result.header.seed, result.digest());
    let (name, crypto, readings) = (&scenario.name, &result.header.crypto, scenario.readings);
    format!("{name}, seed {seed}, read {readings}, {crypto} cryptography, digest {digest}")
}

/// Partitions and crashes by their times; what strikes single messages and records, one tick each.
fn bands(directory: &Directory, result: &RunResult) -> Vec<FaultBand> {
    let partitions = result.faults.partitions().map(|partition| FaultBand {
        label: island(directory, &partition.island),
        family: partition.family().to_string(),
        from_ms: partition.from_ms,
        to_ms: partition.until_ms,
    });
    let crashes = result.steps.iter().filter(|step| step.event == Event::Crash).map(|crash| {
        let later = result.steps[crash.n as usize..].iter();
        let back = later.clone().find(|step| step.node == crash.node && step.event == Event::Restart);
        FaultBand {
            label: names::node(directory, crash.node),
            family: crash_family(directory, result, crash.node).to_string(),
            from_ms: crash.at_us / 1_000,
            to_ms: back.map_or(result.virtual_us, |step| step.at_us) / 1_000,
        }
    });
    let strikes =
        result.strikes.iter().filter(|(_, family)| !is_partition(*family)).map(|(at_us, family)| FaultBand {
            label: String::new(),
            family: family.to_string(),
            from_ms: at_us / 1_000,
            to_ms: at_us / 1_000,
        });
    partitions.chain(crashes).chain(strikes).collect()
}

/// A partition has a band of its own; the messages that it stops need no ticks.
fn is_partition(family: Family) -> bool {
    matches!(family, Family::Partition | Family::OneWayPartition)
}

fn crash_family(directory: &Directory, result: &RunResult, node: NodeId) -> Family {
    let planned = result.faults.crashes().find(|crash| crash.node == node).map(|crash| crash.family);
    planned.unwrap_or(match node {
        NodeId::Client(_) => Family::ClientCrash,
        NodeId::Provider(id) if directory.rooms().any(|room| directory.hub_of(room) == id) => {
            Family::HubCrash
        }
        NodeId::Provider(_) => Family::FollowerCrash,
    })
}

fn island(directory: &Directory, nodes: &BTreeSet<NodeId>) -> String {
    let names: Vec<String> = nodes.iter().map(|node| names::node(directory, *node)).collect();
    names.join(", ")
}

/// How many messages were sent, and how many other things were done, of what users wanted.
pub fn done(result: &RunResult) -> (u64, u64) {
    let mut messages = BTreeSet::new();
    let (mut sent, mut operations) = (0, 0);
    for step in &result.steps {
        if let Event::Intent(Intent {
            id,
            action: Action::Send(_) | Action::Use(..) | Action::Report(_) | Action::ReportAbuse(_),
            ..
        }) = step.event
        {
            messages.insert(id);
        }
        for fact in &step.facts {
            match fact {
                Fact::Done { intent } if messages.contains(intent) => sent += 1,
                Fact::Done { .. } => operations += 1,
                _ => {}
            }
        }
    }
    (sent, operations)
}
