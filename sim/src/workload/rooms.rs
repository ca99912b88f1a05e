//! Several rooms: which there are, which could be opened, and which one goes on in the place of another.

use super::room::{Choice, Room};
use crate::kernel::Unresolved;
use crate::scenario::{Room as Planned, Scenario};
use mimic_protocol::node::{Action, Deed};
use mimic_protocol::policy::{Capability, Surroundings, check_surroundings};
use mimic_protocol::{ClientId, Directory, NodeId, RoomId};
use mimic_record::{HubView, NodeView, Views};
use std::collections::BTreeSet;

/// A hub's view of a room that it has.
pub(super) fn hub<'v>(scenario: &Scenario, views: &'v Views, room: RoomId) -> Option<&'v HubView> {
    let planned = scenario.rooms().nth(usize::from(room.0))?;
    match &**views.get(&NodeId::from(planned.hub))? {
        NodeView::Provider { hosted, .. } => hosted.get(&room),
        NodeView::Client(_) => None,
    }
}

/// The rooms that go on: the first one, and those that are there, unless another one is there in their place.
pub(super) fn going_on(scenario: &Scenario, views: &Views) -> Vec<RoomId> {
    let is_there = |room: &RoomId| hub(scenario, views, *room).is_some();
    let replaced: BTreeSet<RoomId> =
        planned(scenario).filter(|(id, _)| is_there(id)).filter_map(|(_, room)| room.continues).collect();
    let goes_on = |id: &RoomId| (*id == scenario.room_id() || is_there(id)) && !replaced.contains(id);
    planned(scenario).map(|(id, _)| id).filter(goes_on).collect()
}

fn planned(scenario: &Scenario) -> impl Iterator<Item = (RoomId, &Planned)> {
    scenario.rooms().enumerate().map(|(at, room)| (RoomId(at as u16), room))
}

impl Room<'_> {
    /// Further rooms that their creators could open now. Where there is none that the hub would have, one that it will not.
    pub(super) fn openings(&self, unresolved: &Unresolved) -> Vec<Choice> {
        let under_way = |id: RoomId| {
            let mut intents = unresolved.values();
            intents.any(|(_, intent)| intent.room == id && intent.action == Action::Create)
        };
        let absent = planned(self.scenario).filter(|(id, _)| {
            *id != self.scenario.room_id() && hub(self.scenario, self.views, *id).is_none() && !under_way(*id)
        });
        let due = absent.filter(|(id, room)| room.continues.is_none() || self.ended_for.contains(id));
        let (welcome, others): (Vec<_>, Vec<_>) = due.partition(|(id, room)| self.fits(*id, room));
        let chosen = if welcome.is_empty() { others } else { welcome };
        let creates = |(id, room): (RoomId, &Planned)| {
            let client = first_client(self.scenario, self.directory, room)?;
            Some(Choice { node: client.into(), room: id, action: Action::Create })
        };
        chosen.into_iter().filter_map(creates).collect()
    }

    /// Whether the room could be opened beside the others at its hub.
    fn fits(&self, id: RoomId, room: &Planned) -> bool {
        let Some(NodeView::Provider { hosted, .. }) =
            self.views.get(&NodeId::from(room.hub)).map(|view| &**view)
        else {
            return false;
        };
        let others: Surroundings = hosted.iter().map(|(id, hub)| (*id, hub.effective.clone())).collect();
        let standing = room.standing(self.directory, id);
        standing.is_ok_and(|new| check_surroundings(self.directory, &[], &new, &others).is_ok())
    }

    /// The ends that members could put to the room's group, in favour of the room that continues it.
    pub(super) fn ends(&self) -> Vec<Choice> {
        let Some((next, _)) = planned(self.scenario).find(|(_, room)| room.continues == Some(self.id)) else {
            return Vec::new();
        };
        let may = |client: &ClientId| {
            let standing = self.seat(*client).and_then(|seat| seat.standing.as_deref());
            let role = standing.and_then(|s| s.role_held_by(self.directory.user_of(*client)));
            role.is_some_and(|role| role.can(Capability::SendMlsReinitProposal))
        };
        let action = Action::Do(Deed::Reinitialise(next));
        let ends = self.askable.iter().filter(|client| may(client));
        ends.map(|client| Choice { node: (*client).into(), room: self.id, action }).collect()
    }
}

/// The device that opens a room: the first of its creator's.
fn first_client(scenario: &Scenario, directory: &Directory, room: &Planned) -> Option<ClientId> {
    let later = scenario.new_clients();
    directory.clients_of(room.creator).find(|client| !later.contains(client))
}
