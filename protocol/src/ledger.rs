//! The metadata ledger: what a provider learns of users from what comes to it (ARCH-10, ARCH-18, ARCH-39; INV-24).
//!
//! It is made in this one place, from the inputs of a provider as it gets them, and from nothing that others know. What a provider
//! works out from several inputs is no part of it, with one exception: a hub has the tree, and knows whose a leaf is. A follower
//! that has kept the trees that came with Welcomes and GroupInfos could know that as well; it keeps no group here. Nor does it
//! count when something came, or how often: whoever reads a trace sees that. Contents are never learnt: a PrivateMessage is
//! looked at no further than its authenticated data, and a Welcome than the tree beside it.
//!
//! A hub learns nothing new from the GroupInfo and the tree that come with a commit, as it has the group; they are passed over.

use crate::config::NodeConfig;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{JoinMaterial, Mls, Sender, Shown};
use crate::node::{Bundle, Call, ClientMaterial, Event, Input, Request, Response};
use crate::room::StateEvent;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Something that a provider has learnt of a user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Lesson {
    /// Of whom.
    pub about: UserId,
    /// What.
    pub what: Knowledge,
    /// In which room, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// By what.
    pub by: Way,
}

/// What there is to learn of a user.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Knowledge {
    /// The room's state names it: in the participant list, or elsewhere in the policy.
    Listed,
    /// Which clients it has in the group, or is about to have.
    Leaf,
    /// Which clients it has, by their key packages.
    Devices,
    /// That it has just sent a commit or a proposal, or with hub-log a state event.
    Handshake,
    /// That it has just sent an application message, so somebody says.
    Message,
    /// That an event has just come to one of its clients.
    Receipt,
    /// That it is to be told of the group: it wants to join, or is about to say something.
    Joining,
    /// That somebody wants its key packages.
    Wanted,
    /// That it wants somebody's key packages.
    Adding,
    /// That it says something about consent, or that something is said to it.
    Consent,
    /// What it looks for among the users of another provider.
    Query,
    /// That it was found by a query, and what is told of it then.
    Found,
    /// Which asset it fetches; by Oblivious HTTP no more than that it fetches something, but at the gateway.
    Asset,
    /// That it has reported somebody.
    Reporter,
    /// That it was reported, and with that what it has sent: the reporter has chosen to tell.
    Accused,
    /// The address of a client of it, which has asked this provider itself.
    Address,
    /// Under which pseudonym it takes part in a room of minimal metadata.
    Person,
}

impl Knowledge {
    /// All of them, each with a letter and words for tables.
    pub const ALL: [(Self, char, &str); 17] = [
        (Self::Listed, 'P', "named by a room"),
        (Self::Leaf, 'L', "clients in a group"),
        (Self::Devices, 'D', "key packages"),
        (Self::Handshake, 'H', "sends handshakes"),
        (Self::Message, 'M', "sends messages"),
        (Self::Receipt, 'R', "receives"),
        (Self::Joining, 'J', "asks for a group"),
        (Self::Wanted, 'W', "is to be added"),
        (Self::Adding, 'A', "adds others"),
        (Self::Consent, 'C', "consent"),
        (Self::Query, 'Q', "looks for others"),
        (Self::Found, 'F', "is found"),
        (Self::Asset, 'U', "fetches assets"),
        (Self::Reporter, 'T', "reports others"),
        (Self::Accused, 'X', "is reported"),
        (Self::Address, 'I', "address"),
        (Self::Person, '!', "who is behind a pseudonym"),
    ];
}

