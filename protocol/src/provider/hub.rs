//! A hub's share in a room: it verifies, judges, orders and owes delivery of everything that happens there.

use super::ending;
use super::enforcer::{Order as ServersOrder, recover_orders};
use super::hub_log::beginning;
use super::join_codes::JoinCodes;
use super::judge::{Judged, check_lifetimes, judge_beside, judge_commit, judge_proposals, welcome_targets};
use super::overlook::overlook_policy;
use super::senders::follow_participants;
use super::{KeyStore, Outbox};
use crate::config::{Fixed, NodeConfig};
use crate::durable::Durable;
use crate::epoch_view::EpochView;
use crate::ids::{ClientId, NodeId, ProviderId, RoomId, UserId};
use crate::mls::{
    CommitBundle, ContentKind, GroupInfoForm, Mls, MlsError, MlsGroup, MlsObserver, Octets, ProposalInfo,
    Received, Sender,
};
use crate::mutant::Mutant;
use crate::node::{
    Accepted, Bundle, Cells, Event, Fact, FanOut, MessageId, Rejection, UpdateAnswer, Voucher,
};
use crate::origins::parts_of_bundle;
use crate::policy::{self, Shortfalls, Surroundings};
use crate::readings::OmissionAnswer;
use crate::room::{RoomState, Sequences, Standing};
use crate::step::{Step, read, under};
use derive_where::derive_where;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// A hosted room.
#[derive(Debug)]
#[derive_where(Clone, PartialEq, Eq, Hash; M::Observer)]
pub struct HubRoom<M: Mls> {
    pub(super) room: RoomId,
    pub(super) config: Fixed<NodeConfig>,
    pub(super) observer: M::Observer,
    pub(super) epoch: EpochView,
    order: Order,
    pub(super) core: Core,
    /// What the hub itself is to bring about here.
    pub(super) orders: VecDeque<ServersOrder>,
    pub(super) outboxes: BTreeMap<ProviderId, Outbox>,
    pub(super) codes: JoinCodes,
    /// The room whose group goes on in the place of this one's, which has ended.
    pub(super) successor: Durable<Option<RoomId>>,
    /// Application messages and state events that were accepted, and when: a repetition is answered alike (PROTO-37, RACE-19).
    pub(super) accepted: BTreeMap<MessageId, u64>,
    /// Events for the hub's own clients and followers with news, within a step.
    pub(super) local: Vec<FanOut>,
    pub(super) news: BTreeSet<ProviderId>,
    /// What the server that hands something in says of it, within a step.
    pub(super) vouchers: BTreeMap<MessageId, Voucher>,
}

/// A batch of proposals that was accepted and awaits the next commit.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Pending {
    /// The `MLSMessage`s.
    pub messages: Vec<Octets>,
    /// The verified proposals.
    pub proposals: Vec<ProposalInfo>,
    /// When the hub accepted them.
    pub accepted_ms: u64,
}

impl Pending {
    /// Proposals that are pending as others than the hub know of them: what they say.
    pub(crate) fn of(proposals: Vec<ProposalInfo>) -> Option<Self> {
        let any = !proposals.is_empty();
        any.then_some(Self { messages: Vec::new(), proposals, accepted_ms: 0 })
    }
}

/// How far the hub's order has come: durable, and written with every event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
struct Order {
    position: u64,
    last_ms: u64,
}

/// What else is durable beside the engine's cells and the queues: written only when it changes.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub(super) struct Core {
    opened_with: MessageId,
    pub(super) group_info: Octets,
    pub(super) state: RoomState,
    /// How far the logs have come, where they carry the state.
    pub(super) sequences: Option<Sequences>,
    /// With the logs, the clients that have entered their users in the list and are not in the group so far.
    pub(super) entering: BTreeSet<ClientId>,
    pub(super) pending: Vec<Pending>,
}

