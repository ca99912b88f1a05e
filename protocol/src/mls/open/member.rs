//! All the MLS state of one client.

use super::codec;
use super::group::{OpenGroup, group_id};
use super::identities::Identity;
use super::incoming::{
    Incoming, OpenStaged, handshake_of, reinitializes, require_context, require_proposal, require_references,
    stage_updates, unless_missing,
};
use super::kv::{Kv, Slot};
use super::provider::{OpenProvider, SUITE, SimCrypto};
use super::servers;
use super::settings;
use super::signer::StepSigner;
use super::{sealing, signing};
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    CommitBundle, Dictionary, Entropy, Handshake, JoinMaterial, Lifetime, MlsConfig, MlsError, MlsMember,
    Octets, ProposalRef, Propose, Received, Sender, Writes,
};
use crate::mutant::Mutant;
use crate::wire::mls::HpkeCiphertext;
use openmls::prelude::*;
use std::collections::BTreeMap;

/// A client: its signature key, its key packages and its groups, all in one store.
#[derive(Debug)]
pub struct OpenMember<C> {
    pub(super) config: MlsConfig,
    pub(super) client: ClientId,
    pub(super) provider: OpenProvider<C>,
    /// What it makes new leaves with.
    pub(super) identity: Identity,
    /// Those that it had before, the oldest first: for groups in which its leaf still has such a key, and for Welcomes that may still
    /// come for key packages of the time.
    pub(super) former: Vec<Identity>,
    pub(super) groups: BTreeMap<RoomId, OpenGroup>,
}

impl<C: SimCrypto> OpenMember<C> {
    /// Runs a change of a room as a whole: an error leaves the store and the group as they were.
    fn attempt<T>(
        &mut self,
        room: RoomId,
        work: impl FnOnce(&mut Self) -> Result<T, MlsError>,
    ) -> Result<T, MlsError> {
        self.provider.kv_mut().begin();
        let result = work(self);
        match &result {
            Ok(_) => self.provider.kv_mut().keep_changes(),
            Err(_) => self.undo(room)?,
        }
        result
    }

    /// The same for a change that draws randomness.
    fn attempt_with<T>(
        &mut self,
        room: RoomId,
        entropy: Entropy,
        work: impl FnOnce(&mut Self) -> Result<T, MlsError>,
    ) -> Result<T, MlsError> {
        self.provider.reseed(entropy.0);
        let result = self.attempt(room, work);
        self.provider.stop();
        result
    }

    /// Undoes what the current attempt has done.
    pub(super) fn undo(&mut self, room: RoomId) -> Result<(), MlsError> {
        if self.provider.kv_mut().roll_back() {
            self.load(room)?;
        }
        Ok(())
    }

    /// Makes the room's group what the store says.
    pub(super) fn load(&mut self, room: RoomId) -> Result<(), MlsError> {
        self.groups.remove(&room);
        let group = OpenGroup::load(&self.config, self.provider.crypto(), self.provider.kv(), room)?;
        self.groups.extend(group.map(|group| (room, group)));
        Ok(())
    }

    /// Deletes the room's group from the store.
    pub(super) fn delete(&mut self, room: RoomId) -> Result<(), MlsError> {
        if let Some(mut group) = self.groups.remove(&room) {
            group.inner.delete(self.provider.kv())?;
        }
        self.provider.kv().delete(Slot::Reinitialized, &room.0)?;
        Ok(self.provider.kv().delete(Slot::Removed, &room.0)?)
    }

    /// The external commit of a tentative group.
    fn tentative(&self, room: RoomId) -> Result<Option<Vec<u8>>, MlsError> {
        Ok(self.provider.kv().read(Slot::ExternalCommit, &room.0)?)
    }

    /// Whether there is a tentative group.
    fn is_joining(&self, room: RoomId) -> bool {
        self.provider.kv().has(Slot::ExternalCommit, &room.0).unwrap_or_default()
    }

