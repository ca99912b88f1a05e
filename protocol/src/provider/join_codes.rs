//! The join links that were shown to a hub. An external commit carries none, so that the hub knows the joiner again by its
//! identity (POL-29, RACE-31).

use crate::durable::Durable;
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::Octets;
use crate::room::Components;
use crate::step::Step;
use std::collections::{BTreeMap, BTreeSet};

/// Durable: a joiner that has shown its link does not show it again with its commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct JoinCodes {
    /// The last link of each client that is on its way in.
    shown: Durable<BTreeMap<ClientId, Octets>>,
    /// Until when each link of the room is good, in the hub's time; none, if it is for ever (POL-22).
    good_until: Durable<BTreeMap<Octets, Option<u64>>>,
    /// Who has come in by which link first.
    used: Durable<BTreeMap<Octets, UserId>>,
}

impl JoinCodes {
    pub(super) fn recover(cells: &BTreeMap<Vec<u8>, Octets>, room: RoomId) -> Self {
        Self {
            shown: Durable::recover(cells, &key(room, b's')).unwrap_or_default(),
            good_until: Durable::recover(cells, &key(room, b'g')).unwrap_or_default(),
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

    /// Whether the link was good for a time only, which is over.
    pub(super) fn has_expired(&self, link: &[u8], now_ms: u64) -> bool {
        self.good_until.get(link).is_some_and(|until| until.is_some_and(|until| until <= now_ms))
    }

    /// The room has these links from `now_ms` on: a new one is good for as long as the policy says then (room-policy §6.2).
    pub(super) fn keep(&mut self, step: &mut Step, room: RoomId, components: &Components, now_ms: u64) {
        let links: BTreeSet<Octets> = components
            .join_links
            .iter()
            .flat_map(|data| &data.links)
            .map(|link| link.as_slice().into())
            .collect();
        if links.iter().eq(self.good_until.keys()) {
            return;
        }
        let lifetime_s = components.join_link_policy.as_ref().map_or(0, |policy| policy.expiration);
        let until = (lifetime_s > 0).then(|| now_ms + 1_000 * u64::from(lifetime_s));
        let known = std::mem::take(&mut *self.good_until);
        let of = |link: Octets| {
            let until = known.get(&link).copied().unwrap_or(until);
            (link, until)
        };
        *self.good_until = links.into_iter().map(of).collect();
        self.store(step, room);
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
        self.good_until.store(step, || key(room, b'g'));
        self.used.store(step, || key(room, b'u'));
    }
}

fn key(room: RoomId, part: u8) -> Vec<u8> {
    [b"hj/", &room.0.to_be_bytes()[..], &[b'/', part]].concat()
}
