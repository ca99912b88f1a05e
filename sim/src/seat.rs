//! The task of one node: takes what it is handed, lets the node handle it, and lets its outputs leave in their order.

use crate::host::Draft;
use crate::kernel::{Delivery, Kernel};
use crate::mailbox::Mailbox;
use crate::post::Arrival;
use mimic_protocol::mls::{Entropy, Mls, Writes};
use mimic_protocol::node::{Cells, Fact, Input, Node, Output};
use mimic_protocol::{Client, NodeConfig, NodeId, Provider};
use mimic_record::{Event, NodeView, alpha};
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The kernel as the tasks of a world share it. They run on one thread, one at a time.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Mutex<Kernel>>);

impl Shared {
    pub fn new(kernel: Kernel) -> Self {
        Self(Arc::new(Mutex::new(kernel)))
    }

    /// A panic ends the run, so a poisoned lock is never seen half changed.
    pub fn kernel(&self) -> MutexGuard<'_, Kernel> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node of either kind.
enum Resident<M: Mls> {
    Provider(Box<Provider<M>>),
    Client(Box<Client<M>>),
}

impl<M: Mls> Resident<M> {
    fn recover(config: &Arc<NodeConfig>, node: NodeId, cells: &Cells, entropy: Entropy) -> Self {
        let config = config.clone();
        match node {
            NodeId::Provider(id) => Self::Provider(Box::new(Provider::recover(config, id, cells))),
            NodeId::Client(id) => match Client::recover(config, id, cells, entropy) {
                Ok(client) => Self::Client(Box::new(client)),
                Err(error) => panic!("{node} cannot recover from its own records: {error}"),
            },
        }
    }

    fn handle(&mut self, now_ms: u64, entropy: Entropy, input: Input) -> Vec<Output> {
        match self {
            Self::Provider(provider) => provider.handle(now_ms, entropy, input),
            Self::Client(client) => client.handle(now_ms, entropy, input),
        }
    }

    fn view(&self) -> NodeView {
        match self {
            Self::Provider(provider) => alpha::provider(provider),
            Self::Client(client) => alpha::client(client),
        }
    }
}

/// Where a node sits.
pub(crate) struct Seat<M: Mls> {
    pub node: NodeId,
    pub config: Arc<NodeConfig>,
    pub shared: Shared,
    pub mailbox: Mailbox<Delivery>,
    pub engine: PhantomData<fn() -> M>,
}

impl<M: Mls> Clone for Seat<M> {
    fn clone(&self) -> Self {
        Self {
            node: self.node,
            config: self.config.clone(),
            shared: self.shared.clone(),
            mailbox: self.mailbox.clone(),
            engine: PhantomData,
        }
    }
}

impl<M: Mls> Seat<M> {
    /// Rebuilds the node from its disk, and drives it until the task is killed.
    pub async fn occupy(self) {
        let (cells, crashed_in, entropy) = self.shared.kernel().boot(self.node);
        let mut resident = Resident::<M>::recover(&self.config, self.node, &cells, entropy);
        let mut cause = None;
        if crashed_in.is_some() {
            let (facts, view) = (Vec::new(), resident.view());
            let given_us = self.shared.kernel().now_us();
            let draft = Draft { given_us, event: Event::Restart, cause: crashed_in, facts, view };
            cause = Some(self.shared.kernel().record(self.node, draft));
        }
        let mut waiting = VecDeque::new();
        let start = Arrival { input: Input::Start, event: Event::Start, cause, asked: None };
        self.step(&mut resident, start, &mut waiting).await;
        loop {
            let arrival = match waiting.pop_front() {
                Some(arrival) => arrival,
                None => self.arrival().await,
            };
            self.step(&mut resident, arrival, &mut waiting).await;
        }
    }

    async fn arrival(&self) -> Arrival {
        loop {
            if let Delivery::Input(arrival) = self.mailbox.next().await {
                return *arrival;
            }
        }
    }

