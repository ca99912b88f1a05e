//! The join_link_policy and join_links components (pol §6.2).

use super::{Flag, IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// What new join links are like; its update has the same form.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct JoinLinkPolicy {
    /// At most one link is kept, and whoever wants one asks for it.
    pub on_request: Flag,
    /// Where to ask; may be empty (AMB-10).
    pub join_link: IdentifierUri,
    /// A link is for more than one user.
    pub multiuser: Flag,
    /// For how many seconds a new link is good. The draft does not say what 0 means; here it is no limit.
    pub expiration: u32,
}

/// The links that are there; positions matter.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct JoinLinksData {
    /// The links (AMB-10).
    pub links: Vec<Opaque>,
}

/// The update of the links: first removals, then additions at the end.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct JoinLinksUpdate {
    /// Which are removed, by position.
    pub removed_indices: Vec<u32>,
    /// Which are appended.
    pub added_links: Vec<Opaque>,
}
