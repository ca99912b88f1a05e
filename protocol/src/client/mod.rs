//! A client: one device, in all its rooms.
//!
//! All that happens in a room comes to a client through one queue, in the hub's order. An answer only says whether to ask
//! again; what has happened is settled by the queue: a commit by the commit that ends its epoch, an application message by
//! its echo or by the end of its epoch, a leave by the client's removal.

mod answers;
mod consent;
mod deeds;
mod downloads;
mod intents;
mod joining;
mod keys;
mod kinds;
mod log;
mod reading;
mod recognising;
mod search;
mod seat;
mod senders;
mod stream;
mod timeline;
mod usage;
mod verify;

pub use seat::{Attempt, Phase, Seat};
pub use timeline::{Entry, Shows, Timeline};

use crate::config::{Fixed, NodeConfig};
use crate::durable::Durable;
use crate::epoch_view::EpochView;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{Entropy, Mls, MlsError, MlsMember, Octets};
use crate::mutant::Mutant;
use crate::node::{
    Call, Cells, Exchange, Fact, Input, Intent, Node, Output, Refusal, Request, Response, Timer,
};
use crate::step::{Step, under};
use derive_where::derive_where;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The cells beside the engine's and those of the seats.
const NEXT_POSITION: &[u8] = b"n";
const UNPUBLISHED: &[u8] = b"u";
const RENEW: &[u8] = b"r";

/// One device.
#[derive(Debug)]
#[derive_where(Clone, PartialEq, Eq, Hash; M::Member)]
pub struct Client<M: Mls> {
    id: ClientId,
    config: Fixed<NodeConfig>,
    engine: M::Member,
    seats: BTreeMap<RoomId, Seat>,
    /// The place in the provider's queue of the next event; earlier ones are repetitions.
    next_position: Durable<u64>,
    /// Key packages that the provider has not confirmed.
    unpublished: Durable<Vec<Octets>>,
    /// From when on it renews its key packages, in seconds of its own clock; 0 where they last for ever.
    renew_s: Durable<u64>,
}

impl<M: Mls> Client<M> {
    /// A client without any state but its identity.
    pub fn new(config: Arc<NodeConfig>, id: ClientId, entropy: Entropy) -> Self {
        let engine = M::Member::new(&config.mls, id, entropy);
        Self {
            id,
            config: Fixed(config),
            engine,
            seats: BTreeMap::new(),
            next_position: Durable::default(),
            unpublished: Durable::default(),
            renew_s: Durable::default(),
        }
    }

    /// The client whose durable records these cells are; a client without any begins anew.
    pub fn recover(
        config: Arc<NodeConfig>,
        id: ClientId,
        cells: &Cells,
        entropy: Entropy,
    ) -> Result<Self, MlsError> {
        // Its first step leaves key packages behind.
        let Some(unpublished) = Durable::recover(cells, UNPUBLISHED) else {
            return Ok(Self::new(config, id, entropy));
        };
        let engine = M::Member::recover(&config.mls, id, &under(cells, b"m/"))?;
        let rooms = config.directory().rooms();
        let seats = rooms.filter_map(|room| {
            let mut seat = Seat::recover(cells, room)?;
            let member = seat.standing.is_some();
            seat.epoch = engine.group(room).filter(|_| member).map(EpochView::of);
            Some((room, seat))
        });
        let seats = seats.collect();
        let next_position = Durable::recover(cells, NEXT_POSITION).unwrap_or_default();
        let renew_s = Durable::recover(cells, RENEW).unwrap_or_default();
        Ok(Self { id, config: Fixed(config), engine, seats, next_position, unpublished, renew_s })
    }

    /// Which client it is.
    pub fn id(&self) -> ClientId {
        self.id
    }

    /// Whose device it is.
    pub fn user(&self) -> UserId {
        self.config.directory().user_of(self.id)
    }

    /// Its places in rooms.
    pub fn seats(&self) -> &BTreeMap<RoomId, Seat> {
        &self.seats
    }

    /// Its group of the room, where it is a member.
    pub fn group(&self, room: RoomId) -> Option<&<M::Member as MlsMember>::Group> {
        self.engine.group(room)
    }

    /// Its MLS state, for checks that need real keys.
    pub fn engine(&self) -> &M::Member {
        &self.engine
    }

