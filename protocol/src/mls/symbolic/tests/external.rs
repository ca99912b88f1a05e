//! External commits: MLS-04, MLS-12.

use super::*;
use MlsError::{
    CommitPending, GroupInfoMismatch, InvalidExternalCommit, Malformed, MissingProposal, NotAuthentic,
    WrongEpoch,
};

#[test]
fn a_stranger_joins_at_the_leftmost_blank_leaf() {
    let mut world = World::with_members(3);
    world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
    let bundle = world.external_commit(D, vec![], &[update(b"d")]).unwrap();
    assert!(bundle.welcome.is_none());
    assert!(world.of(D).group(ROOM).is_none(), "the join is tentative");
    let info = world.accept(D, &bundle);
    assert_eq!(info.sender, crate::mls::Sender::Joiner(D));
    assert_eq!((info.leaves[&1], &*info.dictionary[&LOG]), (D, &b"0d"[..]));
}

#[test]
fn a_member_resyncs_by_removing_its_own_old_leaf() {
    let mut world = World::with_members(3);
    world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
    let bundle = world.external_commit(C, vec![], &[]).unwrap();
    let info = world.accept(C, &bundle);
    // The old leaf 2 is blank then, but so is 1, and that is further left.
    assert_eq!(info.leaves, [(0, A), (1, C)].into());
}

#[test]
fn nobody_elses_leaf_is_removed() {
    let mut world = World::with_members(3);
    let remove = |leaf| ProposalOrRef::Value(Proposal::Remove(leaf));
    let other = world.forged_commit_of(Author::Joiner, D, vec![remove(1)]);
    assert_eq!(world.verdict(A, &other), Err(InvalidExternalCommit));
    let two = world.forged_commit_of(Author::Joiner, B, vec![remove(1), remove(2)]);
    assert_eq!(world.verdict(A, &two), Err(InvalidExternalCommit));
    let twice = world.forged_commit_of(Author::Joiner, B, vec![remove(1), remove(1)]);
    assert_eq!(world.verdict(A, &twice), Err(InvalidExternalCommit));
}

#[test]
fn a_client_has_one_leaf() {
    let mut world = World::with_members(3);
    let forged = world.forged_commit_of(Author::Joiner, B, vec![]);
    assert_eq!(world.verdict(A, &forged), Err(InvalidExternalCommit));
}

#[test]
fn by_value_an_external_commit_carries_app_data_updates_alone() {
    let mut world = World::with_members(2);
    let add = Propose::Add(world.key_package(C));
    for denied in [add, Propose::Remove(B), Propose::SelfRemove] {
        assert_eq!(world.external_commit(D, vec![], &[denied]), Err(InvalidExternalCommit));
    }
    assert_eq!(world.external_commit(D, vec![], &[update(b"bad")]), Err(InvalidExternalCommit));

    let key_package = super::super::wire::KeyPackage {
        holder: Holder::first(C),
        key: Key::fresh(Entropy([3; 32]), "forged"),
        last_resort: false,
        lifetime: Lifetime::ALWAYS,
    };
    let leaf = Leaf { holder: Holder::first(D), key: Key::fresh(Entropy([4; 32]), "forged") };
    for denied in [Proposal::Add(key_package), Proposal::Update(leaf), Proposal::SelfRemove] {
        let forged = world.forged_commit_of(Author::Joiner, D, vec![ProposalOrRef::Value(denied)]);
        assert_eq!(world.verdict(A, &forged), Err(InvalidExternalCommit));
    }
    world.external_commit(D, vec![], &[update(b"d")]).unwrap();
}

#[test]
fn by_reference_an_external_commit_carries_self_removes_alone() {
    let mut world = World::with_members(3);
    let leave = world.propose(B, Propose::SelfRemove).unwrap();
    let leave_ref = world.spread(&leave);
    let remove_ref = world.publish(A, Propose::Remove(B));
    let update_ref = world.publish(A, update(b"a"));
    for reference in [remove_ref, update_ref] {
        let list = vec![ProposalOrRef::Reference(reference)];
        let forged = world.forged_commit_of(Author::Joiner, D, list);
        assert_eq!(world.verdict(A, &forged), Err(InvalidExternalCommit));
    }
    let unknown = vec![ProposalOrRef::Reference(ProposalRef([9; 32]))];
    let forged = world.forged_commit_of(Author::Joiner, D, unknown);
    assert_eq!(world.verdict(A, &forged), Err(MissingProposal));

    let bundle = world.external_commit(D, vec![leave], &[]).unwrap();
    let info = world.accept(D, &bundle);
    assert_eq!(info.proposals.len(), 1);
    assert_eq!(info.proposals[0].reference, Some(leave_ref));
    assert_eq!(info.leaves, [(0, A), (1, D), (2, C)].into());
}

