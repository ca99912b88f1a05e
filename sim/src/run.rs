//! One run: a scenario, a seed and a kind of cryptography in, everything that can be said about it out.

use crate::crypto::Crypto;
use crate::director::{Director, Replayed, Unmet};
use crate::faults::{Family, FaultCounts, FaultPlan, FaultSchedule, FaultSource, Faults};
use crate::kernel::{IntentCounts, Kernel};
use crate::keyed::Randomness;
use crate::latency::{Latencies, LatencyRanges};
use crate::pending::pending;
use crate::post::Post;
use crate::recorder::{Recorded, Recorder};
use crate::scenario::Scenario;
use crate::workload::{Stated, Workload, WorkloadSource};
use crate::world::{Ended, World};
use madsim::Config;
use madsim::runtime::Runtime;
use mimic_protocol::mls::Mls;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto, on_fresh_thread};
use mimic_protocol::{Directory, NodeConfig, Planted};
use mimic_record::{Digest, Header, Judgement, Step, Trace, Verdict, Views};
use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// The version of the trace's format.
const SCHEMA: u32 = 6;

/// Why there is no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RunError {
    /// A node or the world panicked.
    #[error("panicked: {0}")]
    Panicked(String),
    /// The readings take what the MLS library cannot do.
    #[error(
        "voided-leaves = ext-commit-pp takes external commits that openmls 0.9.2 does not make: \
         only worlds over the symbolic engine can be read so"
    )]
    Library,
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
    /// When which family struck a message or a record, microseconds, in order.
    pub strikes: Vec<(u64, Family)>,
    /// The virtual time at its end.
    pub virtual_us: u64,
    /// When the safety phase ended.
    pub heal_at_us: u64,
    /// How many events the world went through.
    pub events: u64,
    /// How many messages were sent from node to node.
    pub messages: u64,
    /// What users stated, as data that can be stated again.
    pub stated: Vec<Stated>,
    /// How many intents were stated, done and refused for good.
    pub intents: IntentCounts,
    /// The lines of the story that did not come true.
    pub unmet: Vec<Unmet>,
    /// How the replay of a model's path ended, if the story is one.
    pub replayed: Option<Replayed>,
}

impl RunResult {
    /// What has to be given to `replay` to make the same run again.
    pub fn recording(&self) -> Recording {
        Recording { faults: self.faults.clone(), stated: self.stated.clone() }
    }

    /// The digest of the trace.
    pub fn digest(&self) -> Digest {
        self.trace.digest()
    }

    /// The outcome.
    pub fn verdict(&self) -> Verdict {
        self.judgement.verdict()
    }
}

/// What a run is made of beside the seed, where that is not drawn from it.
#[derive(Clone, PartialEq, Debug)]
pub struct Recording {
    /// The faults.
    pub faults: FaultSchedule,
    /// What the users state.
    pub stated: Vec<Stated>,
}

/// Is told now and then how far a run has come, in milliseconds of virtual time.
pub type Watch<'w> = &'w (dyn Fn(u64) + Sync);

/// Runs a scenario over real MLS.
pub fn run(scenario: &Scenario, seed: u64, crypto: Crypto) -> Result<RunResult, RunError> {
    run_watched(scenario, seed, crypto, &|_| ())
}

/// The same, with somebody who wants to know how far it is.
pub fn run_watched(
    scenario: &Scenario,
    seed: u64,
    crypto: Crypto,
    watch: Watch<'_>,
) -> Result<RunResult, RunError> {
    let name = crypto.name();
    library_can(scenario)?;
    match crypto {
        Crypto::Real => run_from::<OpenMls<RealCrypto>>(scenario, seed, name, None, watch),
        Crypto::InsecureFast => run_from::<OpenMls<InsecureFastCrypto>>(scenario, seed, name, None, watch),
    }
}

/// Runs a scenario over real MLS, with recorded faults and intents in place of drawn ones.
pub fn replay(
    scenario: &Scenario,
    seed: u64,
    crypto: Crypto,
    recording: Recording,
) -> Result<RunResult, RunError> {
    let name = crypto.name();
    library_can(scenario)?;
    match crypto {
        Crypto::Real => replay_over::<OpenMls<RealCrypto>>(scenario, seed, name, recording),
        Crypto::InsecureFast => replay_over::<OpenMls<InsecureFastCrypto>>(scenario, seed, name, recording),
    }
}

/// Runs a scenario over the engine `M`, which a trace names by `crypto`.
pub fn run_over<M: Mls>(scenario: &Scenario, seed: u64, crypto: &str) -> Result<RunResult, RunError> {
    run_from::<M>(scenario, seed, crypto, None, &|_| ())
}

/// Runs a scenario over the engine `M`, with recorded faults and intents in place of drawn ones.
pub fn replay_over<M: Mls>(
    scenario: &Scenario,
    seed: u64,
    crypto: &str,
    recording: Recording,
) -> Result<RunResult, RunError> {
    run_from::<M>(scenario, seed, crypto, Some(recording), &|_| ())
}

