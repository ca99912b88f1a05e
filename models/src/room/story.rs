//! What happens in a step, in words.

use super::effect::{Cut, Effect, Sent};
use super::packet::{Body, Packet};
use super::state::Kind;
use super::{HUB, Item, Room, State, Turn};
use crate::scope::{TABLET, Tablet};
use mimic_protocol::node::{
    Accepted, Action, Bundle, Call, Event, Exchange, Fact, GroupInfoAnswer, MessageId, Refusal, Rejection,
    Request, Response, SubmitAnswer, Timer, UpdateAnswer,
};
use mimic_protocol::{ClientId, NodeId, UserId};

impl Room {
    /// What happens if `turn` is taken in `state`.
    pub fn tell(&self, state: &State, turn: Turn) -> String {
        let hub = self.node(NodeId::Provider(mimic_protocol::ProviderId(HUB as u16)));
        match turn {
            Turn::Step(item) => self.tell_step(state, item, Cut::None),
            Turn::Crash(item, cut) => {
                let when = match cut {
                    Cut::BeforeDurable => "before its record is durable",
                    _ => "when its record is durable and nothing that waits for it has left",
                };
                format!("{}; {hub} crashes {when}, and comes back", self.tell_step(state, item, cut))
            }
            Turn::CrashNow => format!("{hub} crashes, and comes back"),
            Turn::Lose(item) => {
                let (what, origin, effect) = self.struck(state, item);
                format!("{what} is lost: {origin} gets no answer{}", self.consequences(&effect))
            }
            Turn::Late(item) => {
                let (what, origin, effect) = self.struck(state, item);
                format!(
                    "{origin} waits no longer for {what}, which is still on its way{}",
                    self.consequences(&effect)
                )
            }
            Turn::Double(item) => format!("{} is doubled", self.packet_in(item)),
        }
    }

    fn struck(&self, state: &State, item: Item) -> (String, String, std::sync::Arc<Effect>) {
        let (_, header) = self.packet(item);
        let exchange = *self.tables.exchanges.value(header.exchange);
        let failure = Item::new(Kind::Owed(header.exchange));
        let effect = self.tables.effect(state.local(header.origin), failure, Cut::None);
        (self.packet_in(item), self.node(exchange.origin), effect)
    }

