//! Questions and answers on their way: named, encoded, carried by the fabric, and decoded on arrival.

use crate::calls::{Calls, Open, Try};
use crate::fabric::Fabric;
use crate::faults::Faults;
use crate::keyed::Randomness;
use crate::latency::Latencies;
use crate::packet::{Leg, Link, Packet, PacketKey};
use mimic_protocol::codec::{
    CodecError, Hop, decode_request, decode_response, encode_failure, encode_request, encode_response,
};
use mimic_protocol::http::{RequestHead, read_request, write_request};
use mimic_protocol::mls::{Envelope, MlsConfig, MlsError};
use mimic_protocol::node::{Exchange, Input, Request, Response};
use mimic_protocol::{NodeConfig, NodeId, ProviderId};
use mimic_record::{Cause, Event};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How an engine reads the visible header of a message.
pub(crate) type ReadEnvelope = fn(&MlsConfig, &[u8]) -> Result<Envelope, MlsError>;

/// An input for a node, with what the driver knows about it.
#[derive(Debug)]
pub(crate) struct Arrival {
    /// What the node is handed.
    pub input: Input,
    /// The same in terms of the trace.
    pub event: Event,
    /// The step that made it happen.
    pub cause: Option<u64>,
    /// The try at an exchange that it belongs to: what the node sends on in this exchange bears the same name.
    pub asked: Option<Try>,
}

/// Sends and receives for all nodes.
#[derive(Debug)]
pub(crate) struct Post {
    config: Arc<NodeConfig>,
    read_envelope: ReadEnvelope,
    pub fabric: Fabric,
    pub latencies: Latencies,
    pub faults: Faults,
    pub calls: Calls,
    /// Messages that are not what was sent, and may make no sense.
    tampered: BTreeSet<(PacketKey, u32)>,
}

/// What somebody does to a message on its way who should not be able to: TLS stands against it (PROTO-13).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tampering {
    /// Only its first half arrives.
    Cut,
    /// Its From header names this provider.
    From(ProviderId),
}

/// Who sends when: the time, the node, and the step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub now_us: u64,
    pub node: NodeId,
    pub step: u64,
}

impl Post {
    pub fn new(
        config: Arc<NodeConfig>,
        read_envelope: ReadEnvelope,
        randomness: &Randomness,
        latencies: Latencies,
        faults: Faults,
    ) -> Self {
        let fabric = Fabric::new(randomness.clone());
        Self {
            config,
            read_envelope,
            fabric,
            latencies,
            faults,
            calls: Calls::default(),
            tampered: BTreeSet::new(),
        }
    }

    /// Sends a question on: one of the sender's own, or one that it relays. Of an own one, gives the exchange as it is open
    /// now, and as it was before, if it was.
    pub fn ask(
        &mut self,
        sender: Sender,
        to: NodeId,
        request: &Request,
        (exchange, relayed): (Exchange, Option<Try>),
    ) -> Result<Option<(Open, Option<Open>)>, CodecError> {
        let opened = (exchange.origin == sender.node).then(|| self.begin(sender, exchange, request));
        let asked = opened.map_or_else(|| relayed_as(exchange, relayed), |(open, _)| open.asked);
        let bytes = encode_request(self.config.directory(), Hop { from: sender.node, to }, request)?;
        self.send(sender, to, asked, Leg::Request, bytes);
        Ok(opened)
    }

    /// Sends an answer on its way back.
    pub fn answer(
        &mut self,
        sender: Sender,
        to: NodeId,
        response: &Response,
        (exchange, relayed): (Exchange, Option<Try>),
    ) -> Result<(), CodecError> {
        let bytes =
            encode_response(self.config.directory(), Hop { from: sender.node, to }, &exchange, response)?;
        self.send(sender, to, relayed_as(exchange, relayed), Leg::Response, bytes);
        Ok(())
    }

    /// Tampers with a message on its way.
    pub fn tamper(&mut self, (key, copy): (&PacketKey, u32), tampering: Tampering) {
        let directory = self.config.directory();
        let domain = |provider| directory.provider_uri(provider).domain();
        let alter = |bytes: &[u8]| match tampering {
            Tampering::Cut => bytes[..bytes.len() / 2].to_vec(),
            Tampering::From(provider) => renamed(bytes, domain(provider)),
        };
        self.fabric.alter(key, copy, alter);
        self.tampered.insert((*key, copy));
    }

