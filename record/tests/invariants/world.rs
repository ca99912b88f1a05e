//! A room that is moved by hand, in front of one invariant: a hub that accepts whatever it is told to.

use mimic_protocol::mls::{KeyPackageRef, ProposalInfo, ProposalRef, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::room::{BasePolicy, ListChange, Log, Participant, Role, Sequences, Standing, component};
use mimic_protocol::wire::Wire;
use mimic_protocol::wire::participant_list::{ParticipantListUpdate, UserIndexRolePair, UserRolePair};
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, Readings, RoomId, UserId};
use mimic_record::{
    ClientView, Event, HubView, Invariant, NodeView, SeatView, Step, Tally, Transition, Views, invariants,
};
use std::collections::BTreeMap;
use std::sync::Arc;

pub const HUB: ProviderId = ProviderId(0);
pub const FOLLOWER: ProviderId = ProviderId(1);
pub const ROOM: RoomId = RoomId(0);
/// Another room of the same hub, where a test has one.
pub const OTHER_ROOM: RoomId = RoomId(1);
/// A pseudonym, without clients.
pub const ZORRO: UserId = UserId(5);
/// Alice, Dan and Eve are at home at the hub, Bob and Cathy at the follower.
pub const ALICE: UserId = UserId(0);
pub const BOB: UserId = UserId(1);
pub const CATHY: UserId = UserId(2);
pub const DAN: UserId = UserId(3);
pub const EVE: UserId = UserId(4);
pub const A1: ClientId = ClientId(0);
pub const A2: ClientId = ClientId(1);
pub const B1: ClientId = ClientId(2);
pub const B2: ClientId = ClientId(3);
pub const C1: ClientId = ClientId(4);
pub const D1: ClientId = ClientId(5);

/// The world, the room as its hub has it, and the invariant that watches.
pub struct World {
    pub directory: Directory,
    /// The room at the hub: what the next step at the hub shows.
    pub hub: HubView,
    /// The hub's other rooms.
    pub others: BTreeMap<RoomId, Standing>,
    pub invariant: Box<dyn Invariant>,
    pub tally: Tally,
    /// What the hub observes together with the next event that it accepts.
    pub beside: Vec<Fact>,
    views: Views,
    n: u64,
}

impl World {
    /// Alice and Bob in the room with one client each, in roles 10 and 20.
    pub fn new(invariant: &str) -> Self {
        Self::begin(invariant, None)
    }

    /// The same, with the room's state in the hub's logs.
    pub fn by_log(invariant: &str) -> Self {
        Self::begin(invariant, Some(Sequences::default()))
    }

    /// The same, where the drafts are read like this.
    pub fn under(invariant: &str, readings: &Readings) -> Self {
        let mut all = invariants::all(readings).into_iter();
        let watching = all.find(|i| i.id() == invariant).expect("an invariant");
        Self { invariant: watching, ..Self::new(invariant) }
    }

    fn begin(invariant: &str, sequences: Option<Sequences>) -> Self {
        let mut all = invariants::all(&Readings::default()).into_iter();
        let invariant = all.find(|i| i.id() == invariant).expect("an invariant");
        let standing = Arc::new(standing(&[(ALICE, 10), (BOB, 20)]));
        let hub = HubView {
            epoch: 0,
            context: 0,
            committed: standing.clone(),
            effective: standing,
            sequences,
            leaves: Arc::new(BTreeMap::from([(0, A1), (1, B1)])),
            pending: 0,
            blocked: Vec::new(),
            position: 0,
            owed: Vec::new(),
        };
        let mut world = Self {
            directory: directory(),
            hub,
            others: BTreeMap::new(),
            invariant,
            tally: Tally::default(),
            beside: Vec::new(),
            views: Views::new(),
            n: 0,
        };
        world.at_hub(Event::Start, vec![Fact::Opened { room: ROOM }]);
        world
    }

    /// A step at any node, with the view of it afterwards where that is another one.
    pub fn step(&mut self, node: impl Into<NodeId>, event: Event, facts: Vec<Fact>, view: Option<NodeView>) {
        let node = node.into();
        let before = self.views.get(&node).cloned();
        let view = view.filter(|view| before.as_deref() != Some(view)).map(Arc::new);
        if let Some(view) = &view {
            self.views.insert(node, view.clone());
        }
        let step = Step {
            n: self.n,
            at_us: self.n,
            written_us: 0,
            node,
            event,
            cause: None,
            facts,
            change: None,
            view,
        };
        self.n += 1;
        let (directory, views) = (&self.directory, &self.views);
        let transition = Transition { directory, step: &step, before: before.as_deref(), views };
        self.invariant.step(&transition, &mut self.tally);
    }

    /// A step at the hub, which shows the room as it is in `self.hub`.
    pub fn at_hub(&mut self, event: Event, facts: Vec<Fact>) {
        let mut hosted = BTreeMap::from([(ROOM, self.hub.clone())]);
        for (room, standing) in &self.others {
            let standing = Arc::new(standing.clone());
            let view = HubView { committed: standing.clone(), effective: standing, ..self.hub.clone() };
            hosted.insert(*room, view);
        }
        self.step(HUB, event, facts, Some(NodeView::Provider { hosted, followed: BTreeMap::new() }));
    }

