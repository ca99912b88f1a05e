//! The seam between MIMI and MLS: `trait Mls` speaks the drafts' language; what an engine cannot do is bridged below it.
//!
//! Two engines implement it: `open::OpenMls` is real RFC 9420 through the openmls crate, `symbolic::Symbolic` a small
//! abstraction in which keys are symbols and everything else (epochs, sender types, by value and by reference, whole-list
//! validity: requirements MLS-01 to MLS-12) is exact. A property test drives both with the same operation lists.
//!
//! Rules that hold for both engines:
//!
//! * Messages, key packages, GroupInfo and ratchet trees are octets: an `MLSMessage`, a `KeyPackage`, a `GroupInfo` without
//!   its tree, and the content of `RatchetTreeOption::full`. The symbolic engine's octets carry a private wire format.
//! * Identities cross the seam as ids: a leaf whose credential names no client of the directory is invalid.
//! * No clock: an engine says which lifetime a key package has, and nodes hold it against their time. No randomness but the
//!   `Entropy` argument.
//! * Nothing that is checked (`process`, `inspect`) changes what a peer could observe; only `keep`, `merge`, `merge_pending`
//!   and `discard_pending` do. An error leaves the group as it was.
//! * A commit's proposals are in the order in which the commit lists them, and the dictionary after it is the one that
//!   `MlsConfig::apply` gives for the updates of each component in that order (MLS-11).

mod bundle;
mod error;
mod lifetime;
pub mod open;
mod shown;
pub mod symbolic;

pub use bundle::{CommitBundle, GroupInfoForm};
use error::Handshake;
pub use error::MlsError;
pub use lifetime::Lifetime;
pub use shown::Shown;

use crate::directory::Directory;
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mutant::Planted;
use crate::readings::Readings;
use crate::wire::mls::{Capabilities, HpkeCiphertext};
use crate::wire::pseudonym::PseudonymousCredential;
use crate::wire::ratchet_tree::PartialGroupInfo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

/// Shared, immutable octets.
pub type Octets = Arc<[u8]>;

/// Durable cells that a step changed: key and new content, or none where the cell is gone. Sorted, each key once.
pub type Writes = Vec<(Vec<u8>, Option<Octets>)>;

/// The app_data_dictionary: component id to octets (proto §7.2, PROTO-78).
pub type Dictionary = BTreeMap<u16, Octets>;

/// The leaves of a group: leaf index to client.
pub type Leaves = BTreeMap<u32, ClientId>;

/// The application's logic of a component: its octets after `updates`, in commit order, or none if the list is invalid.
pub type ApplyUpdates =
    fn(component: u16, current: Option<&[u8]>, updates: &[&[u8]], readings: Readings) -> Option<Vec<u8>>;

/// The randomness of one step: every draw within the step is derived from it, and it serves no other step.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Entropy(pub [u8; 32]);

impl Entropy {
    /// The entropy of the use `label`, independent of any other label's.
    pub fn of(&self, label: &str) -> Entropy {
        Entropy(blake3::derive_key(label, &self.0))
    }

    /// A number in `low..=high`, for delays.
    pub fn between(&self, label: &str, low: u64, high: u64) -> u64 {
        let word: [u8; 8] = self.of(label).0[..8].try_into().unwrap_or_default();
        low + u64::from_le_bytes(word) % (high - low + 1)
    }
}

/// What every engine of a world is built with.
#[derive(Clone, Debug)]
pub struct MlsConfig {
    /// The names that credentials carry.
    pub directory: Arc<Directory>,
    /// The readings that the application logic follows.
    pub readings: Readings,
    /// The application logic.
    pub apply: ApplyUpdates,
    /// The planted bug, if it is one of the engines'.
    pub planted: Planted,
}

/// What an HPKE context exports for an answer to what was sealed in it: both ends have it, and nobody else (RFC 9180 §5.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AnswerSecret(pub [u8; 16]);

/// H(KeyPackage), by which a Welcome names whom it is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct KeyPackageRef(pub [u8; 32]);

/// H(AuthenticatedContent) of a proposal, by which a commit refers to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ProposalRef(pub [u8; 32]);

/// Who sent a handshake message, authenticated.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Sender {
    /// A member, by its leaf.
    Member(ClientId),
    /// A server in external_senders.
    External(ProviderId),
    /// The joiner of an external commit.
    Joiner(ClientId),
}

