//! What is given of a run of which only the servers' logs are visible: their lines, and what users and operators wanted.

use mimic_protocol::node::{Exchange, Fact, Intent, Timer};
use mimic_protocol::{ClientId, NodeId, ProviderId};
use mimic_record::{Event, Step};

/// A line of a provider's log.
#[derive(Clone, PartialEq, Debug)]
pub struct ServerLine {
    /// The number of the step in the trace that it was taken from: to name it, and for nothing else.
    pub step: u64,
    /// Whose line it is.
    pub provider: ProviderId,
    /// When the provider was given what it handles, microseconds from the start of the run.
    pub given_us: u64,
    /// When its answers left.
    pub left_us: u64,
    /// What it handles.
    pub seen: Seen,
    /// What it observed.
    pub facts: Vec<Fact>,
}

/// What a provider knows of what it handles: no attempt and no copy, and not which step sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// It begins.
    Start,
    /// Its operator wants something.
    Order(Intent),
    /// A request in this exchange, from this peer.
    Request(Exchange, NodeId),
    /// An answer in this exchange, from this peer.
    Response(Exchange, NodeId),
    /// An exchange of its own ends without an answer.
    Failed(Exchange),
    /// A timer of its own is due.
    Wake(Timer),
    /// It crashes.
    Crash,
    /// It is back.
    Restart,
}

/// Something that a user has told a client to do: no server's to know, but known to whoever drives the clients.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    /// Which client.
    pub client: ClientId,
    /// When it was told, microseconds from the start of the run.
    pub told_us: u64,
    /// What.
    pub intent: Intent,
}

/// What stays visible of these steps: nothing of clients but what their users wanted.
pub fn mask(steps: &[Step]) -> (Vec<ServerLine>, Vec<Wish>) {
    let lines = steps.iter().filter_map(line).collect();
    let wishes = steps.iter().filter_map(wish).collect();
    (lines, wishes)
}

fn line(step: &Step) -> Option<ServerLine> {
    let NodeId::Provider(provider) = step.node else { return None };
    Some(ServerLine {
        step: step.n,
        provider,
        given_us: given_us(step),
        left_us: step.at_us,
        seen: Seen::of(step.event),
        facts: step.facts.clone(),
    })
}

fn wish(step: &Step) -> Option<Wish> {
    match (step.node, step.event) {
        (NodeId::Client(client), Event::Intent(intent)) => {
            Some(Wish { client, told_us: given_us(step), intent })
        }
        _ => None,
    }
}

fn given_us(step: &Step) -> u64 {
    step.at_us.saturating_sub(step.written_us)
}

impl Seen {
    fn of(event: Event) -> Self {
        match event {
            Event::Start => Self::Start,
            Event::Intent(intent) => Self::Order(intent),
            Event::Request(cause) => Self::Request(cause.exchange, cause.from),
            Event::Response(cause) => Self::Response(cause.exchange, cause.from),
            Event::Failed(exchange) => Self::Failed(exchange),
            Event::Wake(timer) => Self::Wake(timer),
            Event::Crash => Self::Crash,
            Event::Restart => Self::Restart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::RoomId;
    use mimic_protocol::node::{Action, Call, IntentId};
    use mimic_record::Cause;

    #[test]
    fn of_clients_nothing_stays_but_what_their_users_wanted() {
        let (provider, client): (NodeId, NodeId) = (ProviderId(0).into(), ClientId(0).into());
        let intent = Intent { id: IntentId(3), room: RoomId(0), action: Action::Leave };
        let exchange = Exchange { origin: client, call: Call::Update(RoomId(0)) };
        let cause = Cause { exchange, from: client, attempt: 2, copy: 1 };
        let happened = [
            (client, Event::Start),
            (client, Event::Intent(intent)),
            (provider, Event::Request(cause)),
            (client, Event::Crash),
            (provider, Event::Intent(intent)),
        ];
        let step = |(n, (node, event)): (usize, (NodeId, Event))| Step {
            n: n as u64,
            at_us: 1_000 * n as u64,
            written_us: 10,
            node,
            event,
            cause: Some(0),
            facts: Vec::new(),
            change: None,
            view: None,
        };
        let steps: Vec<Step> = happened.into_iter().enumerate().map(step).collect();
        let (lines, wishes) = mask(&steps);
        let seen: Vec<_> = lines.iter().map(|line| (line.step, line.given_us, line.seen)).collect();
        let expected = [(2, 1_990, Seen::Request(exchange, client)), (4, 3_990, Seen::Order(intent))];
        assert_eq!(seen, expected);
        assert_eq!(wishes, [Wish { client: ClientId(0), told_us: 990, intent }]);
    }
}
