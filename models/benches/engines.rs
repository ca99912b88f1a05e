//! What a state costs, in processor time: the own engine beside stateright and SPIN on two-phase commit, and on scopes of the room.
//!
//! All in one process, one after the other, and each several times, of which the fastest counts. The bars, per CPU second: the
//! own engine explores two-phase commit at least as fast as stateright's own depth-first search does, and faster than SPIN,
//! the wrapper costs at most a tenth, and the room has at least 300,000 different states. SPIN is Debian's package `spin`; where
//! it or a C compiler is not there, the line says so.

use mimic_models::measure::{By, Measured, room, two_phase_commit};
use mimic_models::{Bounds, Composition};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The allocator of the `mimic` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PROMELA: &str = include_str!("two_phase.pml");
const ROUNDS: usize = 3;
/// As many as SPIN explores in some seconds: 1,745,408 states with eight.
const MANAGERS: [u32; 2] = [7, 8];
/// Operations, faults and the alphabet, of three providers, users and clients.
const SCOPES: [(usize, usize, &str); 3] = [(2, 1, "policy"), (2, 1, "moderation"), (2, 1, "membership")];

fn main() {
    for managers in MANAGERS {
        let name = format!("two-phase commit of {managers}");
        for by in [By::Own, By::Wrapped, By::Bare] {
            tell(&name, &format!("{by:?}"), || Ok(two_phase_commit(managers, by)));
        }
        match Spin::built(managers) {
            Ok(spin) => tell(&name, "SPIN", || spin.run()),
            Err(why) => println!("{name:<40} SPIN     not measured: {why}"),
        }
    }
    for (operations, faults, alphabet) in SCOPES {
        let [three, operations, faults] = [3, operations, faults].map(Some);
        let (providers, users, clients, alphabet) = (three, three, three, vec![alphabet.to_owned()]);
        let bounds =
            Composition { providers, users, clients, operations, faults, alphabet, ..Composition::default() };
        let name = format!("room, --ops 2 --faults 1 --alphabet {}", bounds.alphabet[0]);
        let bounds = Bounds::Composed(bounds);
        for by in [By::Own, By::Wrapped] {
            tell(&name, &format!("{by:?}"), || room(&bounds, by).map_err(|error| error.to_string()));
        }
    }
}

/// Runs it, and writes a line about the fastest run.
fn tell(name: &str, by: &str, run: impl Fn() -> Result<Measured, String>) {
    let rounds = (0..ROUNDS).map(|_| {
        let before = cpu_s();
        let found = run()?;
        Ok((cpu_s() - before, found))
    });
    let fastest = rounds.reduce(|best: Result<_, String>, round| {
        let (best, round) = (best?, round?);
        Ok(if round.0 < best.0 { round } else { best })
    });
    match fastest {
        Some(Ok((cpu_s, Measured { unique_states, states }))) => println!(
            "{name:<40} {by:<8} {unique_states:>9} states {states:>10} steps {cpu_s:>6.2} s {:>9.0} states/s {:>10.0} steps/s",
            unique_states as f64 / cpu_s,
            states as f64 / cpu_s
        ),
        Some(Err(why)) => println!("{name:<40} {by:<8} not measured: {why}"),
        None => {}
    }
}

/// The processor time of this process and of those that it has waited for, in seconds, of hundredths.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux tells what a process has used");
    let (_, after_name) = stat.rsplit_once(')').expect("the name is in brackets");
    // utime, stime, cutime, cstime: proc(5), counted from the field after the name.
    let ticks: u64 = after_name.split_whitespace().skip(11).take(4).flat_map(str::parse::<u64>).sum();
    ticks as f64 / 100.0
}

/// SPIN's verifier of the model, built.
struct Spin(PathBuf);

impl Spin {
    fn built(managers: u32) -> Result<Self, String> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("spin-{managers}"));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        std::fs::write(folder.join("two_phase.pml"), PROMELA).map_err(|error| error.to_string())?;
        let number = format!("-DN={managers}");
        output(Command::new("spin").args([&number, "-a", "two_phase.pml"]).current_dir(&folder))?;
        let options = ["-O3", "-DSAFETY", "-DNOFAIR", "-DNOREDUCE", "-DMEMLIM=4096", "-o", "pan", "pan.c"];
        output(Command::new("gcc").args(options).current_dir(&folder))?;
        Ok(Self(folder.join("pan")))
    }

    fn run(&self) -> Result<Measured, String> {
        let output = output(Command::new(&self.0).args(["-m100000", "-w22"]))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let number = |what: &str| {
            let line = text.lines().find(|line| line.contains(what));
            let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            number.ok_or_else(|| format!("SPIN does not tell of {what}"))
        };
        Ok(Measured { unique_states: number("states, stored")?, states: number("transitions (=")? })
    }
}

fn output(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|error| format!("{:?}: {error}", command.get_program()))?;
    match output.status.success() {
        true => Ok(output),
        false => Err(format!("{:?}: {}", command.get_program(), String::from_utf8_lossy(&output.stderr))),
    }
}
