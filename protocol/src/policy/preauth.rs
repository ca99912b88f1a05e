//! The role that a credential's claims give, by the room's preauth_list (room-policy §4).

use crate::directory::Directory;
use crate::ids::Actor;
use crate::room::Standing;

/// The role of the first entry all of whose claims `actor` makes (POL-09, POL-10): an entry without claims is for everybody,
/// and an entry whose role is not defined gives no role to those that it matches, nor does a later one.
pub fn preauthorised_role(directory: &Directory, standing: &Standing, actor: Actor) -> Option<u32> {
    let entries = &standing.components.preauth.as_ref()?.preauthorized_entries;
    let matches = |claims: &[_]| claims.iter().all(|claim| directory.makes_claim(actor, claim));
    let first = entries.iter().find(|entry| matches(&entry.claimset))?;
    standing.role(first.target_role).map(|role| role.role_index)
}
