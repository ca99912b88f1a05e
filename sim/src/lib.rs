//! The simulated world: fabric, disk, faults, workload, runs and sweeps over madsim.
//!
//! madsim gives the executor, the virtual clock and the life cycle of nodes, and nothing else: messages travel through the
//! [`fabric`], records through the [`disk`], and whatever goes wrong with either is decided by [`faults`]. Every decision is
//! drawn by [`keyed`] hashing, so that a run is a function of build, scenario and seed, and what struck in it is data.
//!
//! This crate is built with `--cfg madsim`, which `.cargo/config.toml` sets for the whole workspace.

#[cfg(not(madsim))]
compile_error!(
    "mimic-sim needs `--cfg madsim`. The workspace's .cargo/config.toml sets it, but a RUSTFLAGS variable in the environment \
     replaces what is set there: unset it, or add the flag to it, as in RUSTFLAGS=\"--cfg madsim -Dwarnings\" (and likewise \
     RUSTDOCFLAGS for cargo doc)."
);

mod agenda;
mod calls;
#[cfg(madsim)]
pub mod clock;
mod crypto;
#[cfg(madsim)]
pub mod director;
pub mod disk;
pub mod fabric;
pub mod faults;
mod host;
mod kernel;
pub mod keyed;
pub mod latency;
pub mod mailbox;
pub mod packet;
mod pending;
mod post;
mod recorder;
#[cfg(madsim)]
mod run;
pub mod scenario;
#[cfg(madsim)]
mod seat;
#[cfg(madsim)]
mod sweep;
pub mod tape;
pub mod workload;
#[cfg(madsim)]
mod world;

pub use crypto::Crypto;
pub use kernel::IntentCounts;
pub use recorder::LIVENESS;
#[cfg(madsim)]
pub use run::{
    Recording, RunError, RunResult, Watch, header, library_can, node_config, replay, replay_over, run,
    run_over, run_watched,
};
#[cfg(madsim)]
pub use sweep::{Progress, sweep};
#[cfg(madsim)]
pub use world::Ended;
