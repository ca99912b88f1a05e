//! How many messages per second pass through the fabric, with faults on and without MLS. The bar: 400,000 per second.

use madsim::Config;
use madsim::runtime::{Handle, Runtime};
use mimic_protocol::node::{Call, Exchange};
use mimic_protocol::{Directory, NodeId, RoomId};
use mimic_sim::clock;
use mimic_sim::fabric::Fabric;
use mimic_sim::faults::{FaultPlan, FaultSource, Faults};
use mimic_sim::keyed::Randomness;
use mimic_sim::latency::{Latencies, LatencyRanges};
use mimic_sim::mailbox::Mailbox;
use mimic_sim::packet::{Leg, Link, Packet, PacketKey};
use mimic_sim::scenario::Scenario;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");
const MESSAGES: u64 = 50_000;
const IN_FLIGHT: u64 = 200;
const HEAL_AT_MS: u64 = 3_600_000;

/// The allocator of the `mimic` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Three providers with three clients each exchange messages of `SIZE` octets; a task of the runtime for each node takes what
/// arrives and sends the next. Divan prints the time for all 50,000 messages, and messages per second as `item/s`.
#[divan::bench(consts = [64, 1024], sample_count = 30)]
fn messages_through_the_fabric<const SIZE: usize>(bencher: divan::Bencher<'_, '_>) {
    bencher.counter(divan::counter::ItemsCount::new(MESSAGES)).bench(|| {
        let runtime = Runtime::with_seed_and_config(7, Config::default());
        let net = runtime.block_on(exchange(SIZE));
        let net = net.lock().expect("no task panicked");
        assert!(net.fabric.carried() >= MESSAGES && net.faults.counts().total() > MESSAGES / 10);
    });
}

struct Net {
    now_us: u64,
    fabric: Fabric,
    faults: Faults,
    latencies: Latencies,
    links: Vec<Link>,
    payload: Arc<[u8]>,
}

impl Net {
    fn send_next(&mut self) {
        let n = self.fabric.carried();
        let link = self.links[(n % self.links.len() as u64) as usize];
        let exchange = Exchange { origin: link.from, call: Call::Submit(RoomId(0)) };
        let key = PacketKey { link, exchange, operation: n, attempt: 0, leg: Leg::Request };
        let packet = Packet::new(key, 0, self.payload.clone());
        self.fabric.send(self.now_us, packet, &mut self.latencies, &mut self.faults);
    }
}

async fn exchange(size: usize) -> Arc<Mutex<Net>> {
    let directory = directory();
    let net = Arc::new(Mutex::new(net(&directory, size)));
    let mut mailboxes = BTreeMap::new();
    let nodes = directory.providers().map(NodeId::from).chain(directory.clients().map(NodeId::from));
    for node in nodes {
        let mailbox: Mailbox<Packet> = Mailbox::default();
        let (theirs, shared) = (mailbox.clone(), net.clone());
        Handle::current().create_node().name(node.to_string()).build().spawn(async move {
            loop {
                divan::black_box(theirs.next().await);
                shared.lock().expect("no task panicked").send_next();
            }
        });
        mailbox.settled().await;
        mailboxes.insert(node, mailbox);
    }
    let due = || next(&mut net.lock().expect("no task panicked"));
    while let Some((due_us, packet)) = due() {
        clock::reach(due_us).await;
        mailboxes[&packet.key.link.to].hand(packet).await;
    }
    net
}

/// Losses are made up for at once, so that the number of messages in flight stays what it is.
fn next(net: &mut Net) -> Option<(u64, Packet)> {
    loop {
        while net.fabric.in_flight() < IN_FLIGHT as usize {
            net.send_next();
        }
        net.now_us = net.fabric.next_due()?;
        let Net { now_us, fabric, faults, .. } = net;
        if fabric.carried() >= MESSAGES {
            return None;
        }
        if let Some(packet) = fabric.pop_due(*now_us, faults) {
            return Some((*now_us, packet));
        }
    }
}

fn net(directory: &Directory, size: usize) -> Net {
    let randomness = Randomness::new(7);
    let always = CLUBHOUSE.replace("probability = 0.6", "probability = 1.0");
    let scenario = Scenario::parse("clubhouse.toml", &always).expect("the repository's own scenario");
    let plan = FaultPlan::draw(&randomness, &scenario.faults, directory, HEAL_AT_MS);
    let hops = directory.clients().map(|client| (client.into(), directory.provider_of_client(client).into()));
    let peers = directory.providers().flat_map(|one| directory.providers().map(move |other| (one, other)));
    let peers = peers.filter(|(one, other)| one != other).map(|(one, other)| (one.into(), other.into()));
    let links = hops.flat_map(|(client, provider)| [(client, provider), (provider, client)]).chain(peers);
    Net {
        now_us: 0,
        fabric: Fabric::new(randomness.clone()),
        faults: Faults::new(FaultSource::Drawn(plan), HEAL_AT_MS),
        latencies: Latencies::new(randomness, LatencyRanges::default()),
        links: links.map(|(from, to)| Link { from, to }).collect(),
        payload: vec![0x4d; size].into(),
    }
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    for domain in ["a.example", "b.example", "c.example"] {
        let provider = directory.add_provider(domain);
        for name in ["one", "two", "three"] {
            let user = directory.add_user(provider, name);
            directory.add_client(user, "phone");
        }
    }
    directory.add_room(mimic_protocol::ProviderId(0), "clubhouse");
    directory
}
