//! A provider: one server, hub of some rooms and follower in others.

mod children;
mod consent;
mod downloads;
mod ending;
mod enforcer;
mod fan_out;
mod follower;
mod groups;
mod hub;
mod hub_log;
mod inbox;
mod join_codes;
mod joining;
pub(crate) mod judge;
mod key_material;
mod key_store;
mod notified;
mod oblivious;
mod opening;
mod origins;
mod outbox;
mod overlook;
mod petitions;
mod relaying;
mod search;
mod senders;
mod server_events;
mod submit;
mod watch;

use consent::ConsentBook;
pub use enforcer::{Order, Wish};
pub use follower::FollowedRoom;
pub use hub::{HubRoom, Pending};
pub use inbox::Inbox;
pub use key_store::KeyStore;
use opening::RefusedOpenings;
pub use outbox::Outbox;
pub use petitions::Petitions;

use crate::config::{Fixed, NodeConfig};
use crate::durable::Durable;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId};
use crate::ledger;
use crate::mls::{Entropy, Mls, Octets};
use crate::mutant::Mutant;
use crate::node::{
    Action, Bundle, Call, Cells, Event, Exchange, Fact, FanOut, GroupInfoAnswer, Input, Intent, Node, Output,
    Refusal, Request, Response, SubmitAnswer, Timer, UpdateAnswer,
};
use crate::ohttp;
use crate::policy::Surroundings;
use crate::room::StateEvent;
use crate::sealing::{self, Told};
use crate::step::Step;
use crate::vouching::check_origin;
use crate::wire::mls::HpkeCiphertext;
use derive_where::derive_where;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One provider's server, in all rooms that it hosts or follows.
#[derive(Debug)]
#[derive_where(Clone, PartialEq, Eq, Hash; M::Observer)]
pub struct Provider<M: Mls> {
    id: ProviderId,
    config: Fixed<NodeConfig>,
    key_store: KeyStore,
    inboxes: BTreeMap<ClientId, Inbox>,
    followed: BTreeMap<RoomId, FollowedRoom>,
    /// What its users have consented to, and what others have asked them.
    consents: Durable<ConsentBook>,
    hosted: BTreeMap<RoomId, HubRoom<M>>,
    /// What it is to bring about in rooms that others host.
    petitions: BTreeMap<RoomId, Petitions>,
    /// The openings of rooms that were refused.
    refused: Durable<RefusedOpenings>,
    /// What the answers to encapsulated requests are sealed with that the gateway here is at: in memory alone, one for each
    /// exchange at most.
    gateway: BTreeMap<Exchange, ohttp::Context>,
}

impl<M: Mls> Provider<M> {
    /// A provider without any state.
    pub fn new(config: Arc<NodeConfig>, id: ProviderId) -> Self {
        Self::recover(config, id, &Cells::new())
    }

    /// The provider whose durable records these cells are. A room whose cells are damaged is not hosted any more.
    pub fn recover(config: Arc<NodeConfig>, id: ProviderId, cells: &Cells) -> Self {
        let directory = config.mls.directory.clone();
        let own = directory.clients().filter(|c| directory.provider_of_client(*c) == id);
        let mut inboxes: BTreeMap<ClientId, Inbox> =
            own.map(|client| (client, Inbox::recover(cells, client))).collect();
        if config.planted.is(Mutant::ForgetsInbox) {
            inboxes.values_mut().for_each(Inbox::forget);
        }
        let followed =
            directory.rooms().filter_map(|r| Some((r, FollowedRoom::recover(cells, r)?))).collect();
        let hosted =
            directory.rooms().filter_map(|r| Some((r, HubRoom::recover(&config, r, cells)?))).collect();
        let key_store = KeyStore::recover(cells);
        let consents = ConsentBook::recover(cells);
        let petitions = petitions::recover(cells, directory.rooms());
        let refused = RefusedOpenings::recover(cells);
        let gateway = BTreeMap::new();
        let config = Fixed(config);
        Self { id, key_store, inboxes, followed, consents, hosted, petitions, refused, gateway, config }
    }

    /// Which provider it is.
    pub fn id(&self) -> ProviderId {
        self.id
    }

    /// The rooms that it is the hub of.
    pub fn hosted(&self) -> &BTreeMap<RoomId, HubRoom<M>> {
        &self.hosted
    }

    /// The rooms that it follows, or hosts with users of its own.
    pub fn followed(&self) -> &BTreeMap<RoomId, FollowedRoom> {
        &self.followed
    }

    /// What it still owes its clients.
    pub fn inboxes(&self) -> &BTreeMap<ClientId, Inbox> {
        &self.inboxes
    }

