//! The policy envelope: the policies that a hub has rooms with (arch §4.4, ARCH-26, OPEN-03).

use super::{Capability, Denied};
use crate::room::{NOT_LISTED, Standing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A predicate over policies that only its hub knows: a room is judged by it when it is opened, and at every change of its
/// policy. The default lets everything through.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Envelope {
    /// Capabilities that no role may have, by code point.
    pub withheld_capabilities: BTreeSet<u16>,
    /// Rooms are open to nobody who is not in the list, by whichever way in.
    pub no_self_joining: bool,
    /// How many roles there may be.
    pub max_roles: Option<u32>,
    /// Rooms say how many users they take, and it is no more than this.
    pub max_users: Option<u32>,
    /// Rooms say how many clients they take, and it is no more than this.
    pub max_clients: Option<u32>,
    /// Users go by their names.
    pub no_pseudonyms: bool,
    /// Rooms end with their groups.
    pub no_persistent_rooms: bool,
    /// Rooms cannot be searched for.
    pub no_discovery: bool,
    /// Components that rooms do not have.
    pub withheld_components: BTreeSet<u16>,
    /// Components that every room has.
    pub required_components: BTreeSet<u16>,
    /// There is a role for the banned.
    pub banning: bool,
}

/// What is out of an envelope.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, thiserror::Error)]
pub enum OutOfEnvelope {
    /// A role has a capability.
    #[error("the hub has no rooms in which a role has capability {0:#06x}")]
    Capability(u16),
    /// There is a way in for those who are not in the list.
    #[error("the hub has no rooms that users join by themselves")]
    SelfJoining,
    /// There are too many roles.
    #[error("the hub has no rooms with so many roles")]
    Roles,
    /// Users are not limited, or not enough.
    #[error("the hub has no rooms for so many users")]
    Users,
    /// Clients are not limited, or not enough.
    #[error("the hub has no rooms for so many clients")]
    Clients,
    /// Pseudonyms are allowed.
    #[error("the hub has no rooms for pseudonyms")]
    Pseudonyms,
    /// The room is persistent.
    #[error("the hub has no persistent rooms")]
    Persistent,
    /// The room can be searched for.
    #[error("the hub has no rooms that can be searched for")]
    Discoverable,
    /// A component is there that must not be, or is not there and must be.
    #[error("the hub has no rooms with, or without, component {0:#06x}")]
    Component(u16),
    /// There is no role for the banned.
    #[error("the hub has no rooms without a role for the banned")]
    NoBanning,
}

impl Envelope {
    /// Whether a room may have this policy.
    pub fn check(&self, standing: &Standing) -> Result<(), Denied> {
        let verdict = self.check_roles(standing).and_then(|()| self.check_base(standing));
        verdict.and_then(|()| self.check_components(standing)).map_err(Denied::Envelope)
    }

    fn check_roles(&self, standing: &Standing) -> Result<(), OutOfEnvelope> {
        let mut capabilities = standing.roles.iter().flat_map(|role| &role.capabilities);
        if let Some(code) = capabilities.find(|code| self.withheld_capabilities.contains(code)) {
            return Err(OutOfEnvelope::Capability(*code));
        }
        let ways_in = |index: u32| match index {
            NOT_LISTED => [Capability::OpenJoin, Capability::UseJoinCode].as_slice(),
            _ => &[Capability::JoinIfPreauthorized],
        };
        let opens =
            standing.roles.iter().any(|role| ways_in(role.role_index).iter().any(|way| role.can(*way)));
        if self.no_self_joining && opens {
            return Err(OutOfEnvelope::SelfJoining);
        }
        if self.max_roles.is_some_and(|most| standing.roles.len() as u64 > u64::from(most)) {
            return Err(OutOfEnvelope::Roles);
        }
        require(!self.banning || standing.banned_role().is_some(), OutOfEnvelope::NoBanning)
    }

    fn check_base(&self, standing: &Standing) -> Result<(), OutOfEnvelope> {
        let base = &standing.base;
        let within = |most: Option<u32>, limit: Option<u32>| {
            most.is_none_or(|most| limit.is_some_and(|limit| limit <= most))
        };
        require(within(self.max_users, base.max_users), OutOfEnvelope::Users)?;
        require(within(self.max_clients, base.max_clients), OutOfEnvelope::Clients)?;
        require(!(self.no_pseudonyms && base.pseudonyms_allowed), OutOfEnvelope::Pseudonyms)?;
        require(!(self.no_persistent_rooms && base.persistent_room), OutOfEnvelope::Persistent)?;
        require(!(self.no_discovery && base.discoverable), OutOfEnvelope::Discoverable)
    }

    fn check_components(&self, standing: &Standing) -> Result<(), OutOfEnvelope> {
        let there: BTreeSet<u16> = standing.components.differing(&Default::default()).into_iter().collect();
        if let Some(id) = self.required_components.difference(&there).next() {
            return Err(OutOfEnvelope::Component(*id));
        }
        let withheld = self.withheld_components.intersection(&there).next();
        withheld.map_or(Ok(()), |id| Err(OutOfEnvelope::Component(*id)))
    }
}

fn require(good: bool, error: OutOfEnvelope) -> Result<(), OutOfEnvelope> {
    if good { Ok(()) } else { Err(error) }
}
