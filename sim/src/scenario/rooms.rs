//! The rooms of a scenario file, the changes that are made to them, and what their hubs say of it.

use super::check::Check;
use super::error::{Problem, ScenarioError};
use super::file::{ChangeEntry, RoomEntry, ScenarioFile};
use super::locate::Step::{self, Index, Key};
use super::policy::{Known, RoleNames, below};
use super::room::defined_roles;
use super::{Change, Room, User, story};
use crate::director::{Cast, Names};
use mimic_protocol::policy::{Edit, Envelope};
use mimic_protocol::{Directory, PolicyChange, ProviderId, RoomId, UserId};
use std::collections::BTreeMap;

/// What of a scenario is about rooms.
pub(super) struct Rooms {
    pub(super) room: Room,
    pub(super) further_rooms: Vec<Room>,
    pub(super) changes: Vec<Change>,
    pub(super) envelopes: BTreeMap<ProviderId, Envelope>,
}

/// The roles that a room has by its type and by its own definitions.
pub(super) fn role_names(entry: &RoomEntry) -> RoleNames {
    let roles = entry.policy.roles().into_iter().map(|role| (role.name, role.role_index));
    let own = entry.with.roles.iter().filter_map(|(name, role)| Some((name.clone(), role.index?)));
    roles.chain(own).collect()
}

/// Every join link that is somewhere, each once.
pub(super) fn links(file: &ScenarioFile, room: &Room, further: &[Room], changes: &[Change]) -> Vec<String> {
    let edits = std::iter::once(room).chain(further).flat_map(|room| &room.edits);
    let edits = edits.chain(changes.iter().flat_map(|change| &change.change.edits));
    let there = edits.filter_map(|edit| match edit {
        Edit::AddLink(link) => Some(String::from_utf8_lossy(link).into_owned()),
        _ => None,
    });
    let mut links: Vec<String> = Vec::new();
    for link in there.chain(file.story.iter().flat_map(story::links)) {
        if !links.contains(&link) {
            links.push(link);
        }
    }
    links
}

/// What rooms are read with.
struct World<'w> {
    providers: &'w [String],
    users: &'w [User],
    homes: Vec<(String, String)>,
    names: Vec<String>,
    hubs: Vec<String>,
}

type Result<T> = std::result::Result<T, ScenarioError>;

impl Check<'_, '_> {
    /// All rooms, and what can be done to their policies.
    pub(super) fn rooms(&self, file: &ScenarioFile, providers: &[String], users: &[User]) -> Result<Rooms> {
        let entries = || std::iter::once(&file.room).chain(&file.further_rooms);
        let home = |user: &User| (user.name.clone(), providers[usize::from(user.provider.0)].clone());
        let world = World {
            providers,
            users,
            homes: users.iter().map(home).collect(),
            names: entries().map(|entry| entry.name.clone()).collect(),
            hubs: entries().map(|entry| entry.hub.clone()).collect(),
        };
        let mut rooms: Vec<Room> = Vec::new();
        for (at, entry) in entries().enumerate() {
            let path = match at.checked_sub(1) {
                None => vec![Key("room")],
                Some(further) => vec![Key("further-room"), Index(further)],
            };
            let room = self.room(entry, &world, &path)?;
            if rooms.iter().any(|other| other.name == room.name) {
                let problem = Problem::Duplicate { what: "room", name: room.name };
                return self.fail(problem, &below(&path, &[Key("name")]));
            }
            rooms.push(room);
        }
        self.can_be_created(&rooms, &world)?;
        let changes = self.changes(&file.changes, &rooms, &world)?;
        let room = rooms.remove(0);
        let envelopes = file.providers.iter().enumerate();
        let envelopes =
            envelopes.filter_map(|(at, entry)| Some((ProviderId(at as u16), entry.envelope.clone()?)));
        Ok(Rooms { room, further_rooms: rooms, changes, envelopes: envelopes.collect() })
    }

