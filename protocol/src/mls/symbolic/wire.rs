//! The private wire format of the symbolic engine: framed like MLS on the outside, postcard inside.
//!
//! `MLSMessage` = u16 version 1, u16 wire format 0xF5B0 (from the private range), `opaque<V>` with the `MessageKind` as its
//! first octet; all other objects = u16 0xF5B0, `opaque<V>`. There is one encoding of each value: octets that are not what
//! their content encodes to are malformed.

use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{Dictionary, Entropy, KeyPackageRef, Lifetime, MlsError, Octets, ProposalRef};
use crate::wire::{MessageKind, MlsBytes, Opaque, SYMBOLIC, Wire as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version in front of an `MLSMessage`.
const MLS10: [u8; 2] = [0, 1];

/// The history that led to an epoch, and with it the secret of the epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Transcript(pub [u8; 32]);

/// A key pair of a leaf or of a key package.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Key([u8; 16]);

impl Key {
    /// A fresh key.
    pub fn fresh(entropy: Entropy, label: &str) -> Self {
        let mut key = [0; 16];
        key.copy_from_slice(&entropy.of(label).0[..16]);
        Key(key)
    }
}

/// A client, and which of its signature keys: how many it has had before. Both are one number, so that who has never changed its key
/// is written as its name alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(from = "u32", into = "u32")]
pub(super) struct Holder {
    /// Who it is.
    pub client: ClientId,
    /// How many keys it has had before this one.
    pub changes: u16,
}

impl Holder {
    /// The client with the key that it began with.
    pub fn first(client: ClientId) -> Self {
        Holder { client, changes: 0 }
    }
}

impl From<u32> for Holder {
    fn from(number: u32) -> Self {
        Holder { client: ClientId(number as u16), changes: (number >> 16) as u16 }
    }
}

impl From<Holder> for u32 {
    fn from(holder: Holder) -> Self {
        u32::from(holder.changes) << 16 | u32::from(holder.client.0)
    }
}

/// A leaf of the ratchet tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Leaf {
    /// Whom its credential names, and its signature key.
    pub holder: Holder,
    /// Its encryption key, fresh with each commit and Update of the client.
    pub key: Key,
}

/// A ratchet tree without its parents, which are determined by the history.
pub(super) type Tree = BTreeMap<u32, Leaf>;

/// What a KeyPackage says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(super) struct KeyPackage {
    /// Whom its credential names, and its signature key.
    pub holder: Holder,
    /// The encryption key of its leaf.
    pub key: Key,
    /// Whether it may be used again (MLS-15).
    pub last_resort: bool,
    /// When it may be used.
    pub lifetime: Lifetime,
}

/// The GroupContext, which all members and the hub agree on.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct GroupContext {
    /// The room whose group it is.
    pub room: RoomId,
    /// The external senders.
    pub external_senders: Vec<ProviderId>,
    /// The epoch.
    pub epoch: u64,
    /// The confirmed transcript hash.
    pub transcript: Transcript,
    /// The tree hash.
    pub tree: [u8; 32],
    /// The app_data_dictionary.
    pub dictionary: Dictionary,
}

/// A GroupInfo.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct GroupInfo {
    /// Its GroupContext.
    pub context: GroupContext,
    /// The leaf of its signer.
    pub signer: u32,
    /// Its signature: whose it is.
    pub signed_by: Holder,
}

/// A Welcome: its GroupInfo can be opened with the private keys of the key packages alone.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Welcome {
    /// Whom it is for, in the order of the Adds.
    pub key_packages: Vec<KeyPackageRef>,
    /// The encrypted GroupInfo.
    pub group_info: GroupInfo,
}

/// Who a message is from, by its visible sender field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub(super) enum Author {
    /// The member at a leaf.
    Member(u32),
    /// A provider that claims to be at this place in external_senders.
    External(u32, ProviderId),
    /// The joiner of an external commit, named by the leaf in its path.
    Joiner,
}

