//! What a copy of a client's state reads, on real keys: nothing that the client had read before, and nothing once the client has
//! brought in fresh keys (RFC 9420 §16.6: forward secrecy, post-compromise security). Nor does a removed member read what comes
//! after, or a joiner what was before.
//!
//! Whoever has the copy also has all that was ever sent, and goes along with the group's commits as far as it can.

use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto, on_fresh_thread};
use mimic_protocol::mls::{
    CommitBundle, Dictionary, Entropy, Lifetime, Mls, MlsConfig, MlsMember, Octets, Propose, Received,
};
use mimic_protocol::readings::Readings;
use mimic_protocol::{ClientId, Directory, Planted, ProviderId, RoomId};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use std::sync::Arc;

const ROOM: RoomId = RoomId(0);
const CLIENTS: u16 = 4;
const CASES: u32 = 48;

/// What happens next; whoever cannot do it does nothing.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// Says something.
    Say(u16),
    /// Makes a commit, and so has fresh keys.
    Refresh(u16),
    /// Adds another one.
    Add(u16, u16),
    /// Removes another one.
    Remove(u16, u16),
    /// Somebody takes a copy of all that the client has on its disk.
    Copy(u16),
}

/// What was sent to all.
struct Sent {
    by: u16,
    octets: Octets,
    is_commit: bool,
    removes: Option<u16>,
}

/// A copy: whose, after how many messages, and what is in it.
struct Copied {
    of: u16,
    at: usize,
    disk: BTreeMap<Vec<u8>, Octets>,
}

/// How often copies have read something, and how often they could not any more.
#[derive(Default)]
struct Seen {
    read: usize,
    healed: usize,
}

struct World<M: Mls> {
    config: MlsConfig,
    members: Vec<M::Member>,
    disks: Vec<BTreeMap<Vec<u8>, Octets>>,
    is_in: Vec<bool>,
    sent: Vec<Sent>,
    copies: Vec<Copied>,
    draws: u8,
}

