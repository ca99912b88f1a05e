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
    AppDataUpdateProposal, CreateCommitError, KeyPackage, LeafNodeIndex, MlsMessageOut, Proposal,
    ProposalOrRefType, ProposalValidationError, QueuedProposal,
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
        let (by_value, _) = self.by_value(room, proposal)?;
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
        let (values, listed) = self.list(room, references, by_value)?;
        let Self { provider, identity, groups, config, .. } = self;
        let group = groups.get_mut(&room).ok_or(MlsError::NoSuchGroup)?;
        let context = group.inner.public_group().group_context();
        let before = context.extensions().app_data_dictionary().map(|extension| extension.dictionary());
        let changes = list::dictionary_changes(config, before, &changes(&listed))?;
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
        let built = builder.build(provider.rand(), provider.crypto(), &signer, chosen);
        let built = built.map_err(|error| match error {
            // The list is valid, but the library does not see that a SelfRemove in it frees the key for an Add.
            CreateCommitError::ProposalValidationError(ProposalValidationError::DuplicateSignatureKey) => {
                MlsError::Limit
            }
            error => error.into(),
        })?;
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

    /// A list of proposals to commit, which is valid.
    fn list(
        &self,
        room: RoomId,
        references: &[ProposalRef],
        by_value: &[Propose],
    ) -> Result<(Vec<ByValue>, Vec<ProposalInfo>), MlsError> {
        let group = self.groups.get(&room).ok_or(MlsError::NoSuchGroup)?;
        let kept =
            references.iter().map(|it| group.pending.get(it).cloned().ok_or(MlsError::MissingProposal));
        let mut listed = kept.collect::<Result<Vec<_>, _>>()?;
        let mut values = Vec::new();
        for proposal in by_value {
            let (value, info) = self.by_value(room, proposal)?;
            values.extend(value);
            listed.push(info);
        }
        if (1..references.len()).any(|place| references[..place].contains(&references[place])) {
            return Err(MlsError::InvalidProposalList);
        }
        list::leaves_after(&group.leaves, Sender::Member(self.client), &listed)?;
        Ok((values, listed))
    }

    /// A proposal of this client, as the builder takes it by value, which a SelfRemove cannot be.
    fn by_value(
        &self,
        room: RoomId,
        proposal: &Propose,
    ) -> Result<(Option<ByValue>, ProposalInfo), MlsError> {
        let group = self.groups.get(&room).ok_or(MlsError::NoSuchGroup)?;
        let (value, body) = match proposal {
            Propose::Add(octets) => {
                let key_package = codec::key_package(self.provider.crypto(), octets)?;
                let client = client_of_leaf(&self.config.directory, key_package.leaf_node())?;
                let reference = codec::key_package_ref(self.provider.crypto(), &key_package)?;
                (Some(ByValue::Add(Box::new(key_package))), Proposed::Add(client, reference))
            }
            Propose::Remove(client) => {
                (Some(ByValue::Remove(group.leaf_of(*client)?)), Proposed::Remove(*client))
            }
            Propose::SelfRemove => (None, Proposed::SelfRemove),
            Propose::AppDataUpdate { component, update } => (
                Some(ByValue::Update(AppDataUpdateProposal::update(*component, update.to_vec()))),
                Proposed::AppDataUpdate { component: *component, update: update.clone() },
            ),
        };
        Ok((value, ProposalInfo { reference: None, sender: Sender::Member(self.client), body }))
    }
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
