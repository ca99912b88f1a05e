//! The room as its users see it, and what could make sense to them there.

use crate::kernel::Unresolved;
use crate::keyed::Draw;
use crate::scenario::{Room as Planned, Scenario, Weights};
use crate::workload::rooms;
use mimic_protocol::ids::Actor;
use mimic_protocol::node::Action;
use mimic_protocol::policy::{Change, authorise, examples::cooperative};
use mimic_protocol::room::{BANNED, Participant, Standing};
use mimic_protocol::{ClientId, Directory, NodeId, RoomId, UserId};
use mimic_record::{HubView, NodeView, SeatView, Views};
use std::collections::BTreeSet;

/// Of a device that has not done so many things yet, nothing more is asked.
const PATIENCE: usize = 3;

/// The kinds of operations, in the order of their weights.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Add,
    Remove,
    Ban,
    Unban,
    ChangeRole,
    Leave,
    NewDevice,
    UpdateKeys,
    Kick,
    DropDevice,
    Join,
    Rejoin,
    ChangePolicy,
    Enforce,
    Overreach,
    DeleteUser,
    OpenRoom,
    Reinitialise,
    Consent,
    Search,
    ChangeKey,
}

/// Something that could be wanted: of which node, where, and what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Choice {
    pub node: NodeId,
    pub room: RoomId,
    pub action: Action,
}

impl Kind {
    /// A kind, by the weights.
    pub fn draw(weights: &Weights, draw: &mut Draw) -> Self {
        let kinds = [
            (Kind::Add, weights.add),
            (Kind::Remove, weights.remove),
            (Kind::Ban, weights.ban),
            (Kind::Unban, weights.unban),
            (Kind::ChangeRole, weights.change_role),
            (Kind::Leave, weights.leave),
            (Kind::NewDevice, weights.new_device),
            (Kind::UpdateKeys, weights.update_keys),
            (Kind::Kick, weights.kick),
            (Kind::DropDevice, weights.drop_device),
            (Kind::Join, weights.join),
            (Kind::Rejoin, weights.rejoin),
            (Kind::ChangePolicy, weights.change_policy),
            (Kind::Enforce, weights.enforce),
            (Kind::Overreach, weights.overreach),
            (Kind::DeleteUser, weights.delete_user),
            (Kind::OpenRoom, weights.open_room),
            (Kind::Reinitialise, weights.reinitialise),
            (Kind::Consent, weights.consent),
            (Kind::Search, weights.search),
            (Kind::ChangeKey, weights.change_key),
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
}

/// The room as its users see it.
pub(super) struct Room<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) directory: &'a Directory,
    pub(super) id: RoomId,
    /// As what it was planned.
    planned: &'a Planned,
    pub(super) views: &'a Views,
    unresolved: &'a Unresolved,
    pub(super) hub: Option<&'a HubView>,
    /// The devices that are in the room and have done nearly all that they were asked.
    pub askable: Vec<ClientId>,
    /// The users whom somebody is adding.
    being_added: BTreeSet<UserId>,
    /// The users whom their providers were told to delete.
    pub(super) deleted: BTreeSet<UserId>,
    /// The rooms in whose favour others were to be ended.
    pub(super) ended_for: BTreeSet<RoomId>,
}

impl<'a> Room<'a> {
    pub fn seen(
        scenario: &'a Scenario,
        directory: &'a Directory,
        id: RoomId,
        (views, unresolved): (&'a Views, &'a Unresolved),
    ) -> Self {
        let mut room = Self {
            scenario,
            directory,
            id,
            planned: scenario.rooms().nth(usize::from(id.0)).unwrap_or(&scenario.room),
            views,
            unresolved,
            hub: rooms::hub(scenario, views, id),
            askable: Vec::new(),
            being_added: BTreeSet::new(),
            deleted: BTreeSet::new(),
            ended_for: BTreeSet::new(),
        };
        let busy = |client: ClientId| unresolved.values().filter(|(node, _)| *node == client.into()).count();
        let inside = |client: &ClientId| {
            room.seat(*client).is_some_and(|seat| seat.epoch.is_some()) && busy(*client) < PATIENCE
        };
        room.askable = directory.clients().filter(inside).collect();
        let here = unresolved.values().filter(|(_, intent)| intent.room == id);
        room.being_added = here.filter_map(|(_, intent)| added(intent.action)).collect();
        room
    }

