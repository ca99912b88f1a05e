//! A small world for stories: one room, its hub's observer, and clients with disks.

use crate::directory::Directory;
use crate::ids::{ClientId, RoomId};
use crate::mls::open::{OpenMember, OpenObserver, SimCrypto};
use crate::mls::{
    CommitBundle, CommitInfo, Dictionary, Entropy, JoinMaterial, Leaves, Lifetime, Mls, MlsConfig, MlsError,
    MlsGroup, MlsMember, MlsObserver, Octets, ProposalInfo, ProposalRef, Propose, Received, Writes,
};
use crate::mutant::Planted;
use crate::readings::Readings;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The engine of a world.
pub(super) type Engine<C> = crate::mls::open::OpenMls<C>;

/// Grows by what its updates say, in order.
pub(super) const LOG: u16 = 0x22;
/// Takes one update in a commit at most.
pub(super) const TITLE: u16 = 0x23;

/// What is on the disk of one node.
pub(super) type Disk = BTreeMap<Vec<u8>, Octets>;

pub(super) struct World<C> {
    pub(super) config: MlsConfig,
    pub(super) room: RoomId,
    pub(super) hub: OpenObserver<C>,
    pub(super) hub_disk: Disk,
    pub(super) members: BTreeMap<ClientId, OpenMember<C>>,
    pub(super) disks: BTreeMap<ClientId, Disk>,
    /// The last accepted GroupInfo, and the proposals that were accepted since.
    pub(super) group_info: Octets,
    pub(super) accepted: Vec<Octets>,
    draws: u64,
}

pub(super) const ANN: ClientId = ClientId(0);
pub(super) const BOB1: ClientId = ClientId(1);
pub(super) const BOB2: ClientId = ClientId(2);
pub(super) const CAT: ClientId = ClientId(3);

fn apply(component: u16, current: Option<&[u8]>, updates: &[&[u8]], _: Readings) -> Option<Vec<u8>> {
    match component {
        LOG => Some([&[current.unwrap_or_default()], updates].concat().concat()),
        TITLE => (updates.len() == 1).then(|| updates[0].to_vec()),
        _ => None,
    }
}

pub(super) fn entry(text: &str) -> Propose {
    Propose::AppDataUpdate { component: LOG, update: text.as_bytes().into() }
}

pub(super) fn title(text: &str) -> Propose {
    Propose::AppDataUpdate { component: TITLE, update: text.as_bytes().into() }
}

pub(super) fn config() -> (MlsConfig, RoomId) {
    let mut directory = Directory::default();
    let (a, b) = (directory.add_provider("a.example"), directory.add_provider("b.example"));
    let (ann, bob, cat) =
        (directory.add_user(a, "ann"), directory.add_user(b, "bob"), directory.add_user(b, "cat"));
    for (user, name, id) in [(ann, "1", ANN), (bob, "1", BOB1), (bob, "2", BOB2), (cat, "1", CAT)] {
        assert_eq!(directory.add_client(user, name), id);
    }
    let room = directory.add_room(a, "r");
    let (directory, planted) = (Arc::new(directory), Planted::NONE);
    (MlsConfig { directory, readings: Readings::default(), apply, planted }, room)
}

pub(super) fn write(disk: &mut Disk, writes: Writes) {
    for (key, value) in writes {
        match value {
            Some(value) => disk.insert(key, value),
            None => disk.remove(&key),
        };
    }
}

impl<C: SimCrypto> World<C> {
    /// Ann has created the room, with a log that says "0".
    pub(super) fn new(seed: u8) -> Self {
        let (config, room) = config();
        let entropy = |n: u8| Entropy([seed ^ n; 32]);
        let mut ann = OpenMember::<C>::new(&config, ANN, entropy(101));
        let dictionary = BTreeMap::from([(LOG, Octets::from(*b"0"))]);
        let hub = config.directory.hub_of(room);
        let opened = ann.create(room, &dictionary, hub, entropy(102)).unwrap();
        let hub = OpenObserver::<C>::open(&config, room, &opened.group_info, &opened.tree).unwrap();
        let members = BTreeMap::from([(ANN, ann)]);
        let (hub_disk, disks, accepted) = (Disk::new(), BTreeMap::new(), Vec::new());
        let group_info = opened.group_info;
        let mut world = Self {
            config,
            room,
            hub,
            hub_disk,
            members,
            disks,
            group_info,
            accepted,
            draws: u64::from(seed) << 32,
        };
        for client in [BOB1, BOB2, CAT] {
            let entropy = world.entropy();
            world.members.insert(client, OpenMember::new(&world.config, client, entropy));
        }
        world.settle();
        world
    }

    pub(super) fn entropy(&mut self) -> Entropy {
        self.draws += 1;
        Entropy(*blake3::hash(&self.draws.to_le_bytes()).as_bytes())
    }

    pub(super) fn at(&mut self, client: ClientId) -> &mut OpenMember<C> {
        self.members.get_mut(&client).unwrap()
    }

    /// An Add of a fresh key package of the client.
    pub(super) fn add(&mut self, client: ClientId) -> Propose {
        let entropy = self.entropy();
        Propose::Add(self.at(client).fresh_key_package(Lifetime::ALWAYS, entropy).unwrap())
    }

    /// A commit of all that is pending and then `by_value`.
    pub(super) fn make(&mut self, client: ClientId, by_value: &[Propose]) -> Result<CommitBundle, MlsError> {
        let (entropy, room) = (self.entropy(), self.room);
        let references: Vec<_> = self.accepted.iter().map(|message| self.reference(message)).collect();
        self.at(client).commit(room, &references, by_value, entropy)
    }