    /// Drops a tentative group, and hands it out.
    pub(super) fn take_tentative(&mut self, room: RoomId) -> Result<Vec<(Vec<u8>, Octets)>, MlsError> {
        self.provider.kv().delete(Slot::ExternalCommit, &room.0)?;
        Ok(self.provider.kv().unnest(room.0))
    }

    /// The group, if this client may still write in it and no commit of its own is pending.
    pub(super) fn require_free(&mut self, room: RoomId) -> Result<(), MlsError> {
        if self.has_pending_commit(room) {
            return Err(MlsError::CommitPending);
        }
        active(&mut self.groups, room).map(|_| ())
    }

    fn capabilities(&self) -> Capabilities {
        settings::capabilities(&self.config.directory, self.client)
    }

    fn make_key_package(
        &mut self,
        lifetime: Lifetime,
        entropy: Entropy,
        builder: KeyPackageBuilder,
    ) -> Result<Octets, MlsError> {
        let credential = self.credential()?;
        self.provider.reseed(entropy.0);
        let signer = StepSigner { crypto: self.provider.crypto(), secret: &self.identity.secret };
        let builder = builder.key_package_lifetime(settings::lifetime(lifetime));
        let bundle = builder.build(SUITE, &self.provider, &signer, credential);
        self.provider.stop();
        codec::encode(bundle.map_err(|_| MlsError::Limit)?.key_package())
    }

    fn create_group(
        &mut self,
        room: RoomId,
        dictionary: &Dictionary,
        hub: ProviderId,
    ) -> Result<CommitBundle, MlsError> {
        self.take_tentative(room)?;
        self.delete(room)?;
        let extensions = settings::extensions::<C>(&self.config.directory, room, dictionary, hub)?;
        let builder = settings::group_builder(group_id(&self.config, room)?, extensions, self.capabilities());
        let signer = StepSigner { crypto: self.provider.crypto(), secret: &self.identity.secret };
        let group = builder.build(&self.provider, &signer, self.credential()?);
        let group = group.map_err(|_| MlsError::Limit)?;
        let info =
            group.export_group_info(self.provider.crypto(), &signer, false).map_err(|_| MlsError::Limit)?;
        let bundle = CommitBundle {
            commit: Octets::default(),
            welcome: None,
            group_info: codec::group_info_octets(&info)?,
            tree: codec::encode(&group.export_ratchet_tree())?,
        };
        let group = OpenGroup::new(&self.config, self.provider.crypto(), group)?;
        self.groups.insert(room, group);
        Ok(bundle)
    }

    fn join_group(&mut self, room: RoomId, welcome: &Octets, tree: &Octets) -> Result<(), MlsError> {
        let (welcome, tree) = (codec::welcome(welcome)?, codec::tree(tree)?);
        self.take_tentative(room)?;
        self.delete(room)?;
        let join = StagedWelcome::build_from_welcome(&self.provider, &settings::join_config(), welcome)?;
        if *join.processed_welcome().unverified_group_info().group_id() != group_id(&self.config, room)? {
            return Err(MlsError::NoSuchGroup);
        }
        let joined = join.with_ratchet_tree(tree).replace_old_group().build()?;
        let group = joined.into_group(&self.provider)?;
        let group = OpenGroup::new(&self.config, self.provider.crypto(), group)?;
        self.groups.insert(room, group);
        Ok(())
    }

    /// Verifies a message.
    fn receive(&mut self, room: RoomId, octets: &Octets) -> Result<Incoming, MlsError> {
        let (message, _) = codec::protocol_message(octets)?;
        let handshake = handshake_of(&message);
        self.receive_message(room, octets, message).map_err(|error| handshake.blame(error))
    }

