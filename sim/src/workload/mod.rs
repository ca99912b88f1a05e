//! What the users of a run want, and when.
//!
//! When, and which kind of thing, is drawn from the seed alone; where something was refused, something more of its kind is
//! asked for, until as much is done as the scenario says, or time is up. Who wants it of whom is drawn when it is due, from what then
//! makes sense to the users: each knows the room as its own device shows it, and asks the policy itself what it may do. One
//! intent in twenty is unruly, and may be something that the user has no right to. What was stated is data, and can be stated
//! again in a replay.

mod consents;
mod room;
mod rooms;
mod servers;
mod ways;

use crate::kernel::{IntentCounts, Unresolved, is_message};
use crate::keyed::{Domain, Draw, Key, Randomness};
use crate::scenario::Scenario;
use mimic_protocol::node::{Action, Deed, Intent, IntentId};
use mimic_protocol::{ClientId, Directory, NodeId};
use mimic_record::Views;
use room::{Choice, Kind, Room};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The devices that exist from the beginning start within this time.
const STARTS_WITHIN_US: u64 = 300_000;
/// When the room is created.
const CREATED_AT_US: u64 = 1_000_000;
/// How long the users wait if none of them can ask for anything.
const LULL_US: u64 = 500_000;
/// How probable it is that an intent is unruly.
const UNRULY: f64 = 0.05;
/// How probable it is that a slot may fall to somebody whose removal is pending.
const ASKS_BLOCKED: f64 = 0.25;

/// One thing that a user stated, or the operator of a server.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stated {
    /// When.
    pub at_us: u64,
    /// To which device or server. A device that did not exist before begins with it.
    pub node: NodeId,
    /// What.
    pub intent: Intent,
}

/// Where the intents of a run come from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WorkloadSource {
    /// Each is drawn when it is due.
    Drawn,
    /// These are stated at their times.
    Recorded(Vec<Stated>),
}

/// What is due in a workload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Slot {
    Create,
    /// Everything has been asked for, and is under way.
    Pause,
    Operation,
    Message,
    Recorded(Stated),
}

/// The users of one run.
#[derive(Debug)]
pub(crate) struct Workload {
    scenario: Scenario,
    directory: Arc<Directory>,
    randomness: Randomness,
    slots: Vec<(u64, Slot)>,
    is_drawn: bool,
    /// How many things each node has been asked.
    asked: BTreeMap<NodeId, u64>,
    texts: u32,
    stated: Vec<Stated>,
}

/// What comes of a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wish {
    /// A user states this.
    State(Stated),
    /// Nobody can ask for anything now: the slot is due again at this time.
    Later(u64),
    /// Nothing of the kind makes sense.
    Nothing,
}

impl Workload {
    pub fn new(
        scenario: &Scenario,
        directory: Arc<Directory>,
        randomness: Randomness,
        source: WorkloadSource,
    ) -> Self {
        let (slots, is_drawn) = match source {
            WorkloadSource::Drawn => (draw_slots(scenario, &randomness), true),
            WorkloadSource::Recorded(stated) => {
                (stated.into_iter().map(|stated| (stated.at_us, Slot::Recorded(stated))).collect(), false)
            }
        };
        Self {
            scenario: scenario.clone(),
            directory,
            randomness,
            slots,
            is_drawn,
            asked: BTreeMap::new(),
            texts: 0,
            stated: Vec::new(),
        }
    }

    /// When each device that exists from the beginning starts.
    pub fn starts(&self) -> Vec<(ClientId, u64)> {
        let later = self.scenario.new_clients();
        let initial = self.directory.clients().filter(|client| !later.contains(client));
        let at_us = |client| self.randomness.config(&format!("start {client}")).range(0..STARTS_WITHIN_US);
        initial.map(|client| (client, at_us(client))).collect()
    }

    /// When the first slot is due, if there is one.
    pub fn first_us(&self) -> Option<u64> {
        self.slots.first().map(|(at_us, _)| *at_us)
    }

    /// Which slot is due next after this one, and when. Slots that are late come in quick succession, but not all at once.
    pub fn next(
        &mut self,
        slot: usize,
        now_us: u64,
        wish: Wish,
        (counts, unresolved): (&IntentCounts, &Unresolved),
    ) -> Option<(u64, usize)> {
        if let Wish::Later(at_us) = wish {
            return Some((at_us, slot));
        }
        if self.is_drawn && slot + 1 == self.slots.len() {
            self.ask_for_more(now_us, counts, unresolved);
        }
        let (at_us, kind) = self.slots.get(slot + 1)?;
        let apart_us = match kind {
            Slot::Recorded(_) => 0,
            _ => 1_000 * self.scenario.workload.mean_gap_ms / 4,
        };
        Some(((*at_us).max(now_us + apart_us), slot + 1))
    }

