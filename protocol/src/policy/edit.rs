//! What somebody who changes the policy of a room wants to be different in it.

use super::Capability;
use crate::directory::Directory;
use crate::ids::RoomId;
use crate::mls::{Octets, Propose};
use crate::room::{BasePolicy, Components, Role, Standing, component};
use crate::wire::franking::FrankingAgentData;
use crate::wire::join_links::{JoinLinkPolicy, JoinLinksData, JoinLinksUpdate};
use crate::wire::mls::Credential;
use crate::wire::operational_parameters::{OperationalParameters, PendingProposalPolicy};
use crate::wire::pre_auth::PreAuthData;
use crate::wire::room_metadata::{RichDescription, RoomMetaData};
use crate::wire::{Flag, IdentifierUri, Opaque, Wire};
use serde::Serialize;
use std::sync::Arc;

/// One thing that is to be different. Components are replaced as a whole, and so an edit is made to the room as its author
/// sees it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub enum Edit {
    /// A role has a capability, by its code point.
    Grant(u32, u16),
    /// A role does not have a capability.
    Withdraw(u32, u16),
    /// A role is defined so, in place of the one of this index, if there is one.
    Define(Role),
    /// A role is not there.
    Drop(u32),
    /// Who holds the role may move others from one role to these, and to no other ones.
    Moves(u32, u32, Vec<u32>),
    /// How many may, or have to, hold a role.
    Bounds(u32, Bounds),
    /// The base policy.
    Base(BaseChange),
    /// The preauthorisations.
    Preauth(PreAuthData),
    /// A text of the metadata.
    Text(Text, String),
    /// What join links are like: at most one of them is kept; one is for several users.
    LinkPolicy(bool, bool, u32),
    /// A join link is there.
    AddLink(Octets),
    /// A join link is not there.
    RemoveLink(Octets),
    /// The operational parameters.
    Operational(OperationalChange),
    /// The hub stamps messages (proto §5.4.1). Its key is the engine's to tell, and stands nowhere in this.
    Franking,
    /// Any component is this.
    Component(u16, Octets),
    /// Any component is not there.
    RemoveComponent(u16),
}

/// The bounds of a role; what is not there stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Bounds {
    /// How many participants hold it at least.
    pub min_participants: Option<u32>,
    /// And at most.
    pub max_participants: Option<u32>,
    /// How many active participants hold it at least.
    pub min_active: Option<u32>,
    /// And at most.
    pub max_active: Option<u32>,
}

/// What is different in the base policy; what is not there stays as it is.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct BaseChange {
    /// fixed_membership.
    pub fixed_membership: Option<bool>,
    /// The parent room.
    pub parent_room: Option<RoomId>,
    /// multi_device.
    pub multi_device: Option<bool>,
    /// max_clients.
    pub max_clients: Option<u32>,
    /// max_users.
    pub max_users: Option<u32>,
    /// pseudonyms_allowed.
    pub pseudonyms_allowed: Option<bool>,
    /// persistent_room.
    pub persistent_room: Option<bool>,
    /// discoverable.
    pub discoverable: Option<bool>,
    /// The components in force.
    pub component_ids: Option<Vec<u16>>,
}

/// What is different in the operational parameters; what is not there stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct OperationalChange {
    /// external_proposal_allowed.
    pub external_proposals: Option<bool>,
    /// external_commit_allowed.
    pub external_commits: Option<bool>,
    /// After which delay at least, and at most, members commit what is pending; (0, 0) is at once.
    pub commit_delay_ms: Option<(u64, u64)>,
    /// How many epochs late a message may be.
    pub epoch_tolerance: Option<u8>,
}

/// The texts of the metadata, each with a capability of its own (POL-39).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub enum Text {
    /// The name.
    Name,
    /// The description.
    Description,
    /// The avatar's place.
    Avatar,
    /// The subject.
    Subject,
    /// The mood.
    Mood,
}

