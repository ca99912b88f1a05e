//! What waits: kept proposals, own commits, verified commits.

use super::*;
use MlsError::{
    CommitPending, GroupInfoMismatch, Malformed, NoCommitPending, NoSuchGroup, NotAuthentic, WrongEpoch,
};

#[test]
fn proposals_are_kept_once_and_by_choice() {
    let mut world = World::with_members(3);
    let message = world.propose(A, update(b"1")).unwrap();
    assert_eq!(world.group(A).pending().len(), 1, "the own proposal is kept");
    let Ok(Received::Proposal(info)) = world.of(B).process(ROOM, &message) else { panic!() };
    assert!(world.group(B).pending().is_empty(), "looking is not keeping");
    for _ in 0..2 {
        world.of(A).keep(ROOM, &message).unwrap();
        world.of(B).keep(ROOM, &message).unwrap();
        world.hub.keep(&message).unwrap();
    }
    let expected = [info];
    assert_eq!(world.group(A).pending(), expected);
    assert_eq!(world.group(B).pending(), expected);
    assert_eq!(world.hub.pending(), expected);
    world.of(B).clear_proposals(ROOM).unwrap();
    assert!(world.group(B).pending().is_empty());
    assert_eq!(world.of(D).clear_proposals(ROOM), Err(NoSuchGroup));
}

#[test]
fn the_same_proposal_is_the_same_message() {
    let mut world = World::with_members(2);
    let [one, two] = [A, A].map(|by| world.propose(by, update(b"1")).unwrap());
    assert_eq!(one, two);
    assert_eq!(world.group(A).pending().len(), 1);
    assert_ne!(world.propose(B, update(b"1")).unwrap(), one);
}

#[test]
fn only_proposals_are_kept() {
    let mut world = World::with_members(2);
    let message = world.of(A).encrypt(ROOM, &[], b"hi", Entropy([0; 32])).unwrap();
    let bundle = world.commit(A, &[], &[]).unwrap();
    let before = world.of(B).clone();
    for octets in [&message, &bundle.commit, &bundle.tree] {
        assert_eq!(world.of(B).keep(ROOM, octets), Err(Malformed));
        assert_eq!(world.hub.keep(octets), Err(Malformed));
    }
    assert_eq!(*world.of(B), before);
}

#[test]
fn one_own_commit_is_pending_at_a_time() {
    let mut world = World::with_members(2);
    assert!(!world.of(A).has_pending_commit(ROOM));
    assert_eq!(world.of(A).merge_pending(ROOM), Err(NoCommitPending));
    assert_eq!(world.of(A).discard_pending(ROOM), Err(NoCommitPending));
    assert_eq!(world.of(C).merge_pending(ROOM), Err(NoSuchGroup));
    assert_eq!(world.of(C).discard_pending(ROOM), Err(NoSuchGroup));

    let epoch = world.group(A).epoch();
    let first = world.commit(A, &[], &[]).unwrap();
    assert!(world.of(A).has_pending_commit(ROOM));
    assert_eq!(world.group(A).epoch(), epoch, "MLS-02");
    assert_eq!(world.commit(A, &[], &[]), Err(CommitPending));
    assert_eq!(world.propose(A, update(b"1")), Err(CommitPending));
    assert_eq!(world.external_commit(A, vec![], &[]), Err(CommitPending));
    world.of(A).discard_pending(ROOM).unwrap();
    assert!(!world.of(A).has_pending_commit(ROOM));

    // Discarded for good: its own author cannot open it.
    assert_eq!(world.of(A).process(ROOM, &first.commit).unwrap_err(), NotAuthentic);
    assert!(matches!(world.of(B).process(ROOM, &first.commit), Ok(Received::Commit(..))));
    let second = world.commit(A, &[], &[]).unwrap();
    assert_eq!(world.of(A).process(ROOM, &first.commit).unwrap_err(), NotAuthentic);
    assert!(matches!(world.of(A).process(ROOM, &second.commit), Ok(Received::OwnCommit)));
    world.accept(A, &second);
}

#[test]
fn another_commit_drops_what_was_pending() {
    let mut world = World::with_members(3);
    world.publish(C, update(b"c"));
    world.commit(A, &[], &[]).unwrap();
    world.commit_and_accept(B, &[], &[]);
    assert!(!world.of(A).has_pending_commit(ROOM));
    assert_eq!(world.of(A).merge_pending(ROOM), Err(NoCommitPending));
    for client in [A, B, C] {
        assert!(world.group(client).pending().is_empty());
    }
    assert!(world.hub.pending().is_empty());
}

#[test]
fn a_verified_commit_is_merged_in_its_epoch() {
    let mut world = World::with_members(3);
    let (ours, theirs) = (world.commit(A, &[], &[]).unwrap(), world.commit(B, &[], &[]).unwrap());
    let Ok(Received::Commit(_, stale)) = world.of(C).process(ROOM, &theirs.commit) else { panic!() };
    let Ok(Received::Commit(_, stale_at_hub)) = world.hub.inspect(&theirs.commit) else { panic!() };
    world.accept(A, &ours);
    assert_eq!(world.of(C).merge(ROOM, stale.clone()), Err(WrongEpoch));
    assert_eq!(world.hub.merge(stale_at_hub, &theirs.group_info), Err(WrongEpoch));
    assert_eq!(world.of(D).merge(ROOM, stale), Err(NoSuchGroup));
    world.assert_agreement();
}

#[test]
fn the_hub_wants_the_group_info_of_the_commit() {
    let mut world = World::with_members(2);
    let (ours, theirs) = (world.commit(A, &[], &[]).unwrap(), world.commit(B, &[], &[]).unwrap());
    let mut merge = |group_info: &Octets| {
        let Ok(Received::Commit(_, staged)) = world.hub.inspect(&ours.commit) else { panic!() };
        world.hub.merge(staged, group_info)
    };
    assert_eq!(merge(&theirs.group_info), Err(GroupInfoMismatch));
    assert_eq!(merge(&ours.tree), Err(Malformed));
    assert_eq!(merge(&ours.group_info), Ok(()));
}

#[test]
fn processing_shows_nothing_and_changes_nothing() {
    let mut world = World::with_members(3);
    let proposal = world.propose(A, update(b"1")).unwrap();
    let bundle = world.commit(B, &[], &[Propose::Remove(A)]).unwrap();
    let before = world.of(C).clone();
    let hub_before = world.hub.clone();
    for octets in [&proposal, &bundle.commit, &bundle.tree] {
        let _ = world.of(C).process(ROOM, octets);
        let _ = world.hub.inspect(octets);
    }
    assert_eq!(*world.of(C), before);
    assert_eq!(world.hub, hub_before);
}

#[test]
fn what_fails_changes_nothing() {
    let mut world = World::with_members(3);
    let reference = world.publish(B, update(b"bad"));
    world.of(A).take_writes();
    let before = world.of(A).clone();
    assert!(world.commit(A, &[reference], &[]).is_err());
    assert!(world.propose(A, Propose::Remove(D)).is_err());
    assert!(world.of(A).encrypt(ROOM, &[], b"", Entropy([0; 32])).is_err());
    assert!(world.external_commit(A, vec![], &[Propose::SelfRemove]).is_err());
    assert_eq!(*world.of(A), before);
    assert!(world.of(A).take_writes().is_empty());
}
