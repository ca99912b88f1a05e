//! From nothing to a room with members, by the nodes themselves: no faults, and one thing at a time.

use super::memory::Memory;
use super::state::{Budget, Draft, Item, Kind, MAX_NODES, PROVIDERS, Parts};
use super::tables::{Tables, index};
use super::witness::Seen;
use super::{HUB, Orders, ROOM, Reductions, Room, Turn};
use crate::graph::Explorable as _;
use crate::scope::{self, ALICE, Scope, Second, USERS, Wish};
use mimic_protocol::node::{Action, Intent, IntentId};
use mimic_protocol::{ClientId, Directory, NodeConfig, NodeId, Planted, Readings, UserId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What all nodes are built with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Build {
    /// A bug.
    pub planted: Planted,
    /// Their MLS.
    pub engine: MlsEngine,
}

impl From<Planted> for Build {
    fn from(planted: Planted) -> Self {
        Self { planted, ..Self::default() }
    }
}

/// Over what MLS the nodes of a search run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MlsEngine {
    /// Over symbolic MLS alone.
    #[default]
    Symbolic,
    /// Each over symbolic MLS, and a twin beside it over OpenMLS.
    OpenMls,
}

/// A setup that takes longer does not come to rest.
const MAX_STEPS: usize = 10_000;

/// Why a scope has no first state.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SetupError {
    /// Something always happens.
    #[error("the room does not come to rest before {before}")]
    NoRest {
        /// What was to happen next.
        before: String,
    },
    /// The room came to rest, but not as it should.
    #[error("the room is not as it should be before {before}")]
    NoAgreement {
        /// What was to happen next.
        before: String,
    },
}

impl Room {
    /// The scope's room, with its members in it.
    pub fn new(
        scope: Scope,
        readings: Readings,
        reductions: Reductions,
        build: impl Into<Build>,
    ) -> Result<Self, SetupError> {
        let Build { planted, engine } = build.into();
        let orders = if readings.followers_watch() { Orders::All } else { reductions.orders };
        let reductions = Reductions { orders, ..reductions };
        let directory = world(&scope);
        let wishes = wishes(&scope);
        let before = wishes.len() - scope.wishes().len();
        let intents = wishes.iter().zip(0..).map(|((_, action), id)| Intent {
            id: IntentId(id),
            room: ROOM,
            action: *action,
        });
        let ids = directory.providers().map(NodeId::from).chain(directory.clients().map(NodeId::from));
        let nodes: Vec<NodeId> = ids.collect();
        let plans = scope.world.plans(&directory);
        let config = NodeConfig::of(Arc::new(directory), readings, planted, plans, BTreeMap::new());
        let tables = Tables::new(config, intents.collect(), engine == MlsEngine::OpenMls);
        let together = |one: &Wish| wishes.iter().map(|other| scope.belong_together(*one, *other)).collect();
        let wishes = wishes.iter().map(|wish| (index(wish.0), together(wish))).collect();
        let blank = blank(&tables, &scope, &nodes);
        let mut room = Self {
            clients: clients(tables.config().directory()),
            scope,
            reductions,
            tables,
            parts: Parts::new(),
            initial: None,
            nodes: nodes.into_iter().map(index).collect(),
            wishes,
            seen: Seen::default(),
        };
        room.initial = Some(room.set_up(blank, before)?);
        room.seen = Seen::default();
        Ok(room)
    }

