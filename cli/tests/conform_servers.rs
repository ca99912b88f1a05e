//! Runs of the simulator over OpenMLS of which only the servers' logs are looked at.

use mimic_models::{End, Most, Seen, ServerLine, Why, Wish, explain, mask};
use mimic_protocol::node::{Accepted, Call, Exchange, Fact};
use mimic_protocol::{ClientId, Mutant, NodeId, RoomId};
use mimic_sim::scenario::Scenario;
use mimic_sim::{Crypto, node_config, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Enough for the stories, and soon over where it is not.
const MOST: Most = Most { candidates: 2_000, closure: 2_000 };

/// These have workloads and faults, and more candidates than are kept: docs/reading-results.md.
const LONG: [&str; 4] = ["clubhouse", "many_masks", "many_rooms", "many_ways"];
/// Here a message arrives long after it was sent, and what may have been sent before that is more than is kept.
const INCONCLUSIVE: [&str; 1] = ["race_37b_kick_and_return"];
/// Where a request is tampered with, somebody else has a hand in the run.
const TAMPERED: &str = "tampered_requests_are_refused";

fn scenario(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../scenarios/{name}.toml"));
    Scenario::parse(&path.to_string_lossy(), &fs::read_to_string(&path).unwrap()).unwrap()
}

fn stories() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let toml = files.filter(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml"));
    let mut names: Vec<String> =
        toml.map(|path| path.file_stem().unwrap().to_string_lossy().into()).collect();
    names.retain(|name| !LONG.contains(&name.as_str()));
    names.sort();
    names
}

fn logged(scenario: &Scenario) -> (Vec<ServerLine>, Vec<Wish>) {
    mask(&run(scenario, 1, Crypto::InsecureFast).unwrap().steps)
}

/// How the log ends, held against the scenario's nodes.
fn end(scenario: &Scenario, (lines, wishes): (&[ServerLine], &[Wish])) -> End {
    let directory = Arc::new(scenario.directory());
    let ahead_ms = scenario.clocks.ahead_ms(&directory);
    explain(&node_config(scenario, directory), &ahead_ms, (lines, wishes), MOST).end
}

#[test]
fn hidden_clients_explain_the_log_of_every_story() {
    let mut others = Vec::new();
    for name in stories() {
        let scenario = scenario(&name);
        let (lines, wishes) = logged(&scenario);
        match end(&scenario, (&lines, &wishes)) {
            End::Conforms => {}
            End::Deviates { .. } if name == TAMPERED => {}
            End::TooMany { .. } if INCONCLUSIVE.contains(&name.as_str()) => {}
            end => others.push(format!("{name}: {:.400}", format!("{end:?}"))),
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

const STORY: &str = "figure_8_cathy_adds_a_device";

/// The story's log, after somebody has been at it; where it does not conform, and why.
fn corrupted(corrupt: impl FnOnce(&mut Vec<ServerLine>) -> u64) -> (u64, u64, Vec<Why>) {
    let scenario = scenario(STORY);
    let (mut lines, wishes) = logged(&scenario);
    let at = corrupt(&mut lines);
    match end(&scenario, (&lines, &wishes)) {
        End::Deviates { step, why } => (at, step, why),
        end => panic!("{end:?}"),
    }
}

fn accepts(line: &ServerLine) -> bool {
    line.facts.iter().any(|fact| matches!(fact, Fact::Accepted { event: Accepted::Commit { .. }, .. }))
}

#[test]
fn a_fact_that_says_something_else_is_found_at_its_line() {
    let (at, step, why) = corrupted(|lines| {
        let line = lines.iter_mut().rfind(|line| accepts(line)).unwrap();
        for fact in &mut line.facts {
            if let Fact::Accepted { event: Accepted::Commit { epoch, .. }, .. } = fact {
                *epoch += 7;
            }
        }
        line.step
    });
    assert_eq!(step, at);
    let told = why[0].to_string();
    assert!(told.starts_with("facts.0.Accepted.event.Commit.epoch is "), "{told}");
}

#[test]
fn a_request_that_a_client_cannot_have_sent_is_found_at_its_line() {
    let (at, step, why) = corrupted(|lines| {
        let is_update = |line: &&mut ServerLine| {
            matches!(line.seen, Seen::Request(Exchange { call: Call::Update(_), .. }, NodeId::Client(_)))
        };
        let line = lines.iter_mut().find(is_update).unwrap();
        let Seen::Request(Exchange { origin, .. }, from) = line.seen else { unreachable!() };
        assert_eq!(origin, from);
        line.seen = Seen::Request(Exchange { origin, call: Call::ReportAbuse(RoomId(0)) }, from);
        line.step
    });
    assert_eq!(step, at);
    assert!(why[0].to_string().contains(" could not have sent anything of "), "{}", why[0]);
}

#[test]
fn a_line_that_is_missing_is_found_where_something_follows_from_it() {
    let (at, step, _) = corrupted(|lines| {
        let at = lines.iter().position(accepts).unwrap();
        lines.remove(at).step
    });
    assert!(step > at, "{step} is not behind {at}");
    // And an answer of a client that nothing was delivered to.
    let nobody = ClientId(0);
    let (at, step, _) = corrupted(|lines| {
        let first = lines.iter_mut().find(|line| matches!(line.seen, Seen::Request(..))).unwrap();
        let exchange = Exchange { origin: first.provider.into(), call: Call::Deliver(nobody) };
        first.seen = Seen::Response(exchange, nobody.into());
        first.step
    });
    assert_eq!(step, at);
}

/// Bugs of clients, which nobody but servers saw, and a story in which the servers see something of each.
const OF_CLIENTS: [(Mutant, &str); 7] = [
    (Mutant::IgnoresRoleChanges, "race_56_end_of_the_group_meets_a_ban"),
    (Mutant::ReencryptsOnRetry, "race_19_duplicate_submit"),
    (Mutant::AsksTheHub, "arch_user_added_before_any_client"),
    (Mutant::DownloadsDirectly, "assets_come_through_the_hub"),
    (Mutant::DownloadsInTheClear, "assets_come_by_ohttp"),
    (Mutant::SendsAnyKind, "way_kinds_of_message"),
    (Mutant::AddsOneDevice, "figure_7_bob_leaves"),
];

#[test]
fn a_bug_of_a_hidden_client_shows_in_what_servers_log() {
    for (mutant, story) in OF_CLIENTS {
        let mut scenario = scenario(story);
        scenario.mutant = Some(mutant);
        let (lines, wishes) = logged(&scenario);
        scenario.mutant = None;
        let end = end(&scenario, (&lines, &wishes));
        assert!(matches!(end, End::Deviates { .. }), "{mutant:?} in {story}: {end:?}");
    }
}

/// Where not all was looked at, nothing is said.
#[test]
fn with_too_little_room_a_corrupted_log_is_inconclusive() {
    let scenario = scenario(STORY);
    let (mut lines, wishes) = logged(&scenario);
    let at = lines.iter().position(accepts).unwrap();
    lines.remove(at);
    let directory = Arc::new(scenario.directory());
    let ahead_ms = scenario.clocks.ahead_ms(&directory);
    let most = Most { candidates: 1, closure: 1 };
    let explained = explain(&node_config(&scenario, directory), &ahead_ms, (&lines, &wishes), most);
    assert!(matches!(explained.end, End::TooMany { .. }), "{explained:?}");
}
