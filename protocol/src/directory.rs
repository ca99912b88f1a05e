//! The directory of a world: which names its ids stand for, who belongs to whom, and where each room is hosted.

use crate::http::DirectoryDocument;
use crate::ids::{Actor, ClientId, ProviderId, RoomId, UserId};
use crate::uri::MimiUri;
use crate::wire::pre_auth::{Claim, ClaimId};
use std::collections::{BTreeMap, BTreeSet};

/// Fixed for a whole run and shared by all nodes: ids are indices into it, URIs are resolved through it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    providers: Vec<(MimiUri, DirectoryDocument)>,
    users: Vec<(ProviderId, MimiUri, String)>,
    clients: Vec<(UserId, MimiUri)>,
    /// The hub, the room's URI and the group's: a room whose group is replaced has several.
    rooms: Vec<(ProviderId, MimiUri, MimiUri)>,
    by_uri: BTreeMap<MimiUri, Named>,
    claims: BTreeMap<Actor, BTreeSet<Claim>>,
    /// The clients that know RFC 9420 alone.
    outdated: BTreeSet<ClientId>,
    /// Who is behind a pseudonym, in which room.
    behind: BTreeMap<UserId, (UserId, RoomId)>,
}

/// Where the endpoints of a provider are, unless it says otherwise.
const BASE: &str = "/v1";
/// The credential type of the claims that every credential makes by the URI in it (RFC 9420 §17.5, `basic`).
const BASIC: u16 = 1;

/// What a URI names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// A provider.
    Provider(ProviderId),
    /// A user.
    User(UserId),
    /// A client.
    Client(ClientId),
    /// A room (by its first group), or the MLS group of a room.
    Room(RoomId),
}

impl Directory {
    /// Adds the provider of `domain`.
    pub fn add_provider(&mut self, domain: &str) -> ProviderId {
        let id = ProviderId(self.providers.len() as u16);
        let uri = MimiUri::provider(domain);
        self.by_uri.insert(uri.clone(), Named::Provider(id));
        self.providers.push((uri, DirectoryDocument::new(domain, BASE)));
        id
    }

    /// Lets the provider have its endpoints under another path of its domain.
    pub fn serve_under(&mut self, provider: ProviderId, base: &str) {
        let (uri, document) = &mut self.providers[provider.0 as usize];
        *document = DirectoryDocument::new(uri.domain(), base);
    }

    /// Where the provider's endpoints are (proto §5.1).
    pub fn document(&self, provider: ProviderId) -> &DirectoryDocument {
        &self.providers[provider.0 as usize].1
    }

    /// Adds the user `name` of `provider`.
    pub fn add_user(&mut self, provider: ProviderId, name: &str) -> UserId {
        let id = UserId(self.users.len() as u16);
        let uri = MimiUri::user(self.provider_uri(provider).domain(), name);
        self.by_uri.insert(uri.clone(), Named::User(id));
        self.users.push((provider, uri, name.to_owned()));
        id
    }

    /// Adds a user of `provider` whose credentials hold a pseudonym in place of its name (ID-01, POL-18).
    pub fn add_pseudonym(&mut self, provider: ProviderId, name: &str) -> UserId {
        let id = UserId(self.users.len() as u16);
        let uri = MimiUri::pseudonym(self.provider_uri(provider).domain(), name);
        self.by_uri.insert(uri.clone(), Named::User(id));
        self.users.push((provider, uri, name.to_owned()));
        id
    }

    /// Lets a pseudonym, which is nobody's so far, stand for `person` in the room, and the room be one of minimal metadata (proto §6).
    /// Its clients stand for those of the person, in order. How a room shows that it is one of these is open: all nodes know.
    pub fn stand_for(&mut self, pseudonym: UserId, person: UserId, room: RoomId) {
        self.behind.insert(pseudonym, (person, room));
    }

    /// Gives the credentials of `holder` a claim. No engine carries claims so far: a credential is what stands here of it.
    pub fn add_claim(&mut self, holder: impl Into<Actor>, claim: Claim) {
        self.claims.entry(holder.into()).or_default().insert(claim);
    }

