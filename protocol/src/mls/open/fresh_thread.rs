//! Threads on which the library computes as if it were single-threaded.

use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

/// Runs `f` on a new thread that is the only worker of its own rayon pool, and waits for it.
///
/// openmls 0.9.2 seals path secrets and derives keys through rayon. Left alone, the first use would start threads of the
/// system, which a simulated world forbids; here all parallel loops run on the new thread, in order. The thread is as
/// fresh as any: nothing thread-local of an earlier run is left in it. (Adopting an existing thread into a pool of its own
/// would do as well, were it not that rayon leaks 8 kB each time.)
///
/// A panic of `f` goes on in the caller.
pub fn on_fresh_thread<R: Send>(name: &str, f: impl FnOnce() -> R + Send) -> Result<R, ThreadPoolBuildError> {
    let name = name.to_owned();
    let pool = ThreadPoolBuilder::new().num_threads(1).thread_name(move |_| name.clone()).build()?;
    Ok(pool.install(f))
}
