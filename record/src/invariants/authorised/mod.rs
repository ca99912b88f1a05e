//! INV-05: all that a hub accepts is permitted by the policy in force at its place in the hub's order.
//!
//! Written from the drafts (room-policy §3, §5, §8; proto §5.3, §7), without a look at how the hub decides, so that one
//! mistake cannot hide in both. What the drafts leave open is read as follows:
//!
//! * The policy in force is the committed state with all accepted changes (proto §7.1).
//! * Each proposal is its proposer's: judged when it is accepted, whoever commits it. What stands by value in a commit is
//!   the committer's (AMB-18), unless it repeats an accepted proposal that the commit does not refer to: an external
//!   commit can carry those in no other way (MLS-12).
//! * Constraints are counted after the whole event, with all that is pending (AMB-19). An event is to blame for those that
//!   it breaks, not for those that were broken before.
//! * Role 1 is that of the banned only where it is named so, and else a role like any other (room-policy §8.1.3).
//! * An update that gives a user the role that it has changes nothing, and needs no authority.
//! * Who is not in the list has the role of the first match in preauth_list where it proposes from outside or joins, servers
//!   included; who is in the list has its entry's (room-policy §4).
//! * A join link that the joiner has shown to the hub leads to where role 0 may move (room-policy §8.1.1); one that is not for
//!   several users lets the first of them in, and one that is for a time none after that, counted from the event that brought it
//!   and by the policy then; 0 seconds are no limit (§6.2).
//! * Nothing covers the clients of a participant who has none in the group, or, where it is read so, what covers the addition of
//!   that user to its role does (OPEN-35: "When the participant list addition for the target role is authorized, the holder is
//!   also authorized to add" the clients, room-policy §8.1.1).
//! * With `carrier = hub-log`: see `by_log`.
//! * What a policy component needs where the draft names no capability: see `components` (OPEN-14).

pub(super) mod beside;
mod by_log;
mod capability;
mod components;
pub(super) mod deed;
mod definitions;
pub(super) mod limits;
pub(super) mod lists;
mod part_way;
mod preauth;

use super::{around, hosted, hub};
use crate::view::HubView;
use crate::{Invariant, Tally, Transition};
use deed::{Capacity, Deed};
use mimic_protocol::ids::Actor;
use mimic_protocol::mls::{Octets, ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact};
use mimic_protocol::readings::ForeignClients;
use mimic_protocol::room::{ListChange, Standing, component};
use mimic_protocol::{ClientId, Directory, Readings, RoomId, UserId};
use std::collections::{BTreeMap, BTreeSet};

/// Authorised changes only (arch §4.4, proto §7.1). It remembers the proposals that await their commit, and which join links
/// were used.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Authorised {
    foreign_clients: ForeignClients,
    pending: BTreeMap<RoomId, Vec<ProposalInfo>>,
    /// Who came in by which join link first.
    links: BTreeMap<(RoomId, Octets), UserId>,
    /// Until when each join link is good, if for a time only; the links of rooms in which some are.
    good_until: BTreeMap<(RoomId, Octets), Option<u64>>,
    /// With hub-log, the clients that have entered their users in the list and have yet to join.
    entering: BTreeSet<(RoomId, ClientId)>,
}

impl Invariant for Authorised {
    fn id(&self) -> &'static str {
        "INV-05"
    }

    fn statement(&self) -> &'static str {
        "the hub accepts only what the policy in force permits"
    }

    fn step(&mut self, at: &Transition<'_>, tally: &mut Tally) {
        for fact in &at.step.facts {
            if let Fact::Opened { room } = fact {
                self.remember_links(at, *room, at.step.at_us / 1_000);
            }
            let Fact::Accepted { room, event, accepted_ms, .. } = fact else { continue };
            let objection = self.judge(at, *room, (event, *accepted_ms)).err();
            tally.check(Some(at.step.n), objection.is_none(), || {
                format!("{room}: {}", objection.unwrap_or_default())
            });
            self.remember(at, *room, event);
            self.remember_links(at, *room, *accepted_ms);
        }
        for fact in &at.step.facts {
            if let Fact::LinkShown { room, client, link } = fact {
                let user = at.directory.user_of(*client);
                self.links.entry((*room, link.clone())).or_insert(user);
            }
        }
    }
}

impl Authorised {
    /// The check, under these readings.
    pub fn under(readings: &Readings) -> Self {
        Self { foreign_clients: readings.foreign_clients, ..Self::default() }
    }

