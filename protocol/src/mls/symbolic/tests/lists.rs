//! Whole-list validity of regular commits: MLS-03, MLS-05, MLS-11, MLS-12.

use super::*;
use MlsError::{InvalidProposal, InvalidProposalList, MissingProposal, NotAuthentic, UnknownCredential};

#[test]
fn a_commit_may_not_remove_its_committer() {
    let mut world = World::with_members(3);
    assert_eq!(world.commit(B, &[], &[Propose::Remove(B)]), Err(InvalidProposalList));
    // It may ask the others to do so.
    let reference = world.publish(B, Propose::Remove(B));
    assert_eq!(world.commit(B, &[reference], &[]), Err(InvalidProposalList));
    let forged = world.forged_commit(B, vec![ProposalOrRef::Value(Proposal::Remove(world.leaf(B)))]);
    assert_eq!(world.verdict(C, &forged), Err(InvalidProposalList));

    let info = world.commit_and_accept(C, &[reference], &[]);
    assert!(!info.leaves.values().any(|client| *client == B));
}

#[test]
fn a_leaf_may_be_removed_once() {
    let mut world = World::with_members(3);
    let reference = world.publish(B, Propose::Remove(C));
    assert_eq!(world.commit(A, &[reference], &[Propose::Remove(C)]), Err(InvalidProposalList));
    assert_eq!(world.commit(A, &[], &[Propose::Remove(C), Propose::Remove(C)]), Err(InvalidProposalList));
    let forged = world.forged_commit(
        A,
        vec![ProposalOrRef::Reference(reference), ProposalOrRef::Value(Proposal::Remove(world.leaf(C)))],
    );
    assert_eq!(world.verdict(B, &forged), Err(InvalidProposalList));
    world.commit_and_accept(A, &[reference], &[]);
}

#[test]
fn only_who_is_there_is_removed() {
    let mut world = World::with_members(2);
    assert_eq!(world.commit(A, &[], &[Propose::Remove(C)]), Err(InvalidProposalList));
    assert_eq!(world.propose(A, Propose::Remove(C)), Err(InvalidProposal));
    let forged = world.forged_commit(A, vec![ProposalOrRef::Value(Proposal::Remove(9))]);
    assert_eq!(world.verdict(B, &forged), Err(InvalidProposalList));
    let forged = world.forged_proposal(Author::Member(0), Proposal::Remove(9));
    assert_eq!(world.verdict(B, &forged), Err(InvalidProposal));
    world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
}

#[test]
fn a_leaf_is_updated_by_itself_by_reference_and_once() {
    let mut world = World::with_members(3);
    let key = |n: u8| Key::fresh(Entropy([n; 32]), "update");
    let b = Author::Member(world.leaf(B));
    let first = world.forged_proposal(b, Proposal::Update(Leaf { holder: Holder::first(B), key: key(1) }));
    let first = world.spread(&first);
    let second = world.forged_proposal(b, Proposal::Update(Leaf { holder: Holder::first(B), key: key(2) }));
    let second = world.spread(&second);

    assert_eq!(world.commit(A, &[first, second], &[]), Err(InvalidProposalList));
    assert_eq!(world.commit(A, &[first], &[Propose::Remove(B)]), Err(InvalidProposalList));
    assert_eq!(world.commit(B, &[first], &[]), Err(InvalidProposalList));
    let by_value = ProposalOrRef::Value(Proposal::Update(Leaf { holder: Holder::first(A), key: key(3) }));
    let forged = world.forged_commit(A, vec![by_value]);
    assert_eq!(world.verdict(B, &forged), Err(InvalidProposalList));

    let before = world.group(A).public.state.leaves.clone();
    world.commit_and_accept(A, &[second], &[]);
    let after = &world.group(A).public.state.leaves;
    assert_eq!(after[&1], Leaf { holder: Holder::first(B), key: key(2) });
    assert_ne!((before[&0], before[&1]), (after[&0], after[&1]));
    assert_eq!(before[&2], after[&2]);
}

#[test]
fn an_update_keeps_the_credential_and_brings_a_new_key() {
    let mut world = World::with_members(3);
    let b = Author::Member(world.leaf(B));
    let key = Key::fresh(Entropy([1; 32]), "update");
    let other_client = world.forged_proposal(b, Proposal::Update(Leaf { holder: Holder::first(C), key }));
    let other_client = world.spread(&other_client);
    assert_eq!(world.commit(A, &[other_client], &[]), Err(UnknownCredential));
    let nobody =
        world.forged_proposal(b, Proposal::Update(Leaf { holder: Holder::first(ClientId(77)), key }));
    assert_eq!(world.verdict(A, &nobody), Err(UnknownCredential));

    let old_leaf = world.group(A).public.state.leaves[&1];
    let old_key = world.forged_proposal(b, Proposal::Update(old_leaf));
    let old_key = world.spread(&old_key);
    assert_eq!(world.commit(A, &[old_key], &[]), Err(InvalidProposalList));
}

