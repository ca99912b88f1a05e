//! From the steps of a run to how often each sight was seen in it.

use super::ways::{self, Lists};
use super::{Counts, Sight};
use mimic_protocol::mls::{ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Call, Consent, Fact, MessageId, Refusal, Rejection, Timer};
use mimic_protocol::room::BANNED;
use mimic_protocol::wire::identifier_query::IdentifierQueryCode;
use mimic_protocol::{ClientId, Directory, NodeId, ProviderId, RoomId, UserId};
use mimic_record::{Event, HubChange, StandingDigest, Step};
use std::collections::{BTreeMap, BTreeSet};

/// How often each sight was seen. Those that were not seen are left out.
pub fn sights(directory: &Directory, steps: &[Step]) -> Counts {
    let mut witness =
        Witness { directory, rooms: BTreeMap::new(), authors: BTreeMap::new(), seen: Counts::new() };
    steps.iter().for_each(|step| witness.step(step));
    witness.seen
}

/// What is known so far.
struct Witness<'a> {
    directory: &'a Directory,
    rooms: BTreeMap<RoomId, Hosted>,
    /// Who made each accepted commit.
    authors: BTreeMap<MessageId, Sender>,
    seen: Counts,
}

/// A room at its hub.
#[derive(Clone, Default)]
struct Hosted {
    committed: BTreeMap<UserId, u32>,
    effective: BTreeMap<UserId, u32>,
    members: BTreeSet<ClientId>,
    pending: usize,
    by_log: bool,
}

impl Hosted {
    fn take(&mut self, change: &HubChange) {
        let list = |standing: &StandingDigest| standing.participants.iter().copied().collect();
        if let Some(standing) = &change.committed {
            self.committed = list(standing);
        }
        if let Some(standing) = &change.effective {
            self.effective = list(standing);
        }
        if let Some(leaves) = &change.leaves {
            self.members = leaves.iter().map(|(_, client)| *client).collect();
        }
        self.pending = change.pending.unwrap_or(self.pending);
        self.by_log |= change.sequences.is_some();
    }

    /// How many users have clients in the group and take no part in the room.
    fn strays(&self, directory: &Directory) -> usize {
        let users: BTreeSet<UserId> = self.members.iter().map(|client| directory.user_of(*client)).collect();
        users.iter().filter(|user| self.committed.get(user).is_none_or(|role| *role == BANNED)).count()
    }

    fn is_active(&self, directory: &Directory, user: UserId) -> bool {
        self.members.iter().any(|client| directory.user_of(*client) == user)
    }
}

