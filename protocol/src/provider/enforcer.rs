//! What a server is to bring about in a room as an external sender: at its hub at once, and again after each commit that has
//! voided it (proto §5.5, PROTO-46, PROTO-47; room-policy §4, POL-12).

use super::hub::HubRoom;
use crate::directory::Directory;
use crate::ids::{ClientId, RoomId, UserId};
use crate::mls::{Mls, MlsGroup, MlsObserver, Octets, ProposalInfo, Propose, Proposed, Sender};
use crate::mutant::Mutant;
use crate::node::{Action, Event, Fact, FanOut, Intent, IntentId, Refusal, Rejection};
use crate::policy::Surroundings;
use crate::readings::VoidedLeaves;
use crate::room::{self, ListChange, RoomState, Standing, component};
use crate::step::Step;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

/// One thing to bring about, durable until it is done or refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub struct Order {
    /// The intent of the operator that it comes from; none if the hub gave it to itself.
    pub intent: Option<IntentId>,
    /// What.
    pub wish: Wish,
}

/// What a server can want of a room.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Wish {
    /// The user is in neither list.
    Remove(UserId),
    /// The user is banned, and has no clients there.
    Ban(UserId),
}

/// How far a wish has come in a room.
pub(super) enum Progress {
    /// It is so.
    Done,
    /// All that it takes is pending.
    UnderWay,
    /// This is to be proposed.
    Propose(Vec<Propose>),
    /// It cannot be.
    Pointless,
}

/// Proposals that the hub has made and accepted.
pub(super) struct Issued {
    batch: Vec<Octets>,
    accepted_ms: u64,
}

impl Wish {
    /// What an intent says to a server; none if it is for users alone.
    pub(super) fn of(action: Action) -> Option<Self> {
        match action {
            Action::Remove(user) | Action::Delete(user) => Some(Self::Remove(user)),
            Action::Ban(user) => Some(Self::Ban(user)),
            _ => None,
        }
    }

    /// Whom it is about, and what it does to the list.
    pub(super) fn change(self) -> (UserId, ListChange) {
        match self {
            Self::Remove(user) => (user, ListChange::Remove(user)),
            Self::Ban(user) => (user, ListChange::Change(user, room::BANNED)),
        }
    }

    /// Whether the list is as it should be.
    pub(super) fn is_so(self, standing: &Standing) -> bool {
        match self {
            Self::Remove(user) => standing.role_of(user).is_none(),
            Self::Ban(user) => standing.is_banned(user),
        }
    }

    /// How far it has come in a group in which these proposals are pending.
    pub(super) fn progress(
        self,
        directory: &Directory,
        group: &impl MlsGroup,
        pending: &[ProposalInfo],
        effective: &Standing,
    ) -> Progress {
        let Ok(committed) = Standing::decode(directory, &group.dictionary()) else {
            return Progress::Pointless;
        };
        let (user, change) = self.change();
        let leaves: BTreeSet<ClientId> =
            group.leaves().into_values().filter(|client| directory.user_of(*client) == user).collect();
        if self.is_so(&committed) && leaves.is_empty() {
            return Progress::Done;
        }
        let going: BTreeSet<ClientId> = pending.iter().filter_map(removes).collect();
        let mut proposals = Vec::new();
        if !self.is_so(effective) {
            let Some(update) = committed.list_update(directory, change) else { return Progress::Pointless };
            let component = component::PARTICIPANT_LIST;
            proposals.push(Propose::AppDataUpdate { component, update: update.into() });
        }
        proposals.extend(leaves.difference(&going).copied().map(Propose::Remove));
        if proposals.is_empty() { Progress::UnderWay } else { Progress::Propose(proposals) }
    }
}

/// The client that the proposal removes.
fn removes(proposal: &ProposalInfo) -> Option<ClientId> {
    match (&proposal.body, proposal.sender) {
        (Proposed::Remove(client), _) => Some(*client),
        (Proposed::SelfRemove, Sender::Member(client)) => Some(client),
        _ => None,
    }
}

impl<M: Mls> HubRoom<M> {
    /// The hub's operator wants something in the room.
    pub(super) fn ordered(&mut self, step: &mut Step, others: &Surroundings, intent: Intent) {
        let Some(wish) = Wish::of(intent.action) else {
            return step.observe(Fact::Refused { intent: intent.id, reason: Refusal::Pointless });
        };
        if self.config.readings().by_log() {
            return self.ordered_by_log(step, others, intent.id, wish);
        }
        self.orders.push_back(Order { intent: Some(intent.id), wish });
        self.work_at_orders(step, others);
    }

    /// Works at all orders, and tells everybody what comes of it.
    pub(super) fn work_at_orders(&mut self, step: &mut Step, others: &Surroundings) {
        let mut issued = self.pursue(step, others);
        issued.extend(self.drop_senders(step, others));
        self.fan_out_each(step, issued);
        self.store_orders(step);
    }

