//! Signatures of what is no MLS message: both engines take and refuse the same.

use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{
    Dictionary, Entropy, Mls, MlsConfig, MlsError, MlsGroup, MlsMember, MlsObserver, Received, Sender,
};
use mimic_protocol::readings::Readings;
use mimic_protocol::{ClientId, Directory, Planted, ProviderId, RoomId};
use std::sync::Arc;

const HUB: ProviderId = ProviderId(0);
const OTHER: ProviderId = ProviderId(1);
const ROOM: RoomId = RoomId(0);
const A1: ClientId = ClientId(0);
const B1: ClientId = ClientId(1);

fn config() -> MlsConfig {
    let mut directory = Directory::default();
    for (domain, name) in [("a.example", "alice"), ("b.example", "bob")] {
        let provider = directory.add_provider(domain);
        let user = directory.add_user(provider, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(HUB, "clubhouse");
    let (directory, readings) = (Arc::new(directory), Readings::default());
    MlsConfig { directory, readings, apply: |_, _, _, _| None, planted: Planted::NONE }
}

fn signatures<M: Mls>() {
    let config = config();
    let mut alice = M::Member::new(&config, A1, Entropy([1; 32]));
    let bob = M::Member::new(&config, B1, Entropy([2; 32]));
    let bundle = alice.create(ROOM, &Dictionary::new(), HUB, Entropy([3; 32])).unwrap();
    let hub = M::Observer::open(&config, ROOM, &bundle.group_info, &bundle.tree).unwrap();
    let member = alice.group(ROOM).unwrap();
    let [own, server] = [Sender::Member(A1), Sender::External(HUB)];
    for of in [own, server, Sender::Member(B1), Sender::External(OTHER)] {
        assert_eq!(hub.signature_key(of), member.signature_key(of), "one key for all");
        assert_eq!(hub.signature_key(of).is_some(), [own, server].contains(&of), "{of:?}");
    }
    let refused = Err(MlsError::NotAuthentic);
    let by_alice = alice.sign(b"said").unwrap();
    assert_eq!(alice.sign(b"said"), Ok(by_alice.clone()), "a repetition is octet for octet the same");
    let by_hub = M::sign_as(&config, HUB, b"said").unwrap();
    for (by, signature) in [(own, &by_alice), (server, &by_hub)] {
        let key = hub.signature_key(by).unwrap();
        assert_eq!(M::verify(&key, b"said", signature), Ok(()));
        assert_eq!(M::verify(&key, b"meant", signature), refused);
        assert_eq!(M::verify(&key, b"said", &[]), refused);
        assert_eq!(M::verify(&bob.own_key(), b"said", signature), refused);
        assert_eq!(M::verify(&[], b"said", signature), refused);
    }
    assert_eq!(hub.signature_key(own), Some(alice.own_key()));
    assert_eq!(hub.signature_key(server), Some(M::server_key(&config, HUB)));
    let by_other = M::sign_as(&config, OTHER, b"said").unwrap();
    assert_eq!(M::verify(&M::server_key(&config, OTHER), b"said", &by_other), Ok(()));
    assert_eq!(M::verify(&M::server_key(&config, HUB), b"said", &by_other), refused);
}

/// RFC 9420 §7.3, ID-06: until its commit is taken, a client signs in the group with the key that it had.
fn another_key<M: Mls>() {
    let config = config();
    let mut alice = M::Member::new(&config, A1, Entropy([1; 32]));
    let bundle = alice.create(ROOM, &Dictionary::new(), HUB, Entropy([3; 32])).unwrap();
    let mut hub = M::Observer::open(&config, ROOM, &bundle.group_info, &bundle.tree).unwrap();
    let old = alice.own_key();
    alice.change_key(Entropy([4; 32])).unwrap();
    let (own, new) = (Sender::Member(A1), alice.own_key());
    assert_ne!(old, new);
    assert_eq!((alice.key_changes(), hub.signature_key(own)), (1, Some(old.clone())));
    let (key, signature) = alice.sign_in(ROOM, b"said").unwrap();
    assert_eq!((key, M::verify(&old, b"said", &signature)), (old.clone(), Ok(())));
    assert_eq!(M::verify(&new, b"said", &alice.sign(b"said").unwrap()), Ok(()));
    // A commit that loses its race changes nothing, and the next one brings the key all the same.
    alice.commit(ROOM, &[], &[], Entropy([5; 32])).unwrap();
    alice.discard_pending(ROOM).unwrap();
    assert_eq!(alice.sign_in(ROOM, b"said").unwrap().0, old);
    let bundle = alice.commit(ROOM, &[], &[], Entropy([6; 32])).unwrap();
    let Received::Commit(info, staged) = hub.inspect(&bundle.commit).unwrap() else { panic!("a commit") };
    assert_eq!((info.sender, info.leaves), (own, [(0, A1)].into()));
    hub.merge(staged, &bundle.group_info).unwrap();
    let mut cells = std::collections::BTreeMap::new();
    for (key, value) in alice.take_writes() {
        cells.extend(value.map(|value| (key, value)));
    }
    let mut alice = M::Member::recover(&config, A1, &cells).unwrap();
    alice.merge_pending(ROOM).unwrap();
    assert_eq!(hub.signature_key(own), Some(new.clone()));
    assert_eq!(alice.group(ROOM).unwrap().signature_key(own), Some(new.clone()));
    let (key, signature) = alice.sign_in(ROOM, b"said").unwrap();
    assert_eq!((key, M::verify(&new, b"said", &signature)), (new, Ok(())));
    assert_eq!(alice.group(ROOM).unwrap().context_digest(), hub.context_digest());
}

#[test]
fn all_engines_bring_another_signature_key_by_a_commit() {
    another_key::<Symbolic>();
    another_key::<OpenMls<RealCrypto>>();
    another_key::<OpenMls<InsecureFastCrypto>>();
}

#[test]
fn all_engines_take_and_refuse_the_same_signatures() {
    signatures::<Symbolic>();
    signatures::<OpenMls<RealCrypto>>();
    signatures::<OpenMls<InsecureFastCrypto>>();
}