    fn tell_step(&self, state: &State, item: Item, cut: Cut) -> String {
        let (what, node) = match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let value = self.tables.packets.value(packet);
                let late = if let Kind::Stale(_) = item.kind() { ", late" } else { "" };
                let what = format!(
                    "{} gets {} from {}{late}",
                    self.node(value.to),
                    self.what(&value),
                    self.node(value.from)
                );
                (what, value.to)
            }
            Kind::Timer(timer) => {
                let (node, timer) = *self.tables.timers.value(timer);
                (format!("{}'s time has come to {}", self.node(node), self.purpose(timer)), node)
            }
            Kind::Owed(exchange) => {
                let exchange = *self.tables.exchanges.value(exchange);
                let what =
                    format!("{} gets no answer to {}", self.node(exchange.origin), self.question(exchange));
                (what, exchange.origin)
            }
            Kind::Intent(intent) => {
                let wish = self.tables.intents()[intent as usize].action;
                let client = ClientId((self.wishes[intent as usize].0 - super::state::PROVIDERS) as u16);
                (format!("{} wants to {}", self.client(client), self.wish(wish)), NodeId::Client(client))
            }
            Kind::Start(_) | Kind::Crash => return "a node begins".to_owned(),
        };
        let effect = self.tables.effect(state.local(super::tables::index(node)), item, cut);
        what + &self.consequences(&effect)
    }

    fn consequences(&self, effect: &Effect) -> String {
        let facts = effect.happened.iter().flat_map(|happened| &happened.facts).map(|fact| self.fact(fact));
        let sent = effect.left.iter().filter_map(|sent| match sent {
            Sent::Packet(packet, _) => self.sending(&self.tables.packets.value(*packet)),
            Sent::Timer(_) => None,
        });
        let all: Vec<String> = facts.chain(sent).collect();
        if all.is_empty() { String::new() } else { format!(": {}", all.join(", ")) }
    }

    /// What a node sends, where that does not follow from what it observes.
    fn sending(&self, packet: &Packet) -> Option<String> {
        match &packet.body {
            Body::Request(Request::Notify { .. } | Request::Deliver { .. }) => None,
            Body::Request(_) if packet.from == packet.exchange.origin => {
                Some(format!("sends {} to {}", self.what(packet), self.node(packet.to)))
            }
            Body::Request(_) => Some(format!("passes it on to {}", self.node(packet.to))),
            Body::Response(Response::Done | Response::Created | Response::Left) => None,
            Body::Response(response) => Some(format!("answers {}", answer(response))),
        }
    }

    fn packet_in(&self, item: Item) -> String {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let packet = self.tables.packets.value(packet);
                format!(
                    "{} on its way from {} to {}",
                    self.what(&packet),
                    self.node(packet.from),
                    self.node(packet.to)
                )
            }
            other => format!("{other:?}"),
        }
    }

    fn what(&self, packet: &Packet) -> String {
        let origin = self.node(packet.exchange.origin);
        match &packet.body {
            Body::Request(request) => match request {
                Request::KeyMaterial { target, .. } => {
                    format!("the request of {origin} for {}'s key packages", self.user(*target))
                }
                Request::Update { bundle: Bundle::Commit(bundle), .. } => {
                    format!("commit {} of {origin}", short(MessageId::of(&bundle.commit)))
                }
                Request::Update { bundle: Bundle::Proposals(batch), .. } => {
                    let first = batch.first().map(|octets| MessageId::of(octets));
                    format!("proposals {} of {origin}", first.map(short).unwrap_or_default())
                }
                Request::Submit { message, .. } => {
                    format!("message {} of {origin}", short(MessageId::of(message)))
                }
                Request::GroupInfo { .. } => format!("the request of {origin} for GroupInfo"),
                Request::Notify { event, .. } => format!("the notify of {}", event_name(&event.event)),
                Request::Deliver { event, .. } => event_name(&event.event),
                Request::Publish { .. } => format!("key packages of {origin}"),
                Request::Open { .. } => "a new room".to_owned(),
            },
            Body::Response(response) => {
                format!("the answer to {}, {}", self.question(packet.exchange), answer(response))
            }
        }
    }

    fn question(&self, exchange: Exchange) -> String {
        let origin = self.node(exchange.origin);
        match exchange.call {
            Call::Publish => format!("the key packages of {origin}"),
            Call::Open(_) => format!("the new room of {origin}"),
            Call::KeyMaterial(_, user) => {
                format!("the request of {origin} for {}'s key packages", self.user(user))
            }
            Call::Update(_) => format!("the update of {origin}"),
            Call::Submit(_) => format!("the message of {origin}"),
            Call::GroupInfo(_) => format!("the request of {origin} for GroupInfo"),
            Call::Notify(_, follower) => format!("the notify to {}", self.node(follower.into())),
            Call::Deliver(client) => format!("the delivery to {}", self.client(client)),
        }
    }

    fn fact(&self, fact: &Fact) -> String {
        match fact {
            Fact::Opened { .. } => "opens the room".to_owned(),
            Fact::Accepted { message, event, .. } => match event {
                Accepted::Commit { epoch, .. } => {
                    format!("accepts commit {} for epoch {epoch}", short(*message))
                }
                Accepted::Proposals { epoch, .. } => {
                    format!("accepts proposals {} in epoch {epoch}", short(*message))
                }
                Accepted::Message { epoch, .. } => {
                    format!("accepts message {} in epoch {epoch}", short(*message))
                }
            },
            Fact::Rejected { reason, .. } => format!("rejects it, {}", rejection(*reason)),
            Fact::Queued { client, .. } => format!("queues it for {}", self.client(*client)),
            Fact::FannedOut { message, follower, .. } => {
                format!("owes {} {}", self.node((*follower).into()), short(*message))
            }
            Fact::Notified { .. } => "it is new".to_owned(),
            Fact::Joined { epoch, .. } => format!("joins in epoch {epoch}"),
            Fact::Applied { epoch, text: None, .. } => format!("applies it, and is in epoch {epoch}"),
            Fact::Applied { text: Some((sender, text)), .. } => {
                format!("reads {text} of {}", self.client(*sender))
            }
            Fact::Unprocessable { error, .. } => format!("cannot process it, {error}"),
            Fact::Left { .. } => "is out of the room".to_owned(),
            Fact::Done { intent } => {
                format!("has done what it wanted, to {}", self.wish(self.wish_of(intent.0)))
            }
            Fact::Refused { intent, reason } => {
                format!(
                    "gives up what it wanted, to {}: {}",
                    self.wish(self.wish_of(intent.0)),
                    refusal(*reason)
                )
            }
        }
    }

    fn wish_of(&self, intent: u32) -> Action {
        self.tables.intents()[intent as usize].action
    }

    fn wish(&self, wish: Action) -> String {
        match wish {
            Action::Create => "create the room".to_owned(),
            Action::Add(user, role) => format!("add {} in role {role}", self.user(user)),
            Action::Remove(user) => format!("remove {}", self.user(user)),
            Action::Ban(user) => format!("ban {}", self.user(user)),
            Action::ChangeRole(user, role) => format!("give {} role {role}", self.user(user)),
            Action::Leave => "leave".to_owned(),
            Action::JoinOwnDevice => "join its user's room".to_owned(),
            Action::UpdateKeys => "take fresh keys".to_owned(),
            Action::Send(text) => format!("say {text}"),
        }
    }

    fn purpose(&self, timer: Timer) -> String {
        match timer {
            Timer::CommitPending(_) => "commit what is pending".to_owned(),
            Timer::Retry(_) => "try again".to_owned(),
            Timer::Publish => "publish its key packages again".to_owned(),
            Timer::Notify(_, follower) => format!("notify {} again", self.node(follower.into())),
            Timer::Deliver(client) => format!("deliver to {} again", self.client(client)),
        }
    }

    fn node(&self, node: NodeId) -> String {
        match node {
            NodeId::Provider(id) => self.config().directory().provider_uri(id).domain().to_owned(),
            NodeId::Client(id) => self.client(id),
        }
    }

    fn client(&self, client: ClientId) -> String {
        let device = if client == TABLET { "tablet" } else { "phone" };
        let owner = match (client == TABLET, self.scope.tablet) {
            (true, Tablet::Member(user) | Tablet::New(user)) => user,
            _ => UserId(client.0),
        };
        format!("{}'s {device}", self.user(owner))
    }

    fn user(&self, user: UserId) -> &'static str {
        ["alice", "bob", "cathy"].get(usize::from(user.0)).copied().unwrap_or("somebody")
    }
}