    pub(super) fn reference(&self, message: &Octets) -> ProposalRef {
        self.proposal(message).reference.unwrap()
    }

    pub(super) fn proposal(&self, message: &Octets) -> ProposalInfo {
        match self.hub.inspect(message).unwrap() {
            Received::Proposal(info) => info,
            other => panic!("no proposal: {other:?}"),
        }
    }

    pub(super) fn inspect(&self, bundle: &CommitBundle) -> CommitInfo {
        match self.hub.inspect(&bundle.commit).unwrap() {
            Received::Commit(info, _) => info,
            other => panic!("no commit: {other:?}"),
        }
    }

    /// The hub accepts a commit and everybody merges it; whom it adds joins by the Welcome.
    pub(super) fn accept(&mut self, bundle: &CommitBundle) -> CommitInfo {
        let Received::Commit(info, staged) = self.hub.inspect(&bundle.commit).unwrap() else {
            panic!("no commit")
        };
        self.hub.merge(staged, &bundle.group_info).unwrap();
        assert_eq!(self.hub.tree(), bundle.tree);
        self.group_info = bundle.group_info.clone();
        self.accepted.clear();
        let room = self.room;
        for (client, member) in &mut self.members {
            if member.group(room).is_none() && !member.has_pending_commit(room) {
                if info.leaves.values().any(|at| at == client) {
                    member.join(room, bundle.welcome.as_ref().unwrap(), &bundle.tree).unwrap();
                }
                continue;
            }
            match member.process(room, &bundle.commit).unwrap() {
                Received::Commit(received, staged) => {
                    assert_eq!(received, info, "hub and {client} agree on what the commit is");
                    member.merge(room, staged).unwrap();
                }
                Received::OwnCommit => member.merge_pending(room).unwrap(),
                other => panic!("no commit: {other:?}"),
            }
            if !info.leaves.values().any(|at| at == client) {
                member.forget(room);
            }
        }
        self.settle();
        info
    }

    pub(super) fn commit(&mut self, client: ClientId, by_value: &[Propose]) -> CommitInfo {
        let bundle = self.make(client, by_value).unwrap();
        self.accept(&bundle)
    }

    /// A proposal by reference that the hub accepts and all members keep.
    pub(super) fn propose(&mut self, client: ClientId, proposal: &Propose) -> ProposalInfo {
        let (entropy, room) = (self.entropy(), self.room);
        let message = self.at(client).propose(room, proposal, entropy).unwrap();
        let info = self.proposal(&message);
        self.hub.keep(&message).unwrap();
        for member in self.members.values_mut().filter(|member| member.group(room).is_some()) {
            assert!(matches!(member.process(room, &message), Ok(Received::Proposal(at)) if at == info));
            member.keep(room, &message).unwrap();
        }
        self.accepted.push(message);
        self.settle();
        info
    }

    /// What a joiner is given.
    pub(super) fn material(&self) -> JoinMaterial {
        JoinMaterial {
            group_info: self.group_info.clone(),
            tree: self.hub.tree(),
            proposals: self.accepted.clone(),
        }
    }

    pub(super) fn join(&mut self, client: ClientId, by_value: &[Propose]) -> Result<CommitBundle, MlsError> {
        let (entropy, room, material) = (self.entropy(), self.room, self.material());
        self.at(client).external_commit(room, &material, by_value, entropy)
    }

    /// A client says something and all others hear it.
    pub(super) fn say(&mut self, client: ClientId, text: &str) {
        let (entropy, room) = (self.entropy(), self.room);
        let message = self.at(client).encrypt(room, b"in the clear", text.as_bytes(), entropy).unwrap();
        assert_eq!(Engine::<C>::envelope(&self.config, &message).unwrap().room, room);
        assert_eq!(Engine::<C>::authenticated_data(&message).unwrap(), b"in the clear");
        for (id, member) in self.members.iter_mut().filter(|(_, member)| member.group(room).is_some()) {
            match member.process(room, &message).unwrap() {
                Received::Message { sender, payload, aad } => {
                    assert_eq!((sender, &*payload, &*aad), (client, text.as_bytes(), &b"in the clear"[..]))
                }
                Received::OwnMessage => assert_eq!(*id, client),
                other => panic!("no message: {other:?}"),
            }
        }
        self.settle();
    }

    /// Everything is written to disk, and all that can be compared is equal.
    fn settle(&mut self) {
        write(&mut self.hub_disk, self.hub.take_writes());
        for (client, member) in &mut self.members {
            write(self.disks.entry(*client).or_default(), member.take_writes());
            if let Some(group) = member.group(self.room) {
                assert_eq!(view(group), view(&self.hub), "{client} is where the hub is");
            }
        }
        self.copy();
        let expected = Engine::<C>::group_info_context(&self.group_info).unwrap();
        assert_eq!((self.hub.epoch(), self.hub.context_digest()), expected);
    }

    /// Now and then, copies take the places of all engines: nothing that comes later can tell.
    fn copy(&mut self) {
        if self.draws.is_multiple_of(2) {
            return;
        }
        let copy = self.hub.clone();
        assert!(copy == self.hub && view(&copy) == view(&self.hub));
        self.hub = copy;
        for member in self.members.values_mut() {
            let copy = member.clone();
            assert!(copy == *member);
            *member = copy;
        }
    }
}

/// All that a group shows: epoch, leaves, dictionary, pending proposals, digest.
pub(super) type Shown = (u64, Leaves, Dictionary, Vec<ProposalInfo>, [u8; 32]);

/// What this group shows.
pub(super) fn view(group: &impl MlsGroup) -> Shown {
    (group.epoch(), group.leaves(), group.dictionary(), group.pending(), group.context_digest())
}
