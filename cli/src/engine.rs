//! The simulator over the MLS engine that was asked for.

use crate::args::Crypto;
use crate::error::CliError;
use mimic_sim::scenario::Scenario;
use mimic_sim::{RunError, RunResult, Watch};

/// Runs one seed and says how far it is; a panic in it is an error here.
pub fn run(scenario: &Scenario, seed: u64, crypto: Crypto, watch: Watch<'_>) -> Result<RunResult, CliError> {
    check(scenario)?;
    let result = mimic_sim::run_watched(scenario, seed, of(crypto), watch);
    result.map_err(|cause| CliError::Simulator { seed, cause })
}

/// The same, for those who count failures.
pub fn run_seed(scenario: &Scenario, seed: u64, crypto: Crypto) -> Result<RunResult, RunError> {
    mimic_sim::run(scenario, seed, of(crypto))
}

/// Whether the engines can do what the scenario's readings take.
pub fn check(scenario: &Scenario) -> Result<(), CliError> {
    mimic_sim::library_can(scenario).map_err(|cause| CliError::Library { cause })
}

fn of(crypto: Crypto) -> mimic_sim::Crypto {
    match crypto {
        Crypto::Real => mimic_sim::Crypto::Real,
        Crypto::Fast => mimic_sim::Crypto::InsecureFast,
    }
}
