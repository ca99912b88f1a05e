//! How the world hands things to a seat, one at a time: whoever hands something over waits until the seat waits again.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// A queue between the world and the task of one node. At most one seat runs at any time, so that the order in which the
/// runtime polls its tasks has no effect on a run.
#[derive(Debug)]
pub struct Mailbox<T>(Arc<Mutex<State<T>>>);

#[derive(Debug)]
struct State<T> {
    items: VecDeque<T>,
    waiting: bool,
    seat: Option<Waker>,
    world: Option<Waker>,
}

impl<T> Clone for Mailbox<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Mailbox<T> {
    fn default() -> Self {
        let state = State { items: VecDeque::new(), waiting: false, seat: None, world: None };
        Self(Arc::new(Mutex::new(state)))
    }
}

impl<T> Mailbox<T> {
    /// The seat's side: the next item; until there is one, it is the world's turn.
    pub async fn next(&self) -> T {
        poll_fn(|context| {
            let mut state = self.state();
            if let Some(item) = state.items.pop_front() {
                state.waiting = false;
                return Poll::Ready(item);
            }
            state.waiting = true;
            state.seat = Some(context.waker().clone());
            if let Some(world) = state.world.take() {
                world.wake();
            }
            Poll::Pending
        })
        .await
    }

    /// The world's side: hands an item over, and waits until the seat waits again.
    pub async fn hand(&self, item: T) {
        {
            let mut state = self.state();
            state.items.push_back(item);
            state.waiting = false;
            if let Some(seat) = state.seat.take() {
                seat.wake();
            }
        }
        self.settled().await;
    }

    /// The world's side: waits until the seat waits, as after it was started.
    pub async fn settled(&self) {
        poll_fn(|context| {
            let mut state = self.state();
            if state.waiting {
                return Poll::Ready(());
            }
            state.world = Some(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// The seat is gone, with all that it had not taken out.
    pub fn clear(&self) {
        let mut state = self.state();
        state.items.clear();
        state.waiting = false;
        if let Some(seat) = state.seat.take() {
            seat.wake();
        }
    }

    /// A panic of the seat ends the run, so a poisoned lock is never seen half changed.
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use madsim::runtime::{Handle, Runtime};

    #[test]
    fn handing_over_waits_until_the_seat_is_done_with_it() {
        Runtime::new().block_on(async {
            let mailbox = Mailbox::default();
            let log = Arc::new(Mutex::new(Vec::new()));
            let (theirs, seen) = (mailbox.clone(), log.clone());
            let node = Handle::current().create_node().name("p0").build();
            node.spawn(async move {
                loop {
                    let item: u32 = theirs.next().await;
                    madsim::task::yield_now().await;
                    seen.lock().unwrap().push(item);
                }
            });
            mailbox.settled().await;
            for item in 0..50 {
                mailbox.hand(item).await;
                assert_eq!(log.lock().unwrap().last(), Some(&item));
            }
        });
    }

    #[test]
    fn a_new_seat_does_not_see_what_was_meant_for_the_old_one() {
        Runtime::new().block_on(async {
            let mailbox = Mailbox::default();
            let log = Arc::new(Mutex::new(Vec::new()));
            let (theirs, seen) = (mailbox.clone(), log.clone());
            let init = move || {
                let (theirs, seen) = (theirs.clone(), seen.clone());
                async move {
                    loop {
                        let item: u32 = theirs.next().await;
                        seen.lock().unwrap().push(item);
                    }
                }
            };
            let node = Handle::current().create_node().name("p0").init(init).build();
            mailbox.settled().await;
            mailbox.hand(1).await;
            Handle::current().kill(node.id());
            mailbox.clear();
            mailbox.state().items.push_back(2);
            mailbox.clear();
            Handle::current().restart(node.id());
            mailbox.settled().await;
            mailbox.hand(3).await;
            assert_eq!(*log.lock().unwrap(), [1, 3]);
        });
    }
}