impl<M: Mls> HubRoom<M> {
    pub(super) fn open(
        step: &mut Step,
        config: &Fixed<NodeConfig>,
        (room, creator): (RoomId, ClientId),
        (group_info, tree, state): (Octets, Octets, Option<Octets>),
        (others, predecessor): (&Surroundings, Option<&Standing>),
    ) -> Option<Self> {
        let observer = M::Observer::open(&config.mls, room, &group_info, &tree).ok()?;
        let (standing, sequences) = beginning(config, &observer.dictionary(), state)?;
        let members: BTreeSet<ClientId> = observer.leaves().into_values().collect();
        // What minima ask for cannot be there yet (ARCH-14).
        let beginning = Shortfalls::of(config.directory(), &standing, &members);
        policy::check_change(config.directory(), &beginning, &standing, &members).ok()?;
        judge_beside(config, room, &[], &standing, others).ok()?;
        if predecessor.is_some_and(|old| !ending::may_continue(config, old, &standing, creator)) {
            return None;
        }
        // The creator alone, in an epoch of the start (PROTO-04, ARCH-14).
        if members != BTreeSet::from([creator]) {
            return None;
        }
        let order = Order { position: 0, last_ms: step.now_ms };
        let core = Core {
            opened_with: MessageId::of(&group_info),
            group_info,
            state: RoomState::at_rest(standing),
            sequences,
            entering: BTreeSet::new(),
            pending: Vec::new(),
        };
        let mut hub = Self::assemble(room, config.clone(), observer, order, core);
        hub.keep_links(step, order.last_ms);
        hub.store(step);
        Some(hub)
    }

    pub(super) fn recover(config: &Arc<NodeConfig>, room: RoomId, cells: &Cells) -> Option<Self> {
        let order: Order = read(cells, &order_key(room))?;
        let core: Core = read(cells, &key(room))?;
        let observer = M::Observer::recover(&config.mls, room, &under(cells, &engine_prefix(room))).ok()?;
        let mut hub = Self::assemble(room, Fixed(config.clone()), observer, order, core);
        let accepted = under(cells, &accepted_prefix(room)).into_iter().filter_map(|(key, at)| {
            let id = MessageId(u64::from_be_bytes(key.try_into().ok()?));
            Some((id, postcard::from_bytes(&at).ok()?))
        });
        hub.accepted = accepted.collect();
        hub.orders = recover_orders(cells, room);
        hub.codes = JoinCodes::recover(cells, room);
        hub.successor = ending::recover(cells, room);
        for (provider, outbox) in &mut hub.outboxes {
            *outbox = Outbox::recover(cells, room, *provider);
            if config.planted.is(Mutant::ForgetsOutbox) {
                outbox.forget();
            }
        }
        Some(hub)
    }

    fn assemble(
        room: RoomId,
        config: Fixed<NodeConfig>,
        observer: M::Observer,
        order: Order,
        core: Core,
    ) -> Self {
        // One for each provider, used or not, so that a hub is the same after a restart.
        let outboxes = config.directory().providers().map(|provider| (provider, Outbox::default())).collect();
        Self {
            room,
            config,
            epoch: EpochView::of(&observer),
            order,
            observer,
            core,
            orders: VecDeque::new(),
            outboxes,
            codes: JoinCodes::default(),
            successor: Durable::default(),
            accepted: BTreeMap::new(),
            local: Vec::new(),
            news: BTreeSet::new(),
            vouchers: BTreeMap::new(),
        }
    }

    /// The group as the hub tracks it.
    pub fn group(&self) -> &M::Observer {
        &self.observer
    }

    /// The current epoch.
    pub fn epoch(&self) -> &EpochView {
        &self.epoch
    }

    /// Committed and effective state.
    pub fn state(&self) -> &RoomState {
        &self.core.state
    }

    /// The state that the hub acts on.
    pub(super) fn in_force(&self) -> &Arc<Standing> {
        self.core.state.in_force(self.config.readings())
    }

    /// The proposals that the next commit must contain, in the order of acceptance.
    pub fn pending(&self) -> &[Pending] {
        &self.core.pending
    }

    /// Whether there is something that the hub itself is to bring about.
    pub fn has_orders(&self) -> bool {
        !self.orders.is_empty()
    }

    /// How many events the hub has accepted.
    pub fn position(&self) -> u64 {
        self.order.position
    }

    /// What is still owed to followers.
    pub fn outboxes(&self) -> &BTreeMap<ProviderId, Outbox> {
        &self.outboxes
    }

