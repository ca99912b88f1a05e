//! What is compared: outcomes and views without anything that is one engine's own.

use mimic_protocol::mls::{ContentKind, Dictionary, Leaves, MlsError, Sender};
use mimic_protocol::{ClientId, ProviderId};

/// What came of a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It was rejected.
    Failed(MlsError),
    /// It was accepted, and says nothing more.
    Done,
    /// A key package of this client.
    KeyPackage(ClientId),
    /// A new message.
    Message { number: usize, epoch: u64, content: ContentKind },
    /// A new commit, or a new group.
    Bundle(Bundle),
    /// A valid proposal.
    Proposal(Info),
    /// A valid commit.
    Commit(CommitView),
    /// The own commit.
    OwnCommit,
    /// An application message.
    Decrypted { sender: ClientId, payload: Vec<u8> },
    /// The own application message.
    OwnMessage,
}

/// What a bundle shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bundle {
    pub number: usize,
    /// The key packages that its Welcome is for.
    pub adds: Option<Vec<usize>>,
    pub epoch: u64,
    /// The number of its context digest.
    pub context: usize,
    pub has_commit: bool,
}

/// A proposal.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Info {
    /// The number of its reference.
    pub number: Option<usize>,
    pub sender: Sender,
    pub body: String,
}

/// A commit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitView {
    sender: Sender,
    epoch: u64,
    /// All proposals, sorted: RFC 9420 §12.3 applies them by type, and so leaves committers free to list them by type.
    proposals: Vec<Info>,
    /// Adds and AppDataUpdates in commit order, the only types for which it matters (§12.1.1, mls-extensions §4.7).
    in_order: Vec<Info>,
    leaves: Leaves,
    dictionary: Dictionary,
}

/// What everybody sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct View {
    /// Each client's group, and whether an own commit waits.
    pub clients: Vec<(Option<GroupView>, bool)>,
    pub hub: Option<GroupView>,
}

/// What one party sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GroupView {
    pub epoch: u64,
    pub leaves: Leaves,
    pub dictionary: Dictionary,
    pub external_senders: Vec<ProviderId>,
    pub pending: Vec<Info>,
    /// How many clients have a signature key in their leaves that is not their newest.
    pub old_keys: usize,
    /// The number of the context digest.
    pub digest: usize,
    /// The digest itself, until it is numbered.
    pub raw_digest: [u8; 32],
}

impl Outcome {
    pub fn of(result: Result<(), MlsError>) -> Self {
        result.map_or_else(Outcome::Failed, |()| Outcome::Done)
    }

    /// Why it was rejected, if it was.
    pub fn error(&self) -> Option<MlsError> {
        match self {
            Outcome::Failed(error) => Some(*error),
            _ => None,
        }
    }
}

impl CommitView {
    pub fn new(
        sender: Sender,
        epoch: u64,
        proposals: Vec<Info>,
        leaves: Leaves,
        dictionary: Dictionary,
    ) -> Self {
        let ordered = |info: &&Info| info.body.starts_with("add") || info.body.starts_with("AppData");
        // Adds and updates do not depend on each other: each type keeps its own order.
        let mut in_order: Vec<_> = proposals.iter().filter(ordered).cloned().collect();
        in_order.sort_by_key(|info| info.body.starts_with("add"));
        let mut proposals = proposals;
        proposals.sort();
        CommitView { sender, epoch, proposals, in_order, leaves, dictionary }
    }
}

impl View {
    /// All groups.
    pub fn groups(&mut self) -> impl Iterator<Item = &mut GroupView> {
        self.clients.iter_mut().filter_map(|(group, _)| group.as_mut()).chain(self.hub.as_mut())
    }
}
