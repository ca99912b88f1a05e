//! What a client makes: proposals, commits and application messages.

use super::codec;
use super::kv::Kv;
use super::list;
use super::member::OpenMember;
use super::provider::SimCrypto;
use super::signer::StepSigner;
use super::view::{change, client_of_leaf};
use crate::ids::RoomId;
use crate::mls::{CommitBundle, MlsError, Octets, ProposalInfo, ProposalRef, Propose, Proposed, Sender};
use openmls::group::MlsGroup as Inner;
use openmls::prelude::{
    AppDataUpdateProposal, KeyPackage, LeafNodeIndex, MlsMessageOut, Proposal, ProposalOrRefType,
    QueuedProposal,
};
use openmls::prelude::{CommitMessageBundle, Propose as OpenPropose};
use openmls::treesync::RatchetTree;
use openmls_traits::OpenMlsProvider as _;

/// A proposal to be committed by value, as the library's builder takes it.
enum ByValue {
    Add(Box<KeyPackage>),
    Remove(LeafNodeIndex),
    Update(AppDataUpdateProposal),
}

impl<C: SimCrypto> OpenMember<C> {
    pub(super) fn make_proposal(&mut self, room: RoomId, proposal: &Propose) -> Result<Octets, MlsError> {
        self.require_free(room)?;
        let by_value = match proposal {
            Propose::SelfRemove => None,
            other => Some(self.by_value(room, other)?.0),
        };
        let Self { provider, identity, groups, config, .. } = self;
        let group = groups.get_mut(&room).ok_or(MlsError::NoSuchGroup)?;
        let signer = StepSigner { crypto: provider.crypto(), secret: &identity.secret };
        let by_reference = ProposalOrRefType::Reference;
        let message = match by_value {
            None => {
                group.inner.leave_group_via_self_remove(provider, &signer).map_err(|_| MlsError::Limit)?
            }
            Some(body) => {
                let body = match body {
                    ByValue::Add(key_package) => OpenPropose::Add(*key_package),
                    ByValue::Remove(leaf) => OpenPropose::Remove(leaf.u32()),
                    ByValue::Update(update) => {
                        let (component_id, update) = change(&update);
                        OpenPropose::UpdateAppDataComponent {
                            component_id,
                            update: update.unwrap_or_default().into(),
                        }
                    }
                };
                let proposed = group.inner.propose(provider, &signer, body, by_reference);
                proposed.map_err(|_| MlsError::InvalidProposalList)?.0
            }
        };
        let made = group.inner.pending_proposals().last().ok_or(MlsError::Limit)?;
        let (reference, info) = group.view(config, provider.crypto()).kept(made)?;
        // The same proposal of the same epoch is the same octets: it was kept before, and it is not to be kept twice.
        if group.pending.insert(reference, info).is_some() {
            self.undo(room)?;
        }
        codec::encode(&message)
    }

    pub(super) fn make_message(&mut self, room: RoomId, payload: &[u8]) -> Result<Octets, MlsError> {
        let Self { provider, identity, groups, .. } = self;
        let group = groups.get_mut(&room).filter(|group| !group.removed).ok_or(MlsError::NoSuchGroup)?;
        let signer = StepSigner { crypto: provider.crypto(), secret: &identity.secret };
        match group.inner.create_message(provider, &signer, payload) {
            Ok(message) => codec::encode(&message),
            Err(openmls::prelude::CreateMessageError::GroupStateError(error)) => Err(error.into()),
            Err(_) => Err(MlsError::Limit),
        }
    }

    pub(super) fn make_commit(
        &mut self,
        room: RoomId,
        references: &[ProposalRef],
        by_value: &[Propose],
    ) -> Result<CommitBundle, MlsError> {
        self.require_free(room)?;
        let kept = self.groups.get(&room).map(|group| &group.pending).ok_or(MlsError::NoSuchGroup)?;
        if !references.iter().all(|reference| kept.contains_key(reference)) {
            return Err(MlsError::MissingProposal);
        }
        let values = by_value.iter().map(|proposal| self.by_value(room, proposal));
        let (values, infos): (Vec<_>, Vec<_>) = values.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
        let Self { provider, identity, groups, config, client, .. } = self;
        let group = groups.get_mut(&room).ok_or(MlsError::NoSuchGroup)?;
        let kept =
            references.iter().map(|it| group.pending.get(it).cloned().ok_or(MlsError::MissingProposal));
        if (1..references.len()).any(|place| references[..place].contains(&references[place])) {
            return Err(MlsError::InvalidProposalList);
        }
        let listed = kept.chain(infos.into_iter().map(Ok)).collect::<Result<Vec<_>, _>>()?;
        list::leaves_after(&group.leaves, Sender::Member(*client), &listed)?;
        let context = group.inner.public_group().group_context();
        let before = context.extensions().app_data_dictionary().map(|extension| extension.dictionary());
        let changes = list::dictionary_changes(config, before, &changes(&listed))?;
        if readds_who_leaves(&listed) {
            return Err(MlsError::Limit);
        }
        arrange(&mut group.inner, provider.kv(), references)?;

        let signer = StepSigner { crypto: provider.crypto(), secret: &identity.secret };
        let builder = group.inner.commit_builder().consume_proposal_store(true).force_self_update(true);
        let builder = values.into_iter().fold(builder, |builder, value| match value {
            ByValue::Add(key_package) => builder.propose_adds([*key_package]),
            ByValue::Remove(leaf) => builder.propose_removals([leaf]),
            ByValue::Update(update) => builder.add_proposal(Proposal::AppDataUpdate(Box::new(update))),
        });
        let mut builder = builder.load_psks(provider.kv())?.create_group_info(true);
        builder.with_app_data_dictionary_updates(changes);
        let chosen = |queued: &QueuedProposal| match queued.proposal_or_ref_type() {
            ProposalOrRefType::Proposal => true,
            ProposalOrRefType::Reference => {
                codec::proposal_ref(queued).is_ok_and(|it| references.contains(&it))
            }
        };
        let built = builder.build(provider.rand(), provider.crypto(), &signer, chosen)?;
        let bundle = built.stage_commit(provider)?;

        let staged = group.inner.pending_commit().ok_or(MlsError::Limit)?;
        // The library merges proposals by value that are the same, and drops what it does not know.
        if staged.queued_proposals().count() != listed.len() {
            return Err(MlsError::Limit);
        }
        let tree = staged.export_ratchet_tree(provider.crypto(), group.inner.export_ratchet_tree());
        let tree = tree.ok().flatten().ok_or(MlsError::Limit)?;
        bundle_of(bundle, &tree)
    }

