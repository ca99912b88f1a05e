//! How often each kind of call was accepted and rejected: an agreement about calls that were never made is worth nothing.

use crate::step::{Prop, Step};
use crate::view::Outcome;
use mimic_protocol::mls::{ContentKind, MlsError};
use std::collections::BTreeMap;
use std::fmt;

/// What is counted.
#[derive(Default)]
pub struct Coverage {
    kinds: BTreeMap<String, Kind>,
    /// How many steps the library could not do, by kind.
    limits: BTreeMap<String, usize>,
    /// How many steps there were.
    pub steps: usize,
}

#[derive(Default)]
struct Kind {
    accepted: usize,
    rejected: BTreeMap<MlsError, usize>,
}

/// Kinds that cannot be rejected: they take no input, or are of a case that the driver only makes when it is right.
const NEVER_REJECTED: &[&str] = &[
    "create",
    "key package",
    "change key",
    "cut",
    "forget",
    "recover",
    "hub recover",
    "hub open",
    "follow own commit",
    "follow Commit",
    "follow Proposal",
    "hub follow Proposal",
];
/// Kinds that cannot be accepted.
const NEVER_ACCEPTED: &[&str] = &[
    "commit with a SelfRemove by value",
    "commit with a Remove of the committer",
    "commit with Update by value",
    "server propose Update",
    "server propose SelfRemove",
    "external commit with more than updates by value",
    "external commit with a tree of another epoch",
    "hub open with the tree of another epoch",
    "join with the tree of another epoch",
    "hub process Application",
    "keep Application",
    "keep Commit",
    "hub keep Application",
    "hub keep Commit",
];

impl Coverage {
    /// Counts a step and what came of it.
    pub fn count(&mut self, step: &Step, content: Option<ContentKind>, outcomes: &[Outcome]) {
        self.steps += 1;
        let kind = kind_of(step, content);
        for (n, outcome) in outcomes.iter().enumerate() {
            let kind = match (n, &outcomes[0]) {
                (0, _) => kind.clone(),
                (_, Outcome::OwnCommit) => "follow own commit".into(),
                _ => kind.replace("process", "follow"),
            };
            let kind = self.kinds.entry(kind).or_default();
            match outcome.error() {
                Some(error) => *kind.rejected.entry(error).or_default() += 1,
                None => kind.accepted += 1,
            }
        }
    }

    /// Counts a step that the library cannot do.
    pub fn count_limit(&mut self, step: &Step) {
        self.steps += 1;
        *self.limits.entry(kind_of(step, None)).or_default() += 1;
    }

    /// How many steps the library could not do.
    pub fn limits(&self) -> usize {
        self.limits.values().sum()
    }

    /// How often calls of a kind were rejected for this reason.
    pub fn rejected(&self, kind: &str, error: MlsError) -> usize {
        self.kinds.get(kind).and_then(|kind| kind.rejected.get(&error)).copied().unwrap_or_default()
    }

    /// The kinds that were never accepted, or never rejected, though they could be.
    pub fn gaps(&self) -> Vec<String> {
        let gap = |(name, kind): (&String, &Kind)| {
            let never_accepted = kind.accepted == 0 && !NEVER_ACCEPTED.contains(&&**name);
            let never_rejected = kind.rejected.is_empty() && !NEVER_REJECTED.contains(&&**name);
            let why = match (never_accepted, never_rejected) {
                (false, false) => return None,
                (true, _) => "accepted",
                (false, true) => "rejected",
            };
            Some(format!("{name}: never {why}"))
        };
        let missing = ALL_KINDS.iter().filter(|name| !self.kinds.contains_key(**name));
        let missing = missing.map(|name| format!("{name}: never done"));
        self.kinds.iter().filter_map(gap).chain(missing).collect()
    }
}

/// The kinds that a run is expected to contain.
const ALL_KINDS: &[&str] = &[
    "create",
    "key package",
    "propose Add",
    "propose Remove",
    "propose Remove of itself",
    "propose SelfRemove",
    "propose AppDataUpdate",
    "propose AppDataUpdate that removes",
    "propose Update",
    "propose GroupContextExtensions",
    "propose ReInit",
    "server propose Add",
    "server propose Remove",
    "server propose SelfRemove",
    "server propose Update",
    "server propose AppDataUpdate",
    "server propose AppDataUpdate that removes",
    "server propose GroupContextExtensions",
    "server propose ReInit",
    "commit to nothing",
    "commit by reference",
    "commit by value",
    "commit by reference and by value",
    "commit with a SelfRemove by value",
    "commit with a Remove of the committer",
    "commit with Update by value",
    "commit with AppDataUpdate that removes by value",
    "commit with GroupContextExtensions by value",
    "commit with ReInit by value",
    "external commit",
    "external commit with an update",
    "external commit with pending proposals",
    "external commit with a tree of another epoch",
    "external commit with more than updates by value",
    "encrypt",
    "process Proposal",
    "process Commit",
    "process Application",
    "follow Proposal",
    "follow Commit",
    "follow own commit",
    "keep Proposal",
    "keep Commit",
    "keep Application",
    "merge held",
    "merge pending",
    "discard pending",
    "clear proposals",
    "join",
    "join with the tree of another epoch",
    "forget",
    "recover",
    "change key",
    "hub open",
    "hub open with the tree of another epoch",
    "hub process Proposal",
    "hub process Commit",
    "hub process Application",
    "hub follow Proposal",
    "hub follow Commit",
    "hub keep Proposal",
    "hub merge held",
    "hub recover",
];

