//! What a command says on stdout.

use crate::error::CliError;
use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};

/// Writes it to stdout. A reader that has gone away (`mimic sweep ... | head`) wants no more of it, which is no error.
pub(crate) fn say(text: impl Display) -> Result<(), CliError> {
    let mut out = stdout().lock();
    match write!(out, "{text}").and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(CliError::Stdout { cause }),
        _ => Ok(()),
    }
}
