//! The mls_operational_policy component; its update has the same form (pol §7.1).

use super::Flag;
use super::asset_policy::MediaType;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The component's value.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct OperationalParameters {
    /// What clients must be able to do.
    pub mandatory_capabilities: ExtendedCapabilities,
    /// What they are taken to be able to do.
    pub default_capabilities: ExtendedCapabilities,
    /// What they must not do.
    pub forbidden_capabilities: ExtendedCapabilities,
    /// The wire formats of handshakes.
    pub handshake_formats: Vec<u16>,
    /// Whether there are proposals of outsiders.
    pub external_proposal_allowed: Flag,
    /// Whether there are commits of outsiders.
    pub external_commit_allowed: Flag,
    /// Who commits what is pending, and when.
    pub pending_proposal_policy: PendingProposalPolicy,
    /// How often a client takes fresh keys.
    pub leaf_node_update_time: MinDefaultMaxTime,
    /// What holds for application messages.
    pub app_message_policy: AppMessagePolicy,
    /// The longest lifetime of a key package.
    pub max_kp_lifetime: u64,
    /// The longest lifetime of a credential.
    pub max_credential_lifetime: u64,
    /// How long the secret for resumption is kept.
    pub resumption_psk_lifetime: u64,
    /// How long unused keys of a sender are kept.
    pub sender_nonce_keypair_lifetime: MinDefaultMaxTime,
    /// How many of them are kept.
    pub max_keypairs: u32,
    /// How long messages that cannot be read yet are kept.
    pub buffer_incoming_message_time: MinDefaultMaxTime,
    /// How many of them are kept.
    pub max_buffered_messages: u32,
}

impl OperationalParameters {
    /// Parameters under which everything goes as without any.
    pub fn usual() -> Self {
        let (time, none) = (MinDefaultMaxTime::default(), ExtendedCapabilities::default());
        Self {
            mandatory_capabilities: none.clone(),
            default_capabilities: none.clone(),
            forbidden_capabilities: none,
            handshake_formats: Vec::new(),
            external_proposal_allowed: Flag::True,
            external_commit_allowed: Flag::True,
            pending_proposal_policy: PendingProposalPolicy::Unspecified,
            leaf_node_update_time: time,
            app_message_policy: AppMessagePolicy::default(),
            max_kp_lifetime: 0,
            max_credential_lifetime: 0,
            resumption_psk_lifetime: 0,
            sender_nonce_keypair_lifetime: time,
            max_keypairs: 0,
            buffer_incoming_message_time: time,
            max_buffered_messages: 0,
        }
    }
}

/// What clients can do, by code points.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ExtendedCapabilities {
    /// Protocol versions.
    pub versions: Vec<u16>,
    /// Cipher suites.
    pub cipher_suites: Vec<u16>,
    /// Extensions.
    pub extensions: Vec<u16>,
    /// Proposals.
    pub proposals: Vec<u16>,
    /// Credential types.
    pub credentials: Vec<u16>,
    /// Wire formats.
    pub wire_formats: Vec<u16>,
    /// Components.
    pub component_ids: Vec<u16>,
    /// Components in the authenticated data.
    pub safe_aad_types: Vec<u16>,
    /// Media types.
    pub media_types: Vec<MediaType>,
    /// Content types.
    pub content_types: Vec<u8>,
}

/// When members commit what is pending (AMB-14).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum PendingProposalPolicy {
    /// Nothing is said.
    #[tls_codec(discriminant = 0)]
    Unspecified,
    /// At once.
    #[tls_codec(discriminant = 1)]
    ImmediateCommit,
    /// After a random delay.
    #[tls_codec(discriminant = 2)]
    RandomDelay {
        /// Its lower bound.
        minimum_delay_ms: u64,
        /// Its upper bound.
        maximum_delay_ms: u64,
    },
}

/// A time and its bounds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct MinDefaultMaxTime {
    /// Not shorter.
    pub minimum_time: u64,
    /// What is preferred.
    pub default_time: u64,
    /// Not longer.
    pub maximum_time: u64,
}

/// What holds for application messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct AppMessagePolicy {
    /// How many epochs late a message may be.
    pub epoch_tolerance: u8,
    /// Messages are padded to a multiple of this.
    pub pad_to_size: u16,
    /// How many generations a client skips for one message.
    pub max_generations_skipahead: u32,
}
