//! The validity of a commit's list of proposals as a whole, and what a valid list does to the group.

use super::require_client;
use super::state::{GroupState, is_valid_tree, leftmost_blank};
use super::wire::{Author, Leaf, Proposal, Tree};
use crate::capabilities;
use crate::ids::{ClientId, ProviderId};
use crate::mls::{Dictionary, KeyPackageRef, MlsConfig, MlsError, ProposalRef};
use crate::mutant::Mutant;
use std::collections::{BTreeMap, BTreeSet};

/// Any committer that is a member.
const AS_A_MEMBER: Author = Author::Member(0);

/// A proposal of a list, with its reference resolved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// Its reference; none where it stands by value.
    pub reference: Option<ProposalRef>,
    /// Who made it: for one by value, the committer.
    pub author: Author,
    /// What it asks for.
    pub proposal: &'a Proposal,
}

/// What a valid list does to a group.
#[derive(Debug)]
pub(super) struct Applied {
    /// The leaves after it.
    pub leaves: Tree,
    /// The dictionary after it.
    pub dictionary: Dictionary,
    /// The external senders after it.
    pub external_senders: Vec<ProviderId>,
    /// Whether it ends the group.
    pub reinitializes: bool,
    /// The committer's leaf after it.
    pub committer: u32,
    /// The leaves that were removed, some of which may be taken again.
    pub removed: BTreeSet<u32>,
    /// The key packages that were added, in list order.
    pub added: Vec<KeyPackageRef>,
}