    fn receive_message(
        &mut self,
        room: RoomId,
        octets: &Octets,
        message: ProtocolMessage,
    ) -> Result<Incoming, MlsError> {
        if *message.group_id() != group_id(&self.config, room)? {
            return Err(MlsError::NoSuchGroup);
        }
        if let Some(commit) = self.tentative(room)? {
            return if *commit == **octets { Ok(Incoming::OwnCommit) } else { Err(MlsError::WrongEpoch) };
        }
        let group = active(&mut self.groups, room)?;
        require_context(&message, group.inner.public_group().group_context())?;
        let processed = match group.inner.process_message(&self.provider, message) {
            Err(ProcessMessageError::ValidationError(ValidationError::UpdatePathError(_))) => {
                return Err(unless_missing(MlsError::NotAuthentic, octets, &group.pending));
            }
            Err(ProcessMessageError::InvalidCommit(
                error @ StageCommitError::ExternalCommitValidation(_),
            )) => {
                return Err(unless_missing(error.into(), octets, &group.pending));
            }
            Err(ProcessMessageError::UnsupportedProposalType) => {
                let queued = servers::refused_for_its_type(octets, self.provider.crypto())?;
                let (_, info) = group.view(&self.config, self.provider.crypto()).kept(&queued)?;
                return Ok(Incoming::Proposal(info, Box::new(queued)));
            }
            processed => processed?,
        };
        let view = group.view(&self.config, self.provider.crypto());
        let (sender, joiner) = (processed.sender().clone(), processed.credential().clone());
        let sender = || view.sender(&sender, &joiner);
        let aad = processed.aad().to_vec();
        match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => match sender()? {
                Sender::Member(sender) => {
                    Ok(Incoming::Message { sender, payload: message.into_bytes(), aad })
                }
                _ => Err(MlsError::NotAuthentic),
            },
            ProcessedMessageContent::ProposalMessage(queued) => {
                Ok(Incoming::Proposal(view.proposal(&queued, sender()?)?, queued))
            }
            ProcessedMessageContent::ExternalJoinProposalMessage(_) => Err(MlsError::Malformed),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                require_references(octets, &group.pending)?;
                Incoming::commit(&view, sender()?, staged)
            }
            ProcessedMessageContent::UnresolvedAppDataCommit(commit) => {
                require_references(octets, &group.pending)?;
                let stage =
                    |commit, changes| group.inner.stage_app_data_commit(&self.provider, commit, changes);
                Incoming::commit(&view, sender()?, stage_updates(&view, *commit, stage)?)
            }
            ProcessedMessageContent::OwnPendingCommit => Ok(Incoming::OwnCommit),
            ProcessedMessageContent::OwnPrivateMessage => Ok(Incoming::OwnMessage),
        }
    }

    fn keep_proposal(&mut self, room: RoomId, message: &Octets) -> Result<(), MlsError> {
        let Incoming::Proposal(info, queued) = self.receive(room, message)? else {
            return Err(MlsError::Malformed);
        };
        let group = active(&mut self.groups, room)?;
        let reference = info.reference.ok_or(MlsError::Malformed)?;
        let is_new = group.pending.insert(reference, info).is_none();
        if is_new && !self.config.planted.is(Mutant::KeepsNoProposals) {
            group.inner.store_pending_proposal(self.provider.kv(), *queued)?;
        }
        Ok(())
    }

    fn merge_staged(&mut self, room: RoomId, staged: OpenStaged) -> Result<(), MlsError> {
        let is_joining = self.is_joining(room);
        let kv = self.provider.kv();
        let group = active(&mut self.groups, room)?;
        let parent = group.inner.public_group().group_context().confirmed_transcript_hash();
        if is_joining || staged.parent != parent {
            return Err(MlsError::WrongEpoch);
        }
        if staged.commit.self_removed() {
            group.inner.clear_pending_commit(kv)?;
            group.inner.clear_pending_proposals(kv)?;
            group.pending.clear();
            group.removed = true;
            return Ok(kv.put(Slot::Removed, &room.0, &true)?);
        }
        let merged = group.inner.merge_staged_commit(&self.provider, *staged.commit);
        merged.map_err(|_| MlsError::Storage)?;
        if staged.reinitializes {
            kv.put(Slot::Reinitialized, &room.0, &true)?;
        }
        group.advanced(&self.config, staged.leaves, staged.reinitializes);
        Ok(())
    }

    fn merge_own(&mut self, room: RoomId) -> Result<(), MlsError> {
        if self.is_joining(room) {
            let cells = self.take_tentative(room)?;
            self.delete(room)?;
            for (key, value) in cells {
                self.provider.kv().set_octets(key, value);
            }
            return self.load(room);
        }
        let group = self.groups.get_mut(&room).ok_or(MlsError::NoSuchGroup)?;
        let pending = group.inner.pending_commit().ok_or(MlsError::NoCommitPending)?;
        let view = group.view(&self.config, self.provider.crypto());
        let commit = view.commit(Sender::Member(self.client), pending)?;
        group.inner.merge_pending_commit(&self.provider).map_err(|_| MlsError::Storage)?;
        let ends = reinitializes(&commit.proposals);
        if ends {
            self.provider.kv().put(Slot::Reinitialized, &room.0, &true)?;
        }
        group.advanced(&self.config, commit.leaves, ends);
        Ok(())
    }
}

