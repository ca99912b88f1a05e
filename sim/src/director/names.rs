//! The names that a story can use, and what they stand for.

use super::words::{Misread, Words};
use crate::scenario::{Change, Room, User, defined_roles};
use mimic_protocol::{ChangeId, ClientId, LinkId, NodeId, ProviderId, Query, QueryId, RoomId, UserId};

/// Whom and what a story can name.
#[derive(Clone, Debug)]
pub struct Cast<'s> {
    /// The domains.
    pub providers: &'s [String],
    /// The users.
    pub users: &'s [User],
    /// The rooms.
    pub rooms: Vec<&'s Room>,
    /// The changes of policy.
    pub changes: &'s [Change],
    /// The join links.
    pub links: &'s [String],
    /// The queries for users.
    pub queries: &'s [(String, Query)],
}

/// Who is in the world. A device goes by its own name where no other device has it, and always as `user/device`.
#[derive(Clone, Debug)]
pub struct Names<'s> {
    cast: Cast<'s>,
    clients: Vec<(String, String)>,
    /// Of which room is spoken.
    room: RoomId,
}

impl<'s> Names<'s> {
    /// The names of these, in the first of the rooms.
    pub fn of(cast: Cast<'s>) -> Self {
        let clients = cast.users.iter().flat_map(|user| {
            let devices = user.devices.iter().chain(&user.new_devices);
            devices.map(|device| (user.name.clone(), device.clone()))
        });
        Self { clients: clients.collect(), cast, room: RoomId(0) }
    }

    /// The same names where `words` speak of: a line can end with `in` and the name of a room.
    pub(super) fn where_spoken(&self, words: &mut Words<'_>) -> Self {
        let is_room = |name: &str| self.cast.rooms.iter().position(|room| room.name == name);
        let room = words.take_last("in", is_room).map_or(RoomId(0), |at| RoomId(at as u16));
        Self { room, ..self.clone() }
    }

    /// The room that is spoken of.
    pub(super) fn room(&self) -> RoomId {
        self.room
    }

    /// What a node is called.
    pub fn of_node(&self, node: NodeId) -> String {
        match node {
            NodeId::Provider(id) => self.cast.providers[usize::from(id.0)].clone(),
            NodeId::Client(id) => self.of_client(usize::from(id.0)),
        }
    }

    fn of_client(&self, index: usize) -> String {
        let (user, device) = &self.clients[index];
        if self.clients.iter().filter(|(_, other)| other == device).count() == 1 {
            return device.clone();
        }
        format!("{user}/{device}")
    }

    /// What a user is called.
    pub fn of_user(&self, user: UserId) -> &str {
        &self.cast.users[usize::from(user.0)].name
    }

    /// The node of this name.
    pub fn find_node(&self, word: &str) -> Option<NodeId> {
        let provider = self.cast.providers.iter().position(|domain| domain == word);
        provider
            .map(|index| ProviderId(index as u16).into())
            .or_else(|| self.find_client(word).map(NodeId::from))
    }

    /// The client of this name.
    pub fn find_client(&self, word: &str) -> Option<ClientId> {
        let is_it = |index: usize| {
            let (user, device) = &self.clients[index];
            self.of_client(index) == word || word.split_once('/') == Some((user, device))
        };
        (0..self.clients.len()).find(|index| is_it(*index)).map(|index| ClientId(index as u16))
    }

    /// The user of this name.
    pub fn find_user(&self, word: &str) -> Option<UserId> {
        self.cast.users.iter().position(|user| user.name == word).map(|index| UserId(index as u16))
    }

    pub(super) fn node(&self, words: &mut Words<'_>) -> Result<NodeId, Misread> {
        let known: Vec<String> = self.cast.providers.iter().cloned().chain(self.clients()).collect();
        words.take_as("a provider or a device", &texts(&known), |word| self.find_node(word))
    }

    pub(super) fn provider(&self, words: &mut Words<'_>) -> Result<ProviderId, Misread> {
        let at = |word: &str| self.cast.providers.iter().position(|domain| domain == word);
        let known = texts(self.cast.providers);
        words.take_as("a provider", &known, |word| at(word).map(|at| ProviderId(at as u16)))
    }

    pub(super) fn user(&self, words: &mut Words<'_>) -> Result<UserId, Misread> {
        let known: Vec<String> = self.cast.users.iter().map(|user| user.name.clone()).collect();
        words.take_as("a user", &texts(&known), |word| self.find_user(word))
    }

    pub(super) fn role(&self, words: &mut Words<'_>) -> Result<u32, Misread> {
        let known: Vec<String> = self.roles().map(|(name, _)| name).collect();
        words.take_as("a role", &texts(&known), |word| self.find_role(word))
    }

    /// The role of this name, in the room that is spoken of.
    pub(super) fn find_role(&self, word: &str) -> Option<u32> {
        self.roles().find(|(name, _)| name == word).map(|(_, index)| index)
    }

    /// The roles of the room that is spoken of, those that a change defines included.
    pub(super) fn roles(&self) -> impl Iterator<Item = (String, u32)> + '_ {
        let room = self.cast.rooms.get(usize::from(self.room.0));
        let changes = self.cast.changes.iter().filter(|change| change.room == self.room);
        let defined = changes.flat_map(|change| defined_roles(&change.change.edits));
        room.into_iter().flat_map(|room| room.roles()).chain(defined)
    }

    /// The role that somebody gets where nothing is said: the first one that is neither nobody's nor the banned ones'.
    pub(super) fn ordinary_role(&self) -> u32 {
        self.roles().map(|(_, index)| index).filter(|index| *index > 1).min().unwrap_or(2)
    }

    pub(super) fn change(&self, words: &mut Words<'_>) -> Result<ChangeId, Misread> {
        let here = |change: &&Change| change.room == self.room;
        let known: Vec<&str> = self.cast.changes.iter().filter(here).map(|change| &*change.name).collect();
        let is_it = |change: &Change, word: &str| change.room == self.room && change.name == word;
        let at = |word: &str| self.cast.changes.iter().position(|change| is_it(change, word));
        words.take_as("a change of this room's policy", &known, |word| at(word).map(|at| ChangeId(at as u16)))
    }

    pub(super) fn other_room(&self, words: &mut Words<'_>) -> Result<RoomId, Misread> {
        let known: Vec<&str> = self.cast.rooms.iter().map(|room| &*room.name).collect();
        let at = |word: &str| known.iter().position(|name| *name == word);
        words.take_as("a room", &known, |word| at(word).map(|at| RoomId(at as u16)))
    }

    pub(super) fn link(&self, words: &mut Words<'_>) -> Result<LinkId, Misread> {
        let at = |word: &str| self.cast.links.iter().position(|link| link == word);
        words.take_as("a join link", &texts(self.cast.links), |word| at(word).map(|at| LinkId(at as u16)))
    }

    pub(super) fn query(&self, words: &mut Words<'_>) -> Result<QueryId, Misread> {
        let known: Vec<&str> = self.cast.queries.iter().map(|(name, _)| &**name).collect();
        let at = |word: &str| known.iter().position(|name| *name == word);
        words.take_as("a query for users", &known, |word| at(word).map(|at| QueryId(at as u16)))
    }

    pub(super) fn client(&self, words: &mut Words<'_>) -> Result<ClientId, Misread> {
        let known: Vec<String> = self.clients().collect();
        words.take_as("a device", &texts(&known), |word| self.find_client(word))
    }

    /// The devices, as a story calls them.
    pub fn clients(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.clients.len()).map(|index| self.of_client(index))
    }
}

pub(super) fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
