//! How a GroupInfo and its ratchet tree travel (ratchet-tree-options-03, proto §5.3).

use super::mls::Extension;
use super::{GroupInfoBytes, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// Where to find the ratchet tree of a group.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum RatchetTreeOption {
    /// Here: the content of `optional<Node> ratchet_tree<V>` (AMB-16), unread.
    #[tls_codec(discriminant = 1)]
    Full(Opaque),
    /// On the web.
    #[tls_codec(discriminant = 2)]
    HttpsUri {
        /// Where.
        url: Opaque,
        /// Over the tree that is found there.
        tree_signature: Opaque,
    },
    /// Elsewhere.
    #[tls_codec(discriminant = 3)]
    OutOfBand {
        /// Over the tree that is found elsewhere.
        tree_signature: Opaque,
    },
    /// The hub has tracked it.
    #[tls_codec(discriminant = 4)]
    DistributionService,
}

/// What became of the ratchet tree extension, compared with the GroupInfo before.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum RatchetTreePresence {
    /// There is none, as before.
    NoRatchetTree = 0,
    /// There is one, as before.
    Present = 1,
    /// There is none any more.
    Removed = 2,
    /// There is one now.
    Added = 3,
}

/// What a hub cannot know of a GroupInfo; it rebuilds the rest from the one before.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct PartialGroupInfo {
    /// What became of the ratchet tree extension.
    pub ratchet_tree_presence: RatchetTreePresence,
    /// All other extensions.
    pub extensions: Vec<Extension>,
    /// The committer's, over the whole GroupInfo.
    pub signature: Opaque,
}

/// The GroupInfo that comes with a commit, whole or in part (proto §5.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum GroupInfoOption {
    /// All of it, without the ratchet tree.
    #[tls_codec(discriminant = 1)]
    Full(GroupInfoBytes),
    /// What the hub cannot know.
    #[tls_codec(discriminant = 2)]
    Partial(PartialGroupInfo),
}