    pub fn spare_blocked(&mut self) {
        let Self { directory, hub, askable, .. } = self;
        let Some(hub) = hub else { return };
        askable.retain(|client| !hub.blocked.contains(&directory.user_of(*client)));
    }

    pub(super) fn seat(&self, client: ClientId) -> Option<&'a SeatView> {
        match &**self.views.get(&client.into())? {
            NodeView::Client(view) => view.seats.get(&self.id),
            NodeView::Provider { .. } => None,
        }
    }

    /// The user who creates the room, and stays in it.
    pub(super) fn creator(&self) -> UserId {
        self.planned.creator
    }

    /// The first room is for everybody.
    pub fn is_half_empty(&self) -> bool {
        if self.id != self.scenario.room_id() {
            return false;
        }
        let listed = self.hub.map_or(0, |hub| hub.committed.participants.len());
        2 * listed < self.directory.users().filter(|user| self.may_be_here(*user)).count()
    }

    /// Whether the user can be here under this name: hidden users are somebody in one room alone, and others nowhere that hides.
    fn may_be_here(&self, user: UserId) -> bool {
        match self.directory.hidden_in(user) {
            Some(room) => room == self.id,
            None => !self.directory.is_minimal(self.id),
        }
    }

    /// What could be wanted of a kind, and by whom. The room's creator stays in it, as its administrator.
    pub fn choices(&self, kind: Kind) -> Vec<Choice> {
        let of_clients = match kind {
            Kind::Enforce => return self.enforcements(),
            Kind::Overreach => return self.overreaches(),
            Kind::DeleteUser => return self.deletions(),
            Kind::OpenRoom => return self.openings(self.unresolved),
            Kind::Reinitialise => return self.ends(),
            Kind::NewDevice => self.new_devices(),
            Kind::Join => self.joins(),
            Kind::Consent => self.consents(),
            Kind::Search => self.searches(),
            Kind::Kick | Kind::DropDevice | Kind::Rejoin | Kind::ChangePolicy => self.deeds(kind),
            _ => self.usual(kind),
        };
        let here =
            |(client, action): (ClientId, Action)| Choice { node: client.into(), room: self.id, action };
        of_clients.into_iter().map(here).collect()
    }

    fn usual(&self, kind: Kind) -> Vec<(ClientId, Action)> {
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
        let others = self.directory.users().filter(|user| *user != self.creator());
        let by_role = |wanted: fn(Option<u32>) -> bool| others.filter(move |u| wanted(standing.role_of(*u)));
        let takes_part = |role: Option<u32>| role.is_some_and(|role| role != BANNED);
        match kind {
            Kind::Add => {
                let role = |user: UserId| self.scenario.users[usize::from(user.0)].role.index;
                let roles = |user| [role(user), cooperative::ORDINARY_USER];
                // Two add the same user at times, but not while there are many to add.
                let left = |user: &UserId| !(self.is_half_empty() && self.being_added.contains(user));
                let absent =
                    by_role(|role| role.is_none()).filter(|user| self.may_be_here(*user)).filter(left);
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
            Kind::UpdateKeys => vec![Action::UpdateKeys],
            Kind::ChangeKey => vec![Action::ChangeKey],
            Kind::NewDevice | Kind::Kick | Kind::DropDevice | Kind::Join | Kind::Rejoin => Vec::new(),
            Kind::ChangePolicy | Kind::Enforce | Kind::Overreach | Kind::DeleteUser => Vec::new(),
            Kind::OpenRoom | Kind::Reinitialise | Kind::Consent | Kind::Search => Vec::new(),
        }
    }

    /// Devices that are not in the room, of users who are participants, and that have nothing to do.
    fn new_devices(&self) -> Vec<(ClientId, Action)> {
        let Some(hub) = self.hub else { return Vec::new() };
        let outside = self.directory.clients().filter(|client| {
            let user = self.directory.user_of(*client);
            hub.effective.may_take_part(user) && !hub.leaves.values().any(|leaf| leaf == client)
        });
        outside.filter(|client| self.is_idle(*client)).map(|client| (client, Action::JoinOwnDevice)).collect()
    }

    /// A device that is not in the room, and has nothing to do.
    pub(super) fn is_idle(&self, client: ClientId) -> bool {
        self.seat(client).is_none_or(|seat| seat.epoch.is_none() && seat.intents.is_empty())
    }

    /// Somebody in the room wants this.
    pub fn anybody(&self, draw: &mut Draw, action: Action) -> Option<Choice> {
        draw.pick(&self.askable).map(|client| Choice { node: (*client).into(), room: self.id, action })
    }

    pub fn unruly(&self, draw: &mut Draw) -> Option<Choice> {
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
        let spared = target == self.creator() && self.allowed(client, action);
        (!spared).then_some(Choice { node: client.into(), room: self.id, action })
    }

    /// Whether the policy lets the device's user do it, as its device shows the room.
    fn allowed(&self, client: ClientId, action: Action) -> bool {
        let (actor, seat) = (self.directory.user_of(client), self.seat(client));
        let Some((seat, standing)) = seat.and_then(|seat| Some((seat, seat.standing.as_deref()?))) else {
            return false;
        };
        match action {
            Action::UpdateKeys | Action::ChangeKey => return true,
            Action::Leave if actor == self.creator() => return false,
            _ => {}
        }
        let leaves: Vec<ClientId> = seat.leaves.values().copied().collect();
        let Some(change) = self.change(actor.into(), action, &leaves, standing) else { return false };
        let members = leaves.into_iter().collect();
        standing.participants != change.list_after
            && authorise(self.directory, standing, &members, &change).is_ok()
    }

    /// What an action would make of the list; none if it cannot touch it.
    pub(super) fn change(
        &self,
        actor: Actor,
        action: Action,
        leaves: &[ClientId],
        standing: &Standing,
    ) -> Option<Change> {
        let mut list_after = standing.participants.clone();
        let listed = |user: UserId| standing.role_of(user).is_some();
        let devices = |user: UserId| {
            let own = leaves.iter().copied().filter(|client| self.directory.user_of(*client) == user);
            own.collect::<Vec<_>>()
        };
        let (mut added_clients, mut removed_clients) = (Vec::new(), Vec::new());
        match action {
            Action::Add(user, role) if !listed(user) => {
                list_after.push(Participant { user, role });
                added_clients = self.directory.clients_of(user).collect();
            }
            Action::Remove(user) | Action::Delete(user) if actor != user.into() && listed(user) => {
                list_after.retain(|entry| entry.user != user);
                removed_clients = devices(user);
            }
            Action::Leave => {
                let Actor::User(actor) = actor else { return None };
                list_after.retain(|entry| entry.user != actor);
                removed_clients = devices(actor);
            }
            Action::Ban(user) | Action::ChangeRole(user, _) if actor != user.into() && listed(user) => {
                let role = if let Action::ChangeRole(_, role) = action { role } else { BANNED };
                list_after.iter_mut().filter(|entry| entry.user == user).for_each(|entry| entry.role = role);
                removed_clients = if role == BANNED { devices(user) } else { Vec::new() };
            }
            _ => return None,
        }
        Some(Change { list_after, added_clients, removed_clients, ..Change::none(actor, standing) })
    }
}