    /// Its key packages.
    pub fn key_store(&self) -> &KeyStore {
        &self.key_store
    }

    fn request(&mut self, step: &mut Step, exchange: Exchange, from: NodeId, request: Request) {
        let request = self.vouched(step, from, self.to_group(request));
        match request {
            Request::Directory => self.tell_endpoints(step, exchange, from),
            Request::Publish { key_packages, key_changes } => {
                self.published(step, (exchange, from), (key_packages, key_changes));
            }
            Request::Open { room, group_info, tree, state } => {
                let opened = self.open(step, from, room, (group_info, tree, state));
                step.reply(from, exchange, if opened { Response::Done } else { Response::Refused });
            }
            Request::KeyMaterial { room, target, requester, signed } => {
                self.key_material(step, (exchange, from), (room, target, requester), signed);
            }
            Request::Consent { consent, scope, serial, key_packages } => {
                self.consent(step, (exchange, from), (consent, scope), (serial, key_packages));
            }
            Request::Search { at, query } => self.search(step, (exchange, from), (at, query)),
            Request::Download { hub, url } => self.download(step, (exchange, from), (hub, url)),
            Request::Oblivious { gateway, sealed } => self.ohttp(step, (exchange, from), (gateway, sealed)),
            Request::OhttpKeys { gateway } => self.tell_keys(step, (exchange, from), gateway),
            Request::Asset { url } => self.serve_asset(step, (exchange, from), &url),
            Request::Notify { room, event } => self.notified(step, exchange, from, room, event),
            Request::Update { room, bundle: Bundle::State(event), .. }
                if self.config.directory().hub_of(room) != self.id =>
            {
                self.relay_event(step, exchange, from, room, event);
            }
            Request::Update { room, .. }
            | Request::Submit { room, .. }
            | Request::GroupInfo { room, .. }
            | Request::ReportAbuse { room, .. }
                if self.config.directory().hub_of(room) != self.id =>
            {
                self.relay(step, exchange, from, room, request);
            }
            Request::Update { room, bundle, vouchers } => {
                let others = self.rooms_beside(room);
                let answer = match self.hosted.get_mut(&room) {
                    Some(hub) => hub.update(step, &self.key_store, &others, (from, bundle, vouchers)),
                    None => UpdateAnswer::NotAllowed,
                };
                step.reply(from, exchange, Response::Update(answer));
                self.fan_out(step, room);
                self.follow_parents(step, room);
            }
            Request::Submit { room, message, sender, vouchers } => {
                let answer = match self.hosted.get_mut(&room) {
                    Some(hub) => hub.submit(step, (from, vouchers), message, sender),
                    None => SubmitAnswer::NotAllowed,
                };
                step.reply(from, exchange, Response::Submit(answer));
                self.fan_out(step, room);
            }
            Request::ReportAbuse { room, report } => self.reported(step, exchange, from, (room, &report)),
            Request::GroupInfo { room, requester, signed } => {
                let room = self.current_group(room);
                if let NodeId::Client(client) = requester {
                    self.subscribe(step, room, client);
                }
                let answer = match self.hosted.get_mut(&room) {
                    Some(hub) => hub.group_info(step, from, (requester, &signed)),
                    None => GroupInfoAnswer::NoSuchRoom,
                };
                step.reply(from, exchange, Response::GroupInfo(answer));
            }
            Request::Deliver { .. } => step.reply(from, exchange, Response::Refused),
        }
    }

    /// Keeps the key packages of a client of its own.
    fn published(
        &mut self,
        step: &mut Step,
        (exchange, from): (Exchange, NodeId),
        published: (Vec<Octets>, u32),
    ) {
        let client = self.own_client(from);
        if let Some(client) = client {
            self.key_store.publish::<M>(step, &self.config, client, published);
        }
        step.reply(from, exchange, client.map_or(Response::Refused, |_| Response::Done));
    }