    /// One more slot, if less is done than the scenario says: of a kind that lacks something which is not under way already.
    fn ask_for_more(&mut self, now_us: u64, counts: &IntentCounts, unresolved: &Unresolved) {
        let workload = &self.scenario.workload;
        let messages_under_way =
            unresolved.values().filter(|(_, intent)| is_message(intent.action)).count() as u64;
        let under_way = (unresolved.len() as u64 - messages_under_way, messages_under_way);
        let done = (counts.done - counts.messages_done, counts.messages_done);
        let wanted = (u64::from(workload.operations), u64::from(workload.messages));
        let lacking = (wanted.0.saturating_sub(done.0), wanted.1.saturating_sub(done.1));
        if lacking == (0, 0) {
            return;
        }
        let operations = lacking.0.saturating_sub(under_way.0);
        let messages = lacking.1.saturating_sub(under_way.1);
        let mut draw = self.randomness.config(&format!("slot {}", self.slots.len()));
        let at_us = now_us + 1_000 * draw.exponential(workload.mean_gap_ms);
        self.slots.push((at_us, draw_kind(&mut draw, operations, messages)));
    }

    /// What was stated so far.
    pub fn stated(&self) -> &[Stated] {
        &self.stated
    }

    /// The slot is due.
    pub fn wish(&mut self, slot: usize, now_us: u64, views: &Views, unresolved: &Unresolved) -> Wish {
        let mut draw = self.randomness.draw(Domain::Workload, &Key::new("slot").number(slot as u64));
        let Some((_, due)) = self.slots.get(slot).copied() else { return Wish::Nothing };
        let spares = !draw.chance(ASKS_BLOCKED);
        let wanted = match due {
            Slot::Recorded(stated) => {
                self.stated.push(stated);
                return Wish::State(stated);
            }
            Slot::Pause => return Wish::Nothing,
            Slot::Create => self.creation(),
            Slot::Operation | Slot::Message => {
                let Some(room) = self.room(slot, spares, (views, unresolved)) else {
                    return Wish::Later(now_us + LULL_US);
                };
                match due {
                    Slot::Message => {
                        let action = self.message(&mut draw);
                        room.anybody(&mut draw, action)
                    }
                    _ if draw.chance(UNRULY) => room.unruly(&mut draw),
                    _ => self.operation(&room, &mut draw),
                }
            }
        };
        let Some(Choice { node, room, action }) = wanted else { return Wish::Nothing };
        if let Action::Send(text) | Action::Use(_, text) = action {
            self.texts = text;
        }
        *self.asked.entry(node).or_default() += 1;
        let intent = Intent { id: IntentId(self.stated.len() as u32), room, action };
        let stated = Stated { at_us: now_us, node, intent };
        self.stated.push(stated);
        Wish::State(stated)
    }

    fn message(&self, draw: &mut Draw) -> Action {
        let users = self.directory.users().count() as u64;
        self.scenario.workload.contents.draw(draw, self.texts + 1, users)
    }

    fn creation(&self) -> Option<Choice> {
        let (client, room) = (self.scenario.creating_client()?, self.scenario.room_id());
        Some(Choice { node: client.into(), room, action: Action::Create })
    }

    /// The room that a slot is about, of those in which somebody can be asked for something.
    fn room<'a>(
        &'a self,
        slot: usize,
        spares: bool,
        (views, unresolved): (&'a Views, &'a Unresolved),
    ) -> Option<Room<'a>> {
        let seen = |id| {
            let mut room = Room::seen(&self.scenario, &self.directory, id, (views, unresolved));
            if spares {
                room.spare_blocked();
            }
            room
        };
        let mut rooms: Vec<Room<'a>> = rooms::going_on(&self.scenario, views).into_iter().map(seen).collect();
        rooms.retain(|room| !room.askable.is_empty());
        // With one room there is nothing to draw.
        let place = match rooms.len() as u64 {
            0 => return None,
            1 => 0,
            several => {
                let key = Key::new("room").number(slot as u64);
                self.randomness.draw(Domain::Workload, &key).range(0..several)
            }
        };
        let mut room = rooms.swap_remove(place as usize);
        for stated in &self.stated {
            match stated.intent.action {
                Action::Delete(user) => drop(room.deleted.insert(user)),
                Action::Do(Deed::Reinitialise(next)) if !unresolved.contains_key(&stated.intent.id) => {
                    room.ended_for.insert(next);
                }
                _ => {}
            }
        }
        Some(room)
    }

    /// A kind by the weights, then who of those who can want it, then what exactly that user or operator wants.
    fn operation(&self, room: &Room<'_>, draw: &mut Draw) -> Option<Choice> {
        let drawn = Kind::draw(&self.scenario.workload.weights, draw);
        // The room fills up first: with half of its users outside, nearly nothing could happen in it.
        let kinds = if room.is_half_empty() { [Kind::Add, drawn] } else { [drawn, Kind::UpdateKeys] };
        kinds.into_iter().find_map(|kind| {
            let choices = room.choices(kind);
            let actors: BTreeSet<NodeId> = choices.iter().map(|choice| choice.node).collect();
            let actors: Vec<NodeId> = actors.into_iter().collect();
            let node = *draw.pick(&actors)?;
            let own: Vec<Choice> = choices.into_iter().filter(|choice| choice.node == node).collect();
            let n = self.asked.get(&node).copied().unwrap_or_default();
            self.randomness.workload(node, n).pick(&own).copied()
        })
    }
}

