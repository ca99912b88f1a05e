//! What a hidden client finds around it when a line shows something of it: mail, wishes, time, and how far one looks.

use super::line::Wish;
use super::mail::Mail;
use crate::digest::digest;
use mimic_protocol::mls::Entropy;
use mimic_protocol::node::{Action, Call, Intent, Timer};
use mimic_protocol::{ClientId, Directory, NodeConfig, RoomId};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hash;

use std::sync::Arc;

/// Something that happens to a hidden client.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Act {
    /// It begins.
    Begin,
    /// It crashes, and is back.
    Crash,
    /// Its user tells it to do something.
    Hear(Intent),
    /// It is given what its provider delivers.
    Receive,
    /// It is given this answer.
    Answer(usize),
    /// An exchange of its own ends without an answer.
    Fail(Call),
    /// A timer is due.
    Wake(Timer),
}

/// What the user of one client wanted, in each room in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    in_rooms: BTreeMap<RoomId, Vec<Wish>>,
    /// Whether what it does in one room has to do with another.
    joins_rooms: bool,
}

/// Which rooms one looks at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Near {
    /// All.
    All,
    /// These; and what is about no room.
    These(BTreeSet<RoomId>),
}

/// What a client finds around it.
#[derive(Debug)]
pub(super) struct Surroundings<'a> {
    pub config: &'a Arc<NodeConfig>,
    pub client: ClientId,
    pub wishes: &'a Wishes,
    pub mail: &'a Mail,
    /// When the line that shows something was given its input, and what the client's clock says then.
    pub given_us: u64,
    pub now_ms: u64,
    pub near: Near,
    /// How many of the likeliest situations are kept; none, where one looks at what is seldom, too: crashes, and second copies of what is
    /// delivered.
    pub likeliest: Option<usize>,
}

impl Wishes {
    /// Those of each client.
    pub fn of(directory: &Directory, wishes: &[Wish]) -> BTreeMap<ClientId, Self> {
        let mut all: BTreeMap<ClientId, Self> =
            directory.clients().map(|client| (client, Self::default())).collect();
        for wish in wishes {
            // One signature key is for all rooms.
            all.entry(wish.client).or_default().joins_rooms |= wish.intent.action == Action::ChangeKey;
        }
        for wish in wishes {
            let own = all.entry(wish.client).or_default();
            let family = own.family(directory, wish.intent.room);
            own.in_rooms.entry(family).or_default().push(*wish);
        }
        all
    }

    /// The first of the rooms that the client cannot tell apart from this one, or treats together with it.
    fn family(&self, directory: &Directory, room: RoomId) -> RoomId {
        let first =
            if self.joins_rooms { directory.rooms().next() } else { directory.groups_of(room).next() };
        first.unwrap_or(room)
    }
}

impl Surroundings<'_> {
    /// The room under which wishes about this one are counted.
    pub fn family(&self, room: RoomId) -> RoomId {
        self.wishes.family(self.config.directory(), room)
    }

    /// Whether one looks at what happens there.
    pub fn is_near(&self, room: Option<RoomId>) -> bool {
        match (&self.near, room) {
            (Near::These(rooms), Some(room)) => rooms.contains(&self.family(room)),
            (Near::All, _) | (_, None) => true,
        }
    }

    /// What the user may want next, in each room: nothing before it was said.
    pub fn next_wishes(&self, heard: &BTreeMap<RoomId, usize>) -> impl Iterator<Item = Intent> {
        let near = self.wishes.in_rooms.iter().filter(|(room, _)| self.is_near(Some(**room)));
        let next = near.filter_map(|(room, all)| all.get(heard.get(room).copied().unwrap_or_default()));
        next.filter(|wish| wish.told_us <= self.given_us).map(|wish| wish.intent)
    }

    /// Whether the client has heard all that was said before this was sent to it.
    pub fn has_heard(&self, heard: &BTreeMap<RoomId, usize>, room: Option<RoomId>, sent_us: u64) -> bool {
        let Some(room) = room.map(|room| self.family(room)) else { return true };
        let next = heard.get(&room).copied().unwrap_or_default();
        let wish = self.wishes.in_rooms.get(&room).and_then(|all| all.get(next));
        wish.is_none_or(|wish| wish.told_us >= sent_us)
    }

    /// Randomness for this purpose of the client.
    pub fn entropy(&self, purpose: &impl Hash) -> Entropy {
        Entropy(digest("mimic hidden client", &(self.client, self.renewals(), purpose)))
    }

    /// How often half a lifetime of its key packages has passed: it renews them at most once in each.
    fn renewals(&self) -> Option<u64> {
        let user = self.config.directory().user_of(self.client);
        let lasts_s = self.config.plans.lifetimes_s.get(&user)?;
        (self.now_ms / 1_000).checked_div(lasts_s / 2)
    }
}
