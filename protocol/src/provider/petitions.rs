//! What a follower is to bring about in rooms that others host: as an external sender, by proposals to the hub (MLS-10,
//! PROTO-15, PROTO-18, POL-12).
//!
//! A follower keeps no group state. When it has something to propose, it asks the hub for the group's public state, as a joiner
//! would, and proposes in that epoch; whatever ends the epoch before its proposals are committed makes it look again.

use super::Provider;
use super::enforcer::{Order, Progress, Wish};
use crate::ids::{NodeId, RoomId};
use crate::mls::{JoinMaterial, Mls, MlsError, MlsObserver, Octets, Received};
use crate::node::{
    Bundle, Call, Cells, Exchange, Fact, Intent, IntentId, Refusal, Request, Response, Timer, UpdateAnswer,
};
use crate::room;
use crate::sealing::Told;
use crate::signing::group_info_request_of_server;
use crate::step::{Step, read};
use std::collections::{BTreeMap, VecDeque};

/// The bounds of the delay before a server asks again.
const RETRY_DELAY_MS: (u64, u64) = (400, 1_200);

/// The orders in one room; durable but for `phase`.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Petitions {
    orders: VecDeque<Order>,
    /// The hub has accepted what the first one takes.
    accepted: bool,
    phase: Phase,
}

/// Where the first order stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
enum Phase {
    /// It can be worked at.
    #[default]
    Ready,
    /// The hub was asked for the group, or was sent proposals; whether others were pending when they were made.
    Asked { among_others: bool },
    /// The next commit will tell more, or a timer.
    Waiting,
}

pub(super) fn recover(cells: &Cells, rooms: impl Iterator<Item = RoomId>) -> BTreeMap<RoomId, Petitions> {
    let petitions = rooms.filter_map(|room| {
        let (orders, accepted) = read(cells, &key(room))?;
        Some((room, Petitions { orders, accepted, phase: Phase::Ready }))
    });
    petitions.collect()
}

impl Petitions {
    /// Whether the hub is being asked.
    pub(super) fn is_asking(&self) -> bool {
        matches!(self.phase, Phase::Asked { .. })
    }

    fn store(&self, step: &mut Step, room: RoomId) {
        step.put(key(room), &(&self.orders, self.accepted));
    }
}

impl<M: Mls> Provider<M> {
    /// The operator wants something in a room that another provider hosts.
    pub(super) fn petition(&mut self, step: &mut Step, intent: Intent) {
        let Some(wish) = Wish::of(intent.action) else {
            return step.observe(Fact::Refused { intent: intent.id, reason: Refusal::Pointless });
        };
        let petitions = self.petitions.entry(intent.room).or_default();
        petitions.orders.push_back(Order { intent: Some(intent.id), wish });
        petitions.store(step, intent.room);
        self.take_up(step, intent.room);
    }

    /// Works at the first order, unless the hub is being asked.
    pub(super) fn take_up(&mut self, step: &mut Step, room: RoomId) {
        let Some(petitions) = self.petitions.get_mut(&room) else { return };
        if matches!(petitions.phase, Phase::Asked { .. }) || petitions.orders.is_empty() {
            return;
        }
        let Ok(request) = group_info_request_of_server::<M>(&self.config, (room, self.id)) else { return };
        petitions.phase = Phase::Asked { among_others: false };
        self.ask_hub(step, Call::GroupInfo(room), room, request);
    }

    /// An answer of the hub's, or none.
    pub(super) fn petition_answered(&mut self, step: &mut Step, call: Call, response: Option<Response>) {
        let (Call::GroupInfo(room) | Call::Update(room)) = call else { return };
        let Some(among_others) = self.no_longer_asks(room) else { return };
        let Some(petitions) = self.petitions.get_mut(&room) else { return };
        match response {
            // A state event is in force with its place; proposals await their commit.
            Some(Response::Update(UpdateAnswer::Success { .. })) if self.config.readings().by_log() => {
                self.end_order(step, room, None);
            }
            Some(Response::Update(UpdateAnswer::Success { .. })) => {
                petitions.accepted = true;
                petitions.store(step, room);
            }
            Some(Response::Update(UpdateAnswer::WrongEpoch { .. })) => self.take_up(step, room),
            // What was pending beside it may have stood in its way.
            Some(Response::Update(_)) if among_others => {}
            Some(_) => self.end_order(step, room, Some(Refusal::NotAllowed)),
            None => {
                let (low, high) = RETRY_DELAY_MS;
                let delay_ms = step.entropy.between("mimic petition retry", low, high);
                step.wake(Timer::Retry(room), delay_ms);
            }
        }
    }

    /// What the hub tells of the group.
    pub(super) fn petition_told(&mut self, step: &mut Step, room: RoomId, told: &Told) {
        if self.no_longer_asks(room).is_none() {
            return;
        }
        let accepted = self.petitions.get(&room).is_some_and(|petitions| petitions.accepted);
        match told {
            Told::Group { material, state, .. } if self.config.readings().by_log() => {
                self.hand_in(step, room, (material, state.as_ref()));
            }
            Told::Group { material, .. } => self.propose(step, room, material),
            // It is no external sender any more: what it had proposed took out its last participant (PROTO-81).
            Told::NotAuthorized | Told::NoSuchRoom if accepted => self.end_order(step, room, None),
            Told::NotAuthorized | Told::NoSuchRoom => {
                self.end_order(step, room, Some(Refusal::NotAuthorized));
            }
        }
    }