    /// Whether the credentials of `holder` make the claim (room-policy §4, POL-09, POL-13): each says whose it is and from
    /// which domain, and what was added to it.
    pub fn makes_claim(&self, holder: Actor, claim: &Claim) -> bool {
        let uri = match holder {
            Actor::User(user) => self.user_uri(user),
            Actor::Provider(provider) => self.provider_uri(provider),
        };
        [identity_claim(uri), domain_claim(uri.domain())].contains(claim)
            || self.claims.get(&holder).is_some_and(|claims| claims.contains(claim))
    }

    /// Adds the client `name` of `user`.
    pub fn add_client(&mut self, user: UserId, name: &str) -> ClientId {
        let id = ClientId(self.clients.len() as u16);
        let (provider, _, user_name) = &self.users[user.0 as usize];
        let uri = MimiUri::client(self.provider_uri(*provider).domain(), user_name, name);
        self.by_uri.insert(uri.clone(), Named::Client(id));
        self.clients.push((user, uri));
        id
    }

    /// Lets the client be one that knows RFC 9420 and none of the extensions that rooms require (PROTO-24).
    pub fn outdate(&mut self, client: ClientId) {
        self.outdated.insert(client);
    }

    /// Whether it is such a client.
    pub fn is_outdated(&self, client: ClientId) -> bool {
        self.outdated.contains(&client)
    }

    /// Adds the room `name`, whose hub is `hub` (ARCH-41: the room's name is scoped under its hub).
    pub fn add_room(&mut self, hub: ProviderId, name: &str) -> RoomId {
        let id = RoomId(self.rooms.len() as u16);
        let domain = self.provider_uri(hub).domain().to_owned();
        let (room, group) = (MimiUri::room(&domain, name), MimiUri::group(&domain, name));
        self.by_uri.insert(room.clone(), Named::Room(id));
        self.by_uri.insert(group.clone(), Named::Room(id));
        self.rooms.push((hub, room, group));
        id
    }

    /// Adds another group of the room that `first` is a group of: the room goes on with it under the same URI, which names
    /// the first (arch §2, ARCH-04). Its own URI is made from `name`.
    pub fn add_group(&mut self, first: RoomId, name: &str) -> RoomId {
        let id = RoomId(self.rooms.len() as u16);
        let (hub, room, _) = self.rooms[first.0 as usize].clone();
        let group = MimiUri::group(self.provider_uri(hub).domain(), name);
        self.by_uri.insert(group.clone(), Named::Room(id));
        self.rooms.push((hub, room, group));
        id
    }

    /// What the octets of a URI name, if they name anything here.
    pub fn resolve(&self, uri: &[u8]) -> Option<Named> {
        MimiUri::parse(uri).ok().and_then(|uri| self.by_uri.get(&uri).copied())
    }

