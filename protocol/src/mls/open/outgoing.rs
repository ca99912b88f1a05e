//! What a client makes: proposals, commits and application messages.

use super::codec;
use super::kv::Kv;
use super::list;
use super::member::{OpenMember, active};
use super::proposing::Proposing;
use super::provider::SimCrypto;
use super::signer::StepSigner;
use crate::ids::RoomId;
use crate::mls::{CommitBundle, MlsError, Octets, ProposalInfo, ProposalRef, Propose, Proposed, Sender};
use crate::mutant::Mutant;
use openmls::group::{AppDataUpdateValidationError, MlsGroup as Inner};
use openmls::prelude::{
    CommitMessageBundle, CreateCommitError, CreateMessageError, MlsMessageOut, NewSignerBundle, Proposal,
    ProposalOrRefType, ProposalValidationError, QueuedProposal,
};
use openmls::treesync::RatchetTree;
use openmls_traits::OpenMlsProvider as _;

impl<C: SimCrypto> OpenMember<C> {
    pub(super) fn make_proposal(&mut self, room: RoomId, proposal: &Propose) -> Result<Octets, MlsError> {
        self.require_free(room)?;
        let secret = self.identity_in(room).secret.clone();
        let Self { provider, groups, config, .. } = self;
        let group = active(groups, room)?;
        let (proposing, _) = group.view(config, provider.crypto()).proposing(proposal)?;
        let signer = StepSigner { crypto: provider.crypto(), secret: &secret };
        let message = match proposing.by_reference() {
            None => {
                group.inner.leave_group_via_self_remove(provider, &signer).map_err(|_| MlsError::Limit)?
            }
            Some(propose) => {
                let proposed = group.inner.propose(provider, &signer, propose, ProposalOrRefType::Reference);
                proposed.map_err(|_| MlsError::InvalidProposal)?.0
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

    pub(super) fn make_message(
        &mut self,
        room: RoomId,
        aad: &[u8],
        payload: &[u8],
    ) -> Result<Octets, MlsError> {
        let secret = self.identity_in(room).secret.clone();
        let Self { provider, groups, .. } = self;
        let group = active(groups, room)?;
        let signer = StepSigner { crypto: provider.crypto(), secret: &secret };
        group.inner.set_aad(aad.to_vec());
        let made = group.inner.create_message(provider, &signer, payload);
        // What was not sent is not to go with what is sent next.
        group.inner.set_aad(Vec::new());
        match made {
            Ok(message) => codec::encode(&message),
            Err(CreateMessageError::GroupStateError(error)) => Err(error.into()),
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
        let List { references, values, listed } = self.list(room, references, by_value)?;
        let (old, credential_with_key) = (self.identity_in(room).clone(), self.credential()?);
        let Self { provider, identity, groups, config, .. } = self;
        let group = active(groups, room)?;
        let context = group.inner.public_group().group_context();
        let before = context.extensions().app_data_dictionary().map(|extension| extension.dictionary());
        let changes = list::dictionary_changes(config, before, &changes(&listed))?;
        arrange(&mut group.inner, provider.kv(), &references)?;

        if config.planted.is(Mutant::ShutsOut) {
            provider.crypto().spoil_next_path();
        }
        let signer = StepSigner { crypto: provider.crypto(), secret: &old.secret };
        let builder = group.inner.commit_builder().consume_proposal_store(true).force_self_update(true);
        let builder = values.into_iter().try_fold(builder, |builder, value| match value {
            Proposing::Add(key_package) => Ok(builder.propose_adds([*key_package])),
            Proposing::Remove(leaf) => Ok(builder.propose_removals([leaf])),
            Proposing::AppData(update) => Ok(builder.add_proposal(Proposal::AppDataUpdate(Box::new(update)))),
            Proposing::Extensions(extensions) => builder.propose_group_context_extensions(*extensions),
            Proposing::Custom(custom) => Ok(builder.add_proposal(Proposal::Custom(Box::new(custom)))),
            Proposing::Update | Proposing::SelfRemove => Err(CreateCommitError::WrongProposalSenderType),
        })?;
        let mut builder = builder.load_psks(provider.kv())?.create_group_info(true);
        builder.with_app_data_dictionary_updates(changes);
        let chosen = |queued: &QueuedProposal| match queued.proposal_or_ref_type() {
            ProposalOrRefType::Proposal => true,
            ProposalOrRefType::Reference => {
                codec::proposal_ref(queued).is_ok_and(|it| references.contains(&it))
            }
        };
        let (rand, crypto) = (provider.rand(), provider.crypto());
        let built = if old.public == identity.public {
            builder.build(rand, crypto, &signer, chosen)
        } else {
            // The path brings the newer signature key; the commit itself is signed with that of the leaf (RFC 9420 §12.4).
            let newer = StepSigner { crypto, secret: &identity.secret };
            let newer = NewSignerBundle { signer: &newer, credential_with_key };
            builder.build_with_new_signer(rand, crypto, &signer, newer, chosen)
        };
        let built = built.map_err(|error| match error {
            // The list is valid, but the library does not see that a SelfRemove in it frees the key for an Add.
            CreateCommitError::ProposalValidationError(ProposalValidationError::DuplicateSignatureKey) => {
                MlsError::Limit
            }
            // What stands by value comes behind what is referred to, even if it should come first.
            CreateCommitError::AppDataUpdateValidationError(AppDataUpdateValidationError::IncorrectOrder) => {
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
    fn list(&self, room: RoomId, references: &[ProposalRef], by_value: &[Propose]) -> Result<List, MlsError> {
        let group = self.groups.get(&room).ok_or(MlsError::NoSuchGroup)?;
        let kept =
            references.iter().map(|it| group.pending.get(it).cloned().ok_or(MlsError::MissingProposal));
        let mut listed = kept.collect::<Result<Vec<_>, _>>()?;
        let view = group.view(&self.config, self.provider.crypto());
        let sender = Sender::Member(self.client);
        let mut values = Vec::new();
        for proposal in by_value {
            let (value, body) = view.proposing(proposal)?;
            values.push(value);
            listed.push(ProposalInfo { reference: None, sender, body });
        }
        if (1..references.len()).any(|place| references[..place].contains(&references[place])) {
            return Err(MlsError::InvalidProposalList);
        }
        list::leaves_after(&group.leaves, sender, &listed)?;
        listed.sort_by_key(|info| !list::is_extensions(&info.body));
        values.sort_by_key(|value| !matches!(value, Proposing::Extensions(_)));
        let references = listed.iter().filter_map(|info| info.reference).collect();
        Ok(List { references, values, listed })
    }
}

/// What a commit is to say.
struct List {
    /// The references, in commit order.
    references: Vec<ProposalRef>,
    /// What stands by value.
    values: Vec<Proposing>,
    /// All of it.
    listed: Vec<ProposalInfo>,
}

/// The AppDataUpdates of a list.
pub(super) fn changes(listed: &[ProposalInfo]) -> Vec<list::Change<'_>> {
    let updates = listed.iter().filter_map(|info| match &info.body {
        Proposed::AppDataUpdate { component, update } => Some((*component, Some(&**update))),
        Proposed::AppDataRemove { component } => Some((*component, None)),
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
