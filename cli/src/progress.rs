//! Progress on stderr, if that is a terminal and nobody asked for JSON.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};
use mimic_models::{Phase, Progress as Explored};
use std::sync::atomic::{AtomicU64, Ordering};

/// A progress bar; it takes itself away when it is dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    failures: AtomicU64,
}

impl Progress {
    /// For one run: how far it is in virtual time.
    pub fn of_run(total_ms: u64, json: bool) -> Self {
        Self::new(total_ms, json, "{bar:30} {percent:>3} % of the virtual time, {elapsed} so far")
    }

    /// For a sweep: seeds per second, failures, time left.
    pub fn of_sweep(seeds: u64, json: bool) -> Self {
        Self::new(seeds, json, "{bar:30} {pos}/{len} seeds, {per_sec}, {msg}, {eta} left")
    }

    fn new(length: u64, json: bool, template: &str) -> Self {
        // Where stderr is no terminal, indicatif draws nothing by itself.
        let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::with_draw_target(Some(length), target)
            .with_style(style)
            .with_message("no failures")
            .with_finish(ProgressFinish::AndClear);
        Self { bar, failures: AtomicU64::new(0) }
    }

    /// A run has come this far.
    pub fn at(&self, virtual_ms: u64) {
        self.bar.set_position(virtual_ms);
    }

    /// A seed of a sweep is done. Any thread may say so.
    pub fn seed_done(&self, failed: bool) {
        let failures = self.failures.fetch_add(u64::from(failed), Ordering::Relaxed) + u64::from(failed);
        if failed {
            self.bar.set_message(if failures == 1 {
                "1 failure".to_owned()
            } else {
                format!("{failures} failures")
            });
        }
        self.bar.inc(1);
    }
}

/// The progress of an exploration; it takes itself away when it is dropped.
#[derive(Debug)]
pub struct ModelProgress(ProgressBar);

impl ModelProgress {
    /// Where stderr is no terminal, or JSON was asked for, nothing is shown.
    pub fn new(json: bool) -> Self {
        let target = if json { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let style = ProgressStyle::with_template("{spinner} {msg}, {elapsed} so far");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
        let bar = ProgressBar::with_draw_target(None, target)
            .with_style(style)
            .with_finish(ProgressFinish::AndClear);
        Self(bar)
    }

    /// The exploration has come this far.
    pub fn at(&self, progress: Explored) {
        let what = match progress.phase {
            Phase::Exploring => "exploring",
            Phase::LookingBack => "looking back from good ends",
            Phase::Confirming => "confirming with stateright",
            Phase::Shortening => "looking for shorter paths",
        };
        let of = progress.of.map_or_else(String::new, |of| format!(" of {}", HumanCount(of)));
        let depth = progress.depth.map_or_else(String::new, |depth| format!(", depth {depth}"));
        let queued =
            progress.queued.map_or_else(String::new, |queued| format!(", {} queued", HumanCount(queued)));
        let unique = HumanCount(progress.unique_states);
        self.0.set_message(format!("{what}: {unique}{of} different states{depth}{queued}"));
        self.0.tick();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_counts_seeds_and_failures_from_any_thread() {
        let progress = Progress::of_sweep(40, true);
        std::thread::scope(|scope| {
            for worker in 0..4 {
                let progress = &progress;
                scope.spawn(move || (0..10).for_each(|seed| progress.seed_done(worker == 0 && seed < 3)));
            }
        });
        assert_eq!((progress.bar.position(), progress.bar.message().as_str()), (40, "3 failures"));
    }

    #[test]
    fn the_templates_are_well_formed() {
        for progress in [Progress::of_run(1_000, true), Progress::of_sweep(1_000, true)] {
            assert_eq!(progress.bar.length(), Some(1_000));
        }
        assert!(
            ProgressStyle::with_template("{bar:30} {percent:>3} % of the virtual time, {elapsed} so far")
                .is_ok()
        );
        assert!(
            ProgressStyle::with_template("{bar:30} {pos}/{len} seeds, {per_sec}, {msg}, {eta} left").is_ok()
        );
    }
}