impl<C: SimCrypto> MlsMember for OpenMember<C> {
    type Staged = OpenStaged;
    type Group = OpenGroup;

    fn new(config: &MlsConfig, client: ClientId, entropy: Entropy) -> Self {
        let mut provider = OpenProvider::<C>::new(Kv::default());
        provider.reseed(entropy.0);
        let identity = Identity::fresh(&provider).expect("the suite's signature scheme has keys");
        provider.kv().put(Slot::Identity, &(), &identity).expect("two octet strings have an encoding");
        provider.stop();
        let (former, groups) = (Vec::new(), BTreeMap::new());
        Self { config: config.clone(), client, provider, identity, former, groups }
    }

    fn recover(
        config: &MlsConfig,
        client: ClientId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError> {
        let kv = Kv::restore(cells.iter().map(|(key, value)| (key.clone(), value.clone())));
        let identity = kv.read(Slot::Identity, &())?.ok_or(MlsError::Storage)?;
        let former = kv.read(Slot::FormerIdentities, &())?.unwrap_or_default();
        let (provider, groups) = (OpenProvider::new(kv), BTreeMap::new());
        let mut member = Self { config: config.clone(), client, provider, identity, former, groups };
        for room in config.directory.rooms() {
            member.load(room)?;
        }
        Ok(member)
    }

    fn take_writes(&mut self) -> Writes {
        self.provider.kv_mut().take_writes()
    }

    fn own_key(&self) -> Octets {
        self.identity.public.as_slice().into()
    }

    fn change_key(&mut self, entropy: Entropy) -> Result<(), MlsError> {
        self.take_identity(entropy)
    }

    fn key_changes(&self) -> u32 {
        self.former.len() as u32
    }

    fn sign_in(&self, room: RoomId, octets: &[u8]) -> Result<(Octets, Octets), MlsError> {
        let Identity { secret, public } = self.identity_in(room);
        Ok((public.as_slice().into(), signing::sign(self.provider.crypto(), secret, octets)?))
    }

    fn sign(&self, octets: &[u8]) -> Result<Octets, MlsError> {
        signing::sign(self.provider.crypto(), &self.identity.secret, octets)
    }

    fn sealing_key(&self) -> Result<Octets, MlsError> {
        sealing::public_key(self.provider.crypto(), &self.identity.secret)
    }

    fn unseal(&self, info: &[u8], sealed: &HpkeCiphertext) -> Result<Vec<u8>, MlsError> {
        self.open_sealed(info, sealed)
    }

    fn fresh_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError> {
        let builder = KeyPackage::builder().leaf_node_capabilities(self.capabilities());
        self.make_key_package(lifetime, entropy, builder)
    }

    fn last_resort_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError> {
        let builder = KeyPackage::builder()
            .leaf_node_capabilities(settings::last_resort_capabilities(&self.config.directory, self.client))
            .key_package_extensions(settings::last_resort_mark()?)
            .mark_as_last_resort();
        self.make_key_package(lifetime, entropy, builder)
    }

    fn create(
        &mut self,
        room: RoomId,
        dictionary: &Dictionary,
        hub: ProviderId,
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        self.attempt_with(room, entropy, |member| member.create_group(room, dictionary, hub))
    }

    fn group(&self, room: RoomId) -> Option<&OpenGroup> {
        self.groups.get(&room)
    }

    fn propose(&mut self, room: RoomId, proposal: &Propose, entropy: Entropy) -> Result<Octets, MlsError> {
        let made = self.attempt_with(room, entropy, |member| member.make_proposal(room, proposal));
        made.map_err(|error| Handshake::Proposal.blame(error))
    }

    fn commit(
        &mut self,
        room: RoomId,
        references: &[ProposalRef],
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        let made = self.attempt_with(room, entropy, |member| member.make_commit(room, references, by_value));
        made.map_err(|error| Handshake::Commit.blame(error))
    }

    fn external_commit(
        &mut self,
        room: RoomId,
        material: &JoinMaterial,
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        let made = self.attempt_with(room, entropy, |member| {
            member.make_external_commit(room, material, by_value, entropy)
        });
        made.map_err(|error| Handshake::ExternalCommit.blame(error))
    }

    fn has_pending_commit(&self, room: RoomId) -> bool {
        let own = self.groups.get(&room).is_some_and(|group| group.inner.pending_commit().is_some());
        own || self.is_joining(room)
    }

    fn merge_pending(&mut self, room: RoomId) -> Result<(), MlsError> {
        self.attempt(room, |member| member.merge_own(room))
    }

    fn discard_pending(&mut self, room: RoomId) -> Result<(), MlsError> {
        if self.is_joining(room) {
            return self.take_tentative(room).map(|_| ());
        }
        let group = self.groups.get_mut(&room).ok_or(MlsError::NoSuchGroup)?;
        group.inner.pending_commit().ok_or(MlsError::NoCommitPending)?;
        Ok(group.inner.clear_pending_commit(self.provider.kv())?)
    }

    fn clear_proposals(&mut self, room: RoomId) -> Result<(), MlsError> {
        let group = active(&mut self.groups, room)?;
        group.pending.clear();
        Ok(group.inner.clear_pending_proposals(self.provider.kv())?)
    }

    fn process(&mut self, room: RoomId, message: &Octets) -> Result<Received<OpenStaged>, MlsError> {
        Ok(self.receive(room, message)?.into())
    }

    fn keep(&mut self, room: RoomId, message: &Octets) -> Result<(), MlsError> {
        require_proposal(message)?;
        self.attempt(room, |member| member.keep_proposal(room, message))
    }

    fn merge(&mut self, room: RoomId, staged: OpenStaged) -> Result<(), MlsError> {
        self.attempt(room, |member| member.merge_staged(room, staged))
    }

    fn join(&mut self, room: RoomId, welcome: &Octets, tree: &Octets) -> Result<(), MlsError> {
        self.attempt(room, |member| member.join_group(room, welcome, tree))
    }

    fn fresh_salt(&self, room: RoomId, entropy: Entropy) -> Result<[u8; 16], MlsError> {
        self.groups.get(&room).ok_or(MlsError::NoSuchGroup)?;
        Ok(entropy.of("mimic salt").0[..16].try_into().unwrap_or_default())
    }

    fn encrypt(
        &mut self,
        room: RoomId,
        aad: &[u8],
        payload: &[u8],
        entropy: Entropy,
    ) -> Result<Octets, MlsError> {
        self.attempt_with(room, entropy, |member| member.make_message(room, aad, payload))
    }

    fn forget(&mut self, room: RoomId) {
        // Deleting from a store in memory cannot fail.
        let _ = self.take_tentative(room);
        let _ = self.delete(room);
    }
}

/// The group of a room in which this client is still a member, if it still goes on.
pub(super) fn active(
    groups: &mut BTreeMap<RoomId, OpenGroup>,
    room: RoomId,
) -> Result<&mut OpenGroup, MlsError> {
    let group = groups.get_mut(&room).filter(|group| !group.removed).ok_or(MlsError::NoSuchGroup)?;
    if group.reinitialized { Err(MlsError::Reinitialized) } else { Ok(group) }
}
