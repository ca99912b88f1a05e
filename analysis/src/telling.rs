//! A step in words: who, what came to it, and what it made of it. Messages are called A, B, C as they come up.

use crate::names::{self, Mention};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Action, Call, Exchange, Fact, IntentId, MessageId, Timer};
use mimic_protocol::profile::Term;
use mimic_protocol::room::component;
use mimic_protocol::wire::identifier_query::IdentifierQueryCode;
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, UserId};
use mimic_record::{Cause, Event, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// One telling.
#[derive(Clone, Debug)]
pub(crate) struct Telling<'a> {
    directory: &'a Directory,
    steps: &'a [Step],
    letters: Vec<MessageId>,
}

impl<'a> Telling<'a> {
    pub(crate) fn new(directory: &'a Directory, steps: &'a [Step]) -> Self {
        Self { directory, steps, letters: Vec::new() }
    }

    /// Who took the step.
    pub(crate) fn actor(&self, node: NodeId) -> String {
        let name = names::node(self.directory, node);
        match node {
            NodeId::Provider(id) if self.is_hub(id) => format!("hub {name}"),
            NodeId::Provider(_) => format!("follower {name}"),
            NodeId::Client(_) => name,
        }
    }

    /// What came to it, and what it observed then.
    pub(crate) fn tell(&mut self, step: &Step) -> String {
        let facts: Vec<String> = step.facts.iter().filter_map(|fact| self.fact(fact)).collect();
        let mut told = self.event(step);
        told.push_str(&self.epoch_after_return(step));
        told.push_str(&self.fan_out(step));
        if facts.is_empty() { told } else { format!("{told}: {}", facts.join(", ")) }
    }

    /// What a check says, with names.
    pub(crate) fn named(&mut self, text: &str) -> String {
        let directory = self.directory;
        names::named(text, |word| {
            Some(match names::mention(directory, word)? {
                Mention::Node(node) => self.actor(node),
                Mention::User(user) => names::user(directory, user),
                Mention::Room(room) => names::room(directory, room),
                Mention::Message(message) => self.letter(message),
            })
        })
    }

    fn is_hub(&self, provider: ProviderId) -> bool {
        self.directory.rooms().any(|room| self.directory.hub_of(room) == provider)
    }

    fn event(&mut self, step: &Step) -> String {
        match step.event {
            Event::Start => "begins".to_owned(),
            Event::Intent(intent) => format!("is told by its user: {}", self.plain(&intent.action)),
            Event::Request(cause) => {
                format!("gets {}{}", self.call(step.node, cause.exchange), self.way(cause))
            }
            Event::Response(cause) => format!("gets the answer to {}", self.call(step.node, cause.exchange)),
            Event::Failed(exchange) => format!("gets no answer to {}", self.call(step.node, exchange)),
            Event::Wake(timer) => self.timer(step, timer),
            Event::Crash => "crashes".to_owned(),
            Event::Restart => "is back from its crash".to_owned(),
        }
    }

    /// What the exchange is about, as it is called at this node.
    fn call(&self, at: NodeId, Exchange { origin, call }: Exchange) -> String {
        let what = match call {
            Call::Update(_) => "update".to_owned(),
            Call::Submit(_) => "message".to_owned(),
            Call::GroupInfo(_) => "GroupInfo request".to_owned(),
            Call::ReportAbuse(_) => "abuse report".to_owned(),
            Call::Consent(_, user) => format!("word about consent to {}", names::user(self.directory, user)),
            Call::KeyMaterial(_, user) => {
                format!("request for key packages of {}", names::user(self.directory, user))
            }
            Call::Notify(_, follower) if at != follower.into() => {
                format!("notify to {}", self.actor(follower.into()))
            }
            Call::Notify(..) => "notify".to_owned(),
            Call::Deliver(client) if at != client.into() => {
                format!("delivery to {}", self.actor(client.into()))
            }
            Call::Deliver(_) => "delivery".to_owned(),
            // What is left is between a client and its provider, and its name says it.
            other => self.plain(&other),
        };
        if at == origin { format!("its {what}") } else { format!("the {what} from {}", self.actor(origin)) }
    }

