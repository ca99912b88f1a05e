//! Oblivious HTTP: a provider relays for its own clients, and is the gateway to assets where it is a hub (proto §5.10.3, PROTO-73).

use super::Provider;
use crate::http::status::{BAD_REQUEST, FORBIDDEN, NOT_FOUND, OK};
use crate::http::{BinaryRequest, BinaryResponse};
use crate::ids::{NodeId, ProviderId};
use crate::mls::{Mls, Octets};
use crate::node::{Exchange, Request, Response};
use crate::ohttp::{Context, decapsulate, key_configurations};
use crate::step::Step;

impl<M: Mls> Provider<M> {
    /// An encapsulated request, from a client to be relayed or for the gateway here.
    pub(super) fn ohttp(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        (gateway, sealed): (ProviderId, Octets),
    ) {
        let is_own = self.own_client(from).is_some();
        match from {
            // RFC 9458 §6.2: a relay knows the gateways that it relays to, and so it is no open proxy either.
            _ if is_own && gateway != self.id && self.is_hub_of_some_room(gateway) => {
                step.send(gateway, exchange, Request::Oblivious { gateway, sealed });
            }
            _ if gateway == self.id && (is_own || matches!(from, NodeId::Provider(_))) => {
                self.fetch_obliviously(step, (exchange, from), &sealed);
            }
            _ => step.reply(from, exchange, Response::Refused),
        }
    }

    /// The key configuration of a gateway: the one here tells it, and that of a hub is fetched for a client of its own, so that the hub
    /// does not learn who is about to ask (RFC 9458 §3, RFC 9540 §3).
    pub(super) fn tell_keys(
        &self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        gateway: ProviderId,
    ) {
        let is_own = self.own_client(from).is_some();
        if is_own && gateway != self.id && self.is_hub_of_some_room(gateway) {
            return step.send(gateway, exchange, Request::OhttpKeys { gateway });
        }
        let may_ask = gateway == self.id && (is_own || matches!(from, NodeId::Provider(_)));
        let key = M::server_sealing_key(&self.config.mls, self.id).ok().filter(|_| may_ask);
        let told = key.map(|key| Response::OhttpKeys(key_configurations(&key).into()));
        step.reply(from, exchange, told.unwrap_or(Response::Refused));
    }

    /// At the gateway, the owner has answered: that is sealed and goes back. Without its context, which a crash takes, it is nobody's
    /// answer, and who has asked runs out of time and asks again. What comes to a relay is passed on as it is.
    pub(super) fn oblivious_answered(&mut self, step: &mut Step, exchange: Exchange, response: Response) {
        match (self.gateway.remove(&exchange), response) {
            (Some(context), response) => {
                let sealed = sealed_as_http::<M>(step, &context, &response);
                self.pass_back(step, exchange, sealed);
            }
            (None, Response::Asset(_) | Response::NotFound) => {}
            (None, response) => self.pass_back(step, exchange, response),
        }
    }

    /// The gateway (RFC 9458 §5.2): what it cannot open it refuses in the clear; what it has opened it answers sealed, whatever it
    /// has to say.
    fn fetch_obliviously(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        encapsulated: &[u8],
    ) {
        let Ok((request, context)) = decapsulate::<M>(&self.config, self.id, encapsulated) else {
            return step.reply(from, exchange, Response::BadRequest);
        };
        let request = match BinaryRequest::decode(&request) {
            Ok(request) => request,
            Err(_) => {
                let sealed = sealed_as_http::<M>(step, &context, &Response::BadRequest);
                return step.reply(from, exchange, sealed);
            }
        };
        let is_plain_get = request.method == "GET" && request.content.is_empty();
        let url = request.url;
        let response = match self.owner_among_peers(&url).filter(|_| is_plain_get) {
            Some(owner) if owner == self.id => self.asset(step, from, &url),
            Some(owner) => {
                self.gateway.insert(exchange, context);
                return step.send(owner, exchange, Request::Asset { url });
            }
            None => Response::Refused,
        };
        let sealed = sealed_as_http::<M>(step, &context, &response);
        step.reply(from, exchange, sealed);
    }

    fn is_hub_of_some_room(&self, provider: ProviderId) -> bool {
        let directory = self.config.directory();
        directory.rooms().any(|room| directory.hub_of(room) == provider)
    }
}

/// What the target has answered, in Binary HTTP, sealed for whoever has asked.
fn sealed_as_http<M: Mls>(step: &Step, context: &Context, response: &Response) -> Response {
    let (status, content) = match response {
        Response::Asset(octets) => (OK, octets.to_vec()),
        Response::NotFound => (NOT_FOUND, Vec::new()),
        Response::BadRequest => (BAD_REQUEST, Vec::new()),
        _ => (FORBIDDEN, Vec::new()),
    };
    let sealed = BinaryResponse { status, content }
        .encode()
        .ok()
        .and_then(|octets| context.seal::<M>(&octets, step.entropy.of("mimic oblivious answer")).ok());
    sealed.map_or(Response::Refused, Response::Oblivious)
}
