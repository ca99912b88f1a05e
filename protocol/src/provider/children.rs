//! What a hub does for rooms that depend on another one, where it is read so: who has left the parent goes from the child
//! (room-policy §5, POL-15).

use super::Provider;
use super::enforcer::{Order, Wish};
use super::hub::HubRoom;
use crate::ids::{RoomId, UserId};
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::policy::{Surroundings, orphans};
use crate::readings::ParentLeavers;
use crate::step::Step;

impl<M: Mls> Provider<M> {
    /// The room may have changed: it and the rooms that depend on it are looked at. What the hub could not do the last time, it
    /// tries again with each change of the child.
    pub(super) fn follow_parents(&mut self, step: &mut Step, changed: RoomId) {
        let is_asked = self.config.readings().parent_leavers == ParentLeavers::HubProposes;
        if !is_asked || self.config.planted.is(Mutant::KeepsOrphans) {
            return;
        }
        let related = |child: &RoomId| *child == changed || self.parent_of(*child) == Some(changed);
        let rooms: Vec<RoomId> = self.hosted.keys().copied().filter(related).collect();
        for child in rooms {
            let gone = self.orphans_of(child);
            let others = self.rooms_beside(child);
            let has_more = self.hosted.get_mut(&child).is_some_and(|hub| hub.take_out(step, &others, gone));
            if has_more {
                self.fan_out(step, child);
                if child != changed {
                    self.follow_parents(step, child);
                }
            }
        }
    }

    fn parent_of(&self, child: RoomId) -> Option<RoomId> {
        let uri = self.hosted.get(&child)?.state().effective.base.parent_room.as_ref()?;
        self.config.directory().newest_group(uri, |group| self.hosted.contains_key(&group))
    }

    fn orphans_of(&self, child: RoomId) -> Vec<UserId> {
        let parent = self.parent_of(child).and_then(|parent| self.hosted.get(&parent));
        let (Some(parent), Some(child)) = (parent, self.hosted.get(&child)) else { return Vec::new() };
        orphans(&child.state().effective, &parent.state().effective)
    }
}

impl<M: Mls> HubRoom<M> {
    /// The hub gives itself the order to take these users out, and works at it; whether there was anything new to do.
    fn take_out(&mut self, step: &mut Step, others: &Surroundings, users: Vec<UserId>) -> bool {
        let wishes = users.into_iter().map(Wish::Remove);
        let new: Vec<Wish> =
            wishes.filter(|wish| self.orders.iter().all(|order| order.wish != *wish)).collect();
        if new.is_empty() {
            return false;
        }
        self.orders.extend(new.into_iter().map(|wish| Order { intent: None, wish }));
        self.work_at_orders(step, others);
        true
    }
}
