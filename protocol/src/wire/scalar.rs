//! The small types of the presentation language that the codec does not have.

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// `bool` (pol §5): one octet, 0 or 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum Flag {
    /// `false`
    False = 0,
    /// `true`
    True = 1,
}

impl From<bool> for Flag {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl From<Flag> for bool {
    fn from(flag: Flag) -> Self {
        flag == Flag::True
    }
}

/// `Optionality` (pol §6.1); `required` is also called mandatory (AMB-13).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum Optionality {
    /// Everybody decides alone.
    Optional = 0,
    /// Everybody does it.
    Required = 1,
    /// Nobody does it.
    Forbidden = 2,
}

/// The protocol that protects a room (proto §5): MLS 1.0 is the only one there is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum Protocol {
    /// MLS 1.0 (RFC 9420).
    Mls10 = 1,
}
