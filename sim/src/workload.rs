//! What the users of a run want, and when.
//!
//! When, and which kind of thing, is drawn from the seed alone. Who wants it of whom is drawn when it is due, from what then
//! makes sense to the users: each knows the room as its own device shows it, and asks the policy itself what it may do. One
//! intent in twenty is unruly, and may be something that the user has no right to. What was stated is data, and can be stated
//! again in a replay.

use crate::kernel::Unresolved;
use crate::keyed::{Domain, Draw, Key, Randomness};
use crate::scenario::{Scenario, Weights};
use mimic_protocol::node::{Action, Intent, IntentId};
use mimic_protocol::policy::{Change, authorise, examples::cooperative};
use mimic_protocol::room::{BANNED, Participant, Standing};
use mimic_protocol::{ClientId, Directory, NodeId, UserId};
use mimic_record::{HubView, NodeView, SeatView, Views};
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
/// Of a device that has not done so many things yet, nothing more is asked.
const PATIENCE: usize = 3;

/// One thing that a user stated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stated {
    /// When.
    pub at_us: u64,
    /// To which device. One that did not exist before begins with it.
    pub client: ClientId,
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
    /// How many things each device has been asked.
    asked: BTreeMap<ClientId, u64>,
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
        let slots = match source {
            WorkloadSource::Drawn => draw_slots(scenario, &randomness),
            WorkloadSource::Recorded(stated) => {
                stated.into_iter().map(|stated| (stated.at_us, Slot::Recorded(stated))).collect()
            }
        };
        Self {
            scenario: scenario.clone(),
            directory,
            randomness,
            slots,
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
    pub fn next(&self, slot: usize, now_us: u64, wish: Wish) -> Option<(u64, usize)> {
        if let Wish::Later(at_us) = wish {
            return Some((at_us, slot));
        }
        let (at_us, kind) = self.slots.get(slot + 1)?;
        let apart_us = match kind {
            Slot::Recorded(_) => 0,
            _ => 1_000 * self.scenario.workload.mean_gap_ms / 4,
        };
        Some(((*at_us).max(now_us + apart_us), slot + 1))
    }

    /// What was stated so far.
    pub fn stated(&self) -> &[Stated] {
        &self.stated
    }

    /// The slot is due.
    pub fn wish(&mut self, slot: usize, now_us: u64, views: &Views, unresolved: &Unresolved) -> Wish {
        let mut draw = self.randomness.draw(Domain::Workload, &Key::new("slot").number(slot as u64));
        let Some((_, slot)) = self.slots.get(slot).copied() else { return Wish::Nothing };
        let mut room = Room::seen(&self.scenario, &self.directory, views, unresolved);
        if !draw.chance(ASKS_BLOCKED) {
            room.spare_blocked();
        }
        let wanted = match slot {
            Slot::Recorded(stated) => {
                self.stated.push(stated);
                return Wish::State(stated);
            }
            Slot::Create => self.scenario.creating_client().map(|client| (client, Action::Create)),
            _ if room.askable.is_empty() => return Wish::Later(now_us + LULL_US),
            Slot::Message => draw.pick(&room.askable).map(|client| (*client, Action::Send(self.texts + 1))),
            Slot::Operation if draw.chance(UNRULY) => room.unruly(&mut draw),
            Slot::Operation => self.operation(&room, &mut draw),
        };
        let Some((client, action)) = wanted else { return Wish::Nothing };
        if let Action::Send(text) = action {
            self.texts = text;
        }
        *self.asked.entry(client).or_default() += 1;
        let intent = Intent { id: IntentId(self.stated.len() as u32), room: self.scenario.room_id(), action };
        let stated = Stated { at_us: now_us, client, intent };
        self.stated.push(stated);
        Wish::State(stated)
    }

    /// A kind by the weights, then who of those who can want it, then what exactly that user wants.
    fn operation(&self, room: &Room<'_>, draw: &mut Draw) -> Option<(ClientId, Action)> {
        let drawn = draw_kind(&self.scenario.workload.weights, draw);
        // The room fills up first: with half of its users outside, nearly nothing could happen in it.
        let kinds = if room.is_half_empty() { [Kind::Add, drawn] } else { [drawn, Kind::UpdateKeys] };
        kinds.into_iter().find_map(|kind| {
            let choices = room.choices(kind);
            let actors: BTreeSet<ClientId> = choices.iter().map(|(client, _)| *client).collect();
            let actors: Vec<ClientId> = actors.into_iter().collect();
            let client = *draw.pick(&actors)?;
            let own: Vec<Action> =
                choices.into_iter().filter(|choice| choice.0 == client).map(|choice| choice.1).collect();
            let n = self.asked.get(&client).copied().unwrap_or_default();
            let action = *self.randomness.workload(client.into(), n).pick(&own)?;
            Some((client, action))
        })
    }
}

