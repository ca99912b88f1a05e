//! What the users of a run want, and when: drawn from the seed before the run begins, so that it is data.
//!
//! The plan keeps a room of its own, in which everything that is wanted happens at once, to choose what makes sense: whether
//! an actor may do a thing is asked of the policy itself. What then really happens is the run's affair. One intent in twenty
//! is unruly, and may be something that the actor has no right to.

use crate::keyed::{Domain, Draw, Key, Randomness};
use crate::scenario::{Scenario, Weights};
use mimic_protocol::node::{Action, Intent, IntentId};
use mimic_protocol::policy::{Change, authorise, examples};
use mimic_protocol::room::{BANNED, Participant, Standing};
use mimic_protocol::{ClientId, Directory, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// The devices that exist from the beginning start within this time.
const STARTS_WITHIN_US: u64 = 300_000;
/// When the room is created.
const CREATED_AT_US: u64 = 1_000_000;
/// How long a device is taken to need until it is in the room, before which nothing is asked of it.
const SETTLES_IN_US: u64 = 2_500_000;
/// How long before it joins a new device starts.
const STARTS_BEFORE_US: u64 = 500_000;
/// How probable it is that an intent is unruly.
const UNRULY: f64 = 0.05;

/// One thing that a user states at a time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlannedIntent {
    /// When.
    pub at_us: u64,
    /// To which device.
    pub client: ClientId,
    /// What.
    pub intent: Intent,
}

/// A run's workload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkloadPlan {
    /// When which device begins to exist.
    pub starts: BTreeMap<ClientId, u64>,
    /// The intents, by time.
    pub intents: Vec<PlannedIntent>,
}

impl WorkloadPlan {
    /// Draws a scenario's workload.
    pub fn draw(scenario: &Scenario, directory: &Directory, randomness: &Randomness) -> Self {
        let later = scenario.new_clients();
        let initial = directory.clients().filter(|client| !later.contains(client));
        let starts = initial.map(|client| {
            let mut draw = randomness.config(&format!("start {client}"));
            (client, draw.range(0..STARTS_WITHIN_US))
        });
        let creator = scenario.room.creator;
        let mut planner = Planner {
            scenario,
            directory,
            randomness,
            standing: examples::cooperative_room(creator),
            devices: BTreeMap::new(),
            texts: 0,
            asked: BTreeMap::new(),
            plan: Self { starts: starts.collect(), intents: Vec::new() },
        };
        planner.draw();
        planner.plan
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

struct Planner<'a> {
    scenario: &'a Scenario,
    directory: &'a Directory,
    randomness: &'a Randomness,
    /// How the room would stand by now.
    standing: Standing,
    /// The devices that would be in it, each since when.
    devices: BTreeMap<ClientId, u64>,
    texts: u32,
    /// How many intents each device has been drawn.
    asked: BTreeMap<ClientId, u64>,
    plan: WorkloadPlan,
}

impl Planner<'_> {
    fn draw(&mut self) {
        let workload = &self.scenario.workload;
        let mut operations = u64::from(workload.operations);
        let mut messages = u64::from(workload.messages);
        let Some(creator) = self.scenario.creating_client() else { return };
        if operations > 0 {
            operations -= 1;
            self.state(CREATED_AT_US, creator, Action::Create);
            self.devices.insert(creator, CREATED_AT_US);
        }
        let (mut slot, mut at_us) = (0, CREATED_AT_US);
        while operations + messages > 0 {
            let mut draw = self.randomness.draw(Domain::Workload, &Key::new("slot").number(slot));
            slot += 1;
            at_us += 1_000 * draw.exponential(workload.mean_gap_ms);
            let due_us = at_us.min(1_000 * self.scenario.phases.safety_ms - 1);
            if draw.range(0..operations + messages) < operations {
                operations -= 1;
                self.operation(due_us, &mut draw);
            } else {
                messages -= 1;
                self.message(due_us, &mut draw);
            }
        }
        self.plan.intents.sort_by_key(|intent| intent.at_us);
        for (n, planned) in self.plan.intents.iter_mut().enumerate() {
            planned.intent.id = IntentId(n as u32);
        }
    }

