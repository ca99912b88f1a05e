//! The room_metadata component; its update has the same form (proto §7.6).

use super::{IdentifierUri, Opaque};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

/// The component's value.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct RoomMetaData {
    /// The room's own URI.
    pub room_uri: IdentifierUri,
    /// UTF-8.
    pub room_name: Opaque,
    /// In several languages or forms.
    pub room_descriptions: Vec<RichDescription>,
    /// Where its picture is.
    pub room_avatar: IdentifierUri,
    /// UTF-8.
    pub room_subject: Opaque,
    /// UTF-8.
    pub room_mood: Opaque,
}

/// A description of the room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct RichDescription {
    /// Empty is `text/plain;charset=utf-8`.
    pub media_type: Opaque,
    /// May be empty.
    pub language_tag: Opaque,
    /// What it says.
    pub description_content: Opaque,
}
