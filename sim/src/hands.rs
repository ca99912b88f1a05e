//! A second thread of a run. While a device takes its virtual time over an input, the work itself is done there, beside the
//! world's own.
//!
//! It does what it is lent in the order in which it was lent, and the world waits for each result at the virtual time that was
//! set when the work began. So neither the number of processors nor who is faster has any effect on a run.

use madsim::Config;
use madsim::runtime::Runtime;
use mimic_protocol::mls::open::fresh_thread;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

type Work = Box<dyn FnOnce() + Send>;

/// The thread, for as long as this or a clone lives.
#[derive(Clone)]
pub(crate) struct Hands(Sender<Work>);

impl fmt::Debug for Hands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hands")
    }
}

/// What lent work will come to.
pub(crate) struct Promise<R>(Receiver<thread::Result<R>>);

impl Hands {
    /// Starts the thread. A simulated world starts none, so this comes before it.
    pub fn start(seed: u64) -> io::Result<Self> {
        let pool = fresh_thread(&format!("seed {seed}, hands")).map_err(io::Error::other)?;
        let (lend, lent) = channel();
        // The pool outlives its handle as long as its thread serves.
        pool.spawn(move || serve(seed, &lent));
        Ok(Self(lend))
    }

    /// Lends it work.
    pub fn lend<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> Promise<R> {
        let (give, get) = channel();
        let work = move || {
            // Nobody waits for the result any more if the node has crashed meanwhile.
            let _ = give.send(catch_unwind(AssertUnwindSafe(work)));
        };
        // A thread that is gone shows in the promise.
        let _ = self.0.send(Box::new(work));
        Promise(get)
    }
}

impl<R> Promise<R> {
    /// Waits for the result. A panic of the work goes on here.
    pub fn fetch(self) -> R {
        match self.0.recv() {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => resume_unwind(panic),
            Err(gone) => panic!("the thread that handles inputs is gone: {gone}"),
        }
    }
}

/// The hash maps of this thread are seeded like those of the world's: by a runtime with the run's seed.
fn serve(seed: u64, lent: &Receiver<Work>) {
    let runtime = Runtime::with_seed_and_config(seed, Config::default());
    runtime.block_on(async { lent.iter().for_each(|work| work()) });
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hash::{BuildHasher, RandomState};

    #[test]
    #[expect(clippy::disallowed_types, reason = "what is tested is that these are not random here")]
    fn work_is_done_in_order_and_its_hash_maps_have_the_runs_seeds() {
        let hashes = |seed| {
            let hands = Hands::start(seed).expect("a thread can be had");
            let promises: Vec<_> =
                (0..5).map(|i| hands.lend(move || RandomState::new().hash_one(i))).collect();
            promises.into_iter().map(Promise::fetch).collect::<Vec<u64>>()
        };
        assert_eq!(hashes(7), hashes(7));
        assert_ne!(hashes(7), hashes(8));
    }

    #[test]
    #[should_panic(expected = "a node cannot go on")]
    fn a_panic_goes_on_where_the_result_is_waited_for() {
        let hands = Hands::start(1).expect("a thread can be had");
        hands.lend(|| panic!("a node cannot go on")).fetch()
    }
}