/// A proposal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) enum Proposal {
    /// Adds a client.
    Add(KeyPackage),
    /// Replaces the author's leaf.
    Update(Leaf),
    /// Removes a leaf.
    Remove(u32),
    /// Removes the author's leaf.
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
    /// GroupContextExtensions: all that the GroupContext has of them, as they shall be.
    Extensions {
        /// The external senders.
        external_senders: Vec<ProviderId>,
        /// The app_data_dictionary, which it may not change.
        dictionary: Dictionary,
    },
    /// Ends the group in favour of the room's.
    ReInit(RoomId),
}

/// A proposal as a commit lists it.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) enum ProposalOrRef {
    /// By value.
    Value(Proposal),
    /// By reference.
    Reference(ProposalRef),
}

/// A commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Commit {
    /// Its proposals.
    pub proposals: Vec<ProposalOrRef>,
    /// The committer's new leaf; its ExternalInit, too, if the committer is a joiner.
    pub path: Leaf,
    /// The confirmation tag: the digest of the GroupContext that it leads to.
    pub confirmation: [u8; 32],
    /// The leaf for which there is no readable secret in its path: a planted bug's (MLS-19).
    pub shuts_out: Option<u32>,
}

/// What a PublicMessage carries.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) enum Body {
    /// A proposal, to be committed by reference.
    Proposal(Proposal),
    /// A commit.
    Commit(Commit),
}

/// A handshake message.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct PublicMessage {
    /// The room of its group.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: u64,
    /// The GroupContext that its signature covers; not looked at for an external author (RFC 9420 §6.1).
    pub transcript: Transcript,
    /// Who signed it.
    pub author: Author,
    /// What it carries.
    pub body: Body,
}

/// An application message: readable by whoever holds the group at `transcript`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct PrivateMessage {
    /// The room of its group.
    pub room: RoomId,
    /// Its epoch.
    pub epoch: u64,
    /// The secret under which it is encrypted.
    pub transcript: Transcript,
    /// The sender's leaf.
    pub leaf: u32,
    /// The generation in the sender's ratchet.
    pub generation: u32,
    /// Its authenticated data.
    pub aad: Octets,
    /// What it says.
    pub payload: Octets,
}

/// The content of an `MLSMessage`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) enum Message {
    /// A handshake message.
    Public(PublicMessage),
    /// An application message.
    Private(PrivateMessage),
    /// A Welcome.
    Welcome(Welcome),
}

/// A signature of what is no MLS message: the key that made it, which is a name, and what it covers.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Signature {
    /// Whose it is.
    pub signer: Signer,
    /// The hash of what was signed.
    pub content: [u8; 32],
}

/// A signature key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) enum Signer {
    /// Of leaves of a client.
    Client(Holder),
    /// Of a server.
    Server(ProviderId),
    /// Of the participants of a room, for what is sealed for them.
    Participants(RoomId),
}

impl Signer {
    /// The octets of the key.
    pub fn key(self) -> Octets {
        encode(&self).into()
    }

    /// Its signature over these octets.
    pub fn sign(self, content: &[u8]) -> Signature {
        Signature { signer: self, content: hash("mimic symbolic signature", content) }
    }
}

/// What travels without being an `MLSMessage`.
#[derive(Serialize, Deserialize)]
enum Object {
    KeyPackage(KeyPackage),
    GroupInfo(GroupInfo),
    Tree(Tree),
    Signature(Signature),
}

impl Leaf {
    /// Whom its credential names.
    pub fn client(&self) -> ClientId {
        self.holder.client
    }
}

impl KeyPackage {
    /// Whom its credential names.
    pub fn client(&self) -> ClientId {
        self.holder.client
    }

    /// Its octets.
    pub fn seal(&self) -> Octets {
        seal(&Object::KeyPackage(*self))
    }

    /// Its reference.
    pub fn reference(&self) -> KeyPackageRef {
        KeyPackageRef(hash("mimic symbolic key package", &self.seal()))
    }
}

impl GroupContext {
    /// Its digest, which is also the confirmation tag of its epoch.
    pub fn digest(&self) -> [u8; 32] {
        hash("mimic symbolic group context", &encode(self))
    }
}

impl Message {
    /// Its kind, which is visible to all that carry it.
    fn kind(&self) -> MessageKind {
        match self {
            Message::Private(_) => MessageKind::Application,
            Message::Public(PublicMessage { body: Body::Proposal(_), .. }) => MessageKind::Proposal,
            Message::Public(PublicMessage { body: Body::Commit(_), .. }) => MessageKind::Commit,
            Message::Welcome(_) => MessageKind::Welcome,
        }
    }
}

