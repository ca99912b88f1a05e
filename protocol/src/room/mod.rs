//! What a room is beside its MLS group: participants, roles and policy, as components of the app_data_dictionary.

mod app_data;
mod base_policy;
pub mod component;
mod components;
mod links;
mod log;
mod participants;
mod role;
mod senders;
mod standing;
mod wellformed;

pub use app_data::{
    AppDataError, Conflict, app_data_updates, apply_updates, check_conflicts, standing_after,
    update_component,
};
pub use base_policy::BasePolicy;
pub use components::Components;
pub use links::apply_link_updates;
pub use log::{Log, RoomLog, Sequences, StateEvent};
pub use participants::{ListError, apply_list_updates};
pub use role::{BANNED, NOT_LISTED, Role, RolesError, decode_roles};
pub use senders::external_senders;
pub use standing::{ListChange, Participant, RoomState, Standing};
pub use wellformed::ComponentError;

/// A component is missing, is not what the draft encodes, or names a user that is not in this world.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a component of the room's state is malformed")]
pub struct Malformed;
