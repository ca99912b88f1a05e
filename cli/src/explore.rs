//! `mimic explore`: stateright's Explorer on this machine.

use crate::check::planted;
use crate::check_args::ExploreArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::say::say;
use mimic_models::{Conditions, Limits, MlsEngine};
use std::net::{Ipv4Addr, SocketAddr};

/// Runs the command, which ends when somebody ends it.
pub fn explore(args: &ExploreArgs) -> Result<Exit, CliError> {
    // Nobody else's machine: what the page can do here is everybody's who can reach it.
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let read = |scope| args.readings.over(scope);
    let conditions = Conditions {
        planted: planted(args.mutant),
        read: &read,
        engine: MlsEngine::Symbolic,
        limits: Limits::default(),
        witness: None,
    };
    let begun = || {
        // Who cannot be told where the page is cannot be told that either.
        let _ = say(format_args!("http://{address}/ shows the scope until this command is ended\n"));
    };
    mimic_models::explore(&args.model, args.bounds(), conditions, address, &begun)?;
    Ok(Exit::AsDeclared)
}
