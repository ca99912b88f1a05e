//! The words for who is in a room, what users want, and what nodes say.

use super::state::PROVIDERS;
use super::{ROOM, Room};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{
    Action, Call, Deed, Event, Exchange, GroupInfoAnswer, KeyMaterialAnswer, Refusal, Rejection, Response,
    SubmitAnswer, Timer, UpdateAnswer, UserStatus,
};
use mimic_protocol::policy::examples::cooperative::{GROUP_ADMIN, ORDINARY_USER};
use mimic_protocol::room::component;
use mimic_protocol::{ClientId, NodeId, ProviderId, UserId};

impl Room {
    pub(super) fn node(&self, node: NodeId) -> String {
        match node {
            NodeId::Provider(id) => {
                let directory = self.config().directory();
                let is_hub = directory.rooms().any(|room| directory.hub_of(room) == id);
                let part = if is_hub { "hub" } else { "follower" };
                format!("{part} {}", directory.provider_uri(id).domain())
            }
            NodeId::Client(id) => self.client(id),
        }
    }

    /// The node at this index of a state.
    pub(super) fn id_of(&self, node: usize) -> NodeId {
        match node.checked_sub(PROVIDERS) {
            None => NodeId::Provider(ProviderId(node as u16)),
            Some(client) => NodeId::Client(ClientId(client as u16)),
        }
    }

    /// Who or what a word of a record means.
    pub(super) fn name_of(&self, word: &str) -> Option<String> {
        let directory = self.config().directory();
        if word == ROOM.to_string() {
            return Some("the room".to_owned());
        }
        let mut nodes = self.nodes.iter().map(|node| self.id_of(*node));
        nodes.find(|id| id.to_string() == word).map(|id| self.node(id)).or_else(|| {
            let uri = word.as_bytes();
            let client = directory.resolve_client(uri).map(|client| self.client(client));
            client.or_else(|| directory.resolve_user(uri).map(|id| user(id).to_owned()))
        })
    }

    pub(super) fn client(&self, client: ClientId) -> String {
        let owner = self.config().directory().user_of(client);
        let is_second = self.scope.second_of(owner) == Some(client);
        format!("{}'s {}", user(owner), if is_second { "tablet" } else { "phone" })
    }

    /// What the exchange is about, as its origin calls it.
    pub(super) fn question(&self, exchange: Exchange) -> String {
        match exchange.call {
            Call::Publish => "its key packages".to_owned(),
            Call::Open(_) => "its new room".to_owned(),
            Call::KeyMaterial(_, target) => format!("its request for {}'s key packages", user(target)),
            Call::Update(_) => "its update".to_owned(),
            Call::Submit(_) => "its message".to_owned(),
            Call::GroupInfo(_) => "its request for GroupInfo".to_owned(),
            Call::ReportAbuse(_) => "its report of abuse".to_owned(),
            Call::Consent(_, other) => format!("its word about consent to {}", user(other)),
            Call::Search(_, peer) => format!("its query at {}", self.node(peer.into())),
            Call::Download(_) | Call::Oblivious(_) => "its download".to_owned(),
            Call::Tree(_) => "its request for the tree".to_owned(),
            Call::OhttpKeys(_) => "its request for the gateway's key".to_owned(),
            Call::Directory(peer) => format!("its request for the directory of {}", self.node(peer.into())),
            Call::Notify(_, follower) => format!("its notify to {}", self.node(follower.into())),
            Call::Deliver(client) => format!("its delivery to {}", self.client(client)),
        }
    }