    /// The users that are members still, but participants no more: their removal or ban awaits its commit (PROTO-31).
    pub fn blocked(&self) -> BTreeSet<UserId> {
        let directory = self.config.directory();
        let members = self.epoch.clients().map(|client| directory.user_of(client));
        members.filter(|user| !self.in_force().may_take_part(*user)).collect()
    }

    pub(super) fn was_opened_with(&self, group_info: &[u8]) -> bool {
        self.core.opened_with == MessageId::of(group_info)
    }

    pub(super) fn outbox(&mut self, follower: ProviderId) -> Option<&mut Outbox> {
        self.outboxes.get_mut(&follower)
    }

    /// What this step accepted: events for the hub's own clients, and the followers that have something to be told.
    pub(super) fn take_fan_out(&mut self) -> (Vec<FanOut>, BTreeSet<ProviderId>) {
        (std::mem::take(&mut self.local), std::mem::take(&mut self.news))
    }

    /// `POST /update/{roomId}` (proto §5.3).
    pub(super) fn update(
        &mut self,
        step: &mut Step,
        key_store: &KeyStore,
        others: &Surroundings,
        (from, bundle, vouchers): (NodeId, Bundle, Vec<Voucher>),
    ) -> UpdateAnswer {
        let message = bundle.id();
        let vouched = self.take_vouchers(from, &parts_of_bundle(&bundle), vouchers);
        let accepted = match (vouched, bundle) {
            (Err(reason), _) => Err(reason),
            (Ok(()), Bundle::Commit(commit)) => {
                let leaks = self.config.planted.is(Mutant::LeaksWelcome).then(|| commit.clone());
                let accepted = self.commit(step, key_store, others, commit);
                if let (Some(refused), true) = (leaks, accepted.is_err()) {
                    self.leak(step, key_store, refused);
                }
                accepted
            }
            (Ok(()), Bundle::Proposals(batch)) => self.proposals(step, others, batch),
            (Ok(()), Bundle::State(event)) => self.state_event(step, others, (from, event)),
        };
        self.vouchers.clear();
        match accepted {
            Ok(accepted_ms) => UpdateAnswer::Success { accepted_ms },
            Err(reason) => {
                step.observe(Fact::Rejected { room: self.room, message, reason });
                self.update_answer(reason)
            }
        }
    }

    fn proposals(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        batch: Vec<Octets>,
    ) -> Result<u64, Rejection> {
        let known = |pending: &&Pending| pending.messages == batch;
        if let Some(pending) = self.core.pending.iter().find(known) {
            return Ok(pending.accepted_ms);
        }
        let (sender, accepted_ms) = match self.config.readings().by_log() {
            true => self.take_in_beside_logs(step, &batch)?,
            false => self.take_in(step, others, &batch)?,
        };
        let targets = self.but_author(self.providers(self.epoch.clients()), sender);
        self.fan_out(step, &targets, FanOut::new(accepted_ms, Event::Proposals(batch)));
        let issued = self.drop_senders(step, others);
        self.fan_out_each(step, issued.into_iter().collect());
        Ok(accepted_ms)
    }

    /// Takes in a batch that is not pending yet: from now on it is in force, and nobody is told so far.
    pub(super) fn take_in(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        batch: &[Octets],
    ) -> Result<(Sender, u64), Rejection> {
        let proposals = self.verified(batch)?;
        let effective =
            judge_proposals(&self.config, &self.core.state, &self.observer, self.pending(), &proposals)?;
        let all: Vec<&ProposalInfo> = proposals.iter().collect();
        follow_participants(&self.config, self.room, &self.observer, &all, &effective)?;
        judge_beside(&self.config, self.room, &[&self.core.state.effective], &effective, others)?;
        // proto §7.1, PROTO-77: effective at once; whether that is in force is a reading.
        let forgets = self.config.planted.is(Mutant::ForgetsPendingState);
        let effective = if forgets { self.core.state.effective.clone() } else { Arc::new(effective) };
        self.keep(step, batch, proposals, effective)
    }

