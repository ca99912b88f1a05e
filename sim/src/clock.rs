//! Virtual time: the runtime's clock is moved to the times that the world's own events have.

use madsim::time::{Duration, TimeHandle, advance, sleep};

/// A sleep of the runtime takes at least this long; what is nearer is reached by moving the clock.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);

/// Waits until the runtime's clock shows at least `at_us`. The world's time is what its events carry: the runtime's clock runs
/// some nanoseconds ahead with each task that it polls, and nothing may depend on that.
pub async fn reach(at_us: u64) {
    let wait = Duration::from_micros(at_us).saturating_sub(TimeHandle::current().elapsed());
    if wait >= SHORTEST_SLEEP {
        sleep(wait).await;
    } else if !wait.is_zero() {
        advance(wait);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madsim::runtime::Runtime;

    #[test]
    fn times_nearer_than_a_sleep_are_reached_without_overshooting() {
        Runtime::new().block_on(async {
            for at_us in [3, 700, 701, 5_000, 5_001, 90_000_000] {
                reach(at_us).await;
                let elapsed = TimeHandle::current().elapsed();
                let late = elapsed.checked_sub(Duration::from_micros(at_us)).expect("not too early");
                assert!(late < Duration::from_micros(1), "{at_us}: {late:?} late");
            }
        });
    }
}
