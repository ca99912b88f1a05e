//! The agreement of the MLS engines as the bar asks for it: 10,000 cases of up to 60 operations, and what they were made of.
//! Two numbers on the command line are other cases and operations.

#[path = "../tests/engines/coverage.rs"]
#[expect(dead_code, reason = "the tests ask it for more")]
mod coverage;
#[path = "../tests/engines/op.rs"]
mod op;
#[path = "../tests/engines/pair.rs"]
mod pair;
#[path = "../tests/engines/step.rs"]
mod step;
#[path = "../tests/engines/view.rs"]
mod view;
#[path = "../tests/engines/world.rs"]
mod world;

use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, on_fresh_thread};

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let (cases, operations) = (numbers.next().unwrap_or(10_000), numbers.next().unwrap_or(60));
    let run = || pair::run::<OpenMls<InsecureFastCrypto>>(cases, operations as usize);
    let coverage = on_fresh_thread("agreement", run).expect("a thread can be started");
    println!("{coverage}");
    assert_eq!(coverage.gaps(), Vec::<String>::new());
    println!("{cases} cases of up to {operations} operations: the engines agree");
}
