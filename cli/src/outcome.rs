//! From the result of a run to what the command says and writes.

use crate::BUILD;
use crate::args::Crypto;
use crate::exit::Exit;
use crate::run::RunOutcome;
use crate::summary::{RunSummary, UnmetLine};
use mimic_analysis::{ConvergenceFigure, ConvergenceFigures, FaultBand, observe};
use mimic_protocol::node::{Action, Fact, Intent};
use mimic_protocol::{Directory, NodeId};
use mimic_record::Event;
use mimic_sim::RunResult;
use mimic_sim::faults::Family;
use mimic_sim::scenario::Scenario;
use std::collections::BTreeSet;

/// Turns a result into an outcome.
pub fn of(scenario: &Scenario, crypto: Crypto, result: RunResult, wall_ms: u64) -> RunOutcome {
    let figure = figure(scenario, &result);
    let (messages, operations) = done(&result);
    let verdict = result.verdict();
    let summary = RunSummary {
        scenario: scenario.name.clone(),
        seed: result.header.seed,
        build: BUILD.to_owned(),
        crypto,
        digest: result.digest().to_string(),
        verdict,
        as_declared: Exit::of_story(verdict, scenario.expected(), result.unmet.len()) == Exit::AsDeclared,
        unmet: result.unmet.into_iter().map(UnmetLine::from).collect(),
        readings: scenario.readings,
        invariants: result.judgement.invariants,
        virtual_ms: result.virtual_us / 1_000,
        wall_ms,
        events: result.trace.steps(),
        messages,
        operations,
        faults: result.struck.iter().map(|(family, count)| (family.to_string(), count)).collect(),
        convergence: ConvergenceFigures::measure(&figure),
    };
    RunOutcome { summary, findings: result.judgement.findings, trace: result.trace.text().to_vec(), figure }
}

fn figure(scenario: &Scenario, result: &RunResult) -> ConvergenceFigure {
    let directory = scenario.directory();
    let duration_ms = result.virtual_us / 1_000;
    let mut figure =
        observe(&directory, scenario.room_id(), &result.steps, &result.judgement.findings, duration_ms);
    // A room that never came to be is drawn as one that stays in its first epoch.
    if figure.head.is_empty() {
        figure.head.push((0, 0));
    }
    figure.title = format!("Convergence of the room {}", scenario.room.name);
    let (seed, digest) = (result.header.seed, result.digest());
    figure.subtitle =
        format!("{}, seed {seed}, {} cryptography, digest {digest}", scenario.name, result.header.crypto);
    figure.heal_ms = Some(result.heal_at_us / 1_000);
    figure.bands = bands(&directory, result);
    figure
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
            label: name(directory, crash.node),
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
    let names: Vec<String> = nodes.iter().map(|node| name(directory, *node)).collect();
    names.join(", ")
}

fn name(directory: &Directory, node: NodeId) -> String {
    match node {
        NodeId::Provider(id) => directory.provider_uri(id).domain().to_owned(),
        NodeId::Client(id) => {
            let uri = directory.client_uri(id).as_str();
            uri.split_once("/d/").map_or(uri, |(_, name)| name).to_owned()
        }
    }
}

/// How many messages were sent, and how many other things were done, of what users wanted.
pub fn done(result: &RunResult) -> (u64, u64) {
    let mut messages = BTreeSet::new();
    let (mut sent, mut operations) = (0, 0);
    for step in &result.steps {
        if let Event::Intent(Intent { id, action: Action::Send(_), .. }) = step.event {
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
