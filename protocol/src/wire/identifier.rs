//! An identifier as a message carries it (proto §5.2).

use super::Opaque;
use crate::uri::MimiUri;
use std::fmt;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The octets of a URI. Whether they are a MIMI URI, and whom it names, is for the receiver to find out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct IdentifierUri(pub Opaque);

impl IdentifierUri {
    /// The octets of the URI, as [`Directory::resolve`](crate::Directory::resolve) takes them.
    pub fn as_slice(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl From<&MimiUri> for IdentifierUri {
    fn from(uri: &MimiUri) -> Self {
        Self(uri.as_str().as_bytes().into())
    }
}

impl fmt::Debug for IdentifierUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&String::from_utf8_lossy(self.as_slice()), f)
    }
}
