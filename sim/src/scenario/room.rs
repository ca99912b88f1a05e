//! A room of a scenario: where it is, who creates it, and as what.

use mimic_protocol::policy::Edit;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::room::{Participant, Role, Standing, component, decode_roles};
use mimic_protocol::wire::role_data::RoleData;
use mimic_protocol::{Directory, PolicyChange, ProviderId, RoomId, UserId};
use serde::Serialize;

/// A room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Room {
    /// Its name.
    pub name: String,
    /// Its hub.
    pub hub: ProviderId,
    /// The user whose first device creates it.
    pub creator: UserId,
    /// Of which type it is.
    pub policy: Example,
    /// The room in whose place it comes, as that stands when its group ends: the same room with another group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub continues: Option<RoomId>,
    /// Who is in the list from the beginning beside the creator, in which role; none of their clients is in the group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<(UserId, u32)>,
    /// In what it differs from others of its type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
}

/// A change of policy that users can make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Of which room.
    pub room: RoomId,
    /// What is different after it.
    pub change: PolicyChange,
}

impl Room {
    /// Enters it in the directory. A room that comes in the place of another has its URI (ARCH-04): it is another group of the
    /// same room, and what it is called here is the group's name.
    pub(super) fn add_to(&self, directory: &mut Directory) {
        match self.continues {
            None => directory.add_room(self.hub, &self.name),
            Some(first) => directory.add_group(first, &self.name),
        };
    }

    /// As what it is created; why it cannot be, if it cannot.
    pub fn standing(&self, directory: &Directory, room: RoomId) -> Result<Standing, String> {
        let mut standing = self.policy.room(self.creator);
        let listed = self.participants.iter().map(|(user, role)| Participant { user: *user, role: *role });
        standing.participants.extend(listed);
        for edit in &self.edits {
            edit.apply(directory, room, &mut standing)
                .ok_or("the room has nothing that could be changed so")?;
        }
        let there = standing.components.differing(&Default::default()).into_iter();
        let data = [component::FRANKING_AGENT, component::ROOM_METADATA, component::JOIN_LINKS];
        standing.base.component_ids.extend(there.filter(|id| !data.contains(id)));
        let roles = RoleData { roles: standing.roles.iter().map(Into::into).collect() };
        decode_roles(roles).map_err(|error| error.to_string())?;
        let encoded = standing.encode(directory);
        Standing::decode(directory, &encoded).map_err(|error| error.to_string())
    }

    /// The names and numbers of its roles.
    pub fn roles(&self) -> Vec<(String, u32)> {
        let mut roles = named(&self.policy.roles());
        roles.extend(defined_roles(&self.edits));
        roles
    }
}

/// The roles that edits define.
pub(crate) fn defined_roles(edits: &[Edit]) -> Vec<(String, u32)> {
    let defined = edits.iter().filter_map(|edit| match edit {
        Edit::Define(role) => Some((role.name.clone(), role.role_index)),
        _ => None,
    });
    defined.collect()
}

fn named(roles: &[Role]) -> Vec<(String, u32)> {
    roles.iter().map(|role| (role.name.clone(), role.role_index)).collect()
}
