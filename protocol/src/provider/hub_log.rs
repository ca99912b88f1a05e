//! A hub with `carrier = hub-log`: it orders state events in two logs, and takes commits that change members alone.
//!
//! The three kinds of state are independent (arch §4.3): a state event is judged by the policy, whoever is in the group; a
//! commit by whether those whom it lets in are participants. Nothing makes a commit carry what an event has brought about:
//! that clients of users who are out are taken out is for the members to see to (ARCH-22). So an accepted event is in force at
//! once. Pending are only proposals about the group itself: who can take its own leaf out by nothing else proposes it, and the
//! next commit refers to it (MLS-12, PROTO-10).

use super::KeyStore;
use super::hub::{HubRoom, accepted_prefix};
use super::judge::{
    Judged, asks_policy, change_by, check_after, covers_pending, enforce, judge_beside,
    judge_group_proposals, welcome_targets,
};
use crate::config::NodeConfig;
use crate::ids::{Actor, ClientId, NodeId, ProviderId};
use crate::mls::{
    CommitBundle, CommitInfo, Dictionary, GroupInfoForm, Mls, MlsError, Octets, ProposalInfo, Proposed,
    Sender,
};
use crate::mutant::Mutant;
use crate::node::{Accepted, Event, FanOut, MessageId, Rejection, VouchedEvent};
use crate::policy::{self, Surroundings};
use crate::readings::{Committers, PendingInclusion};
use crate::room::{RoomLog, RoomState, Sequences, Standing, StateEvent};
use crate::step::Step;
use crate::voided::left_out;
use crate::vouching::{check_author, check_origin, from_server, origin_of};
use std::collections::BTreeSet;

/// What a room begins with: in its GroupContext, or in empty logs.
pub(super) fn beginning(
    config: &NodeConfig,
    dictionary: &Dictionary,
    state: Option<Octets>,
) -> Option<(Standing, Option<Sequences>)> {
    let directory = config.directory();
    if !config.readings().by_log() {
        return Some((Standing::decode(directory, dictionary).ok()?, None));
    }
    let begun = RoomLog::decode(directory, &state?).ok()?;
    let empty = begun.sequences == Sequences::default();
    empty.then(|| (Standing::clone(&begun.standing), Some(begun.sequences)))
}

impl<M: Mls> HubRoom<M> {
    /// How far the logs have come; none where the GroupContext carries the state.
    pub fn sequences(&self) -> Option<Sequences> {
        self.core.sequences
    }

    /// What the logs have led to, for one who joins.
    pub(super) fn snapshot(&self) -> Option<Octets> {
        let mut log = self.log()?;
        if self.config.planted.is(Mutant::MixedSnapshot) {
            log.sequences.participation = log.sequences.participation.saturating_sub(1);
        }
        Some(log.encode(self.config.directory()))
    }

    /// What the logs have led to.
    pub(super) fn log(&self) -> Option<RoomLog> {
        let standing = self.core.state.effective.clone();
        self.core.sequences.map(|sequences| RoomLog { sequences, standing })
    }

    /// A state event that somebody sends.
    pub(super) fn state_event(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        (from, mut vouched): (NodeId, VouchedEvent),
    ) -> Result<u64, Rejection> {
        let malformed = Rejection::Mls(MlsError::Malformed);
        let directory = self.config.directory();
        let event = StateEvent::decode(directory, &vouched.event).map_err(|_| malformed)?;
        let vouched_for = match (from, event.author) {
            (NodeId::Client(from), Sender::Member(client) | Sender::Joiner(client)) => from == client,
            (NodeId::Client(_), Sender::External(_)) => false,
            (NodeId::Provider(from), author) => from == origin_of(directory, author),
        };
        if event.room != self.room || !vouched_for {
            return Err(malformed);
        }
        if let NodeId::Client(_) = from {
            let hub = directory.hub_of(self.room);
            vouched = from_server::<M>(&self.config, hub, vouched.event).map_err(Rejection::Mls)?;
        }
        self.check_signatures(&event, &vouched)?;
        self.place(step, others, &event, vouched)
    }

    /// arch §5.1, §5.2 (ARCH-31, ARCH-36): who has made it, and where it comes from.
    fn check_signatures(&self, event: &StateEvent, vouched: &VouchedEvent) -> Result<(), Rejection> {
        if self.config.planted.is(Mutant::TakesUnsignedEvents) {
            return Ok(());
        }
        let checked = check_author::<M>(&self.config, Some(&self.observer), event);
        checked.and_then(|()| check_origin::<M>(&self.config, event.author, vouched)).map_err(|error| {
            match error {
                MlsError::NotAnExternalSender => Rejection::Mls(error),
                _ => Rejection::BadSignature,
            }
        })
    }

