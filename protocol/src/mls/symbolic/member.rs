//! All the symbolic MLS state of one client.

use super::cells::{Cell, Joining, Room};
use super::committing::{self, Made};
use super::group::SymbolicGroup;
use super::joining;
use super::public::{SymbolicStaged, reference_of};
use super::state::GroupState;
use super::wire::{
    self, Author, Body, Holder, Key, KeyPackage, Leaf, Message, PrivateMessage, ProposalOrRef, PublicMessage,
    Signer,
};
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    CommitBundle, Dictionary, Entropy, Handshake, JoinMaterial, KeyPackageRef, Lifetime, MlsConfig, MlsError,
    MlsMember, Octets, ProposalRef, Propose, Received, Writes,
};
use crate::mutant::Mutant;
use crate::wire::mls::HpkeCiphertext;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash, Hasher};
use std::mem;
use std::sync::Arc;

/// A client of the symbolic engine.
///
/// Two members are equal when they are in the same situation; the configuration, which is the world's, does not count.
#[derive(Clone, Debug)]
pub struct SymbolicMember {
    config: MlsConfig,
    /// Who it is, and with which signature key it makes what is new.
    holder: Holder,
    /// The key packages whose private keys it holds: those that nobody has used so far, and those of last resort.
    keys: BTreeMap<KeyPackageRef, KeyPackage>,
    rooms: BTreeMap<RoomId, Arc<Room>>,
    /// What changed since the last `take_writes`.
    changed: BTreeSet<Cell>,
}

impl PartialEq for SymbolicMember {
    fn eq(&self, other: &Self) -> bool {
        self.situation() == other.situation()
    }
}

impl Eq for SymbolicMember {}

impl Hash for SymbolicMember {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.situation().hash(hasher);
    }
}

impl SymbolicMember {
    /// Whose state it is.
    pub fn client(&self) -> ClientId {
        self.holder.client
    }

    fn situation(&self) -> impl Eq + Hash + '_ {
        (self.holder, &self.keys, &self.rooms, &self.changed)
    }

    fn room(&self, room: RoomId) -> Result<&Room, MlsError> {
        self.rooms.get(&room).map(|room| &**room).ok_or(MlsError::NoSuchGroup)
    }

    /// The group, if the client is still a member, and it still goes on.
    fn active(&self, room: RoomId) -> Result<&SymbolicGroup, MlsError> {
        let group = self.room(room)?.group.as_ref();
        let group = group.filter(|group| group.is_active).ok_or(MlsError::NoSuchGroup)?;
        if group.public.state.reinitialized { Err(MlsError::Reinitialized) } else { Ok(group) }
    }

    /// The group, if the client may propose and commit in it.
    fn operational(&self, room: RoomId) -> Result<&SymbolicGroup, MlsError> {
        if self.has_pending_commit(room) { Err(MlsError::CommitPending) } else { self.active(room) }
    }

    /// The room, about to be changed.
    fn change(&mut self, room: RoomId) -> &mut Room {
        self.changed.insert(Cell::Room(room));
        Arc::make_mut(self.rooms.entry(room).or_default())
    }

    /// The group of a room that has one, about to be changed.
    fn change_group(&mut self, room: RoomId) -> Result<&mut SymbolicGroup, MlsError> {
        self.active(room)?;
        self.change(room).group.as_mut().ok_or(MlsError::NoSuchGroup)
    }

    /// The holder of the own leaf in the room, where there is one: its signature key may be an earlier one than the newest.
    fn holder_in(&self, room: RoomId) -> Holder {
        let group = self.rooms.get(&room).and_then(|room| room.group.as_ref());
        let leaf = group.and_then(|group| group.public.state.leaves.get(&group.leaf));
        leaf.map_or(self.holder, |leaf| leaf.holder)
    }

    fn process_public(
        &self,
        group: &SymbolicGroup,
        octets: &Octets,
        message: &PublicMessage,
    ) -> Result<Received<SymbolicStaged>, MlsError> {
        let public = &group.public;
        public.authenticate(&self.config, message)?;
        match &message.body {
            Body::Proposal(proposal) => {
                let (info, _) = public.judge_proposal(&self.config, octets, message.author, proposal)?;
                Ok(Received::Proposal(info))
            }
            Body::Commit(_) if group.own_commit.as_ref().is_some_and(|own| own.message == *octets) => {
                Ok(Received::OwnCommit)
            }
            // Nobody can open a path that was encrypted to the others.
            Body::Commit(_) if message.author == Author::Member(group.leaf) => Err(MlsError::NotAuthentic),
            Body::Commit(commit) => {
                let (info, staged) =
                    public.receive_commit(&self.config, message.author, commit, Some(group.leaf))?;
                Ok(Received::Commit(info, staged))
            }
        }
    }

    fn process_private(
        &mut self,
        room: RoomId,
        message: &PrivateMessage,
    ) -> Result<Received<SymbolicStaged>, MlsError> {
        let group = self.active(room)?;
        let state = &group.public.state;
        let reads_ahead = self.config.planted.is(Mutant::ReadsAhead) && message.epoch > state.epoch;
        let epoch = if reads_ahead { state.epoch } else { message.epoch };
        group.public.require_epoch(message.room, epoch)?;
        let reads_any = self.config.planted.is(Mutant::ReadsAnyBranch) || reads_ahead;
        if message.transcript != state.transcript && !reads_any {
            return Err(MlsError::NotAuthentic);
        }
        if message.leaf == group.leaf {
            return Ok(Received::OwnMessage);
        }
        let sender = state.leaves.get(&message.leaf).ok_or(MlsError::NotAuthentic)?.client();
        let mut group = group.clone();
        if !self.config.planted.is(Mutant::DecryptsTwice) {
            group.decrypt(message)?;
        }
        self.change(room).group = Some(group);
        Ok(Received::Message { sender, payload: message.payload.to_vec(), aad: message.aad.to_vec() })
    }
}

