//! The role that a user is added with in the seeded part.

use serde::{Serialize, Serializer};

/// A role of the room, by its name and by its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// Its name in the room's policy.
    pub name: String,
    /// What the participant list calls it.
    pub index: u32,
}

/// Two files that say the same differ in nothing else.
impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.name.serialize(serializer)
    }
}
