//! A GroupInfo of which the committer sends what a hub cannot work out (ratchet-tree-options §4, MLS-21).

use super::paths::config;
use mimic_protocol::mls::open::{InsecureFastCrypto, OpenMls, RealCrypto};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{
    CommitBundle, Dictionary, Entropy, JoinMaterial, Lifetime, Mls, MlsError, MlsGroup, MlsMember,
    MlsObserver, Propose, Received,
};
use mimic_protocol::wire::mls::Extension;
use mimic_protocol::wire::ratchet_tree::{PartialGroupInfo, RatchetTreePresence};
use mimic_protocol::{ClientId, Mutant, Planted, ProviderId, RoomId};

const ROOM: RoomId = RoomId(0);

fn entropy(n: u8) -> Entropy {
    Entropy([n; 32])
}

/// What the hub rebuilds from a part of the GroupInfo in the bundle.
fn rebuilt<M: Mls>(
    hub: &mut M::Observer,
    bundle: &CommitBundle,
    change: impl Fn(&mut PartialGroupInfo),
) -> Result<bool, MlsError> {
    let mut partial = M::partial_group_info(&bundle.group_info)?;
    assert_eq!(partial.ratchet_tree_presence, RatchetTreePresence::NoRatchetTree);
    change(&mut partial);
    let Received::Commit(_, staged) = hub.inspect(&bundle.commit)? else { panic!("a commit") };
    Ok(hub.merge_partial(staged, &partial)? == bundle.group_info)
}

/// Alice adds Bob, and Cathy joins by what the hub has rebuilt. In between the hub has been given parts that are not right.
fn story<M: Mls>(planted: Planted) -> Vec<Result<bool, MlsError>> {
    let config = config(planted);
    let [mut alice, mut bob, mut cathy] =
        [0, 1, 2].map(|n| M::Member::new(&config, ClientId(n), entropy(n as u8)));
    let opened = alice.create(ROOM, &Dictionary::new(), ProviderId(0), entropy(10)).unwrap();
    alice.merge_pending(ROOM).ok();
    let mut hub = M::Observer::open(&config, ROOM, &opened.group_info, &opened.tree).unwrap();
    let add = Propose::Add(bob.fresh_key_package(Lifetime::ALWAYS, entropy(20)).unwrap());
    let bundle = alice.commit(ROOM, &[], &[add], entropy(12)).unwrap();
    let further = Extension { extension_type: 0xff00, extension_data: vec![1].into() };
    let mut outcomes = vec![
        rebuilt::<M>(&mut hub, &bundle, |partial| partial.extensions.push(further.clone())),
        rebuilt::<M>(&mut hub, &bundle, |partial| partial.signature = vec![0xff; 64].into()),
    ];
    assert_eq!(hub.epoch(), u64::from(outcomes.contains(&Ok(false))), "what is refused changes nothing");
    if hub.epoch() == 0 {
        outcomes.push(rebuilt::<M>(&mut hub, &bundle, |_| ()));
        let group_info = bundle.group_info.clone();
        let material = JoinMaterial { group_info, tree: hub.tree(), proposals: Vec::new() };
        let join = cathy.external_commit(ROOM, &material, &[], entropy(13)).unwrap();
        outcomes.push(rebuilt::<M>(&mut hub, &join, |_| ()));
        assert_eq!(hub.leaves().len(), 3);
    }
    outcomes
}

fn is_rebuilt<M: Mls>() {
    let outcomes = story::<M>(Planted::NONE);
    assert!(outcomes[..2].iter().all(Result::is_err), "{outcomes:?}");
    assert_eq!(outcomes[2..], [Ok(true), Ok(true)]);
}

/// PROTO-32: after a member's commit and after a joiner's, octet for octet, and nothing that they have not signed.
#[test]
fn a_hub_rebuilds_a_group_info_from_its_part() {
    is_rebuilt::<Symbolic>();
    is_rebuilt::<OpenMls<RealCrypto>>();
    is_rebuilt::<OpenMls<InsecureFastCrypto>>();
}

/// RACE-33: a hub that does not verify what it has rebuilt takes what nobody can join by.
#[test]
fn a_hub_that_does_not_verify_is_seen() {
    let planted = Planted::new(Mutant::TakesAnyPartial);
    assert_eq!(story::<OpenMls<RealCrypto>>(planted)[0], Ok(false));
}