/// The octets of a message.
pub(super) fn seal_message(message: &Message) -> Octets {
    MlsBytes::symbolic(message.kind(), &encode(message)).as_slice().into()
}

/// The octets of a GroupInfo.
pub(super) fn seal_group_info(group_info: GroupInfo) -> Octets {
    seal(&Object::GroupInfo(group_info))
}

/// The octets of a tree.
pub(super) fn seal_tree(tree: Tree) -> Octets {
    seal(&Object::Tree(tree))
}

/// Reads a message.
pub(super) fn open_message(octets: &[u8]) -> Result<Message, MlsError> {
    let header = [&MLS10[..], &SYMBOLIC.to_be_bytes()].concat();
    let content = vector_behind(&header, octets).ok_or(MlsError::Malformed)?;
    let (kind, content) = content.as_slice().split_first().ok_or(MlsError::Malformed)?;
    let message = decode(content).filter(|message: &Message| message.kind() as u8 == *kind);
    message.ok_or(MlsError::Malformed)
}

/// Reads a message that is to carry a proposal.
pub(super) fn open_proposal(octets: &[u8]) -> Result<PublicMessage, MlsError> {
    match open_message(octets)? {
        Message::Public(message) if matches!(message.body, Body::Proposal(_)) => Ok(message),
        _ => Err(MlsError::Malformed),
    }
}

/// Reads a Welcome.
pub(super) fn open_welcome(octets: &[u8]) -> Result<Welcome, MlsError> {
    match open_message(octets)? {
        Message::Welcome(welcome) => Ok(welcome),
        _ => Err(MlsError::Malformed),
    }
}

/// The octets of a signature.
pub(super) fn seal_signature(signature: Signature) -> Octets {
    seal(&Object::Signature(signature))
}

/// Reads a signature.
pub(super) fn open_signature(octets: &[u8]) -> Result<Signature, MlsError> {
    match open(octets)? {
        Object::Signature(signature) => Ok(signature),
        _ => Err(MlsError::Malformed),
    }
}

/// Reads a KeyPackage.
pub(super) fn open_key_package(octets: &[u8]) -> Result<KeyPackage, MlsError> {
    match open(octets)? {
        Object::KeyPackage(key_package) => Ok(key_package),
        _ => Err(MlsError::Malformed),
    }
}

/// Reads a GroupInfo.
pub(super) fn open_group_info(octets: &[u8]) -> Result<GroupInfo, MlsError> {
    match open(octets)? {
        Object::GroupInfo(group_info) => Ok(group_info),
        _ => Err(MlsError::Malformed),
    }
}

/// Reads a tree.
pub(super) fn open_tree(octets: &[u8]) -> Result<Tree, MlsError> {
    match open(octets)? {
        Object::Tree(tree) => Ok(tree),
        _ => Err(MlsError::Malformed),
    }
}

/// A hash for the use `label`.
pub(super) fn hash(label: &str, octets: &[u8]) -> [u8; 32] {
    blake3::derive_key(label, octets)
}

/// The postcard encoding: it has no way to fail for values that are held in memory.
pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("plain values in memory have an encoding")
}

/// Reads a whole postcard encoding, the one that `encode` gives: postcard by itself knows several.
pub(super) fn decode<T: Serialize + DeserializeOwned>(octets: &[u8]) -> Option<T> {
    let value = postcard::from_bytes(octets).ok()?;
    (encode(&value) == octets).then_some(value)
}

fn seal(object: &Object) -> Octets {
    [&SYMBOLIC.to_be_bytes()[..], &Opaque::from(encode(object)).encode()].concat().into()
}

fn open(octets: &[u8]) -> Result<Object, MlsError> {
    let content = vector_behind(&SYMBOLIC.to_be_bytes(), octets).ok_or(MlsError::Malformed)?;
    decode(content.as_slice()).ok_or(MlsError::Malformed)
}

fn vector_behind(header: &[u8], octets: &[u8]) -> Option<Opaque> {
    Opaque::decode(octets.strip_prefix(header)?).ok()
}
