//! A path in words: a line for each step, which says what comes to a node and what the node makes of it.

use super::effect::{Cut, Effect, Face, Happened, Sent};
use super::packet::{Body, Packet};
use super::rest::Amiss;
use super::state::{Draft, Kind, PROVIDERS};
use super::tables::index;
use super::words::{answer, kind, listed, refusal, rejection, sentence, user, wish};
use super::{HUB, Item, ROOM, Room, State, Turn};
use mimic_protocol::mls::ProposalInfo;
use mimic_protocol::node::{Accepted, Action, Bundle, Fact, IntentId, MessageId, Request, Response};
use mimic_protocol::{ClientId, NodeId, UserId};
use mimic_record::NodeView;
use std::collections::BTreeMap;

/// One telling. Messages are called by letters, in the order in which they come up.
#[derive(Debug)]
pub(crate) struct Story<'r> {
    pub(super) room: &'r Room,
    letters: Vec<MessageId>,
    /// Of each packet that was sent, the nodes that it left on its way, the last one but itself.
    pub(super) routes: BTreeMap<u32, Vec<usize>>,
}

impl Room {
    /// A new telling.
    pub fn story(&self) -> Story<'_> {
        Story { room: self, letters: Vec::new(), routes: BTreeMap::new() }
    }

    /// What is wrong in a state in which nothing is under way.
    pub fn tell_disagreement(&self, state: State) -> String {
        let hub = self.hub_epoch(self.local(state, HUB)).map_or_else(String::new, |epoch| {
            format!("; {} is in epoch {epoch}", self.node(self.id_of(HUB)))
        });
        let amiss = self.amiss(state).into_iter().map(|amiss| match amiss {
            Amiss::NoRoom => "there is no room any more".to_owned(),
            Amiss::Pending(proposals) => format!("{proposals} proposals wait for their commit"),
            Amiss::Owed(node) => format!("{} is owed events", self.node(node)),
            Amiss::Behind(client) => format!("{} is not where the hub is", self.client(client)),
            Amiss::Astray(client) => format!("{} takes itself for a member", self.client(client)),
            Amiss::Ordered => "the hub still has something to bring about".to_owned(),
            Amiss::Unfinished(client) => format!("{} still has something to do", self.client(client)),
        });
        format!("Nothing is under way any more{hub}, and {}", listed(&amiss.collect::<Vec<_>>()))
    }

    /// The epoch of the room, as this state of the hub has it.
    fn hub_epoch(&self, local: u32) -> Option<u64> {
        match &**self.tables.view(local) {
            NodeView::Provider { hosted, .. } => hosted.get(&ROOM).map(|hub| hub.epoch),
            NodeView::Client(_) => None,
        }
    }
}