    fn response(&mut self, step: &mut Step, exchange: Exchange, from: NodeId, response: Response) {
        match (exchange.call, &response) {
            (Call::Notify(room, follower), Response::Created) if from == NodeId::Provider(follower) => {
                self.with_outbox(step, room, follower, |outbox, step| {
                    outbox.acknowledged(step, room, follower)
                });
                self.notify_next(step, room, follower);
            }
            (Call::Notify(room, follower), Response::Unavailable { retry_after_s })
                if from == NodeId::Provider(follower)
                    && !self.config.planted.is(Mutant::IgnoresRetryAfter) =>
            {
                let retry_after_s = *retry_after_s;
                self.with_outbox(step, room, follower, |outbox, step| {
                    outbox.put_off(step, room, follower, retry_after_s);
                });
            }
            (Call::Deliver(client), Response::Done | Response::Left) if from == NodeId::Client(client) => {
                self.delivered(step, client, response == Response::Left);
            }
            (Call::Notify(..) | Call::Deliver(_), _) => self.failed(step, exchange.call),
            (Call::Directory(peer), Response::Directory(document)) if from == NodeId::Provider(peer) => {
                self.discovered(step, peer, document);
            }
            (Call::Directory(_), _) => {}
            (Call::GroupInfo(room), Response::GroupInfo(answer))
                if exchange.origin == NodeId::Provider(self.id) =>
            {
                self.told(step, room, answer.clone());
            }
            (call, _) if exchange.origin == NodeId::Provider(self.id) => {
                self.petition_answered(step, call, Some(response));
            }
            (Call::KeyMaterial(room, _), Response::KeyMaterial(answer)) => {
                if self.config.directory().hub_of(room) == self.id {
                    self.key_store.remember_routes::<M>(step, &self.config, answer);
                }
                self.pass_back(step, exchange, response);
            }
            (Call::Oblivious(_), _) => self.oblivious_answered(step, exchange, response),
            _ => self.pass_back(step, exchange, response),
        }
    }

    /// The hub's answer to a question about a group; what is not the hub's, or not for this server, is none.
    fn told(&mut self, step: &mut Step, room: RoomId, answer: GroupInfoAnswer) {
        let config = self.config.clone();
        let unseal = |info: &[u8], sealed: &HpkeCiphertext| M::unseal_as(&config.mls, self.id, info, sealed);
        match sealing::open::<M>(&config, room, answer, unseal) {
            Ok(told) => {
                let told = told.of_group::<M>(&config, room);
                if let Told::Group { material, .. } = &told {
                    let lessons = ledger::of_group::<M>(&config, room, material);
                    lessons.into_iter().for_each(|lesson| step.observe(Fact::Learnt(lesson)));
                }
                self.told_of_group(step, room, &told);
                self.petition_told(step, room, &told);
            }
            Err(_) => self.petition_answered(step, Call::GroupInfo(room), None),
        }
    }

    fn failed(&mut self, step: &mut Step, call: Call) {
        match call {
            Call::Notify(room, follower) => {
                self.with_outbox(step, room, follower, |outbox, step| outbox.failed(step, room, follower));
            }
            Call::Deliver(client) => {
                if let Some(inbox) = self.inboxes.get_mut(&client) {
                    inbox.failed(step, client);
                }
            }
            call => self.petition_answered(step, call, None),
        }
    }

    fn wake(&mut self, step: &mut Step, timer: Timer) {
        match timer {
            Timer::Notify(room, follower) => {
                self.with_outbox(step, room, follower, |outbox, _| outbox.go_on());
                self.notify_next(step, room, follower);
            }
            Timer::Deliver(client) => self.deliver_next(step, client),
            Timer::Retry(room) => self.take_up(step, room),
            Timer::CommitPending(_) | Timer::Publish => {}
        }
    }

    /// Takes up every queue again.
    fn start(&mut self, step: &mut Step) {
        let clients: Vec<_> = self.inboxes.keys().copied().collect();
        clients.into_iter().for_each(|client| self.deliver_next(step, client));
        let rooms: Vec<_> = self.hosted.keys().copied().collect();
        for room in rooms {
            let followers: Vec<_> = self.hosted[&room].outboxes().keys().copied().collect();
            followers.into_iter().for_each(|follower| self.notify_next(step, room, follower));
        }
        let rooms: Vec<_> = self.petitions.keys().copied().collect();
        rooms.into_iter().for_each(|room| self.take_up(step, room));
    }

    /// The operator wants something: in the name of the server, which is a user of nothing (POL-12, ARCH-25).
    fn command(&mut self, step: &mut Step, intent: Intent) {
        if let Action::Delete(user) = intent.action {
            if self.config.directory().provider_of(user) != self.id {
                return step.observe(Fact::Refused { intent: intent.id, reason: Refusal::Pointless });
            }
            self.key_store.delete_user(step, &self.config, user);
        }
        let others = self.rooms_beside(intent.room);
        match self.hosted.get_mut(&intent.room) {
            Some(hub) => hub.ordered(step, &others, intent),
            None => self.petition(step, intent),
        }
        self.fan_out(step, intent.room);
        self.follow_parents(step, intent.room);
    }

    /// The other rooms here, as they are in force.
    fn rooms_beside(&self, room: RoomId) -> Surroundings {
        let others = self.hosted.iter().filter(|(other, _)| **other != room);
        others.map(|(other, hub)| (*other, hub.state().effective.clone())).collect()
    }

