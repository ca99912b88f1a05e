//! Many seeds of a scenario, each on a fresh thread, several at once; a seed that fails does not stop the others.

use crate::run::{RunError, RunResult};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// How far a sweep has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// How many seeds are done.
    pub done: u64,
    /// How many there are.
    pub total: u64,
}

/// Runs every seed, `jobs` of them at a time. `done` is called once for each seed, from any thread and in any order.
pub fn sweep(
    seeds: Range<u64>,
    jobs: usize,
    run: impl Fn(u64) -> Result<RunResult, RunError> + Sync,
    done: impl Fn(u64, Progress, Result<RunResult, RunError>) + Sync,
) {
    let total = seeds.end.saturating_sub(seeds.start);
    let (next, finished) = (AtomicU64::new(0), AtomicU64::new(0));
    let work = || {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= total {
                return;
            }
            let seed = seeds.start + n;
            let result = run(seed);
            let progress = Progress { done: finished.fetch_add(1, Ordering::Relaxed) + 1, total };
            done(seed, progress, result);
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(work);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    #[test]
    fn every_seed_is_run_once_and_a_failing_one_stops_nothing() {
        let seen = Mutex::new(BTreeMap::new());
        let run = |seed: u64| match seed {
            7 => Err(RunError::Panicked("seven".to_owned())),
            seed => Err(RunError::NoThread(seed.to_string())),
        };
        sweep(5..25, 3, run, |seed, progress, result| {
            let before = seen.lock().unwrap().insert(seed, result.unwrap_err());
            assert!(before.is_none() && progress.total == 20 && (1..=20).contains(&progress.done));
        });
        let seen = seen.into_inner().unwrap();
        assert_eq!(seen.keys().copied().collect::<Vec<_>>(), (5..25).collect::<Vec<_>>());
        assert_eq!(seen[&7], RunError::Panicked("seven".to_owned()));
    }
}