impl SymbolicMember {
    fn hold_key_package(&mut self, lifetime: Lifetime, entropy: Entropy, last_resort: bool) -> Octets {
        let key = Key::fresh(entropy, "mimic symbolic key package's leaf");
        let key_package = KeyPackage { holder: self.holder, key, last_resort, lifetime };
        self.keys.insert(key_package.reference(), key_package);
        self.changed.insert(Cell::Keys);
        key_package.seal()
    }
}

impl MlsMember for SymbolicMember {
    type Staged = SymbolicStaged;
    type Group = SymbolicGroup;

    fn new(config: &MlsConfig, client: ClientId, _entropy: Entropy) -> Self {
        SymbolicMember {
            config: config.clone(),
            holder: Holder::first(client),
            keys: BTreeMap::new(),
            rooms: BTreeMap::new(),
            changed: BTreeSet::from([Cell::Keys]),
        }
    }

    fn recover(
        config: &MlsConfig,
        client: ClientId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError> {
        let mut keys = None;
        let mut holder = Holder::first(client);
        let mut rooms = BTreeMap::new();
        for (key, octets) in cells {
            match Cell::parse(key).ok_or(MlsError::Storage)? {
                Cell::Keys => keys = wire::decode(octets),
                Cell::Holder => holder = wire::decode(octets).ok_or(MlsError::Storage)?,
                Cell::Room(id) => {
                    let room: Room = wire::decode(octets).ok_or(MlsError::Storage)?;
                    if !room.is_sound(config, id) {
                        return Err(MlsError::Storage);
                    }
                    rooms.insert(id, Arc::new(room));
                }
            }
        }
        let keys = keys.ok_or(MlsError::Storage)?;
        if holder.client != client {
            return Err(MlsError::Storage);
        }
        Ok(SymbolicMember { config: config.clone(), holder, keys, rooms, changed: BTreeSet::new() })
    }

    fn take_writes(&mut self) -> Writes {
        let changed = mem::take(&mut self.changed);
        let write = |cell: Cell| {
            let content = match cell {
                Cell::Keys => Some(wire::encode(&self.keys)),
                Cell::Holder => Some(wire::encode(&self.holder)),
                Cell::Room(room) => self.rooms.get(&room).map(wire::encode),
            };
            (cell.key(), content.map(Octets::from))
        };
        changed.into_iter().map(write).collect()
    }

    fn own_key(&self) -> Octets {
        Signer::Client(self.holder).key()
    }

    fn change_key(&mut self, _entropy: Entropy) -> Result<(), MlsError> {
        self.holder.changes = self.holder.changes.checked_add(1).ok_or(MlsError::Limit)?;
        self.changed.insert(Cell::Holder);
        Ok(())
    }

    fn key_changes(&self) -> u32 {
        self.holder.changes.into()
    }

    fn sign_in(&self, room: RoomId, octets: &[u8]) -> Result<(Octets, Octets), MlsError> {
        let signer = Signer::Client(self.holder_in(room));
        Ok((signer.key(), wire::seal_signature(signer.sign(octets))))
    }

    fn sign(&self, octets: &[u8]) -> Result<Octets, MlsError> {
        Ok(wire::seal_signature(Signer::Client(self.holder).sign(octets)))
    }

    fn sealing_key(&self) -> Result<Octets, MlsError> {
        Ok(Signer::Client(self.holder).key())
    }

    fn unseal(&self, info: &[u8], sealed: &HpkeCiphertext) -> Result<Vec<u8>, MlsError> {
        // What was asked for with an earlier key may be answered only now.
        let holders = (0..=self.holder.changes).rev().map(|changes| Holder { changes, ..self.holder });
        let mut opened = holders.map(|holder| super::sealing::unseal(Signer::Client(holder), info, sealed));
        opened.find(Result::is_ok).unwrap_or(Err(MlsError::NotAuthentic))
    }

    fn fresh_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError> {
        Ok(self.hold_key_package(lifetime, entropy, false))
    }

    fn last_resort_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError> {
        Ok(self.hold_key_package(lifetime, entropy, true))
    }

    fn create(
        &mut self,
        room: RoomId,
        dictionary: &Dictionary,
        hub: ProviderId,
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        let state = GroupState::create(room, self.holder, dictionary, hub, entropy);
        let bundle = CommitBundle {
            commit: Octets::from([]),
            welcome: None,
            group_info: wire::seal_group_info(state.group_info(0, self.holder)),
            tree: state.sealed_tree(),
        };
        let group = Some(SymbolicGroup::new(Arc::new(state), 0));
        *self.change(room) = Room { group, joining: None };
        Ok(bundle)
    }

    fn group(&self, room: RoomId) -> Option<&SymbolicGroup> {
        self.rooms.get(&room)?.group.as_ref()
    }

    fn propose(&mut self, room: RoomId, proposal: &Propose, entropy: Entropy) -> Result<Octets, MlsError> {
        let SymbolicGroup { public, leaf, .. } = self.operational(room)?;
        let author = Author::Member(*leaf);
        // An Update proposal brings no signature key of its own here: commits do.
        let key = Key::fresh(entropy, "mimic symbolic update's leaf");
        let update = Leaf { holder: self.holder_in(room), key };
        let proposal = public.translate(&self.config, proposal, Some(update))?;
        let message = committing::public_message(&public.state, author, Body::Proposal(proposal.clone()));
        let (_, kept) = public.judge_proposal(&self.config, &message, author, &proposal)?;
        self.change_group(room)?.public.pending.insert(reference_of(&message), kept);
        Ok(message)
    }

    fn commit(
        &mut self,
        room: RoomId,
        references: &[ProposalRef],
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        let SymbolicGroup { public, leaf, .. } = self.operational(room)?;
        if !references.iter().all(|reference| public.pending.contains_key(reference)) {
            return Err(MlsError::MissingProposal);
        }
        let mut proposals: Vec<_> = references.iter().copied().map(ProposalOrRef::Reference).collect();
        let key = Key::fresh(entropy, "mimic symbolic committer's leaf");
        let path = Leaf { holder: self.holder, key };
        for propose in by_value {
            let proposal = public.translate(&self.config, propose, Some(path));
            let proposal = proposal.map_err(|error| Handshake::Commit.blame(error))?;
            proposals.push(ProposalOrRef::Value(proposal));
        }
        let Made { own, bundle, .. } =
            committing::commit(&self.config, public, Author::Member(*leaf), proposals, path)?;
        self.change_group(room)?.own_commit = Some(own);
        Ok(bundle)
    }

    fn external_commit(
        &mut self,
        room: RoomId,
        material: &JoinMaterial,
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        if self.has_pending_commit(room) {
            return Err(MlsError::CommitPending);
        }
        let Made { own, leaf, bundle } =
            joining::by_external_commit(&self.config, self.holder, room, material, by_value, entropy)
                .map_err(|error| Handshake::ExternalCommit.blame(error))?;
        self.change(room).joining = Some(Joining { own, leaf });
        Ok(bundle)
    }

    fn has_pending_commit(&self, room: RoomId) -> bool {
        self.rooms.get(&room).is_some_and(|room| {
            room.joining.is_some() || room.group.as_ref().is_some_and(|group| group.own_commit.is_some())
        })
    }

    fn merge_pending(&mut self, room: RoomId) -> Result<(), MlsError> {
        let Room { group, joining } = self.room(room)?;
        let own_commit = group.as_ref().and_then(|group| Some((group.own_commit.as_ref()?, group.leaf)));
        let joined = joining.as_ref().map(|joining| (&joining.own, joining.leaf));
        let (own, leaf) = joined.or(own_commit).ok_or(MlsError::NoCommitPending)?;
        let group = Some(SymbolicGroup::new(own.next.clone(), leaf));
        *self.change(room) = Room { group, joining: None };
        Ok(())
    }

    fn discard_pending(&mut self, room: RoomId) -> Result<(), MlsError> {
        self.room(room)?;
        if !self.has_pending_commit(room) {
            return Err(MlsError::NoCommitPending);
        }
        let changed = self.change(room);
        if changed.joining.take().is_none()
            && let Some(group) = &mut changed.group
        {
            group.own_commit = None;
        }
        if changed.group.is_none() {
            self.rooms.remove(&room);
        }
        Ok(())
    }

    fn clear_proposals(&mut self, room: RoomId) -> Result<(), MlsError> {
        if !self.active(room)?.public.pending.is_empty() {
            self.change_group(room)?.public.pending.clear();
        }
        Ok(())
    }

    fn process(&mut self, room: RoomId, message: &Octets) -> Result<Received<SymbolicStaged>, MlsError> {
        let opened = wire::open_message(message)?;
        let of = match &opened {
            Message::Public(public) => public.room,
            Message::Private(private) => private.room,
            Message::Welcome(_) => return Err(MlsError::Malformed),
        };
        if of != room {
            return Err(MlsError::NoSuchGroup);
        }
        if let Some(joining) = &self.room(room)?.joining {
            let is_own = joining.own.message == *message;
            return if is_own { Ok(Received::OwnCommit) } else { Err(MlsError::WrongEpoch) };
        }
        match opened {
            Message::Public(public) => self.process_public(self.active(room)?, message, &public),
            Message::Private(private) => self.process_private(room, &private),
            Message::Welcome(_) => Err(MlsError::Malformed),
        }
    }

    fn keep(&mut self, room: RoomId, message: &Octets) -> Result<(), MlsError> {
        let opened = wire::open_proposal(message)?;
        if opened.room != room {
            return Err(MlsError::NoSuchGroup);
        }
        if self.room(room)?.joining.is_some() {
            return Err(MlsError::WrongEpoch);
        }
        let mut public = self.active(room)?.public.clone();
        public.keep(&self.config, message)?;
        self.change_group(room)?.public = public;
        Ok(())
    }

    fn merge(&mut self, room: RoomId, staged: SymbolicStaged) -> Result<(), MlsError> {
        let mut group = self.active(room)?.clone();
        if self.room(room)?.joining.is_some() {
            return Err(MlsError::WrongEpoch);
        }
        group.advance(staged, self.config.planted.is(Mutant::GoesOnRemoved))?;
        self.change(room).group = Some(group);
        Ok(())
    }

    fn join(&mut self, room: RoomId, welcome: &Octets, tree: &Octets) -> Result<(), MlsError> {
        let (group, used) = joining::by_welcome(&self.config, &self.keys, room, welcome, tree)?;
        if self.keys.get(&used).is_some_and(|key_package| !key_package.last_resort) {
            self.keys.remove(&used);
            self.changed.insert(Cell::Keys);
        }
        *self.change(room) = Room { group: Some(group), joining: None };
        Ok(())
    }

    /// Keys are symbols here, and so is what is drawn: it depends on the message's place alone, not on how that was reached.
    fn fresh_salt(&self, room: RoomId, _entropy: Entropy) -> Result<[u8; 16], MlsError> {
        let group = self.active(room)?;
        let place = (&group.public.state.transcript, group.leaf, group.generation);
        let digest =
            blake3::derive_key("mimic symbolic salt", &postcard::to_allocvec(&place).unwrap_or_default());
        Ok(digest[..16].try_into().unwrap_or_default())
    }

    fn encrypt(
        &mut self,
        room: RoomId,
        aad: &[u8],
        payload: &[u8],
        _entropy: Entropy,
    ) -> Result<Octets, MlsError> {
        let group = self.active(room)?;
        // MLS-09: what was proposed is committed first.
        let is_rash = self.config.planted.is(Mutant::SpeaksOverProposals);
        if !group.public.pending.is_empty() && !is_rash {
            return Err(MlsError::CommitPending);
        }
        let state = &group.public.state;
        let message = Message::Private(PrivateMessage {
            room,
            epoch: state.epoch,
            transcript: state.transcript,
            leaf: group.leaf,
            generation: group.generation,
            aad: aad.into(),
            payload: payload.into(),
        });
        self.change_group(room)?.generation += 1;
        Ok(wire::seal_message(&message))
    }

    fn forget(&mut self, room: RoomId) {
        if self.rooms.remove(&room).is_some() {
            self.changed.insert(Cell::Room(room));
        }
    }
}