    fn judge(
        &self,
        at: &Transition<'_>,
        room: RoomId,
        (event, accepted_ms): (&Accepted, u64),
    ) -> Result<(), String> {
        let Some(views) = around(at, room, event) else {
            return Err("something is accepted where the room is not hosted".to_owned());
        };
        let pending = self.pending.get(&room).map_or(&[][..], Vec::as_slice);
        let (before, after) = part_way::narrow(at, room, event, pending, views);
        let hosted = hosted(at.before).ok_or("something is accepted where no room is hosted")?;
        let (before, after) = (&*before, &*after);
        let link = self.shown(at, room, accepted_ms)?;
        let Self { foreign_clients, ref entering, .. } = *self;
        let scene = Scene {
            directory: at.directory,
            room,
            hosted,
            before,
            after,
            pending,
            link,
            foreign_clients,
            entering,
        };
        match event {
            Accepted::Message { sender, .. } => scene.message(*sender),
            Accepted::Proposals { proposals, .. } if scene.is_by_log() => scene.group_proposals(proposals),
            Accepted::Proposals { proposals, .. } => scene.proposals(proposals),
            Accepted::State { proposals, .. } => scene.state_event(proposals),
            Accepted::Commit { sender, proposals, .. } if scene.is_by_log() => {
                scene.commit_beside_logs(*sender, proposals)
            }
            Accepted::Commit { sender, proposals, .. } => scene.commit(*sender, proposals),
        }
    }

    /// The join link that whoever joins in this step has shown, if it is still good for its user.
    fn shown<'a>(
        &self,
        at: &'a Transition<'_>,
        of: RoomId,
        accepted_ms: u64,
    ) -> Result<Option<&'a Octets>, String> {
        let shown = at.step.facts.iter().find_map(|fact| match fact {
            Fact::LinkShown { room, client, link } if *room == of => Some((*client, link)),
            _ => None,
        });
        let (Some((client, link)), Some(hub)) = (shown, hub(at.before, of)) else { return Ok(None) };
        let policy = hub.effective.components.join_link_policy.as_ref();
        let single = policy.is_some_and(|policy| !bool::from(policy.multiuser));
        let first = self.links.get(&(of, link.clone()));
        let user = at.directory.user_of(client);
        let until = self.good_until.get(&(of, link.clone())).copied().flatten();
        let listed = hub.effective.role_of(user).is_some();
        if !listed && until.is_some_and(|until| until <= accepted_ms) {
            return Err(format!("{} joins by a link that has expired", at.directory.user_uri(user)));
        }
        match first.filter(|first| single && **first != user && !listed) {
            Some(_) => Err(format!("{} joins by the link of somebody else", at.directory.user_uri(user))),
            None => Ok(Some(link)),
        }
    }

    /// The links that the room has from this event on, if links of it are for a time.
    fn remember_links(&mut self, at: &Transition<'_>, room: RoomId, accepted_ms: u64) {
        let Some(components) = hub(at.after(), room).map(|hub| hub.effective.components.clone()) else {
            return;
        };
        let links = components.join_links.iter().flat_map(|data| &data.links);
        let links: BTreeSet<Octets> = links.map(|link| link.as_slice().into()).collect();
        self.good_until.retain(|(of, link), _| *of != room || links.contains(link));
        let lifetime_s = components.join_link_policy.as_ref().map_or(0, |policy| policy.expiration);
        let until = (lifetime_s > 0).then(|| accepted_ms + 1_000 * u64::from(lifetime_s));
        for link in links {
            self.good_until.entry((room, link)).or_insert(until);
        }
    }

    fn remember(&mut self, at: &Transition<'_>, room: RoomId, event: &Accepted) {
        match event {
            Accepted::Message { .. } => {}
            Accepted::State { proposals, .. } => self.remember_entry(at, room, proposals),
            Accepted::Proposals { proposals, .. } => {
                self.pending.entry(room).or_default().extend(proposals.iter().cloned());
            }
            // Whatever the commit leaves out is of an epoch that is over (MLS-01).
            Accepted::Commit { sender, .. } => {
                self.pending.remove(&room);
                if let Sender::Joiner(client) = sender {
                    self.entering.remove(&(room, *client));
                }
            }
        }
    }

    fn remember_entry(&mut self, at: &Transition<'_>, room: RoomId, proposals: &[ProposalInfo]) {
        let (Some(before), Some(after)) = (hub(at.before, room), hub(at.after(), room)) else { return };
        if let Some(Sender::Member(client)) = proposals.first().map(|proposal| proposal.sender)
            && before.effective.role_of(at.directory.user_of(client)).is_none()
        {
            self.entering.insert((room, client));
        }
        let takes_part = |client| deed::takes_part(&after.effective, at.directory.user_of(client));
        self.entering.retain(|(of, client)| *of != room || takes_part(*client));
    }
}