    /// Who handed the request over, and which repetition it is.
    fn way(&self, Cause { exchange, from, attempt, copy }: Cause) -> String {
        let by = if from == exchange.origin {
            String::new()
        } else {
            format!(" by way of {}", names::node(self.directory, from))
        };
        let attempt = if attempt > 0 { format!(", attempt {}", attempt + 1) } else { String::new() };
        let copy = if copy > 0 { format!(", copy {}", copy + 1) } else { String::new() };
        by + &attempt + &copy
    }

    fn timer(&self, step: &Step, timer: Timer) -> String {
        match timer {
            Timer::CommitPending(_) => "sets out to commit what is pending".to_owned(),
            Timer::Retry(_) => {
                let wish =
                    self.pending(step).map_or_else(String::new, |wish| format!(" ({})", self.plain(&wish)));
                format!("takes up what it has to do{wish}")
            }
            other => format!("wakes: {}", self.plain(&other)),
        }
    }

    /// The oldest of the intents that the client has neither done nor refused before the step.
    fn pending(&self, step: &Step) -> Option<Action> {
        let mut pending = BTreeMap::new();
        for earlier in self.steps.iter().take_while(|s| s.n < step.n).filter(|s| s.node == step.node) {
            if let Event::Intent(intent) = earlier.event {
                pending.insert((earlier.n, intent.id), intent.action);
            }
            for fact in &earlier.facts {
                if let Fact::Done { intent } | Fact::Refused { intent, .. } = fact {
                    pending.retain(|(_, id), _| id != intent);
                }
            }
        }
        pending.into_values().next()
    }

    /// What a provider knows again after a crash.
    fn epoch_after_return(&self, step: &Step) -> String {
        if step.event != Event::Restart {
            return String::new();
        }
        let hubs = step.change.iter().flat_map(|change| &change.hub);
        let told = hubs.map(|(_, hub)| {
            let epoch = hub.epoch.map(|epoch| format!(", in epoch {epoch} again"));
            let position = hub.position.map(|events| format!(", with {events} events in its order"));
            let owed = hub.owed.as_ref().map(|owed| {
                format!(", owing {} events", owed.iter().map(|(_, events)| events).sum::<usize>())
            });
            [epoch, position, owed].into_iter().flatten().collect::<String>()
        });
        let told: String = told.collect();
        if told.is_empty() { ", and knows what it knew".to_owned() } else { told }
    }

    fn fan_out(&self, step: &Step) -> String {
        let follower = |fact: &Fact| match fact {
            Fact::FannedOut { follower, .. } => Some(names::node(self.directory, (*follower).into())),
            _ => None,
        };
        let followers: BTreeSet<String> = step.facts.iter().filter_map(follower).collect();
        let followers: Vec<String> = followers.into_iter().collect();
        if followers.is_empty() { String::new() } else { format!(", owes it to {}", followers.join(" and ")) }
    }

