//! Who may do what in a room (room-policy-03).
//!
//! Two questions, asked one after the other: does the actor's role authorise this change ([`authorise`], once for each actor
//! of a commit, AMB-18), and may the room be in the state that all of it together leads to ([`check_constraints`], AMB-19;
//! beside the hub's other rooms, [`check_surroundings`]; and as its hub would have it, [`Envelope`])?
//!
//! What a hub cannot see is for clients: [`may_use`] says which kinds of message, asset and call a user may make, and
//! the functions beside it what they must be like.

mod authorise;
mod capability;
mod change;
mod constraints;
mod content;
mod counts;
mod denied;
mod edit;
mod envelope;
pub mod examples;
mod joining;
mod policy_changes;
mod preauth;
mod surroundings;
mod usage;

pub use authorise::{authorise, may_add_own_client, may_send};
pub use capability::Capability;
pub use change::Change;
pub use constraints::{Shortfalls, check_change, check_constraints, check_hidden, check_unbounded};
pub use content::{Asset, Notice, Unfit, check_asset, check_expiration, check_history, notices, takes_epoch};
pub use counts::{Populated, check_counts_before};
pub use denied::Denied;
pub use edit::{BaseChange, Bounds, Edit, OperationalChange, Text, updates_between};
pub use envelope::{Envelope, OutOfEnvelope};
pub use joining::joinable_roles;
pub use preauth::preauthorised_role;
pub use surroundings::{Surroundings, check_surroundings, orphans};
pub use usage::{AssetKind, Enforcer, Usage, Whose, may_use};
