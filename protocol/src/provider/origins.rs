//! Who says where an event comes from: its server when it goes to the hub, the hub of its own, and whoever is told of it asks for
//! that (arch §5.2, ARCH-36), with `event-authentication = origin`.

use super::Provider;
use super::hub::{HubRoom, provider_behind};
use crate::ids::{NodeId, ProviderId, RoomId};
use crate::mls::{Mls, Octets, Sender};
use crate::mutant::Mutant;
use crate::node::{Event, Fact, FanOut, MessageId, Rejection, Request, Voucher};
use crate::origins::{check, parts_of_bundle, parts_of_event, vouch};
use crate::step::Step;
use crate::vouching::origin_of;

impl<M: Mls> Provider<M> {
    /// A request as it came; if it is a client's of its own, with this server's word for what is handed in.
    pub(super) fn vouched(&self, step: &mut Step, from: NodeId, request: Request) -> Request {
        if self.own_client(from).is_some() { self.vouch_for(step, request) } else { request }
    }

    /// A request that hands something in, with this server's word that it comes from here.
    pub(super) fn vouch_for(&self, step: &mut Step, mut request: Request) -> Request {
        if !self.config.readings().by_origin() {
            return request;
        }
        let (room, parts, vouchers) = match &mut request {
            Request::Update { room, bundle, vouchers } => (*room, parts_of_bundle(bundle), vouchers),
            Request::Submit { room, message, vouchers, .. } => {
                (*room, vec![std::slice::from_ref(&*message)], vouchers)
            }
            _ => return request,
        };
        let signed = parts.iter().filter_map(|part| {
            let voucher = vouch::<M>(&self.config, self.id, (room, part)).ok()?;
            step.observe(Fact::Vouched { room, message: first_of(part) });
            Some(voucher)
        });
        *vouchers = signed.collect();
        request
    }

    /// Whether every server that the event says it comes from says so too.
    pub(super) fn is_from_its_servers(&self, room: RoomId, event: &FanOut) -> bool {
        if !self.config.readings().by_origin() || self.config.planted.is(Mutant::TrustsTheHub) {
            return true;
        }
        let parts = parts_of_event(&event.event);
        let hub = self.config.directory().hub_of(room);
        let is_so = |(n, (part, voucher)): (usize, (&&[Octets], &Voucher))| {
            // Behind the commit stands what its hub has stapled to it.
            (n == 0 || voucher.server == hub) && check::<M>(&self.config, (room, part), voucher).is_ok()
        };
        parts.len() == event.vouchers.len() && parts.iter().zip(&event.vouchers).enumerate().all(is_so)
    }

    /// The event as it goes on to clients: without what servers alone look at.
    pub(super) fn without_vouchers(&self, step: &mut Step, room: RoomId, event: FanOut) -> FanOut {
        let servers = event.vouchers.iter().map(|voucher| voucher.server);
        for (part, server) in parts_of_event(&event.event).into_iter().zip(servers) {
            step.observe(Fact::CameFrom { room, message: first_of(part), server });
        }
        FanOut::new(event.accepted_ms, event.event)
    }
}

impl<M: Mls> HubRoom<M> {
    /// Takes down what the server that hands these messages in says of them.
    pub(super) fn take_vouchers(
        &mut self,
        from: NodeId,
        parts: &[&[Octets]],
        vouchers: Vec<Voucher>,
    ) -> Result<(), Rejection> {
        if !self.config.readings().by_origin() {
            return Ok(());
        }
        let server = provider_behind(&self.config, from);
        let is_so = |(part, voucher): (&&[Octets], &Voucher)| {
            voucher.server == server && check::<M>(&self.config, (self.room, part), voucher).is_ok()
        };
        if parts.len() != vouchers.len() || !parts.iter().zip(&vouchers).all(is_so) {
            return Err(Rejection::BadSignature);
        }
        let named = parts.iter().zip(vouchers).map(|(part, voucher)| (first_of(part), voucher));
        self.vouchers = named.collect();
        Ok(())
    }

    /// Whether the message was handed in by the server of whoever has sent it.
    pub(super) fn check_origin(&self, message: &[u8], sender: Sender) -> Result<(), Rejection> {
        let server = origin_of(self.config.directory(), sender);
        match self.vouchers.get(&MessageId::of(message)) {
            Some(voucher) if voucher.server != server => Err(Rejection::BadSignature),
            _ => Ok(()),
        }
    }

    /// What goes to other servers with an event: what its own says of it; of what the hub has made, the hub's word.
    pub(super) fn vouchers_for(&self, step: &mut Step, event: &Event) -> Vec<Voucher> {
        if !self.config.readings().by_origin() {
            return Vec::new();
        }
        let directory = self.config.directory();
        let parts = parts_of_event(event).into_iter().filter_map(|part| {
            let message = first_of(part);
            let mut voucher = match self.vouchers.get(&message) {
                Some(voucher) => voucher.clone(),
                None => {
                    let hub = directory.hub_of(self.room);
                    let own = vouch::<M>(&self.config, hub, (self.room, part)).ok()?;
                    step.observe(Fact::Vouched { room: self.room, message });
                    own
                }
            };
            if self.config.planted.is(Mutant::ForgesOrigins) {
                let is_other = |server: &ProviderId| *server != voucher.server;
                voucher.server = directory.providers().find(is_other).unwrap_or(voucher.server);
            }
            Some(voucher)
        });
        parts.collect()
    }
}

fn first_of(part: &[Octets]) -> MessageId {
    MessageId::of(part.first().map_or(&[], |message| message))
}