impl Witness<'_> {
    fn step(&mut self, step: &Step) {
        self.event(step);
        step.facts.iter().for_each(|fact| self.fact(step, fact));
        for (room, change) in step.change.iter().flat_map(|change| &change.hub) {
            let hosted = self.rooms.entry(*room).or_default();
            hosted.take(change);
            let ahead = (change.effective.is_some() || change.committed.is_some())
                && hosted.effective != hosted.committed;
            self.saw_if(ahead, Sight::EffectiveAhead);
            self.saw_if(change.blocked.as_ref().is_some_and(|users| !users.is_empty()), Sight::UserBlocked);
        }
    }

    fn event(&mut self, step: &Step) {
        match step.event {
            Event::Start | Event::Intent(_) | Event::Restart => {}
            Event::Request(cause) => {
                self.saw_if(cause.copy > 0, Sight::DuplicateHandled);
                self.request(step, cause.exchange.call, cause.from);
            }
            Event::Response(cause) => {
                self.saw_if(cause.copy > 0, Sight::DuplicateHandled);
                match (step.node, cause.exchange.call) {
                    (NodeId::Client(_), Call::KeyMaterial(..)) => self.saw(Sight::KeyPackagesAnswered),
                    (NodeId::Client(_), Call::GroupInfo(_)) => self.saw(Sight::GroupInfoAnswered),
                    _ => {}
                }
            }
            Event::Failed(_) => self.saw(Sight::ExchangeFailed),
            Event::Wake(Timer::CommitPending(_)) => self.saw(Sight::CommitDelayOver),
            Event::Wake(Timer::Retry(_)) => self.saw(Sight::IntentRetried),
            Event::Wake(Timer::Notify(..)) => self.saw(Sight::NotifyRetried),
            Event::Wake(Timer::Publish | Timer::Deliver(_)) => {}
            Event::Crash => self.saw(match step.node {
                NodeId::Client(_) => Sight::ClientCrashed,
                NodeId::Provider(id) if self.is_hub(id) => Sight::HubCrashed,
                NodeId::Provider(_) => Sight::FollowerCrashed,
            }),
        }
    }

    fn request(&mut self, step: &Step, call: Call, from: NodeId) {
        let NodeId::Provider(provider) = step.node else { return };
        match call {
            Call::Notify(..) => {
                let new = |fact: &Fact| matches!(fact, Fact::Notified { .. } | Fact::TurnedAway { .. });
                let new = step.facts.iter().any(new);
                self.saw_if(!new, Sight::NotifyRepeated);
            }
            Call::Update(room)
            | Call::Submit(room)
            | Call::GroupInfo(room)
            | Call::ReportAbuse(room)
            | Call::KeyMaterial(room, _) => {
                let relayed = matches!(from, NodeId::Client(_)) && self.directory.hub_of(room) != provider;
                self.saw_if(relayed, Sight::RequestRelayed);
            }
            Call::Download(_) => self.saw_if(matches!(from, NodeId::Provider(_)), Sight::DownloadProxied),
            Call::OhttpKeys(_) => self.saw_if(matches!(from, NodeId::Provider(_)), Sight::GatewayKeyFetched),
            Call::Oblivious(_) => self.saw_if(matches!(from, NodeId::Provider(_)), Sight::DownloadOblivious),
            Call::Publish
            | Call::Open(_)
            | Call::Deliver(_)
            | Call::Consent(..)
            | Call::Search(..)
            | Call::Directory(_)
            | Call::Tree(_) => {}
        }
    }

    fn fact(&mut self, step: &Step, fact: &Fact) {
        match fact {
            Fact::Opened { .. } => self.saw(Sight::RoomOpened),
            Fact::Accepted { room, message, event, .. } => self.accepted(step, *room, *message, event),
            Fact::Rejected { reason, .. } => self.saw(rejection(*reason)),
            Fact::FannedOut { .. } => self.saw(Sight::FannedOut),
            Fact::Notified { .. } => self.saw(Sight::Notified),
            Fact::Joined { .. } => self.joined(step),
            Fact::Applied { text: Some(_), .. } => self.saw(Sight::MessageRead),
            Fact::Applied { message, .. } => {
                self.saw(Sight::CommitApplied);
                self.saw_if(self.is_author(step.node, message), Sight::OwnEventEchoed);
            }
            Fact::Discarded { .. } => self.saw(Sight::MessageDiscarded),
            Fact::PutAside { .. } => self.saw(Sight::MessagePutAside),
            Fact::Changed { shows: Some(_), .. } => self.saw(Sight::MessageEdited),
            Fact::Changed { shows: None, .. } => self.saw(Sight::MessageTakenBack),
            Fact::Reported { .. } => self.saw(Sight::StatusReported),
            Fact::Unprocessable { .. } => self.saw(Sight::Unprocessable),
            Fact::Left { .. } => self.saw(Sight::RemovalLearnt),
            Fact::Refused { reason: Refusal::NoKeyMaterial, .. } => self.saw(Sight::RefusedNoKeyMaterial),
            Fact::LinkShown { .. } => self.saw(Sight::JoinLinkUsed),
            Fact::HandedOut { of_last_resort: true, .. } => self.saw(Sight::LastResortHandedOut),
            Fact::HandedOut { .. } => self.saw(Sight::KeyPackageHandedOut),
            Fact::Objected { .. } => self.saw(Sight::Objected),
            Fact::Withheld { .. } => self.saw(Sight::KeyPackageWithheld),
            Fact::ConsentGiven { granted: true, .. } => self.saw(Sight::ConsentGranted),
            Fact::ConsentGiven { granted: false, .. } => self.saw(Sight::ConsentRevoked),
            Fact::ConsentTold { consent: Consent::Request, .. } => self.saw(Sight::ConsentRequested),
            Fact::ConsentTold { consent: Consent::Cancel, .. } => self.saw(Sight::ConsentCancelled),
            Fact::ConsentTold { .. } => self.saw(Sight::ConsentTold),
            Fact::Searched { code: IdentifierQueryCode::Success, .. } => self.saw(Sight::UserFound),
            Fact::Searched { .. } => self.saw(Sight::NobodyFound),
            Fact::Discovered { .. } => self.saw(Sight::DirectoryFetched),
            Fact::Fetched { .. } => self.saw(Sight::AssetFetched),
            Fact::Recognised { client: Some(_), .. } => self.saw(Sight::PseudonymRecognised),
            Fact::Recognised { client: None, .. } => {}
            Fact::TurnedAway { .. } => self.saw(Sight::NotifyTurnedAway),
            // Told by whoever fetches.
            Fact::Found { .. } | Fact::AssetServed { .. } => {}
            // It comes with whatever is handled.
            Fact::Learnt(_) => {}
            // Its commit is what counts.
            Fact::KeyPackageUsed { .. } | Fact::Kept { .. } => {}
            Fact::AbuseJudged { refuted: None, .. } => self.saw(Sight::ReportBelieved),
            Fact::AbuseJudged { refuted: Some(_), .. } => self.saw(Sight::ReportRefuted),
            Fact::KeyChanged { .. } => self.saw(Sight::SignatureKeyChanged),
            Fact::CameFrom { .. } => self.saw(Sight::OriginProven),
            // Its arrival is what counts.
            Fact::Vouched { .. } => {}
            Fact::GroupInfoGiven { .. } => {}
            Fact::GroupInfoRebuilt { .. } => self.saw(Sight::GroupInfoRebuilt),
            Fact::TreeFetched { .. } => self.saw(Sight::TreeFetched),
            // INV-32 speaks of it.
            Fact::GroupInfoUseless { .. } => {}
            Fact::Said { .. } | Fact::Refused { .. } | Fact::Done { .. } | Fact::Queued { .. } => {}
        }
    }

    fn accepted(&mut self, step: &Step, room: RoomId, message: MessageId, event: &Accepted) {
        match event {
            Accepted::Message { .. } => self.saw(Sight::MessageAccepted),
            Accepted::Proposals { proposals, .. } => {
                self.saw(Sight::ProposalsAccepted);
                self.saw_if(proposals.len() > 1, Sight::BatchAccepted);
                self.saw_if(proposals.iter().any(|p| p.body == Proposed::SelfRemove), Sight::LeaveAccepted);
                let by_server = proposals.iter().any(|p| matches!(p.sender, Sender::External(_)));
                self.saw_if(by_server, Sight::ServerProposed);
                let ends_epoch =
                    |fact: &Fact| matches!(fact, Fact::Accepted { event: Accepted::Commit { .. }, .. });
                self.saw_if(by_server && step.facts.iter().any(ends_epoch), Sight::ProposalsStapled);
            }
            Accepted::State { proposals, .. } => self.state_event(step, room, proposals),
            Accepted::Commit { sender, proposals, .. } => {
                let extends = |p: &ProposalInfo| matches!(p.body, Proposed::ExternalSenders(_));
                self.saw_if(proposals.iter().any(extends), Sight::ExternalSendersChanged);
                self.authors.insert(message, *sender);
                self.commit(step, room, *sender, proposals);
            }
        }
    }

    fn state_event(&mut self, step: &Step, room: RoomId, proposals: &[ProposalInfo]) {
        let (before, after) = self.around(step, room);
        self.saw(Sight::StateEventAccepted);
        self.users_changed(&before, &after);
        let author = proposals.first().map(|proposal| proposal.sender);
        let gone = before.committed.keys().filter(|user| !after.committed.contains_key(user));
        let own =
            |user: UserId| matches!(author, Some(Sender::Member(c)) if self.directory.user_of(c) == user);
        let leaves = gone.clone().any(|user| own(*user));
        self.saw_if(leaves, Sight::LeaveAccepted);
        let outlasted = after.strays(self.directory) > before.strays(self.directory);
        self.saw_if(outlasted, Sight::LeavesOutlastUser);
    }

    /// The room before and after the step.
    fn around(&mut self, step: &Step, room: RoomId) -> (Hosted, Hosted) {
        let before = self.rooms.entry(room).or_default().clone();
        let mut after = before.clone();
        let change = step.change.as_deref().and_then(|change| change.hub.get(&room));
        change.into_iter().for_each(|change| after.take(change));
        (before, after)
    }

    fn commit(&mut self, step: &Step, room: RoomId, sender: Sender, proposals: &[ProposalInfo]) {
        let (before, after) = self.around(step, room);
        let realigned = after.strays(self.directory) < before.strays(self.directory);
        self.saw_if(before.by_log && realigned, Sight::GroupRealigned);
        match sender {
            Sender::Joiner(_) => {
                self.saw(Sight::ExternalCommitAccepted);
                self.saw_if(before.pending > 0, Sight::ExternalCommitOverPending);
            }
            Sender::Member(_) | Sender::External(_) => self.saw(Sight::CommitAccepted),
        }
        self.saw_if(proposals.iter().any(|p| p.reference.is_some()), Sight::PendingCommitted);
        self.users_changed(&before, &after);
        let lists = Lists { before: &before.committed, after: &after.committed };
        let ways = ways::of_commit(self.directory, sender, proposals, &lists);
        ways.into_iter().for_each(|sight| self.saw(sight));
        let devices = after.members.difference(&before.members).filter(|client| {
            let user = self.directory.user_of(**client);
            before.committed.contains_key(&user)
        });
        let devices = devices.count() as u64;
        self.saw_times(devices, Sight::DeviceAdded);
        let mut participants = after.committed.iter().filter(|(_, role)| **role != BANNED);
        let inactive = participants.any(|(user, _)| !after.is_active(self.directory, *user));
        self.saw_if(inactive, Sight::InactiveParticipant);
    }

    fn users_changed(&mut self, before: &Hosted, after: &Hosted) {
        let users: BTreeSet<UserId> =
            before.committed.keys().chain(after.committed.keys()).copied().collect();
        for user in users {
            let active = after.is_active(self.directory, user);
            let sight = match (before.committed.get(&user), after.committed.get(&user), active) {
                (None, Some(_), true) => Sight::UserAddedWithClients,
                (None, Some(_), false) => Sight::UserAddedWithoutClients,
                (Some(_), None, false) => Sight::UserRemoved,
                (Some(from), Some(to), _) if from == to => continue,
                (Some(_), Some(&BANNED), false) => Sight::UserBanned,
                (Some(&BANNED), Some(_), _) => Sight::UserUnbanned,
                (Some(_), Some(_), _) => Sight::RoleChanged,
                (Some(_), None, true) | (None, None, _) => continue,
            };
            self.saw(sight);
        }
    }

    /// By which way a client has come in: who creates a room is in it with the answer, all others by an event.
    fn joined(&mut self, step: &Step) {
        let NodeId::Client(client) = step.node else { return };
        if !matches!(step.event, Event::Request(_)) {
            return;
        }
        let joiner = self.authors.iter().find(|(_, sender)| **sender == Sender::Joiner(client));
        match joiner.map(|(message, _)| *message) {
            Some(message) => {
                self.authors.remove(&message);
                self.saw(Sight::JoinedByCommit);
            }
            None => self.saw(Sight::JoinedByWelcome),
        }
    }

    fn is_author(&self, node: NodeId, message: &MessageId) -> bool {
        let author = self.authors.get(message);
        matches!((author, node), (Some(Sender::Member(author)), NodeId::Client(client)) if *author == client)
    }

    fn is_hub(&self, provider: ProviderId) -> bool {
        self.directory.rooms().any(|room| self.directory.hub_of(room) == provider)
    }

    fn saw(&mut self, sight: Sight) {
        self.saw_times(1, sight);
    }

    fn saw_if(&mut self, seen: bool, sight: Sight) {
        self.saw_times(u64::from(seen), sight);
    }

    fn saw_times(&mut self, times: u64, sight: Sight) {
        if times > 0 {
            *self.seen.entry(sight).or_default() += times;
        }
    }
}