    /// After a commit: what it voided of the hub's own is proposed again in the new epoch, to go out with the commit itself, so
    /// that no member commits in between (proto §5.5, PROTO-47).
    pub(super) fn reissue(&mut self, step: &mut Step, others: &Surroundings) -> Vec<Issued> {
        let mut issued = Vec::new();
        if !self.orders.is_empty() && !self.config.planted.is(Mutant::ForgetsReissue) {
            issued = self.pursue(step, others);
            self.store_orders(step);
        }
        issued.extend(self.drop_senders(step, others));
        issued
    }

    /// Who was on the way out by proposals of its own that an external commit has voided, is taken out by the hub, where that is
    /// how it is read (OPEN-04). `before` is how the room stood when it was accepted.
    pub(super) fn adopt(&mut self, before: &RoomState) {
        if self.config.readings().voided_leaves != VoidedLeaves::HubProposes {
            return;
        }
        let now = self.state().committed.clone();
        let going = before.committed.participants.iter().map(|participant| participant.user);
        let going = going.filter(|user| before.effective.role_of(*user).is_none());
        for user in going.filter(|user| now.role_of(*user).is_some()) {
            let wish = Wish::Remove(user);
            if self.orders.iter().all(|order| order.wish != wish) {
                self.orders.push_back(Order { intent: None, wish });
            }
        }
    }

    /// The messages to staple; a planted bug sends them on their own.
    pub(super) fn staple(&self, issued: &mut Vec<Issued>) -> Vec<Octets> {
        if self.config.planted.is(Mutant::NoStaple) {
            return Vec::new();
        }
        issued.drain(..).flat_map(|issued| issued.batch).collect()
    }

    /// Sends batches as events of their own (PROTO-46).
    pub(super) fn fan_out_each(&mut self, step: &mut Step, issued: Vec<Issued>) {
        for Issued { batch, accepted_ms } in issued {
            let targets = match self.config.planted.is(Mutant::KeepsOwnProposals) {
                true => BTreeSet::new(),
                false => self.providers(self.epoch.clients()),
            };
            self.fan_out(step, &targets, FanOut::new(accepted_ms, Event::Proposals(batch)));
        }
    }

    /// Works at all orders.
    fn pursue(&mut self, step: &mut Step, others: &Surroundings) -> Vec<Issued> {
        let mut issued = Vec::new();
        for order in std::mem::take(&mut self.orders) {
            let ended = match self.progress(order.wish) {
                Progress::Done => Some(None),
                Progress::Pointless => Some(Some(Refusal::Pointless)),
                Progress::UnderWay => None,
                Progress::Propose(proposals) => match self.issue(step, others, &proposals) {
                    Ok(batch) => {
                        issued.push(batch);
                        None
                    }
                    // What else is pending stands in its way, and will be settled with the next commit.
                    Err(Rejection::InvalidAfter) if !self.pending().is_empty() => None,
                    Err(Rejection::Mls(error)) => Some(Some(Refusal::Engine(error))),
                    Err(_) => Some(Some(Refusal::NotAllowed)),
                },
            };
            match (ended, order.intent) {
                (None, _) => self.orders.push_back(order),
                (Some(None), Some(intent)) => step.observe(Fact::Done { intent }),
                (Some(Some(reason)), Some(intent)) => step.observe(Fact::Refused { intent, reason }),
                (Some(_), None) => {}
            }
        }
        issued
    }

    fn progress(&self, wish: Wish) -> Progress {
        let pending: Vec<ProposalInfo> = self.pending().iter().flat_map(|p| p.proposals.clone()).collect();
        wish.progress(self.config.directory(), self.group(), &pending, &self.state().effective)
    }

    /// Makes proposals and takes them in as anybody's: the policy judges the hub too.
    pub(super) fn issue(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        proposals: &[Propose],
    ) -> Result<Issued, Rejection> {
        let hub = self.config.directory().hub_of(self.room);
        let made = proposals.iter().map(|proposal| self.group().propose(hub, proposal));
        let batch: Vec<Octets> = made.collect::<Result<_, _>>().map_err(Rejection::Mls)?;
        let (_, accepted_ms) = self.take_in(step, others, &batch)?;
        Ok(Issued { batch, accepted_ms })
    }

    pub(super) fn store_orders(&self, step: &mut Step) {
        step.put(orders_key(self.room), &self.orders);
    }
}

/// The orders that are durable under these cells.
pub(super) fn recover_orders(cells: &crate::node::Cells, room: RoomId) -> VecDeque<Order> {
    crate::step::read(cells, &orders_key(room)).unwrap_or_default()
}

fn orders_key(room: RoomId) -> Vec<u8> {
    [b"hr/", &room.0.to_be_bytes()[..]].concat()
}