fn added(action: Action) -> Option<UserId> {
    match action {
        Action::Add(user, _) => Some(user),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::tests::{scenario, views};

    fn choices(kind: Kind) -> Vec<(ClientId, Action)> {
        let (scenario, views, none) = (scenario(), views(), Unresolved::new());
        let directory = scenario.directory();
        let room = Room::seen(&scenario, &directory, scenario.room_id(), (&views, &none));
        let choices = room.choices(kind).into_iter();
        let of_client = |choice: Choice| match choice.node {
            NodeId::Client(client) => (client, choice.action),
            NodeId::Provider(_) => panic!("{choice:?} is an operator's"),
        };
        choices.map(of_client).collect()
    }

    #[test]
    fn only_what_makes_sense_is_wanted() {
        let creator = ClientId(0);
        let added = choices(Kind::Add);
        assert!(added.contains(&(creator, Action::Add(UserId(1), cooperative::GROUP_ADMIN))));
        assert!(!added.iter().any(|(_, action)| matches!(action, Action::Add(UserId(0), _))));
        assert_eq!(choices(Kind::NewDevice), [(ClientId(1), Action::JoinOwnDevice)]);
        assert_eq!(choices(Kind::UpdateKeys), [(creator, Action::UpdateKeys)]);
        for kind in [Kind::Remove, Kind::Ban, Kind::Unban, Kind::ChangeRole, Kind::Leave] {
            assert_eq!(choices(kind), [], "{kind:?}");
        }
    }
}
