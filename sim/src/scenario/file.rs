//! The form of a scenario file. What serde can check is checked here, the rest in `check`.
//!
//! All enums are externally tagged: with an internal tag, toml loses the place of an error.

use super::Expectation;
use super::fault_ranges::FaultRanges;
use super::policy_file::PolicyEntry;
use super::workload::{Contents, Phases, Weights};
use mimic_protocol::plans::Busy;
use mimic_protocol::policy::Envelope;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::profile::{Field, Profile, SearchPolicy};
use mimic_protocol::readings::ReadingsEntry;
use mimic_protocol::{Discretion, Mutant};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ScenarioFile {
    pub(super) scenario: Header,
    #[serde(rename = "provider")]
    pub(super) providers: Vec<ProviderEntry>,
    #[serde(rename = "user")]
    pub(super) users: Vec<UserEntry>,
    pub(super) room: RoomEntry,
    #[serde(rename = "further-room", default)]
    pub(super) further_rooms: Vec<RoomEntry>,
    #[serde(rename = "change", default)]
    pub(super) changes: Vec<ChangeEntry>,
    #[serde(rename = "query", default)]
    pub(super) queries: Vec<QueryEntry>,
    pub(super) workload: Option<WorkloadEntry>,
    #[serde(default)]
    pub(super) faults: FaultRanges,
    pub(super) phases: Option<Phases>,
    pub(super) story: Option<StoryEntry>,
    #[serde(default)]
    pub(super) readings: ReadingsEntry,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct Header {
    pub(super) name: String,
    #[serde(default)]
    pub(super) about: String,
    #[serde(default)]
    pub(super) expect: Expectation,
    #[serde(default)]
    pub(super) requirements: Vec<String>,
    #[serde(default)]
    pub(super) races: Vec<String>,
    pub(super) mutant: Option<Mutant>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct StoryEntry {
    pub(super) steps: Vec<String>,
    #[serde(default)]
    pub(super) outcome: Vec<String>,
    pub(super) replays: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ProviderEntry {
    pub(super) domain: String,
    pub(super) envelope: Option<Envelope>,
    pub(super) consent: Option<Discretion>,
    #[serde(default)]
    pub(super) grants_key_packages: bool,
    pub(super) search: Option<SearchPolicy>,
    pub(super) clock_ahead_s: Option<i32>,
    pub(super) busy: Option<Busy>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) role: Option<String>,
    #[serde(default)]
    pub(super) claims: Vec<String>,
    #[serde(default)]
    pub(super) supports: Vec<String>,
    pub(super) profile: Option<Profile>,
    pub(super) clock_ahead_s: Option<i32>,
    pub(super) key_packages_last_s: Option<u64>,
    pub(super) pseudonym: Option<PseudonymEntry>,
    pub(super) devices: Vec<String>,
    #[serde(default)]
    pub(super) new_devices: Vec<String>,
    #[serde(default)]
    pub(super) outdated: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct PseudonymEntry {
    pub(super) of: String,
    pub(super) room: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RoomEntry {
    pub(super) name: String,
    pub(super) hub: String,
    pub(super) creator: String,
    pub(super) policy: Example,
    pub(super) continues: Option<String>,
    #[serde(default)]
    pub(super) participants: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) with: PolicyEntry,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ChangeEntry {
    pub(super) name: String,
    pub(super) room: Option<String>,
    #[serde(default)]
    pub(super) with: PolicyEntry,
    #[serde(default)]
    pub(super) also: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct QueryEntry {
    pub(super) name: String,
    pub(super) at: String,
    #[serde(rename = "where")]
    pub(super) of: BTreeMap<Field, String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WorkloadEntry {
    pub(super) operations: u32,
    pub(super) messages: u32,
    pub(super) mean_gap_ms: Option<u64>,
    #[serde(default)]
    pub(super) weights: Weights,
    #[serde(default)]
    pub(super) contents: Contents,
}
