//! What is going to happen in a world at which time, other than arrivals of messages.

use mimic_protocol::NodeId;
use mimic_protocol::node::{Exchange, Timer};
use std::collections::BTreeSet;

/// Something that is due at a time. The order of the variants is the order of what is due at one time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Due {
    /// The safety phase is over.
    Heal,
    /// The node loses its memory.
    Crash(NodeId),
    /// A planned crash may strike from now on, by its place in the plan.
    PlannedCrash(usize),
    /// The node begins, for the first time or again.
    Start(NodeId),
    /// The oldest record that the node has handed to its disk is durable.
    Synced(NodeId),
    /// An exchange has gone without its answer for too long.
    Timeout(Exchange),
    /// The node wants to be woken.
    Wake(NodeId, Timer),
    /// Users want something, by its place in the workload.
    Slot(usize),
}

/// A queue with a total order.
#[derive(Debug, Default)]
pub(crate) struct Agenda(BTreeSet<(u64, Due)>);

impl Agenda {
    pub fn put(&mut self, at_us: u64, due: Due) {
        self.0.insert((at_us, due));
    }

    pub fn cancel(&mut self, at_us: u64, due: Due) {
        self.0.remove(&(at_us, due));
    }

    /// Takes out all that `drop` says.
    pub fn cancel_where(&mut self, mut drop: impl FnMut(&Due) -> bool) {
        self.0.retain(|(_, due)| !drop(due));
    }

    /// All that is due some time, in its order.
    pub fn all(&self) -> impl Iterator<Item = &Due> {
        self.0.iter().map(|(_, due)| due)
    }

    pub fn next_due(&self) -> Option<u64> {
        self.0.first().map(|(at_us, _)| *at_us)
    }

    pub fn pop(&mut self) -> Option<Due> {
        self.0.pop_first().map(|(_, due)| due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::ClientId;

    #[test]
    fn what_is_due_first_comes_first_and_what_is_cancelled_never() {
        let node = ClientId(1).into();
        let mut agenda = Agenda::default();
        agenda.put(7, Due::Slot(0));
        agenda.put(7, Due::Heal);
        agenda.put(3, Due::Synced(node));
        agenda.put(4, Due::Start(node));
        agenda.put(5, Due::Wake(node, Timer::Publish));
        agenda.cancel(4, Due::Start(node));
        agenda.cancel_where(|due| matches!(due, Due::Wake(..)));
        assert_eq!(agenda.next_due(), Some(3));
        let order: Vec<Due> = std::iter::from_fn(|| agenda.pop()).collect();
        assert_eq!(order, [Due::Synced(node), Due::Heal, Due::Slot(0)]);
    }
}
