//! MIMI itself, sans-IO: providers, clients, room policy and wire formats, generic over the MLS engine.
//!
//! # The node contract
//!
//! There are two kinds of node. A *provider* is one server: hub of some rooms, follower in others, with its key packages,
//! one disk, one address. A *client* is one device. Both hold any number of rooms. A node never does I/O:
//!
//! ```text
//! node.handle(now_ms, entropy, input) -> outputs        one mutation, then drain
//! Node::recover(config, cells)                          rebuilt from its durable records
//! ```
//!
//! * Inputs ([`node::Input`]): a request or an answer of a peer, an exchange that failed, an intent of the local user, a timer.
//! * Outputs ([`node::Output`]): `Persist`, `Send`, `Reply`, `Wake`, `Observe`. One step writes at most one record, and it
//!   comes first: whatever else the step puts out may leave the node only once that record is durable. The driver enforces
//!   it, and a crash between the two is a fault that it injects.
//! * Time and entropy are arguments. Equal state and equal arguments give equal outputs. State holds nothing that two equal
//!   situations could differ in: no attempt counters, no times, no caches beyond the protocol's.
//! * Users' intents are durable, and retried until they are done or refused for good. A commit whose answer was lost is
//!   *uncertain*: the client sends the same octets again, and the hub's order settles it when the commit that ended the epoch
//!   comes back through the client's own queue. A client changes epoch on that echo only, never on an answer (OPEN-07,
//!   on-echo), so that every client applies events in the hub's order (INV-08).
//! * Ids inside, URIs at the wire edge ([`codec`], [`wire`]).

pub mod assets;
mod capabilities;
pub mod client;
pub mod codec;
mod config;
pub mod content;
pub mod decoders;
pub mod directory;
mod durable;
mod epoch_view;
pub mod http;
mod identity;
pub mod ids;
pub mod ledger;
pub mod mls;
pub mod mutant;
pub mod node;
mod ohttp;
mod origins;
pub mod plans;
pub mod policy;
pub mod profile;
pub mod provider;
pub mod readings;
pub mod room;
mod sealing;
pub mod signing;
mod stamps;
mod step;
mod trees;
pub mod uri;
mod voided;
pub mod vouching;
pub mod wire;

pub use client::Client;
pub use config::NodeConfig;
pub use directory::Directory;
pub use epoch_view::EpochView;
pub use ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
pub use mutant::{Mutant, Planted};
pub use plans::{ChangeId, Discretion, LinkId, Plans, PolicyChange, Query, QueryId};
pub use provider::Provider;
pub use readings::Readings;