/// By which of the drafts' endpoints, or of ours between a client and its provider, something was learnt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// Somebody asks where the endpoints are.
    Directory,
    /// A client publishes key packages.
    Publish,
    /// A client opens a room.
    Open,
    /// Key packages are asked for, or come.
    KeyMaterial,
    /// A commit or proposals are handed in, or passed on.
    Update,
    /// An application message is.
    Submit,
    /// The group's public state is asked for, or comes.
    GroupInfo,
    /// A report of abuse.
    ReportAbuse,
    /// Something said about consent.
    Consent,
    /// A query, or what it has found.
    Search,
    /// The hub's proxy.
    Download,
    /// Oblivious HTTP.
    Oblivious,
    /// An asset is fetched from where it lies.
    Asset,
    /// A hub fans out.
    Notify,
    /// A client has taken what its provider has handed it.
    Deliver,
}

/// Whose leaf it is in a group, where a provider knows that.
pub(crate) type Members<'a> = &'a dyn Fn(RoomId, u32) -> Option<ClientId>;

/// What the provider `own` learns from this input.
pub(crate) fn of_input<M: Mls>(
    config: &NodeConfig,
    own: ProviderId,
    members: Members<'_>,
    input: &Input,
) -> BTreeSet<Lesson> {
    match input {
        Input::Request { from, request, .. } => {
            let (by, room) = way_of(request);
            let mut page = Page { config, members, room, by, lessons: BTreeSet::new() };
            page.peer(own, *from);
            page.request::<M>(*from, request);
            page.lessons
        }
        Input::Response { exchange, from, response } => {
            let (by, room) = (way_back(exchange.call), exchange.call.room());
            let mut page = Page { config, members, room, by, lessons: BTreeSet::new() };
            page.response::<M>((exchange.call, *from), response);
            page.lessons
        }
        Input::Start | Input::Failed { .. } | Input::Command(_) | Input::Wake(_) => BTreeSet::new(),
    }
}

/// What a server learns from what a hub has told it of a group, once it has opened that.
pub(crate) fn of_group<M: Mls>(
    config: &NodeConfig,
    room: RoomId,
    material: &JoinMaterial,
) -> BTreeSet<Lesson> {
    let (room, by) = (Some(room), Way::GroupInfo);
    let mut page = Page { config, members: &|_, _| None, room, by, lessons: BTreeSet::new() };
    page.names(&M::shown(&config.mls, &material.group_info));
    page.names(&M::shown(&config.mls, &material.tree));
    material.proposals.iter().for_each(|message| page.handshake::<M>(message, None));
    page.lessons
}

fn way_of(request: &Request) -> (Way, Option<RoomId>) {
    match request {
        Request::Directory => (Way::Directory, None),
        Request::KeyMaterial { room, .. } => (Way::KeyMaterial, Some(*room)),
        Request::Update { room, .. } => (Way::Update, Some(*room)),
        Request::Submit { room, .. } => (Way::Submit, Some(*room)),
        Request::GroupInfo { room, .. } => (Way::GroupInfo, Some(*room)),
        Request::ReportAbuse { room, .. } => (Way::ReportAbuse, Some(*room)),
        Request::Consent { scope, .. } => (Way::Consent, scope.room),
        Request::Search { .. } => (Way::Search, None),
        Request::Download { .. } => (Way::Download, None),
        Request::Oblivious { .. } | Request::OhttpKeys { .. } => (Way::Oblivious, None),
        Request::Asset { .. } => (Way::Asset, None),
        Request::Notify { room, .. } => (Way::Notify, Some(*room)),
        Request::Publish { .. } => (Way::Publish, None),
        Request::Open { room, .. } => (Way::Open, Some(*room)),
        Request::Deliver { room, .. } => (Way::Deliver, Some(*room)),
    }
}

fn way_back(call: Call) -> Way {
    match call {
        Call::Publish => Way::Publish,
        Call::Open(_) => Way::Open,
        Call::KeyMaterial(..) => Way::KeyMaterial,
        Call::Update(_) => Way::Update,
        Call::Submit(_) => Way::Submit,
        Call::GroupInfo(_) | Call::Tree(_) => Way::GroupInfo,
        Call::ReportAbuse(_) => Way::ReportAbuse,
        Call::Consent(..) => Way::Consent,
        Call::Search(..) => Way::Search,
        Call::Download(_) => Way::Download,
        Call::Oblivious(_) | Call::OhttpKeys(_) => Way::Oblivious,
        Call::Directory(_) => Way::Directory,
        Call::Notify(..) => Way::Notify,
        Call::Deliver(_) => Way::Deliver,
    }
}

