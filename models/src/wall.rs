//! The wall clock, for how long a check took: it reaches no state and no verdict.

use std::time::Instant;

/// A stopwatch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wall(Instant);

impl Wall {
    /// Starts it.
    #[expect(clippy::disallowed_methods, reason = "how long a check took reaches no state")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// What it shows, in whole milliseconds.
    pub fn elapsed_ms(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