    fn message(&mut self, at_us: u64, draw: &mut Draw) {
        if let Some(client) = draw.pick(&self.settled(at_us)).copied() {
            self.texts += 1;
            self.state(at_us, client, Action::Send(self.texts));
        }
    }

    fn operation(&mut self, at_us: u64, draw: &mut Draw) {
        let settled = self.settled(at_us);
        if draw.chance(UNRULY) {
            return self.unruly(at_us, &settled, draw);
        }
        // The room fills up first: with half of its users outside, nearly nothing could happen in it.
        let present = self.standing.participants.iter().filter(|p| p.role != BANNED).count();
        let wanted = draw_kind(&self.scenario.workload.weights, draw);
        let first = if 2 * present < self.scenario.users.len() { Kind::Add } else { wanted };
        for kind in [first, wanted, Kind::UpdateKeys] {
            let choices = self.choices(kind, at_us, &settled);
            let actors: BTreeSet<ClientId> = choices.iter().map(|(client, _)| *client).collect();
            let actors: Vec<ClientId> = actors.into_iter().collect();
            let Some(client) = draw.pick(&actors).copied() else { continue };
            let own: Vec<Action> =
                choices.into_iter().filter(|choice| choice.0 == client).map(|choice| choice.1).collect();
            let n = self.asked.entry(client).or_default();
            *n += 1;
            let mut draw = self.randomness.workload(client.into(), *n - 1);
            if let Some(action) = draw.pick(&own).copied() {
                return self.happen(at_us, client, action);
            }
        }
    }

    fn unruly(&mut self, at_us: u64, settled: &[ClientId], draw: &mut Draw) {
        let users: Vec<UserId> = self.directory.users().collect();
        let (Some(client), Some(target)) = (draw.pick(settled).copied(), draw.pick(&users).copied()) else {
            return;
        };
        let actions = [
            Action::Remove(target),
            Action::Ban(target),
            Action::ChangeRole(target, examples::cooperative::SUPER_ADMIN),
            Action::Add(target, examples::cooperative::SUPER_ADMIN),
        ];
        if let Some(action) = draw.pick(&actions).copied() {
            if self.allowed(client, action) && target != self.scenario.room.creator {
                self.happen(at_us, client, action);
            } else {
                self.state(at_us, client, action);
            }
        }
    }

    /// Who could do what of a kind, with the policy's leave. The room's creator stays in it, as its administrator.
    fn choices(&self, kind: Kind, at_us: u64, settled: &[ClientId]) -> Vec<(ClientId, Action)> {
        let creator = self.scenario.room.creator;
        let others = || self.directory.users().filter(|user| *user != creator);
        let role_of = |user: UserId| self.scenario.users[usize::from(user.0)].role.index();
        let actions: Vec<Action> = match kind {
            Kind::Add => {
                let roles = |user| [role_of(user), examples::cooperative::ORDINARY_USER];
                others().flat_map(|user| roles(user).map(|role| Action::Add(user, role))).collect()
            }
            Kind::Remove => others().map(Action::Remove).collect(),
            Kind::Ban => others().map(Action::Ban).collect(),
            Kind::Unban => others()
                .filter(|user| self.standing.role_of(*user) == Some(BANNED))
                .map(|user| Action::ChangeRole(user, examples::cooperative::ORDINARY_USER))
                .collect(),
            Kind::ChangeRole => {
                let roles = [examples::cooperative::ORDINARY_USER, examples::cooperative::GROUP_ADMIN];
                let listed = others().filter(|user| self.standing.may_take_part(*user));
                listed.flat_map(|user| roles.map(|role| Action::ChangeRole(user, role))).collect()
            }
            Kind::Leave => vec![Action::Leave],
            Kind::UpdateKeys => vec![Action::UpdateKeys],
            Kind::NewDevice => return self.new_devices(at_us),
        };
        let mut choices = Vec::new();
        for client in settled {
            let allowed = actions.iter().filter(|action| self.allowed(*client, **action));
            choices.extend(allowed.map(|action| (*client, *action)));
        }
        choices
    }

