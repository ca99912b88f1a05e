//! The simulator over the MLS engine that was asked for.

use crate::args::Crypto;
use crate::error::CliError;
use mimic_sim::scenario::Scenario;
use mimic_sim::{RunError, RunResult};

/// Runs one seed; a panic in it is an error here.
pub fn run(scenario: &Scenario, seed: u64, crypto: Crypto) -> Result<RunResult, CliError> {
    run_seed(scenario, seed, crypto).map_err(|cause| CliError::Simulator { seed, cause })
}

/// The same, for those who count failures.
pub fn run_seed(scenario: &Scenario, seed: u64, crypto: Crypto) -> Result<RunResult, RunError> {
    let crypto = match crypto {
        Crypto::Real => mimic_sim::Crypto::Real,
        Crypto::Fast => mimic_sim::Crypto::InsecureFast,
    };
    mimic_sim::run(scenario, seed, crypto)
}
