//! The names that a story can use, and what they stand for.

use super::words::{Misread, Words};
use crate::scenario::{Role, User, variants};
use mimic_protocol::{ClientId, NodeId, ProviderId, UserId};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::Error;

/// Who is in the world. A device goes by its own name where no other device has it, and always as `user/device`.
#[derive(Clone, Debug)]
pub struct Names<'s> {
    providers: &'s [String],
    users: &'s [User],
    clients: Vec<(String, String)>,
}

impl<'s> Names<'s> {
    /// The names of these.
    pub fn of(providers: &'s [String], users: &'s [User]) -> Self {
        let clients = users.iter().flat_map(|user| {
            let devices = user.devices.iter().chain(&user.new_devices);
            devices.map(|device| (user.name.clone(), device.clone()))
        });
        Self { providers, users, clients: clients.collect() }
    }

    /// What a node is called.
    pub fn of_node(&self, node: NodeId) -> String {
        match node {
            NodeId::Provider(id) => self.providers[usize::from(id.0)].clone(),
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
        &self.users[usize::from(user.0)].name
    }

    /// The node of this name.
    pub fn find_node(&self, word: &str) -> Option<NodeId> {
        let provider = self.providers.iter().position(|domain| domain == word);
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
        self.users.iter().position(|user| user.name == word).map(|index| UserId(index as u16))
    }

    pub(super) fn node(&self, words: &mut Words<'_>) -> Result<NodeId, Misread> {
        let known: Vec<String> = self.providers.iter().cloned().chain(self.clients()).collect();
        words.take_as("a provider or a device", &texts(&known), |word| self.find_node(word))
    }

    pub(super) fn user(&self, words: &mut Words<'_>) -> Result<UserId, Misread> {
        let known: Vec<String> = self.users.iter().map(|user| user.name.clone()).collect();
        words.take_as("a user", &texts(&known), |word| self.find_user(word))
    }

    pub(super) fn role(&self, words: &mut Words<'_>) -> Result<Role, Misread> {
        let known = variants::<Role>();
        words.take_as("a role", &texts(&known), role)
    }

    /// The devices, as a story calls them.
    pub fn clients(&self) -> impl Iterator<Item = String> + '_ {
        (0..self.clients.len()).map(|index| self.of_client(index))
    }
}

/// The role of this name.
pub(super) fn role(word: &str) -> Option<Role> {
    let deserializer: serde::de::value::StrDeserializer<'_, Error> = word.into_deserializer();
    Role::deserialize(deserializer).ok()
}

pub(super) fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}
