//! Key packages on their way: from the target's provider, through the room's hub, to who asks (proto §5.2).

use super::Provider;
use crate::ids::{ClientId, NodeId, RoomId, UserId};
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::node::{Exchange, Fact, KeyMaterialAnswer, Request, Response, UserStatus};
use crate::signing::{SUITE, check_key_material};
use crate::step::Step;
use crate::wire::key_material::KeyMaterialRequest;

impl<M: Mls> Provider<M> {
    /// keyMaterial goes from the requester's provider to the hub and from there to the target's provider (PROTO-21).
    pub(super) fn key_material(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        (room, target, requester): (RoomId, UserId, ClientId),
        signed: KeyMaterialRequest,
    ) {
        let directory = self.config.directory();
        let (hub, home) = (directory.hub_of(room), directory.provider_of(target));
        let vouched = directory.provider_of_client(requester) == self.provider_behind(from);
        let asker = (directory.user_of(requester), room);
        let brought =
            self.own_client(from).is_some().then(|| self.take_brought(step, asker, target)).flatten();
        let directory = self.config.directory();
        let may_ask = from == NodeId::Provider(hub) || self.config.planted.is(Mutant::AsksPastTheHub);
        if let Some(answer) = brought {
            if hub == self.id {
                self.key_store.remember_routes::<M>(step, &self.config, &answer);
            }
            step.reply(from, exchange, Response::KeyMaterial(answer));
        } else if hub != self.id && self.own_client(from).is_some() {
            let goes_past = self.config.planted.is(Mutant::AsksPastTheHub);
            let asked = if goes_past { home } else { hub };
            step.send(asked, exchange, Request::KeyMaterial { room, target, requester, signed });
        } else if hub == self.id && home != self.id && vouched {
            step.send(home, exchange, Request::KeyMaterial { room, target, requester, signed });
        } else if home == self.id && (hub == self.id && vouched || may_ask) {
            let takes_any = self.config.planted.is(Mutant::TakesUnsignedRequests);
            if check_key_material::<M>(&signed).is_err() && !takes_any {
                return step.reply(from, exchange, Response::Refused);
            }
            let requester = (directory.user_of(requester), room);
            let answer = self.hand_out(step, requester, target, &signed);
            if hub == self.id {
                self.key_store.remember_routes::<M>(step, &self.config, &answer);
            }
            step.reply(from, exchange, Response::KeyMaterial(answer));
        } else {
            let answer = KeyMaterialAnswer { status: UserStatus::UserUnknown, clients: Vec::new() };
            step.reply(from, exchange, Response::KeyMaterial(answer));
        }
    }

    /// What a requester gets of a user of this provider, who has consented to it and has what the requester needs.
    fn hand_out(
        &mut self,
        step: &mut Step,
        (requester, room): (UserId, RoomId),
        target: UserId,
        signed: &KeyMaterialRequest,
    ) -> KeyMaterialAnswer {
        if let Some(status) = self.withheld(requester, target, room) {
            step.observe(Fact::Withheld { from: (requester, room), target, status });
            return KeyMaterialAnswer { status, clients: Vec::new() };
        }
        if !signed.tbs.acceptable_ciphersuites.contains(&SUITE) {
            return self.key_store.incompatible(&self.config, target);
        }
        let for_whom = ((requester, room), self.discretion().is_some());
        let required = &signed.tbs.required_capabilities;
        self.key_store.claim::<M>(step, &self.config, target, required, for_whom)
    }
}