fn rejection(reason: Rejection) -> Sight {
    match reason {
        Rejection::NoSuchRoom => Sight::RejectedNoSuchRoom,
        Rejection::WrongEpoch => Sight::RejectedWrongEpoch,
        Rejection::WrongSequence => Sight::RejectedWrongSequence,
        Rejection::BadSignature => Sight::RejectedBadSignature,
        Rejection::Mls(_) => Sight::RejectedMls,
        Rejection::Blocked => Sight::RejectedBlocked,
        Rejection::Omission => Sight::RejectedOmission,
        Rejection::Denied | Rejection::OutOfEnvelope => Sight::RejectedDenied,
        Rejection::OutOfLifetime => Sight::RejectedOutOfLifetime,
        Rejection::InvalidAfter => Sight::RejectedInvalidAfter,
        Rejection::NoRoute => Sight::RejectedNoRoute,
        Rejection::BadGroupInfo => Sight::RejectedBadGroupInfo,
        Rejection::NotAuthorized => Sight::RejectedNotAuthorized,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_record::ViewChange;

    const HUB: NodeId = NodeId::Provider(ProviderId(0));
    const ROOM: RoomId = RoomId(0);

    /// Alice with one device and Bob with two, all at the hub.
    fn directory() -> Directory {
        let mut directory = Directory::default();
        let provider = directory.add_provider("a.example");
        for (name, devices) in [("alice", 1), ("bob", 2)] {
            let user = directory.add_user(provider, name);
            for n in 0..devices {
                directory.add_client(user, &n.to_string());
            }
        }
        directory.add_room(provider, "clubhouse");
        directory
    }

    fn commit(n: u64, sender: Sender, list: &[(u16, u32)], members: &[u16]) -> Step {
        let standing = StandingDigest {
            participants: list.iter().map(|(user, role)| (UserId(*user), *role)).collect(),
            policy: 0,
        };
        let hub = HubChange {
            committed: Some(standing.clone()),
            effective: Some(standing),
            leaves: Some(members.iter().map(|client| (u32::from(*client), ClientId(*client))).collect()),
            ..HubChange::default()
        };
        let event = Accepted::Commit { epoch: n, sender, proposals: Vec::new() };
        let fact = Fact::Accepted { room: ROOM, position: n, accepted_ms: 0, message: MessageId(n), event };
        Step {
            n,
            at_us: 0,
            written_us: 0,
            node: HUB,
            event: Event::Start,
            cause: None,
            facts: vec![fact],
            change: Some(Box::new(ViewChange { hub: [(ROOM, hub)].into(), ..ViewChange::default() })),
            view: None,
        }
    }

    #[test]
    fn what_commits_do_to_users_and_clients_is_told_apart() {
        let (alice, bob) = (Sender::Member(ClientId(0)), Sender::Joiner(ClientId(2)));
        let steps = [
            commit(0, alice, &[(0, 3)], &[0]),
            commit(1, alice, &[(0, 3), (1, 2)], &[0]),
            commit(2, alice, &[(0, 3), (1, 2)], &[0, 1]),
            commit(3, bob, &[(0, 3), (1, 2)], &[0, 1, 2]),
            commit(4, alice, &[(0, 3), (1, 3)], &[0, 1, 2]),
            commit(5, alice, &[(0, 3), (1, 1)], &[0]),
            commit(6, alice, &[(0, 3), (1, 2)], &[0]),
            commit(7, alice, &[(0, 3)], &[0]),
        ];
        let expected = [
            (Sight::CommitAccepted, 7),
            (Sight::ExternalCommitAccepted, 1),
            (Sight::UserAddedWithClients, 1),
            (Sight::UserAddedWithoutClients, 1),
            (Sight::UserRemoved, 1),
            (Sight::UserBanned, 1),
            (Sight::UserUnbanned, 1),
            (Sight::RoleChanged, 1),
            (Sight::DeviceAdded, 2),
            (Sight::InactiveParticipant, 2),
        ];
        assert_eq!(sights(&directory(), &steps), Counts::from(expected));
    }
}
