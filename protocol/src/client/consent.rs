//! What users say about consent: each asks, and answers, through its own provider (proto §5.7, ARCH-12).

use super::Client;
use crate::ids::{RoomId, UserId};
use crate::mls::Mls;
use crate::node::{Call, Consent, ConsentScope, IntentId, Refusal, Request, Response};
use crate::step::Step;

impl<M: Mls> Client<M> {
    /// Sets out to say it: no group is needed for that (ARCH-11).
    pub(super) fn speak_of_consent(
        &mut self,
        step: &mut Step,
        (room, intent): (RoomId, IntentId),
        (consent, other, here): (Consent, UserId, bool),
    ) -> Result<(), Refusal> {
        let own = self.user();
        if own == other {
            return Err(Refusal::Pointless);
        }
        let (requester, target) = match consent {
            Consent::Request | Consent::Cancel => (own, other),
            Consent::Grant | Consent::Revoke => (other, own),
        };
        let scope = ConsentScope { requester, target, room: here.then_some(room) };
        self.inquire(
            step,
            room,
            Call::Consent(room, other),
            Request::Consent { consent, scope, serial: Some(intent.0), key_packages: Vec::new() },
        );
        Ok(())
    }

    pub(super) fn consent_answered(&mut self, step: &mut Step, room: RoomId, response: &Response) {
        let refusal = match response {
            Response::Created => None,
            Response::NotFound => Some(Refusal::Pointless),
            _ => Some(Refusal::NotAllowed),
        };
        self.end_intent(step, room, refusal);
    }
}