    fn fact(&mut self, fact: &Fact) -> Option<String> {
        Some(match fact {
            Fact::Accepted { message, event, .. } => self.accepted(*message, event),
            Fact::Rejected { message, reason, .. } => {
                format!("rejects {}: {}", self.letter(*message), self.plain(reason))
            }
            Fact::Notified { message, .. } => format!("takes {} over", self.letter(*message)),
            Fact::Joined { epoch, .. } => format!("is a member from epoch {epoch}"),
            Fact::Applied { message, epoch, text: None, .. } => {
                format!("applies {}, is in epoch {epoch}", self.letter(*message))
            }
            Fact::Applied { message, text: Some((sender, text)), .. } => {
                format!("reads {} ({text} of {})", self.letter(*message), self.actor((*sender).into()))
            }
            Fact::Discarded { message, sender, usage, .. } => {
                let (letter, sender) = (self.letter(*message), self.actor((*sender).into()));
                format!("puts {letter} of {sender} aside, which takes {}", usage.capability().name())
            }
            Fact::PutAside { message, sender, reason, .. } => {
                let (letter, sender) = (self.letter(*message), self.actor((*sender).into()));
                format!("puts {letter} of {sender} aside: {}", self.plain(reason))
            }
            Fact::Changed { text, shows: Some(shows), .. } => format!("shows {shows} in the place of {text}"),
            Fact::Changed { text, shows: None, .. } => format!("shows {text} no more"),
            Fact::Reported { reporter, status, about, .. } => {
                let reporter = names::user(self.directory, *reporter);
                format!("learns from {reporter} that {about:?} are {}", self.plain(status))
            }
            Fact::AbuseJudged { accused, content, refuted, .. } => {
                let accused = names::user(self.directory, *accused);
                let verdict = refuted.map_or("true".to_owned(), |why| format!("not proven, as {why}"));
                format!("finds the report that {accused} has sent {content:?} {verdict}")
            }
            Fact::Searched { from, query, code, found } => self.searched(*from, query, *code, found),
            Fact::Found { code, users, .. } => {
                let users: Vec<String> =
                    users.iter().map(|user| names::user(self.directory, *user)).collect();
                format!("learns who it is: {} {}", self.plain(code), users.join(", "))
            }
            Fact::Discovered { peer, .. } => {
                format!("learns where the endpoints of {} are", self.actor((*peer).into()))
            }
            Fact::Recognised { pseudonym, client, .. } => {
                let known = client.map_or("nobody known".to_owned(), |client| self.actor(client.into()));
                format!("sees that {} is {known}", self.actor((*pseudonym).into()))
            }
            Fact::TurnedAway { message, retry_after_s, .. } => {
                format!("is too busy for {} for {retry_after_s} s", self.letter(*message))
            }
            Fact::AssetServed { to } => format!("serves an asset to {}", self.actor(*to)),
            Fact::Fetched { is_genuine, .. } => fetched(*is_genuine).to_owned(),
            Fact::Unprocessable { message, error, .. } => {
                format!("cannot process {}: {error}", self.letter(*message))
            }
            Fact::TreeFetched { .. } => "fetches the ratchet tree".to_owned(),
            Fact::GroupInfoRebuilt { .. } => "rebuilds the GroupInfo from its part".to_owned(),
            Fact::GroupInfoUseless { error, .. } => format!("cannot join by what it was told: {error}"),
            Fact::Objected { message, reason, .. } => {
                format!("does not take {} from the hub: {}", self.letter(*message), self.plain(reason))
            }
            Fact::HandedOut { client, to: (user, _), .. } => self.handed_out(*client, *user),
            Fact::KeyPackageUsed { .. } => "uses a key package".to_owned(),
            Fact::Left { .. } => "is out of the room".to_owned(),
            Fact::Done { intent } => format!("done: {}", self.wish(*intent)),
            Fact::Refused { intent, reason } => {
                format!("gives up: {}, for it is {}", self.wish(*intent), self.plain(reason))
            }
            // What each provider knows of users has a table of its own: the ledger.
            Fact::Learnt(_) | Fact::Kept { .. } => return None,
            Fact::Queued { .. } | Fact::FannedOut { .. } | Fact::Said { .. } => return None,
            // Rarer ones are called as the record calls them.
            other => self.plain(other),
        })
    }

    fn searched(&self, from: NodeId, query: &[Term], code: IdentifierQueryCode, found: &[UserId]) -> String {
        let terms: Vec<String> = query.iter().map(|(field, value)| format!("{field} {value}")).collect();
        let found: Vec<String> = found.iter().map(|user| names::user(self.directory, *user)).collect();
        let (terms, found) = (terms.join(" and "), found.join(", "));
        format!("answers {} who is {terms}: {} {found}", self.actor(from), self.plain(&code))
    }

    /// Which key package it was says nothing to a reader.
    fn handed_out(&self, client: ClientId, to: UserId) -> String {
        let (client, to) = (self.actor(client.into()), names::user(self.directory, to));
        format!("hands out a key package of {client} to {to}")
    }

    fn accepted(&mut self, message: MessageId, event: &Accepted) -> String {
        let letter = self.letter(message);
        match event {
            Accepted::Commit { epoch, sender, proposals } => {
                let (by, asks) = (self.sender(*sender), self.asks(proposals));
                format!("accepts commit {letter} of {by} for epoch {epoch}{asks}")
            }
            Accepted::Proposals { epoch, proposals } => {
                let by = proposals.first().map(|p| format!(" of {}", self.sender(p.sender)));
                let asks = self.asks(proposals);
                format!("accepts proposals {letter}{} in epoch {epoch}{asks}", by.unwrap_or_default())
            }
            Accepted::State { sequence, proposals, .. } => {
                let by = proposals.first().map(|p| format!(" of {}", self.sender(p.sender)));
                let asks = self.asks(proposals);
                format!(
                    "accepts state event {letter}{} at place {sequence} of its log{asks}",
                    by.unwrap_or_default()
                )
            }
            Accepted::Message { epoch, sender } => {
                let by = names::user(self.directory, *sender);
                format!("accepts message {letter} of {by} in epoch {epoch}")
            }
        }
    }

