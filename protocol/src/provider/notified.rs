//! What a follower does with what the hub fans out: takes it in once, and queues it for the clients that it concerns.

use super::{FollowedRoom, Provider};
use crate::ids::{ClientId, NodeId, RoomId};
use crate::mls::{Mls, MlsError};
use crate::mutant::Mutant;
use crate::node::{Event, Exchange, Fact, FanOut, MessageId, Response};
use crate::step::Step;

impl<M: Mls> Provider<M> {
    /// A hub's event: durable, then 201; from one that is too busy, 503 with Retry-After (PROTO-53).
    pub(super) fn notified(
        &mut self,
        step: &mut Step,
        exchange: Exchange,
        from: NodeId,
        room: RoomId,
        event: FanOut,
    ) {
        let event = self.as_taken(event);
        // proto §5.5, INV-20: only the room's hub may notify.
        let is_hub = from == NodeId::Provider(self.config.directory().hub_of(room));
        if !is_hub && !self.config.planted.is(Mutant::NotifiedByAnybody) {
            return step.reply(from, exchange, Response::Refused);
        }
        let busy = self.config.plans.busy.get(&self.id);
        if let Some(retry_after_s) = busy.and_then(|busy| busy.retry_after_s(step.now_ms)) {
            let message = event.event.id();
            step.observe(Fact::TurnedAway { room, message, retry_after_s });
            return step.reply(from, exchange, Response::Unavailable { retry_after_s });
        }
        if !self.is_from_its_servers(room, &event) {
            let (message, error) = (event.event.id(), MlsError::NotAuthentic);
            step.observe(Fact::Unprocessable { room, message, error });
            return step.reply(from, exchange, Response::Refused);
        }
        let followed = self.followed.entry(room).or_default();
        let again = self.config.planted.is(Mutant::ProcessesRepetitions);
        if followed.is_new(step, room, &event) || again {
            let message = event.event.id();
            if !self.is_from_its_origin(&event) {
                let error = MlsError::NotAuthentic;
                step.observe(Fact::Unprocessable { room, message, error });
                return step.reply(from, exchange, Response::Created);
            }
            step.observe(Fact::Notified { room, message });
            let event = self.without_vouchers(step, room, event);
            let ends_epoch = if let Event::Commit { staple, .. } = &event.event {
                let staple = staple.iter().map(|message| MessageId::of(message));
                staple.for_each(|message| step.observe(Fact::Notified { room, message }));
                true
            } else {
                false
            };
            let news = matches!(event.event, Event::Welcome { .. }) || ends_epoch;
            if self.takes(step, room, &event.event) {
                self.distribute(step, room, event);
            }
            if ends_epoch {
                self.take_up(step, room);
            }
            if news {
                self.ask_for_group(step, room);
            }
        } else if self.config.planted.is(Mutant::RefusesRepetitions) {
            return step.reply(from, exchange, Response::Refused);
        }
        step.reply(from, exchange, Response::Created);
    }

    /// The event as a follower goes on with it: as it came, but for a planted bug.
    fn as_taken(&self, event: FanOut) -> FanOut {
        let alters = self.config.planted.is(Mutant::TakesAnyStamp);
        let is_stamped = matches!(event.event, Event::Message { frank: Some(_), .. });
        let late_ms = u64::from(alters && is_stamped);
        FanOut { accepted_ms: event.accepted_ms + late_ms, ..event }
    }

    /// Queues an event for the clients of this provider that it concerns.
    pub(super) fn distribute(&mut self, step: &mut Step, room: RoomId, event: FanOut) {
        let recipients: Vec<ClientId> = match &event.event {
            Event::Welcome { welcome, .. } => {
                let refs = M::welcome_refs(welcome).unwrap_or_default();
                let owners = refs.iter().filter_map(|r| self.key_store.owner(r));
                owners.filter(|_| !self.config.planted.is(Mutant::ForgetsOwners)).collect()
            }
            event => {
                let subscribers = self.followed.get(&room).into_iter().flat_map(FollowedRoom::subscribers);
                // A hub knows who takes part, and withholds from its own clients what they may not have (INV-07).
                let hub = self.hosted.get(&room).filter(|_| matches!(event, Event::Message { .. }));
                subscribers.filter(|client| hub.is_none_or(|hub| hub.may_receive(*client))).collect()
            }
        };
        for client in recipients {
            if matches!(event.event, Event::Welcome { .. }) {
                self.subscribe(step, room, client);
            }
            let Some(inbox) = self.inboxes.get_mut(&client) else { continue };
            inbox.push(step, client, room, event.clone());
            step.observe(Fact::Queued { room, message: event.event.id(), client });
            self.deliver_next(step, client);
        }
    }
}