    fn new_devices(&self, at_us: u64) -> Vec<(ClientId, Action)> {
        let settled: BTreeSet<UserId> =
            self.settled(at_us).into_iter().map(|client| self.directory.user_of(client)).collect();
        let outside = self.directory.clients().filter(|client| !self.devices.contains_key(client));
        // Of a user who is there with another device already, or who was unbanned and is there with none.
        let may_join = |user: UserId| settled.contains(&user) || self.devices_in(user).is_empty();
        let joining = outside.filter(|client| {
            let user = self.directory.user_of(*client);
            self.standing.may_take_part(user) && may_join(user)
        });
        joining.map(|client| (client, Action::JoinOwnDevice)).collect()
    }

    /// Whether the policy lets the device's user do it, as the room would stand by now.
    fn allowed(&self, client: ClientId, action: Action) -> bool {
        let actor = self.directory.user_of(client);
        let Some(change) = self.change(actor, action) else {
            return matches!(action, Action::UpdateKeys);
        };
        if action == Action::Leave && actor == self.scenario.room.creator {
            return false;
        }
        let members = self.devices.keys().copied().collect();
        let before = &self.standing.participants;
        *before != change.list_after && authorise(self.directory, &self.standing, &members, &change).is_ok()
    }

    /// What an action would make of the list; none if it does not touch the list, or cannot.
    fn change(&self, actor: UserId, action: Action) -> Option<Change> {
        let mut list_after = self.standing.participants.clone();
        let listed = |user: UserId| self.standing.role_of(user).is_some();
        let (mut added_clients, mut removed_clients) = (Vec::new(), Vec::new());
        match action {
            Action::Add(user, role) if !listed(user) => {
                list_after.push(Participant { user, role });
                added_clients = self.present_devices(user);
            }
            Action::Remove(user) if user != actor && listed(user) => {
                list_after.retain(|entry| entry.user != user);
                removed_clients = self.devices_in(user);
            }
            Action::Leave => {
                list_after.retain(|entry| entry.user != actor);
                removed_clients = self.devices_in(actor);
            }
            Action::Ban(user) | Action::ChangeRole(user, _) if user != actor && listed(user) => {
                let role = if let Action::ChangeRole(_, role) = action { role } else { BANNED };
                list_after.iter_mut().filter(|entry| entry.user == user).for_each(|entry| entry.role = role);
                removed_clients = if role == BANNED { self.devices_in(user) } else { Vec::new() };
            }
            _ => return None,
        }
        let (roles_after, base_after) = (None, None);
        Some(Change {
            actor,
            external: false,
            list_after,
            added_clients,
            removed_clients,
            roles_after,
            base_after,
        })
    }

    /// States the intent, and lets it happen in the planned room.
    fn happen(&mut self, at_us: u64, client: ClientId, action: Action) {
        self.state(at_us, client, action);
        if action == Action::JoinOwnDevice {
            let start_us = at_us.saturating_sub(STARTS_BEFORE_US);
            self.plan.starts.entry(client).or_insert(start_us);
            self.devices.insert(client, at_us);
        }
        let Some(change) = self.change(self.directory.user_of(client), action) else { return };
        self.standing.participants = change.list_after;
        self.devices.extend(change.added_clients.into_iter().map(|client| (client, at_us)));
        self.devices.retain(|client, _| !change.removed_clients.contains(client));
    }

    fn state(&mut self, at_us: u64, client: ClientId, action: Action) {
        let intent = Intent { id: IntentId(0), room: self.scenario.room_id(), action };
        self.plan.intents.push(PlannedIntent { at_us, client, intent });
    }

    /// The devices that would be in the room and have had the time to get there.
    fn settled(&self, at_us: u64) -> Vec<ClientId> {
        let settled = self
            .devices
            .iter()
            .filter(|(_, since)| **since == CREATED_AT_US || **since + SETTLES_IN_US <= at_us);
        settled.map(|(client, _)| *client).collect()
    }

    fn devices_in(&self, user: UserId) -> Vec<ClientId> {
        self.directory.clients_of(user).filter(|client| self.devices.contains_key(client)).collect()
    }

    /// The user's devices that exist already.
    fn present_devices(&self, user: UserId) -> Vec<ClientId> {
        self.directory.clients_of(user).filter(|client| self.plan.starts.contains_key(client)).collect()
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