    /// Handles one input. What arrives while a record is being written waits.
    async fn step(&self, resident: &mut Resident<M>, arrival: Arrival, waiting: &mut VecDeque<Arrival>) {
        let Arrival { input, event, cause, asked } = arrival;
        let given_us = self.shared.kernel().now_us();
        let (now_ms, entropy) = self.shared.kernel().begin_step(self.node);
        let mut outputs = resident.handle(now_ms, entropy, input).into_iter().peekable();
        let mut facts = Vec::new();
        let record = outputs.next_if(|output| matches!(output, Output::Persist(_)));
        let outputs: Vec<Output> = outputs.filter(|output| !take_fact(output, &mut facts)).collect();
        let draft = Draft { given_us, event, cause, facts, view: resident.view() };
        let step = match record {
            Some(Output::Persist(record)) => self.write(record, Some(draft), waiting).await,
            _ => Some(self.shared.kernel().record(self.node, draft)),
        };
        for output in outputs {
            waiting.retain(|arrival| !is_replaced(self.node, arrival, &output));
            match output {
                // Only a planted bug writes its record after other outputs have left.
                Output::Persist(record) => _ = self.write(record, None, waiting).await,
                output => self.shared.kernel().emit(self.node, step.unwrap_or_default(), asked, output),
            }
        }
    }

    async fn write(
        &self,
        record: Writes,
        draft: Option<Draft>,
        waiting: &mut VecDeque<Arrival>,
    ) -> Option<u64> {
        self.shared.kernel().write(self.node, record, draft);
        loop {
            match self.mailbox.next().await {
                Delivery::Synced(step) => return step,
                Delivery::Input(arrival) => waiting.push_back(*arrival),
            }
        }
    }
}

/// A new question replaces the older one of the same name, and a timer that is asked for again moves: what came of the older one
/// while the record was being written, and waits for the node, is not for it any more.
fn is_replaced(node: NodeId, arrival: &Arrival, by: &Output) -> bool {
    match (by, &arrival.event) {
        (Output::Send { exchange, .. }, Event::Response(cause)) => {
            exchange.origin == node && cause.exchange == *exchange
        }
        (Output::Send { exchange, .. }, Event::Failed(failed)) => failed == exchange,
        (Output::Wake { timer, .. }, Event::Wake(due)) => timer == due,
        _ => false,
    }
}

/// What a node observes leaves it with its step, as a part of it.
fn take_fact(output: &Output, facts: &mut Vec<Fact>) -> bool {
    if let Output::Observe(fact) = output {
        facts.push(fact.clone());
    }
    matches!(output, Output::Observe(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::node::{Call, Exchange, GroupInfoAnswer, Request, Response, Timer};
    use mimic_protocol::{ClientId, ProviderId, RoomId};
    use mimic_record::Cause;

    const ROOM: RoomId = RoomId(0);

    fn of(origin: impl Into<NodeId>) -> Exchange {
        Exchange { origin: origin.into(), call: Call::GroupInfo(ROOM) }
    }

    fn answer(exchange: Exchange) -> Arrival {
        let from = ProviderId(0).into();
        let response = Response::GroupInfo(GroupInfoAnswer::NoSuchRoom);
        let event = Event::Response(Cause { exchange, from, attempt: 0, copy: 0 });
        Arrival { input: Input::Response { exchange, from, response }, event, cause: None, asked: None }
    }

    fn failure(exchange: Exchange) -> Arrival {
        let input = Input::Failed { call: exchange.call };
        Arrival { input, event: Event::Failed(exchange), cause: None, asked: None }
    }

    fn due(timer: Timer) -> Arrival {
        Arrival { input: Input::Wake(timer), event: Event::Wake(timer), cause: None, asked: None }
    }

    #[test]
    fn what_waits_goes_with_the_question_that_it_answers() {
        let (client, hub) = (NodeId::from(ClientId(3)), NodeId::from(ProviderId(0)));
        let request = Request::Directory;
        let ask = Output::Send { to: hub, exchange: of(client), request };
        assert!(is_replaced(client, &answer(of(client)), &ask));
        assert!(is_replaced(client, &failure(of(client)), &ask));
        assert!(!is_replaced(client, &answer(of(ClientId(4))), &ask), "another exchange");
        assert!(!is_replaced(hub, &answer(of(client)), &ask), "a relay has no questions of its own");
        let wake = Output::Wake { timer: Timer::Retry(ROOM), delay_ms: 5 };
        assert!(is_replaced(client, &due(Timer::Retry(ROOM)), &wake));
        assert!(!is_replaced(client, &due(Timer::Retry(RoomId(1))), &wake));
        assert!(!is_replaced(client, &answer(of(client)), &wake));
    }
}
