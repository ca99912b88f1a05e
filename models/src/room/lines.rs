//! A path in the lines of a story (docs/scenarios.md), for the simulator's director to make the same happen over real MLS.

use super::effect::Cut;
use super::packet::{Body, Packet};
use super::state::Kind;
use super::{HUB, Item, Room, State, Turn};
use crate::scope::{ALICE, Second, USERS};
use crate::worlds::Change;
use mimic_protocol::node::{Action, Call, Deed, Exchange, Timer};
use mimic_protocol::policy::examples::Example;
use mimic_protocol::{ClientId, NodeId, UserId};

impl Room {
    /// What makes the room, up to where an exploration begins.
    pub fn setup_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for intent in 0..self.wishes.len() - self.scope.wishes().len() {
            lines.extend([self.want(intent), "settle".to_owned()]);
        }
        let new: Vec<ClientId> = (0..)
            .map(ClientId)
            .zip(self.scope.devices())
            .filter(|(_, (_, second))| *second == Some(Second::New))
            .map(|(client, _)| client)
            .collect();
        lines.extend(new.iter().map(|client| format!("start {}", self.called((*client).into()))));
        lines.extend((!new.is_empty()).then(|| "settle".to_owned()));
        lines
    }

    /// What makes the turn happen; none of a Byzantine provider's, of which stories know nothing.
    pub fn turn_lines(&self, turn: Turn) -> Option<Vec<String>> {
        let crash = |when: &str| vec![when.to_owned(), format!("restart {}", self.called(self.id_of(HUB)))];
        Some(match turn {
            Turn::Step(item) => vec![self.happens(item)],
            Turn::Crash(item, cut) => {
                let when = if cut == Cut::BeforeDurable { "before" } else { "after" };
                crash(&format!("{} and crash {when} durable", self.happens(item)))
            }
            Turn::CrashNow => crash(&format!("crash {}", self.called(self.id_of(HUB)))),
            Turn::Lose(item) => {
                vec![format!("lose {}", self.under_way_as(item)), self.given_up(item)]
            }
            Turn::Late(item) => vec![self.given_up(item)],
            Turn::Double(item) => vec![format!("duplicate {}", self.under_way_as(item))],
            Turn::Fork(_) | Turn::Withhold(_) | Turn::RollBack | Turn::Replay(_) => return None,
        })
    }

    /// What a Byzantine provider does, in words.
    pub fn deceit(&self, turn: Turn) -> String {
        match turn {
            Turn::Fork(seer) => format!("fork for {}", self.called(self.id_of(seer))),
            Turn::RollBack => "roll back".to_owned(),
            Turn::Withhold(item) => format!("withhold {}", self.under_way_as(item)),
            Turn::Replay(item) => format!("replay {}", self.under_way_as(item)),
            other => format!("{other:?}"),
        }
    }

    /// What is to be the case after the turn that was not the case before it: of the node that it touched.
    pub fn turn_looks(&self, state: State, turn: Turn) -> Vec<String> {
        let Some((node, effect)) = self.effect_of(state, turn) else { return Vec::new() };
        let views = [self.local(state, node), effect.local].map(|local| self.tables.view(local));
        let [before, after] = views.map(|view| self.looks(self.id_of(node), view));
        after.into_iter().filter(|statement| !before.contains(statement)).collect()
    }

    /// What is to be the case where the exploration begins.
    pub fn first_looks(&self, state: State) -> Vec<String> {
        let looks = |node: &usize| self.looks(self.id_of(*node), self.tables.view(self.local(state, *node)));
        self.nodes.iter().flat_map(looks).collect()
    }

    /// What a node is called in a story.
    pub(super) fn called(&self, node: NodeId) -> String {
        let directory = self.config().directory();
        match node {
            NodeId::Provider(id) => directory.provider_uri(id).domain().to_owned(),
            NodeId::Client(id) => {
                let owner = directory.user_of(id);
                let device = if self.scope.second_of(owner) == Some(id) { "tablet" } else { "phone" };
                format!("{}/{device}", who(owner))
            }
        }
    }

    fn happens(&self, item: Item) -> String {
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let to = self.called(self.tables.packets.value(packet).to);
                let (name, goal) = (self.under_way_as(item), format!(" to {to}"));
                // The name of what a server asks ends with its goal.
                let goal = if name.ends_with(&goal) { "" } else { &goal };
                format!("deliver {name}{goal}")
            }
            Kind::Timer(timer) => {
                let (node, timer) = *self.tables.timers.value(timer);
                self.fires(node, timer)
            }
            Kind::Owed(exchange) => self.times_out(*self.tables.exchanges.value(exchange)),
            Kind::Intent(intent) => self.want(intent as usize),
            Kind::Start(_) | Kind::Crash => unreachable!("{item:?} is no step of an exploration"),
        }
    }

    /// The message, on whichever hop it is: what the model passes on at once is on its first one still.
    fn under_way_as(&self, item: Item) -> String {
        let (word, packet) = match item.kind() {
            Kind::Live(packet) => ("awaited", packet),
            Kind::Stale(packet) => ("late", packet),
            other => unreachable!("{other:?} is no packet"),
        };
        let Packet { exchange, body, .. } = self.tables.packets.value(packet);
        let of = format!("{} of {}", kind(exchange.call), self.called(exchange.origin));
        match (body, self.single_hop_to(*exchange)) {
            (Body::Request(_), None) => format!("{word} {of}"),
            (Body::Request(_), Some(to)) => format!("{word} {of} to {}", self.called(to)),
            (Body::Response(_), None) => format!("{word} answer to {of}"),
            (Body::Response(_), Some(from)) => format!("{word} answer to {of} from {}", self.called(from)),
        }
    }

    /// Whom a server asks that asks of its own accord: several at a time, where a device asks one thing after the other.
    fn single_hop_to(&self, exchange: Exchange) -> Option<NodeId> {
        match exchange.call {
            Call::Notify(_, follower) => Some(follower.into()),
            Call::Deliver(client) => Some(client.into()),
            _ => None,
        }
    }

    fn given_up(&self, item: Item) -> String {
        let (Kind::Live(packet) | Kind::Stale(packet)) = item.kind() else {
            unreachable!("{item:?} is no packet")
        };
        self.times_out(self.tables.packets.value(packet).exchange)
    }

    fn times_out(&self, exchange: Exchange) -> String {
        let of = format!("time out {} of {}", kind(exchange.call), self.called(exchange.origin));
        self.single_hop_to(exchange).map_or_else(|| of.clone(), |to| format!("{of} to {}", self.called(to)))
    }

    fn fires(&self, node: NodeId, timer: Timer) -> String {
        let of = self.called(node);
        match timer {
            Timer::CommitPending(_) => format!("fire commit timer of {of}"),
            Timer::Retry(_) => format!("fire retry timer of {of}"),
            Timer::Publish => format!("fire publish timer of {of}"),
            Timer::Notify(_, follower) => {
                format!("fire notify timer of {of} to {}", self.called(follower.into()))
            }
            Timer::Deliver(client) => format!("fire news timer of {of} to {}", self.called(client.into())),
        }
    }

    fn want(&self, intent: usize) -> String {
        let (told, action) = (self.wishes[intent].0, self.tables.intents()[intent].action);
        format!("{} {}", self.called(self.id_of(told)), self.wanted(action))
    }

    fn wanted(&self, action: Action) -> String {
        match action {
            Action::Create => "creates".to_owned(),
            Action::Add(target, role) => format!("adds {} as {}", who(target), role_name(role)),
            Action::Remove(target) => format!("removes {}", who(target)),
            Action::Ban(target) => format!("bans {}", who(target)),
            Action::ChangeRole(target, role) => format!("makes {} {}", who(target), role_name(role)),
            Action::Leave => "leaves".to_owned(),
            Action::JoinOwnDevice => "joins".to_owned(),
            Action::Join(role, None) => format!("joins as {}", role_name(role)),
            Action::UpdateKeys => "updates keys".to_owned(),
            Action::ChangeKey => "renews signature key".to_owned(),
            Action::Send(text) => format!("says {text}"),
            Action::Do(Deed::Kick(target)) => format!("kicks {}", who(target)),
            Action::Do(Deed::ChangePolicy(change)) => {
                let change = self.scope.world.changes.get(usize::from(change.0)).copied();
                format!("changes {}", change.map_or("nothing", Change::name))
            }
            other => unreachable!("{other:?} is wanted in no scope"),
        }
    }
}

/// What an exchange is for, as stories say it.
fn kind(call: Call) -> &'static str {
    match call {
        Call::Publish => "publish",
        Call::Open(_) => "open",
        Call::KeyMaterial(..) => "key-material",
        Call::Update(_) => "update",
        Call::Submit(_) => "submit",
        Call::GroupInfo(_) => "group-info",
        Call::ReportAbuse(_) => "abuse-report",
        Call::Consent(..) => "consent",
        Call::Search(..) => "search",
        Call::Download(_) => "download",
        Call::Oblivious(_) => "ohttp",
        Call::OhttpKeys(_) => "ohttp-keys",
        Call::Tree(_) => "tree",
        Call::Directory(_) => "directory",
        Call::Notify(..) => "notify",
        Call::Deliver(_) => "news",
    }
}

pub(super) fn who(user: UserId) -> &'static str {
    USERS.get(usize::from(user.0)).copied().unwrap_or(USERS[ALICE.0 as usize])
}

/// The name of a role of the room's type.
pub(super) fn role_name(index: u32) -> String {
    let roles = Example::Cooperative.roles();
    roles
        .into_iter()
        .find(|role| role.role_index == index)
        .map_or_else(|| index.to_string(), |role| role.name)
}
