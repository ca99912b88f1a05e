//! The join links that were shown to a hub. An external commit carries none, so that the hub knows the joiner again by its
//! identity (POL-29, RACE-31).

use crate::durable::Durable;
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::Octets;
use crate::step::Step;
use std::collections::BTreeMap;

/// Durable: a joiner that has shown its link does not show it again with its commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct JoinCodes {
    /// The last link of each client that is on its way in.
    shown: Durable<BTreeMap<ClientId, Octets>>,
    /// Who has come in by which link first.
    used: Durable<BTreeMap<Octets, UserId>>,
}

impl JoinCodes {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, room: RoomId) -> Self {
        Self {
            shown: Durable::recover(cells, &key(room, b's')).unwrap_or_default(),
            used: Durable::recover(cells, &key(room, b'u')).unwrap_or_default(),
        }
    }

    /// What the client has shown last.
    pub(super) fn shown_by(&self, client: ClientId) -> Option<&Octets> {
        self.shown.get(&client)
    }

    /// Who has come in by the link first.
    pub(super) fn user_of(&self, link: &[u8]) -> Option<UserId> {
        self.used.get(link).copied()
    }

    /// The client shows a link, or none.
    pub(super) fn show(&mut self, step: &mut Step, room: RoomId, client: ClientId, link: Option<Octets>) {
        if self.shown.get(&client) != link.as_ref() {
            match link {
                Some(link) => _ = self.shown.insert(client, link),
                None => _ = self.shown.remove(&client),
            }
            self.store(step, room);
        }
    }

    /// The client has come in, of this user; gives the link that it had shown.
    pub(super) fn use_up(
        &mut self,
        step: &mut Step,
        room: RoomId,
        (client, user): (ClientId, UserId),
    ) -> Option<Octets> {
        let link = self.shown.get(&client)?.clone();
        self.shown.remove(&client);
        self.used.entry(link.clone()).or_insert(user);
        self.store(step, room);
        Some(link)
    }

    fn store(&mut self, step: &mut Step, room: RoomId) {
        self.shown.store(step, || key(room, b's'));
        self.used.store(step, || key(room, b'u'));
    }
}

fn key(room: RoomId, part: u8) -> Vec<u8> {
    [b"hj/", &room.0.to_be_bytes()[..], &[b'/', part]].concat()
}