    fn room(&self, entry: &RoomEntry, world: &World<'_>, path: &[Step<'_>]) -> Result<Room> {
        self.name("room", &entry.name, &below(path, &[Key("name")]))?;
        let hub = self.provider(&entry.hub, world.providers, &below(path, &[Key("hub")]))?;
        let creator = self.creator(entry, hub, world.users, &below(path, &[Key("creator")]))?;
        let mut known = self.known(world, entry.policy.roles().into_iter().map(|r| (r.name, r.role_index)));
        let edits = known.edits(&entry.with, &below(path, &[Key("with")]))?;
        let continues = entry.continues.as_ref();
        let continues = continues.map(|name| self.continued(name, (entry, hub), world, path)).transpose()?;
        let mut participants = Vec::new();
        for (name, role) in &entry.participants {
            let path = below(path, &[Key("participants"), Key(name)]);
            let user = self.user(name, world.users, &path)?;
            if user == creator {
                let reason = format!("`{name}` creates the room, and is in its list already");
                let help = "take the entry out";
                return self.fail(Problem::Contradiction { reason, help }, &path);
            }
            participants.push((user, known.role(role, &path)?));
        }
        participants.sort();
        let (name, policy) = (entry.name.clone(), entry.policy);
        Ok(Room { name, hub, creator, policy, continues, participants, edits })
    }

    /// The room that another one continues, one that stands before it in the file, at the same hub.
    fn continued(
        &self,
        name: &str,
        (entry, hub): (&RoomEntry, ProviderId),
        world: &World<'_>,
        path: &[Step<'_>],
    ) -> Result<RoomId> {
        let path = below(path, &[Key("continues")]);
        let own = world.names.iter().position(|known| *known == entry.name).unwrap_or_default();
        let before = &world.names[..own];
        let Some(at) = before.iter().position(|known| known == name) else {
            return self
                .fail(Problem::UnknownValue { value: name.to_owned(), known: before.to_vec() }, &path);
        };
        if world.hubs[at] != world.providers[usize::from(hub.0)] {
            let reason = format!("a room stays at its hub, and that of `{name}` is `{}`", world.hubs[at]);
            let help = "name the same hub in both";
            return self.fail(Problem::Contradiction { reason, help }, &path);
        }
        Ok(RoomId(at as u16))
    }

    fn creator(
        &self,
        entry: &RoomEntry,
        hub: ProviderId,
        users: &[User],
        path: &[Step<'_>],
    ) -> Result<UserId> {
        let creator = self.user(&entry.creator, users, path)?;
        let user = &users[usize::from(creator.0)];
        let reason = if user.provider != hub {
            // proto §3.1: creating a room is local to the hub's provider.
            format!("a room is created at its hub, and `{}` is not a user of `{}`", entry.creator, entry.hub)
        } else if user.devices.is_empty() {
            format!("`{}` has no device to create the room with", entry.creator)
        } else {
            return Ok(creator);
        };
        let help = "name a user of the hub's provider that has a device from the beginning";
        self.fail(Problem::Contradiction { reason, help }, path)
    }

    fn user(&self, name: &str, users: &[User], path: &[Step<'_>]) -> Result<UserId> {
        match users.iter().position(|user| user.name == name) {
            Some(at) => Ok(UserId(at as u16)),
            None => {
                let known = users.iter().map(|user| user.name.clone()).collect();
                self.fail(Problem::UnknownUser { name: name.to_owned(), known }, path)
            }
        }
    }

    /// A policy that no room can have is a mistake in the file; one that a hub refuses is not.
    fn can_be_created(&self, rooms: &[Room], world: &World<'_>) -> Result<()> {
        let mut directory = Directory::default();
        world.providers.iter().for_each(|domain| _ = directory.add_provider(domain));
        world.users.iter().for_each(|user| _ = directory.add_user(user.provider, &user.name));
        rooms.iter().for_each(|room| room.add_to(&mut directory));
        for (at, room) in rooms.iter().enumerate() {
            let Err(why) = room.standing(&directory, RoomId(at as u16)) else { continue };
            let reason = format!("the room cannot be like this: {why}");
            let help = "look at what stands under `with`";
            let path = match at.checked_sub(1) {
                None => vec![Key("room"), Key("with")],
                Some(further) => vec![Key("further-room"), Index(further), Key("with")],
            };
            return self.fail(Problem::Contradiction { reason, help }, &path);
        }
        Ok(())
    }

    fn changes(&self, entries: &[ChangeEntry], rooms: &[Room], world: &World<'_>) -> Result<Vec<Change>> {
        let mut changes: Vec<Change> = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            let path = |key| vec![Key("change"), Index(at), Key(key)];
            self.name("change", &entry.name, &path("name"))?;
            if changes.iter().any(|change| change.name == entry.name) {
                let problem = Problem::Duplicate { what: "change", name: entry.name.clone() };
                return self.fail(problem, &path("name"));
            }
            let room = match &entry.room {
                None => 0,
                Some(name) => rooms.iter().position(|room| room.name == *name).map_or_else(
                    || {
                        let problem =
                            Problem::UnknownValue { value: name.clone(), known: world.names.clone() };
                        self.fail(problem, &path("room"))
                    },
                    Ok,
                )?,
            };
            let roles = changes.iter().flat_map(|change| defined_roles(&change.change.edits));
            let mut known = self.known(world, rooms[room].roles().into_iter().chain(roles));
            let edits = known.edits(&entry.with, &path("with"))?;
            let with = self.deeds(&entry.also, (at, room), rooms, world.users)?;
            let room = RoomId(room as u16);
            changes.push(Change { name: entry.name.clone(), room, change: PolicyChange { edits, with } });
        }
        Ok(changes)
    }

    fn deeds(
        &self,
        lines: &[String],
        (change, room): (usize, usize),
        rooms: &[Room],
        users: &[User],
    ) -> Result<Vec<mimic_protocol::node::Deed>> {
        let rooms = vec![&rooms[room]];
        let cast = Cast { providers: &[], users, rooms, changes: &[], links: &[], queries: &[] };
        let names = Names::of(cast);
        let deed = |(at, line): (usize, &String)| {
            let path = [Key("change"), Index(change), Key("also"), Index(at)];
            story::deed(self.located, (line, &path), &names)
        };
        lines.iter().enumerate().map(deed).collect()
    }

    fn known<'k>(&'k self, world: &'k World<'_>, roles: impl Iterator<Item = (String, u32)>) -> Known<'k> {
        Known {
            located: self.located,
            providers: world.providers,
            users: &world.homes,
            rooms: &world.names,
            roles: roles.collect(),
        }
    }
}