    /// What the proposal does.
    pub(super) fn proposal(&self, proposal: &ProposalInfo) -> String {
        match &proposal.body {
            Proposed::Add(client, _) => format!("adds {}", self.client(*client)),
            Proposed::Update => "new keys".to_owned(),
            Proposed::Remove(client) => format!("removes {}", self.client(*client)),
            Proposed::SelfRemove => match proposal.sender {
                Sender::Member(client) | Sender::Joiner(client) => {
                    format!("{} removes itself", self.client(client))
                }
                Sender::External(_) => "removes its sender".to_owned(),
            },
            Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, .. } => {
                "changes the participant list".to_owned()
            }
            Proposed::AppDataUpdate { component, .. } => format!("changes component {component:#06x}"),
            Proposed::AppDataRemove { component } => format!("removes component {component:#06x}"),
            Proposed::ExternalSenders(senders) => {
                let senders: Vec<_> = senders.iter().map(|sender| self.node((*sender).into())).collect();
                format!("makes external senders of {}", senders.join(", "))
            }
            Proposed::ReInit(_) => "ends the group".to_owned(),
            Proposed::Other(kind) => format!("proposal type {kind}"),
        }
    }

    /// What the timer is for.
    pub(super) fn purpose(&self, timer: Timer) -> String {
        match timer {
            Timer::CommitPending(_) => "commit what is pending".to_owned(),
            Timer::Retry(_) => "try again".to_owned(),
            Timer::Publish => "publish its key packages again".to_owned(),
            Timer::Notify(_, follower) => format!("notify {} again", self.node(follower.into())),
            Timer::Deliver(client) => format!("deliver to {} again", self.client(client)),
        }
    }
}

/// "a, b and c"
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

pub(super) fn user(user: UserId) -> &'static str {
    ["Alice", "Bob", "Cathy", "Dave"].get(usize::from(user.0)).copied().unwrap_or("somebody")
}

pub(super) fn wish(wish: Action) -> String {
    match wish {
        Action::Create => "create the room".to_owned(),
        Action::Add(target, given) => format!("add {} as {}", user(target), role(given)),
        Action::Remove(target) => format!("remove {}", user(target)),
        Action::Ban(target) => format!("ban {}", user(target)),
        Action::ChangeRole(target, given) => format!("make {} {}", user(target), role(given)),
        Action::Leave => "leave".to_owned(),
        Action::Delete(target) => format!("delete {}", user(target)),
        Action::JoinOwnDevice => "join its user's room".to_owned(),
        Action::UpdateKeys => "take fresh keys".to_owned(),
        Action::ChangeKey => "take another signature key".to_owned(),
        Action::Send(text) => format!("say {text}"),
        Action::Report(status) => format!("report what it has as {status:?}"),
        Action::ReportAbuse(target) => format!("report {} for abuse", user(target)),
        Action::Consent(consent, other, _) => format!("{consent:?} consent: {}", user(other)),
        Action::Search(query) => format!("ask who somebody is, query {}", query.0),
        Action::Use(usage, text) => format!("do what takes {}, by {text}", usage.capability().name()),
        Action::Join(given, _) => format!("join as {}", role(given)),
        Action::Rejoin => "come back with nothing left of the group".to_owned(),
        Action::Do(Deed::ChangePolicy(change)) => format!("make policy change {}", change.0),
        Action::Do(Deed::Kick(target)) => format!("kick {}", user(target)),
        Action::Do(deed) => format!("{deed:?}"),
        Action::Propose(deed) => format!("propose {deed:?}"),
    }
}

fn role(role: u32) -> String {
    match role {
        ORDINARY_USER => "an ordinary user".to_owned(),
        GROUP_ADMIN => "a group admin".to_owned(),
        other => format!("role {other}"),
    }
}

pub(super) fn kind(event: &Event) -> &'static str {
    match event {
        Event::Message { .. } => "message",
        Event::Proposals(_) => "proposals",
        Event::Commit { .. } => "commit",
        Event::State(_) => "state event",
        Event::Welcome { .. } => "Welcome",
    }
}