/// The kinds of operations, in the order of their weights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Add,
    Remove,
    Ban,
    Unban,
    ChangeRole,
    Leave,
    NewDevice,
    UpdateKeys,
}

/// The room as its users see it.
struct Room<'a> {
    scenario: &'a Scenario,
    directory: &'a Directory,
    views: &'a Views,
    hub: Option<&'a HubView>,
    /// The devices that are in the room and have done nearly all that they were asked.
    askable: Vec<ClientId>,
    /// The users whom somebody is adding.
    being_added: BTreeSet<UserId>,
}

impl<'a> Room<'a> {
    fn seen(
        scenario: &'a Scenario,
        directory: &'a Directory,
        views: &'a Views,
        unresolved: &Unresolved,
    ) -> Self {
        let hub = match views.get(&NodeId::from(scenario.room.hub)) {
            Some(NodeView::Provider { hosted, .. }) => hosted.get(&scenario.room_id()),
            _ => None,
        };
        let (askable, being_added) = (Vec::new(), BTreeSet::new());
        let mut room = Self { scenario, directory, views, hub, askable, being_added };
        let busy = |client: ClientId| unresolved.values().filter(|(node, _)| *node == client.into()).count();
        let inside = |client: &ClientId| {
            room.seat(*client).is_some_and(|seat| seat.epoch.is_some()) && busy(*client) < PATIENCE
        };
        room.askable = directory.clients().filter(inside).collect();
        room.being_added = unresolved.values().filter_map(|(_, intent)| added(intent.action)).collect();
        room
    }

    fn spare_blocked(&mut self) {
        let Self { directory, hub, askable, .. } = self;
        let Some(hub) = hub else { return };
        askable.retain(|client| !hub.blocked.contains(&directory.user_of(*client)));
    }

