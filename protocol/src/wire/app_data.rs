//! Application state in an MLS group: the app_data_dictionary and its updates (mls-extensions §4.6, §4.7).

use super::{Malformed, Opaque};
use std::io::Write;
use tls_codec::{DeserializeBytes, Error, Serialize, Size, TlsDeserializeBytes, TlsSerialize, TlsSize};

/// One entry of the dictionary.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ComponentData {
    /// Whose state it is.
    pub component_id: u16,
    /// The state.
    pub data: Opaque,
}

/// The dictionary: entries in ascending order of their ids, each at most once.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct AppDataDictionary {
    /// The entries.
    pub component_data: Vec<ComponentData>,
}

impl Size for AppDataDictionary {
    fn tls_serialized_len(&self) -> usize {
        self.component_data.tls_serialized_len()
    }
}

impl Serialize for AppDataDictionary {
    fn tls_serialize<W: Write>(&self, writer: &mut W) -> Result<usize, Error> {
        self.component_data.tls_serialize(writer)
    }
}

impl DeserializeBytes for AppDataDictionary {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (component_data, rest) = Vec::<ComponentData>::tls_deserialize_bytes(bytes)?;
        if component_data.is_sorted_by(|a, b| a.component_id < b.component_id) {
            Ok((Self { component_data }, rest))
        } else {
            Err(Malformed::NotSorted.into())
        }
    }
}

/// The body of an AppDataUpdate proposal.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct AppDataUpdate {
    /// Whose state it changes.
    pub component_id: u16,
    /// How.
    pub operation: AppDataOperation,
}

impl AppDataUpdate {
    /// An update, in the component's own format.
    pub fn update(component_id: u16, update: &[u8]) -> Self {
        Self { component_id, operation: AppDataOperation::Update(update.into()) }
    }

    /// The removal of the component's state.
    pub fn remove(component_id: u16) -> Self {
        Self { component_id, operation: AppDataOperation::Remove }
    }
}

/// What an AppDataUpdate does.
#[derive(Clone, PartialEq, Eq, Hash, Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
#[repr(u8)]
pub enum AppDataOperation {
    /// The component's own rules say what this makes of its state.
    #[tls_codec(discriminant = 1)]
    Update(Opaque),
    /// The state is removed.
    #[tls_codec(discriminant = 2)]
    Remove,
}
