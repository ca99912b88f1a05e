//! One test per rule, both accepted and rejected, over a small world.

mod external;
mod leaves;
mod lists;
mod messages;
mod pending;
#[cfg(feature = "museum")]
mod planted;
mod servers;
mod storage;
mod wire;

use super::wire::{Author, Body, Commit, Holder, Key, Leaf, Proposal, ProposalOrRef};
use super::{Symbolic, SymbolicMember, SymbolicObserver, committing};
use crate::directory::Directory;
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    CommitBundle, CommitInfo, Dictionary, Entropy, JoinMaterial, KeyPackageRef, Lifetime, Mls, MlsConfig,
    MlsError, MlsGroup, MlsMember, MlsObserver, Octets, ProposalRef, Propose, Received,
};
use crate::mutant::Planted;
use crate::readings::Readings;
use std::sync::Arc;

const ROOM: RoomId = RoomId(0);
const HUB: ProviderId = ProviderId(0);
const A: ClientId = ClientId(0);
const B: ClientId = ClientId(1);
const C: ClientId = ClientId(2);
const D: ClientId = ClientId(3);
const E: ClientId = ClientId(4);
/// The only component that the test's application knows.
const LOG: u16 = 7;

/// The octets so far, and the updates behind them; `bad` is never valid, and `once` not twice.
fn append(component: u16, current: Option<&[u8]>, updates: &[&[u8]], _: Readings) -> Option<Vec<u8>> {
    let once = updates.iter().filter(|update| ***update == *b"once").count();
    let valid = component == LOG && once < 2 && !updates.contains(&&b"bad"[..]);
    valid.then(|| [current.unwrap_or_default(), &updates.concat()].concat())
}

fn config() -> MlsConfig {
    let mut directory = Directory::default();
    let hub = directory.add_provider("hub.example");
    let other = directory.add_provider("other.example");
    let users = [(hub, "alice"), (hub, "bob"), (other, "cathy")];
    let [alice, bob, cathy] = users.map(|(provider, name)| directory.add_user(provider, name));
    for (user, name) in [(alice, "a1"), (bob, "b1"), (cathy, "c1"), (alice, "a2"), (bob, "b2")] {
        directory.add_client(user, name);
    }
    directory.add_room(hub, "club");
    directory.add_room(hub, "pub");
    let (directory, planted) = (Arc::new(directory), Planted::NONE);
    MlsConfig { directory, readings: Readings::default(), apply: append, planted }
}

fn update(octets: &[u8]) -> Propose {
    Propose::AppDataUpdate { component: LOG, update: octets.into() }
}

/// Members and a hub; entropy counts up, so that no two draws are the same.
struct World {
    config: MlsConfig,
    members: Vec<SymbolicMember>,
    hub: SymbolicObserver,
    /// GroupInfo and tree of the newest epoch.
    newest: (Octets, Octets),
    drawn: u64,
}

impl World {
    /// A room that `A` created, and that the first `members` clients are in.
    fn with_members(members: usize) -> Self {
        Self::planted(members, Planted::NONE)
    }

    /// The same with this bug in all engines.
    fn planted(members: usize, planted: Planted) -> Self {
        let config = MlsConfig { planted, ..config() };
        let clients = config.directory.clients();
        let mut all: Vec<_> =
            clients.map(|client| SymbolicMember::new(&config, client, Entropy([0; 32]))).collect();
        let dictionary = Dictionary::from([(LOG, Octets::from(*b"0"))]);
        let bundle = all[0].create(ROOM, &dictionary, HUB, Entropy([1; 32])).unwrap();
        let hub = SymbolicObserver::open(&config, ROOM, &bundle.group_info, &bundle.tree).unwrap();
        let newest = (bundle.group_info, bundle.tree);
        let mut world = World { config, members: all, hub, newest, drawn: 0 };
        for client in 1..members {
            world.add(A, ClientId(client as u16));
        }
        world
    }

    fn entropy(&mut self) -> Entropy {
        self.drawn += 1;
        let mut seed = [2; 32];
        seed[..8].copy_from_slice(&self.drawn.to_le_bytes());
        Entropy(seed)
    }

    fn of(&mut self, client: ClientId) -> &mut SymbolicMember {
        &mut self.members[client.0 as usize]
    }

    fn group(&self, client: ClientId) -> &super::SymbolicGroup {
        self.members[client.0 as usize].group(ROOM).unwrap()
    }

    fn key_package(&mut self, client: ClientId) -> Octets {
        let entropy = self.entropy();
        self.of(client).fresh_key_package(Lifetime::ALWAYS, entropy).unwrap()
    }

    fn propose(&mut self, client: ClientId, proposal: Propose) -> Result<Octets, MlsError> {
        let entropy = self.entropy();
        self.of(client).propose(ROOM, &proposal, entropy)
    }

    /// Makes a proposal, and has all others that are in the group keep it.
    fn publish(&mut self, client: ClientId, proposal: Propose) -> ProposalRef {
        let message = self.propose(client, proposal).unwrap();
        self.spread(&message)
    }