impl Story<'_> {
    /// What happens if `turn` is taken in `state`.
    pub fn tell(&mut self, state: State, turn: Turn) -> String {
        let (head, outcome) = (self.head(state, turn), self.outcome(state, turn));
        let colon = if outcome.is_empty() { "" } else { ": " };
        let crash = self.crash(state, turn).map_or_else(String::new, |crash| format!("; {crash}"));
        sentence(&format!("{head}{colon}{}{crash}", outcome.join(", ")))
    }

    /// What the turn is, before anything comes of it.
    pub(super) fn head(&mut self, state: State, turn: Turn) -> String {
        match turn {
            Turn::Step(item) | Turn::Crash(item, _) => self.cause(item),
            Turn::CrashNow => format!("{} crashes, and {}", self.node(HUB), self.comes_back(state, turn)),
            Turn::Lose(item) => {
                let (what, origin) = self.struck(item);
                format!("{what} is lost, so that {origin} gets no answer")
            }
            Turn::Late(item) => {
                let (what, origin) = self.struck(item);
                format!("{origin} waits no longer for an answer, while {what} is still under way")
            }
            Turn::Double(item) => format!("{} is doubled", self.under_way(item)),
            Turn::Fork(_) | Turn::Withhold(_) | Turn::RollBack | Turn::Replay(_) => self.deceit(state, turn),
        }
    }

    /// What the node that the turn happens to observes and sends, as ends of a sentence about it.
    pub(super) fn outcome(&mut self, state: State, turn: Turn) -> Vec<String> {
        let room = self.room;
        let effect = room.effect_of(state, turn);
        effect.map_or_else(Vec::new, |(node, effect)| self.consequences(state, node, effect))
    }

    /// What the invariant with this index says of `turn`, which violates it.
    pub fn violation(&mut self, state: State, turn: Turn, property: usize) -> Option<String> {
        let (_, effect) = self.room.effect_of(state, turn)?;
        let mut memory = self.room.tables.memories.value(self.room.parts.memory(state)).clone();
        let tallies = memory.judge(self.room.config().directory(), &effect.happened);
        let (_, words) = tallies.get(property)?.violations.first()?;
        let named: Vec<String> = words.split(' ').map(|word| self.named(word)).collect();
        Some(sentence(&named.join(" ")))
    }

    /// The word of a record, with the names of a story in it.
    fn named(&self, word: &str) -> String {
        let core = word.trim_end_matches([':', ',']);
        let letter = self.letters.iter().position(|message| format!("{message:?}") == core);
        let name = letter.map(|n| called(n).to_string()).or_else(|| self.room.name_of(core));
        name.map_or_else(|| word.to_owned(), |name| name + &word[core.len()..])
    }

    pub(super) fn node(&self, node: usize) -> String {
        self.room.node(self.room.id_of(node))
    }

    /// What a Byzantine provider does.
    fn deceit(&mut self, state: State, turn: Turn) -> String {
        let (hub, backup) = (self.node(HUB), self.room.tables.backup(self.room.local(state, HUB)));
        let epoch = backup.and_then(|backup| self.room.hub_epoch(backup)).unwrap_or_default();
        match turn {
            Turn::Fork(seer) => {
                let seer = self.node(seer);
                format!("{hub} begins to show {seer} what it was before its last event, in epoch {epoch}")
            }
            Turn::RollBack => {
                format!("{hub} is rolled back to what it was before its last event, in epoch {epoch}")
            }
            Turn::Withhold(item) => {
                let (what, origin) = self.struck(item);
                format!("{what} is withheld by {origin}, which takes it for delivered")
            }
            Turn::Replay(item) => {
                format!("{} is sent again by {}", self.under_way(item), self.struck(item).1)
            }
            other => unreachable!("{other:?} is no deceit"),
        }
    }

    /// The packet, and whose exchange it is.
    fn struck(&mut self, item: Item) -> (String, String) {
        let (_, header) = self.room.packet(item);
        (self.under_way(item), self.node(header.origin))
    }

    /// How the hub crashes over the step, if it does.
    pub(super) fn crash(&self, state: State, turn: Turn) -> Option<String> {
        let (_, effect) = self.room.effect_of(state, turn)?;
        let when = match turn {
            Turn::Crash(_, Cut::BeforeDurable) => "it crashes before its record is durable",
            Turn::Crash(_, Cut::AfterDurable) if effect.left.is_empty() => {
                "it crashes after its record is durable and before anything of this leaves"
            }
            Turn::Crash(..) => "it crashes after its record is durable",
            _ => return None,
        };
        Some(format!("{when}, and {}", self.comes_back(state, turn)))
    }

    fn comes_back(&self, state: State, turn: Turn) -> String {
        let epoch =
            self.room.effect_of(state, turn).and_then(|(_, effect)| self.room.hub_epoch(effect.local));
        let epoch = epoch.map_or_else(|| "without the room".to_owned(), |epoch| format!("in epoch {epoch}"));
        format!("comes back {epoch}")
    }

    /// What comes to a node.
    fn cause(&mut self, item: Item) -> String {
        let room = self.room;
        match item.kind() {
            Kind::Live(packet) | Kind::Stale(packet) => {
                let packet = room.tables.packets.value(packet);
                let (to, from) = (room.node(packet.to), room.node(packet.from));
                let what = self.what(packet);
                match packet.body {
                    Body::Request(_) => format!("{to} gets {what} from {from}{}", late(item)),
                    Body::Response(_) => format!("{to} gets {what}"),
                }
            }
            Kind::Timer(timer) => {
                let (node, timer) = *room.tables.timers.value(timer);
                format!("for {} it is time to {}", room.node(node), room.purpose(timer))
            }
            Kind::Owed(exchange) => {
                let exchange = *room.tables.exchanges.value(exchange);
                format!("{} gets no answer to {}", room.node(exchange.origin), room.question(exchange))
            }
            Kind::Intent(intent) => {
                let wished = wish(self.wish_of(IntentId(intent)));
                let told = room.wishes[intent as usize].0;
                match told.checked_sub(PROVIDERS) {
                    Some(client) => {
                        let client = ClientId(client as u16);
                        let owner = user(room.config().directory().user_of(client));
                        format!("{owner} tells {} to {wished}", room.client(client))
                    }
                    None => format!("the operator tells {} to {wished}", room.node(room.id_of(told))),
                }
            }
            Kind::Start(_) | Kind::Crash => unreachable!("{item:?} is no step of an exploration"),
        }
    }

    /// What the node observes and sends.
    fn consequences(&mut self, state: State, node: usize, effect: &Effect) -> Vec<String> {
        let mut after = self.room.parts.unpacked(state);
        after.locals[node] = effect.local;
        let mut all = Vec::new();
        for Happened { face, facts, .. } in &effect.happened {
            let told: Vec<String> = facts.iter().filter_map(|fact| self.fact(fact)).collect();
            let who = if *face == Face::Second { "with its second face it " } else { "" };
            all.extend(told.into_iter().map(|fact| format!("{who}{fact}")));
        }
        let mut queued: Vec<(MessageId, Vec<String>)> = Vec::new();
        let second = self.room.tables.second(effect.local);
        let is_told = |face: Face, node: NodeId| {
            second.is_none_or(|second| (index(node) == second.seer) == (face == Face::Second))
        };
        for Happened { face, facts, .. } in &effect.happened {
            for (message, whom) in facts.iter().filter_map(queueing) {
                if !is_told(*face, whom) {
                    continue;
                }
                let whom = self.room.node(whom);
                match queued.iter_mut().find(|(known, _)| *known == message) {
                    Some((_, targets)) => targets.push(whom),
                    None => queued.push((message, vec![whom])),
                }
            }
        }
        for (message, targets) in queued {
            all.push(format!("queues {} for {}", self.letter(message), listed(&targets)));
        }
        for sent in &effect.left {
            all.extend(self.sending(&after, *sent));
        }
        all
    }

    /// What a node sends, where that does not follow from what it observes.
    fn sending(&mut self, after: &Draft, sent: Sent) -> Option<String> {
        let room = self.room;
        let (packet, last_hop) = match sent {
            Sent::Packet(packet, header) => {
                let (onwards, _) = room.passed_on(after, packet, header);
                (room.tables.packets.value(packet), room.tables.packets.value(onwards))
            }
            Sent::Timer(timer) => {
                let (_, timer) = *room.tables.timers.value(timer);
                return Some(format!("will {} later", room.purpose(timer)));
            }
        };
        let to = room.node(packet.to);
        match &packet.body {
            Body::Request(Request::Notify { .. } | Request::Deliver { .. }) => None,
            Body::Request(_) if packet.from == packet.exchange.origin => {
                let way = if packet == last_hop { String::new() } else { format!(" by way of {to}") };
                Some(format!("sends {}{way} to {}", self.what(packet), room.node(last_hop.to)))
            }
            Body::Request(_) => Some(format!("passes it on to {to}")),
            Body::Response(Response::Done | Response::Created | Response::Left) => None,
            Body::Response(response) => Some(format!("answers {}", answer(response))),
        }
    }

    /// What the packet is.
    pub(super) fn carried(&mut self, item: Item) -> String {
        let (Kind::Live(packet) | Kind::Stale(packet)) = item.kind() else {
            unreachable!("{item:?} is no packet")
        };
        let packet = self.room.tables.packets.value(packet);
        let late = if let Body::Request(_) = packet.body { late(item) } else { "" };
        self.what(packet) + late
    }

    fn under_way(&mut self, item: Item) -> String {
        let (Kind::Live(packet) | Kind::Stale(packet)) = item.kind() else {
            unreachable!("{item:?} is no packet")
        };
        let packet = self.room.tables.packets.value(packet);
        let (from, to) = (self.room.node(packet.from), self.room.node(packet.to));
        let what = match &packet.body {
            Body::Request(_) => self.what(packet),
            Body::Response(response) => format!("the answer {}", answer(response)),
        };
        format!("{what}, on its way from {from} to {to},")
    }

    fn what(&mut self, packet: &Packet) -> String {
        let request = match &packet.body {
            Body::Request(request) => request,
            Body::Response(response) => {
                return format!("the answer {} to {}", answer(response), self.room.question(packet.exchange));
            }
        };
        match request {
            Request::KeyMaterial { target, .. } => format!("a request for {}'s key packages", user(*target)),
            Request::Update { bundle: Bundle::Commit(bundle), .. } => {
                format!("commit {}", self.letter(MessageId::of(&bundle.commit)))
            }
            Request::Update { bundle: Bundle::Proposals(batch), .. } => {
                format!("proposals {}", self.letter(MessageId::of(batch.first().map_or(&[], |m| m))))
            }
            Request::Update { bundle: Bundle::State(event), .. } => {
                format!("state event {}", self.letter(MessageId::of(&event.event)))
            }
            Request::Submit { message, .. } => format!("message {}", self.letter(MessageId::of(message))),
            Request::GroupInfo { .. } => "a request for GroupInfo".to_owned(),
            Request::ReportAbuse { .. } => "a report of abuse".to_owned(),
            Request::Consent { consent, .. } => format!("a word about consent: {consent:?}"),
            Request::Notify { event, .. } => {
                format!("the notify of {} {}", kind(&event.event), self.letter(event.event.id()))
            }
            Request::Deliver { event, .. } => {
                format!("{} {}", kind(&event.event), self.letter(event.event.id()))
            }
            Request::Directory => "a request for the directory".to_owned(),
            Request::Search { .. } => "a query for a user".to_owned(),
            Request::Download { .. } | Request::Asset { .. } => "a request for an asset".to_owned(),
            Request::OhttpKeys { .. } => "a request for a gateway's key".to_owned(),
            Request::Oblivious { .. } => "an encapsulated request".to_owned(),
            Request::Publish { .. } => "key packages".to_owned(),
            Request::Open { .. } => "a new room".to_owned(),
        }
    }

    fn fact(&mut self, fact: &Fact) -> Option<String> {
        Some(match fact {
            Fact::Opened { .. } => "opens the room".to_owned(),
            Fact::Accepted { message, event, .. } => self.accepted(*message, event),
            Fact::Rejected { reason, .. } => format!("rejects it, as {}", rejection(*reason)),
            Fact::Joined { epoch, .. } => format!("is a member, in epoch {epoch}"),
            Fact::Applied { epoch, text: None, .. } => format!("applies it and is in epoch {epoch}"),
            Fact::Applied { text: Some((sender, text)), .. } => {
                format!("reads {text} of {}", self.room.client(*sender))
            }
            Fact::Discarded { sender, .. } => {
                format!("puts it aside, as {} may not do that", self.room.client(*sender))
            }
            Fact::PutAside { reason, .. } => format!("puts it aside: {reason:?}"),
            Fact::Changed { text, shows: Some(shows), .. } => format!("shows {shows} in the place of {text}"),
            Fact::Changed { text, shows: None, .. } => format!("shows {text} no more"),
            Fact::Reported { reporter, status, about, .. } => {
                format!("learns from {} that {about:?} are {status:?}", user(*reporter))
            }
            Fact::AbuseJudged { accused, refuted, .. } => judged(*accused, refuted.is_none()),
            Fact::Unprocessable { error, .. } => format!("cannot process it: {error}"),
            Fact::GroupInfoUseless { .. } => "cannot join by what it was told".to_owned(),
            Fact::Objected { .. } => "does not take it, as the policy forbids it".to_owned(),
            Fact::Left { .. } => "is out of the room".to_owned(),
            Fact::Done { intent } => format!("is done with its task to {}", wish(self.wish_of(*intent))),
            Fact::Refused { intent, reason } => {
                format!("gives up its task to {}, as {}", wish(self.wish_of(*intent)), refusal(*reason))
            }
            // The answer itself says it.
            Fact::Withheld { .. }
            | Fact::Searched { .. }
            | Fact::Discovered { .. }
            | Fact::Found { .. }
            | Fact::TurnedAway { .. }
            | Fact::AssetServed { .. }
            | Fact::Fetched { .. }
            | Fact::Recognised { .. }
            | Fact::Kept { .. }
            | Fact::Learnt(_)
            | Fact::ConsentGiven { .. }
            | Fact::ConsentTold { .. }
            | Fact::HandedOut { .. }
            | Fact::KeyPackageUsed { .. }
            | Fact::GroupInfoGiven { .. }
            | Fact::GroupInfoRebuilt { .. }
            | Fact::TreeFetched { .. }
            | Fact::LinkShown { .. }
            | Fact::Said { .. } => return None,
            Fact::KeyChanged { .. } => "has another signature key".to_owned(),
            Fact::Vouched { .. } | Fact::CameFrom { .. } => return None,
            Fact::Queued { .. } | Fact::FannedOut { .. } | Fact::Notified { .. } => return None,
        })
    }

    fn accepted(&mut self, message: MessageId, event: &Accepted) -> String {
        let letter = self.letter(message);
        match event {
            Accepted::Commit { epoch, proposals, .. } => {
                format!("accepts commit {letter} for epoch {epoch}{}", self.asks(proposals))
            }
            Accepted::Proposals { epoch, proposals } => {
                format!("accepts proposals {letter} in epoch {epoch}{}", self.asks(proposals))
            }
            Accepted::State { sequence, proposals, .. } => {
                format!("accepts state event {letter} at place {sequence} of its log{}", self.asks(proposals))
            }
            Accepted::Message { epoch, .. } => format!("accepts message {letter} in epoch {epoch}"),
        }
    }

    /// What the proposals do, in brackets.
    fn asks(&self, proposals: &[ProposalInfo]) -> String {
        let all: Vec<String> = proposals.iter().map(|proposal| self.room.proposal(proposal)).collect();
        if all.is_empty() { String::new() } else { format!(" ({})", all.join(", ")) }
    }

    fn wish_of(&self, intent: IntentId) -> Action {
        self.room.tables.intents()[intent.0 as usize].action
    }

    fn letter(&mut self, message: MessageId) -> char {
        let known = self.letters.iter().position(|known| *known == message);
        called(known.unwrap_or_else(|| {
            self.letters.push(message);
            self.letters.len() - 1
        }))
    }
}

/// What is queued for whom.
fn queueing(fact: &Fact) -> Option<(MessageId, NodeId)> {
    match fact {
        Fact::Queued { client, message, .. } => Some((*message, (*client).into())),
        Fact::FannedOut { follower, message, .. } => Some((*message, (*follower).into())),
        _ => None,
    }
}

/// What is said of a packet that nobody waits for any more.
fn late(item: Item) -> &'static str {
    if let Kind::Stale(_) = item.kind() { ", late" } else { "" }
}

/// A, B, C, ...
fn called(n: usize) -> char {
    char::from(b'A' + (n % 26) as u8)
}

/// What a hub finds of a report.
fn judged(accused: UserId, is_true: bool) -> String {
    let verdict = if is_true { "is true" } else { "is not proven" };
    format!("finds that what is said of {} {verdict}", user(accused))
}
