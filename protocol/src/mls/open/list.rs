//! Validity of a proposal list as a whole, as far as the library leaves it to us (MLS-03, MLS-04, MLS-11, MLS-12).

use crate::ids::ClientId;
use crate::mls::{Leaves, MlsConfig, MlsError, ProposalInfo, Proposed, Sender};
use openmls::component::ComponentData;
use openmls::group::{AppDataDictionaryUpdater, AppDataUpdates};
use openmls::prelude::{AppDataDictionary, ProposalType};
use std::collections::{BTreeMap, BTreeSet};

/// An AppDataUpdate: the component, and the update unless the component's state is removed.
pub(super) type Change<'a> = (u16, Option<&'a [u8]>);

/// The leaves after a commit of `sender` with these proposals.
///
/// What the library lets pass and this does not: a ReInit beside anything else, a Remove beside a SelfRemove of the same leaf, a SelfRemove by value or of
/// the committer, two Adds of a client or an Add of a member under another key, an external commit that removes somebody
/// else or leaves its own old leaf.
pub(super) fn leaves_after(
    before: &Leaves,
    sender: Sender,
    proposals: &[ProposalInfo],
) -> Result<Leaves, MlsError> {
    at_most_one_of_its_kind(proposals)?;
    let mut removed = BTreeSet::new();
    let mut touched = BTreeSet::new();
    let mut added = Vec::new();
    for proposal in proposals {
        let leaf = match (&proposal.body, proposal.sender) {
            (Proposed::Add(client, _), _) => {
                added.push(*client);
                None
            }
            (Proposed::Remove(client), _) => Some((*client, true)),
            (Proposed::SelfRemove, Sender::Member(client)) if proposal.reference.is_some() => {
                Some((client, true))
            }
            (Proposed::SelfRemove, _) => return Err(MlsError::InvalidProposalList),
            (Proposed::Update, Sender::Member(client)) => Some((client, false)),
            _ => None,
        };
        if let Some((client, leaves)) = leaf {
            // At most one proposal for a leaf.
            if !touched.insert(client) {
                return Err(MlsError::InvalidProposalList);
            }
            removed.extend(leaves.then_some(client));
        }
    }
    match sender {
        Sender::Member(committer) if touched.contains(&committer) => {
            return Err(MlsError::InvalidProposalList);
        }
        Sender::Joiner(joiner) => {
            admissible_for_joiner(joiner, proposals)?;
            added.push(joiner);
        }
        Sender::Member(_) => {}
        Sender::External(_) => return Err(MlsError::InvalidProposalList),
    }
    place(before, &removed, &added)
}

/// MLS-03: a ReInit is alone, and there is one GroupContextExtensions at most.
fn at_most_one_of_its_kind(proposals: &[ProposalInfo]) -> Result<(), MlsError> {
    let ends = proposals.iter().any(|proposal| matches!(proposal.body, Proposed::ReInit(_)));
    let extensions = proposals.iter().filter(|proposal| is_extensions(&proposal.body)).count();
    if ends && proposals.len() > 1 || extensions > 1 { Err(MlsError::InvalidProposalList) } else { Ok(()) }
}

/// Whether it is a GroupContextExtensions proposal.
pub(super) fn is_extensions(proposed: &Proposed) -> bool {
    let other = u16::from(ProposalType::GroupContextExtensions);
    matches!(proposed, Proposed::ExternalSenders(_)) || *proposed == Proposed::Other(other)
}

/// MLS-04, extended by MLS-12: SelfRemoves by reference, else AppDataUpdates and the Remove of the own old leaf by value.
fn admissible_for_joiner(joiner: ClientId, proposals: &[ProposalInfo]) -> Result<(), MlsError> {
    let admissible = |proposal: &ProposalInfo| match &proposal.body {
        Proposed::SelfRemove => proposal.reference.is_some(),
        Proposed::Remove(client) => proposal.reference.is_none() && *client == joiner,
        Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. } => proposal.reference.is_none(),
        Proposed::Add(..) | Proposed::Update | Proposed::ExternalSenders(_) | Proposed::ReInit(_) => false,
        Proposed::Other(_) => proposal.reference.is_none(),
    };
    if proposals.iter().all(admissible) { Ok(()) } else { Err(MlsError::InvalidProposalList) }
}

/// Removes first, then each added client into the leftmost free leaf (MLS-05).
fn place(before: &Leaves, removed: &BTreeSet<ClientId>, added: &[ClientId]) -> Result<Leaves, MlsError> {
    let mut leaves = before.clone();
    leaves.retain(|_, client| !removed.contains(client));
    let mut present: BTreeSet<_> = leaves.values().copied().collect();
    for client in added {
        if !present.insert(*client) {
            return Err(MlsError::InvalidProposalList);
        }
        let taken = leaves.keys().zip(0..).take_while(|(leaf, index)| *leaf == index).count();
        leaves.insert(taken as u32, *client);
    }
    Ok(leaves)
}

/// What the AppDataUpdates of a commit, in its order, make of the dictionary; nothing if there are none (MLS-11).
pub(super) fn dictionary_changes(
    config: &MlsConfig,
    before: Option<&AppDataDictionary>,
    changes: &[Change<'_>],
) -> Result<Option<AppDataUpdates>, MlsError> {
    let mut by_component = BTreeMap::<u16, Vec<Option<&[u8]>>>::new();
    for (component, change) in changes {
        by_component.entry(*component).or_default().push(*change);
    }
    let mut updater = AppDataDictionaryUpdater::new(before);
    for (component, changes) in by_component {
        let current = before.and_then(|dictionary| dictionary.get(&component));
        match changes.iter().copied().collect::<Option<Vec<_>>>() {
            Some(updates) => {
                let after = (config.apply)(component, current, &updates, config.readings);
                let after = after.ok_or(MlsError::InvalidProposalList)?;
                updater.set(ComponentData::from_parts(component, after.into()));
            }
            None if changes.len() == 1 && current.is_some() => updater.remove(&component),
            None => return Err(MlsError::InvalidProposalList),
        }
    }
    Ok(updater.changes())
}