    /// An answer has come, or none will: whether others' proposals were pending when it was asked; none, if nothing was.
    fn no_longer_asks(&mut self, room: RoomId) -> Option<bool> {
        let petitions = self.petitions.get_mut(&room)?;
        match std::mem::replace(&mut petitions.phase, Phase::Waiting) {
            Phase::Asked { among_others } => Some(among_others),
            _ => None,
        }
    }

    fn propose(&mut self, step: &mut Step, room: RoomId, material: &JoinMaterial) {
        let Some(order) = self.petitions.get(&room).and_then(|petitions| petitions.orders.front()).copied()
        else {
            return;
        };
        match self.proposals_for(room, order.wish, material) {
            Ok((Progress::Done, _)) => self.end_order(step, room, None),
            Ok((Progress::Pointless, _)) => self.end_order(step, room, Some(Refusal::Pointless)),
            Ok((Progress::UnderWay, _)) => {}
            Ok((Progress::Propose(_), batch)) => {
                if let Some(petitions) = self.petitions.get_mut(&room) {
                    petitions.phase = Phase::Asked { among_others: !material.proposals.is_empty() };
                }
                let request =
                    Request::Update { room, bundle: Bundle::Proposals(batch), vouchers: Vec::new() };
                self.ask_hub(step, Call::Update(room), room, request);
            }
            Err(MlsError::NotAnExternalSender) => self.end_order(step, room, Some(Refusal::NotAuthorized)),
            Err(error) => self.end_order(step, room, Some(Refusal::Engine(error))),
        }
    }

    /// With hub-log: hands in the state event that the first order takes.
    fn hand_in(&mut self, step: &mut Step, room: RoomId, told: (&JoinMaterial, Option<&Octets>)) {
        let order = self.petitions.get(&room).and_then(|petitions| petitions.orders.front()).copied();
        let Some(order) = order else { return };
        match self.petition_by_log(room, order.wish, told) {
            Ok(None) => self.end_order(step, room, None),
            Ok(Some(bundle)) => {
                if let Some(petitions) = self.petitions.get_mut(&room) {
                    petitions.phase = Phase::Asked { among_others: false };
                }
                self.ask_hub(
                    step,
                    Call::Update(room),
                    room,
                    Request::Update { room, bundle, vouchers: Vec::new() },
                );
            }
            Err(refusal) => self.end_order(step, room, Some(refusal)),
        }
    }

    /// How far the wish has come in the group that the hub tells of, and the proposals that it takes.
    fn proposals_for(
        &self,
        room: RoomId,
        wish: Wish,
        material: &JoinMaterial,
    ) -> Result<(Progress, Vec<Octets>), MlsError> {
        let directory = self.config.directory();
        let group = M::Observer::open(&self.config.mls, room, &material.group_info, &material.tree)?;
        let mut pending = Vec::new();
        for message in &material.proposals {
            if let Received::Proposal(info) = group.inspect(message)? {
                pending.push(info);
            }
        }
        let bodies = pending.iter().map(|info| &info.body);
        let dictionary = crate::mls::MlsGroup::dictionary(&group);
        let effective = room::standing_after(directory, dictionary, bodies, self.config.readings());
        let effective = effective.ok_or(MlsError::InvalidProposalList)?;
        let progress = wish.progress(directory, &group, &pending, &effective);
        let batch = match &progress {
            Progress::Propose(proposals) => {
                proposals.iter().map(|p| group.propose(self.id, p)).collect::<Result<_, _>>()?
            }
            _ => Vec::new(),
        };
        Ok((progress, batch))
    }

    fn end_order(&mut self, step: &mut Step, room: RoomId, refusal: Option<Refusal>) {
        let Some(petitions) = self.petitions.get_mut(&room) else { return };
        petitions.phase = Phase::Ready;
        petitions.accepted = false;
        let ended = petitions.orders.pop_front().and_then(|order| order.intent);
        petitions.store(step, room);
        if let Some(intent) = ended {
            step.observe(told(intent, refusal));
        }
        self.take_up(step, room);
    }

    pub(super) fn ask_hub(&self, step: &mut Step, call: Call, room: RoomId, request: Request) {
        let exchange = Exchange { origin: NodeId::Provider(self.id), call };
        let request = self.vouch_for(step, request);
        step.send(self.config.directory().hub_of(room), exchange, request);
    }
}

fn told(intent: IntentId, refusal: Option<Refusal>) -> Fact {
    match refusal {
        None => Fact::Done { intent },
        Some(reason) => Fact::Refused { intent, reason },
    }
}

fn key(room: RoomId) -> Vec<u8> {
    [b"q/", &room.0.to_be_bytes()[..]].concat()
}
