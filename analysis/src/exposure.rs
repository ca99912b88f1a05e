//! The exposure window of a removal or ban: from the hub's acceptance until nobody encrypts to the user any more.
//!
//! A window begins when the hub accepts what takes a user out of the room against its will: the proposals, or the commit
//! where that carries all of it. The user's last leaf goes with a commit; from then on a message that follows the hub's
//! epoch is secret from it. A member that has not applied that commit yet still encrypts to the user: the window ends
//! when the last one has. Under which reading the participant list changes when is no matter here: whichever is first,
//! the hub's acceptance of a Remove or its list without the user, begins the window.

use crate::metrics::percentile;
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::room::BANNED;
use mimic_protocol::{ClientId, Directory, NodeId, RoomId, UserId};
use mimic_record::{HubChange, SeatChange, StandingDigest, Step};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How a user was taken out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ousting {
    /// Out of the participant list.
    Removal,
    /// Into role 1, which room-policy keeps for the banned.
    Ban,
}

impl Ousting {
    /// Its name in tables and figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Removal => "removal",
            Self::Ban => "ban",
        }
    }
}

/// One user's way out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExposureWindow {
    /// The room.
    pub room: RoomId,
    /// Who.
    pub user: UserId,
    /// How.
    pub how: Ousting,
    /// When the hub accepted the first of what takes it out.
    pub accepted_ms: u64,
    /// When the hub accepted the commit that took the last leaf.
    pub gone_ms: Option<u64>,
    /// When each client that was a member then had applied that commit.
    pub applied: Vec<(ClientId, u64)>,
    /// The members that have not.
    pub waiting: BTreeSet<ClientId>,
}

impl ExposureWindow {
    /// When the last client had applied it; none while there are leaves, or a member has not.
    pub fn closed_ms(&self) -> Option<u64> {
        let last = self.applied.iter().map(|(_, ms)| *ms).max();
        self.gone_ms.filter(|_| self.waiting.is_empty()).map(|gone| last.unwrap_or(gone).max(gone))
    }

    /// From the acceptance to the last leaf's going.
    pub fn until_gone_ms(&self) -> Option<u64> {
        self.gone_ms.map(|gone| gone - self.accepted_ms)
    }

    /// From the acceptance to the last client's having applied it.
    pub fn until_closed_ms(&self) -> Option<u64> {
        self.closed_ms().map(|closed| closed - self.accepted_ms)
    }

    /// From the acceptance of the commit to the last client's having applied it.
    pub fn from_commit_ms(&self) -> Option<u64> {
        Some(self.closed_ms()? - self.gone_ms?)
    }
}

/// The exposure of a run in numbers, over all its removals and bans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureFigures {
    /// How many users were removed or banned while they had a device in the group.
    pub windows: u64,
    /// How many of these windows were open at the end of the run.
    pub still_open: u64,
    /// From the hub's acceptance to the last leaf's going, the median.
    pub gone_ms_p50: Option<u64>,
    /// The longest of the same.
    pub gone_ms_max: Option<u64>,
    /// From the hub's acceptance to the last client's having applied it, the median.
    pub closed_ms_p50: Option<u64>,
    /// The longest of the same.
    pub closed_ms_max: Option<u64>,
    /// From the hub's acceptance of the commit to the last client's having applied it, the median.
    pub from_commit_ms_p50: Option<u64>,
    /// The longest of the same.
    pub from_commit_ms_max: Option<u64>,
}

impl ExposureFigures {
    /// Computes the figures.
    pub fn measure(windows: &[ExposureWindow]) -> Self {
        let sorted = |span: fn(&ExposureWindow) -> Option<u64>| {
            let mut spans: Vec<u64> = windows.iter().filter_map(span).collect();
            spans.sort_unstable();
            spans
        };
        let gone = sorted(ExposureWindow::until_gone_ms);
        let closed = sorted(ExposureWindow::until_closed_ms);
        let from_commit = sorted(ExposureWindow::from_commit_ms);
        Self {
            windows: windows.len() as u64,
            still_open: (windows.len() - closed.len()) as u64,
            gone_ms_p50: percentile(&gone, 50),
            gone_ms_max: gone.last().copied(),
            closed_ms_p50: percentile(&closed, 50),
            closed_ms_max: closed.last().copied(),
            from_commit_ms_p50: percentile(&from_commit, 50),
            from_commit_ms_max: from_commit.last().copied(),
        }
    }
}

/// The windows of all rooms of a run, in the order in which they began.
pub fn windows(directory: &Directory, steps: &[Step]) -> Vec<ExposureWindow> {
    let mut watch = Watch { directory, rooms: BTreeMap::new(), windows: Vec::new() };
    steps.iter().for_each(|step| watch.step(step));
    let mut windows: Vec<ExposureWindow> = watch.windows.into_iter().map(|(window, _)| window).collect();
    windows.sort_by_key(|window| (window.accepted_ms, window.room, window.user));
    windows
}

struct Watch<'a> {
    directory: &'a Directory,
    rooms: BTreeMap<RoomId, RoomWatch>,
    /// Each with the epoch that took the last leaf.
    windows: Vec<(ExposureWindow, Option<u64>)>,
}

/// What is known of a room.
#[derive(Default)]
struct RoomWatch {
    epoch: u64,
    roles: BTreeMap<UserId, u32>,
    leaves: BTreeSet<ClientId>,
    seats: BTreeMap<ClientId, u64>,
    /// Who was asked out by a proposal of this epoch, and when first.
    asked: BTreeMap<UserId, u64>,
    /// Who goes of its own will.
    leaving: BTreeSet<UserId>,
}

