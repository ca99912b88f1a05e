//! What a follower makes of what the hub has accepted, where it judges that or is bound by it (OPEN-05, OPEN-34).
//!
//! A follower keeps no group. It asks the hub for the public state of each new epoch, as it does when it has something to propose
//! (/groupInfo), and with that alone it judges what it is notified of in that epoch: signatures, the list of proposals, and the
//! policy. If the next commit is there before the answer, it cannot judge that one, and does not pretend to: it passes it on. A
//! hub that answers late is so never found out by its followers, only by clients.

use super::Provider;
use super::hub::Pending;
use super::judge::{judge_commit, judge_proposals, some_link};
use crate::config::NodeConfig;
use crate::ids::{RoomId, UserId};
use crate::mls::{JoinMaterial, Mls, MlsGroup, MlsObserver, Octets, ProposalInfo, Received};
use crate::node::{Call, Event, Fact, Rejection};
use crate::readings::{Binds, Verifiers};
use crate::room::{RoomState, Standing, standing_after};
use crate::sealing::Told;
use crate::signing::group_info_request_of_server;
use crate::step::Step;
use std::sync::Arc;

/// A group as a follower was told of it.
struct Watched<M: Mls> {
    group: M::Observer,
    pending: Vec<ProposalInfo>,
    state: RoomState,
}

impl<M: Mls> Watched<M> {
    fn of(config: &NodeConfig, room: RoomId, material: &JoinMaterial) -> Option<Self> {
        let mut group = M::Observer::open(&config.mls, room, &material.group_info, &material.tree).ok()?;
        let mut pending = Vec::new();
        for message in &material.proposals {
            let Ok(Received::Proposal(info)) = group.inspect(message) else { return None };
            group.keep(message).ok()?;
            pending.push(info);
        }
        let directory = config.directory();
        let committed = Arc::new(Standing::decode(directory, &group.dictionary()).ok()?);
        let bodies = pending.iter().map(|info| &info.body);
        let effective = standing_after(directory, group.dictionary(), bodies, config.readings())?;
        Some(Self { group, pending, state: RoomState { committed, effective: Arc::new(effective) } })
    }

    fn judge_commit(&self, config: &NodeConfig, commit: &Octets) -> Result<(), Rejection> {
        let Ok(Received::Commit(info, _)) = self.group.inspect(commit) else { return Ok(()) };
        let waiting: Vec<Pending> = Pending::of(self.pending.clone()).into_iter().collect();
        let code = some_link(&self.state.effective);
        judge_commit(config, &self.state, &self.group, &waiting, &info, code).map(|_| ())
    }

    fn judge_proposals(&self, config: &NodeConfig, batch: &[Octets]) -> Result<(), Rejection> {
        let mut proposals = Vec::new();
        for message in batch {
            let Ok(Received::Proposal(info)) = self.group.inspect(message) else { return Ok(()) };
            proposals.push(info);
        }
        let waiting: Vec<Pending> = Pending::of(self.pending.clone()).into_iter().collect();
        judge_proposals(config, &self.state, &self.group, &waiting, &proposals).map(|_| ())
    }
}

impl<M: Mls> Provider<M> {
    /// Asks the hub for the public state of the group's new epoch, where followers watch it.
    pub(super) fn ask_for_group(&mut self, step: &mut Step, room: RoomId) {
        let is_asking = self.petitions.get(&room).is_some_and(super::Petitions::is_asking);
        let request = group_info_request_of_server::<M>(&self.config, (room, self.id));
        if let (Ok(request), true, false) = (request, self.config.readings().followers_watch(), is_asking) {
            self.ask_hub(step, Call::GroupInfo(room), room, request);
        }
    }

    /// The hub's answer to that.
    pub(super) fn told_of_group(&mut self, step: &mut Step, room: RoomId, told: &Told) {
        if !self.config.readings().followers_watch() {
            return;
        }
        let Some(followed) = self.followed.get_mut(&room) else { return };
        followed.told.set(match told {
            Told::Group { material, .. } => Some(material.clone()),
            Told::NotAuthorized | Told::NoSuchRoom => None,
        });
        followed.store_told(step, room);
    }

    /// Whether the event is passed on: not, once this follower has objected to what the hub accepts here.
    pub(super) fn takes(&mut self, step: &mut Step, room: RoomId, event: &Event) -> bool {
        let verdict = self.judge_notified(room, event);
        let Some(followed) = self.followed.get_mut(&room) else { return true };
        if let (Err(reason), false) = (verdict, *followed.objects) {
            step.observe(Fact::Objected { room, message: event.id(), reason });
            followed.objects.set(true);
        }
        if let (Event::Proposals(batch), Some(told)) = (event, &*followed.told) {
            // Those that were pending when the hub told of the group are in there.
            let new = batch.iter().filter(|message| !told.proposals.contains(message));
            let proposals = told.proposals.iter().chain(new).cloned().collect();
            let material = JoinMaterial { proposals, ..told.clone() };
            followed.told.set(Some(material));
        }
        followed.store_told(step, room);
        !*followed.objects
    }

    fn judge_notified(&self, room: RoomId, event: &Event) -> Result<(), Rejection> {
        let followed = self.followed.get(&room);
        let Some(material) = followed.and_then(|followed| followed.told.as_ref()) else { return Ok(()) };
        if self.config.readings().verifiers != Verifiers::ClientsHubAndFollowers {
            return Ok(());
        }
        match event {
            Event::Commit { commit, .. } => match Watched::<M>::of(&self.config, room, material) {
                Some(told) => told.judge_commit(&self.config, commit),
                None => Ok(()),
            },
            Event::Proposals(batch) if !batch.iter().all(|message| material.proposals.contains(message)) => {
                match Watched::<M>::of(&self.config, room, material) {
                    Some(told) => told.judge_proposals(&self.config, batch),
                    None => Ok(()),
                }
            }
            Event::Proposals(_) | Event::Welcome { .. } | Event::State(_) | Event::Message { .. } => Ok(()),
        }
    }

    /// OPEN-05: whether what is pending keeps this follower from passing a message of the user on.
    pub(super) fn holds_back(&self, room: RoomId, sender: UserId) -> bool {
        if self.config.readings().binds == Binds::Hub {
            return false;
        }
        let material = self.followed.get(&room).and_then(|followed| followed.told.as_ref());
        let told = material.and_then(|material| Watched::<M>::of(&self.config, room, material));
        told.is_some_and(|told| !told.state.effective.may_take_part(sender))
    }
}
