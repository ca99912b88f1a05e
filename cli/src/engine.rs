//! The simulator over the MLS engine that was asked for.

use crate::args::Crypto;
use crate::error::CliError;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_sim::scenario::Scenario;
use mimic_sim::{RunError, RunResult, run_over};

/// Runs one seed; a panic in it is an error here.
pub fn run(scenario: &Scenario, seed: u64, crypto: Crypto) -> Result<RunResult, CliError> {
    run_seed(scenario, seed, crypto).map_err(|cause| CliError::Simulator { seed, cause })
}

/// The same, for those who count failures.
pub fn run_seed(scenario: &Scenario, seed: u64, crypto: Crypto) -> Result<RunResult, RunError> {
    match crypto {
        Crypto::Real => run_over::<OpenMls<RealCrypto>>(scenario, seed, "real"),
        Crypto::Fast => run_over::<OpenMls<InsecureFastCrypto>>(scenario, seed, "fast-insecure"),
    }
}