fn kind_of(step: &Step, content: Option<ContentKind>) -> String {
    let of = |verb: &str| format!("{verb} {:?}", content.unwrap_or(ContentKind::Application));
    match step {
        Step::Create(_) => "create".into(),
        Step::KeyPackage(_) => "key package".into(),
        Step::ChangeKey(_) => "change key".into(),
        Step::Propose(by, Prop::Remove(who)) if who == by => "propose Remove of itself".into(),
        Step::Propose(_, prop) => format!("propose {}", name_of(prop)),
        Step::ServerPropose(_, prop) => format!("server propose {}", name_of(prop)),
        Step::Commit { by, references, by_value } => {
            if by_value.contains(&Prop::SelfRemove) {
                return "commit with a SelfRemove by value".into();
            }
            if by_value.contains(&Prop::Remove(*by)) {
                return "commit with a Remove of the committer".into();
            }
            if let Some(prop) = by_value.iter().find(|prop| {
                matches!(prop, Prop::FreshKeys | Prop::ReInit(_) | Prop::Senders(_) | Prop::Unset(_))
            }) {
                return format!("commit with {} by value", name_of(prop));
            }
            match (references.is_empty(), by_value.is_empty()) {
                (true, true) => "commit to nothing",
                (false, true) => "commit by reference",
                (true, false) => "commit by value",
                (false, false) => "commit by reference and by value",
            }
            .into()
        }
        Step::External { info, tree, pending, by_value, .. } => {
            let updates_alone = by_value.iter().all(|prop| matches!(prop, Prop::Update(..) | Prop::Unset(_)));
            match () {
                () if info != tree => "external commit with a tree of another epoch",
                () if !updates_alone => "external commit with more than updates by value",
                () if !pending.is_empty() => "external commit with pending proposals",
                () if !by_value.is_empty() => "external commit with an update",
                () => "external commit",
            }
            .into()
        }
        Step::Encrypt(_) => "encrypt".into(),
        Step::Process { .. } => of("process"),
        Step::Keep(..) => of("keep"),
        Step::MergeHeld(_) => "merge held".into(),
        Step::MergePending(_) => "merge pending".into(),
        Step::DiscardPending(_) => "discard pending".into(),
        Step::ClearProposals(_) => "clear proposals".into(),
        Step::Join { welcome, tree, .. } if welcome == tree => "join".into(),
        Step::Join { .. } => "join with the tree of another epoch".into(),
        Step::Forget(_) => "forget".into(),
        Step::Recover(_) => "recover".into(),
        Step::HubOpen { info, tree } if info == tree => "hub open".into(),
        Step::HubOpen { .. } => "hub open with the tree of another epoch".into(),
        Step::HubProcess { .. } => of("hub process"),
        Step::HubKeep(_) => of("hub keep"),
        Step::HubMergeHeld { .. } => "hub merge held".into(),
        Step::HubRecover => "hub recover".into(),
        Step::Cut(_) => "cut".into(),
    }
}

fn name_of(prop: &Prop) -> &'static str {
    match prop {
        Prop::Add(_) => "Add",
        Prop::FreshKeys => "Update",
        Prop::Remove(_) => "Remove",
        Prop::SelfRemove => "SelfRemove",
        Prop::Update(..) => "AppDataUpdate",
        Prop::Unset(_) => "AppDataUpdate that removes",
        Prop::Senders(_) => "GroupContextExtensions",
        Prop::ReInit(_) => "ReInit",
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} steps, beyond the library {:?}", self.steps, self.limits)?;
        for (name, kind) in &self.kinds {
            let rejected: usize = kind.rejected.values().sum();
            writeln!(
                f,
                "{name:<50} accepted {:>7} rejected {rejected:>7} {:?}",
                kind.accepted, kind.rejected
            )?;
        }
        Ok(())
    }
}