pub(super) fn answer(response: &Response) -> String {
    match response {
        Response::KeyMaterial(answer) => key_material(answer),
        Response::Update(UpdateAnswer::Success { .. }) | Response::Submit(SubmitAnswer::Accepted { .. }) => {
            "\"accepted\"".to_owned()
        }
        Response::Update(UpdateAnswer::WrongEpoch { current }) => {
            format!("\"wrong epoch, it is {current}\"")
        }
        Response::Submit(SubmitAnswer::EpochTooOld { current }) => {
            format!("\"epoch too old, it is {current}\"")
        }
        Response::Update(UpdateAnswer::NotAllowed) | Response::Submit(SubmitAnswer::NotAllowed) => {
            "\"not allowed\"".to_owned()
        }
        Response::Update(UpdateAnswer::InvalidProposal(_)) => "\"invalid proposal\"".to_owned(),
        Response::GroupInfo(GroupInfoAnswer::Success { .. }) => "with the GroupInfo".to_owned(),
        Response::GroupInfo(GroupInfoAnswer::NotAuthorized) => "\"not authorized\"".to_owned(),
        Response::GroupInfo(GroupInfoAnswer::NoSuchRoom) => "\"no such room\"".to_owned(),
        Response::Directory(_) => "with the directory".to_owned(),
        Response::Search(answer) => format!("\"{:?}\"", answer.code),
        Response::Asset(_) => "with the asset".to_owned(),
        Response::OhttpKeys(_) => "with the key".to_owned(),
        Response::Oblivious(_) => "encapsulated".to_owned(),
        Response::Created => "\"201\"".to_owned(),
        Response::NotFound => "\"404\"".to_owned(),
        Response::BadRequest => "\"400\"".to_owned(),
        Response::Unavailable { .. } => "\"503\"".to_owned(),
        Response::Done => "\"done\"".to_owned(),
        Response::Left => "\"done, and out of the room\"".to_owned(),
        Response::Refused => "\"refused\"".to_owned(),
    }
}

fn key_material(answer: &KeyMaterialAnswer) -> String {
    match answer.status {
        UserStatus::Success => "with key packages of all devices".to_owned(),
        UserStatus::PartialSuccess => "with key packages of some devices".to_owned(),
        UserStatus::NoCompatibleMaterial => "\"no key package is left\"".to_owned(),
        UserStatus::UserDeleted => "user deleted".to_owned(),
        UserStatus::NoConsent => "no consent".to_owned(),
        UserStatus::NoConsentForThisRoom => "no consent for this room".to_owned(),
        UserStatus::UserUnknown => "\"user unknown\"".to_owned(),
    }
}

pub(super) fn rejection(reason: Rejection) -> String {
    match reason {
        Rejection::NoSuchRoom => "there is no such room".to_owned(),
        Rejection::WrongEpoch => "it is of another epoch".to_owned(),
        Rejection::WrongSequence => "its log has come further".to_owned(),
        Rejection::BadSignature => "its author or its server has not signed it".to_owned(),
        Rejection::Mls(error) => format!("it is not valid MLS: {error}"),
        Rejection::Blocked => "its sender is blocked".to_owned(),
        Rejection::Omission => "it leaves out a pending proposal".to_owned(),
        Rejection::Denied => "the policy forbids it".to_owned(),
        Rejection::InvalidAfter => "the room would be invalid after it".to_owned(),
        Rejection::OutOfLifetime => "a key package in it is not valid now".to_owned(),
        Rejection::OutOfEnvelope => "the hub has no rooms with such a policy".to_owned(),
        Rejection::NoRoute => "its Welcome has no route".to_owned(),
        Rejection::BadGroupInfo => "its GroupInfo is another epoch's".to_owned(),
        Rejection::NotAuthorized => "the requester may not".to_owned(),
    }
}

pub(super) fn refusal(reason: Refusal) -> String {
    match reason {
        Refusal::Pointless => "it makes no sense any more".to_owned(),
        Refusal::NotOneEvent => "no one state event can be all of it".to_owned(),
        Refusal::NotPermitted => "it may not, as it knows itself".to_owned(),
        Refusal::NotAllowed => "the hub says no".to_owned(),
        Refusal::NoKeyMaterial => "there is no key package left".to_owned(),
        Refusal::NoConsent => "there is no consent".to_owned(),
        Refusal::NotAuthorized => "the hub gives no GroupInfo".to_owned(),
        Refusal::UnknownComponent => "it does not know all of the room's policy".to_owned(),
        Refusal::Incapable => "it cannot do what the room requires".to_owned(),
        Refusal::Engine(error) => error.to_string(),
    }
}

/// The sentence with a capital at its head.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