impl Edit {
    /// Makes the edit; none if the room has nothing that it could be made to.
    pub fn apply(&self, directory: &Directory, room: RoomId, standing: &mut Standing) -> Option<()> {
        match self {
            Edit::Base(change) => change.apply(directory, &mut standing.base),
            Edit::Define(role) => match role_of(standing, role.role_index) {
                Some(known) => *known = role.clone(),
                None => standing.roles.push(role.clone()),
            },
            Edit::Drop(index) => {
                role_of(standing, *index)?;
                standing.roles.retain(|role| role.role_index != *index);
            }
            Edit::Grant(index, code) => {
                let role = role_of(standing, *index)?;
                if !role.capabilities.contains(code) {
                    role.capabilities.push(*code);
                }
            }
            Edit::Withdraw(index, code) => {
                role_of(standing, *index)?.capabilities.retain(|known| known != code);
            }
            Edit::Moves(index, from, to) => {
                let role = role_of(standing, *index)?;
                role.transitions.retain(|(known, _)| known != from);
                role.transitions.push((*from, to.clone()));
            }
            Edit::Bounds(index, bounds) => bounds.apply(role_of(standing, *index)?),
            Edit::Preauth(list) => components_of(standing).preauth = Some(list.clone()),
            Edit::LinkPolicy(on_request, multiuser, expiration) => {
                let (on_request, multiuser) = (Flag::from(*on_request), Flag::from(*multiuser));
                let join_link = IdentifierUri(Vec::new().into());
                let policy = JoinLinkPolicy { on_request, join_link, multiuser, expiration: *expiration };
                components_of(standing).join_link_policy = Some(policy);
            }
            Edit::Franking => components_of(standing).franking_agent = Some(unkeyed_agent(directory, room)),
            Edit::Operational(change) => {
                let operational = &mut components_of(standing).operational;
                change.apply(operational.get_or_insert_with(OperationalParameters::usual));
            }
            Edit::Text(text, value) => {
                let metadata = &mut components_of(standing).metadata;
                text.set(metadata.get_or_insert_with(|| untitled(directory, room)), value);
            }
            Edit::AddLink(link) => {
                let links = components_of(standing).join_links.get_or_insert_default();
                links.links.push((&**link).into());
            }
            Edit::RemoveLink(link) => {
                let links = &mut components_of(standing).join_links.as_mut()?.links;
                let at = links.iter().position(|known| known.as_slice() == &**link)?;
                links.remove(at);
            }
            Edit::Component(id, octets) => {
                let mut dictionary = standing.components.dictionary();
                dictionary.insert(*id, octets.clone());
                *components_of(standing) = Components::decode(&dictionary).ok()?;
            }
            Edit::RemoveComponent(id) => {
                let mut dictionary = standing.components.dictionary();
                dictionary.remove(id)?;
                *components_of(standing) = Components::decode(&dictionary).ok()?;
            }
        }
        Some(())
    }
}

impl Bounds {
    fn apply(self, role: &mut Role) {
        role.min_participants = self.min_participants.unwrap_or(role.min_participants);
        role.max_participants = self.max_participants.or(role.max_participants);
        role.min_active = self.min_active.unwrap_or(role.min_active);
        role.max_active = self.max_active.or(role.max_active);
    }
}

impl BaseChange {
    fn apply(&self, directory: &Directory, base: &mut BasePolicy) {
        let parent = self.parent_room.map(|parent| directory.room_uri(parent).clone());
        base.fixed_membership = self.fixed_membership.unwrap_or(base.fixed_membership);
        base.parent_room = parent.or_else(|| base.parent_room.take());
        base.multi_device = self.multi_device.unwrap_or(base.multi_device);
        base.max_clients = self.max_clients.or(base.max_clients);
        base.max_users = self.max_users.or(base.max_users);
        base.pseudonyms_allowed = self.pseudonyms_allowed.unwrap_or(base.pseudonyms_allowed);
        base.persistent_room = self.persistent_room.unwrap_or(base.persistent_room);
        base.discoverable = self.discoverable.unwrap_or(base.discoverable);
        if let Some(ids) = &self.component_ids {
            base.component_ids.clone_from(ids);
        }
    }
}

