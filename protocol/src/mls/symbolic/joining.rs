//! The two ways into a group: by Welcome and by external commit.

use super::committing::{self, Made};
use super::group::SymbolicGroup;
use super::public::{Kept, PublicGroup, reference_of};
use super::state::GroupState;
use super::wire::{self, Author, Body, Holder, Key, KeyPackage, Leaf, Message, Proposal, ProposalOrRef};
use crate::ids::{ClientId, RoomId};
use crate::mls::{Entropy, JoinMaterial, KeyPackageRef, MlsConfig, MlsError, Octets, Propose};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The group that a Welcome opens, and the key package that it was for.
pub(super) fn by_welcome(
    config: &MlsConfig,
    keys: &BTreeMap<KeyPackageRef, KeyPackage>,
    room: RoomId,
    welcome: &[u8],
    tree: &[u8],
) -> Result<(SymbolicGroup, KeyPackageRef), MlsError> {
    let welcome = wire::open_welcome(welcome)?;
    let tree = wire::open_tree(tree)?;
    let held = welcome.key_packages.iter().find_map(|named| keys.get_key_value(named));
    let (reference, held) = held.ok_or(MlsError::NoMatchingKeyPackage)?;
    let state = GroupState::from_group_info(config, room, welcome.group_info, tree)?;
    let own = Leaf { holder: held.holder, key: held.key };
    let leaf = state.leaves.iter().find(|(_, leaf)| **leaf == own).map(|(index, _)| *index);
    let leaf = leaf.ok_or(MlsError::GroupInfoMismatch)?;
    Ok((SymbolicGroup::new(Arc::new(state), leaf), *reference))
}

/// An external commit with what MLS-12 asks for: see `MlsMember::external_commit`.
pub(super) fn by_external_commit(
    config: &MlsConfig,
    holder: Holder,
    room: RoomId,
    material: &JoinMaterial,
    by_value: &[Propose],
    entropy: Entropy,
) -> Result<Made, MlsError> {
    let group_info = wire::open_group_info(&material.group_info)?;
    let tree = wire::open_tree(&material.tree)?;
    let mut group = PublicGroup::new(GroupState::from_group_info(config, room, group_info, tree)?);
    let mut proposals = Vec::new();
    for message in &material.proposals {
        proposals.extend(cover_pending(config, &mut group, message)?);
    }
    for proposal in by_value {
        let (Propose::AppDataUpdate { .. } | Propose::AppDataRemove { .. }) = proposal else {
            return Err(MlsError::InvalidExternalCommit);
        };
        proposals.push(ProposalOrRef::Value(group.translate(config, proposal, None)?));
    }
    proposals.extend(old_leaf_to_remove(config, &group, holder.client).map(ProposalOrRef::Value));
    // Who takes the place of its own old leaf keeps the signature key of that.
    let old = group.state.leaves.values().find(|leaf| leaf.client() == holder.client);
    let holder = old.map_or(holder, |leaf| leaf.holder);
    let path = Leaf { holder, key: Key::fresh(entropy, "mimic symbolic joiner's leaf") };
    committing::commit(config, &group, Author::Joiner, proposals, path)
}

/// How the joiner covers a pending proposal: a SelfRemove by reference, an AppDataUpdate by value, the rest not at all; with
/// ext-commit-pp all of them by reference (MLS-14).
fn cover_pending(
    config: &MlsConfig,
    group: &mut PublicGroup,
    octets: &Octets,
) -> Result<Option<ProposalOrRef>, MlsError> {
    group.keep(config, octets)?;
    let Message::Public(message) = wire::open_message(octets)? else { return Ok(None) };
    if config.readings.joins_carry_all() {
        return Ok(Some(ProposalOrRef::Reference(reference_of(octets))));
    }
    Ok(match message.body {
        Body::Proposal(Proposal::SelfRemove) => Some(ProposalOrRef::Reference(reference_of(octets))),
        Body::Proposal(change @ (Proposal::AppDataUpdate { .. } | Proposal::AppDataRemove { .. })) => {
            Some(ProposalOrRef::Value(change))
        }
        _ => None,
    })
}

/// The Remove of the joiner's own old leaf, unless one that is pending is carried, or a SelfRemove of it, beside which it would be
/// invalid (MLS-12).
fn old_leaf_to_remove(config: &MlsConfig, group: &PublicGroup, client: ClientId) -> Option<Proposal> {
    let leaf = group.state.leaf_of(client)?;
    let goes_already = |kept: &Kept| {
        kept.author == Author::Member(leaf) && kept.proposal == Proposal::SelfRemove
            || config.readings.joins_carry_all() && kept.proposal == Proposal::Remove(leaf)
    };
    (!group.pending.values().any(goes_already)).then_some(Proposal::Remove(leaf))
}