    /// Judges an authentic event, and gives it its place in its log and in the order of all that happens in the room.
    pub(super) fn place(
        &mut self,
        step: &mut Step,
        others: &Surroundings,
        event: &StateEvent,
        vouched: VouchedEvent,
    ) -> Result<u64, Rejection> {
        let directory = self.config.directory();
        let log = self.log().ok_or(Rejection::Mls(MlsError::Malformed))?;
        let id = MessageId::of(&vouched.event);
        if let Some(accepted_ms) = self.accepted.get(&id) {
            return Ok(*accepted_ms);
        }
        let next = log.sequences.of(event.log) + 1;
        if event.sequence != next && !self.config.planted.is(Mutant::SamePlaceTwice) {
            return Err(Rejection::WrongSequence);
        }
        let placed = StateEvent { sequence: next, ..event.clone() };
        let after = log.after(directory, &placed, self.config.readings()).ok_or(Rejection::InvalidAfter)?;
        self.judge_event(step.now_ms, event, &after.standing)?;
        judge_beside(&self.config, self.room, &[&log.standing], &after.standing, others)?;
        let accepted =
            Accepted::State { log: event.log, sequence: event.sequence, proposals: event.proposals() };
        let config = self.config.clone();
        let takes_part =
            |client: &ClientId| after.standing.may_take_part(config.directory().user_of(*client));
        if let Sender::Member(client) = event.author
            && log.standing.role_of(directory.user_of(client)).is_none()
        {
            self.core.entering.insert(client);
            self.codes_used(step, Sender::Joiner(client));
        }
        self.core.entering.retain(takes_part);
        let accepted_ms = self.accept(step, id, accepted);
        self.accepted.insert(id, accepted_ms);
        step.put([&accepted_prefix(self.room)[..], &id.0.to_be_bytes()[..]].concat(), &accepted_ms);
        let targets = self.event_targets(&after.standing);
        self.core.state = RoomState { committed: after.standing.clone(), effective: after.standing };
        self.core.sequences = Some(after.sequences);
        self.keep_links(step, accepted_ms);
        let targets = self.but_author(targets, event.author);
        self.fan_out(step, &targets, FanOut::new(accepted_ms, Event::State(vouched)));
        self.store(step);
        Ok(accepted_ms)
    }

    /// Whether the policy lets its author do so. Clients that stay behind are no objection: they are taken out by commits.
    fn judge_event(&self, now_ms: u64, event: &StateEvent, after: &Standing) -> Result<(), Rejection> {
        let directory = self.config.directory();
        let before = &*self.core.state.effective;
        let (actor, client) = match event.author {
            Sender::Member(client) | Sender::Joiner(client) => {
                (Actor::User(directory.user_of(client)), Some(client))
            }
            Sender::External(provider) => (Actor::Provider(provider), None),
        };
        let listed = client.map(|client| before.role_of(directory.user_of(client)).is_some());
        let takes_part = client.is_none_or(|client| before.may_take_part(directory.user_of(client)));
        if listed == Some(true) && !takes_part {
            return Err(Rejection::Blocked);
        }
        if asks_policy(&self.config) {
            let proposals = event.proposals();
            let mut change = change_by(actor, before, after, &proposals.iter().collect::<Vec<_>>());
            change.readings = self.config.readings();
            if listed == Some(false) {
                // The device with which the user will join is the one that asks.
                change.external = true;
                change.added_clients.extend(client);
                change.join_code =
                    client.map(|client| self.code_of(Sender::Joiner(client), now_ms)).transpose()?.flatten();
            }
            let verdict = policy::authorise(directory, before, &BTreeSet::new(), &change);
            enforce(&self.config, verdict).map_err(|_| Rejection::Denied)?;
        }
        let members: BTreeSet<ClientId> = self.epoch.clients().collect();
        let aligned = |standing| aligned(&self.config, standing, &members);
        check_after(&self.config, (before, &aligned(before)), (after, &aligned(after)))
    }

    /// arch §2: the servers that participate, those with participants and not only with members, before or after; and those
    /// whose clients are members still.
    fn event_targets(&self, after: &Standing) -> BTreeSet<ProviderId> {
        let directory = self.config.directory();
        let before = &self.core.state.effective;
        let listed = before.participants.iter().chain(&after.participants).map(|entry| entry.user);
        let taking_part = listed.filter(|user| before.may_take_part(*user) || after.may_take_part(*user));
        let mut targets = self.providers(self.epoch.clients());
        targets.extend(taking_part.map(|user| directory.provider_of(user)));
        targets
    }

