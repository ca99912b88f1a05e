//! What a part of a message is meant for (content §4.4, §8.2.2).

use serde::{Deserialize, Serialize};

/// The disposition of a part. What is not registered is kept as it came, and treated as `render` (content §9.1, CONT-15).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Disposition {
    /// 0: no hint is given.
    Unspecified,
    /// 1: shown as local policy says.
    Render,
    /// 2: a single reaction to another message.
    Reaction,
    /// 3: a profile of a participant or room.
    Profile,
    /// 4: shown in the chat itself.
    Inline,
    /// 5: an icon.
    Icon,
    /// 6: to be fetched and not shown at once.
    Attachment,
    /// 7: a session, or a URI by which to join one.
    Session,
    /// 8: a preview that the sender made.
    Preview,
    /// 9 to 255: registered by nobody.
    Unknown(u8),
}

use Disposition::*;

const REGISTERED: [Disposition; 9] =
    [Unspecified, Render, Reaction, Profile, Inline, Icon, Attachment, Session, Preview];

impl Disposition {
    /// The disposition with this value.
    pub fn from_value(value: u8) -> Self {
        REGISTERED.get(usize::from(value)).copied().unwrap_or(Unknown(value))
    }

    /// Its value.
    pub fn value(self) -> u8 {
        match self {
            Unspecified => 0,
            Render => 1,
            Reaction => 2,
            Profile => 3,
            Inline => 4,
            Icon => 5,
            Attachment => 6,
            Session => 7,
            Preview => 8,
            Unknown(value) => value,
        }
    }

    /// What a receiver treats it as (content §9.1, CONT-15, CONT-21).
    pub fn effective(self) -> Self {
        if matches!(self, Unknown(_)) { Render } else { self }
    }
}
