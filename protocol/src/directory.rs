//! The directory of a world: which names its ids stand for, who belongs to whom, and where each room is hosted.

use crate::ids::{ClientId, ProviderId, RoomId, UserId};
use crate::uri::MimiUri;
use std::collections::BTreeMap;

/// Fixed for a whole run and shared by all nodes: ids are indices into it, URIs are resolved through it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    providers: Vec<MimiUri>,
    users: Vec<(ProviderId, MimiUri, String)>,
    clients: Vec<(UserId, MimiUri)>,
    rooms: Vec<(ProviderId, MimiUri, MimiUri)>,
    by_uri: BTreeMap<MimiUri, Named>,
}

/// What a URI names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Named {
    /// A provider.
    Provider(ProviderId),
    /// A user.
    User(UserId),
    /// A client.
    Client(ClientId),
    /// A room, or the MLS group of a room.
    Room(RoomId),
}

impl Directory {
    /// Adds the provider of `domain`.
    pub fn add_provider(&mut self, domain: &str) -> ProviderId {
        let id = ProviderId(self.providers.len() as u16);
        let uri = MimiUri::provider(domain);
        self.by_uri.insert(uri.clone(), Named::Provider(id));
        self.providers.push(uri);
        id
    }

    /// Adds the user `name` of `provider`.
    pub fn add_user(&mut self, provider: ProviderId, name: &str) -> UserId {
        let id = UserId(self.users.len() as u16);
        let uri = MimiUri::user(self.provider_uri(provider).domain(), name);
        self.by_uri.insert(uri.clone(), Named::User(id));
        self.users.push((provider, uri, name.to_owned()));
        id
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

    /// What the octets of a URI name, if they name anything here.
    pub fn resolve(&self, uri: &[u8]) -> Option<Named> {
        MimiUri::parse(uri).ok().and_then(|uri| self.by_uri.get(&uri).copied())
    }

    /// The user that the octets of a URI name.
    pub fn resolve_user(&self, uri: &[u8]) -> Option<UserId> {
        match self.resolve(uri) {
            Some(Named::User(id)) => Some(id),
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
        &self.providers[id.0 as usize]
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