    /// Has the hub and all active members keep a proposal.
    fn spread(&mut self, message: &Octets) -> ProposalRef {
        let inspected = self.hub.inspect(message);
        self.hub.keep(message).unwrap();
        for member in self.members.iter_mut().filter(|member| is_in(member)) {
            member.keep(ROOM, message).unwrap();
        }
        match inspected {
            Ok(Received::Proposal(info)) => info.reference.unwrap(),
            other => panic!("no proposal: {other:?}"),
        }
    }

    fn commit(
        &mut self,
        client: ClientId,
        references: &[ProposalRef],
        by_value: &[Propose],
    ) -> Result<CommitBundle, MlsError> {
        let entropy = self.entropy();
        self.of(client).commit(ROOM, references, by_value, entropy)
    }

    fn external_commit(
        &mut self,
        client: ClientId,
        proposals: Vec<Octets>,
        by_value: &[Propose],
    ) -> Result<CommitBundle, MlsError> {
        let (group_info, tree) = self.newest.clone();
        let material = JoinMaterial { group_info, tree, proposals };
        let entropy = self.entropy();
        self.of(client).external_commit(ROOM, &material, by_value, entropy)
    }

    /// Has the hub and all members take a commit; they must come out alike.
    fn accept(&mut self, committer: ClientId, bundle: &CommitBundle) -> CommitInfo {
        let (info, staged) = match self.hub.inspect(&bundle.commit) {
            Ok(Received::Commit(info, staged)) => (info, staged),
            other => panic!("no commit: {other:?}"),
        };
        self.hub.merge(staged, &bundle.group_info).unwrap();
        self.of(committer).merge_pending(ROOM).unwrap();
        for member in self.members.iter_mut().filter(|member| is_in(member)) {
            if member.client() == committer {
                continue;
            }
            match member.process(ROOM, &bundle.commit).unwrap() {
                Received::Commit(seen, staged) => {
                    assert_eq!(seen, info);
                    member.merge(ROOM, staged).unwrap();
                }
                other => panic!("no commit: {other:?}"),
            }
        }
        self.newest = (bundle.group_info.clone(), bundle.tree.clone());
        self.assert_agreement();
        info
    }

    fn commit_and_accept(
        &mut self,
        client: ClientId,
        references: &[ProposalRef],
        by_value: &[Propose],
    ) -> CommitInfo {
        let bundle = self.commit(client, references, by_value).unwrap();
        self.accept(client, &bundle)
    }

    fn add(&mut self, by: ClientId, client: ClientId) {
        let key_package = self.key_package(client);
        let bundle = self.commit(by, &[], &[Propose::Add(key_package)]).unwrap();
        self.accept(by, &bundle);
        self.of(client).join(ROOM, bundle.welcome.as_ref().unwrap(), &bundle.tree).unwrap();
        self.assert_agreement();
    }

    fn assert_agreement(&self) {
        let (epoch, digest) = Symbolic::group_info_context(&self.newest.0).unwrap();
        assert_eq!((self.hub.epoch(), self.hub.context_digest()), (epoch, digest));
        for member in self.members.iter().filter(|member| is_in(member)) {
            let group = member.group(ROOM).unwrap();
            assert_eq!((group.epoch(), group.context_digest()), (epoch, digest));
            assert_eq!((group.leaves(), group.dictionary()), (self.hub.leaves(), self.hub.dictionary()));
        }
    }

    /// A commit that no honest client makes, from the member `client`.
    fn forged_commit(&mut self, client: ClientId, proposals: Vec<ProposalOrRef>) -> Octets {
        let author = Author::Member(self.leaf(client));
        self.forged_commit_of(author, client, proposals)
    }

    fn forged_commit_of(
        &mut self,
        author: Author,
        client: ClientId,
        proposals: Vec<ProposalOrRef>,
    ) -> Octets {
        let path = Leaf { holder: Holder::first(client), key: Key::fresh(self.entropy(), "forged") };
        let state = &self.group(A).public.state;
        committing::public_message(
            state,
            author,
            Body::Commit(Commit { proposals, path, confirmation: [0; 32], shuts_out: None }),
        )
    }

    /// A proposal that no honest client makes.
    fn forged_proposal(&self, author: Author, proposal: Proposal) -> Octets {
        committing::public_message(&self.group(A).public.state, author, Body::Proposal(proposal))
    }

    fn leaf(&self, client: ClientId) -> u32 {
        self.hub.leaves().iter().find(|(_, at)| **at == client).map(|(leaf, _)| *leaf).unwrap()
    }

    /// What `client` and the hub say to a message: they must agree.
    fn verdict(&mut self, client: ClientId, message: &Octets) -> Result<(), MlsError> {
        let at_hub = self.hub.inspect(message).map(|_| ());
        let at_member = self.of(client).process(ROOM, message).map(|_| ());
        assert_eq!(at_hub, at_member);
        at_member
    }
}

fn is_in(member: &SymbolicMember) -> bool {
    member.group(ROOM).is_some_and(|group| group.is_active)
}
