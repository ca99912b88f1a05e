//! Whose clock goes wrong, how long key packages last, and who is busy when.

use super::file::{ProviderEntry, UserEntry};
use mimic_protocol::plans::Busy;
use mimic_protocol::{Directory, NodeId, ProviderId, UserId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a scenario says of clocks and lifetimes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Clocks {
    /// How far the clocks of providers are ahead of the world's, in seconds; behind it, where that is less than 0.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub providers_ahead_s: BTreeMap<ProviderId, i32>,
    /// The same of all devices of a user.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub users_ahead_s: BTreeMap<UserId, i32>,
    /// How long the key packages of a user last, in seconds, where they do not last for ever (MLS-16).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lifetimes_s: BTreeMap<UserId, u64>,
    /// When providers are too busy for notifies (proto §5.5, PROTO-53).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub busy: BTreeMap<ProviderId, Busy>,
}

impl Clocks {
    pub(super) fn of(providers: &[ProviderEntry], users: &[UserEntry]) -> Self {
        let providers = || (0..).map(ProviderId).zip(providers);
        let with_id = || users.iter().enumerate().map(|(at, user)| (UserId(at as u16), user));
        Self {
            providers_ahead_s: providers()
                .filter_map(|(id, entry)| Some((id, entry.clock_ahead_s?)))
                .collect(),
            busy: providers().filter_map(|(id, entry)| Some((id, entry.busy?))).collect(),
            users_ahead_s: with_id().filter_map(|(id, user)| Some((id, user.clock_ahead_s?))).collect(),
            lifetimes_s: with_id().filter_map(|(id, user)| Some((id, user.key_packages_last_s?))).collect(),
        }
    }

    /// Whether nothing is said of it.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How far each node's clock is ahead of the world's, in milliseconds, where it differs.
    pub fn ahead_ms(&self, directory: &Directory) -> BTreeMap<NodeId, i64> {
        let ms = |seconds: &i32| 1_000 * i64::from(*seconds);
        let providers = self.providers_ahead_s.iter().map(|(id, ahead)| (NodeId::Provider(*id), ms(ahead)));
        let devices = self.users_ahead_s.iter().flat_map(|(user, ahead)| {
            directory.clients_of(*user).map(move |client| (NodeId::Client(client), ms(ahead)))
        });
        providers.chain(devices).collect()
    }
}
