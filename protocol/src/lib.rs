//! MIMI itself, sans-IO: providers, clients, room policy and wire formats, generic over the MLS engine.

pub mod directory;
pub mod ids;
pub mod mutant;
pub mod readings;
pub mod uri;
pub mod wire;

pub use directory::Directory;
pub use ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
pub use mutant::{Mutant, Planted};
pub use readings::Readings;
