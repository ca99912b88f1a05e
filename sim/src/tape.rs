//! An engine that does what another one does and notes each call, so that the calls can be made again without anything else.
//!
//! So the cost of a run is compared with its floor: the same MLS calls alone, with the same storage (`benches/floor.rs`).

mod observer;
mod replay;

use mimic_protocol::mls::{
    AnswerSecret, CommitBundle, Dictionary, Entropy, Envelope, JoinMaterial, KeyPackageRef, Lifetime, Mls,
    MlsConfig, MlsError, MlsMember, Octets, ProposalRef, Propose, Received, Shown, Writes,
};
use mimic_protocol::wire::mls::{Capabilities, HpkeCiphertext};
use mimic_protocol::wire::ratchet_tree::PartialGroupInfo;
use mimic_protocol::{ClientId, ProviderId, RoomId};
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

pub use observer::TapedObserver;
pub use replay::replay;

// Engines are made deep inside a run, by constructors that carry no tape: there is one for the process, and one run at a time.
static TAPE: Mutex<Vec<Call>> = Mutex::new(Vec::new());

/// Takes the calls that have been noted so far.
pub fn take() -> Vec<Call> {
    std::mem::take(&mut TAPE.lock().unwrap_or_else(PoisonError::into_inner))
}

fn note(call: Call) {
    TAPE.lock().unwrap_or_else(PoisonError::into_inner).push(call);
}

/// A noted call.
#[derive(Clone, Debug)]
pub enum Call {
    /// A function of the engine that needs no state.
    Static(Static),
    /// A client's engine was made.
    New(ClientId, Entropy),
    /// A client's engine was rebuilt from what it had written.
    Recover(ClientId, BTreeMap<Vec<u8>, Octets>),
    /// A method of a client's engine.
    Member(ClientId, Member),
    /// A hub opened a group.
    Open(RoomId, Octets, Octets),
    /// A hub's group was rebuilt from what it had written.
    RecoverObserver(RoomId, BTreeMap<Vec<u8>, Octets>),
    /// A method of a hub's group.
    Observer(RoomId, Observer),
}

/// Calls that need no state, with the octets that they read.
#[derive(Clone, Debug)]
pub enum Static {
    /// `Mls::envelope`
    Envelope(Octets),
    /// `Mls::key_package`
    KeyPackage(Octets),
    /// `Mls::welcome_refs`
    WelcomeRefs(Octets),
    /// `Mls::lifetime`
    Lifetime(Octets),
    /// `Mls::capabilities`.
    Capabilities(Octets),
    /// `Mls::group_info_context`
    GroupInfoContext(Octets),
}

/// Calls of `MlsMember`, with their arguments. A staged commit is the one of the last `Process`.
#[derive(Clone, Debug)]
pub enum Member {
    /// `take_writes`
    TakeWrites,
    /// `fresh_key_package`
    FreshKeyPackage(Lifetime, Entropy),
    /// `last_resort_key_package`
    LastResortKeyPackage(Lifetime, Entropy),
    /// `change_key`
    ChangeKey(Entropy),
    /// `create`
    Create(RoomId, Dictionary, ProviderId, Entropy),
    /// `propose`
    Propose(RoomId, Propose, Entropy),
    /// `commit`
    Commit(RoomId, Vec<ProposalRef>, Vec<Propose>, Entropy),
    /// `external_commit`
    ExternalCommit(RoomId, JoinMaterial, Vec<Propose>, Entropy),
    /// `merge_pending`
    MergePending(RoomId),
    /// `discard_pending`
    DiscardPending(RoomId),
    /// `clear_proposals`
    ClearProposals(RoomId),
    /// `process`
    Process(RoomId, Octets),
    /// `keep`
    Keep(RoomId, Octets),
    /// `merge`
    Merge(RoomId),
    /// `join`
    Join(RoomId, Octets, Octets),
    /// `encrypt`
    Encrypt(RoomId, Vec<u8>, Vec<u8>, Entropy),
    /// `forget`
    Forget(RoomId),
}

/// Calls of `MlsObserver`. A staged commit is the one of the last `Inspect`.
#[derive(Clone, Debug)]
pub enum Observer {
    /// `take_writes`
    TakeWrites,
    /// `propose`
    Propose(ProviderId, Propose),
    /// `inspect`
    Inspect(Octets),
    /// `keep`
    Keep(Octets),
    /// `merge`
    Merge(Octets),
    /// `merge_partial`
    MergePartial(PartialGroupInfo),
    /// `tree`
    Tree,
}

/// The engine `M`, with each call noted.
#[derive(Debug)]
pub struct Taped<M>(PhantomData<M>);

/// A client's engine, with each call noted.
#[derive(Debug)]
pub struct TapedMember<M: Mls> {
    client: ClientId,
    inner: M::Member,
}

impl<M: Mls> Mls for Taped<M> {
    type Member = TapedMember<M>;
    type Observer = TapedObserver<M>;

    fn envelope(config: &MlsConfig, message: &[u8]) -> Result<Envelope, MlsError> {
        note(Call::Static(Static::Envelope(message.into())));
        M::envelope(config, message)
    }

