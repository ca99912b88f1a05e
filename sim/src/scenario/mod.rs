//! A scenario: who is in the world, what they do, what goes wrong, and how the run is expected to end.

mod check;
mod clocks;
mod error;
mod fault_ranges;
mod file;
mod locate;
mod policy;
mod policy_file;
mod probe;
mod pseudonyms;
mod queries;
mod range;
mod role;
mod room;
mod rooms;
mod schema;
mod schema_policy;
mod story;
mod workload;

pub use clocks::Clocks;
pub use error::{Problem, ScenarioError};
pub use fault_ranges::{
    CrashFaults, CrashRanges, DiskFaults, FaultRanges, MeanRanges, PartitionFaults, PartitionRanges,
    RateRanges, WithinRanges,
};
pub(crate) use probe::variants;
pub use pseudonyms::{Pseudonym, Pseudonyms};
pub use queries::Finding;
pub use range::{Chance, NotAChance, NotARange, Range};
pub use role::Role;
pub(crate) use room::defined_roles;
pub use room::{Change, Room};
pub use schema::schema;
pub use workload::{Contents, Phases, Weights, Workload};

use crate::director::{Cast, Story};
use mimic_protocol::policy::Envelope;
use mimic_protocol::wire::pre_auth::Claim;
use mimic_protocol::{ClientId, Directory, Discretion, Mutant, Plans, ProviderId, Readings, RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A scenario as it is run: checked, complete, and with ids in place of names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Scenario {
    /// Its name, also of the folder that its runs are written to.
    pub name: String,
    /// What it is about, for people.
    pub about: String,
    /// The requirements that it shows, by their names in the catalogue.
    #[serde(skip)]
    pub requirements: Vec<String>,
    /// The races that it provokes, likewise.
    #[serde(skip)]
    pub races: Vec<String>,
    /// How a run of it is expected to end.
    pub expect: Expectation,
    /// The bug that every node is built with, if any.
    pub mutant: Option<Mutant>,
    /// The domains; a [`ProviderId`] is a place in this list.
    pub providers: Vec<String>,
    /// The users; a [`UserId`] is a place in this list.
    pub users: Vec<User>,
    /// The room in which everything happens that is not said to happen elsewhere.
    pub room: Room,
    /// The other rooms; a [`RoomId`] is a place in the list of all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub further_rooms: Vec<Room>,
    /// The changes of policy that users can make; a `ChangeId` is a place in this list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The join links that somebody shows; a `LinkId` is a place in this list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
    /// Which policies a hub has rooms with, where it minds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub envelopes: BTreeMap<ProviderId, Envelope>,
    /// Which providers ask for consent, and how discreet they are.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub consent: BTreeMap<ProviderId, Discretion>,
    /// Which providers let key packages go with what their users grant for a room.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub grants_key_packages: BTreeSet<ProviderId>,
    /// Whose clock goes wrong, and how long key packages last.
    #[serde(skip_serializing_if = "Clocks::is_empty")]
    pub clocks: Clocks,
    /// Who takes part behind which pseudonym.
    #[serde(skip_serializing_if = "Pseudonyms::is_empty")]
    pub pseudonyms: Pseudonyms,
    /// Who can be found by what.
    #[serde(skip_serializing_if = "Finding::is_empty")]
    pub finding: Finding,
    /// What the users do.
    pub workload: Workload,
    /// What goes wrong.
    pub faults: FaultRanges,
    /// How long it lasts.
    pub phases: Phases,
    /// How the drafts are read.
    pub readings: Readings,
    /// What happens in exactly this order, after the seeded part or instead of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub story: Option<Story>,
}

/// How a run ends, as declared by the scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Every invariant holds.
    #[default]
    Held,
    /// An invariant is violated.
    Violated,
    /// Something could not be checked.
    Inconclusive,
}

/// One user and its devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// Its name, unique in the scenario.
    pub name: String,
    /// Its provider.
    pub provider: ProviderId,
    /// The role that it is added with by somebody who may grant it; the creator's is always `super_admin`.
    pub role: Role,
    /// What its credentials claim, beside who it is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<Claim>,
    /// Which policy components its devices know beside the registered ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supports: Vec<u16>,
    /// The devices that it has from the beginning.
    pub devices: Vec<String>,
    /// The devices that it gets in the course of the run.
    pub new_devices: Vec<String>,
    /// Those of its devices that know MLS as it was first published, and not what rooms require (PROTO-24).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outdated: Vec<String>,
}

