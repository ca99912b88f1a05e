//! The form of a scenario file. What serde can check is checked here, the rest in `check`.
//!
//! All enums are externally tagged: with an internal tag, toml loses the place of an error.

use super::Expectation;
use super::fault_ranges::FaultRanges;
use super::role::{Policy, Role};
use super::workload::{Phases, Weights};
use mimic_protocol::Mutant;
use mimic_protocol::readings::ReadingsEntry;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ScenarioFile {
    pub(super) scenario: Header,
    #[serde(rename = "provider")]
    pub(super) providers: Vec<ProviderEntry>,
    #[serde(rename = "user")]
    pub(super) users: Vec<UserEntry>,
    pub(super) room: RoomEntry,
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
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct ProviderEntry {
    pub(super) domain: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct UserEntry {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) role: Option<Role>,
    pub(super) devices: Vec<String>,
    #[serde(default)]
    pub(super) new_devices: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct RoomEntry {
    pub(super) name: String,
    pub(super) hub: String,
    pub(super) creator: String,
    pub(super) policy: Policy,
    #[serde(default)]
    pub(super) enforcers: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct WorkloadEntry {
    pub(super) operations: u32,
    pub(super) messages: u32,
    pub(super) mean_gap_ms: Option<u64>,
    #[serde(default)]
    pub(super) weights: Weights,
}