/// A proposal to make.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Propose {
    /// Add the client of this key package.
    Add(Octets),
    /// Replace the own leaf by one with fresh keys: only by reference (RFC 9420 §12.1.2).
    Update,
    /// Remove another client's leaf.
    Remove(ClientId),
    /// Leave: only by reference (MLS-12).
    SelfRemove,
    /// Change a component (PROTO-78).
    AppDataUpdate {
        /// Its id.
        component: u16,
        /// The update, in the component's own format.
        update: Octets,
    },
    /// Remove a component's state: an AppDataUpdate whose operation is remove (MLS-11).
    AppDataRemove {
        /// Its id.
        component: u16,
    },
    /// Change external_senders, by a GroupContextExtensions proposal that leaves all else as it is (PROTO-81, MLS-11).
    ExternalSenders(Vec<ProviderId>),
    /// End the group, in favour of that of a room (RFC 9420 §11.2).
    ReInit(RoomId),
}

/// A proposal that was made, as its receivers see it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Proposed {
    /// Adds the client with this key package.
    Add(ClientId, KeyPackageRef),
    /// Replaces the sender's leaf.
    Update,
    /// Removes the client's leaf.
    Remove(ClientId),
    /// Removes the sender's leaf.
    SelfRemove,
    /// Changes a component.
    AppDataUpdate {
        /// Its id.
        component: u16,
        /// The update.
        update: Octets,
    },
    /// Removes a component's state.
    AppDataRemove {
        /// Its id.
        component: u16,
    },
    /// Changes external_senders and nothing else of the GroupContext's extensions.
    ExternalSenders(Vec<ProviderId>),
    /// Ends the group in favour of the room's.
    ReInit(RoomId),
    /// What MIMI does not use, by its proposal type.
    Other(u16),
}

/// A verified proposal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct ProposalInfo {
    /// Its reference; none where it stands by value in a commit.
    pub reference: Option<ProposalRef>,
    /// Who made it: for one by value, the committer.
    pub sender: Sender,
    /// What it asks for.
    pub body: Proposed,
}

/// A verified commit, and the state that it leads to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct CommitInfo {
    /// The committer.
    pub sender: Sender,
    /// The epoch that it ends.
    pub epoch: u64,
    /// Its proposals, in its order.
    pub proposals: Vec<ProposalInfo>,
    /// The leaves after it.
    pub leaves: Leaves,
    /// The dictionary after it.
    pub dictionary: Dictionary,
    /// When all key packages that it adds clients with may be used.
    pub lifetime: Lifetime,
}

impl CommitInfo {
    /// The leaf of a client after the commit.
    pub(crate) fn leaf_of(&self, client: ClientId) -> Option<u32> {
        self.leaves.iter().find(|(_, at)| **at == client).map(|(leaf, _)| *leaf)
    }
}

/// What a message turned out to be.
#[derive(Debug)]
pub enum Received<S> {
    /// A valid proposal of the current epoch. It is not stored: see `keep`.
    Proposal(ProposalInfo),
    /// A valid commit of the current epoch. It is not applied: see `merge`.
    Commit(CommitInfo, S),
    /// The receiver's own pending commit, come back: see `merge_pending`.
    OwnCommit,
    /// An application message of the current epoch, decrypted.
    Message {
        /// The authenticated sender.
        sender: ClientId,
        /// What it says.
        payload: Vec<u8>,
        /// What it says to everybody on its way: its authenticated data.
        aad: Vec<u8>,
    },
    /// The receiver's own application message, come back.
    OwnMessage,
}

/// What an `MLSMessage` says of itself without any key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Envelope {
    /// The room of its group.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: u64,
    /// What it carries.
    pub content: ContentKind,
}

/// The visible content type of an `MLSMessage`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum ContentKind {
    /// A PublicMessage with a proposal.
    Proposal,
    /// A PublicMessage with a commit.
    Commit,
    /// A PrivateMessage with application data.
    Application,
}

/// What one needs to join by external commit (proto §5.6).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct JoinMaterial {
    /// The GroupInfo, without the tree.
    pub group_info: Octets,
    /// The ratchet tree of the same epoch.
    pub tree: Octets,
    /// The pending proposals of the epoch, `MLSMessage`s in the order of acceptance.
    pub proposals: Vec<Octets>,
}