    fn set_up(&self, mut draft: Draft, before: usize) -> Result<super::State, SetupError> {
        let new: Vec<usize> = (PROVIDERS..)
            .zip(self.scope.devices())
            .filter(|(_, (_, second))| *second == Some(Second::New))
            .map(|(node, _)| node)
            .collect();
        let starts = |node: &usize| Item::new(Kind::Start(*node as u32));
        draft.items.extend(self.nodes.iter().filter(|node| !new.contains(node)).map(starts));
        for intent in 0..before as u32 {
            draft = self.settle(draft, || format!("intent {intent} of the setup"))?;
            draft.items.push(Item::new(Kind::Intent(intent)));
            (draft.budget.intents, draft.budget.together) = (1, draft.budget.together + 1);
            let state = self.pack(draft);
            draft = self.after(state, Turn::Step(Item::new(Kind::Intent(intent))));
        }
        draft = self.settle(draft, || "the new devices".to_owned())?;
        draft.items.extend(new.iter().map(starts));
        draft = self.settle(draft, || "the exploration".to_owned())?;
        let state = self.pack(draft.clone());
        if !self.is_good(&state) {
            return Err(SetupError::NoAgreement { before: "the exploration".to_owned() });
        }
        let all = before..self.wishes.len();
        draft.items.extend(all.map(|intent| Item::new(Kind::Intent(intent as u32))));
        draft.budget = Budget::of(&self.scope);
        // What has made the room stays.
        draft.locals[HUB] = self.tables.without_backup(draft.locals[HUB]);
        Ok(self.pack(draft))
    }

    /// Lets happen what happens by itself, the oldest first, until nothing does.
    fn settle(&self, draft: Draft, before: impl Fn() -> String) -> Result<Draft, SetupError> {
        let mut state = self.pack(draft);
        for _ in 0..MAX_STEPS {
            let Some(item) = self.parts.items(state).iter().find(|item| item.is_internal()) else {
                return Ok(self.parts.unpacked(state));
            };
            state = self.pack(self.after(state, Turn::Step(*item)));
        }
        Err(SetupError::NoRest { before: before() })
    }
}

fn blank(tables: &Tables, scope: &Scope, nodes: &[NodeId]) -> Draft {
    let mut locals = [0; MAX_NODES];
    for id in nodes {
        let (is_hub, goes_back) = (index(*id) == HUB, scope.byzantine.goes_back());
        let can_crash = is_hub && (scope.faults.crashes > 0 || goes_back);
        locals[index(*id)] = tables.fresh(*id, can_crash, is_hub && goes_back);
    }
    Draft {
        budget: Budget { intents: 0, ..Budget::of(scope) },
        memory: tables.memories.intern(Memory::new(scope.byzantine.budget > 0), |_| ()),
        locals,
        items: Default::default(),
    }
}

/// The hub a.example with Alice, and the others with theirs.
fn world(scope: &Scope) -> Directory {
    let mut directory = Directory::default();
    for domain in &scope::PROVIDERS[..scope.providers] {
        directory.add_provider(domain);
    }
    for (name, person) in USERS.iter().zip(&scope.users) {
        directory.add_user(person.provider, name);
    }
    for (user, second) in scope.devices() {
        directory.add_client(user, if second.is_some() { "tablet" } else { "phone" });
    }
    directory.add_room(directory.provider_of(ALICE), "clubhouse");
    directory
}

/// The clients of each provider, a bit for the index of each.
fn clients(directory: &Directory) -> [u16; PROVIDERS] {
    let mut clients = [0; PROVIDERS];
    for client in directory.clients() {
        clients[index(directory.provider_of_client(client).into())] |= 1 << index(client.into());
    }
    clients
}

/// What users want: first what makes the room, then what the scope is about.
fn wishes(scope: &Scope) -> Vec<Wish> {
    let alices = NodeId::Client(ClientId(ALICE.0));
    let mut wishes = vec![(alices, Action::Create)];
    let roles = (0..).map(UserId).zip(&scope.users).filter_map(|(user, person)| Some((user, person.role?)));
    wishes.extend(roles.map(|(user, role)| (alices, Action::Add(user, role))));
    // The others are added with all their devices.
    if let (Some(tablet), Second::Member) = (scope.second_of(ALICE), scope.users[0].second) {
        wishes.push((tablet.into(), Action::JoinOwnDevice));
    }
    wishes.extend(scope.wishes());
    wishes
}
