//! What a run of clubhouse costs beside its floor: the same sequence of MLS calls alone, with the same cryptography and storage.
//!
//! Divan times whole runs and replays of their recorded calls, for real and for fast cryptography, in one process. The bars:
//! `run` at most 1.25 times `floor` with real cryptography and 1.5 times with fast; fast at least 5 times faster than real.

use divan::Bencher;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto, on_fresh_thread};
use mimic_protocol::mls::{Mls, MlsConfig};
use mimic_protocol::{NodeConfig, Planted};
use mimic_sim::run_over;
use mimic_sim::scenario::Scenario;
use mimic_sim::tape::{self, Taped};
use std::sync::Arc;

const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");
const SEED: u64 = 8;

/// The allocator of the `mimic` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

#[divan::bench(types = [RealCrypto, InsecureFastCrypto], sample_count = 10)]
fn run<C: mimic_protocol::mls::open::SimCrypto>(bencher: Bencher<'_, '_>) {
    let scenario = scenario();
    bencher.bench_local(|| run_over::<OpenMls<C>>(&scenario, SEED, "bench").map(|result| result.digest()));
}

#[divan::bench(types = [RealCrypto, InsecureFastCrypto], sample_count = 10)]
fn floor<C: mimic_protocol::mls::open::SimCrypto>(bencher: Bencher<'_, '_>) {
    let scenario = scenario();
    let config = mls_config(&scenario);
    run_over::<Taped<OpenMls<C>>>(&scenario, SEED, "bench").expect("the run does not panic");
    let calls = tape::take();
    assert!(calls.len() > 1_000, "a clubhouse makes thousands of MLS calls");
    bencher.bench_local(|| alone::<OpenMls<C>>(&config, &calls));
}

fn alone<M: Mls>(config: &MlsConfig, calls: &[tape::Call]) {
    on_fresh_thread("floor", || tape::replay::<M>(config, calls)).expect("a thread can be had");
}

fn scenario() -> Scenario {
    Scenario::parse("clubhouse.toml", CLUBHOUSE).expect("the scenario is right")
}

fn mls_config(scenario: &Scenario) -> MlsConfig {
    NodeConfig::new(Arc::new(scenario.directory()), scenario.readings, Planted::NONE).mls.clone()
}