/// What one input has in it.
struct Page<'a> {
    config: &'a NodeConfig,
    members: Members<'a>,
    room: Option<RoomId>,
    by: Way,
    lessons: BTreeSet<Lesson>,
}

impl Page<'_> {
    fn note(&mut self, about: UserId, what: Knowledge) {
        let (room, by) = (self.room, self.by);
        self.lessons.insert(Lesson { about, what, room, by });
    }

    fn note_client(&mut self, client: ClientId, what: Knowledge) {
        self.note(self.config.directory().user_of(client), what);
    }

    /// A client of another provider shows its address.
    fn peer(&mut self, own: ProviderId, from: NodeId) {
        if let NodeId::Client(client) = from
            && self.config.directory().provider_of_client(client) != own
        {
            self.note_client(client, Knowledge::Address);
        }
    }

    fn request<M: Mls>(&mut self, from: NodeId, request: &Request) {
        let client = if let NodeId::Client(client) = from { Some(client) } else { None };
        let asks =
            |page: &mut Self, what| client.into_iter().for_each(|client| page.note_client(client, what));
        match request {
            Request::KeyMaterial { target, requester, .. } => {
                self.note(*target, Knowledge::Wanted);
                self.note_client(*requester, Knowledge::Adding);
            }
            Request::Update { bundle, .. } => self.bundle::<M>(client, bundle),
            Request::Submit { message, sender, .. } => {
                self.note(*sender, Knowledge::Message);
                self.clear_text::<M>(message);
            }
            Request::GroupInfo { requester, .. } => {
                if let NodeId::Client(client) = requester {
                    self.note_client(*client, Knowledge::Joining);
                }
            }
            Request::ReportAbuse { report, .. } => {
                asks(self, Knowledge::Reporter);
                let accused = self.config.directory().resolve_user(report.alleged_abuser_uri.as_slice());
                accused.into_iter().for_each(|accused| self.note(accused, Knowledge::Accused));
            }
            Request::Consent { scope, key_packages, .. } => {
                self.note(scope.requester, Knowledge::Consent);
                self.note(scope.target, Knowledge::Consent);
                key_packages.iter().for_each(|key_package| self.key_package::<M>(key_package));
            }
            Request::Search { .. } => asks(self, Knowledge::Query),
            // Who asks for the key of a gateway is about to fetch something.
            Request::Download { .. }
            | Request::Oblivious { .. }
            | Request::OhttpKeys { .. }
            | Request::Asset { .. } => {
                asks(self, Knowledge::Asset);
            }
            Request::Notify { event, .. } => self.event::<M>(&event.event),
            Request::Publish { key_packages, .. } => {
                key_packages.iter().for_each(|key_package| self.key_package::<M>(key_package));
            }
            Request::Open { group_info, tree, state, .. } => {
                self.names(&M::shown(&self.config.mls, group_info));
                self.names(&M::shown(&self.config.mls, tree));
                state.iter().for_each(|state| self.names(&Shown::scan(self.config.directory(), state)));
                asks(self, Knowledge::Handshake);
            }
            Request::Directory | Request::Deliver { .. } => {}
        }
    }

    fn response<M: Mls>(&mut self, (call, from): (Call, NodeId), response: &Response) {
        match response {
            Response::KeyMaterial(answer) => {
                for (client, material) in &answer.clients {
                    self.note_client(*client, Knowledge::Devices);
                    if let ClientMaterial::KeyPackage(key_package) = material {
                        self.key_package::<M>(key_package);
                    }
                }
            }
            Response::Search(answer) => {
                answer.found.iter().for_each(|(user, _)| self.note(*user, Knowledge::Found));
            }
            Response::Done | Response::Left => {
                if let Call::Deliver(client) = call
                    && from == NodeId::Client(client)
                {
                    self.note_client(client, Knowledge::Receipt);
                }
            }
            // What a hub tells of a group is sealed: `of_group`.
            Response::GroupInfo(_) => {}
            Response::Directory(_)
            | Response::Update(_)
            | Response::Submit(_)
            | Response::Asset(_)
            | Response::Oblivious(_)
            | Response::OhttpKeys(_)
            | Response::Unavailable { .. }
            | Response::Created
            | Response::NotFound
            | Response::BadRequest
            | Response::Refused => {}
        }
    }

    fn bundle<M: Mls>(&mut self, client: Option<ClientId>, bundle: &Bundle) {
        match bundle {
            Bundle::Commit(bundle) => self.handshake::<M>(&bundle.commit, client),
            Bundle::Proposals(batch) => {
                batch.iter().for_each(|message| self.handshake::<M>(message, client));
            }
            Bundle::State(vouched) => self.state_event(&vouched.event),
        }
    }

    /// What a hub fans out.
    fn event<M: Mls>(&mut self, event: &Event) {
        let directory = self.config.directory();
        match event {
            Event::Message { message, frank } => {
                self.clear_text::<M>(message);
                let signature = frank.as_ref().map(|frank| frank.franking_integrity_signature.as_slice());
                let named = Shown::scan(directory, signature.unwrap_or_default()).everybody(directory);
                named.into_iter().for_each(|user| self.note(user, Knowledge::Message));
            }
            Event::Proposals(batch) => batch.iter().for_each(|message| self.handshake::<M>(message, None)),
            Event::Commit { commit, staple } => {
                self.handshake::<M>(commit, None);
                staple.iter().for_each(|message| self.handshake::<M>(message, None));
            }
            Event::State(vouched) => self.state_event(&vouched.event),
            Event::Welcome { tree, state, .. } => {
                self.names(&M::shown(&self.config.mls, tree));
                state.iter().for_each(|state| self.names(&Shown::scan(directory, state)));
            }
        }
    }

    /// What of an application message is no ciphertext: whoever is named there has sent it.
    fn clear_text<M: Mls>(&mut self, message: &[u8]) {
        let named = M::shown(&self.config.mls, message).everybody(self.config.directory());
        named.into_iter().for_each(|user| self.note(user, Knowledge::Message));
    }

    /// A PublicMessage; `client` is whoever has handed it in.
    fn handshake<M: Mls>(&mut self, message: &[u8], client: Option<ClientId>) {
        let shown = M::shown(&self.config.mls, message);
        let by_leaf = shown.leaf.zip(self.room).and_then(|(leaf, room)| (self.members)(room, leaf));
        let author = by_leaf.or(shown.committer).or(client);
        author.into_iter().for_each(|author| self.note_client(author, Knowledge::Handshake));
        self.names(&shown);
    }

    fn state_event(&mut self, event: &[u8]) {
        let directory = self.config.directory();
        if let Ok(StateEvent { author: Sender::Member(author), .. }) = StateEvent::decode(directory, event) {
            self.note_client(author, Knowledge::Handshake);
        }
        self.names(&Shown { clients: BTreeSet::new(), ..Shown::scan(directory, event) });
    }

    fn key_package<M: Mls>(&mut self, key_package: &[u8]) {
        let shown = M::shown(&self.config.mls, key_package);
        shown.clients.iter().for_each(|client| self.note_client(*client, Knowledge::Devices));
        self.links(&shown);
    }

    /// The names in what belongs to a group.
    fn names(&mut self, shown: &Shown) {
        shown.clients.iter().for_each(|client| self.note_client(*client, Knowledge::Leaf));
        shown.users.iter().for_each(|user| self.note(*user, Knowledge::Listed));
        self.links(shown);
    }

    fn links(&mut self, shown: &Shown) {
        shown.linked.values().for_each(|person| self.note_client(*person, Knowledge::Person));
    }
}
