//! What servers have sent one hidden client, and it may still be given.

use mimic_protocol::node::{Call, Exchange, Input, Request, Response};
use mimic_protocol::{ClientId, NodeId, RoomId};
use std::collections::BTreeSet;

/// An event that the client's provider delivers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Delivery {
    pub exchange: Exchange,
    pub from: NodeId,
    pub request: Request,
    pub sent_us: u64,
}

/// An answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    pub call: Call,
    /// The tries that it may answer, by the lines that have handled them first.
    pub tries: BTreeSet<u64>,
    pub from: NodeId,
    pub response: Response,
    pub sent_us: u64,
}

/// All of it. Each may be lost, or come at any time; what was delivered before the last event has come, as the provider goes on only then.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Mail {
    pub delivery: Option<Delivery>,
    pub answers: Vec<Answer>,
}

impl Delivery {
    /// The room that it is about.
    pub fn room(&self) -> Option<RoomId> {
        match &self.request {
            Request::Deliver { room, .. } => Some(*room),
            _ => None,
        }
    }

    /// What the client is given.
    pub fn input(&self) -> Input {
        Input::Request { exchange: self.exchange, from: self.from, request: self.request.clone() }
    }
}

impl Answer {
    /// What the client is given.
    pub fn input(&self, client: ClientId) -> Input {
        let exchange = Exchange { origin: client.into(), call: self.call };
        Input::Response { exchange, from: self.from, response: self.response.clone() }
    }
}
