//! How a room begins at its hub, by what its creator hands in (PROTO-04, ARCH-14).

use super::Provider;
use super::hub::HubRoom;
use crate::durable::Durable;
use crate::ids::{NodeId, RoomId};
use crate::mls::{Mls, Octets};
use crate::mutant::Mutant;
use crate::node::{Fact, MessageId};
use crate::step::Step;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The openings that were refused. A repetition of one is refused as well, whatever has become of the reason: its creator has
/// given up, and would know nothing of the room.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub(super) struct RefusedOpenings(BTreeSet<MessageId>);

impl RefusedOpenings {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>) -> Durable<Self> {
        Durable::recover(cells, KEY).unwrap_or_default()
    }
}

/// The cell.
const KEY: &[u8] = b"refused";

impl<M: Mls> Provider<M> {
    /// Whether the room is open now with what the client has handed in.
    pub(super) fn open(
        &mut self,
        step: &mut Step,
        from: NodeId,
        room: RoomId,
        (group_info, tree, state): (Octets, Octets, Option<Octets>),
    ) -> bool {
        let Some(client) = self.own_client(from) else { return false };
        // A repetition of the request that opened the room is answered as the first one was.
        if let Some(hub) = self.hosted.get(&room) {
            return hub.was_opened_with(&group_info);
        }
        let is_foreign = self.config.directory().hub_of(room) != self.id;
        if is_foreign && !self.config.planted.is(Mutant::OpensForeignRooms) {
            return false;
        }
        let parts = [&*group_info, &*tree, state.as_deref().unwrap_or_default()];
        let opening = MessageId::of(&parts.concat());
        if self.refused.0.contains(&opening) {
            return false;
        }
        let others = self.rooms_beside(room);
        let before = self.hosted.values().find(|hub| *hub.successor == Some(room));
        let before = before.map(|hub| hub.state().committed.clone());
        let beside = (&others, before.as_deref());
        let opened = HubRoom::open(step, &self.config, (room, client), (group_info, tree, state), beside);
        let Some(hub) = opened else {
            if !self.config.planted.is(Mutant::ForgetsRefusals) {
                self.refused.0.insert(opening);
                self.refused.store(step, || KEY.to_vec());
            }
            return false;
        };
        self.hosted.insert(room, hub);
        step.observe(Fact::Opened { room });
        self.subscribe(step, room, client);
        true
    }
}
