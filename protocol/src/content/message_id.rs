//! The message ID: a hash over sender, room and content (content §3.3).

use super::{ContentError, SALT_OCTETS};
use crate::uri::MimiUri;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The number of SHA-256 in the registry of named information hash algorithms.
const SHA_256: u8 = 1;

/// The name of a message, for all who have read it: its first octet says by which hash, SHA-256 being the only one so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId([u8; 32]);

impl MessageId {
    /// The ID of the message with these octets, whatever the cipher suite of the group (CONT-05). The salt stands in the
    /// message already; it is hashed again at the end, so that nobody can extend the message.
    pub fn of(sender: &MimiUri, room: &MimiUri, message: &[u8], salt: &[u8; SALT_OCTETS]) -> Self {
        let mut hash = Sha256::new();
        for uri in [sender, room] {
            // No URI of a directory is longer than a length can say; of one that were, the rest would count as message.
            hash.update((uri.as_str().len() as u16).to_be_bytes());
            hash.update(uri.as_str());
        }
        hash.update(message);
        hash.update(salt);
        let mut id = [SHA_256; 32];
        id[1..].copy_from_slice(&hash.finalize()[..31]);
        Self(id)
    }

    /// The ID that these octets are.
    pub fn parse(octets: &[u8]) -> Result<Self, ContentError> {
        let id: [u8; 32] = octets.try_into().map_err(|_| ContentError::MessageIdLength)?;
        // content §9.1, CONT-20.
        if id[0] == SHA_256 { Ok(Self(id)) } else { Err(ContentError::UnknownHash) }
    }

    /// Its octets.
    pub fn octets(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
