//! What both engines say of the lifetimes of key packages (RFC 9420 §7.2, MLS-16).

use super::paths::config;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{
    Dictionary, Entropy, Lifetime, Mls, MlsMember, MlsObserver, Octets, Propose, Received,
};
use mimic_protocol::{ClientId, Planted, ProviderId, RoomId};

const ROOM: RoomId = RoomId(0);
/// Over long before whatever clock the process has.
const PAST: Lifetime = Lifetime { not_before_s: 10, not_after_s: 60 };

/// A member adds another one with a key package of this lifetime: what the package and the commit say of it.
fn said<M: Mls>(lifetime: Lifetime, is_last_resort: bool) -> [Lifetime; 2] {
    let (config, hub) = (config(Planted::NONE), ProviderId(0));
    let entropy = |n| Entropy([n; 32]);
    let mut alice = M::Member::new(&config, ClientId(0), entropy(1));
    let mut bob = M::Member::new(&config, ClientId(1), entropy(2));
    let opened = alice.create(ROOM, &Dictionary::new(), hub, entropy(3)).unwrap();
    alice.merge_pending(ROOM).ok();
    let observer = M::Observer::open(&config, ROOM, &opened.group_info, &opened.tree).unwrap();
    let key_package: Octets = match is_last_resort {
        true => bob.last_resort_key_package(lifetime, entropy(4)).unwrap(),
        false => bob.fresh_key_package(lifetime, entropy(4)).unwrap(),
    };
    let bundle = alice.commit(ROOM, &[], &[Propose::Add(key_package.clone())], entropy(5)).unwrap();
    let Received::Commit(info, _) = observer.inspect(&bundle.commit).unwrap() else { panic!("a commit") };
    bob.join(ROOM, bundle.welcome.as_ref().unwrap(), &bundle.tree).unwrap();
    [M::lifetime(&key_package).unwrap(), info.lifetime]
}

fn all<M: Mls>() {
    for lifetime in [PAST, Lifetime::ALWAYS, Lifetime::lasting(60, 7_200)] {
        for is_last_resort in [false, true] {
            assert_eq!(said::<M>(lifetime, is_last_resort), [lifetime; 2]);
        }
    }
    assert!(M::lifetime(b"no key package").is_err());
}

#[test]
fn engines_tell_lifetimes_and_leave_the_clock_to_nodes() {
    all::<Symbolic>();
    all::<OpenMls<RealCrypto>>();
    all::<OpenMls<InsecureFastCrypto>>();
}