    fn sender(&self, sender: Sender) -> String {
        match sender {
            Sender::Member(client) | Sender::Joiner(client) => self.actor(client.into()),
            Sender::External(provider) => self.actor(provider.into()),
        }
    }

    /// What the proposals do, in brackets.
    fn asks(&self, proposals: &[ProposalInfo]) -> String {
        let each = proposals.iter().map(|proposal| match &proposal.body {
            Proposed::Add(client, _) => format!("adds {}", self.actor((*client).into())),
            Proposed::Remove(client) => format!("removes {}", self.actor((*client).into())),
            Proposed::SelfRemove => format!("{} leaves", self.sender(proposal.sender)),
            Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, .. } => {
                "changes the participant list".to_owned()
            }
            Proposed::AppDataUpdate { component, .. } => format!("changes component {component:#06x}"),
            other => self.plain(other),
        });
        let each: Vec<String> = each.collect();
        if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) }
    }

    fn wish(&self, intent: IntentId) -> String {
        let stated = self.steps.iter().find_map(|step| match step.event {
            Event::Intent(stated) if stated.id == intent => Some(stated.action),
            _ => None,
        });
        stated.map_or_else(|| format!("task {}", intent.0), |wish| self.plain(&wish))
    }

    /// A value by the name that the record has for it, as words: `ChangeRole(u1, 2)` is "change role: bob, 2". A variant
    /// that is new to the protocol has words at once.
    fn plain(&self, value: &impl Debug) -> String {
        let text = format!("{value:?}");
        // What is done or proposed is told like any other thing that is wanted.
        let text = text.strip_prefix("Do(").unwrap_or(&text);
        let (text, mut told) = match text.strip_prefix("Propose(") {
            Some(deed) => (deed, "propose to ".to_owned()),
            None => (text, String::new()),
        };
        let before = told.len();
        let (name, rest) = text.split_once(['(', '{', ' ']).unwrap_or((text, ""));
        for c in name.chars() {
            if c.is_uppercase() && told.len() > before {
                told.push(' ');
            }
            told.extend(c.to_lowercase());
        }
        let rest: Vec<String> = names::words(rest).filter_map(|word| self.argument(word)).collect();
        if rest.is_empty() { told } else { format!("{told}: {}", rest.join(", ")) }
    }

    /// An argument that says something to people: a name or a number. Rooms go without saying, and so do digests.
    fn argument(&self, word: &str) -> Option<String> {
        match names::mention(self.directory, word) {
            Some(Mention::Node(node)) => Some(self.actor(node)),
            Some(Mention::User(user)) => Some(names::user(self.directory, user)),
            Some(Mention::Room(_) | Mention::Message(_)) => None,
            None => word.parse::<u32>().ok().map(|number| number.to_string()),
        }
    }

    fn letter(&mut self, message: MessageId) -> String {
        let known = self.letters.iter().position(|known| *known == message).unwrap_or_else(|| {
            self.letters.push(message);
            self.letters.len() - 1
        });
        char::from(b'A' + (known % 26) as u8).to_string()
    }
}

fn fetched(is_genuine: bool) -> &'static str {
    if is_genuine { "fetches an asset" } else { "fetches what is not the asset" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::tests::small_world;
    use mimic_protocol::node::Rejection;

    #[test]
    fn values_are_told_by_their_names_without_rooms_and_octets() {
        let world = small_world();
        let telling = Telling::new(&world, &[]);
        assert_eq!(telling.plain(&Action::ChangeRole(UserId(1), 2)), "change role: bob, 2");
        assert_eq!(telling.plain(&Rejection::WrongEpoch), "wrong epoch");
        assert_eq!(telling.plain(&Call::Open(mimic_protocol::RoomId(0))), "open");
        let handed_out = telling.handed_out(ClientId(2), UserId(0));
        assert_eq!(handed_out, "hands out a key package of bob/tablet to alice");
    }

    #[test]
    fn a_check_s_words_get_names_and_letters() {
        let world = small_world();
        let mut telling = Telling::new(&world, &[]);
        let told = telling.named("r0: p0 accepts 00000000000000aa after 00000000000000bb of c2, not of u0");
        assert_eq!(told, "clubhouse: hub a.example accepts A after B of bob/tablet, not of alice");
    }
}