    /// Takes in what has arrived. What makes no sense is refused; but of what nobody has tampered with, that is a defect of this
    /// program. None if there is nothing for the node.
    pub fn receive(
        &mut self,
        now_us: u64,
        packet: Packet,
    ) -> Result<Option<(Arrival, Option<Open>)>, CodecError> {
        let Packet { key, copy, step, .. } = packet;
        let error = match self.read(packet) {
            Err(error) if self.tampered.contains(&(key, copy)) => error,
            read => return read,
        };
        // An answer that makes no sense is none.
        if key.leg == Leg::Request {
            let PacketKey { link: Link { from, to }, exchange, operation, attempt, .. } = key;
            let sender = Sender { now_us, node: to, step };
            let bytes = encode_failure(Hop { from: to, to: from }, &exchange, &error);
            self.send(sender, from, Try { exchange, operation, attempt }, Leg::Response, bytes);
        }
        Ok(None)
    }

    /// Reads what has arrived. None if it is an answer in an exchange that has ended at its origin; otherwise the input
    /// for the node, and the exchange that ends with it, if one does.
    fn read(&mut self, packet: Packet) -> Result<Option<(Arrival, Option<Open>)>, CodecError> {
        let Packet { key, copy, step, bytes } = packet;
        let PacketKey { link, exchange, operation, attempt, leg } = key;
        let (from, hop) = (link.from, Hop { from: link.from, to: link.to });
        let asked = Try { exchange, operation, attempt };
        let cause = Cause { exchange, from, attempt, copy: u8::try_from(copy).unwrap_or(u8::MAX) };
        let mut ended = None;
        let (input, event) = match leg {
            Leg::Request => {
                let (from, request) = decode_request(&self.config, hop, &bytes)?;
                (Input::Request { exchange, from, request }, Event::Request(cause))
            }
            Leg::Response => {
                if exchange.origin == link.to {
                    ended = self.calls.end(asked);
                    if ended.is_none() {
                        return Ok(None);
                    }
                }
                let response = decode_response(self.config.directory(), hop, &exchange, &bytes)?;
                (Input::Response { exchange, from, response }, Event::Response(cause))
            }
        };
        Ok(Some((Arrival { input, event, cause: Some(step), asked: Some(asked) }, ended)))
    }

    fn begin(&mut self, sender: Sender, exchange: Exchange, request: &Request) -> (Open, Option<Open>) {
        let (read, config) = (self.read_envelope, &self.config.mls);
        let epoch_of = |message: &[u8]| read(config, message).map_or(0, |envelope| envelope.epoch);
        let operation = self.calls.operation(exchange, request, epoch_of);
        self.calls.begin(sender.now_us, exchange, operation, sender.step)
    }

    fn send(&mut self, sender: Sender, to: NodeId, asked: Try, leg: Leg, bytes: Vec<u8>) {
        let Try { exchange, operation, attempt } = asked;
        let key = PacketKey { link: Link { from: sender.node, to }, exchange, operation, attempt, leg };
        let packet = Packet::new(key, sender.step, bytes.into());
        let Self { fabric, latencies, faults, .. } = self;
        fabric.send(sender.now_us, packet, latencies, faults);
    }
}

/// The octets of a request with another source in their head; none between a client and its provider.
fn renamed(bytes: &[u8], domain: &str) -> Vec<u8> {
    match read_request(bytes) {
        Ok((head, body)) => write_request(&RequestHead { from: domain, ..head }, body),
        Err(_) => bytes.to_vec(),
    }
}

/// A relay answers, or passes on, what it has just been handed. A node that does otherwise breaks the contract, and what its
/// message should be called is undefined: the run ends.
fn relayed_as(exchange: Exchange, relayed: Option<Try>) -> Try {
    match relayed {
        Some(asked) if asked.exchange == exchange => asked,
        _ => panic!("a node speaks in {exchange:?} of another node without having been asked"),
    }
}
