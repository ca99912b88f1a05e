//! The exchanges that nodes have open: each ends exactly once at its origin, by an answer or by running out of time.

use mimic_protocol::NodeId;
use mimic_protocol::node::{Bundle, Call, Exchange, MessageId, Request};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::state_log::StateEvent;
use std::collections::BTreeMap;

/// How long the origin waits, where a question passes several hops.
const RELAYED_TIMEOUT_US: u64 = 2_000_000;
/// How long the origin waits, where the question goes to a neighbour that answers by itself.
const DIRECT_TIMEOUT_US: u64 = 700_000;

/// How the messages of one try at an exchange are named, on all its hops.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Try {
    pub exchange: Exchange,
    pub operation: u64,
    pub attempt: u32,
}

/// An exchange that waits for its answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Open {
    /// What was asked last.
    pub asked: Try,
    /// When the origin gives up.
    pub until_us: u64,
    /// The step that asked.
    pub step: u64,
}

/// The open exchanges, and the numbers of all tries so far: they go on through crashes, so that a late answer to what a node
/// asked before a crash is never taken for an answer to what it asks after.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    open: BTreeMap<Exchange, Open>,
    attempts: BTreeMap<(Exchange, u64), u32>,
    last_notified: BTreeMap<Exchange, (MessageId, u64)>,
}

impl Calls {
    /// The origin asks. Gives the exchange as it is open now, and as it was, if it was: a new question replaces the old one.
    pub fn begin(
        &mut self,
        now_us: u64,
        exchange: Exchange,
        operation: u64,
        step: u64,
    ) -> (Open, Option<Open>) {
        let attempts = self.attempts.entry((exchange, operation)).or_default();
        let asked = Try { exchange, operation, attempt: *attempts };
        *attempts += 1;
        let open = Open { asked, until_us: now_us + timeout_us(exchange.call), step };
        (open, self.open.insert(exchange, open))
    }

    /// What was asked last in an exchange that is open.
    pub fn asked(&self, exchange: Exchange) -> Option<Try> {
        self.open.get(&exchange).map(|open| open.asked)
    }

    /// An answer is at the origin. Gives the exchange that it ends; none if that has ended already.
    pub fn end(&mut self, answered: Try) -> Option<Open> {
        let open = self.open.get(&answered.exchange).filter(|open| open.asked == answered)?;
        let open = *open;
        self.open.remove(&answered.exchange);
        Some(open)
    }

    /// The origin's time is up. Gives the exchange that ends.
    pub fn time_out(&mut self, exchange: Exchange) -> Option<Open> {
        self.open.remove(&exchange)
    }

    /// The origin has crashed: it has no exchange any more. Gives those that it had.
    pub fn forget(&mut self, origin: NodeId) -> Vec<Open> {
        let own = self.open.extract_if(.., |exchange, _| exchange.origin == origin);
        own.map(|(_, open)| open).collect()
    }

    /// Which operation within the exchange's label a question is about, by what the question says and not by its octets,
    /// which differ with every key: the epoch that a message belongs to, the event's place in a queue.
    pub fn operation(
        &mut self,
        exchange: Exchange,
        request: &Request,
        epoch_of: impl Fn(&[u8]) -> u64,
    ) -> u64 {
        match request {
            Request::Update { bundle: Bundle::Commit(bundle), .. } => epoch_of(&bundle.commit),
            Request::Update { bundle: Bundle::Proposals(batch), .. } => {
                batch.first().map_or(0, |message| epoch_of(message))
            }
            Request::Update { bundle: Bundle::State(event), .. } => {
                StateEvent::decode(&event.event).map_or(0, |event| event.content.sequence)
            }
            Request::Submit { message, .. } => epoch_of(message),
            Request::Deliver { position, .. } => *position,
            Request::Consent { serial: Some(serial), .. } => u64::from(*serial),
            Request::Notify { event, .. } => {
                let message = event.event.id();
                let last = self.last_notified.entry(exchange).or_insert((message, 0));
                if last.0 != message {
                    *last = (message, last.1 + 1);
                }
                last.1
            }
            Request::KeyMaterial { .. }
            | Request::GroupInfo { .. }
            | Request::ReportAbuse { .. }
            | Request::Consent { serial: None, .. }
            | Request::Directory
            | Request::Search { .. }
            | Request::Download { .. }
            | Request::Oblivious { .. }
            | Request::OhttpKeys { .. }
            | Request::Asset { .. }
            | Request::Publish { .. }
            | Request::Open { .. } => 0,
        }
    }
}

fn timeout_us(call: Call) -> u64 {
    match call {
        Call::Notify(..) | Call::Deliver(_) | Call::Publish | Call::Directory(_) => DIRECT_TIMEOUT_US,
        Call::Open(_)
        | Call::KeyMaterial(..)
        | Call::Update(_)
        | Call::Submit(_)
        | Call::GroupInfo(_)
        | Call::ReportAbuse(_)
        | Call::Search(..)
        | Call::Download(_)
        | Call::Oblivious(_)
        | Call::OhttpKeys(_)
        | Call::Tree(_)
        | Call::Consent(..) => RELAYED_TIMEOUT_US,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::node::{Event, FanOut};
    use mimic_protocol::{ClientId, ProviderId, RoomId};

    fn update(origin: u16) -> Exchange {
        Exchange { origin: ClientId(origin).into(), call: Call::Update(RoomId(0)) }
    }

    #[test]
    fn an_exchange_ends_once_whichever_comes_first() {
        let mut calls = Calls::default();
        let (first, _) = calls.begin(0, update(1), 5, 0);
        assert_eq!(calls.end(first.asked), Some(first));
        assert_eq!((calls.end(first.asked), calls.time_out(update(1))), (None, None));
        let (second, _) = calls.begin(10, update(1), 5, 1);
        assert_eq!(calls.time_out(update(1)), Some(second));
        assert_eq!(calls.end(second.asked), None);
    }

    #[test]
    fn a_late_answer_does_not_end_a_newer_try() {
        let mut calls = Calls::default();
        let (first, _) = calls.begin(0, update(1), 5, 0);
        let (second, replaced) = calls.begin(10, update(1), 5, 1);
        assert_eq!(replaced, Some(first));
        assert_eq!((first.asked.attempt, second.asked.attempt), (0, 1));
        assert_eq!(calls.end(first.asked), None);
        assert_eq!(calls.end(second.asked), Some(second));
    }

    #[test]
    fn a_crash_ends_what_was_open_and_the_count_goes_on() {
        let mut calls = Calls::default();
        let (before, _) = calls.begin(0, update(1), 0, 0);
        let (other, _) = calls.begin(0, update(2), 0, 0);
        assert_eq!(calls.forget(ClientId(1).into()), [before]);
        let (after, replaced) = calls.begin(9, update(1), 0, 2);
        assert_eq!((replaced, calls.end(before.asked)), (None, None));
        assert_eq!((after.asked.attempt, calls.end(other.asked)), (1, Some(other)));
    }

    #[test]
    fn a_repeated_event_is_the_same_operation_and_a_new_one_the_next() {
        let mut calls = Calls::default();
        let call = Call::Notify(RoomId(0), ProviderId(1));
        let exchange = Exchange { origin: ProviderId(0).into(), call };
        let notify = |octet: u8| Request::Notify {
            room: RoomId(0),
            event: FanOut::new(0, Event::Message { message: vec![octet].into(), frank: None }),
        };
        let operations =
            [1, 1, 2, 2, 3].map(|octet| calls.operation(exchange, &notify(octet), |_| unreachable!()));
        assert_eq!(operations, [0, 0, 1, 1, 2]);
    }
}