/// The room around one accepted event.
#[derive(Clone, Copy)]
struct Scene<'a> {
    directory: &'a Directory,
    room: RoomId,
    /// The rooms at the hub, as they were.
    hosted: &'a BTreeMap<RoomId, HubView>,
    before: &'a HubView,
    after: &'a HubView,
    /// What was accepted before and awaits its commit, in the hub's order.
    pending: &'a [ProposalInfo],
    /// The join link that the joiner has shown.
    link: Option<&'a Octets>,
    foreign_clients: ForeignClients,
    entering: &'a BTreeSet<(RoomId, ClientId)>,
}

impl<'a> Scene<'a> {
    /// proto §5.4: "an active participant in the room", and not one whose removal is pending (proto §5.3).
    fn message(&self, sender: UserId) -> Result<(), String> {
        let mut users = self.before.leaves.values().map(|client| self.directory.user_of(*client));
        let in_force = &self.before.effective;
        let active = users.any(|user| user == sender);
        let takes_part = deed::takes_part(in_force, sender);
        let fault = match (active && takes_part, deed::may_send(in_force, sender)) {
            (true, true) => return Ok(()),
            (true, false) => "sends a message without canSendMessage",
            (false, _) => "sends a message, and is no active participant",
        };
        Err(format!("{} {fault}", self.directory.user_uri(sender)))
    }

    fn proposals(&self, batch: &'a [ProposalInfo]) -> Result<(), String> {
        let all: Vec<&ProposalInfo> = self.pending.iter().chain(batch).collect();
        let lists = (&self.before.committed.participants[..], &self.after.effective.participants[..]);
        let changes = lists::changes(self.directory, lists, &all)?.split_off(self.pending.len());
        for sender in batch.iter().map(|proposal| proposal.sender).collect::<BTreeSet<_>>() {
            let own = batch.iter().zip(&changes).filter(|(proposal, _)| proposal.sender == sender);
            let own = own.map(|(proposal, changes)| (proposal, &changes[..])).collect();
            self.deed(sender, false, &self.after.effective, own)?;
        }
        let members = self.members_after(all);
        self.together(batch, &changes, &self.after.effective, &members)
    }

    fn commit(&self, sender: Sender, proposals: &'a [ProposalInfo]) -> Result<(), String> {
        let all: Vec<&ProposalInfo> = proposals.iter().collect();
        let lists = (&self.before.committed.participants[..], &self.after.committed.participants[..]);
        let changes = lists::changes(self.directory, lists, &all)?;
        let mut users = BTreeSet::new();
        // proto §7.5: a commit must not "operate on the same user in the participant list more than once".
        if !changes.iter().flatten().all(|change| users.insert(lists::touched(change))) {
            return Err("a commit changes the participant list twice for one user".to_owned());
        }
        let mut own = Vec::new();
        let mut left_out: Vec<&ProposalInfo> = self.pending.iter().collect();
        for proposal in proposals.iter().filter(|proposal| proposal.reference.is_some()) {
            let known = left_out.iter().position(|pending| *pending == proposal);
            left_out.remove(known.ok_or("a commit refers to a proposal that was not accepted before it")?);
        }
        for (proposal, changes) in proposals.iter().zip(&changes).filter(|(p, _)| p.reference.is_none()) {
            match left_out.iter().position(|pending| repeats(proposal, pending)) {
                Some(pending) => drop(left_out.remove(pending)),
                None => own.push((proposal, &changes[..])),
            }
        }
        self.deed(sender, true, &self.after.committed, own)?;
        let members = self.after.leaves.values().copied().collect();
        self.together(proposals, &changes, &self.after.committed, &members)
    }

    /// Judges what `sender` answers for.
    fn deed(
        &self,
        sender: Sender,
        commits: bool,
        after: &'a Standing,
        own: Vec<(&'a ProposalInfo, &'a [ListChange])>,
    ) -> Result<(), String> {
        let user = |client| Actor::User(self.directory.user_of(client));
        let (actor, capacity) = match sender {
            Sender::Member(client) if commits => (user(client), Capacity::Committer),
            Sender::Member(client) => (user(client), Capacity::Proposer),
            Sender::Joiner(client) => (user(client), Capacity::Joiner(client)),
            Sender::External(provider) => (Actor::Provider(provider), Capacity::Proposer),
        };
        if commits && matches!(actor, Actor::Provider(_)) {
            return Err("a server commits".to_owned());
        }
        let (in_force, committed) = (&*self.before.effective, &*self.before.committed);
        let (directory, link) = (self.directory, self.link);
        let hub = directory.hub_of(self.room);
        let active = self.before.leaves.values().map(|client| directory.user_of(*client)).collect();
        let brings_back = (self.foreign_clients == ForeignClients::WithAddParticipant).then_some(active);
        Deed { directory, hub, in_force, committed, after, actor, capacity, own, link, brings_back }.judge()
    }

