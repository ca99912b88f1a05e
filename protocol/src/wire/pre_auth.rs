//! The preauth_list component; its update has the same form (pol §4).

use super::Opaque;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The component's value: the first entry that matches counts.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct PreAuthData {
    /// The entries, in their order.
    pub preauthorized_entries: Vec<PreAuthRoleEntry>,
}

/// Which claims make which role.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct PreAuthRoleEntry {
    /// All of them have to match.
    pub claimset: Vec<Claim>,
    /// The index of the role (AMB-09).
    pub target_role: u32,
}

/// Something that a credential says of its holder.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Claim {
    /// What about.
    pub claim_id: ClaimId,
    /// What.
    pub claim_value: Opaque,
}

/// The name of a claim.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ClaimId {
    /// The MLS credential type that has such claims.
    pub credential_type: u16,
    /// Its name there.
    pub id: Opaque,
}