impl Scenario {
    /// Reads a scenario file; `file_name` is for the errors.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, ScenarioError> {
        check::parse(file_name, text)
    }

    /// The directory of its world. Clients are numbered by user, the later devices after the ones from the beginning.
    pub fn directory(&self) -> Directory {
        let mut directory = Directory::default();
        for domain in &self.providers {
            directory.add_provider(domain);
        }
        for (at, user) in self.users.iter().enumerate() {
            let id = UserId(at as u16);
            self.pseudonyms.add_to(&mut directory, id, user);
            user.claims.iter().for_each(|claim| directory.add_claim(id, claim.clone()));
        }
        self.rooms().for_each(|room| room.add_to(&mut directory));
        self.pseudonyms.link(&mut directory);
        directory
    }

    /// All rooms, in the order of their ids.
    pub fn rooms(&self) -> impl Iterator<Item = &Room> {
        std::iter::once(&self.room).chain(&self.further_rooms)
    }

    /// What its users have in mind.
    pub fn plans(&self, directory: &Directory) -> Plans {
        let rooms = self.rooms().enumerate().map(|(at, room)| (RoomId(at as u16), room));
        // Whether a room can be created so was looked at when the file was read.
        let rooms = rooms.filter_map(|(id, room)| Some((id, room.standing(directory, id).ok()?)));
        let continues = self.rooms().enumerate();
        let continues = continues.filter_map(|(at, room)| Some((RoomId(at as u16), room.continues?)));
        let users = self.users.iter().enumerate().filter(|(_, user)| !user.supports.is_empty());
        let supports = users.map(|(at, user)| (UserId(at as u16), user.supports.iter().copied().collect()));
        Plans {
            rooms: rooms.collect(),
            continues: continues.collect(),
            changes: self.changes.iter().map(|change| change.change.clone()).collect(),
            links: self.links.iter().map(|link| link.as_bytes().into()).collect(),
            supports: supports.collect(),
            consent: self.consent.clone(),
            grants_key_packages: self.grants_key_packages.clone(),
            busy: self.clocks.busy.clone(),
            lifetimes_s: self.clocks.lifetimes_s.clone(),
            profiles: self.finding.profiles.clone(),
            search: self.finding.policies.clone(),
            queries: self.finding.queries.iter().map(|(_, query)| query.clone()).collect(),
        }
    }

    /// Whom and what a story can name.
    pub fn cast(&self) -> Cast<'_> {
        Cast {
            providers: &self.providers,
            users: &self.users,
            rooms: self.rooms().collect(),
            changes: &self.changes,
            links: &self.links,
            queries: &self.finding.queries,
        }
    }

    /// Whether nothing comes before its story.
    pub fn begins_with_its_story(&self) -> bool {
        self.story.as_ref().is_some_and(|story| !story.after_seeded_part)
    }

    /// How a run is expected to end under the scenario's readings: a story can say of one that an invariant is violated.
    pub fn expected(&self) -> Expectation {
        match &self.story {
            Some(story) if story.tells_of_violations(&self.readings) => Expectation::Violated,
            _ => self.expect,
        }
    }

    /// The room's id in the directory.
    pub fn room_id(&self) -> RoomId {
        RoomId(0)
    }

    /// The client that creates the room.
    pub fn creating_client(&self) -> Option<ClientId> {
        self.clients().find(|(user, _, is_new)| *user == self.room.creator && !is_new).map(|client| client.1)
    }

    /// The clients that exist only later in the run, as devices that join by themselves.
    pub fn new_clients(&self) -> Vec<ClientId> {
        self.clients().filter(|client| client.2).map(|client| client.1).collect()
    }

    /// The provider of this domain.
    pub fn provider_id(&self, domain: &str) -> Option<ProviderId> {
        self.providers.iter().position(|known| known == domain).map(|index| ProviderId(index as u16))
    }

    /// The user of this name.
    pub fn user_id(&self, name: &str) -> Option<UserId> {
        self.users.iter().position(|user| user.name == name).map(|index| UserId(index as u16))
    }

    /// A digest of what it means: layout, comments, the order of keys and `about` do not count.
    pub fn digest(&self) -> Result<blake3::Hash, serde_json::Error> {
        let meaning = Self { about: String::new(), ..self.clone() };
        Ok(blake3::hash(&serde_json::to_vec(&meaning)?))
    }

    /// All clients with their users, and whether they exist only later, in the order of the directory.
    fn clients(&self) -> impl Iterator<Item = (UserId, ClientId, bool)> + '_ {
        let devices = |user: &User| {
            let (first, later) = (user.devices.len(), user.new_devices.len());
            (0..first + later).map(move |device| device >= first)
        };
        let owned = self.users.iter().enumerate();
        let owned =
            owned.flat_map(move |(index, user)| devices(user).map(move |new| (UserId(index as u16), new)));
        owned.enumerate().map(|(index, (user, new))| (user, ClientId(index as u16), new))
    }
}