    /// The proposals of a batch, each valid by itself in the current epoch.
    pub(super) fn verified(&self, batch: &[Octets]) -> Result<Vec<ProposalInfo>, Rejection> {
        let mut proposals = Vec::new();
        for message in batch {
            self.check_envelope(message, ContentKind::Proposal)?;
            match self.observer.inspect(message).map_err(Rejection::Mls)? {
                Received::Proposal(info) => {
                    self.check_origin(&batch[0], info.sender)?;
                    proposals.push(info);
                }
                _ => return Err(Rejection::Mls(MlsError::Malformed)),
            }
        }
        Ok(proposals)
    }

    /// Makes a batch that has been judged pending.
    pub(super) fn keep(
        &mut self,
        step: &mut Step,
        batch: &[Octets],
        proposals: Vec<ProposalInfo>,
        effective: Arc<Standing>,
    ) -> Result<(Sender, u64), Rejection> {
        for message in batch {
            self.observer.keep(message).map_err(Rejection::Mls)?;
        }
        let sender = proposals[0].sender;
        let event = Accepted::Proposals { epoch: self.observer.epoch(), proposals: proposals.clone() };
        let accepted_ms = self.accept(step, MessageId::of(&batch[0]), event);
        self.core.state.effective = effective;
        self.keep_links(step, accepted_ms);
        self.core.pending.push(Pending { messages: batch.to_vec(), proposals, accepted_ms });
        self.store(step);
        Ok((sender, accepted_ms))
    }

    fn commit(
        &mut self,
        step: &mut Step,
        key_store: &KeyStore,
        others: &Surroundings,
        bundle: CommitBundle<GroupInfoForm>,
    ) -> Result<u64, Rejection> {
        self.check_envelope(&bundle.commit, ContentKind::Commit)?;
        let (info, staged) = match self.observer.inspect(&bundle.commit).map_err(Rejection::Mls)? {
            Received::Commit(info, staged) => (info, staged),
            _ => return Err(Rejection::Mls(MlsError::Malformed)),
        };
        self.check_origin(&bundle.commit, info.sender)?;
        check_lifetimes(&self.config, step, &info)?;
        let Judged { standing, welcome_to } = if self.config.readings().by_log() {
            self.judge_beside_logs(key_store, (&info, &bundle))?
        } else {
            let code = self.code_of(info.sender, self.order.last_ms.max(step.now_ms))?;
            let (config, pending) = (&self.config, self.pending());
            let standing = judge_commit(config, &self.core.state, &self.observer, pending, &info, code)
                .or_else(|reason| overlook_policy(config, &info, reason))?;
            let welcome_to = welcome_targets::<M>(config, key_store, &info.proposals, &bundle)?;
            Judged { standing, welcome_to }
        };
        let before: &[&Standing] = &[&self.core.state.committed, &self.core.state.effective];
        judge_beside(&self.config, self.room, before, &standing, others)?;
        self.judge_senders(&info, &standing)?;
        let before = self.epoch.leaves.clone();
        let group_info = self.merge(step, staged, &bundle.group_info)?;
        self.epoch = EpochView::of(&self.observer);
        self.codes_used(step, info.sender);
        self.note_end(step, &info.proposals);
        let event = Accepted::Commit { epoch: info.epoch, sender: info.sender, proposals: info.proposals };
        let accepted_ms = self.accept(step, MessageId::of(&bundle.commit), event);
        let state_before = std::mem::replace(&mut self.core.state, RoomState::at_rest(standing));
        self.core.pending.clear();
        self.keep_links(step, accepted_ms);
        self.core.entering.retain(|client| !info.leaves.values().any(|leaf| leaf == client));
        self.adopt(&state_before);
        if !self.config.planted.is(Mutant::StaleGroupInfo) {
            self.core.group_info = group_info;
        }
        let targets = self.but_author(self.commit_targets(&before, &info.leaves), info.sender);
        let mut issued = self.reissue(step, others);
        let staple = self.staple(&mut issued);
        let event = Event::Commit { commit: bundle.commit, staple };
        self.fan_out(step, &targets, FanOut::new(accepted_ms, event));
        if let Some(welcome) = bundle.welcome {
            let (tree, state) = (self.observer.tree(), self.snapshot());
            let event = Event::Welcome { welcome, tree, state };
            self.fan_out(step, &self.welcomed(welcome_to), FanOut::new(accepted_ms, event));
        }
        self.fan_out_each(step, issued);
        self.store(step);
        Ok(accepted_ms)
    }

