//! Who can be found by what, and the queries for them (proto §5.8).

use super::check::Check;
use super::error::{Problem, ScenarioError};
use super::file::{ProviderEntry, QueryEntry, UserEntry};
use super::locate::Step::{Index, Key};
use mimic_protocol::profile::{Profile, SearchPolicy};
use mimic_protocol::{ProviderId, Query, UserId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a scenario says of finding people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What is known of users beside their names.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub profiles: BTreeMap<UserId, Profile>,
    /// Which queries providers answer, where they do not answer all.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub policies: BTreeMap<ProviderId, SearchPolicy>,
    /// The queries, each with its name; a `QueryId` is a place in this list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queries: Vec<(String, Query)>,
}

impl Finding {
    /// Whether nothing is said of it.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Check<'_, '_> {
    pub(super) fn finding(
        &self,
        (providers, users): (&[ProviderEntry], &[UserEntry]),
        entries: &[QueryEntry],
        domains: &[String],
    ) -> Result<Finding, ScenarioError> {
        let profiles = users.iter().enumerate();
        let profiles = profiles.filter_map(|(at, user)| Some((UserId(at as u16), user.profile.clone()?)));
        let policies = providers.iter().enumerate();
        let policies =
            policies.filter_map(|(at, entry)| Some((ProviderId(at as u16), entry.search.clone()?)));
        let mut finding =
            Finding { profiles: profiles.collect(), policies: policies.collect(), queries: Vec::new() };
        for (index, entry) in entries.iter().enumerate() {
            let path = |key| [Key("query"), Index(index), Key(key)];
            self.name("query", &entry.name, &path("name"))?;
            if finding.queries.iter().any(|(name, _)| *name == entry.name) {
                let problem = Problem::Duplicate { what: "query", name: entry.name.clone() };
                return self.fail(problem, &path("name"));
            }
            let at = self.provider(&entry.at, domains, &path("at"))?;
            let terms = entry.of.iter().map(|(field, value)| (field.clone(), value.clone())).collect();
            finding.queries.push((entry.name.clone(), Query { at, terms }));
        }
        Ok(finding)
    }
}