    fn seat(&self, client: ClientId) -> Option<&'a SeatView> {
        match self.views.get(&client.into())? {
            NodeView::Client(view) => view.seats.get(&self.scenario.room_id()),
            NodeView::Provider { .. } => None,
        }
    }

    fn is_half_empty(&self) -> bool {
        let listed = self.hub.map_or(0, |hub| hub.committed.participants.len());
        2 * listed < self.scenario.users.len()
    }

    /// What could be wanted of a kind, and by whom. The room's creator stays in it, as its administrator.
    fn choices(&self, kind: Kind) -> Vec<(ClientId, Action)> {
        if kind == Kind::NewDevice {
            return self.new_devices();
        }
        let of = |client: ClientId| {
            let standing = self.seat(client).and_then(|seat| seat.standing.as_deref());
            let wanted = standing.map_or(Vec::new(), |standing| self.wanted(kind, standing));
            let allowed = wanted.into_iter().filter(move |action| self.allowed(client, *action));
            allowed.map(move |action| (client, action))
        };
        self.askable.iter().flat_map(|client| of(*client)).collect()
    }

    /// The actions of a kind that would make a difference to a room that stands like this.
    fn wanted(&self, kind: Kind, standing: &Standing) -> Vec<Action> {
        let others = self.directory.users().filter(|user| *user != self.scenario.room.creator);
        let by_role = |wanted: fn(Option<u32>) -> bool| others.filter(move |u| wanted(standing.role_of(*u)));
        let takes_part = |role: Option<u32>| role.is_some_and(|role| role != BANNED);
        match kind {
            Kind::Add => {
                let role = |user: UserId| self.scenario.users[usize::from(user.0)].role.index();
                let roles = |user| [role(user), cooperative::ORDINARY_USER];
                // Two add the same user at times, but not while there are many to add.
                let left = |user: &UserId| !(self.is_half_empty() && self.being_added.contains(user));
                let absent = by_role(|role| role.is_none()).filter(left);
                absent.flat_map(|user| roles(user).map(|role| Action::Add(user, role))).collect()
            }
            Kind::Remove => by_role(takes_part).map(Action::Remove).collect(),
            Kind::Ban => by_role(takes_part).map(Action::Ban).collect(),
            Kind::Unban => by_role(|role| role == Some(BANNED))
                .map(|user| Action::ChangeRole(user, cooperative::ORDINARY_USER))
                .collect(),
            Kind::ChangeRole => {
                let roles = [cooperative::ORDINARY_USER, cooperative::GROUP_ADMIN];
                let listed = by_role(takes_part);
                listed.flat_map(|user| roles.map(|role| Action::ChangeRole(user, role))).collect()
            }
            Kind::Leave => vec![Action::Leave],
            Kind::NewDevice => Vec::new(),
            Kind::UpdateKeys => vec![Action::UpdateKeys],
        }
    }

    /// Devices that are not in the room, of users who are participants, and that have nothing to do.
    fn new_devices(&self) -> Vec<(ClientId, Action)> {
        let Some(hub) = self.hub else { return Vec::new() };
        let is_idle = |client: ClientId| {
            self.seat(client).is_none_or(|seat| seat.epoch.is_none() && seat.intents.is_empty())
        };
        let outside = self.directory.clients().filter(|client| {
            let user = self.directory.user_of(*client);
            hub.effective.may_take_part(user) && !hub.leaves.values().any(|leaf| leaf == client)
        });
        outside.filter(|client| is_idle(*client)).map(|client| (client, Action::JoinOwnDevice)).collect()
    }

    fn unruly(&self, draw: &mut Draw) -> Option<(ClientId, Action)> {
        let users: Vec<UserId> = self.directory.users().collect();
        let (client, target) = (*draw.pick(&self.askable)?, *draw.pick(&users)?);
        let actions = [
            Action::Remove(target),
            Action::Ban(target),
            Action::ChangeRole(target, cooperative::SUPER_ADMIN),
            Action::Add(target, cooperative::SUPER_ADMIN),
        ];
        let action = *draw.pick(&actions)?;
        // The creator stays: what may be done to it is not done.
        let spared = target == self.scenario.room.creator && self.allowed(client, action);
        (!spared).then_some((client, action))
    }

    /// Whether the policy lets the device's user do it, as its device shows the room.
    fn allowed(&self, client: ClientId, action: Action) -> bool {
        let (actor, seat) = (self.directory.user_of(client), self.seat(client));
        let Some((seat, standing)) = seat.and_then(|seat| Some((seat, seat.standing.as_deref()?))) else {
            return false;
        };
        match action {
            Action::UpdateKeys => return true,
            Action::Leave if actor == self.scenario.room.creator => return false,
            _ => {}
        }
        let Some(change) = self.change(actor, action, seat, standing) else { return false };
        let members = seat.leaves.values().copied().collect();
        standing.participants != change.list_after
            && authorise(self.directory, standing, &members, &change).is_ok()
    }

    /// What an action would make of the list; none if it cannot touch it.
    fn change(&self, actor: UserId, action: Action, seat: &SeatView, standing: &Standing) -> Option<Change> {
        let mut list_after = standing.participants.clone();
        let listed = |user: UserId| standing.role_of(user).is_some();
        let devices = |user: UserId| {
            let leaves = seat.leaves.values().copied();
            leaves.filter(|client| self.directory.user_of(*client) == user).collect::<Vec<_>>()
        };
        let (mut added_clients, mut removed_clients) = (Vec::new(), Vec::new());
        match action {
            Action::Add(user, role) if !listed(user) => {
                list_after.push(Participant { user, role });
                added_clients = self.directory.clients_of(user).collect();
            }
            Action::Remove(user) if user != actor && listed(user) => {
                list_after.retain(|entry| entry.user != user);
                removed_clients = devices(user);
            }
            Action::Leave => {
                list_after.retain(|entry| entry.user != actor);
                removed_clients = devices(actor);
            }
            Action::Ban(user) | Action::ChangeRole(user, _) if user != actor && listed(user) => {
                let role = if let Action::ChangeRole(_, role) = action { role } else { BANNED };
                list_after.iter_mut().filter(|entry| entry.user == user).for_each(|entry| entry.role = role);
                removed_clients = if role == BANNED { devices(user) } else { Vec::new() };
            }
            _ => return None,
        }
        let external = false;
        let (roles_after, base_after) = (None, None);
        Some(Change { actor, external, list_after, added_clients, removed_clients, roles_after, base_after })
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
        let kind = if draw.range(0..operations + messages) < operations {
            operations -= 1;
            Slot::Operation
        } else {
            messages -= 1;
            Slot::Message
        };
        slots.push((at_us, kind));
    }
    slots
}

fn added(action: Action) -> Option<UserId> {
    match action {
        Action::Add(user, _) => Some(user),
        _ => None,
    }
}

fn draw_kind(weights: &Weights, draw: &mut Draw) -> Kind {
    let kinds = [
        (Kind::Add, weights.add),
        (Kind::Remove, weights.remove),
        (Kind::Ban, weights.ban),
        (Kind::Unban, weights.unban),
        (Kind::ChangeRole, weights.change_role),
        (Kind::Leave, weights.leave),
        (Kind::NewDevice, weights.new_device),
        (Kind::UpdateKeys, weights.update_keys),
    ];
    let mut place = draw.range(0..weights.total());
    for (kind, weight) in kinds {
        match place.checked_sub(u64::from(weight)) {
            Some(rest) => place = rest,
            None => return kind,
        }
    }
    Kind::UpdateKeys
}
