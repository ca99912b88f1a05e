//! The store: its journal, its lists, and that what is restored from it is a group again.

use super::script::{Told, tell};
use crate::mls::open::{InsecureFastCrypto, Kv, KvError, OpenProvider, RealCrypto, SimCrypto, Slot};
use openmls::prelude::*;
use openmls_traits::storage::{Entity, Key, StorageProvider, traits};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Stands for whatever the library stores.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Thing(u64);

impl Entity<1> for Thing {}
impl Key<1> for Thing {}
impl traits::GroupId<1> for Thing {}
impl traits::GroupContext<1> for Thing {}
impl traits::ProposalRef<1> for Thing {}
impl traits::QueuedProposal<1> for Thing {}
impl traits::TreeSync<1> for Named {}

/// Has another shape than a [`Thing`].
#[derive(PartialEq, Eq, Debug, Serialize, Deserialize)]
struct Named {
    name: String,
}

impl Entity<1> for Named {}

const GROUP: Thing = Thing(1);

fn hash(kv: &Kv) -> u64 {
    let mut hasher = DefaultHasher::new();
    kv.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn the_journal_gives_each_changed_key_once_with_its_last_value() {
    let mut kv = Kv::default();
    kv.write_context(&Thing(9), &Thing(90)).unwrap();
    kv.write_context(&Thing(2), &Thing(20)).unwrap();
    kv.write_context(&Thing(9), &Thing(91)).unwrap();
    kv.write_tree(&GROUP, &Named { name: "t".into() }).unwrap();
    let writes = kv.take_writes();
    let keys: Vec<_> = writes.iter().map(|(key, _)| (key[0], *key.last().unwrap())).collect();
    assert_eq!(keys, [(Slot::Tree as u8, 1), (Slot::Context as u8, 2), (Slot::Context as u8, 9)]);
    assert_eq!(writes[2].1.as_deref(), Some(rmp_serde::to_vec(&Thing(91)).unwrap().as_slice()));

    kv.write_context(&Thing(2), &Thing(20)).unwrap();
    assert_eq!(kv.take_writes(), [], "writing what is there changes nothing");
    kv.delete_context(&Thing(2)).unwrap();
    kv.delete_context(&Thing(3)).unwrap();
    kv.write_context(&Thing(9), &Thing(1)).unwrap();
    kv.write_context(&Thing(9), &Thing(91)).unwrap();
    assert_eq!(kv.take_writes(), [(writes[1].0.clone(), None)]);
    assert_eq!(kv.group_context::<_, Thing>(&Thing(2)), Ok(None));
    assert_eq!(kv.group_context(&Thing(9)), Ok(Some(Thing(91))));
}

#[test]
fn a_failed_attempt_leaves_no_trace() {
    let mut kv = Kv::default();
    kv.write_context(&Thing(1), &Thing(10)).unwrap();
    kv.write_context(&Thing(2), &Thing(20)).unwrap();
    let before = kv.clone();
    kv.take_writes();
    kv.begin();
    assert!(!kv.roll_back());
    kv.begin();
    kv.write_context(&Thing(1), &Thing(11)).unwrap();
    kv.write_context(&Thing(3), &Thing(30)).unwrap();
    kv.delete_context(&Thing(2)).unwrap();
    assert!(kv.roll_back());
    assert_eq!((kv == before, kv.take_writes()), (true, vec![]));
    kv.begin();
    kv.delete_context(&Thing(2)).unwrap();
    kv.keep_changes();
    assert!(!kv.roll_back());
    assert_eq!(kv.take_writes().len(), 1);
}

#[test]
fn a_store_can_be_put_into_another_and_taken_out() {
    let (kv, inner) = (Kv::default(), Kv::default());
    kv.write_context(&Thing(1), &Thing(10)).unwrap();
    let before = kv.clone();
    inner.write_context(&Thing(1), &Thing(11)).unwrap();
    kv.nest(7, &inner);
    assert_eq!((kv.group_context(&Thing(1)), kv.contents().len()), (Ok(Some(Thing(10))), 2));
    assert_eq!(kv.unnest(6), []);
    assert_eq!(kv.unnest(7), inner.contents());
    assert_eq!(kv, before);
}

#[test]
fn equality_is_of_contents_alone() {
    let mut written = Kv::default();
    written.write_context(&GROUP, &Thing(5)).unwrap();
    let restored = Kv::restore(written.contents());
    assert_eq!((&written, hash(&written)), (&restored, hash(&restored)));
    written.take_writes();
    assert_eq!(written, restored);
    written.write_context(&GROUP, &Thing(6)).unwrap();
    assert_ne!(written, restored);
}

#[test]
fn proposals_are_listed_in_the_order_in_which_they_came() {
    let kv = Kv::default();
    let queued = |kv: &Kv| kv.queued_proposals::<_, Thing, Thing>(&GROUP);
    for n in [7, 300, 5] {
        kv.queue_proposal(&GROUP, &Thing(n), &Thing(n * 10)).unwrap();
    }
    kv.queue_proposal(&Thing(2), &Thing(7), &Thing(1)).unwrap();
    let pairs = |of: &[u64]| Ok(of.iter().map(|n| (Thing(*n), Thing(n * 10))).collect::<Vec<_>>());
    assert_eq!(queued(&kv), pairs(&[7, 300, 5]));
    assert_eq!(kv.queued_proposal_refs(&GROUP), Ok(vec![Thing(7), Thing(300), Thing(5)]));

    kv.remove_proposal(&GROUP, &Thing(300)).unwrap();
    assert_eq!(queued(&kv), pairs(&[7, 5]));
    kv.clear_proposal_queue::<_, Thing>(&GROUP).unwrap();
    assert_eq!(queued(&kv), pairs(&[]));
    assert_eq!(kv.contents().len(), 2, "the other group's proposal and its list are left");
}

#[test]
fn damage_is_an_error() {
    let kv = Kv::default();
    kv.write_tree(&GROUP, &Named { name: "t".into() }).unwrap();
    let mut contents = kv.contents();
    contents[0].1 = rmp_serde::to_vec(&Thing(1)).unwrap().into();
    let damaged = Kv::restore(contents);
    assert_eq!(damaged.tree::<_, Named>(&GROUP), Err(KvError::Decode(Slot::Tree)));

    kv.queue_proposal(&GROUP, &Thing(7), &Thing(70)).unwrap();
    let without = kv.contents().into_iter().filter(|(key, _)| key[0] != Slot::QueuedProposal as u8);
    let missing = Kv::restore(without).queued_proposals::<_, Thing, Thing>(&GROUP);
    assert_eq!(missing, Err(KvError::MissingProposal));
}

fn restored_from_writes<C: SimCrypto + Send>() {
    let Told { mut bob, .. } = tell::<C>(4);
    let writes = bob.provider.kv_mut().take_writes();
    assert!(writes.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(bob.provider.kv_mut().take_writes(), []);

    let cells = writes.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let mut restored = Kv::restore(cells);
    assert_eq!(restored.take_writes(), [], "what was restored has not changed");
    assert_eq!((&restored, hash(&restored)), (bob.provider.kv(), hash(bob.provider.kv())));

    let provider = OpenProvider::<C>::new(restored);
    let group = MlsGroup::load(provider.storage(), &GroupId::from_slice(b"group")).unwrap().unwrap();
    assert_eq!((group.epoch().as_u64(), group.members().count()), (1, 7));
}

#[test]
fn a_group_over_real_crypto_loads_after_restore() {
    restored_from_writes::<RealCrypto>();
}

#[test]
fn a_group_over_fast_crypto_loads_after_restore() {
    restored_from_writes::<InsecureFastCrypto>();
}
