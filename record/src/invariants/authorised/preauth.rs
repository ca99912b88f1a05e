//! Who is preauthorised for which role (room-policy §4).

use mimic_protocol::Directory;
use mimic_protocol::ids::Actor;
use mimic_protocol::room::Standing;

/// "the requesting client receives the first role which matches its claims", and a role that is not there is none.
pub(super) fn first_match(directory: &Directory, standing: &Standing, actor: Actor) -> Option<u32> {
    for entry in &standing.components.preauth.as_ref()?.preauthorized_entries {
        let mut claims = entry.claimset.iter();
        if claims.all(|claim| directory.makes_claim(actor, claim)) {
            return standing.role(entry.target_role).is_some().then_some(entry.target_role);
        }
    }
    None
}
