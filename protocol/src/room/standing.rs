//! How a room stands: who takes part in which role, under which policy; as committed, and as effective at the hub.

use super::{BANNED, BasePolicy, Components, Malformed, NOT_LISTED, Role, component, decode_roles};
use crate::directory::Directory;
use crate::ids::UserId;
use crate::mls::Dictionary;
use crate::readings::{EffectiveAt, Readings};
use crate::wire::Wire;
use crate::wire::base_room_policy::BaseRoomPolicy;
use crate::wire::participant_list::{
    ParticipantListData, ParticipantListUpdate, UserIndexRolePair, UserRolePair,
};
use crate::wire::role_data::RoleData;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// An entry of the participant list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    pub user: UserId,
    /// In which role (POL-04).
    pub role: u32,
}

/// Participants, roles and policy: what proto §7 calls the room state, without its carrier.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Standing {
    /// The participant list, in its order: positions matter (PROTO-84).
    pub participants: Vec<Participant>,
    /// The roles.
    pub roles: Vec<Role>,
    /// The base policy.
    pub base: BasePolicy,
    /// The other components that are there, shared: most changes leave them as they are.
    pub components: Arc<Components>,
}

/// A room's state at its hub: as of the last commit, and with what was accepted since (proto §7.1, INV-33).
///
/// The GroupContext is one carrier of the committed half; nothing here says which carrier it came from.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct RoomState {
    /// As of the last commit.
    pub committed: Arc<Standing>,
    /// With the accepted pending changes applied, in the order of acceptance.
    pub effective: Arc<Standing>,
}

/// One change of the participant list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ListChange {
    /// Append a user in a role.
    Add(UserId, u32),
    /// Take a user out.
    Remove(UserId),
    /// Give a user another role.
    Change(UserId, u32),
}

impl RoomState {
    /// The state that the hub acts on (proto §7.1, PROTO-77).
    pub fn in_force(&self, readings: Readings) -> &Arc<Standing> {
        match readings.effective_at {
            EffectiveAt::Accept => &self.effective,
            EffectiveAt::Commit => &self.committed,
        }
    }

    /// Nothing is pending.
    pub fn at_rest(standing: Standing) -> Self {
        let standing = Arc::new(standing);
        Self { committed: standing.clone(), effective: standing }
    }
}

impl Standing {
    /// Reads the components of a dictionary.
    pub fn decode(directory: &Directory, dictionary: &Dictionary) -> Result<Self, Malformed> {
        let octets = |id: u16| dictionary.get(&id).ok_or(Malformed);
        let list =
            ParticipantListData::decode(octets(component::PARTICIPANT_LIST)?).map_err(|_| Malformed)?;
        let entry = |pair: &UserRolePair| {
            let user = directory.resolve_user(pair.user.as_slice()).ok_or(Malformed)?;
            Ok(Participant { user, role: pair.role_index })
        };
        let participants = list.participants.iter().map(entry).collect::<Result<_, _>>()?;
        let roles = RoleData::decode(octets(component::ROLES_LIST)?).map_err(|_| Malformed)?;
        let base = BaseRoomPolicy::decode(octets(component::BASE_ROOM_POLICY)?).map_err(|_| Malformed)?;
        Ok(Self {
            participants,
            roles: decode_roles(roles).map_err(|_| Malformed)?,
            base: BasePolicy::try_from(base)?,
            components: Arc::new(Components::decode(dictionary).map_err(|_| Malformed)?),
        })
    }

    /// The components of a dictionary.
    pub fn encode(&self, directory: &Directory) -> Dictionary {
        let pairs = self.participants.iter().map(|p| user_role(directory, p.user, p.role));
        let list = ParticipantListData { participants: pairs.collect() };
        let roles = RoleData { roles: self.roles.iter().map(Into::into).collect() };
        let mut dictionary = Dictionary::from([
            (component::PARTICIPANT_LIST, list.encode().into()),
            (component::ROLES_LIST, roles.encode().into()),
            (component::BASE_ROOM_POLICY, BaseRoomPolicy::from(&self.base).encode().into()),
        ]);
        self.components.encode_into(&mut dictionary);
        dictionary
    }

    /// The user's role, if it is listed.
    pub fn role_of(&self, user: UserId) -> Option<u32> {
        self.participants.iter().find(|p| p.user == user).map(|p| p.role)
    }

    /// The definition of a role.
    pub fn role(&self, index: u32) -> Option<&Role> {
        self.roles.iter().find(|role| role.role_index == index)
    }

    /// The definition of the user's role; for one who is not listed, that of role 0.
    pub fn role_held_by(&self, user: UserId) -> Option<&Role> {
        self.role(self.role_of(user).unwrap_or(NOT_LISTED))
    }

    /// The role of banned users: number 1, and only if it is named so (room-policy §8.1.3, POL-37).
    pub fn banned_role(&self) -> Option<&Role> {
        self.role(BANNED).filter(|role| role.name == "banned")
    }

    /// Whether the user is listed as banned.
    pub fn is_banned(&self, user: UserId) -> bool {
        self.role_of(user) == Some(BANNED) && self.banned_role().is_some()
    }

    /// Whether the user is listed and not banned.
    pub fn may_take_part(&self, user: UserId) -> bool {
        self.role_of(user).is_some() && !self.is_banned(user)
    }

    /// The patch that enters a user in any list.
    pub fn entry(directory: &Directory, user: UserId, role: u32) -> Vec<u8> {
        let added_participants = vec![user_role(directory, user, role)];
        ParticipantListUpdate { added_participants, ..ParticipantListUpdate::default() }.encode()
    }

    /// The patch that makes one change; none if the list does not allow it.
    pub fn list_update(&self, directory: &Directory, change: ListChange) -> Option<Vec<u8>> {
        let index = |user: UserId| self.participants.iter().position(|p| p.user == user).map(|i| i as u32);
        let mut update = ParticipantListUpdate::default();
        match change {
            ListChange::Add(user, role) if index(user).is_none() => {
                return Some(Self::entry(directory, user, role));
            }
            ListChange::Add(..) => return None,
            ListChange::Remove(user) => update.removed_indices = vec![index(user)?],
            ListChange::Change(user, role_index) => {
                let changed = UserIndexRolePair { user_index: index(user)?, role_index };
                update.changed_role_participants = vec![changed];
            }
        }
        Some(update.encode())
    }
}

fn user_role(directory: &Directory, user: UserId, role_index: u32) -> UserRolePair {
    UserRolePair { user: directory.user_uri(user).as_str().as_bytes().into(), role_index }
}
