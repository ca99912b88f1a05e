//! How a scenario file says what is different in a room's policy: when it is created, or by a change that somebody makes.

use serde::Deserialize;
use std::collections::BTreeMap;

/// What is different; what is not there stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PolicyEntry {
    #[serde(default)]
    pub(super) roles: BTreeMap<String, RoleEntry>,
    #[serde(default)]
    pub(super) base: BaseEntry,
    pub(super) preauth: Option<Vec<PreauthEntry>>,
    #[serde(default)]
    pub(super) metadata: MetadataEntry,
    #[serde(default)]
    pub(super) links: LinksEntry,
    #[serde(default)]
    pub(super) operational: OperationalEntry,
    #[serde(default)]
    pub(super) components: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) without_components: Vec<String>,
    #[serde(default)]
    pub(super) franking: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RoleEntry {
    pub(super) index: Option<u32>,
    #[serde(default)]
    pub(super) gone: bool,
    #[serde(default)]
    pub(super) can: Vec<String>,
    #[serde(default)]
    pub(super) cannot: Vec<String>,
    #[serde(default)]
    pub(super) moves: BTreeMap<String, Vec<String>>,
    pub(super) min_participants: Option<u32>,
    pub(super) max_participants: Option<u32>,
    pub(super) min_active: Option<u32>,
    pub(super) max_active: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct BaseEntry {
    pub(super) fixed_membership: Option<bool>,
    pub(super) parent_room: Option<String>,
    pub(super) multi_device: Option<bool>,
    pub(super) max_clients: Option<u32>,
    pub(super) max_users: Option<u32>,
    pub(super) pseudonyms_allowed: Option<bool>,
    pub(super) persistent_room: Option<bool>,
    pub(super) discoverable: Option<bool>,
    pub(super) policy_component_ids: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PreauthEntry {
    pub(super) role: String,
    pub(super) user: Option<String>,
    pub(super) domain: Option<String>,
    pub(super) provider: Option<String>,
    #[serde(default)]
    pub(super) claims: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct MetadataEntry {
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) avatar: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) mood: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct LinksEntry {
    #[serde(default)]
    pub(super) add: Vec<String>,
    #[serde(default)]
    pub(super) remove: Vec<String>,
    pub(super) on_request: Option<bool>,
    pub(super) multiuser: Option<bool>,
    pub(super) expiration_s: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct OperationalEntry {
    pub(super) external_proposals: Option<bool>,
    pub(super) external_commits: Option<bool>,
    pub(super) commit_delay_ms: Option<(u64, u64)>,
    pub(super) epoch_tolerance: Option<u8>,
}
