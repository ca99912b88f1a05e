//! What is in flight between two nodes.

use mimic_protocol::NodeId;
use mimic_protocol::node::{Exchange, Input, Request, Response};

/// A message on one hop. Two that are equal are copies of each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Packet {
    /// Who handed it over.
    pub from: NodeId,
    /// Whom it goes to.
    pub to: NodeId,
    /// Which exchange it belongs to.
    pub exchange: Exchange,
    /// What it says.
    pub body: Body,
}

/// A question or an answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Body {
    /// On its way to whoever answers it.
    Request(Request),
    /// On its way back.
    Response(Response),
}

/// What the model must know of a packet at each step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// The number of its exchange.
    pub exchange: u32,
    /// The index of the node that began the exchange.
    pub origin: usize,
    /// The index of the node that it goes to.
    pub to: usize,
    /// Whether it is a question.
    pub is_request: bool,
}

impl Header {
    /// Whether it ends its exchange when it arrives.
    pub fn is_last_hop(&self) -> bool {
        !self.is_request && self.to == self.origin
    }
}

impl Packet {
    /// What the receiver is given.
    pub fn input(&self) -> Input {
        let (exchange, from) = (self.exchange, self.from);
        match &self.body {
            Body::Request(request) => Input::Request { exchange, from, request: request.clone() },
            Body::Response(response) => Input::Response { exchange, from, response: response.clone() },
        }
    }
}
