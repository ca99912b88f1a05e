//! The fabric and its faults: what holds for every seed.

use mimic_protocol::node::{Call, Exchange};
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId};
use mimic_sim::fabric::Fabric;
use mimic_sim::faults::{
    Closed, Family, FaultEntry, FaultPlan, FaultSchedule, FaultSource, Faults, Partition, Strength,
};
use mimic_sim::keyed::Randomness;
use mimic_sim::latency::{Latencies, LatencyRanges};
use mimic_sim::packet::{Leg, Link, Packet, PacketKey};
use mimic_sim::scenario::Scenario;
use proptest::prelude::*;

const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");
const HEAL_AT_MS: u64 = 10_000;

/// When a message arrived, which one, and which copy.
type Arrival = (u64, PacketKey, u32);

fn directory() -> Directory {
    let mut directory = Directory::default();
    for domain in ["a.example", "b.example", "c.example"] {
        let provider = directory.add_provider(domain);
        let user = directory.add_user(provider, "user");
        directory.add_client(user, "phone");
    }
    directory.add_room(ProviderId(0), "clubhouse");
    directory
}

fn key(from: u16, to: u16, operation: u64, attempt: u32) -> PacketKey {
    let (from, to): (NodeId, NodeId) = (ProviderId(from).into(), ProviderId(to).into());
    let exchange = Exchange { origin: from, call: Call::Update(RoomId(0)) };
    PacketKey { link: Link { from, to }, exchange, operation, attempt, leg: Leg::Request }
}

fn drawn(seed: u64) -> FaultSource {
    let ranges = Scenario::parse("clubhouse.toml", CLUBHOUSE).unwrap().faults;
    FaultSource::Drawn(FaultPlan::draw(&Randomness::new(seed), &ranges, &directory(), HEAL_AT_MS))
}

/// Sends one message every 20 ms round the providers, before and after the world heals, and takes what arrives.
fn carry(seed: u64, source: FaultSource) -> (Vec<Arrival>, Faults) {
    let mut faults = Faults::new(source, HEAL_AT_MS);
    let mut latencies = Latencies::new(Randomness::new(seed), LatencyRanges::default());
    let mut fabric = Fabric::new(Randomness::new(seed));
    let mut arrivals = Vec::new();
    for n in 0..600u64 {
        let now_us = 20_000 * n;
        take(&mut fabric, &mut faults, now_us, &mut arrivals);
        let key = key((n % 3) as u16, ((n + 1 + n % 2) % 3) as u16, n / 4, (n % 4) as u32);
        fabric.send(now_us, Packet::new(key, 0, vec![n as u8].into()), &mut latencies, &mut faults);
    }
    take(&mut fabric, &mut faults, u64::MAX, &mut arrivals);
    assert_eq!(fabric.in_flight(), 0);
    (arrivals, faults)
}

fn take(fabric: &mut Fabric, faults: &mut Faults, until_us: u64, arrivals: &mut Vec<Arrival>) {
    while let Some(due_us) = fabric.next_due().filter(|due| *due <= until_us) {
        if let Some(packet) = fabric.pop_due(due_us, faults) {
            arrivals.push((due_us, packet.key, packet.copy));
        }
    }
}

/// `carry` names its messages by when it sends them.
fn sent_us(key: &PacketKey) -> u64 {
    20_000 * (4 * key.operation + u64::from(key.attempt))
}

fn without(schedule: &FaultSchedule, index: usize) -> FaultSchedule {
    schedule.entries().enumerate().filter(|(i, _)| *i != index).map(|(_, entry)| entry).collect()
}

fn strikes(entry: &FaultEntry) -> Option<PacketKey> {
    match entry {
        FaultEntry::Lost { packet }
        | FaultEntry::Duplicated { packet, .. }
        | FaultEntry::Delayed { packet, .. }
        | FaultEntry::Reordered { packet, .. } => Some(*packet),
        _ => None,
    }
}