    /// Whether a state event is from whom it says, whatever way it came (arch §5.2, ARCH-36). Whether its author has made it
    /// is for those to tell who know the group.
    fn is_from_its_origin(&self, event: &FanOut) -> bool {
        let Event::State(vouched) = &event.event else { return true };
        let read = StateEvent::decode(self.config.directory(), &vouched.event);
        self.config.planted.is(Mutant::TrustsTheHub)
            || read.is_ok_and(|read| check_origin::<M>(&self.config, read.author, vouched).is_ok())
    }

    /// Sends what the hub of `room` has just accepted on its way: to its own clients, and to the followers.
    fn fan_out(&mut self, step: &mut Step, room: RoomId) {
        let Some(hub) = self.hosted.get_mut(&room) else { return };
        let (local, followers) = hub.take_fan_out();
        local.into_iter().for_each(|event| self.distribute(step, room, event));
        followers.into_iter().for_each(|follower| self.notify_next(step, room, follower));
    }

    fn subscribe(&mut self, step: &mut Step, room: RoomId, client: ClientId) {
        let Some(inbox) = self.inboxes.get(&client) else { return };
        let since = inbox.next();
        // Which of the room's groups the client gets into is not told on the way (ARCH-04).
        let groups: Vec<RoomId> = self.config.directory().groups_of(room).collect();
        for group in groups {
            self.followed.entry(group).or_default().subscribe(step, group, client, since);
        }
    }

    fn delivered(&mut self, step: &mut Step, client: ClientId, left: bool) {
        let Some(inbox) = self.inboxes.get_mut(&client) else { return };
        let done = inbox.acknowledged(step, client);
        if let (Some((position, room)), true) = (done, left)
            && let Some(followed) = self.followed.get_mut(&room)
        {
            followed.unsubscribe(step, room, client, position);
        }
        self.deliver_next(step, client);
    }

    fn deliver_next(&mut self, step: &mut Step, client: ClientId) {
        let id = self.id;
        if let Some(inbox) = self.inboxes.get_mut(&client) {
            inbox.deliver(step, id, client);
        }
    }

    fn notify_next(&mut self, step: &mut Step, room: RoomId, follower: ProviderId) {
        let newest_first = self.config.planted.is(Mutant::ReordersFanOut);
        let id = self.id;
        self.with_outbox(step, room, follower, |outbox, step| {
            outbox.notify(step, id, room, follower, newest_first)
        });
    }

    fn with_outbox(
        &mut self,
        step: &mut Step,
        room: RoomId,
        follower: ProviderId,
        act: impl FnOnce(&mut Outbox, &mut Step),
    ) {
        if let Some(outbox) = self.hosted.get_mut(&room).and_then(|hub| hub.outbox(follower)) {
            act(outbox, step);
        }
    }

    fn own_client(&self, node: NodeId) -> Option<ClientId> {
        match node {
            NodeId::Client(client) if self.inboxes.contains_key(&client) => {
                Some(client).filter(|client| self.key_store.serves(self.config.directory().user_of(*client)))
            }
            _ => None,
        }
    }

    /// What this input says of users is noted, whatever becomes of it (INV-24).
    fn learn(&self, step: &mut Step, input: &Input) {
        let members = |room: RoomId, leaf: u32| {
            let hub = self.hosted.get(&self.current_group(room))?;
            hub.epoch().leaves.get(&leaf).copied()
        };
        let lessons = ledger::of_input::<M>(&self.config, self.id, &members, input);
        lessons.into_iter().for_each(|lesson| step.observe(Fact::Learnt(lesson)));
    }

    /// The provider that answers for what `from` says.
    fn provider_behind(&self, from: NodeId) -> ProviderId {
        match from {
            NodeId::Provider(provider) => provider,
            NodeId::Client(client) => self.config.directory().provider_of_client(client),
        }
    }
}

impl<M: Mls> Node for Provider<M> {
    fn handle(&mut self, now_ms: u64, entropy: Entropy, input: Input) -> Vec<Output> {
        let mut step = Step::new(now_ms, entropy);
        self.learn(&mut step, &input);
        match input {
            Input::Start => self.start(&mut step),
            Input::Request { exchange, from, request } => self.request(&mut step, exchange, from, request),
            Input::Response { exchange, from, response } => {
                self.response(&mut step, exchange, from, response)
            }
            Input::Failed { call } => self.failed(&mut step, call),
            Input::Wake(timer) => self.wake(&mut step, timer),
            Input::Command(intent) => self.command(&mut step, intent),
        }
        let hasty = self.config.planted.is(Mutant::AnswerBeforeDurable);
        step.finish(hasty)
    }
}
