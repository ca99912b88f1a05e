//! Who may do what in a room (room-policy-03).
//!
//! Two questions, asked one after the other: does the actor's role authorise this change ([`authorise`], once for each actor
//! of a commit, AMB-18), and may the room be in the state that all of it together leads to ([`check_constraints`], AMB-19)?

mod authorise;
mod capability;
mod change;
mod constraints;
mod denied;
pub mod examples;

pub use authorise::{authorise, may_add_own_client, may_send};
pub use capability::Capability;
pub use change::Change;
pub use constraints::check_constraints;
pub use denied::Denied;
