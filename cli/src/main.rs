//! The `mimic` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mimic_cli::main(std::env::args_os().collect())
}