    fn key_package(config: &MlsConfig, key_package: &[u8]) -> Result<(ClientId, KeyPackageRef), MlsError> {
        note(Call::Static(Static::KeyPackage(key_package.into())));
        M::key_package(config, key_package)
    }

    fn is_last_resort(key_package: &[u8]) -> bool {
        M::is_last_resort(key_package)
    }

    fn lifetime(key_package: &[u8]) -> Result<Lifetime, MlsError> {
        note(Call::Static(Static::Lifetime(key_package.into())));
        M::lifetime(key_package)
    }

    fn capabilities(config: &MlsConfig, key_package: &[u8]) -> Result<Capabilities, MlsError> {
        note(Call::Static(Static::Capabilities(key_package.into())));
        M::capabilities(config, key_package)
    }

    fn welcome_refs(welcome: &[u8]) -> Result<Vec<KeyPackageRef>, MlsError> {
        note(Call::Static(Static::WelcomeRefs(welcome.into())));
        M::welcome_refs(welcome)
    }

    fn group_info_context(group_info: &[u8]) -> Result<(u64, [u8; 32]), MlsError> {
        note(Call::Static(Static::GroupInfoContext(group_info.into())));
        M::group_info_context(group_info)
    }

    fn partial_group_info(group_info: &[u8]) -> Result<PartialGroupInfo, MlsError> {
        M::partial_group_info(group_info)
    }

    fn group_info_room(config: &MlsConfig, group_info: &[u8]) -> Result<RoomId, MlsError> {
        M::group_info_room(config, group_info)
    }

    fn group_info_dictionary(group_info: &[u8]) -> Result<Dictionary, MlsError> {
        M::group_info_dictionary(group_info)
    }

    fn authenticated_data(message: &[u8]) -> Result<Vec<u8>, MlsError> {
        M::authenticated_data(message)
    }

    fn shown(config: &MlsConfig, object: &[u8]) -> Shown {
        M::shown(config, object)
    }

    fn server_key(config: &MlsConfig, server: ProviderId) -> Octets {
        M::server_key(config, server)
    }

    fn sign_as(config: &MlsConfig, server: ProviderId, octets: &[u8]) -> Result<Octets, MlsError> {
        M::sign_as(config, server, octets)
    }

    fn server_sealing_key(config: &MlsConfig, server: ProviderId) -> Result<Octets, MlsError> {
        M::server_sealing_key(config, server)
    }

