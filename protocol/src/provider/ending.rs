//! How a room's group ends, and whether the room goes on with another one (room-policy §2, §5; RFC 9420 §11.2).

use super::hub::HubRoom;
use crate::config::NodeConfig;
use crate::durable::Durable;
use crate::ids::{ClientId, RoomId};
use crate::mls::{Mls, Octets, ProposalInfo, Proposed};
use crate::mutant::Mutant;
use crate::room::Standing;
use crate::step::Step;
use std::collections::BTreeMap;

impl<M: Mls> HubRoom<M> {
    /// A commit was accepted: if it ends the group, that is for good.
    pub(super) fn note_end(&mut self, step: &mut Step, proposals: &[ProposalInfo]) {
        let successor = proposals.iter().find_map(|proposal| match proposal.body {
            Proposed::ReInit(room) => Some(room),
            _ => None,
        });
        if successor.is_some() {
            self.successor.set(successor);
            self.successor.store(step, || key(self.room));
        }
    }
}

pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, room: RoomId) -> Durable<Option<RoomId>> {
    Durable::recover(cells, &key(room)).unwrap_or_default()
}

/// Whether the client may open a room as `new` in the place of one that stood as `old` when its group ended: a persistent
/// room goes on as it was, by whoever takes part in it, and a temporary one does not (POL-02, POL-19).
pub(super) fn may_continue(config: &NodeConfig, old: &Standing, new: &Standing, creator: ClientId) -> bool {
    let takes_part = old.may_take_part(config.directory().user_of(creator));
    let persists = old.base.persistent_room || config.planted.is(Mutant::RoomsComeBack);
    persists && takes_part && old == new
}

fn key(room: RoomId) -> Vec<u8> {
    [b"he/", &room.0.to_be_bytes()[..]].concat()
}