fn config() -> MlsConfig {
    let mut directory = Directory::default();
    let hub = directory.add_provider("a.example");
    for name in ["alice", "bob", "cathy", "dan"] {
        let user = directory.add_user(hub, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(hub, "clubhouse");
    let apply = |_, _: Option<&[u8]>, updates: &[&[u8]], _| updates.last().map(|update| update.to_vec());
    MlsConfig { directory: Arc::new(directory), readings: Readings::default(), apply, planted: Planted::NONE }
}

/// Whether it is something that is read.
fn reads<M: MlsMember>(member: &mut M, message: &Octets) -> bool {
    matches!(member.process(ROOM, message), Ok(Received::Message { .. }))
}

impl<M: Mls> World<M> {
    /// Alice has created the group and added Bob and Cathy.
    fn new() -> Self {
        let config = config();
        let members = (0..CLIENTS).map(|n| M::Member::new(&config, ClientId(n), Entropy([n as u8; 32])));
        let count = usize::from(CLIENTS);
        let mut world = Self {
            members: members.collect(),
            config,
            disks: vec![BTreeMap::new(); count],
            is_in: vec![false; count],
            sent: Vec::new(),
            copies: Vec::new(),
            draws: 0,
        };
        let entropy = world.entropy();
        world.members[0].create(ROOM, &Dictionary::new(), ProviderId(0), entropy).expect("a group");
        world.is_in[0] = true;
        world.run(Op::Add(0, 1));
        world.run(Op::Add(0, 2));
        world
    }

    fn entropy(&mut self) -> Entropy {
        self.draws += 1;
        Entropy([100 + self.draws % 150, self.draws].repeat(16).try_into().expect("32 octets"))
    }

    fn is_member(&self, client: u16) -> bool {
        self.is_in[usize::from(client)]
    }

    fn run(&mut self, op: Op) {
        match op {
            Op::Say(by) if self.is_member(by) => self.say(by),
            Op::Refresh(by) if self.is_member(by) => _ = self.commit(by, &[], None),
            Op::Add(by, whom) if self.is_member(by) && !self.is_member(whom) => self.add(by, whom),
            Op::Remove(by, whom) if self.is_member(by) && self.is_member(whom) && by != whom => {
                self.commit(by, &[Propose::Remove(ClientId(whom))], Some(whom));
            }
            Op::Copy(of) if self.is_member(of) => {
                let disk = self.disks[usize::from(of)].clone();
                self.copies.push(Copied { of, at: self.sent.len(), disk });
            }
            _ => {}
        }
        self.save();
    }

    fn say(&mut self, by: u16) {
        let entropy = self.entropy();
        let octets = self.members[usize::from(by)].encrypt(ROOM, &[], b"hello", entropy).expect("a message");
        for client in (0..CLIENTS).filter(|client| *client != by) {
            let has_read = reads(&mut self.members[usize::from(client)], &octets);
            assert_eq!(has_read, self.is_member(client), "members read it, and who was removed does not");
        }
        self.sent.push(Sent { by, octets, is_commit: false, removes: None });
    }

    fn commit(&mut self, by: u16, proposals: &[Propose], removes: Option<u16>) -> CommitBundle {
        let entropy = self.entropy();
        let maker = &mut self.members[usize::from(by)];
        let bundle = maker.commit(ROOM, &[], proposals, entropy).expect("a commit");
        maker.merge_pending(ROOM).expect("its maker takes it");
        for client in (0..CLIENTS).filter(|client| *client != by && self.is_in[usize::from(*client)]) {
            let member = &mut self.members[usize::from(client)];
            let Ok(Received::Commit(_, staged)) = member.process(ROOM, &bundle.commit) else {
                panic!("the others take it");
            };
            member.merge(ROOM, staged).expect("the others take it");
        }
        removes.into_iter().for_each(|client| self.is_in[usize::from(client)] = false);
        self.sent.push(Sent { by, octets: bundle.commit.clone(), is_commit: true, removes });
        bundle
    }

    fn add(&mut self, by: u16, whom: u16) {
        let entropy = self.entropy();
        let joiner = &mut self.members[usize::from(whom)];
        let package = joiner.fresh_key_package(Lifetime::ALWAYS, entropy).expect("a key package");
        let bundle = self.commit(by, &[Propose::Add(package)], None);
        let joiner = &mut self.members[usize::from(whom)];
        joiner.join(ROOM, bundle.welcome.as_ref().expect("a welcome"), &bundle.tree).expect("it comes in");
        self.is_in[usize::from(whom)] = true;
        for earlier in self.sent.iter().filter(|sent| !sent.is_commit) {
            assert!(!reads(joiner, &earlier.octets), "a joiner reads nothing of what was before");
        }
    }

    fn save(&mut self) {
        for (member, disk) in self.members.iter_mut().zip(&mut self.disks) {
            for (key, value) in member.take_writes() {
                match value {
                    Some(value) => disk.insert(key, value),
                    None => disk.remove(&key),
                };
            }
        }
    }

    /// What the copies read of all that was ever sent.
    fn judge(&self, seen: &mut Seen) {
        for Copied { of, at, disk } in &self.copies {
            let mut copy = M::Member::recover(&self.config, ClientId(*of), disk).expect("it is whole");
            for sent in self.sent[..*at].iter().filter(|sent| !sent.is_commit) {
                assert!(!reads(&mut copy, &sent.octets), "what was read before can be read again");
            }
            let mut is_good = true;
            for sent in &self.sent[*at..] {
                // The client has fresh keys, or none of this group.
                is_good &= !(sent.is_commit && sent.by == *of) && sent.removes != Some(*of);
                if sent.is_commit {
                    if let Ok(Received::Commit(_, staged)) = copy.process(ROOM, &sent.octets) {
                        copy.merge(ROOM, staged).expect("it was verified");
                    }
                } else if sent.by != *of {
                    let has_read = reads(&mut copy, &sent.octets);
                    assert_eq!(
                        has_read, is_good,
                        "a copy reads until the client has fresh keys, and no longer"
                    );
                    seen.read += usize::from(is_good);
                    seen.healed += usize::from(!is_good);
                }
            }
        }
    }
}

fn op() -> impl Strategy<Value = Op> {
    let client = || 0..CLIENTS;
    prop_oneof![
        4 => client().prop_map(Op::Say),
        2 => client().prop_map(Op::Refresh),
        1 => (client(), client()).prop_map(|(by, whom)| Op::Add(by, whom)),
        1 => (client(), client()).prop_map(|(by, whom)| Op::Remove(by, whom)),
        2 => client().prop_map(Op::Copy),
    ]
}

fn copies_read_as_little_as_can_be<M: Mls>() -> Seen {
    let mut runner = TestRunner::deterministic();
    let seen = std::cell::RefCell::new(Seen::default());
    let lists = prop::collection::vec(op(), 1..40);
    for _ in 0..CASES {
        let ops = lists.new_tree(&mut runner).expect("a list").current();
        let mut world = World::<M>::new();
        ops.iter().for_each(|op| world.run(*op));
        world.judge(&mut seen.borrow_mut());
    }
    seen.into_inner()
}

#[test]
fn a_copy_reads_nothing_from_before_it_and_nothing_once_its_client_has_fresh_keys() {
    let fast =
        on_fresh_thread("copies", copies_read_as_little_as_can_be::<OpenMls<InsecureFastCrypto>>).unwrap();
    let real = on_fresh_thread("copies", copies_read_as_little_as_can_be::<OpenMls<RealCrypto>>).unwrap();
    for seen in [fast, real] {
        assert!(seen.read > 100 && seen.healed > 100, "{} read, {} not any more", seen.read, seen.healed);
    }
}