fn of_others(arrivals: &[Arrival], key: PacketKey) -> Vec<Arrival> {
    arrivals.iter().filter(|(_, other, _)| *other != key).copied().collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A recorded schedule gives the run that it was recorded in, also after a round through JSON.
    #[test]
    fn replay_equals_the_drawn_run(seed: u64) {
        let (arrivals, faults) = carry(seed, drawn(seed));
        let json = serde_json::to_string(faults.schedule()).unwrap();
        let recorded: FaultSchedule = serde_json::from_str(&json).unwrap();
        prop_assert!(&recorded == faults.schedule());
        let (replayed, again) = carry(seed, FaultSource::Recorded(recorded));
        prop_assert!(arrivals == replayed);
        prop_assert!(again.schedule() == faults.schedule());
        prop_assert_eq!(again.counts(), faults.counts());
    }

    /// Taking out the fault of one message changes when that message arrives, and nothing else.
    #[test]
    fn taking_out_one_fault_leaves_the_others(seed: u64, index: prop::sample::Index) {
        let (arrivals, faults) = carry(seed, drawn(seed));
        let entries: Vec<FaultEntry> = faults.schedule().entries().collect();
        prop_assume!(entries.iter().any(|entry| strikes(entry).is_some()));
        let (at, struck) = (0..entries.len())
            .map(|i| (i + index.index(entries.len())) % entries.len())
            .find_map(|i| strikes(&entries[i]).map(|key| (i, key)))
            .unwrap();
        let (shrunk, again) = carry(seed, FaultSource::Recorded(without(faults.schedule(), at)));
        prop_assert!(of_others(&arrivals, struck) == of_others(&shrunk, struck), "{:?}", entries[at]);
        prop_assert!(again.schedule() == &without(faults.schedule(), at), "{:?}", entries[at]);
    }

    /// No two deliveries have the same place, and they come in order of time.
    #[test]
    fn deliveries_are_totally_ordered(seed: u64) {
        let (arrivals, _) = carry(seed, drawn(seed));
        prop_assert!(arrivals.windows(2).all(|pair| pair[0] < pair[1]));
    }

    /// While a border is closed nothing arrives over it, and nothing that departed meanwhile arrives ever.
    #[test]
    fn partitions_hold(seed: u64, from_ms in 0u64..8_000, lasts_ms in 1u64..2_000, way in 0usize..3) {
        let closed = [Closed::BothWays, Closed::Outbound, Closed::Inbound][way];
        let island = [ProviderId(1).into()].into();
        let until_ms = from_ms + lasts_ms;
        let partition = Partition { island, mainland: None, closed, from_ms, until_ms };
        let mut schedule = FaultSchedule::default();
        schedule.insert(FaultEntry::Partition(partition.clone()));
        let (arrivals, faults) = carry(seed, FaultSource::Recorded(schedule));
        prop_assert!(!arrivals.iter().any(|(at_us, key, _)| partition.cuts(*at_us, key.link)));
        let crossing = |sent_us, key: &PacketKey| partition.cuts(sent_us, key.link);
        for (_, key, _) in &arrivals {
            let sent_us = sent_us(key);
            prop_assert!(!crossing(sent_us, key), "{key:?} departed at {sent_us} and arrived");
        }
        prop_assert_eq!(arrivals.len() as u64 + faults.counts().total(), 600);
    }
}

#[test]
fn messages_due_at_one_time_come_in_the_order_of_their_names() {
    let still =
        LatencyRanges { provider_link_us: (10_000, 10_000), jitter_us: (0, 0), ..LatencyRanges::default() };
    let mut latencies = Latencies::new(Randomness::new(1), still);
    let mut faults = Faults::new(FaultSource::Recorded(FaultSchedule::default()), 0);
    let mut keys = [key(0, 1, 2, 0), key(2, 1, 0, 0), key(0, 1, 1, 1), key(0, 1, 1, 0), key(0, 1, 2, 0)];
    let mut fabric = Fabric::new(Randomness::new(1));
    for key in keys {
        fabric.send(0, Packet::new(key, 0, vec![].into()), &mut latencies, &mut faults);
    }
    let mut arrivals = Vec::new();
    take(&mut fabric, &mut faults, 10_000, &mut arrivals);
    keys.sort();
    assert_eq!(arrivals.iter().map(|(_, key, _)| *key).collect::<Vec<_>>(), keys);
    assert_eq!(arrivals.iter().map(|(_, _, copy)| *copy).collect::<Vec<_>>(), [0, 0, 0, 1, 0]);
}

