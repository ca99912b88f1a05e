//! What users ask other providers about: who somebody is (proto §5.8).

use super::Client;
use crate::ids::RoomId;
use crate::mls::Mls;
use crate::node::{Call, Fact, IntentId, Refusal, Request, Response};
use crate::plans::QueryId;
use crate::step::Step;

impl<M: Mls> Client<M> {
    /// Sets out to ask: no group is needed for that.
    pub(super) fn search(&mut self, step: &mut Step, room: RoomId, query: QueryId) -> Result<(), Refusal> {
        let query = self.config.plans.query(query).ok_or(Refusal::Pointless)?.clone();
        let request = Request::Search { at: query.at, query: query.terms };
        self.inquire(step, room, Call::Search(room, query.at), request);
        Ok(())
    }

    pub(super) fn search_answered(&mut self, step: &mut Step, room: RoomId, response: &Response) {
        let refusal = match (response, self.current_intent(room)) {
            (Response::Search(answer), Some(intent)) => {
                let users = answer.found.iter().map(|(user, _)| *user).collect();
                step.observe(Fact::Found { intent, code: answer.code, users });
                None
            }
            _ => Some(Refusal::NotAllowed),
        };
        self.end_intent(step, room, refusal);
    }

    fn current_intent(&self, room: RoomId) -> Option<IntentId> {
        Some(self.seats.get(&room)?.intents().front()?.id)
    }
}
