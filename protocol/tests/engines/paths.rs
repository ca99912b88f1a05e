//! Which commits have a path (RFC 9420 §12.4).

use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_protocol::mls::{Dictionary, Entropy, Mls, MlsConfig, MlsGroup, MlsMember, Octets, Propose};
use mimic_protocol::readings::Readings;
use mimic_protocol::{ClientId, Directory, ProviderId, RoomId};
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

fn paths<M: Mls>() {
    let mut directory = Directory::default();
    let hub = directory.add_provider("a.example");
    for name in ["alice", "bob"] {
        let user = directory.add_user(hub, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(hub, "clubhouse");
    let apply = |_, _: Option<&[u8]>, updates: &[&[u8]], _| updates.last().map(|update| update.to_vec());
    let config = MlsConfig { directory: Arc::new(directory), readings: Readings::default(), apply };
    let entropy = |n| Entropy([n; 32]);
    let mut alice = M::Member::new(&config, ClientId(0), entropy(1));
    let mut bob = M::Member::new(&config, ClientId(1), entropy(2));
    alice.create(ROOM, &Dictionary::new(), hub, entropy(3)).unwrap();
    alice.merge_pending(ROOM).ok();
    let update: Octets = [7].as_slice().into();
    let lists = [
        vec![],
        vec![Propose::Add(bob.fresh_key_package(entropy(4)).unwrap())],
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