#[test]
fn a_message_arrives_once_its_loss_is_taken_out() {
    let lost = key(0, 1, 0, 0);
    let schedule = |entries: Vec<FaultEntry>| FaultSource::Recorded(entries.into_iter().collect());
    let (without_it, faults) = carry(1, schedule(vec![FaultEntry::Lost { packet: lost }]));
    let (with_it, _) = carry(1, schedule(vec![]));
    assert_eq!((without_it.len(), with_it.len(), faults.counts().of(Family::Loss)), (599, 600, 1));
    assert_eq!(without_it, of_others(&with_it, lost));
}

#[test]
fn nothing_strikes_after_the_world_has_healed() {
    let island = [ProviderId(1).into()].into();
    let partition =
        Partition { island, mainland: None, closed: Closed::BothWays, from_ms: 0, until_ms: 60_000 };
    let plan = FaultPlan { loss_chance: Some(1.0), partitions: vec![partition], ..FaultPlan::default() };
    let (arrivals, faults) = carry(1, FaultSource::Drawn(plan));
    let after = (HEAL_AT_MS / 20..600).count();
    let originals = arrivals.iter().filter(|(_, _, copy)| *copy == 0);
    assert_eq!(originals.count(), after);
    let arrived_before =
        arrivals.iter().filter(|(_, key, copy)| *copy == 0 && sent_us(key) < 1_000 * HEAL_AT_MS);
    assert_eq!(arrived_before.count(), 0, "all that was sent before was lost or cut");
    assert!(faults.counts().of(Family::Loss) > 0 && faults.counts().of(Family::Partition) > 0);
}

#[test]
fn every_family_of_messages_strikes_about_as_often_as_its_chance() {
    let plan = FaultPlan {
        loss_chance: Some(0.3),
        duplication: Some(Strength { chance: 0.2, time_ms: 100 }),
        delay: Some(Strength { chance: 0.1, time_ms: 100 }),
        reordering: Some(Strength { chance: 0.5, time_ms: 100 }),
        ..FaultPlan::default()
    };
    let mut counts = [0u64; 4];
    for seed in 0..20 {
        let (_, faults) = carry(seed, FaultSource::Drawn(plan.clone()));
        let families = [Family::Loss, Family::Duplication, Family::Delay, Family::Reordering];
        for (count, family) in counts.iter_mut().zip(families) {
            *count += faults.counts().of(family);
        }
    }
    let shares = counts.map(|count| count as f64 / 10_000.0);
    // A lost message is neither delayed nor reordered, hence the factor 0.7.
    for (share, expected) in shares.into_iter().zip([0.3, 0.2, 0.07, 0.35]) {
        assert!((share - expected).abs() < 0.02, "{shares:?}");
    }
}

#[test]
fn a_client_link_can_be_cut_too() {
    let island = [ClientId(0).into()].into();
    let partition = Partition { island, mainland: None, closed: Closed::BothWays, from_ms: 0, until_ms: 10 };
    let mut faults = Faults::new(
        FaultSource::Recorded([FaultEntry::Partition(partition)].into_iter().collect()),
        HEAL_AT_MS,
    );
    let mut latencies = Latencies::new(Randomness::new(1), LatencyRanges::default());
    let link = Link { from: ClientId(0).into(), to: ProviderId(0).into() };
    let packet = Packet::new(PacketKey { link, ..key(0, 1, 0, 0) }, 0, vec![].into());
    let mut fabric = Fabric::new(Randomness::new(1));
    let lost = fabric.send(5_000, packet.clone(), &mut latencies, &mut faults);
    assert_eq!(lost, Some(Family::Partition));
    assert_eq!(fabric.send(10_000, packet, &mut latencies, &mut faults), None);
}