fn event_name(event: &Event) -> String {
    let kind = match event {
        Event::Message(_) => "message",
        Event::Proposals(_) => "proposals",
        Event::Commit(_) => "commit",
        Event::Welcome { .. } => "Welcome",
    };
    format!("{kind} {}", short(event.id()))
}

/// Enough of a name to tell the few messages of a scope apart.
fn short(message: MessageId) -> String {
    format!("{:04x}", message.0 >> 48)
}

fn answer(response: &Response) -> String {
    match response {
        Response::KeyMaterial(answer) => format!("{:?} with {} clients", answer.status, answer.clients.len()),
        Response::Update(UpdateAnswer::Success { .. }) | Response::Submit(SubmitAnswer::Accepted { .. }) => {
            "accepted".to_owned()
        }
        Response::Update(UpdateAnswer::WrongEpoch { current }) => format!("wrong epoch, it is {current}"),
        Response::Submit(SubmitAnswer::EpochTooOld { current }) => format!("epoch too old, it is {current}"),
        Response::Update(UpdateAnswer::NotAllowed) | Response::Submit(SubmitAnswer::NotAllowed) => {
            "not allowed".to_owned()
        }
        Response::Update(UpdateAnswer::InvalidProposal(_)) => "invalid proposal".to_owned(),
        Response::GroupInfo(GroupInfoAnswer::Success { .. }) => "here it is".to_owned(),
        Response::GroupInfo(GroupInfoAnswer::NotAuthorized) => "not authorized".to_owned(),
        Response::GroupInfo(GroupInfoAnswer::NoSuchRoom) => "no such room".to_owned(),
        Response::Created => "created".to_owned(),
        Response::Done => "done".to_owned(),
        Response::Left => "done, and out of the room".to_owned(),
        Response::Refused => "refused".to_owned(),
    }
}

fn rejection(reason: Rejection) -> String {
    match reason {
        Rejection::NoSuchRoom => "there is no such room".to_owned(),
        Rejection::WrongEpoch => "it is of another epoch".to_owned(),
        Rejection::Mls(error) => format!("it is not valid MLS: {error}"),
        Rejection::Blocked => "its sender is blocked".to_owned(),
        Rejection::Omission => "it leaves out a pending proposal".to_owned(),
        Rejection::Denied => "the policy forbids it".to_owned(),
        Rejection::InvalidAfter => "the room would be invalid after it".to_owned(),
        Rejection::NoRoute => "its Welcome has no route".to_owned(),
        Rejection::BadGroupInfo => "its GroupInfo is another epoch's".to_owned(),
        Rejection::NotAuthorized => "the requester may not".to_owned(),
    }
}

fn refusal(reason: Refusal) -> String {
    match reason {
        Refusal::Pointless => "it makes no sense any more".to_owned(),
        Refusal::NotPermitted => "it may not, as it knows itself".to_owned(),
        Refusal::NotAllowed => "the hub says no".to_owned(),
        Refusal::NoKeyMaterial => "there is no key package left".to_owned(),
        Refusal::NotAuthorized => "the hub gives no GroupInfo".to_owned(),
        Refusal::Engine(error) => error.to_string(),
    }
}