/// What nodes ask of a group, whichever side they are on.
pub trait MlsGroup {
    /// The current epoch.
    fn epoch(&self) -> u64;
    /// The current leaves.
    fn leaves(&self) -> Leaves;
    /// The committed dictionary.
    fn dictionary(&self) -> Dictionary;
    /// The servers that may propose, in the order of external_senders (PROTO-81, MLS-10).
    fn external_senders(&self) -> Vec<ProviderId>;
    /// The pending proposals that are kept here, sorted by reference.
    fn pending(&self) -> Vec<ProposalInfo>;
    /// The signature key of a client that has a leaf, or of a server in external_senders; none of anybody else.
    fn signature_key(&self, of: Sender) -> Option<Octets>;
    /// The credential of a client that has a leaf, if it goes by a pseudonym in a room of minimal metadata (PROTO-75).
    fn pseudonym(&self, config: &MlsConfig, of: ClientId) -> Option<PseudonymousCredential>;
    /// A digest of the GroupContext, equal at all parties that are in the same epoch (INV-03).
    fn context_digest(&self) -> [u8; 32];
}

/// An MLS engine.
pub trait Mls: Debug + 'static {
    /// The engine of a client.
    type Member: MlsMember;
    /// The engine of a hub, for one group.
    type Observer: MlsObserver;

    /// Reads the visible header of an `MLSMessage`.
    fn envelope(config: &MlsConfig, message: &[u8]) -> Result<Envelope, MlsError>;
    /// Whose key package it is, and its reference; verifies its signature.
    fn key_package(config: &MlsConfig, key_package: &[u8]) -> Result<(ClientId, KeyPackageRef), MlsError>;
    /// Whether a key package is marked as one of last resort, which may be used again (MLS-15); not, where the octets are none.
    fn is_last_resort(key_package: &[u8]) -> bool;
    /// When a key package may be used (MLS-16).
    fn lifetime(key_package: &[u8]) -> Result<Lifetime, MlsError>;
    /// What the client of a key package is able to do, as that says (RFC 9420 §7.2).
    fn capabilities(config: &MlsConfig, key_package: &[u8]) -> Result<Capabilities, MlsError>;
    /// The key packages that a Welcome is for.
    fn welcome_refs(welcome: &[u8]) -> Result<Vec<KeyPackageRef>, MlsError>;
    /// The epoch and the digest of the GroupContext in a GroupInfo (equal to `MlsGroup::context_digest`).
    fn group_info_context(group_info: &[u8]) -> Result<(u64, [u8; 32]), MlsError>;
    /// The room whose group a GroupInfo is of.
    fn group_info_room(config: &MlsConfig, group_info: &[u8]) -> Result<RoomId, MlsError>;
    /// The dictionary in a GroupInfo: what somebody who is no member knows of the room.
    fn group_info_dictionary(group_info: &[u8]) -> Result<Dictionary, MlsError>;
    /// What a hub cannot work out of a GroupInfo: its extensions and its signature (ratchet-tree-options §4, MLS-21).
    fn partial_group_info(group_info: &[u8]) -> Result<PartialGroupInfo, MlsError>;
    /// The authenticated data of an application message, which everybody can read and only a receiver can verify.
    fn authenticated_data(message: &[u8]) -> Result<Vec<u8>, MlsError>;
    /// What a handshake message, a tree, a key package or a GroupInfo says to everybody who carries it, and an application message by
    /// its authenticated data; nothing, where the octets are none of these.
    fn shown(config: &MlsConfig, object: &[u8]) -> Shown;
    /// The public key of a server: what it proposes with, and what the signatures of `sign_as` verify with.
    fn server_key(config: &MlsConfig, server: ProviderId) -> Octets;
    /// Signs these octets, which are no MLS message, with the key that the server proposes with (PROTO-15).
    fn sign_as(config: &MlsConfig, server: ProviderId, octets: &[u8]) -> Result<Octets, MlsError>;
    /// The public key with which one seals what is for a server alone.
    fn server_sealing_key(config: &MlsConfig, server: ProviderId) -> Result<Octets, MlsError>;
    /// Opens what was sealed for the server.
    fn unseal_as(
        config: &MlsConfig,
        server: ProviderId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError>;
    /// The public key that vouches for a client's own name where the client goes by a pseudonym (proto §6.1).
    fn client_key(config: &MlsConfig, client: ClientId) -> Octets;
    /// Signs with the other half of it.
    fn sign_as_client(config: &MlsConfig, client: ClientId, octets: &[u8]) -> Result<Octets, MlsError>;
    /// The public key with which one seals what is for the participants of a room of minimal metadata alone.
    fn participants_key(config: &MlsConfig, room: RoomId) -> Result<Octets, MlsError>;
    /// Opens what was sealed for them.
    fn unseal_for_participants(
        config: &MlsConfig,
        room: RoomId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError>;
    /// Seals `content` for whoever has the other part of the key (RFC 9180, base mode, without additional data).
    fn seal(key: &[u8], info: &[u8], content: &[u8], entropy: Entropy) -> Result<HpkeCiphertext, MlsError>;
    /// Seals `content` likewise, and exports a secret for the answer; `labels` are the info and the exporter context.
    fn seal_for_answer(
        key: &[u8],
        labels: (&[u8], &[u8]),
        content: &[u8],
        entropy: Entropy,
    ) -> Result<(HpkeCiphertext, AnswerSecret), MlsError>;
    /// Opens what was sealed so for the server, and exports the same secret.
    fn unseal_for_answer(
        config: &MlsConfig,
        server: ProviderId,
        labels: (&[u8], &[u8]),
        sealed: &HpkeCiphertext,
    ) -> Result<(Vec<u8>, AnswerSecret), MlsError>;
    /// Seals the answer: the AEAD's key and nonce follow from the secret and `salt` by HKDF (RFC 9458 §4.4).
    fn seal_answer(secret: AnswerSecret, salt: &[u8], content: &[u8]) -> Result<Vec<u8>, MlsError>;
    /// Opens the answer.
    fn unseal_answer(secret: AnswerSecret, salt: &[u8], sealed: &[u8]) -> Result<Vec<u8>, MlsError>;
    /// Verifies a signature over octets that are no MLS message.
    fn verify(key: &[u8], octets: &[u8], signature: &[u8]) -> Result<(), MlsError>;
}

/// All the MLS state of one client: identity, key packages and a group for each room.
pub trait MlsMember: Debug + Sized {
    /// A verified commit that waits to be merged.
    type Staged: Debug;
    /// The view of one group.
    type Group: MlsGroup;

    /// A client with a fresh signature key and no groups.
    fn new(config: &MlsConfig, client: ClientId, entropy: Entropy) -> Self;
    /// The client that wrote these cells (those of all `take_writes` together).
    fn recover(
        config: &MlsConfig,
        client: ClientId,
        cells: &BTreeMap<Vec<u8>, Octets>,
    ) -> Result<Self, MlsError>;
    /// The cells that changed since the last call.
    fn take_writes(&mut self) -> Writes;

    /// The newest public signature key of this client: that of all leaves that it makes from now on.
    fn own_key(&self) -> Octets;
    /// Takes a fresh signature key (RFC 9420 §7.3, ID-06). In a group the own leaf has the earlier one, and all that is sent there is
    /// signed with that, until a commit of the own is merged, whose path brings the new one. Key packages that were made before
    /// keep theirs, and can be used still.
    fn change_key(&mut self, entropy: Entropy) -> Result<(), MlsError>;
    /// How often it has done that.
    fn key_changes(&self) -> u32;
    /// Signs these octets, which are no MLS message, with the newest key.
    fn sign(&self, octets: &[u8]) -> Result<Octets, MlsError>;
    /// The same with the key of the own leaf in the room's group, where there is one; and that key.
    fn sign_in(&self, room: RoomId, octets: &[u8]) -> Result<(Octets, Octets), MlsError>;
    /// The public key with which one seals what is for this client alone, which goes with the newest signature key.
    fn sealing_key(&self) -> Result<Octets, MlsError>;
    /// Opens what was sealed for this client, with this or an earlier one.
    fn unseal(&self, info: &[u8], sealed: &HpkeCiphertext) -> Result<Vec<u8>, MlsError>;
    /// A fresh key package, whose private keys are kept.
    fn fresh_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError>;
    /// A fresh key package of last resort, whose private keys outlast the Welcomes that use it (MLS-15).
    fn last_resort_key_package(&mut self, lifetime: Lifetime, entropy: Entropy) -> Result<Octets, MlsError>;
    /// Creates the room's group with this client alone and the hub in external_senders (PROTO-81).
    /// The bundle's commit and welcome are empty.
    fn create(
        &mut self,
        room: RoomId,
        dictionary: &Dictionary,
        hub: ProviderId,
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError>;
    /// The room's group, where the client is a member; a tentative external join does not count.
    fn group(&self, room: RoomId) -> Option<&Self::Group>;
    /// Makes a proposal by reference, and keeps it.
    fn propose(&mut self, room: RoomId, proposal: &Propose, entropy: Entropy) -> Result<Octets, MlsError>;
    /// Makes a commit that covers the pending proposals in `references` and then `by_value`, in this order but that
    /// GroupContextExtensions come first (mls-extensions §4.7), always with a path.
    /// It is pending until `merge_pending`, `discard_pending`, or another commit is merged.
    fn commit(
        &mut self,
        room: RoomId,
        references: &[ProposalRef],
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError>;
    /// Makes an external commit with `by_value` (AppDataUpdates alone, removing ones too), with the SelfRemoves of `material.proposals` and,
    /// by value, their AppDataUpdates (MLS-12; a bridge, since the drafts allow no reference to the latter either), and
    /// a Remove of this client's own old leaf, if it has one, whose signature key the new one then has. The group is tentative until
    /// `merge_pending`.
    fn external_commit(
        &mut self,
        room: RoomId,
        material: &JoinMaterial,
        by_value: &[Propose],
        entropy: Entropy,
    ) -> Result<CommitBundle, MlsError>;
    /// Whether a commit of the own, or an external join, waits for its answer.
    fn has_pending_commit(&self, room: RoomId) -> bool;
    /// Applies the pending commit, or makes the tentative group the group.
    fn merge_pending(&mut self, room: RoomId) -> Result<(), MlsError>;
    /// Drops the pending commit or the tentative group.
    fn discard_pending(&mut self, room: RoomId) -> Result<(), MlsError>;
    /// Drops all pending proposals of the current epoch.
    fn clear_proposals(&mut self, room: RoomId) -> Result<(), MlsError>;
    /// Verifies a message. While an external join is tentative, only its own commit is recognised; all else is `WrongEpoch`.
    fn process(&mut self, room: RoomId, message: &Octets) -> Result<Received<Self::Staged>, MlsError>;
    /// Keeps a verified proposal as pending; keeping it twice is keeping it once.
    fn keep(&mut self, room: RoomId, message: &Octets) -> Result<(), MlsError>;
    /// Applies a verified commit; pending proposals and an own pending commit of the epoch are dropped with it.
    /// If it removes this client, the group stays readable in its last epoch until `forget`.
    fn merge(&mut self, room: RoomId, staged: Self::Staged) -> Result<(), MlsError>;
    /// Joins by a Welcome, replacing any older group of the room.
    fn join(&mut self, room: RoomId, welcome: &Octets, tree: &Octets) -> Result<(), MlsError>;
    /// A salt for what this client says next, which nobody else can foretell (content §9.2, CONT-04).
    fn fresh_salt(&self, room: RoomId, entropy: Entropy) -> Result<[u8; 16], MlsError>;
    /// Encrypts an application message in the current epoch; allowed while a commit is pending, not with pending proposals.
    /// `aad` goes with it in the clear.
    fn encrypt(
        &mut self,
        room: RoomId,
        aad: &[u8],
        payload: &[u8],
        entropy: Entropy,
    ) -> Result<Octets, MlsError>;
    /// Deletes the room's group.
    fn forget(&mut self, room: RoomId);
}

/// A hub's public view of one group: it verifies and orders, and knows no secret (ARCH-33).
pub trait MlsObserver: MlsGroup + Debug + Sized {
    /// A verified commit that waits to be merged.
    type Staged: Debug;

    /// Opens the group from what its creator handed in.
    fn open(config: &MlsConfig, room: RoomId, group_info: &Octets, tree: &Octets) -> Result<Self, MlsError>;
    /// The observer that wrote these cells.
    fn recover(config: &MlsConfig, room: RoomId, cells: &BTreeMap<Vec<u8>, Octets>)
    -> Result<Self, MlsError>;
    /// The cells that changed since the last call.
    fn take_writes(&mut self) -> Writes;
    /// Verifies a proposal or commit of the current epoch.
    fn inspect(&self, message: &Octets) -> Result<Received<Self::Staged>, MlsError>;
    /// Makes a proposal of the external sender `by`, with that server's key, and does not keep it: what it keeps, a hub
    /// keeps by `keep` (MLS-10). Whoever holds the group's public state can do so, a follower as well as the hub.
    fn propose(&self, by: ProviderId, proposal: &Propose) -> Result<Octets, MlsError>;
    /// Keeps a verified proposal as pending; keeping it twice is keeping it once.
    fn keep(&mut self, message: &Octets) -> Result<(), MlsError>;
    /// Applies a verified commit if `group_info` (without tree) belongs to the epoch that it leads to; pending proposals are
    /// dropped with it.
    fn merge(&mut self, staged: Self::Staged, group_info: &Octets) -> Result<(), MlsError>;
    /// The same with a GroupInfo in part. Rebuilds it from the GroupContext after the commit, the commit's confirmation tag and
    /// the committer's leaf, verifies it as `merge` does, and gives it (MLS-21). The presence of a ratchet tree is not looked at.
    fn merge_partial(&mut self, staged: Self::Staged, partial: &PartialGroupInfo)
    -> Result<Octets, MlsError>;
    /// The ratchet tree of the current epoch.
    fn tree(&self) -> Octets;
}