    /// Facts at a node whose view stays as it is.
    pub fn observe(&mut self, node: impl Into<NodeId>, facts: Vec<Fact>) {
        self.step(node, Event::Start, facts, None);
    }

    /// A client shows its place in the room.
    pub fn seat(&mut self, client: ClientId, seat: SeatView) {
        let view = NodeView::Client(ClientView { seats: BTreeMap::from([(ROOM, seat)]) });
        self.step(client, Event::Start, Vec::new(), Some(view));
    }

    /// A client comes into the group.
    pub fn enters(&mut self, client: ClientId, seat: SeatView) {
        let joined = Fact::Joined { room: ROOM, epoch: seat.epoch.unwrap_or_default() };
        let view = NodeView::Client(ClientView { seats: BTreeMap::from([(ROOM, seat)]) });
        self.step(client, Event::Start, vec![joined], Some(view));
    }

    /// The hub hands out the GroupInfo of an epoch, with so many proposals.
    pub fn gives(&mut self, epoch: u64, pending: usize) {
        let context = self.hub.context;
        self.at_hub(Event::Start, vec![Fact::GroupInfoGiven { room: ROOM, epoch, context, pending }]);
    }

    /// The place that an up-to-date member has.
    pub fn up_to_date(&self) -> SeatView {
        SeatView {
            epoch: Some(self.hub.epoch),
            context: Some(self.hub.context),
            standing: Some(self.hub.committed.clone()),
            sequences: self.hub.sequences,
            leaves: self.hub.leaves.clone(),
            pending: 0,
            uncertain: false,
            intents: Vec::new(),
        }
    }

    /// Changes the policy of the room, and who takes part, before anything happens there.
    pub fn given(&mut self, standing: Standing, members: &[ClientId]) {
        self.hub.committed = Arc::new(standing);
        self.hub.effective = self.hub.committed.clone();
        self.hub.leaves = Arc::new((0..).zip(members.iter().copied()).collect());
        self.at_hub(Event::Start, Vec::new());
    }

    /// The hub accepts an event, with whatever else it observes in the same step.
    pub fn accept(&mut self, event: Accepted, more: Vec<Fact>) -> MessageId {
        let (position, message) = (self.hub.position, MessageId(self.hub.position));
        self.hub.position += 1;
        let mut facts = std::mem::take(&mut self.beside);
        facts.push(Fact::Accepted { room: ROOM, position, accepted_ms: 0, message, event });
        facts.extend(more);
        self.at_hub(Event::Start, facts);
        message
    }

    pub fn message(&mut self, sender: UserId) -> MessageId {
        self.accept(Accepted::Message { epoch: self.hub.epoch, sender }, Vec::new())
    }

    /// The hub accepts a batch.
    pub fn propose(
        &mut self,
        sender: Sender,
        changes: &[ListChange],
        bodies: &[Proposed],
    ) -> Vec<ProposalInfo> {
        let mut proposals = self.proposals(sender, changes, bodies);
        for proposal in &mut proposals {
            let mut reference = [0; 32];
            reference[0] = self.hub.pending as u8;
            proposal.reference = Some(ProposalRef(reference));
            self.hub.pending += 1;
        }
        self.hub.effective = Arc::new(applied(&self.hub.effective, changes));
        self.accept(Accepted::Proposals { epoch: self.hub.epoch, proposals: proposals.clone() }, Vec::new());
        proposals
    }

    /// The hub accepts a state event.
    pub fn state_event(&mut self, author: ClientId, changes: &[ListChange]) {
        let proposals = self.proposals(Sender::Member(author), changes, &[]);
        self.hub.committed = Arc::new(applied(&self.hub.committed, changes));
        self.hub.effective = self.hub.committed.clone();
        let mut sequences = self.hub.sequences.unwrap_or_default();
        sequences.participation += 1;
        self.hub.sequences = Some(sequences);
        let (log, sequence) = (Log::Participation, sequences.participation);
        self.accept(Accepted::State { log, sequence, proposals }, Vec::new());
    }

    /// The hub accepts a commit that refers to `pending` and carries the rest by value.
    pub fn commit(
        &mut self,
        sender: Sender,
        pending: &[ProposalInfo],
        changes: &[ListChange],
        bodies: &[Proposed],
    ) {
        let mut proposals = pending.to_vec();
        proposals.extend(self.proposals(sender, changes, bodies));
        let after = applied(&self.hub.effective, changes);
        self.commit_to(sender, proposals, after);
    }