#[test]
fn pending_updates_are_covered_by_value_and_the_rest_is_left_out() {
    let mut world = World::with_members(3);
    let proposals =
        [update(b"p"), Propose::Remove(B), update(b"q")].map(|proposal| world.propose(A, proposal).unwrap());
    for message in &proposals {
        world.spread(message);
    }
    let bundle = world.external_commit(D, proposals.to_vec(), &[update(b"d")]).unwrap();
    let info = world.accept(D, &bundle);
    assert_eq!(*info.dictionary[&LOG], *b"0pqd");
    assert_eq!(info.leaves.len(), 4);
    assert!(info.proposals.iter().all(|proposal| proposal.reference.is_none()));
    assert!(world.hub.pending().is_empty() && world.group(A).pending().is_empty());
}

#[test]
fn who_leaves_and_comes_back_is_removed_once() {
    let mut world = World::with_members(3);
    let leave = world.propose(B, Propose::SelfRemove).unwrap();
    world.spread(&leave);
    let bundle = world.external_commit(B, vec![leave], &[]).unwrap();
    let info = world.accept(B, &bundle);
    assert_eq!(info.leaves[&1], B);
}

#[test]
fn join_material_must_fit_together() {
    let mut world = World::with_members(2);
    let (old_info, old_tree) = world.newest.clone();
    let old_proposal = world.propose(B, update(b"1")).unwrap();
    world.commit_and_accept(A, &[], &[]);
    let (group_info, tree) = world.newest.clone();
    let proposal = world.propose(B, update(b"2")).unwrap();
    let mut attempt = |group_info: &Octets, tree: &Octets, proposals: &[&Octets]| {
        let proposals = proposals.iter().map(|octets| (*octets).clone()).collect();
        let material = JoinMaterial { group_info: group_info.clone(), tree: tree.clone(), proposals };
        let entropy = world.entropy();
        let mut joiner = world.of(D).clone();
        joiner.external_commit(ROOM, &material, &[], entropy).map(|_| ())
    };
    assert_eq!(attempt(&group_info, &tree, &[&proposal]), Ok(()));
    assert_eq!(attempt(&group_info, &old_tree, &[]), Err(GroupInfoMismatch));
    assert_eq!(attempt(&group_info, &tree, &[&group_info]), Err(Malformed));
    assert_eq!(attempt(&old_info, &tree, &[]), Err(GroupInfoMismatch));
    assert_eq!(attempt(&group_info, &tree, &[&old_proposal]), Err(WrongEpoch));
    assert_eq!(attempt(&tree, &tree, &[]), Err(Malformed));
    assert_eq!(attempt(&group_info, &group_info, &[]), Err(Malformed));
    assert_eq!(attempt(&group_info, &tree, &[&tree]), Err(Malformed));
    // Old material fits together: that it is old is for the hub to say.
    assert_eq!(attempt(&old_info, &old_tree, &[&old_proposal]), Ok(()));
}

#[test]
fn a_stale_external_commit_is_of_the_wrong_epoch() {
    let mut world = World::with_members(2);
    let bundle = world.external_commit(D, vec![], &[]).unwrap();
    world.commit_and_accept(A, &[], &[]);
    assert_eq!(world.verdict(B, &bundle.commit), Err(WrongEpoch));
    world.of(D).discard_pending(ROOM).unwrap();
    let bundle = world.external_commit(D, vec![], &[]).unwrap();
    world.accept(D, &bundle);
}

#[test]
fn what_a_joiner_signs_is_bound_to_the_history() {
    let mut world = World::with_members(2);
    let bundle = world.external_commit(D, vec![], &[]).unwrap();
    // Another history of the same length.
    let mut other = World::with_members(1);
    let key_package = other.key_package(C);
    other.commit_and_accept(A, &[], &[Propose::Add(key_package)]);
    assert_eq!(other.hub.epoch(), world.hub.epoch());
    assert_eq!(other.verdict(A, &bundle.commit), Err(NotAuthentic));
}

#[test]
fn a_tentative_member_knows_its_own_commit_and_nothing_else() {
    let mut world = World::with_members(3);
    let bundle = world.external_commit(C, vec![], &[]).unwrap();
    let old = world.group(C).epoch();
    let proposal = world.propose(A, update(b"1")).unwrap();
    let message = world.of(B).encrypt(ROOM, &[], b"hi", Entropy([0; 32])).unwrap();
    for other in [&proposal, &message] {
        assert_eq!(world.of(C).process(ROOM, other).unwrap_err(), WrongEpoch);
    }
    assert_eq!(world.of(C).keep(ROOM, &proposal), Err(WrongEpoch));
    assert_eq!(world.external_commit(C, vec![], &[]), Err(CommitPending));
    assert_eq!(world.commit(C, &[], &[]), Err(CommitPending));
    assert_eq!(world.propose(C, update(b"2")), Err(CommitPending));
    assert!(matches!(world.of(C).process(ROOM, &bundle.commit), Ok(Received::OwnCommit)));
    assert_eq!(world.group(C).epoch(), old, "the old group stays until the join is merged");

    let mut turned_down = world.of(C).clone();
    turned_down.discard_pending(ROOM).unwrap();
    assert_eq!(turned_down.group(ROOM).unwrap().epoch(), old);
    assert!(matches!(turned_down.process(ROOM, &proposal), Ok(Received::Proposal(_))));

    world.accept(C, &bundle);
    assert_eq!(world.group(C).epoch(), old + 1);
}