impl OperationalChange {
    fn apply(self, parameters: &mut OperationalParameters) {
        let flag = |new: Option<bool>, old: Flag| new.map_or(old, Flag::from);
        parameters.external_proposal_allowed =
            flag(self.external_proposals, parameters.external_proposal_allowed);
        parameters.external_commit_allowed = flag(self.external_commits, parameters.external_commit_allowed);
        parameters.pending_proposal_policy = match self.commit_delay_ms {
            None => parameters.pending_proposal_policy,
            Some((0, 0)) => PendingProposalPolicy::ImmediateCommit,
            Some((minimum_delay_ms, maximum_delay_ms)) => {
                PendingProposalPolicy::RandomDelay { minimum_delay_ms, maximum_delay_ms }
            }
        };
        let tolerance = &mut parameters.app_message_policy.epoch_tolerance;
        *tolerance = self.epoch_tolerance.unwrap_or(*tolerance);
    }
}

impl Text {
    /// The capability that covers it.
    pub fn capability(self) -> Capability {
        match self {
            Text::Name => Capability::ChangeRoomName,
            Text::Description => Capability::ChangeRoomDescription,
            Text::Avatar => Capability::ChangeRoomAvatar,
            Text::Subject => Capability::ChangeRoomSubject,
            Text::Mood => Capability::ChangeRoomMood,
        }
    }

    fn set(self, metadata: &mut RoomMetaData, value: &str) {
        let octets: Opaque = value.as_bytes().into();
        match self {
            Text::Name => metadata.room_name = octets,
            Text::Avatar => metadata.room_avatar = IdentifierUri(octets),
            Text::Subject => metadata.room_subject = octets,
            Text::Mood => metadata.room_mood = octets,
            Text::Description => {
                let empty = || Opaque::from(Vec::new());
                let plain = RichDescription {
                    media_type: empty(),
                    language_tag: empty(),
                    description_content: octets,
                };
                metadata.room_descriptions = vec![plain];
            }
        }
    }
}

/// The proposals that make `after` of the room `before`: what differs is replaced as a whole, links are patched, and what is
/// gone is removed. The participant list is left alone.
pub fn updates_between(directory: &Directory, before: &Standing, after: &Standing) -> Vec<Propose> {
    let (old, new) = (before.encode(directory), after.encode(directory));
    let changed = new.iter().filter(|(id, octets)| {
        **id != component::PARTICIPANT_LIST && old.get(id).map(|octets| &**octets) != Some(&***octets)
    });
    let update = |(id, octets): (&u16, &Octets)| {
        let update = match *id {
            component::JOIN_LINKS => link_update(&before.components, &after.components).encode().into(),
            _ => octets.clone(),
        };
        Propose::AppDataUpdate { component: *id, update }
    };
    let removed = old.keys().filter(|id| !new.contains_key(id));
    let removed = removed.map(|id| Propose::AppDataRemove { component: *id });
    changed.map(update).chain(removed).collect()
}

fn link_update(before: &Components, after: &Components) -> JoinLinksUpdate {
    let none = JoinLinksData::default();
    let old = &before.join_links.as_ref().unwrap_or(&none).links;
    let new = &after.join_links.as_ref().unwrap_or(&none).links;
    let gone = old.iter().enumerate().filter(|(_, link)| !new.contains(link));
    JoinLinksUpdate {
        removed_indices: gone.map(|(at, _)| at as u32).collect(),
        added_links: new.iter().filter(|link| !old.contains(link)).cloned().collect(),
    }
}

fn role_of(standing: &mut Standing, index: u32) -> Option<&mut Role> {
    standing.roles.iter_mut().find(|role| role.role_index == index)
}

fn components_of(standing: &mut Standing) -> &mut Components {
    Arc::make_mut(&mut standing.components)
}

/// The hub as franking agent, with a key to come.
fn unkeyed_agent(directory: &Directory, room: RoomId) -> FrankingAgentData {
    let hub = directory.provider_uri(directory.hub_of(room)).as_str();
    FrankingAgentData {
        franking_signature_key: Vec::new().into(),
        credential: Credential::Basic(hub.as_bytes().into()),
    }
}

/// The metadata of a room that has none.
fn untitled(directory: &Directory, room: RoomId) -> RoomMetaData {
    let empty = || Opaque::from(Vec::new());
    RoomMetaData {
        room_uri: IdentifierUri::from(directory.room_uri(room)),
        room_name: empty(),
        room_descriptions: Vec::new(),
        room_avatar: IdentifierUri(empty()),
        room_subject: empty(),
        room_mood: empty(),
    }
}