impl Watch<'_> {
    fn step(&mut self, step: &Step) {
        let ms = step.at_us / 1_000;
        for fact in &step.facts {
            if let Fact::Accepted { room, event, .. } = fact {
                self.accepted(*room, event, ms);
            }
        }
        let Some(change) = step.change.as_deref() else { return };
        for (room, hub) in &change.hub {
            self.hub(*room, hub, ms);
        }
        let NodeId::Client(client) = step.node else { return };
        for (room, seat) in &change.seat {
            self.seat(*room, client, seat, ms);
        }
        for room in &change.gone {
            self.left(*room, client);
        }
    }

    fn accepted(&mut self, room: RoomId, event: &Accepted, ms: u64) {
        let (Accepted::Commit { proposals, .. }
        | Accepted::Proposals { proposals, .. }
        | Accepted::State { proposals, .. }) = event
        else {
            return;
        };
        let watch = self.rooms.entry(room).or_default();
        if let Accepted::State { .. } = event {
            // Whom its author takes out but itself goes against its will; nothing is pending from before.
            let author = proposals.iter().find_map(|proposal| match proposal.sender {
                Sender::Member(client) => Some(self.directory.user_of(client)),
                _ => None,
            });
            watch.leaving = author.into_iter().collect();
        }
        for ProposalInfo { sender, body, .. } in proposals {
            let by = match sender {
                Sender::Member(client) | Sender::Joiner(client) => Some(self.directory.user_of(*client)),
                Sender::External(_) => None,
            };
            match body {
                Proposed::SelfRemove => watch.leaving.extend(by),
                Proposed::Remove(client) => {
                    let user = self.directory.user_of(*client);
                    if by == Some(user) {
                        watch.leaving.insert(user);
                    } else {
                        watch.asked.entry(user).or_insert(ms);
                    }
                }
                _ => {}
            }
        }
    }

    fn hub(&mut self, room: RoomId, hub: &HubChange, ms: u64) {
        let watch = self.rooms.entry(room).or_default();
        let mut ousted = Vec::new();
        if let Some(effective) = &hub.effective {
            ousted = watch.ousted(self.directory, effective);
            watch.roles = effective.participants.iter().copied().collect();
        }
        for (user, how) in ousted {
            let accepted_ms = watch.asked.get(&user).copied().unwrap_or(ms);
            let (applied, waiting) = (Vec::new(), BTreeSet::new());
            let known =
                self.windows.iter().any(|(w, _)| w.room == room && w.user == user && w.gone_ms.is_none());
            if !known {
                let window = ExposureWindow { room, user, how, accepted_ms, gone_ms: None, applied, waiting };
                self.windows.push((window, None));
            }
        }
        // Who is let in again before the last leaf is gone was not taken out.
        self.windows.retain(|(w, _)| w.room != room || w.gone_ms.is_some() || !watch.takes_part(w.user));
        if let Some(leaves) = &hub.leaves {
            watch.leaves = leaves.iter().map(|(_, client)| *client).collect();
        }
        if let Some(epoch) = hub.epoch.filter(|epoch| *epoch != watch.epoch) {
            watch.epoch = epoch;
            watch.asked.clear();
            watch.leaving.clear();
        }
        for (window, epoch) in &mut self.windows {
            if window.room == room && window.gone_ms.is_none() && !watch.has_leaf(self.directory, window.user)
            {
                window.gone_ms = Some(ms);
                window.waiting = watch.behind(watch.epoch);
                *epoch = Some(watch.epoch);
            }
        }
    }

    fn seat(&mut self, room: RoomId, client: ClientId, seat: &SeatChange, ms: u64) {
        match seat.epoch.as_deref() {
            Some([]) => self.left(room, client),
            Some([epoch, ..]) => {
                self.rooms.entry(room).or_default().seats.insert(client, *epoch);
                for (window, gone) in self.windows.iter_mut().filter(|(window, _)| window.room == room) {
                    if gone.is_some_and(|gone| *epoch >= gone) && window.waiting.remove(&client) {
                        window.applied.push((client, ms));
                    }
                }
            }
            None => {}
        }
    }

    /// A client that is out of the room encrypts to nobody in it.
    fn left(&mut self, room: RoomId, client: ClientId) {
        self.rooms.entry(room).or_default().seats.remove(&client);
        for (window, _) in self.windows.iter_mut().filter(|(window, _)| window.room == room) {
            window.waiting.remove(&client);
        }
    }
}

impl RoomWatch {
    /// Who takes part no more in the new list, has a device in the group, and does not go of its own will.
    fn ousted(&self, directory: &Directory, effective: &StandingDigest) -> Vec<(UserId, Ousting)> {
        let new: BTreeMap<UserId, u32> = effective.participants.iter().copied().collect();
        let ousting = |user: &UserId| match new.get(user) {
            None => Some((*user, Ousting::Removal)),
            Some(&BANNED) => Some((*user, Ousting::Ban)),
            Some(_) => None,
        };
        let before = self.roles.keys().filter(|user| self.takes_part(**user) && !self.leaving.contains(user));
        before.filter(|user| self.has_leaf(directory, **user)).filter_map(ousting).collect()
    }

    fn takes_part(&self, user: UserId) -> bool {
        self.roles.get(&user).is_some_and(|role| *role != BANNED)
    }

    fn has_leaf(&self, directory: &Directory, user: UserId) -> bool {
        self.leaves.iter().any(|client| directory.user_of(*client) == user)
    }

    /// The members that have not come to `epoch`.
    fn behind(&self, epoch: u64) -> BTreeSet<ClientId> {
        let behind = |client: &ClientId| self.seats.get(client).is_none_or(|at| *at < epoch);
        self.leaves.iter().copied().filter(behind).collect()
    }
}