    /// The groups of the room that `id` is a group of, in their order.
    pub fn groups_of(&self, id: RoomId) -> impl DoubleEndedIterator<Item = RoomId> + '_ {
        let uri = self.room_uri(id);
        let all = self.rooms.iter().enumerate().filter(move |(_, (_, room, _))| room == uri);
        all.map(|(at, _)| RoomId(at as u16))
    }

    /// The group that the room of this URI goes on with, among those that are there.
    pub fn newest_group(&self, room: &MimiUri, is_there: impl Fn(RoomId) -> bool) -> Option<RoomId> {
        let first = self.resolve_room(room.as_str().as_bytes())?;
        self.groups_of(first).rev().find(|group| is_there(*group))
    }

    /// The user that the octets of a URI name.
    pub fn resolve_user(&self, uri: &[u8]) -> Option<UserId> {
        match self.resolve(uri) {
            Some(Named::User(id)) => Some(id),
            _ => None,
        }
    }

    /// The provider that the octets of a URI name.
    pub fn resolve_provider(&self, uri: &[u8]) -> Option<ProviderId> {
        match self.resolve(uri) {
            Some(Named::Provider(id)) => Some(id),
            _ => None,
        }
    }

    /// The client that the octets of a URI name.
    pub fn resolve_client(&self, uri: &[u8]) -> Option<ClientId> {
        match self.resolve(uri) {
            Some(Named::Client(id)) => Some(id),
            _ => None,
        }
    }

    /// The room that the octets of a room or group URI name.
    pub fn resolve_room(&self, uri: &[u8]) -> Option<RoomId> {
        match self.resolve(uri) {
            Some(Named::Room(id)) => Some(id),
            _ => None,
        }
    }

    /// The provider's URI.
    pub fn provider_uri(&self, id: ProviderId) -> &MimiUri {
        &self.providers[id.0 as usize].0
    }

    /// The user's URI, as in the participant list.
    pub fn user_uri(&self, id: UserId) -> &MimiUri {
        &self.users[id.0 as usize].1
    }

    /// The client's URI, as in its credential.
    pub fn client_uri(&self, id: ClientId) -> &MimiUri {
        &self.clients[id.0 as usize].1
    }

    /// The room's URI.
    pub fn room_uri(&self, id: RoomId) -> &MimiUri {
        &self.rooms[id.0 as usize].1
    }

    /// The URI of the room's MLS group, whose octets are the MLS group id.
    pub fn group_uri(&self, id: RoomId) -> &MimiUri {
        &self.rooms[id.0 as usize].2
    }

    /// The provider that the user belongs to.
    pub fn provider_of(&self, user: UserId) -> ProviderId {
        self.users[user.0 as usize].0
    }

    /// The user whose device the client is.
    pub fn user_of(&self, client: ClientId) -> UserId {
        self.clients[client.0 as usize].0
    }

    /// The provider that the client talks to, the only one (ARCH-12).
    pub fn provider_of_client(&self, client: ClientId) -> ProviderId {
        self.provider_of(self.user_of(client))
    }

    /// The room that the user has this pseudonym for, and no other name in; none of who goes by a name, or by a pseudonym wherever
    /// pseudonyms are allowed.
    pub fn hidden_in(&self, user: UserId) -> Option<RoomId> {
        self.behind.get(&user).map(|(_, room)| *room)
    }

    /// The user that such a pseudonym is for those who know.
    pub fn user_behind(&self, user: UserId) -> Option<UserId> {
        self.behind.get(&user).map(|(person, _)| *person)
    }

    /// The client that a client of such a pseudonym is for those who know. Nodes ask on behalf of the client itself alone: all
    /// others have to open its credential.
    pub fn client_behind(&self, client: ClientId) -> Option<ClientId> {
        let pseudonym = self.user_of(client);
        let (person, _) = self.behind.get(&pseudonym)?;
        let place = self.clients_of(pseudonym).position(|other| other == client)?;
        self.clients_of(*person).nth(place)
    }

    /// Whether the room is one of minimal metadata: the hub is to learn of no participant who it is (proto §6, PROTO-74).
    pub fn is_minimal(&self, room: RoomId) -> bool {
        self.behind.values().any(|(_, hidden)| self.room_uri(*hidden) == self.room_uri(room))
    }

    /// The hub of the room.
    pub fn hub_of(&self, room: RoomId) -> ProviderId {
        self.rooms[room.0 as usize].0
    }

    /// All clients of the user, in order of their ids.
    pub fn clients_of(&self, user: UserId) -> impl Iterator<Item = ClientId> + '_ {
        let all = self.clients.iter().enumerate();
        all.filter(move |(_, (owner, _))| *owner == user).map(|(i, _)| ClientId(i as u16))
    }

    /// All providers.
    pub fn providers(&self) -> impl Iterator<Item = ProviderId> + use<> {
        (0..self.providers.len() as u16).map(ProviderId)
    }

    /// All users.
    pub fn users(&self) -> impl Iterator<Item = UserId> + use<> {
        (0..self.users.len() as u16).map(UserId)
    }

    /// All clients.
    pub fn clients(&self) -> impl Iterator<Item = ClientId> + use<> {
        (0..self.clients.len() as u16).map(ClientId)
    }

    /// All rooms.
    pub fn rooms(&self) -> impl Iterator<Item = RoomId> + use<> {
        (0..self.rooms.len() as u16).map(RoomId)
    }
}

/// The claim to be the user or the provider of that URI.
pub fn identity_claim(uri: &MimiUri) -> Claim {
    basic_claim("identity", uri.as_str())
}

/// The claim to be of that domain.
pub fn domain_claim(domain: &str) -> Claim {
    basic_claim("domain", domain)
}

/// The claim that a basic credential makes of its holder: that it is so in this respect.
pub fn basic_claim(id: &str, value: &str) -> Claim {
    let claim_id = ClaimId { credential_type: BASIC, id: id.as_bytes().into() };
    Claim { claim_id, claim_value: value.as_bytes().into() }
}
