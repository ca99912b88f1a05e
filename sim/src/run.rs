//! One run: a scenario, a seed and a kind of cryptography in, everything that can be said about it out.

use crate::faults::{FaultCounts, FaultPlan, FaultSchedule, FaultSource, Faults};
use crate::kernel::{IntentCounts, Kernel};
use crate::keyed::Randomness;
use crate::latency::{Latencies, LatencyRanges};
use crate::pending::pending;
use crate::post::Post;
use crate::recorder::Recorder;
use crate::scenario::Scenario;
use crate::workload::WorkloadPlan;
use crate::world::{Ended, World};
use madsim::Config;
use madsim::runtime::Runtime;
use mimic_protocol::mls::Mls;
use mimic_protocol::mls::open::on_fresh_thread;
use mimic_protocol::{Directory, NodeConfig, NodeId, Planted};
use mimic_record::{Digest, Header, Judgement, Step, Trace, Verdict, Views};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The version of the trace's format.
const SCHEMA: u32 = 1;

/// Why there is no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RunError {
    /// A node or the world panicked.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The thread of the run could not be started.
    #[error("no thread for the run: {0}")]
    NoThread(String),
}

/// What a run came to. All of it is a function of build, scenario, seed and cryptography.
#[derive(Clone, Debug)]
pub struct RunResult {
    /// What was run.
    pub header: Header,
    /// How it ended.
    pub ended: Ended,
    /// What the invariants say, and whether what was pending was settled.
    pub judgement: Judgement,
    /// The log.
    pub trace: Trace,
    /// The same, step by step.
    pub steps: Vec<Step>,
    /// The last view of every node.
    pub views: Views,
    /// What was planned by time and what struck, as data that can be replayed.
    pub faults: FaultSchedule,
    /// How often each family struck.
    pub struck: FaultCounts,
    /// The virtual time at its end.
    pub virtual_us: u64,
    /// When the safety phase ended.
    pub heal_at_us: u64,
    /// How many events the world went through.
    pub events: u64,
    /// How many messages were sent from node to node.
    pub messages: u64,
    /// How many intents were stated, done and refused for good.
    pub intents: IntentCounts,
}

impl RunResult {
    /// The digest of the trace.
    pub fn digest(&self) -> Digest {
        self.trace.digest()
    }

    /// The outcome.
    pub fn verdict(&self) -> Verdict {
        self.judgement.verdict()
    }
}

/// Runs a scenario over the engine `M` with faults drawn from the seed.
pub fn run_over<M: Mls>(scenario: &Scenario, seed: u64, crypto: &str) -> Result<RunResult, RunError> {
    let drawn = |randomness: &Randomness, directory: &Directory| {
        let heal_at_ms = scenario.phases.safety_ms;
        FaultSource::Drawn(FaultPlan::draw(randomness, &scenario.faults, directory, heal_at_ms))
    };
    run_with_faults::<M>(scenario, seed, crypto, drawn)
}

/// Runs a scenario over the engine `M`, with recorded faults in place of drawn ones.
pub fn replay_over<M: Mls>(
    scenario: &Scenario,
    seed: u64,
    crypto: &str,
    faults: FaultSchedule,
) -> Result<RunResult, RunError> {
    run_with_faults::<M>(scenario, seed, crypto, |_, _| FaultSource::Recorded(faults))
}

fn run_with_faults<M: Mls>(
    scenario: &Scenario,
    seed: u64,
    crypto: &str,
    source: impl FnOnce(&Randomness, &Directory) -> FaultSource + Send,
) -> Result<RunResult, RunError> {
    let on_thread = || {
        let runtime = Runtime::with_seed_and_config(seed, Config::default());
        runtime.block_on(simulate::<M>(scenario, seed, crypto, source))
    };
    match catch_unwind(AssertUnwindSafe(|| on_fresh_thread(&format!("seed {seed}"), on_thread))) {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(error)) => Err(RunError::NoThread(error.to_string())),
        Err(panic) => Err(RunError::Panicked(words(panic.as_ref()))),
    }
}

async fn simulate<M: Mls>(
    scenario: &Scenario,
    seed: u64,
    crypto: &str,
    source: impl FnOnce(&Randomness, &Directory) -> FaultSource,
) -> RunResult {
    let (randomness, directory) = (Randomness::new(seed), Arc::new(scenario.directory()));
    let header = header(scenario, seed, crypto);
    let config = NodeConfig::new(directory.clone(), scenario.readings, planted(scenario));
    let faults = Faults::new(source(&randomness, &directory), scenario.phases.safety_ms);
    let latencies = Latencies::new(randomness.clone(), LatencyRanges::default());
    let WorkloadPlan { starts, intents } = WorkloadPlan::draw(scenario, &directory, &randomness);
    let post = Post::new(config.clone(), M::envelope, &randomness, latencies, faults);
    let kernel = Kernel::new(randomness, post, intents);
    let recorder = Recorder::new(directory.clone(), &header);
    let starts = starts.into_iter().map(|(client, at_us)| (client.into(), at_us));
    let starts = directory.providers().map(|provider| (NodeId::from(provider), 0)).chain(starts);
    let mut world = World::<M>::new(config, kernel, recorder, starts);
    let ended = world.run(1_000 * scenario.phases.total_ms()).await;
    let (shared, recorder, events) = world.into_parts();
    let kernel = shared.kernel();
    let liveness = pending(&kernel, &directory, recorder.views());
    let (judgement, trace, steps, views) = recorder.finish(ended == Ended::AtRest, liveness);
    RunResult {
        header,
        ended,
        judgement,
        trace,
        steps,
        views,
        faults: kernel.post.faults.schedule().clone(),
        struck: kernel.post.faults.counts().clone(),
        virtual_us: kernel.now_us(),
        heal_at_us: kernel.post.faults.heal_at_us(),
        events,
        messages: kernel.post.fabric.carried(),
        intents: kernel.intent_counts,
    }
}

fn header(scenario: &Scenario, seed: u64, crypto: &str) -> Header {
    // A scenario is plain data with string keys, which always has a JSON form.
    let scenario_digest = scenario.digest().map(|digest| digest.to_hex().to_string()).unwrap_or_default();
    Header {
        schema: SCHEMA,
        scenario: scenario.name.clone(),
        scenario_digest,
        seed,
        crypto: crypto.to_owned(),
    }
}

#[cfg(feature = "museum")]
fn planted(scenario: &Scenario) -> Planted {
    scenario.mutant.map_or(Planted::NONE, Planted::new)
}

/// A scenario that names a planted bug is refused on reading where none is compiled in.
#[cfg(not(feature = "museum"))]
fn planted(_: &Scenario) -> Planted {
    Planted::NONE
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without words".to_owned())
}
