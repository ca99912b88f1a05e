//! The external commit of a client: its tentative group stays apart until the commit is known to be accepted.

use super::codec;
use super::group::group_id;
use super::identities::Identity;
use super::incoming::require_proposal;
use super::kv::{Kv, Slot};
use super::list;
use super::member::OpenMember;
use super::observer::OpenObserver;
use super::outgoing::{bundle_of, changes};
use super::provider::{OpenProvider, SimCrypto};
use super::settings;
use super::signer::StepSigner;
use super::view;
use crate::ids::RoomId;
use crate::mls::{
    CommitBundle, Entropy, JoinMaterial, Leaves, MlsError, MlsMember, MlsObserver, ProposalInfo, Propose,
    Proposed, Received, Sender,
};
use openmls::group::{AppDataUpdates, MlsGroup as Inner};
use openmls::prelude::{AppDataUpdateProposal, LeafNodeParameters, Member, PublicMessageIn};
use openmls_traits::OpenMlsProvider as _;

/// What an external commit is to say.
struct Plan {
    self_removes: Vec<PublicMessageIn>,
    listed: Vec<ProposalInfo>,
    leaves: Leaves,
    changes: Option<AppDataUpdates>,
    /// That of the own old leaf, where there is one.
    identity: Identity,
}

impl<C: SimCrypto> OpenMember<C> {
    pub(super) fn make_external_commit(
        &mut self,
        room: RoomId,
        material: &JoinMaterial,
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        if self.has_pending_commit(room) {
            return Err(MlsError::CommitPending);
        }
        // The library's external commits refer to SelfRemoves alone (MLS-14).
        if self.config.readings.joins_carry_all() && !material.proposals.is_empty() {
            return Err(MlsError::Limit);
        }
        let plan = self.plan(room, material, by_value)?;
        // The library merges at once, so it gets a store of its own to do it in.
        let mut scratch = OpenProvider::<C>::new(Kv::default());
        scratch.reseed(entropy.0);
        let leaves = plan.leaves.clone();
        let (group, bundle) = self.build_external(&scratch, room, material, plan)?;
        let joined = view::leaves(&self.config, group.members())?;
        if joined != leaves {
            return Err(MlsError::Limit);
        }
        self.provider.kv().put(Slot::ExternalCommit, &room.0, &*bundle.commit)?;
        self.provider.kv().nest(room.0, scratch.kv());
        Ok(bundle)
    }

    /// Verifies the material as a hub would, and makes the list of proposals of it.
    fn plan(&self, room: RoomId, material: &JoinMaterial, by_value: &[Propose]) -> Result<Plan, MlsError> {
        let observer = OpenObserver::<C>::open(&self.config, room, &material.group_info, &material.tree)?;
        let joiner = Sender::Joiner(self.client);
        let (mut self_removes, mut listed, mut updates) = (Vec::new(), Vec::new(), Vec::new());
        for message in &material.proposals {
            require_proposal(message)?;
            let Received::Proposal(info) = observer.inspect(message)? else {
                return Err(MlsError::Malformed);
            };
            match info.body {
                Proposed::SelfRemove => {
                    self_removes.push(codec::public_message(message)?);
                    listed.push(info);
                }
                Proposed::AppDataUpdate { .. } | Proposed::AppDataRemove { .. } => updates.push(info.body),
                _ => {}
            }
        }
        for proposal in by_value {
            updates.push(match proposal {
                Propose::AppDataUpdate { component, update } => {
                    Proposed::AppDataUpdate { component: *component, update: update.clone() }
                }
                Propose::AppDataRemove { component } => Proposed::AppDataRemove { component: *component },
                _ => return Err(MlsError::InvalidExternalCommit),
            });
        }
        let leaves_itself = listed.iter().any(|info| info.sender == Sender::Member(self.client));
        let old_leaf = observer.leaves.iter().find(|(_, client)| **client == self.client);
        if old_leaf.is_some() && !leaves_itself {
            let body = Proposed::Remove(self.client);
            listed.push(ProposalInfo { reference: None, sender: joiner, body });
        }
        listed.extend(updates.into_iter().map(|body| ProposalInfo { reference: None, sender: joiner, body }));
        let leaves = list::leaves_after(&observer.leaves, joiner, &listed)?;
        let before = observer.inner.group_context().extensions().app_data_dictionary();
        let before = before.map(|extension| extension.dictionary());
        let changes = list::dictionary_changes(&self.config, before, &changes(&listed))?;
        // The library removes the own old leaf, which it knows by its signature key alone, beside any SelfRemove of it; and
        // it takes updates that are the same for one.
        let known = observer.inner.members().find_map(|member| self.identity_of(&member.signature_key));
        let identity = known.unwrap_or(&self.identity).clone();
        let is_known = |member: &Member| member.signature_key == identity.public;
        let removes_right =
            old_leaf.is_none() || !leaves_itself && observer.inner.members().any(|member| is_known(&member));
        let all_differ = (1..listed.len()).all(|place| !listed[..place].contains(&listed[place]));
        if !removes_right || !all_differ {
            return Err(MlsError::Limit);
        }
        Ok(Plan { self_removes, listed, leaves, changes, identity })
    }

    fn build_external(
        &self,
        scratch: &OpenProvider<C>,
        room: RoomId,
        material: &JoinMaterial,
        plan: Plan,
    ) -> Result<(Inner, CommitBundle), MlsError> {
        let group_info = codec::group_info(&material.group_info)?;
        let signer = StepSigner { crypto: scratch.crypto(), secret: &plan.identity.secret };
        let leaf = LeafNodeParameters::builder()
            .with_capabilities(settings::capabilities(&self.config.directory, self.client))
            .build();
        let mut builder = Inner::external_commit_builder()
            .with_config(settings::join_config())
            .with_ratchet_tree(codec::tree(&material.tree)?)
            .with_proposals(plan.self_removes)
            .build_group(scratch, group_info, self.credential_of(&plan.identity)?)
            .map_err(|_| MlsError::GroupInfoMismatch)?
            .leaf_node_parameters(leaf);
        for (component, update) in changes(&plan.listed) {
            builder = builder.add_app_data_update_proposal(match update {
                Some(update) => AppDataUpdateProposal::update(component, update.to_vec()),
                None => AppDataUpdateProposal::remove(component),
            });
        }
        let mut builder = builder.load_psks(scratch.kv())?.create_group_info(true);
        builder.with_app_data_dictionary_updates(plan.changes);
        let built = builder.build(scratch.rand(), scratch.crypto(), &signer, |_| true)?;
        let (group, bundle) = built.finalize(scratch).map_err(|_| MlsError::Limit)?;
        debug_assert_eq!(Ok(group.group_id().clone()), group_id(&self.config, room));
        let bundle = bundle_of(bundle, &group.export_ratchet_tree())?;
        Ok((group, bundle))
    }
}
