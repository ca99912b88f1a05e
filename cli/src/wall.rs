//! The wall clock, which only the command itself reads: for progress and for how long it took.

use std::time::Instant;

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub struct Wall(Instant);

impl Wall {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "how long a command took reaches no trace")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// What it shows, in whole milliseconds.
    pub fn elapsed_ms(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