#[test]
fn a_client_is_added_if_it_is_not_there_and_once() {
    let mut world = World::with_members(2);
    let [b, c, again] = [B, C, C].map(|client| Propose::Add(world.key_package(client)));
    assert_eq!(world.commit(A, &[], &[b]), Err(InvalidProposalList));
    assert_eq!(world.commit(A, &[], &[c.clone(), again.clone()]), Err(InvalidProposalList));
    let reference = world.publish(B, again);
    assert_eq!(world.commit(A, &[reference], std::slice::from_ref(&c)), Err(InvalidProposalList));
    world.commit_and_accept(A, &[], &[c]);
}

#[test]
fn a_present_client_is_added_if_it_is_removed_in_the_same_list() {
    let mut world = World::with_members(3);
    let add = Propose::Add(world.key_package(B));
    // The order in the list does not matter: Removes are applied before Adds.
    let info = world.commit_and_accept(A, &[], &[add, Propose::Remove(B)]);
    assert_eq!(info.leaves[&1], B);
    assert!(!is_in(world.of(B)), "B goes on by the Welcome, not by the commit that removes it");

    // mls-extensions §6.3: a SelfRemove is treated like a Remove.
    let mut world = World::with_members(3);
    let leave = world.publish(B, Propose::SelfRemove);
    let add = Propose::Add(world.key_package(B));
    let info = world.commit_and_accept(A, &[leave], &[add]);
    assert_eq!(info.leaves[&1], B);
}

#[test]
fn the_committer_cannot_be_added_again() {
    let mut world = World::with_members(2);
    let add = Propose::Add(world.key_package(A));
    assert_eq!(world.commit(A, &[], std::slice::from_ref(&add)), Err(InvalidProposalList));
    let reference = world.publish(B, add);
    assert_eq!(world.commit(A, &[reference], &[]), Err(InvalidProposalList));
}

#[test]
fn an_added_client_is_in_the_directory() {
    let mut world = World::with_members(2);
    let stranger = super::super::wire::KeyPackage {
        holder: Holder::first(ClientId(77)),
        key: Key::fresh(Entropy([1; 32]), "stranger"),
        last_resort: false,
        lifetime: Lifetime::ALWAYS,
    };
    assert_eq!(world.propose(A, Propose::Add(stranger.seal())), Err(UnknownCredential));
    assert_eq!(world.commit(A, &[], &[Propose::Add(stranger.seal())]), Err(UnknownCredential));
    assert_eq!(Symbolic::key_package(&world.config, &stranger.seal()), Err(UnknownCredential));
    let forged = world.forged_commit(A, vec![ProposalOrRef::Value(Proposal::Add(stranger))]);
    assert_eq!(world.verdict(B, &forged), Err(UnknownCredential));
}

#[test]
fn self_remove_is_by_reference_and_not_the_committers() {
    let mut world = World::with_members(3);
    assert_eq!(world.commit(B, &[], &[Propose::SelfRemove]), Err(InvalidProposalList));
    let reference = world.publish(B, Propose::SelfRemove);
    assert_eq!(world.commit(B, &[reference], &[]), Err(InvalidProposalList));
    let by_value = world.forged_commit(C, vec![ProposalOrRef::Value(Proposal::SelfRemove)]);
    assert_eq!(world.verdict(A, &by_value), Err(InvalidProposalList));

    let info = world.commit_and_accept(A, &[reference], &[]);
    assert!(!info.leaves.values().any(|client| *client == B));
    assert!(!is_in(world.of(B)));
}

#[test]
fn self_remove_makes_a_remove_or_update_of_the_leaf_invalid() {
    let mut world = World::with_members(3);
    let leave = world.publish(B, Propose::SelfRemove);
    let remove = world.publish(C, Propose::Remove(B));
    let key = Key::fresh(Entropy([1; 32]), "update");
    let update =
        world.forged_proposal(Author::Member(1), Proposal::Update(Leaf { holder: Holder::first(B), key }));
    let update = world.spread(&update);
    for other in [remove, update] {
        assert_eq!(world.commit(A, &[leave, other], &[]), Err(InvalidProposalList));
        assert_eq!(world.commit(A, &[other, leave], &[]), Err(InvalidProposalList));
    }
    world.commit_and_accept(A, &[remove], &[]);
}

#[test]
fn a_reference_stands_once_in_a_list() {
    let mut world = World::with_members(2);
    let reference = world.publish(B, update(b"1"));
    assert_eq!(world.commit(A, &[reference, reference], &[]), Err(InvalidProposalList));
    world.commit_and_accept(A, &[reference], &[]);
}

