//! What a step changed in the view of the node that it touched: the part of a view that a trace line holds.

use crate::view::{FollowerView, HubView, NodeView, SeatView};
use mimic_protocol::node::IntentId;
use mimic_protocol::room::{Sequences, Standing};
use mimic_protocol::{ClientId, ProviderId, RoomId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The changed fields of a view, by room. A room that is gone from the view is in `gone`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewChange {
    /// Of the rooms that a provider hosts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub hub: BTreeMap<RoomId, HubChange>,
    /// Of the rooms in which a provider serves its users: its subscribers, and how many events each is owed.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subscribers: BTreeMap<RoomId, Vec<(ClientId, usize)>>,
    /// Of a client's places in rooms.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub seat: BTreeMap<RoomId, SeatChange>,
    /// Rooms that are in the view no more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<RoomId>,
}

/// The changed fields of a `HubView`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HubChange {
    /// The epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u64>,
    /// The GroupContext's digest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// The committed state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub committed: Option<StandingDigest>,
    /// The effective state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<StandingDigest>,
    /// How far the policy log and the participation log have come, where there are logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequences: Option<Vec<u64>>,
    /// The leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Vec<(u32, ClientId)>>,
    /// How many proposals are pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<usize>,
    /// The blocked users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Vec<UserId>>,
    /// How many events it has accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// What it owes its followers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owed: Option<Vec<(ProviderId, usize)>>,
}

/// The changed fields of a `SeatView`; a field that is there with no content says that there is none now.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeatChange {
    /// The epoch; `[]` is not a member, `[n]` in epoch n.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Vec<u64>>,
    /// The GroupContext's digest, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Vec<u64>>,
    /// The committed state, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Vec<StandingDigest>>,
    /// How far the policy log and the participation log have come, where there are logs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequences: Option<Vec<u64>>,
    /// The leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves: Option<Vec<(u32, ClientId)>>,
    /// How many proposals it knows to be pending.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<usize>,
    /// Whether something that it has sent is not settled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uncertain: Option<bool>,
    /// The intents that are neither done nor refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intents: Option<Vec<IntentId>>,
}

/// A standing as a trace shows it: the participants in full, roles and base policy as a short digest.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct StandingDigest {
    /// The participant list, in its order: user and role.
    pub participants: Vec<(UserId, u32)>,
    /// A digest of roles and base policy.
    pub policy: u64,
}

impl From<&Standing> for StandingDigest {
    fn from(standing: &Standing) -> Self {
        // Plain owned data has an encoding.
        let policy = serde_json::to_vec(&(&standing.roles, &standing.base)).unwrap_or_default();
        let word: [u8; 8] = blake3::hash(&policy).as_bytes()[..8].try_into().unwrap_or_default();
        let participants = standing.participants.iter().map(|p| (p.user, p.role)).collect();
        Self { participants, policy: u64::from_be_bytes(word) }
    }
}

impl ViewChange {
    /// What `after` has that `before` has not; none if they are equal.
    pub fn between(before: Option<&NodeView>, after: &NodeView) -> Option<Self> {
        if before == Some(after) {
            return None;
        }
        let mut change = Self::default();
        match after {
            NodeView::Provider { hosted, followed } => {
                let (old_hosted, old_followed) = match before {
                    Some(NodeView::Provider { hosted, followed }) => (Some(hosted), Some(followed)),
                    _ => (None, None),
                };
                change.hub = changed(old_hosted, hosted, HubChange::between);
                change.subscribers =
                    changed(old_followed, followed, |_, new: &FollowerView| new.subscribers.clone());
                change.gone = gone(old_hosted, hosted).chain(gone(old_followed, followed)).collect();
            }
            NodeView::Client(client) => {
                let old = match before {
                    Some(NodeView::Client(client)) => Some(&client.seats),
                    _ => None,
                };
                change.seat = changed(old, &client.seats, SeatChange::between);
                change.gone = gone(old, &client.seats).collect();
            }
        }
        Some(change)
    }
}

fn changed<V: PartialEq, C>(
    before: Option<&BTreeMap<RoomId, V>>,
    after: &BTreeMap<RoomId, V>,
    between: impl Fn(Option<&V>, &V) -> C,
) -> BTreeMap<RoomId, C> {
    let old = |room| before.and_then(|before| before.get(room));
    let differs = after.iter().filter(|(room, new)| old(room) != Some(*new));
    differs.map(|(room, new)| (*room, between(old(room), new))).collect()
}

fn gone<'a, V>(
    before: Option<&'a BTreeMap<RoomId, V>>,
    after: &'a BTreeMap<RoomId, V>,
) -> impl Iterator<Item = RoomId> + 'a {
    before.into_iter().flat_map(|before| before.keys()).filter(|room| !after.contains_key(room)).copied()
}

/// The new value, where the old one is another or none.
fn field<T: PartialEq, C>(old: Option<&T>, new: &T, shown: impl Fn(&T) -> C) -> Option<C> {
    (old != Some(new)).then(|| shown(new))
}

fn numbers(sequences: &Option<Sequences>) -> Vec<u64> {
    sequences.iter().flat_map(|s| [s.policy, s.participation]).collect()
}

impl HubChange {
    fn between(old: Option<&HubView>, new: &HubView) -> Self {
        let leaves =
            |leaves: &std::sync::Arc<BTreeMap<u32, ClientId>>| leaves.iter().map(|(i, c)| (*i, *c)).collect();
        Self {
            epoch: field(old.map(|v| &v.epoch), &new.epoch, Clone::clone),
            context: field(old.map(|v| &v.context), &new.context, Clone::clone),
            committed: field(old.map(|v| &v.committed), &new.committed, |s| (&**s).into()),
            effective: field(old.map(|v| &v.effective), &new.effective, |s| (&**s).into()),
            sequences: field(old.map_or(Some(&None), |v| Some(&v.sequences)), &new.sequences, numbers),
            leaves: field(old.map(|v| &v.leaves), &new.leaves, leaves),
            pending: field(old.map(|v| &v.pending), &new.pending, Clone::clone),
            blocked: field(old.map(|v| &v.blocked), &new.blocked, Clone::clone),
            position: field(old.map(|v| &v.position), &new.position, Clone::clone),
            owed: field(old.map(|v| &v.owed), &new.owed, Clone::clone),
        }
    }
}

impl SeatChange {
    fn between(old: Option<&SeatView>, new: &SeatView) -> Self {
        let leaves =
            |leaves: &std::sync::Arc<BTreeMap<u32, ClientId>>| leaves.iter().map(|(i, c)| (*i, *c)).collect();
        let list = |value: &Option<u64>| value.iter().copied().collect();
        Self {
            epoch: field(old.map(|v| &v.epoch), &new.epoch, list),
            context: field(old.map(|v| &v.context), &new.context, list),
            standing: field(old.map(|v| &v.standing), &new.standing, |s| {
                s.iter().map(|s| (&**s).into()).collect()
            }),
            sequences: field(old.map_or(Some(&None), |v| Some(&v.sequences)), &new.sequences, numbers),
            leaves: field(old.map(|v| &v.leaves), &new.leaves, leaves),
            pending: field(old.map(|v| &v.pending), &new.pending, Clone::clone),
            uncertain: field(old.map(|v| &v.uncertain), &new.uncertain, Clone::clone),
            intents: field(old.map(|v| &v.intents), &new.intents, Clone::clone),
        }
    }
}