    /// Takes in proposals about the group.
    pub(super) fn take_in_beside_logs(
        &mut self,
        step: &mut Step,
        batch: &[Octets],
    ) -> Result<(Sender, u64), Rejection> {
        let proposals = self.verified(batch)?;
        let standing = self.core.state.effective.clone();
        judge_group_proposals(&self.config, &standing, &self.observer, self.pending(), &proposals)?;
        self.keep(step, batch, proposals, standing)
    }

    /// Judges a commit whose MLS side is valid.
    pub(super) fn judge_beside_logs(
        &self,
        key_store: &KeyStore,
        (info, bundle): (&CommitInfo, &CommitBundle<GroupInfoForm>),
    ) -> Result<Judged, Rejection> {
        let (directory, standing) = (self.config.directory(), &*self.core.state.effective);
        let (committer, external) = match info.sender {
            Sender::Member(client) => (client, false),
            Sender::Joiner(client) => (client, true),
            Sender::External(_) => return Err(Rejection::Denied),
        };
        let user = directory.user_of(committer);
        let waved_through = external && self.config.planted.is(Mutant::BannedMayJoin);
        let blocked = !standing.may_take_part(user) && !waved_through;
        // An external commit is a way in, whoever may commit (arch §4.2).
        if blocked && (external || self.config.readings().committers == Committers::NotBlocked) {
            return Err(Rejection::Blocked);
        }
        let waiting = self.pending().iter().flat_map(|p| &p.proposals);
        let readings = self.config.readings();
        let voided = if external { left_out(waiting, readings) } else { BTreeSet::new() };
        let omits = !covers_pending(self.pending(), info, &voided, external && !readings.joins_carry_all());
        if readings.pending_inclusion == PendingInclusion::Strict
            && omits
            && !self.config.planted.is(Mutant::LetsOmissions)
        {
            return Err(Rejection::Omission);
        }
        // AMB-18: what is pending was judged for its proposers.
        let is_own = |p: &&ProposalInfo| p.reference.is_none() && !self.is_due(committer, p);
        let own: Vec<&ProposalInfo> = info.proposals.iter().filter(is_own).collect();
        // What let the user in let this device in: the two are one act, and come apart here alone (POL-27 to POL-30).
        let is_expected = external && own.is_empty() && self.core.entering.contains(&committer);
        if asks_policy(&self.config) && !waved_through && !is_expected {
            let mut change = change_by(user.into(), standing, standing, &own);
            change.readings = readings;
            change.external = external;
            change.added_clients.extend(external.then_some(committer));
            let members: BTreeSet<ClientId> = self.epoch.clients().collect();
            let verdict =
                policy::authorise(directory, standing, &aligned(&self.config, standing, &members), &change);
            enforce(&self.config, verdict).map_err(|_| Rejection::Denied)?;
        }
        if info.proposals.iter().any(|p| !changes_members(&p.body)) {
            return Err(Rejection::Denied);
        }
        let before: BTreeSet<ClientId> = self.epoch.clients().collect();
        let after: BTreeSet<ClientId> = info.leaves.values().copied().collect();
        let aligned = |members| aligned(&self.config, standing, members);
        check_after(&self.config, (standing, &aligned(&before)), (standing, &aligned(&after)))?;
        let welcome_to = welcome_targets::<M>(&self.config, key_store, &info.proposals, bundle)?;
        Ok(Judged { standing: standing.clone(), welcome_to })
    }

    /// Whether it only does to the group what an event has done to the list: the event's author had the authority (AMB-18).
    fn is_due(&self, committer: ClientId, proposal: &ProposalInfo) -> bool {
        let (directory, standing) = (self.config.directory(), &self.core.state.effective);
        let own = |client| directory.user_of(client) == directory.user_of(committer);
        let anybody = self.config.planted.is(Mutant::AddsBesideTheList);
        match proposal.body {
            Proposed::Add(client, _) => {
                !own(client) && (anybody || standing.may_take_part(directory.user_of(client)))
            }
            Proposed::Remove(client) => !standing.may_take_part(directory.user_of(client)),
            _ => false,
        }
    }
}

/// Those of the clients whose users take part: the others are in the group, or not, as far as the policy is concerned.
pub(super) fn aligned(
    config: &NodeConfig,
    standing: &Standing,
    clients: &BTreeSet<ClientId>,
) -> BTreeSet<ClientId> {
    let takes_part = |client: &&ClientId| standing.may_take_part(config.directory().user_of(**client));
    clients.iter().filter(takes_part).copied().collect()
}

fn changes_members(body: &Proposed) -> bool {
    use Proposed::{Add, ExternalSenders, ReInit, Remove, SelfRemove, Update};
    // Who may propose in the group is no more of the room's state than who is in it (PROTO-81).
    matches!(body, Add(..) | Remove(_) | SelfRemove | Update | ReInit(_) | ExternalSenders(_))
}
