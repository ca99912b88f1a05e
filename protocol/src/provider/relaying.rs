//! What a server passes on between its clients and the hubs of their rooms (ARCH-03, ARCH-12).

use super::{Provider, follower};
use crate::ids::{NodeId, RoomId, UserId};
use crate::mls::{Mls, Sender};
use crate::mutant::Mutant;
use crate::node::{Bundle, Exchange, Request, Response, SubmitAnswer, VouchedEvent};
use crate::room::StateEvent;
use crate::step::Step;
use crate::vouching::from_server;

impl<M: Mls> Provider<M> {
    /// Passes a client's request on to the room's hub (ARCH-03: a follower sends only through the hub).
    pub(super) fn relay(
        &mut self,
        step: &mut Step,
        exchange: Exchange,
        from: NodeId,
        room: RoomId,
        mut request: Request,
    ) {
        let Some(client) = self.own_client(from) else {
            return step.reply(from, exchange, Response::Refused);
        };
        if matches!(request, Request::GroupInfo { .. }) {
            self.subscribe(step, room, client);
        }
        if let (Request::Submit { message, sender, .. }, true) =
            (&request, self.config.planted.is(Mutant::FollowersDecide))
        {
            let accepted_ms = follower::decide::<M>(step, &self.config, room, message, *sender);
            let answer = Response::Submit(SubmitAnswer::Accepted { accepted_ms, frank: None });
            return step.reply(from, exchange, answer);
        }
        if let (Request::Submit { sender, .. }, true) =
            (&mut request, self.config.planted.is(Mutant::VouchesForOthers))
        {
            let directory = self.config.directory();
            let is_other = |user: &UserId| *user != *sender && directory.provider_of(*user) == self.id;
            *sender = directory.users().find(is_other).unwrap_or(*sender);
        }
        if let Request::Submit { sender, .. } = request
            && self.holds_back(room, sender)
        {
            return step.reply(from, exchange, Response::Submit(SubmitAnswer::NotAllowed));
        }
        step.send(self.config.directory().hub_of(room), exchange, request);
    }

    /// Passes on a state event of a client of its own, and vouches for it (arch §5.2, ARCH-36).
    pub(super) fn relay_event(
        &mut self,
        step: &mut Step,
        exchange: Exchange,
        from: NodeId,
        room: RoomId,
        vouched: VouchedEvent,
    ) {
        let author = StateEvent::decode(self.config.directory(), &vouched.event).map(|event| event.author);
        let is_own = |client| author == Ok(Sender::Member(client));
        let vouched = from_server::<M>(&self.config, self.id, vouched.event);
        match (self.own_client(from).filter(|client| is_own(*client)), vouched) {
            (Some(_), Ok(vouched)) => {
                let request = Request::Update { room, bundle: Bundle::State(vouched), vouchers: Vec::new() };
                self.relay(step, exchange, from, room, request);
            }
            _ => step.reply(from, exchange, Response::Refused),
        }
    }

    /// Passes an answer on towards the client that asked.
    pub(super) fn pass_back(&self, step: &mut Step, exchange: Exchange, response: Response) {
        let NodeId::Client(client) = exchange.origin else { return };
        let home = self.config.directory().provider_of_client(client);
        let next = if home == self.id { NodeId::Client(client) } else { NodeId::Provider(home) };
        step.reply(next, exchange, response);
    }
}