    fn unseal_as(
        config: &MlsConfig,
        server: ProviderId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError> {
        M::unseal_as(config, server, info, sealed)
    }

    fn client_key(config: &MlsConfig, client: ClientId) -> Octets {
        M::client_key(config, client)
    }

    fn sign_as_client(config: &MlsConfig, client: ClientId, octets: &[u8]) -> Result<Octets, MlsError> {
        M::sign_as_client(config, client, octets)
    }

    fn participants_key(config: &MlsConfig, room: RoomId) -> Result<Octets, MlsError> {
        M::participants_key(config, room)
    }

    fn unseal_for_participants(
        config: &MlsConfig,
        room: RoomId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError> {
        M::unseal_for_participants(config, room, info, sealed)
    }

    fn seal(key: &[u8], info: &[u8], content: &[u8], entropy: Entropy) -> Result<HpkeCiphertext, MlsError> {
        M::seal(key, info, content, entropy)
    }

    fn seal_for_answer(
        key: &[u8],
        labels: (&[u8], &[u8]),
        content: &[u8],
        entropy: Entropy,
    ) -> Result<(HpkeCiphertext, AnswerSecret), MlsError> {
        M::seal_for_answer(key, labels, content, entropy)
    }

    fn unseal_for_answer(
        config: &MlsConfig,
        server: ProviderId,
        labels: (&[u8], &[u8]),
        sealed: &HpkeCiphertext,
    ) -> Result<(Vec<u8>, AnswerSecret), MlsError> {
        M::unseal_for_answer(config, server, labels, sealed)
    }

    fn seal_answer(secret: AnswerSecret, salt: &[u8], content: &[u8]) -> Result<Vec<u8>, MlsError> {
        M::seal_answer(secret, salt, content)
    }

    fn unseal_answer(secret: AnswerSecret, salt: &[u8], sealed: &[u8]) -> Result<Vec<u8>, MlsError> {
        M::unseal_answer(secret, salt, sealed)
    }

    fn verify(key: &[u8], octets: &[u8], signature: &[u8]) -> Result<(), MlsError> {
        M::verify(key, octets, signature)
    }
}

impl<M: Mls> TapedMember<M> {
    fn note(&self, call: Member) {
        note(Call::Member(self.client, call));
    }
}

impl<M: Mls> MlsMember for TapedMember<M> {
    type Staged = <M::Member as MlsMember>::Staged;
    type Group = <M::Member as MlsMember>::Group;

    fn new(config: &MlsConfig, client: ClientId, entropy: Entropy) -> Self {
        note(Call::New(client, entropy));
        Self { client, inner: M::Member::new(config, client, entropy) }
    }

    fn recover(
        config: &MlsConfig,
        client: ClientId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError> {
        note(Call::Recover(client, cells.clone()));
        Ok(Self { client, inner: M::Member::recover(config, client, cells)? })
    }

    fn take_writes(&mut self) -> Writes {
        self.note(Member::TakeWrites);
        self.inner.take_writes()
    }

    fn own_key(&self) -> Octets {
        self.inner.own_key()
    }

    fn change_key(&mut self, entropy: Entropy) -> Result<(), MlsError> {
        self.note(Member::ChangeKey(entropy));
        self.inner.change_key(entropy)
    }

    fn key_changes(&self) -> u32 {
        self.inner.key_changes()
    }

    fn sign_in(&self, room: RoomId, octets: &[u8]) -> Result<(Octets, Octets), MlsError> {
        self.inner.sign_in(room, octets)
    }

    fn sign(&self, octets: &[u8]) -> Result<Octets, MlsError> {
        self.inner.sign(octets)
    }

    fn sealing_key(&self) -> Result<Octets, MlsError> {
        self.inner.sealing_key()
    }

    fn unseal(&self, info: &[u8], sealed: &HpkeCiphertext) -> Result<Vec<u8>, MlsError> {
        self.inner.unseal(info, sealed)
    }

    fn fresh_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError> {
        self.note(Member::FreshKeyPackage(lifetime, entropy));
        self.inner.fresh_key_package(lifetime, entropy)
    }

    fn last_resort_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError> {
        self.note(Member::LastResortKeyPackage(lifetime, entropy));
        self.inner.last_resort_key_package(lifetime, entropy)
    }

    fn create(
        &mut self,
        room: RoomId,
        dictionary: &Dictionary,
        hub: ProviderId,
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        self.note(Member::Create(room, dictionary.clone(), hub, entropy));
        self.inner.create(room, dictionary, hub, entropy)
    }

    fn group(&self, room: RoomId) -> Option<&Self::Group> {
        self.inner.group(room)
    }

    fn propose(&mut self, room: RoomId, proposal: &Propose, entropy: Entropy) -> Result<Octets, MlsError> {
        self.note(Member::Propose(room, proposal.clone(), entropy));
        self.inner.propose(room, proposal, entropy)
    }

    fn commit(
        &mut self,
        room: RoomId,
        references: &[ProposalRef],
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        self.note(Member::Commit(room, references.to_vec(), by_value.to_vec(), entropy));
        self.inner.commit(room, references, by_value, entropy)
    }

    fn external_commit(
        &mut self,
        room: RoomId,
        material: &JoinMaterial,
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError> {
        self.note(Member::ExternalCommit(room, material.clone(), by_value.to_vec(), entropy));
        self.inner.external_commit(room, material, by_value, entropy)
    }

    fn has_pending_commit(&self, room: RoomId) -> bool {
        self.inner.has_pending_commit(room)
    }

    fn merge_pending(&mut self, room: RoomId) -> Result<(), MlsError> {
        self.note(Member::MergePending(room));
        self.inner.merge_pending(room)
    }

    fn discard_pending(&mut self, room: RoomId) -> Result<(), MlsError> {
        self.note(Member::DiscardPending(room));
        self.inner.discard_pending(room)
    }

    fn clear_proposals(&mut self, room: RoomId) -> Result<(), MlsError> {
        self.note(Member::ClearProposals(room));
        self.inner.clear_proposals(room)
    }

    fn process(&mut self, room: RoomId, message: &Octets) -> Result<Received<Self::Staged>, MlsError> {
        self.note(Member::Process(room, message.clone()));
        self.inner.process(room, message)
    }

    fn keep(&mut self, room: RoomId, message: &Octets) -> Result<(), MlsError> {
        self.note(Member::Keep(room, message.clone()));
        self.inner.keep(room, message)
    }

    fn merge(&mut self, room: RoomId, staged: Self::Staged) -> Result<(), MlsError> {
        self.note(Member::Merge(room));
        self.inner.merge(room, staged)
    }

    fn join(&mut self, room: RoomId, welcome: &Octets, tree: &Octets) -> Result<(), MlsError> {
        self.note(Member::Join(room, welcome.clone(), tree.clone()));
        self.inner.join(room, welcome, tree)
    }

    fn fresh_salt(&self, room: RoomId, entropy: Entropy) -> Result<[u8; 16], MlsError> {
        self.inner.fresh_salt(room, entropy)
    }

    fn encrypt(
        &mut self,
        room: RoomId,
        aad: &[u8],
        payload: &[u8],
        entropy: Entropy,
    ) -> Result<Octets, MlsError> {
        self.note(Member::Encrypt(room, aad.to_vec(), payload.to_vec(), entropy));
        self.inner.encrypt(room, aad, payload, entropy)
    }

    fn forget(&mut self, room: RoomId) {
        self.note(Member::Forget(room));
        self.inner.forget(room);
    }
}
