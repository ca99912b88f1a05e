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