    /// The hub accepts a commit, and takes it to lead to `after`.
    pub fn commit_to(&mut self, sender: Sender, proposals: Vec<ProposalInfo>, after: Standing) {
        let mut leaves = (*self.hub.leaves).clone();
        for proposal in &proposals {
            match (&proposal.body, &proposal.sender) {
                (Proposed::Remove(client), _) | (Proposed::SelfRemove, Sender::Member(client)) => {
                    leaves.retain(|_, leaf| leaf != client);
                }
                _ => {}
            }
        }
        let added = proposals.iter().filter_map(|proposal| match proposal.body {
            Proposed::Add(client, _) => Some(client),
            _ => None,
        });
        let joiner = if let Sender::Joiner(client) = sender { Some(client) } else { None };
        for client in added.chain(joiner) {
            let blank = (0..).find(|index| !leaves.contains_key(index)).unwrap_or_default();
            leaves.insert(blank, client);
        }
        let epoch = self.hub.epoch;
        self.hub.epoch += 1;
        self.hub.context += 1;
        self.hub.pending = 0;
        self.hub.leaves = Arc::new(leaves);
        self.hub.committed = Arc::new(after);
        self.hub.effective = self.hub.committed.clone();
        self.accept(Accepted::Commit { epoch, sender, proposals }, Vec::new());
    }

    pub fn end(&mut self) {
        self.invariant.end(&self.directory, &self.views, &mut self.tally);
    }

    /// One participant list update with `changes`, if there are any, and `bodies`, all by value.
    pub fn proposals(
        &self,
        sender: Sender,
        changes: &[ListChange],
        bodies: &[Proposed],
    ) -> Vec<ProposalInfo> {
        let update = (!changes.is_empty()).then(|| self.list_update(changes));
        let bodies = update.into_iter().chain(bodies.iter().cloned());
        bodies.map(|body| ProposalInfo { reference: None, sender, body }).collect()
    }

    fn list_update(&self, changes: &[ListChange]) -> Proposed {
        let list = &self.hub.committed.participants;
        let index = |user| list.iter().position(|p| p.user == user).expect("the user is listed") as u32;
        let mut update = ParticipantListUpdate::default();
        for change in changes {
            match *change {
                ListChange::Add(user, role_index) => {
                    let user = self.directory.user_uri(user).as_str().as_bytes().into();
                    update.added_participants.push(UserRolePair { user, role_index });
                }
                ListChange::Remove(user) => update.removed_indices.push(index(user)),
                ListChange::Change(user, role_index) => update
                    .changed_role_participants
                    .push(UserIndexRolePair { user_index: index(user), role_index }),
            }
        }
        Proposed::AppDataUpdate { component: component::PARTICIPANT_LIST, update: update.encode().into() }
    }
}

/// The proposal to add a client.
pub fn add(client: ClientId) -> Proposed {
    Proposed::Add(client, KeyPackageRef([client.0 as u8; 32]))
}

/// Role 0, role 1 named banned, and roles 10, 20 and 21 that may do nothing.
pub fn standing(participants: &[(UserId, u32)]) -> Standing {
    let participants = participants.iter().map(|(user, role)| Participant { user: *user, role: *role });
    Standing {
        participants: participants.collect(),
        roles: [0, 1, 10, 20, 21].map(role).to_vec(),
        base: BasePolicy {
            fixed_membership: false,
            parent_room: None,
            multi_device: true,
            max_clients: None,
            max_users: None,
            pseudonyms_allowed: false,
            persistent_room: false,
            discoverable: false,
            component_ids: vec![component::ROLES_LIST],
        },
        components: Arc::default(),
    }
}

fn role(role_index: u32) -> Role {
    Role {
        role_index,
        name: if role_index == 1 { "banned".to_owned() } else { format!("role {role_index}") },
        description: String::new(),
        capabilities: Vec::new(),
        min_participants: 0,
        max_participants: None,
        min_active: 0,
        max_active: None,
        transitions: Vec::new(),
    }
}

fn applied(standing: &Standing, changes: &[ListChange]) -> Standing {
    let mut standing = standing.clone();
    let list = &mut standing.participants;
    for change in changes {
        match *change {
            ListChange::Add(user, role) => list.push(Participant { user, role }),
            ListChange::Remove(user) => list.retain(|p| p.user != user),
            ListChange::Change(user, role) => {
                list.iter_mut().filter(|p| p.user == user).for_each(|p| p.role = role);
            }
        }
    }
    standing
}

fn directory() -> Directory {
    let mut directory = Directory::default();
    let (hub, follower) = (directory.add_provider("a.example"), directory.add_provider("b.example"));
    let users = [(hub, "alice"), (follower, "bob"), (follower, "cathy"), (hub, "dan"), (hub, "eve")];
    let users = users.map(|(provider, name)| directory.add_user(provider, name));
    for (user, name) in [(0, "1"), (0, "2"), (1, "1"), (1, "2"), (2, "1"), (3, "1")] {
        directory.add_client(users[user], name);
    }
    assert_eq!(directory.add_pseudonym(hub, "zorro"), ZORRO);
    directory.add_room(hub, "clubhouse");
    directory.add_room(hub, "other");
    directory
}