/// Applies the list in the order of RFC 9420 §12.3 and mls-extensions §4.7 and §6.3: extensions, Updates, SelfRemoves, Removes, Adds,
/// AppDataUpdates, and last the path (MLS-05).
pub(super) fn apply(
    config: &MlsConfig,
    state: &GroupState,
    author: Author,
    items: &[Item<'_>],
    path: Leaf,
) -> Result<Applied, MlsError> {
    require_client(config, path.client())?;
    // MLS-14: with ext-commit-pp a joiner refers to what is pending as a member does.
    let carries = |item: &Item<'_>| config.readings.joins_carry_all() && item.reference.is_some();
    let stands = |item: &Item<'_>| may_stand(if carries(item) { AS_A_MEMBER } else { author }, item);
    require(are_distinct(items) && items.iter().all(stands))?;
    let reinitializes = items.iter().any(|item| matches!(item.proposal, Proposal::ReInit(_)));
    // MLS-03: a ReInit is alone.
    require(!reinitializes || items.len() == 1)?;
    let external_senders = change_extensions(state, items)?;
    let removed = removed_leaves(config, state, author, items)?;
    if author == Author::Joiner && !config.planted.is(Mutant::JoinersRemoveOthers) {
        let own: Vec<Item<'_>> = items.iter().filter(|item| !carries(item)).copied().collect();
        require(removes_only_itself(state, &own, path))?;
    }
    let mut leaves = update_leaves(config, state, items)?;
    let is_in_order = !config.planted.is(Mutant::AddsBeforeRemoves);
    leaves.retain(|index, _| !(is_in_order && removed.contains(index)));
    let added = add_leaves(config, state, &mut leaves, items)?;
    leaves.retain(|index, _| is_in_order || !removed.contains(index));
    let committer = place_committer((config, state), author, &mut leaves, path)?;
    require(is_valid_tree(&leaves))?;
    let dictionary = update_dictionary(config, &state.dictionary, items)?;
    Ok(Applied { leaves, dictionary, external_senders, reinitializes, committer, removed, added })
}

fn require(valid: bool) -> Result<(), MlsError> {
    if valid { Ok(()) } else { Err(MlsError::InvalidProposalList) }
}

/// No proposal may be referred to twice: it could only be applied once.
fn are_distinct(items: &[Item<'_>]) -> bool {
    let references = items.iter().filter_map(|item| item.reference);
    let distinct: BTreeSet<_> = references.clone().collect();
    distinct.len() == references.count()
}

/// Whether a commit of `committer` may carry such a proposal in this way (MLS-03, MLS-04, MLS-10, MLS-12).
fn may_stand(committer: Author, item: &Item<'_>) -> bool {
    match (item.proposal, item.reference) {
        // mls-extensions §6.3: by reference only, from the member itself, in any commit.
        (Proposal::SelfRemove, reference) => reference.is_some() && matches!(item.author, Author::Member(_)),
        // RFC 9420 §12.4.3.2: no other references in external commits.
        (_, Some(_)) if committer == Author::Joiner => false,
        (Proposal::Update(_), reference) => reference.is_some() && matches!(item.author, Author::Member(_)),
        (Proposal::Add(_), _) => committer != Author::Joiner,
        (Proposal::Extensions { .. } | Proposal::ReInit(_), _) => committer != Author::Joiner,
        (Proposal::Remove(_) | Proposal::AppDataUpdate { .. } | Proposal::AppDataRemove { .. }, _) => true,
    }
}

/// The external senders after the list. MLS-03: there is one GroupContextExtensions at most. MLS-11: it leaves the dictionary
/// alone, and comes before all AppDataUpdates.
fn change_extensions(state: &GroupState, items: &[Item<'_>]) -> Result<Vec<ProviderId>, MlsError> {
    let mut changed = None;
    let mut updated = false;
    for item in items {
        match item.proposal {
            Proposal::Extensions { external_senders, dictionary } => {
                require(changed.is_none() && !updated && *dictionary == state.dictionary)?;
                changed = Some(external_senders.clone());
            }
            Proposal::AppDataUpdate { .. } | Proposal::AppDataRemove { .. } => updated = true,
            _ => {}
        }
    }
    Ok(changed.unwrap_or_else(|| state.external_senders.clone()))
}

/// The leaves that the list removes. MLS-03 and MLS-12: each target is there, and is that of one Update, Remove or
/// SelfRemove at most; the committer's leaf is that of none.
fn removed_leaves(
    config: &MlsConfig,
    state: &GroupState,
    author: Author,
    items: &[Item<'_>],
) -> Result<BTreeSet<u32>, MlsError> {
    let is_lax = config.planted.is(Mutant::TouchesLeavesTwice);
    let mut touched = BTreeSet::new();
    let mut removed = BTreeSet::new();
    for item in items {
        let target = match (item.proposal, item.author) {
            (Proposal::Remove(leaf), _) => *leaf,
            (Proposal::Update(_) | Proposal::SelfRemove, Author::Member(leaf)) => leaf,
            _ => continue,
        };
        let free = (touched.insert(target) || is_lax) && author != Author::Member(target);
        require(free && state.leaves.contains_key(&target))?;
        if !matches!(item.proposal, Proposal::Update(_)) {
            removed.insert(target);
        }
    }
    Ok(removed)
}

/// RFC 9420 §12.4.3.2: an external commit has at most one Remove, that of the joiner's own old leaf.
fn removes_only_itself(state: &GroupState, items: &[Item<'_>], path: Leaf) -> bool {
    let mut removed = items.iter().filter_map(|item| match item.proposal {
        Proposal::Remove(leaf) => Some(leaf),
        _ => None,
    });
    removed.all(|leaf| state.leaves.get(leaf).is_some_and(|old| old.client() == path.client()))
}

fn update_leaves(config: &MlsConfig, state: &GroupState, items: &[Item<'_>]) -> Result<Tree, MlsError> {
    let mut leaves = state.leaves.clone();
    for item in items {
        if let (Proposal::Update(leaf), Author::Member(index)) = (item.proposal, item.author) {
            replace_leaf(config, &mut leaves, index, *leaf)?;
        }
    }
    Ok(leaves)
}

/// Gives a member a new key, under the same name (ID-06); the signature key may be another one (RFC 9420 §7.3).
fn replace_leaf(config: &MlsConfig, leaves: &mut Tree, index: u32, leaf: Leaf) -> Result<(), MlsError> {
    require_client(config, leaf.client())?;
    // RFC 9420 §7.3: the key differs from all that are in the tree, the leaf's own old one included.
    require(leaves.values().all(|old| old.key != leaf.key))?;
    let old = leaves.get_mut(&index).ok_or(MlsError::InvalidProposalList)?;
    if old.client() != leaf.client() && !config.planted.is(Mutant::SwapsCredentials) {
        return Err(MlsError::UnknownCredential);
    }
    *old = leaf;
    Ok(())
}

/// MLS-03: an added client is not in the group, unless it is removed in the same list, and is added once. It can do what the group
/// requires (RFC 9420 §7.3).
fn add_leaves(
    config: &MlsConfig,
    state: &GroupState,
    leaves: &mut Tree,
    items: &[Item<'_>],
) -> Result<Vec<KeyPackageRef>, MlsError> {
    let mut added = Vec::new();
    for item in items {
        let Proposal::Add(key_package) = item.proposal else { continue };
        require_client(config, key_package.client())?;
        require(leaves.values().all(|leaf| leaf.client() != key_package.client()))?;
        require(is_able(config, key_package.client(), state))?;
        leaves.insert(leftmost_blank(leaves), Leaf { holder: key_package.holder, key: key_package.key });
        added.push(key_package.reference());
    }
    Ok(added)
}

/// RFC 9420 §7.3. Of a client that nobody knows, nobody knows what it can do.
fn is_able(config: &MlsConfig, client: ClientId, state: &GroupState) -> bool {
    config.planted.is(Mutant::TakesUnknownClients)
        || capabilities::fits(&config.directory, client, state.room)
}

/// The path brings the committer's new leaf: of the same client, with whatever signature key of its (ID-06).
fn place_committer(
    (config, state): (&MlsConfig, &GroupState),
    author: Author,
    leaves: &mut Tree,
    path: Leaf,
) -> Result<u32, MlsError> {
    require(state.leaves.values().all(|old| old.key != path.key))?;
    match author {
        Author::Member(index) => {
            let old = leaves.get_mut(&index).ok_or(MlsError::InvalidProposalList)?;
            let swaps = config.planted.is(Mutant::CommitsAsAnother);
            if old.client() != path.client() && !swaps {
                return Err(MlsError::UnknownCredential);
            }
            *old = path;
            Ok(index)
        }
        Author::Joiner => {
            require(is_able(config, path.client(), state))?;
            let index = leftmost_blank(leaves);
            leaves.insert(index, path);
            Ok(index)
        }
        Author::External(..) => Err(MlsError::InvalidProposalList),
    }
}

/// MLS-11: the application gets all updates of a component at once, in commit order, and may call the list invalid. A removal
/// is alone for its component, which must be there.
fn update_dictionary(
    config: &MlsConfig,
    current: &Dictionary,
    items: &[Item<'_>],
) -> Result<Dictionary, MlsError> {
    let mut updates: BTreeMap<u16, Vec<&[u8]>> = BTreeMap::new();
    let mut dictionary = current.clone();
    for item in items {
        match item.proposal {
            Proposal::AppDataUpdate { component, update } => {
                updates.entry(*component).or_default().push(update);
            }
            // A second one finds nothing to remove.
            Proposal::AppDataRemove { component } => require(dictionary.remove(component).is_some())?,
            _ => {}
        }
    }
    for (component, updates) in updates {
        let old = current.get(&component).map(|octets| &octets[..]);
        require(old.is_some() == dictionary.contains_key(&component))?;
        let apply = |old: Option<&[u8]>, updates: &[&[u8]]| {
            (config.apply)(component, old, updates, config.readings).ok_or(MlsError::InvalidProposalList)
        };
        let new = if config.planted.is(Mutant::UpdatesOneByOne) {
            let first = old.unwrap_or_default().to_vec();
            updates.iter().try_fold(first, |so_far, update| apply(Some(&so_far), &[update]))?
        } else {
            apply(old, &updates)?
        };
        dictionary.insert(component, new.into());
    }
    Ok(dictionary)
}
