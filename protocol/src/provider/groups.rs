//! Which group of a room a request is about: a room keeps its name when its group is replaced (arch §2, ARCH-04).

use super::Provider;
use crate::ids::RoomId;
use crate::mls::{Mls, Octets};
use crate::mutant::Mutant;
use crate::node::{Bundle, Event, FanOut, Request};

impl<M: Mls> Provider<M> {
    /// The request, for the group that its message is of. A path names the room alone, and a Welcome does not tell.
    pub(super) fn to_group(&self, mut request: Request) -> Request {
        let named = match &mut request {
            Request::Update { room, bundle: Bundle::Commit(bundle), .. } => {
                Some((room, Some(&bundle.commit)))
            }
            Request::Update { room, bundle: Bundle::Proposals(batch), .. } => Some((room, batch.first())),
            Request::Submit { room, message, .. } => Some((room, Some(&*message))),
            Request::Notify { room, event } => Some((room, first_of(event))),
            _ => None,
        };
        if let Some((room, Some(message))) = named {
            *room = self.group_at(*room, message);
        }
        request
    }

    /// The group with which the room goes on at this hub.
    pub(super) fn current_group(&self, room: RoomId) -> RoomId {
        if self.config.planted.is(Mutant::KeepsFirstGroup) {
            return room;
        }
        let groups = self.config.directory().groups_of(room);
        groups.rev().find(|group| self.hosted.contains_key(group)).unwrap_or(room)
    }

    fn group_at(&self, room: RoomId, message: &Octets) -> RoomId {
        let directory = self.config.directory();
        if directory.groups_of(room).nth(1).is_none() {
            return room;
        }
        let named = M::envelope(&self.config.mls, message).map(|envelope| envelope.room);
        named.ok().filter(|named| directory.room_uri(*named) == directory.room_uri(room)).unwrap_or(room)
    }
}

fn first_of(event: &FanOut) -> Option<&Octets> {
    match &event.event {
        Event::Message { message, .. } | Event::Commit { commit: message, .. } => Some(message),
        Event::Proposals(batch) => batch.first(),
        Event::State(_) | Event::Welcome { .. } => None,
    }
}