#[test]
fn updates_reach_the_application_at_once_and_in_commit_order() {
    let mut world = World::with_members(3);
    let [x, y] = [(B, b"x"), (C, b"y")].map(|(by, octets)| world.publish(by, update(octets)));
    let info = world.commit_and_accept(A, &[y, x], &[update(b"z"), Propose::Remove(C)]);
    assert_eq!(*info.dictionary[&LOG], *b"0yxz");
    let order: Vec<_> = info.proposals.iter().map(|proposal| proposal.reference).collect();
    assert_eq!(order, [Some(y), Some(x), None, None]);

    let two = [update(b"once"), update(b"once")];
    assert_eq!(world.commit(A, &[], &two), Err(InvalidProposalList));
    world.commit_and_accept(A, &[], &two[..1]);
}

#[test]
fn what_the_application_rejects_spoils_the_list() {
    let mut world = World::with_members(2);
    assert_eq!(world.commit(A, &[], &[update(b"bad")]), Err(InvalidProposalList));
    let unknown = Propose::AppDataUpdate { component: 8, update: Octets::from([]) };
    assert_eq!(world.commit(A, &[], &[unknown]), Err(InvalidProposalList));
    // By itself such a proposal is sent and kept: it is the list that is judged.
    let reference = world.publish(B, update(b"bad"));
    assert_eq!(world.commit(A, &[reference], &[]), Err(InvalidProposalList));
    let forged = world.forged_commit(B, vec![ProposalOrRef::Reference(reference)]);
    assert_eq!(world.verdict(A, &forged), Err(InvalidProposalList));
}

#[test]
fn a_commit_is_processed_with_all_its_proposals_known() {
    let mut world = World::with_members(3);
    let message = world.propose(B, update(b"1")).unwrap();
    world.of(A).keep(ROOM, &message).unwrap();
    let reference = world.group(A).pending()[0].reference.unwrap();
    assert_eq!(world.commit(C, &[reference], &[]), Err(MissingProposal));

    let bundle = world.commit(A, &[reference], &[]).unwrap();
    assert_eq!(world.verdict(C, &bundle.commit), Err(MissingProposal));
    world.spread(&message);
    world.accept(A, &bundle);
}

#[test]
fn missing_proposals_are_seen_before_the_list_is_judged() {
    let mut world = World::with_members(3);
    let list =
        vec![ProposalOrRef::Value(Proposal::SelfRemove), ProposalOrRef::Reference(ProposalRef([9; 32]))];
    let forged = world.forged_commit(A, list);
    assert_eq!(world.verdict(B, &forged), Err(MissingProposal));
}

#[test]
fn the_confirmation_tag_binds_the_result() {
    let mut world = World::with_members(2);
    // The list is fine, its claimed result is not. The hub cannot see it.
    let forged = world.forged_commit(A, vec![]);
    assert_eq!(world.of(B).process(ROOM, &forged).unwrap_err(), NotAuthentic);
    assert!(matches!(world.hub.inspect(&forged), Ok(Received::Commit(..))));
}

#[test]
fn the_path_keeps_the_credential_and_brings_a_new_key() {
    let mut world = World::with_members(3);
    let forged = world.forged_commit_of(Author::Member(0), C, vec![]);
    assert_eq!(world.verdict(B, &forged), Err(UnknownCredential));

    let state = world.group(A).public.state.clone();
    let commit = Commit { proposals: vec![], path: state.leaves[&0], confirmation: [0; 32], shuts_out: None };
    let stale_key = committing::public_message(&state, Author::Member(0), Body::Commit(commit));
    assert_eq!(world.verdict(B, &stale_key), Err(InvalidProposalList));
}

#[test]
fn external_senders_propose_but_not_everything() {
    let mut world = World::with_members(3);
    let hub = Author::External(0, HUB);
    let remove = world.forged_proposal(hub, Proposal::Remove(1));
    let remove = world.spread(&remove);
    let update = Proposal::AppDataUpdate { component: LOG, update: Octets::from(*b"h") };
    let update = world.forged_proposal(hub, update);
    let update = world.spread(&update);

    // MLS-10: no SelfRemove, no Update, no commit, and nobody but who is listed.
    let leave = world.forged_proposal(hub, Proposal::SelfRemove);
    assert_eq!(world.verdict(A, &leave), Err(InvalidProposal));
    let leaf = Leaf { holder: Holder::first(B), key: Key::fresh(Entropy([1; 32]), "update") };
    let replace = world.forged_proposal(hub, Proposal::Update(leaf));
    assert_eq!(world.verdict(A, &replace), Err(InvalidProposal));
    let commit = world.forged_commit_of(hub, A, vec![]);
    assert_eq!(world.verdict(B, &commit), Err(MlsError::Malformed));
    let stranger = world.forged_proposal(Author::External(0, ProviderId(1)), Proposal::Remove(1));
    assert_eq!(world.verdict(A, &stranger), Err(NotAuthentic));

    let info = world.commit_and_accept(A, &[update, remove], &[]);
    let senders: Vec<_> = info.proposals.iter().map(|proposal| proposal.sender).collect();
    assert_eq!(senders, [crate::mls::Sender::External(HUB); 2]);
    assert_eq!(*info.dictionary[&LOG], *b"0h");
}
