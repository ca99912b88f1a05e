//! What the users of a world have in mind and an intent only names by a number, so that intents stay small.

use crate::directory::Directory;
use crate::ids::{ProviderId, RoomId, UserId};
use crate::mls::Octets;
use crate::node::Deed;
use crate::policy::Edit;
use crate::policy::examples::cooperative_room;
use crate::profile::{Profile, SearchPolicy, Term};
use crate::room::{Standing, component};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The name of a change of policy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChangeId(pub u16);

/// The name of a join link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(pub u16);

/// The name of a query for somebody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QueryId(pub u16);

/// A query for somebody (proto §5.8).
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Query {
    /// At which provider.
    pub at: ProviderId,
    /// What must match, all of it.
    pub terms: Vec<Term>,
}

/// Fixed for a whole run, as the directory is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Plans {
    /// As what each room is created; a cooperatively administered one, where nothing stands here.
    pub rooms: BTreeMap<RoomId, Standing>,
    /// Which rooms go on where others have stopped: created as those stood then.
    pub continues: BTreeMap<RoomId, RoomId>,
    /// The changes of policy; a [`ChangeId`] is a place in this list.
    pub changes: Vec<PolicyChange>,
    /// The join links; a [`LinkId`] is a place in this list.
    pub links: Vec<Octets>,
    /// Which policy components the devices of a user know beside those that this implementation has rules for (POL-20).
    pub supports: BTreeMap<UserId, BTreeSet<u16>>,
    /// Which providers hand out key packages with their users' consent alone, and how much they tell those who have none; the
    /// others take consent for given (proto §5.7, §8).
    pub consent: BTreeMap<ProviderId, Discretion>,
    /// Which providers let key packages go with what their users grant for a room (PROTO-63).
    pub grants_key_packages: BTreeSet<ProviderId>,
    /// When providers are too busy for what hubs notify them of (proto §5.5, PROTO-53).
    pub busy: BTreeMap<ProviderId, Busy>,
    /// How long the key packages of users last, in seconds; for ever, where nothing stands here (MLS-16).
    pub lifetimes_s: BTreeMap<UserId, u64>,
    /// What is known of users beside their URIs.
    pub profiles: BTreeMap<UserId, Profile>,
    /// Which queries for users each provider answers; any, where nothing stands here.
    pub search: BTreeMap<ProviderId, SearchPolicy>,
    /// The queries; a [`QueryId`] is a place in this list.
    pub queries: Vec<Query>,
}

/// How much a provider tells of users who have not consented to being added.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Discretion {
    /// What the codes of proto §5.2 say.
    Open,
    /// As little as it may: noConsent stands for all that would tell more (PROTO-26), 201 for whether a user exists (PROTO-62),
    /// and nobody hears of a revoke (PROTO-64).
    Discreet,
}

/// A time in which a provider takes no notify, by its own clock, in milliseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Busy {
    /// When it begins.
    pub from_ms: u64,
    /// When it is over.
    pub until_ms: u64,
}

impl Busy {
    /// In how many seconds to ask again, rounded up, if that is in the time.
    pub fn retry_after_s(&self, now_ms: u64) -> Option<u32> {
        let rest_ms = self.until_ms.checked_sub(now_ms).filter(|rest| *rest > 0 && now_ms >= self.from_ms)?;
        Some(u32::try_from(rest_ms.div_ceil(1_000)).unwrap_or(u32::MAX))
    }
}

/// A change of policy, and what is done to the participants by the same message.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct PolicyChange {
    /// What it changes.
    pub edits: Vec<Edit>,
    /// What it does besides. Changes of policy that stand here are left out.
    pub with: Vec<Deed>,
}

impl Plans {
    /// As what a user creates the room.
    pub fn room(&self, room: RoomId, creator: UserId) -> Standing {
        self.rooms.get(&room).cloned().unwrap_or_else(|| cooperative_room(creator))
    }

    /// Whether the user's devices know all of these policy components.
    pub fn knows(&self, user: UserId, components: &[u16]) -> bool {
        let further = self.supports.get(&user);
        let known = |id: &u16| component::KNOWN.contains(id) || further.is_some_and(|ids| ids.contains(id));
        components.iter().all(known)
    }

    /// The change of this name.
    pub fn change(&self, id: ChangeId) -> Option<&PolicyChange> {
        self.changes.get(usize::from(id.0))
    }

    /// The query of this name.
    pub fn query(&self, id: QueryId) -> Option<&Query> {
        self.queries.get(usize::from(id.0))
    }

    /// The link of this name.
    pub fn link(&self, id: LinkId) -> Option<&Octets> {
        self.links.get(usize::from(id.0))
    }
}

impl PolicyChange {
    /// The room with the edits; none if there is nothing in it that they could change.
    pub fn of(&self, directory: &Directory, room: RoomId, standing: &Standing) -> Option<Standing> {
        let mut after = standing.clone();
        self.edits.iter().try_for_each(|edit| edit.apply(directory, room, &mut after))?;
        Some(after)
    }
}
