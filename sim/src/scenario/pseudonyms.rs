//! Who takes part in a room of minimal metadata, behind which pseudonym (proto §6).

use super::check::Check;
use super::error::{Problem, ScenarioError};
use super::file::{ScenarioFile, UserEntry};
use super::locate::Step::{Index, Key};
use super::{Room, User};
use mimic_protocol::{Directory, ProviderId, RoomId, UserId};
use serde::Serialize;
use std::collections::BTreeMap;

/// Whom a pseudonym stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pseudonym {
    /// The user.
    pub of: UserId,
    /// In which room.
    pub room: RoomId,
}

/// The users of a scenario who are another's pseudonym.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pseudonyms(pub BTreeMap<UserId, Pseudonym>);

impl Pseudonyms {
    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a user and its devices, under the names that they have for everybody.
    pub(super) fn add_to(&self, directory: &mut Directory, id: UserId, user: &User) {
        let hides = self.0.contains_key(&id);
        let added = match hides {
            true => directory.add_pseudonym(user.provider, &uuid(&[&user.name])),
            false => directory.add_user(user.provider, &user.name),
        };
        for device in user.devices.iter().chain(&user.new_devices) {
            let name = if hides { uuid(&[&user.name, device]) } else { device.clone() };
            let client = directory.add_client(added, &name);
            if user.outdated.contains(device) {
                directory.outdate(client);
            }
        }
    }

    /// Tells who is behind whom; the rooms are there.
    pub(super) fn link(&self, directory: &mut Directory) {
        self.0.iter().for_each(|(id, pseudonym)| directory.stand_for(*id, pseudonym.of, pseudonym.room));
    }
}

impl Check<'_, '_> {
    pub(super) fn pseudonyms(
        &self,
        file: &ScenarioFile,
        users: &[User],
        rooms: &[&Room],
    ) -> Result<Pseudonyms, ScenarioError> {
        let mut all = BTreeMap::new();
        for (index, entry) in file.users.iter().enumerate() {
            let Some(pseudonym) = &entry.pseudonym else { continue };
            let at = |key| [Key("user"), Index(index), Key("pseudonym"), Key(key)];
            let Some(of) = users.iter().position(|user| user.name == pseudonym.of) else {
                let known = users.iter().map(|user| user.name.clone()).collect();
                return self.fail(Problem::UnknownUser { name: pseudonym.of.clone(), known }, &at("of"));
            };
            let Some(room) = rooms.iter().position(|room| room.name == pseudonym.room) else {
                let known = rooms.iter().map(|room| room.name.clone()).collect();
                let value = pseudonym.room.clone();
                return self.fail(Problem::UnknownValue { value, known }, &at("room"));
            };
            if let Some((reason, help)) = misfit(entry, &file.users[of], (&users[index], &users[of])) {
                return self.fail(Problem::Contradiction { reason, help }, &at("of"));
            }
            let pseudonym = Pseudonym { of: UserId(of as u16), room: RoomId(room as u16) };
            all.insert(UserId(index as u16), pseudonym);
        }
        Ok(Pseudonyms(all))
    }
}

/// Why the one cannot be a pseudonym of the other.
fn misfit(
    entry: &UserEntry,
    behind: &UserEntry,
    (user, person): (&User, &User),
) -> Option<(String, &'static str)> {
    let provider = |user: &User| -> ProviderId { user.provider };
    let devices = |user: &User| user.devices.len() + user.new_devices.len();
    let (name, of) = (&entry.name, &behind.name);
    if behind.pseudonym.is_some() {
        return Some((format!("`{of}` is a pseudonym itself"), "name the user who is behind both"));
    }
    if provider(user) != provider(person) {
        let help = "a pseudonym is scoped under the domain of its user's provider";
        return Some((format!("`{name}` and `{of}` are users of two providers"), help));
    }
    if devices(user) > devices(person) {
        let help = "the first device of the one is the first of the other, and so on";
        return Some((format!("`{name}` has more devices than `{of}`, who is behind it"), help));
    }
    None
}

/// In the shape of a random UUID (RFC 9562, version 4), and the same in all runs of a scenario.
fn uuid(names: &[&str]) -> String {
    let mut octets = [0; 16];
    octets.copy_from_slice(&blake3::derive_key("mimic pseudonym", names.join("/").as_bytes())[..16]);
    octets[6] = octets[6] & 0x0f | 0x40;
    octets[8] = octets[8] & 0x3f | 0x80;
    let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