    fn provider(&self) -> ProviderId {
        self.config.directory().provider_of_client(self.id)
    }

    /// Asks the own provider.
    fn ask(&self, step: &mut Step, call: Call, request: Request) {
        let room = call.room().filter(|_| self.config.planted.is(Mutant::AsksTheHub));
        let provider = room.map_or(self.provider(), |room| self.config.directory().hub_of(room));
        step.send(provider, self.own(call), request);
    }

    /// Asks what the next deed in the room waits for, and waits for this answer alone.
    fn inquire(&mut self, step: &mut Step, room: RoomId, call: Call, request: Request) {
        self.awaits(room, call);
        self.ask(step, call, request);
    }

    fn awaits(&mut self, room: RoomId, call: Call) {
        self.seats.entry(room).or_default().phase = Phase::Asked(call);
    }

    /// An exchange of its own.
    fn own(&self, call: Call) -> Exchange {
        Exchange { origin: NodeId::Client(self.id), call }
    }

    fn start(&mut self, step: &mut Step) {
        if *self.next_position == 0 && self.unpublished.is_empty() && self.seats.is_empty() {
            self.begin_key_packages(step);
        }
        self.publish(step);
        let rooms: Vec<_> = self.seats.keys().copied().collect();
        for room in rooms {
            self.advance(step, room);
            self.watch_pending(step, room);
        }
    }

    fn command(&mut self, step: &mut Step, intent: Intent) {
        let seat = self.seats.entry(intent.room).or_default();
        seat.intents.push_back(intent);
        self.advance(step, intent.room);
    }

    fn request(&mut self, step: &mut Step, exchange: Exchange, from: NodeId, request: Request) {
        let Request::Deliver { position, room, event } = request else {
            return step.reply(from, exchange, Response::Refused);
        };
        if from != NodeId::Provider(self.provider()) || position > *self.next_position {
            return step.reply(from, exchange, Response::Refused);
        }
        let stays = if position == *self.next_position {
            *self.next_position += 1;
            self.receive(step, room, event)
        } else {
            self.is_interested(room)
        };
        step.reply(from, exchange, if stays { Response::Done } else { Response::Left });
    }

    fn wake(&mut self, step: &mut Step, timer: Timer) {
        match timer {
            Timer::Publish => self.publish(step),
            Timer::Retry(room) => self.retry(step, room),
            Timer::CommitPending(room) => self.commit_pending(step, room),
            Timer::Notify(..) | Timer::Deliver(_) => {}
        }
    }

    /// Ends the first intent of the room, and takes up the next.
    fn end_intent(&mut self, step: &mut Step, room: RoomId, refusal: Option<Refusal>) {
        let Some(seat) = self.seats.get_mut(&room) else { return };
        seat.material.set(None);
        log::LogSeat::note_end(&mut seat.log);
        seat.attempt.set(Attempt::Idle);
        seat.phase = Phase::Ready;
        let Some(Intent { id: intent, .. }) = seat.intents.pop_front() else { return };
        step.observe(match refusal {
            None => Fact::Done { intent },
            Some(reason) => Fact::Refused { intent, reason },
        });
    }

    /// Writes what the step has changed.
    fn store(&mut self, step: &mut Step) {
        self.next_position.store(step, || NEXT_POSITION.to_vec());
        self.unpublished.store(step, || UNPUBLISHED.to_vec());
        self.renew_s.store(step, || RENEW.to_vec());
        self.seats.iter_mut().for_each(|(room, seat)| seat.store(step, *room));
        step.engine(b"m/", self.engine.take_writes());
    }
}

impl<M: Mls> Node for Client<M> {
    fn handle(&mut self, now_ms: u64, entropy: Entropy, input: Input) -> Vec<Output> {
        let mut step = Step::new(now_ms, entropy);
        match input {
            Input::Start => self.start(&mut step),
            Input::Command(intent) => self.command(&mut step, intent),
            Input::Request { exchange, from, request } => self.request(&mut step, exchange, from, request),
            Input::Response { exchange, response, .. } => {
                self.answer(&mut step, exchange.call, Some(response))
            }
            Input::Failed { call } => self.answer(&mut step, call, None),
            Input::Wake(timer) => self.wake(&mut step, timer),
        }
        self.renew_key_packages(&mut step);
        self.store(&mut step);
        step.finish(false)
    }
}