    /// What all that happens in one event must come to, whoever answers for which part of it.
    fn together(
        &self,
        proposals: &[ProposalInfo],
        changes: &[Vec<ListChange>],
        standing: &Standing,
        members: &BTreeSet<ClientId>,
    ) -> Result<(), String> {
        let changes: Vec<&ListChange> = changes.iter().flatten().collect();
        let roles_change = updates(proposals, component::ROLES_LIST);
        // room-policy §3: a RoleUpdate "is not valid if it appear in the same commit as any Participant List change".
        if roles_change && !changes.is_empty() {
            return Err("roles and participant list change at once".to_owned());
        }
        // room-policy §4: nor is a PreAuthUpdate "except for user removals".
        let removes = |change: &&ListChange| matches!(change, ListChange::Remove(_));
        if updates(proposals, component::PREAUTH_LIST) && !changes.iter().all(removes) {
            return Err("preauthorisations change, and at once more of the list than removals".to_owned());
        }
        // proto §7.6: "Only a single Room metadata update is valid per commit."
        if proposals.iter().filter(|proposal| is_update(proposal, component::ROOM_METADATA)).count() > 1 {
            return Err("the metadata change twice at once".to_owned());
        }
        if proposals.iter().any(|proposal| is_policy(&proposal.body)) {
            definitions::check(standing)?;
        }
        definitions::check_names(self.directory, standing)?;
        definitions::check_hidden(self.directory, self.room, standing)?;
        beside::check(self.directory, self.room, self.hosted, self.before, standing)?;
        self.none_left_behind(&changes, standing, members)?;
        self.none_added_alone(proposals, standing)?;
        let were_members = self.aligned(&self.before.effective, self.members_after(self.pending));
        let before = limits::broken(self.directory, &self.before.effective, &were_members);
        let after = limits::broken(self.directory, standing, members);
        limits::newly_broken(&before, &after)
            .map_or(Ok(()), |limit| Err(format!("it breaks the constraint {limit:?}")))
    }

    /// room-policy §8.1.2: "There MUST NOT be any clients of the removed user in the MLS group", nor of one who is banned.
    fn none_left_behind(
        &self,
        changes: &[&ListChange],
        standing: &Standing,
        members: &BTreeSet<ClientId>,
    ) -> Result<(), String> {
        let stays = |user: &UserId| members.iter().any(|client| self.directory.user_of(*client) == *user);
        let mut taken_out = changes.iter().filter_map(|change| match change {
            ListChange::Remove(user) => Some(*user),
            ListChange::Change(user, role) | ListChange::Add(user, role) => {
                deed::bans(standing, *role).then_some(*user)
            }
        });
        taken_out.find(stays).map_or(Ok(()), |user| {
            Err(format!("{} is taken out, and clients of it stay", self.directory.user_uri(user)))
        })
    }

    /// proto §5.3: the list change comes before the Add, or together with it.
    fn none_added_alone(&self, proposals: &[ProposalInfo], standing: &Standing) -> Result<(), String> {
        let mut added = proposals.iter().filter_map(|proposal| match proposal.body {
            Proposed::Add(client, _) => Some(self.directory.user_of(client)),
            _ => None,
        });
        added.find(|user| !deed::takes_part(standing, *user)).map_or(Ok(()), |user| {
            Err(format!("a client of {} is added, who takes no part", self.directory.user_uri(user)))
        })
    }

    /// The members before the event, once these proposals are committed.
    fn members_after<'b>(&self, proposals: impl IntoIterator<Item = &'b ProposalInfo>) -> BTreeSet<ClientId> {
        let mut members: BTreeSet<ClientId> = self.before.leaves.values().copied().collect();
        for proposal in proposals {
            match (&proposal.body, &proposal.sender) {
                (Proposed::Add(client, _), _) => drop(members.insert(*client)),
                (Proposed::Remove(client), _) | (Proposed::SelfRemove, Sender::Member(client)) => {
                    members.remove(client);
                }
                _ => {}
            }
        }
        members
    }
}

/// Whether one of the proposals updates the component.
fn updates(proposals: &[ProposalInfo], id: u16) -> bool {
    proposals.iter().any(|proposal| is_update(proposal, id))
}

fn is_update(proposal: &ProposalInfo, id: u16) -> bool {
    component_of(&proposal.body) == Some(id)
}

/// The component that it updates or removes.
fn component_of(body: &Proposed) -> Option<u16> {
    match body {
        Proposed::AppDataUpdate { component, .. } | Proposed::AppDataRemove { component } => Some(*component),
        _ => None,
    }
}

/// Whether a proposal that stands by value in a commit says what the pending one says.
fn repeats(by_value: &ProposalInfo, pending: &ProposalInfo) -> bool {
    matches!(by_value.body, Proposed::AppDataUpdate { .. }) && by_value.body == pending.body
}

/// Whether it changes another component than the participant list.
fn is_policy(body: &Proposed) -> bool {
    component_of(body).is_some_and(|component| component != component::PARTICIPANT_LIST)
}
