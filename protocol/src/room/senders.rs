//! Which servers belong into a room's external_senders (proto §7.4, PROTO-81, INV-16).

use super::Standing;
use crate::directory::Directory;
use crate::ids::{ProviderId, RoomId};
use crate::readings::{ExternalSenders, Readings};
use std::collections::BTreeSet;

/// What becomes of these external senders if the room stands so: the hub, who is there already and has a participant, and, where
/// that is how it is read, the servers that have one now. The order stays: proposals name their sender by its place.
pub fn external_senders(
    directory: &Directory,
    readings: Readings,
    room: RoomId,
    present: &[ProviderId],
    standing: &Standing,
) -> Vec<ProviderId> {
    let hub = directory.hub_of(room);
    let with_participant = providers(directory, standing);
    let mut senders = present.to_vec();
    senders.retain(|server| *server == hub || with_participant.contains(server));
    if readings.external_senders == ExternalSenders::Followers {
        let new = with_participant.into_iter().filter(|server| !present.contains(server) && *server != hub);
        senders.extend(new);
    }
    senders
}

/// The providers with somebody who takes part.
fn providers(directory: &Directory, standing: &Standing) -> BTreeSet<ProviderId> {
    let users = standing.participants.iter().map(|participant| participant.user);
    users.filter(|user| standing.may_take_part(*user)).map(|user| directory.provider_of(user)).collect()
}
