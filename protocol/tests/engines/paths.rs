//! Which commits have a path (RFC 9420 §12.4).

use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{
    Dictionary, Entropy, Lifetime, Mls, MlsConfig, MlsError, MlsGroup, MlsMember, MlsObserver, Octets,
    Propose, Received,
};
use mimic_protocol::readings::Readings;
use mimic_protocol::{ClientId, Directory, Mutant, Planted, ProviderId, RoomId};
use std::sync::Arc;
use tls_codec::{DeserializeBytes, VLByteVec};

const ROOM: RoomId = RoomId(0);

/// Whether the commit in these octets has a path: they are a PublicMessage of a member.
fn has_path(message: &[u8]) -> bool {
    let (_group_id, rest) = VLByteVec::tls_deserialize_bytes(&message[4..]).unwrap();
    // Epoch, sender type and leaf.
    let (_aad, rest) = VLByteVec::tls_deserialize_bytes(&rest[8 + 1 + 4..]).unwrap();
    assert_eq!((message[..4].to_vec(), rest[0]), (vec![0, 1, 0, 1], 3), "a commit in a PublicMessage");
    let (_proposals, rest) = VLByteVec::tls_deserialize_bytes(&rest[1..]).unwrap();
    rest[0] == 1
}

/// A world in which Alice, Bob and Cathy have a device each at one provider, which has a room.
pub fn config(planted: Planted) -> MlsConfig {
    let mut directory = Directory::default();
    let hub = directory.add_provider("a.example");
    for name in ["alice", "bob", "cathy"] {
        let user = directory.add_user(hub, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(hub, "clubhouse");
    let apply = |_, _: Option<&[u8]>, updates: &[&[u8]], _| updates.last().map(|update| update.to_vec());
    MlsConfig { directory: Arc::new(directory), readings: Readings::default(), apply, planted }
}

fn paths<M: Mls>() {
    let (config, hub) = (config(Planted::NONE), ProviderId(0));
    let entropy = |n| Entropy([n; 32]);
    let mut alice = M::Member::new(&config, ClientId(0), entropy(1));
    let mut bob = M::Member::new(&config, ClientId(1), entropy(2));
    alice.create(ROOM, &Dictionary::new(), hub, entropy(3)).unwrap();
    alice.merge_pending(ROOM).ok();
    let update: Octets = [7].as_slice().into();
    let lists = [
        vec![],
        vec![Propose::Add(bob.fresh_key_package(Lifetime::ALWAYS, entropy(4)).unwrap())],
        vec![Propose::AppDataUpdate { component: 0xf1, update }],
        vec![Propose::ExternalSenders(vec![hub, ProviderId(0)][..1].to_vec())],
        vec![Propose::Remove(ClientId(1))],
    ];
    for (n, list) in lists.iter().enumerate() {
        let bundle = alice.commit(ROOM, &[], list, entropy(10 + n as u8)).unwrap();
        assert!(has_path(&bundle.commit), "{list:?}");
        alice.merge_pending(ROOM).unwrap();
        assert_eq!(alice.group(ROOM).unwrap().epoch(), n as u64 + 1);
    }
}

/// MLS-07: a path where a leaf goes or is replaced, or the GroupContext changes, or nothing is proposed; here always, which is allowed.
#[test]
fn every_commit_has_a_path() {
    paths::<OpenMls<RealCrypto>>();
    paths::<OpenMls<InsecureFastCrypto>>();
}

/// Alice, Bob and Cathy are in a group, and Alice makes a commit: whether the hub, Bob and Cathy take it.
fn taken<M: Mls>(planted: Planted) -> [Result<(), MlsError>; 3] {
    let config = config(planted);
    let entropy = |n| Entropy([n; 32]);
    let [mut alice, mut bob, mut cathy] =
        [0, 1, 2].map(|n| M::Member::new(&config, ClientId(n), entropy(n as u8)));
    let opened = alice.create(ROOM, &Dictionary::new(), ProviderId(0), entropy(10)).unwrap();
    alice.merge_pending(ROOM).ok();
    let mut hub = M::Observer::open(&config, ROOM, &opened.group_info, &opened.tree).unwrap();
    let add = |member: &mut M::Member, n| {
        Propose::Add(member.fresh_key_package(Lifetime::ALWAYS, entropy(n)).unwrap())
    };
    let adds = [add(&mut bob, 20), add(&mut cathy, 21)];
    let bundle = alice.commit(ROOM, &[], &adds, entropy(12)).unwrap();
    alice.merge_pending(ROOM).unwrap();
    let Received::Commit(_, staged) = hub.inspect(&bundle.commit).unwrap() else { panic!("a commit") };
    hub.merge(staged, &bundle.group_info).unwrap();
    for member in [&mut bob, &mut cathy] {
        member.join(ROOM, bundle.welcome.as_ref().unwrap(), &bundle.tree).unwrap();
    }
    let commit = alice.commit(ROOM, &[], &[], entropy(13)).unwrap().commit;
    let [bobs, cathys] = [&mut bob, &mut cathy].map(|member| member.process(ROOM, &commit).map(drop));
    [hub.inspect(&commit).map(drop), bobs, cathys]
}

fn paths_that_shut_out<M: Mls>() {
    assert_eq!(taken::<M>(Planted::NONE), [Ok(()), Ok(()), Ok(())]);
    let bad = taken::<M>(Planted::new(Mutant::ShutsOut));
    assert_eq!(bad, [Ok(()), Err(MlsError::NotAuthentic), Ok(())]);
}

/// MLS-19, RACE-38: the hub and the other members take the commit.
#[test]
fn a_bad_path_shuts_one_member_out_and_the_hub_cannot_see_it() {
    paths_that_shut_out::<Symbolic>();
    paths_that_shut_out::<OpenMls<RealCrypto>>();
    paths_that_shut_out::<OpenMls<InsecureFastCrypto>>();
}
