//! What is in flight between two nodes.

use super::kinds;
use super::tables::index;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Mls as _, MlsConfig};
use mimic_protocol::node::{Bundle, Call, Event, Exchange, Input, Output, Request, Response};
use mimic_protocol::{NodeConfig, NodeId};

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
    /// What it says between twins, where there are any.
    pub real: Option<Body>,
}

/// A question or an answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Body {
    /// On its way to whoever answers it.
    Request(Request),
    /// On its way back.
    Response(Response),
}

impl Body {
    /// What leaves a node with the output, if anything does.
    pub fn of(output: Output) -> Option<Self> {
        match output {
            Output::Send { request, .. } => Some(Self::Request(request)),
            Output::Reply { response, .. } => Some(Self::Response(response)),
            Output::Persist(_) | Output::Observe(_) | Output::Wake { .. } => None,
        }
    }
}

/// What the model must know of a packet at each step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// The number of its exchange.
    pub exchange: u32,
    /// The index of the node that began the exchange.
    pub origin: usize,
    /// The index of the node that it comes from.
    pub from: usize,
    /// The index of the node that it goes to.
    pub to: usize,
    /// Whether it is a question.
    pub is_request: bool,
    /// What it asks of the hub's order, if it asks for a place in it.
    pub update: Option<Update>,
    /// Whether it asks for a place in the hub's logs.
    pub is_state_event: bool,
    /// What part it has in fan-out.
    pub part: Part,
    /// The kind of the step in which it arrives, by its place in [`KINDS`](super::kinds::KINDS).
    pub kind: u8,
    /// Whether it asks for a key package, or holds one or a Welcome for one.
    pub brings_key_packages: bool,
}

/// What part something has in fan-out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Part {
    /// It moves a queue on.
    Acknowledgement,
    /// It hands an event to a device.
    Delivery,
    /// It hands an event to a follower.
    Notify,
    /// It is none of it, and tells a provider of a device's key packages.
    Publication,
    /// It is none of it.
    Beside,
}

/// A handshake that wants a place in the hub's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Update {
    /// The epoch that it was made in.
    pub epoch: u64,
    /// Whether it is a commit; else it is a batch of proposals.
    pub is_commit: bool,
}

impl Header {
    /// Whether it ends its exchange when it arrives.
    pub fn is_last_hop(&self) -> bool {
        !self.is_request && self.to == self.origin
    }
}

impl Packet {
    /// What its receiver would answer if it had come, where it is an event of a queue: as far as the sender can tell, it has.
    pub fn acknowledgement(&self) -> Option<Self> {
        let response = match self.part() {
            Part::Notify => Response::Created,
            Part::Delivery => Response::Done,
            Part::Acknowledgement | Part::Publication | Part::Beside => return None,
        };
        let body = Body::Response(response);
        let real = self.real.as_ref().map(|_| body.clone());
        Some(Self { from: self.to, to: self.from, exchange: self.exchange, body, real })
    }

    /// What there is to know of it at each step; its exchange has this number.
    pub fn header(&self, config: &NodeConfig, exchange: u32) -> Header {
        Header {
            exchange,
            origin: index(self.exchange.origin),
            from: index(self.from),
            to: index(self.to),
            is_request: matches!(self.body, Body::Request(_)),
            update: self.update(&config.mls),
            is_state_event: matches!(
                self.body,
                Body::Request(Request::Update { bundle: Bundle::State(_), .. })
            ),
            part: self.part(),
            kind: kinds::of_packet(self.exchange.call, matches!(self.body, Body::Request(_))),
            brings_key_packages: self.brings_key_packages(),
        }
    }

    fn part(&self) -> Part {
        match (self.exchange.call, &self.body) {
            (Call::Notify(..), Body::Request(Request::Notify { .. })) => Part::Notify,
            (Call::Deliver(_), Body::Request(Request::Deliver { .. })) => Part::Delivery,
            (Call::Notify(..), Body::Response(Response::Created))
            | (Call::Deliver(_), Body::Response(Response::Done)) => Part::Acknowledgement,
            (Call::Publish, _) => Part::Publication,
            _ => Part::Beside,
        }
    }

    fn brings_key_packages(&self) -> bool {
        match &self.body {
            Body::Request(Request::Update { bundle: Bundle::Commit(bundle), .. }) => bundle.welcome.is_some(),
            Body::Request(Request::Notify { event, .. } | Request::Deliver { event, .. }) => {
                matches!(event.event, Event::Welcome { .. })
            }
            _ => matches!(self.exchange.call, Call::KeyMaterial(..)),
        }
    }

    fn update(&self, config: &MlsConfig) -> Option<Update> {
        let Body::Request(Request::Update { bundle, .. }) = &self.body else { return None };
        let (message, is_commit) = match bundle {
            Bundle::Commit(bundle) => (&bundle.commit, true),
            Bundle::Proposals(batch) => (batch.first()?, false),
            // It belongs to no epoch.
            Bundle::State(_) => return None,
        };
        let epoch = Symbolic::envelope(config, message).ok()?.epoch;
        Some(Update { epoch, is_commit })
    }

    /// What the receiver is given.
    pub fn input(&self) -> Input {
        self.given(&self.body)
    }

    /// What its twin is given.
    pub fn real_input(&self) -> Option<Input> {
        self.real.as_ref().map(|body| self.given(body))
    }

    fn given(&self, body: &Body) -> Input {
        let (exchange, from) = (self.exchange, self.from);
        match body {
            Body::Request(request) => Input::Request { exchange, from, request: request.clone() },
            Body::Response(response) => Input::Response { exchange, from, response: response.clone() },
        }
    }
}
