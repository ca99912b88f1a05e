//! What goes over the wire: the structs of protocol-06 and of the policy components, in TLS presentation language.
//!
//! Every struct is a [`Wire`]: `encode` gives its octets, `decode` takes exactly those octets and nothing more. Decoding
//! is strict (lengths in minimal form, closed enums, flags 0 or 1), so whatever decodes also encodes to the same octets,
//! and it allocates no more than a small multiple of its input. URIs stay octets here; ids are resolved after decoding.

pub mod abuse_report;
pub mod app_data;
pub mod asset_policy;
pub mod base_room_policy;
pub mod consent;
mod error;
pub mod franking;
pub mod group_info;
pub mod identifier;
pub mod identifier_query;
pub mod join_links;
pub mod key_material;
pub mod mls;
pub mod mls_bytes;
pub mod notify;
pub mod operational_parameters;
pub mod participant_list;
pub mod policy;
pub mod pre_auth;
pub mod pseudonym;
pub mod ratchet_tree;
pub mod role_data;
pub mod room_metadata;
pub mod scalar;
mod serde_encoded;
pub mod state_log;
pub mod submit_message;
pub mod update;
pub mod voucher;

pub use error::{Malformed, WireError};
pub use identifier::IdentifierUri;
pub use mls_bytes::{GroupInfoBytes, KeyPackageBytes, MessageKind, MlsBytes, SYMBOLIC, WelcomeBytes};
pub use scalar::{Flag, Optionality, Protocol};

use tls_codec::{DeserializeBytes, Serialize, VLByteVec};

/// `opaque<V>`: octets that a struct does not look into, their length in front (RFC 9420 §2.1.2).
pub type Opaque = VLByteVec;

/// A struct with an encoding of its own.
pub trait Wire: Serialize + DeserializeBytes + Sized {
    /// The octets of the struct.
    ///
    /// # Panics
    ///
    /// If one of its vectors is longer than the 2^30 - 1 octets that a length can say (RFC 9420 §2.1.2).
    fn encode(&self) -> Vec<u8> {
        self.tls_serialize_detached().expect("no vector of a message reaches 2^30 octets")
    }

    /// The struct that is encoded by all of `bytes`.
    fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        Ok(Self::tls_deserialize_exact_bytes(bytes)?)
    }
}

impl<T: Serialize + DeserializeBytes> Wire for T {}
