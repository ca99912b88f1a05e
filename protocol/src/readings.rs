//! Every rule that a draft leaves open, as one switch each: what a run or a model says it was judged under.

use serde::{Deserialize, Serialize};

/// The readings that a node is built with; the default is the catalogue's, which follows protocol-06.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Readings {
    /// Whose positions the indices of a second participant list update in one commit mean (AMB-05, RACE-24).
    pub list_indices: ListIndices,
    /// What the hub answers to a commit that leaves out a pending proposal (OPEN-06).
    pub omission_answer: OmissionAnswer,
}

/// AMB-05: which list a positional patch refers to when one commit carries several.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListIndices {
    /// All indices refer to the list at the start of the epoch.
    #[default]
    EpochStart,
    /// Each update sees the result of the one before it.
    Running,
}

/// OPEN-06: the code for a commit that omits a proposal that the hub insists on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OmissionAnswer {
    /// `notAllowed`, as no other code fits.
    #[default]
    NotAllowed,
    /// `invalidProposal`, naming the references that are missing.
    InvalidProposal,
}
