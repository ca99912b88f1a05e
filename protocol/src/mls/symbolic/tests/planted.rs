//! Planted bugs in the engine: what the other tests show to be refused or different is not, with them.

use super::*;
use crate::mutant::Mutant;

fn with(mutant: Mutant, members: usize) -> World {
    World::planted(members, Planted::new(mutant))
}

/// Whether the hub takes what no honest client makes.
fn taken(world: &World, message: &Octets) -> bool {
    world.hub.inspect(message).is_ok()
}

#[test]
fn a_commit_that_leads_elsewhere_is_taken() {
    let mut world = with(Mutant::IgnoresConfirmations, 3);
    let forged = world.forged_commit(A, vec![]);
    assert_eq!(world.verdict(B, &forged), Ok(()));
}

#[test]
fn a_leaf_is_removed_twice() {
    let mut world = with(Mutant::TouchesLeavesTwice, 3);
    let remove = || ProposalOrRef::Value(Proposal::Remove(1));
    let forged = world.forged_commit(A, vec![remove(), remove()]);
    assert!(taken(&world, &forged));
}

#[test]
fn a_joiner_removes_others() {
    let mut world = with(Mutant::JoinersRemoveOthers, 3);
    let forged = world.forged_commit_of(Author::Joiner, D, vec![ProposalOrRef::Value(Proposal::Remove(1))]);
    assert!(taken(&world, &forged));
}

#[test]
fn a_leaf_that_is_blanked_is_not_taken_again() {
    let mut world = with(Mutant::AddsBeforeRemoves, 3);
    let add = Propose::Add(world.key_package(D));
    let info = world.commit_and_accept(A, &[], &[Propose::Remove(B), add]);
    assert_eq!(info.leaves, [(0, A), (2, C), (3, D)].into());
}

#[test]
fn an_update_is_anothers() {
    let mut world = with(Mutant::SwapsCredentials, 3);
    let key = Key::fresh(Entropy([7; 32]), "forged");
    let author = Author::Member(world.leaf(B));
    let update = world.forged_proposal(author, Proposal::Update(Leaf { holder: Holder::first(D), key }));
    let reference = world.spread(&update);
    let info = world.commit_and_accept(A, &[reference], &[]);
    assert_eq!(info.leaves[&1], D);
}

#[test]
fn a_path_is_anothers() {
    for (planted, is_taken) in [(Planted::NONE, false), (Planted::new(Mutant::CommitsAsAnother), true)] {
        let mut world = World::planted(3, planted);
        let author = Author::Member(world.leaf(A));
        let forged = world.forged_commit_of(author, D, vec![]);
        assert_eq!(taken(&world, &forged), is_taken);
    }
}

#[test]
fn nobody_is_added() {
    let mut world = with(Mutant::TakesUnknownClients, 2);
    let stranger = ClientId(77);
    let config = world.config.clone();
    let package = SymbolicMember::new(&config, stranger, Entropy([0; 32]))
        .fresh_key_package(Lifetime::ALWAYS, Entropy([1; 32]))
        .unwrap();
    let info = world.commit_and_accept(A, &[], &[Propose::Add(package)]);
    assert_eq!(info.leaves[&2], stranger);
}

#[test]
fn who_was_removed_reads_on() {
    let mut world = with(Mutant::GoesOnRemoved, 3);
    let bundle = world.commit(A, &[], &[Propose::Remove(B)]).unwrap();
    world.accept(A, &bundle);
    let said = world.of(A).encrypt(ROOM, &[], b"without B", Entropy([0; 32])).unwrap();
    assert!(matches!(world.of(B).process(ROOM, &said), Ok(Received::Message { .. })));
}

#[test]
fn something_is_said_before_it_is_committed() {
    let mut world = with(Mutant::SpeaksOverProposals, 2);
    world.publish(B, update(b"1"));
    assert!(world.of(A).encrypt(ROOM, &[], b"hi", Entropy([0; 32])).is_ok());
}

#[test]
fn a_server_leaves() {
    let mut world = with(Mutant::ServersLeave, 2);
    let leave = world.forged_proposal(Author::External(0, HUB), Proposal::SelfRemove);
    assert_eq!(world.verdict(B, &leave), Ok(()));
}

#[test]
fn anybody_is_a_sender() {
    let mut world = with(Mutant::TakesAnySender, 2);
    let stranger = world.forged_proposal(Author::External(0, ProviderId(1)), Proposal::Remove(1));
    assert_eq!(world.verdict(A, &stranger), Ok(()));
}

#[test]
fn updates_are_judged_one_by_one() {
    let mut world = with(Mutant::UpdatesOneByOne, 2);
    world.commit_and_accept(A, &[], &[update(b"once"), update(b"once")]);
}

#[test]
fn a_message_is_read_twice() {
    let mut world = with(Mutant::DecryptsTwice, 2);
    let message = world.of(A).encrypt(ROOM, &[], b"hi", Entropy([0; 32])).unwrap();
    for _ in 0..2 {
        assert!(matches!(world.of(B).process(ROOM, &message), Ok(Received::Message { .. })));
    }
}

/// Two commits that come to the same, made of the same keys: one refers to what the other says itself.
fn two_histories(planted: Planted) -> [[u8; 32]; 2] {
    let mut world = World::planted(3, planted);
    let reference = world.publish(B, update(b"x"));
    let mut digest = |references: &[ProposalRef], by_value: &[Propose]| {
        let bundle = world.of(A).commit(ROOM, references, by_value, Entropy([9; 32])).unwrap();
        world.of(A).discard_pending(ROOM).unwrap();
        Symbolic::group_info_context(&bundle.group_info).unwrap().1
    };
    [digest(&[reference], &[]), digest(&[], &[update(b"x")])]
}

#[test]
fn two_histories_look_alike() {
    let [one, other] = two_histories(Planted::NONE);
    assert_ne!(one, other);
    let [one, other] = two_histories(Planted::new(Mutant::ForgetsHistory));
    assert_eq!(one, other);
}