/// Whether runs over the MLS library can be read like this: the extension ext-commit-pp (MLS-14) is in no library.
pub fn library_can(scenario: &Scenario) -> Result<(), RunError> {
    if scenario.readings.joins_carry_all() { Err(RunError::Library) } else { Ok(()) }
}

fn run_from<M: Mls>(
    scenario: &Scenario,
    seed: u64,
    crypto: &str,
    recording: Option<Recording>,
    watch: Watch<'_>,
) -> Result<RunResult, RunError> {
    let on_thread = || {
        let header = header(scenario, seed, crypto);
        let directory = Arc::new(scenario.directory());
        let recorder = Recorder::start(directory.clone(), &scenario.readings, &header)?;
        let runtime = Runtime::with_seed_and_config(seed, Config::default());
        let result = runtime.block_on(simulate::<M>(scenario, (header, recorder), recording, watch));
        drop(runtime);
        debug_assert_eq!(Arc::strong_count(&directory), 1, "something of a world outlives its run");
        Ok(result)
    };
    match catch_unwind(AssertUnwindSafe(|| on_fresh_thread(&format!("seed {seed}"), on_thread))) {
        Ok(Ok(Ok(result))) => Ok(result),
        Ok(Ok(Err(error))) => Err(RunError::NoThread(io::Error::to_string(&error))),
        Ok(Err(error)) => Err(RunError::NoThread(error.to_string())),
        Err(panic) => Err(RunError::Panicked(words(panic.as_ref()))),
    }
}

async fn simulate<M: Mls>(
    scenario: &Scenario,
    (header, recorder): (Header, Recorder),
    recording: Option<Recording>,
    watch: Watch<'_>,
) -> RunResult {
    let directory = recorder.directory().clone();
    let randomness = Randomness::new(header.seed);
    let config = node_config(scenario, directory.clone());
    let heal_at_ms = scenario.phases.safety_ms;
    let (faults, intents) = match recording {
        Some(Recording { faults, stated }) => {
            (FaultSource::Recorded(faults), WorkloadSource::Recorded(stated))
        }
        None if scenario.begins_with_its_story() => {
            (FaultSource::Recorded(FaultSchedule::default()), WorkloadSource::Recorded(Vec::new()))
        }
        None => {
            let plan = FaultPlan::draw(&randomness, &scenario.faults, &directory, heal_at_ms);
            (FaultSource::Drawn(plan), WorkloadSource::Drawn)
        }
    };
    let faults = Faults::new(faults, heal_at_ms);
    let latencies = Latencies::new(randomness.clone(), LatencyRanges::default());
    let workload = Workload::new(scenario, directory.clone(), randomness.clone(), intents);
    let post = Post::new(config.clone(), M::envelope, &randomness, latencies, faults);
    let kernel = Kernel::new(randomness, post).with_clocks(scenario.clocks.ahead_ms(&directory));
    let mut world = World::<M>::new(config, kernel, workload, recorder);
    let mut ended = Ended::AtRest;
    if !scenario.begins_with_its_story() {
        ended = world.run(1_000 * scenario.phases.total_ms(), watch).await;
    }
    let director = match &scenario.story {
        Some(story) if ended == Ended::AtRest => {
            let mut director = Director::new(scenario, story, directory.clone(), world.stated());
            ended = world.direct(&mut director).await;
            Some(director)
        }
        _ => None,
    };
    let (shared, workload, recorder, events) = world.end().await;
    let kernel = shared.kernel();
    let liveness = pending(&kernel, &directory, recorder.views());
    let Recorded { judgement, trace, steps, views } = recorder.finish(ended == Ended::AtRest, liveness);
    let unmet = match (director, &scenario.story) {
        (Some(director), _) => director.into_unmet(&judgement),
        (None, Some(story)) => story.never_begun(),
        (None, None) => Vec::new(),
    };
    let replayed = scenario
        .story
        .as_ref()
        .and_then(|story| Replayed::of(story, scenario.expected(), &unmet, &judgement));
    RunResult {
        header,
        ended,
        judgement,
        trace,
        steps,
        views,
        faults: kernel.post.faults.schedule().clone(),
        struck: kernel.post.faults.counts().clone(),
        strikes: kernel.post.faults.strikes().to_vec(),
        virtual_us: kernel.now_us(),
        heal_at_us: kernel.post.faults.heal_at_us(),
        events,
        messages: kernel.post.fabric.carried(),
        stated: workload.stated().to_vec(),
        intents: kernel.intent_counts,
        unmet,
        replayed,
    }
}

/// What all nodes of a scenario's world are built with; the directory is the scenario's.
pub fn node_config(scenario: &Scenario, directory: Arc<Directory>) -> Arc<NodeConfig> {
    let (plans, envelopes) = (scenario.plans(&directory), scenario.envelopes.clone());
    NodeConfig::of(directory, scenario.readings, planted(scenario), plans, envelopes)
}

/// The first line of a run's trace.
pub fn header(scenario: &Scenario, seed: u64, crypto: &str) -> Header {
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