    /// The header fits the room and its epoch, before anything costly is verified.
    fn check_envelope(&self, message: &[u8], content: ContentKind) -> Result<(), Rejection> {
        let envelope = M::envelope(&self.config.mls, message).map_err(Rejection::Mls)?;
        if envelope.room != self.room || envelope.content != content {
            return Err(Rejection::Mls(MlsError::Malformed));
        }
        if envelope.epoch != self.observer.epoch() {
            return Err(Rejection::WrongEpoch);
        }
        Ok(())
    }

    /// Gives an event its place in the hub's order, and its time, which never runs backwards (INV-30).
    pub(super) fn accept(&mut self, step: &mut Step, message: MessageId, event: Accepted) -> u64 {
        let accepted_ms = self.order.last_ms.max(step.now_ms);
        let position = self.order.position;
        self.order.position += 1;
        self.order.last_ms = accepted_ms;
        let jumps = self.config.planted.is(Mutant::JumpsInTime) && position.is_multiple_of(2);
        let accepted_ms = accepted_ms + if jumps { 10_000 } else { 0 };
        step.observe(Fact::Accepted { room: self.room, position, accepted_ms, message, event });
        accepted_ms
    }

    /// Only a planted bug lets the Welcome of a refused commit out.
    fn leak(&mut self, step: &mut Step, key_store: &KeyStore, refused: CommitBundle<GroupInfoForm>) {
        let CommitBundle { welcome: Some(welcome), tree, .. } = refused else { return };
        let references = M::welcome_refs(&welcome).unwrap_or_default();
        let targets = references.iter().filter_map(|reference| key_store.route(reference)).collect();
        let event = Event::Welcome { welcome, tree, state: self.snapshot() };
        self.fan_out(step, &targets, FanOut::new(self.order.last_ms, event));
        self.store(step);
    }

    fn update_answer(&self, reason: Rejection) -> UpdateAnswer {
        match reason {
            Rejection::WrongEpoch => {
                let beside = u64::from(self.config.planted.is(Mutant::MisnamesEpochs));
                UpdateAnswer::WrongEpoch { current: self.observer.epoch() + beside }
            }
            Rejection::WrongSequence => {
                let length = |s: Sequences| s.policy + s.participation;
                UpdateAnswer::WrongEpoch { current: self.sequences().map_or(0, length) }
            }
            Rejection::Mls(_) | Rejection::OutOfLifetime => UpdateAnswer::InvalidProposal(Vec::new()),
            Rejection::Omission
                if self.config.readings().omission_answer == OmissionAnswer::InvalidProposal =>
            {
                let all = self.core.pending.iter().flat_map(|p| &p.proposals);
                UpdateAnswer::InvalidProposal(all.filter_map(|p| p.reference).collect())
            }
            _ => UpdateAnswer::NotAllowed,
        }
    }

    pub(super) fn store_order(&self, step: &mut Step) {
        step.put(order_key(self.room), &self.order);
    }

    pub(super) fn store(&mut self, step: &mut Step) {
        self.store_order(step);
        step.put(key(self.room), &self.core);
        step.engine(&engine_prefix(self.room), self.observer.take_writes());
    }
}

pub(super) fn provider_behind(config: &NodeConfig, node: NodeId) -> ProviderId {
    match node {
        NodeId::Provider(provider) => provider,
        NodeId::Client(client) => config.directory().provider_of_client(client),
    }
}

fn order_key(room: RoomId) -> Vec<u8> {
    [b"ho/", &room.0.to_be_bytes()[..]].concat()
}

fn key(room: RoomId) -> Vec<u8> {
    [b"h/", &room.0.to_be_bytes()[..]].concat()
}

fn engine_prefix(room: RoomId) -> Vec<u8> {
    [b"hm/", &room.0.to_be_bytes()[..], b"/"].concat()
}

pub(super) fn accepted_prefix(room: RoomId) -> Vec<u8> {
    [b"hx/", &room.0.to_be_bytes()[..], b"/"].concat()
}