    /// A proposal of this client, to be committed by value.
    fn by_value(&self, room: RoomId, proposal: &Propose) -> Result<(ByValue, ProposalInfo), MlsError> {
        let group = self.groups.get(&room).ok_or(MlsError::NoSuchGroup)?;
        let (value, body) = match proposal {
            Propose::Add(octets) => {
                let key_package = codec::key_package(self.provider.crypto(), octets)?;
                let client = client_of_leaf(&self.config.directory, key_package.leaf_node())?;
                let reference = codec::key_package_ref(self.provider.crypto(), &key_package)?;
                (ByValue::Add(Box::new(key_package)), Proposed::Add(client, reference))
            }
            Propose::Remove(client) if *client != self.client => {
                (ByValue::Remove(group.leaf_of(*client)?), Proposed::Remove(*client))
            }
            Propose::Remove(_) | Propose::SelfRemove => return Err(MlsError::InvalidProposalList),
            Propose::AppDataUpdate { component, update } => (
                ByValue::Update(AppDataUpdateProposal::update(*component, update.to_vec())),
                Proposed::AppDataUpdate { component: *component, update: update.clone() },
            ),
        };
        Ok((value, ProposalInfo { reference: None, sender: Sender::Member(self.client), body }))
    }
}

/// Whether a list adds a client that leaves by SelfRemove: valid, since that is treated like a Remove (mls-extensions §6.3),
/// but openmls 0.9.2 compares the keys of an Add with those of all members except the ones that are removed by Remove.
fn readds_who_leaves(listed: &[ProposalInfo]) -> bool {
    let leaves = |client| {
        let left = |info: &ProposalInfo| info.body == Proposed::SelfRemove && info.sender == client;
        listed.iter().any(left)
    };
    listed.iter().any(|info| matches!(info.body, Proposed::Add(client, _) if leaves(Sender::Member(client))))
}

/// The AppDataUpdates of a list.
pub(super) fn changes(listed: &[ProposalInfo]) -> Vec<list::Change<'_>> {
    let updates = listed.iter().filter_map(|info| match &info.body {
        Proposed::AppDataUpdate { component, update } => Some((*component, Some(&**update))),
        _ => None,
    });
    updates.collect()
}

/// Puts the kept proposals that a commit is to refer to first and in its order, for the library commits them in the order in
/// which they were kept.
fn arrange(group: &mut Inner, kv: &Kv, references: &[ProposalRef]) -> Result<(), MlsError> {
    let place = |queued: &QueuedProposal| {
        let reference = codec::proposal_ref(queued).ok();
        references.iter().position(|it| Some(*it) == reference).unwrap_or(references.len())
    };
    if group.pending_proposals().is_sorted_by_key(place) {
        return Ok(());
    }
    let mut kept: Vec<_> = group.pending_proposals().cloned().collect();
    kept.sort_by_key(place);
    group.clear_pending_proposals(kv)?;
    for queued in kept {
        group.store_pending_proposal(kv, queued)?;
    }
    Ok(())
}

/// A commit with all that goes with it.
pub(super) fn bundle_of(bundle: CommitMessageBundle, tree: &RatchetTree) -> Result<CommitBundle, MlsError> {
    let (commit, welcome, group_info) = bundle.into_messages();
    let encode = |message: MlsMessageOut| codec::encode(&message);
    let Some(group_info) = group_info else { return Err(MlsError::Limit) };
    Ok(CommitBundle {
        commit: encode(commit)?,
        welcome: welcome.map(encode).transpose()?,
        group_info: codec::group_info_octets(&group_info)?,
        tree: codec::encode(tree)?,
    })
}