/// When something is due, and of which kind: the room's creation first, then all operations and messages in a drawn order.
fn draw_slots(scenario: &Scenario, randomness: &Randomness) -> Vec<(u64, Slot)> {
    let workload = &scenario.workload;
    let (mut operations, mut messages) = (u64::from(workload.operations), u64::from(workload.messages));
    let mut slots = Vec::new();
    let mut at_us = CREATED_AT_US;
    if operations > 0 {
        operations -= 1;
        slots.push((at_us, Slot::Create));
    }
    while operations + messages > 0 {
        let mut draw = randomness.config(&format!("slot {}", slots.len()));
        at_us += 1_000 * draw.exponential(workload.mean_gap_ms);
        let kind = draw_kind(&mut draw, operations, messages);
        match kind {
            Slot::Message => messages -= 1,
            _ => operations -= 1,
        }
        slots.push((at_us, kind));
    }
    slots
}

/// One of so many operations and messages that are still wanted.
fn draw_kind(draw: &mut Draw, operations: u64, messages: u64) -> Slot {
    match operations + messages {
        0 => Slot::Pause,
        all if draw.range(0..all) < operations => Slot::Operation,
        _ => Slot::Message,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::policy::examples::cooperative_room;
    use mimic_protocol::{ProviderId, UserId};
    use mimic_record::{ClientView, FollowerView, HubView, NodeView, SeatView};

    const CLUBHOUSE: &str = include_str!("../../../scenarios/clubhouse.toml");

    pub(in crate::workload) fn scenario() -> Scenario {
        Scenario::parse("clubhouse.toml", CLUBHOUSE).unwrap()
    }

    /// The room right after its creation, seen by its creator's first device.
    pub(in crate::workload) fn views() -> Views {
        let (room, creator) = (scenario().room_id(), ClientId(0));
        let standing = Arc::new(cooperative_room(UserId(0)));
        let leaves = Arc::new(BTreeMap::from([(0, creator)]));
        let seat = SeatView {
            epoch: Some(0),
            context: Some(0),
            standing: Some(standing.clone()),
            sequences: None,
            leaves: leaves.clone(),
            pending: 0,
            uncertain: false,
            intents: Vec::new(),
        };
        let hub = HubView {
            epoch: 0,
            context: 0,
            committed: standing.clone(),
            effective: standing,
            sequences: None,
            leaves,
            pending: 0,
            blocked: Vec::new(),
            position: 0,
            owed: Vec::new(),
        };
        let followed = BTreeMap::from([(room, FollowerView { subscribers: vec![(creator, 0)] })]);
        let hosted = BTreeMap::from([(room, hub)]);
        Views::from([
            (ProviderId(0).into(), Arc::new(NodeView::Provider { hosted, followed })),
            (creator.into(), Arc::new(NodeView::Client(ClientView { seats: [(room, seat)].into() }))),
        ])
    }

    #[test]
    fn there_is_a_slot_for_each_wish_of_the_scenario() {
        let scenario = scenario();
        for seed in 0..20 {
            let slots = draw_slots(&scenario, &Randomness::new(seed));
            let of = |kind| slots.iter().filter(|(_, slot)| *slot == kind).count();
            assert_eq!((slots[0].1, of(Slot::Create)), (Slot::Create, 1));
            assert_eq!((of(Slot::Operation), of(Slot::Message)), (64, 210));
            assert!(slots.windows(2).all(|pair| pair[0].0 <= pair[1].0));
            let mean_ms = slots.last().unwrap().0 / 1_000 / slots.len() as u64;
            assert!((270..430).contains(&mean_ms), "{mean_ms}");
        }
    }

    #[test]
    fn nobody_wants_anything_before_there_is_a_room_and_of_the_busy_nothing_is_asked() {
        let scenario = scenario();
        let directory = Arc::new(scenario.directory());
        let mut workload = Workload::new(&scenario, directory, Randomness::new(1), WorkloadSource::Drawn);
        let none = Unresolved::new();
        assert_eq!(workload.wish(1, 9_000, &Views::new(), &none), Wish::Later(9_000 + LULL_US));
        let intent = |id| Intent { id: IntentId(id), room: scenario.room_id(), action: Action::UpdateKeys };
        let busy = |count| (0..count).map(|id| (IntentId(id), (ClientId(0).into(), intent(id)))).collect();
        assert!(matches!(workload.wish(1, 9_000, &views(), &busy(2)), Wish::State(_)));
        assert_eq!(workload.wish(1, 9_000, &views(), &busy(3)), Wish::Later(9_000 + LULL_US));
        let asked: Vec<NodeId> = workload.stated().iter().map(|stated| stated.node).collect();
        assert_eq!(asked, [ClientId(0).into()]);
    }
}
