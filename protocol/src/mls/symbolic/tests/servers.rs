//! External senders and the end of a group: MLS-03, MLS-10, MLS-11, RFC 9420 §11.2.

use super::*;
use MlsError::{
    InvalidExternalCommit, InvalidProposal, InvalidProposalList, NoSuchGroup, NotAnExternalSender,
    NotAuthentic, Reinitialized, UnknownCredential,
};

const OTHER: ProviderId = ProviderId(1);

#[test]
fn a_server_is_known_by_its_place_in_the_list() {
    let mut world = World::with_members(2);
    let message = world.hub.propose(HUB, &update(b"h")).unwrap();
    let second = world.forged_proposal(Author::External(1, HUB), Proposal::Remove(1));
    assert_eq!(world.verdict(A, &second), Err(NotAuthentic));
    assert_eq!(world.hub.propose(OTHER, &update(b"o")), Err(NotAnExternalSender));
    world.commit_and_accept(A, &[], &[Propose::ExternalSenders(vec![OTHER, HUB])]);
    assert_eq!(world.hub.external_senders(), [OTHER, HUB]);
    assert_eq!(world.group(B).external_senders(), [OTHER, HUB]);
    assert_eq!(world.verdict(A, &message), Err(MlsError::WrongEpoch));
    let moved = world.forged_proposal(Author::External(0, HUB), Proposal::Remove(1));
    assert_eq!(world.verdict(A, &moved), Err(NotAuthentic));
    let message = world.hub.propose(HUB, &update(b"h")).unwrap();
    let reference = world.spread(&message);
    assert_eq!(*world.commit_and_accept(B, &[reference], &[]).dictionary[&LOG], *b"0h");
}

#[test]
fn a_server_proposes_what_it_may() {
    let mut world = World::with_members(2);
    let add = Propose::Add(world.key_package(C));
    let allowed = [add, Propose::Remove(B), update(b"h"), Propose::ExternalSenders(vec![HUB])];
    let references: Vec<_> = allowed
        .iter()
        .map(|propose| {
            let message = world.hub.propose(HUB, propose).unwrap();
            world.spread(&message)
        })
        .collect();
    let info = world.commit_and_accept(A, &references, &[]);
    assert_eq!(info.proposals.len(), 4);
    for denied in [Propose::Update, Propose::SelfRemove, Propose::Remove(D)] {
        assert_eq!(world.hub.propose(HUB, &denied), Err(InvalidProposal));
    }
    let unknown = Propose::ExternalSenders(vec![ProviderId(9)]);
    assert_eq!(world.hub.propose(HUB, &unknown), Err(UnknownCredential));
    assert_eq!(world.hub.propose(HUB, &Propose::ReInit(RoomId(9))), Err(NoSuchGroup));
}

#[test]
fn extensions_are_one_and_first_and_leave_the_dictionary_alone() {
    let mut world = World::with_members(2);
    let senders = || Propose::ExternalSenders(vec![HUB, OTHER]);
    assert_eq!(world.commit(A, &[], &[senders(), senders()]), Err(InvalidProposalList));
    assert_eq!(world.external_commit(D, vec![], &[senders()]), Err(InvalidExternalCommit));
    let wire = |dictionary| Proposal::Extensions { external_senders: vec![HUB], dictionary };
    let dictionary = world.hub.dictionary();
    let update_first = vec![
        ProposalOrRef::Value(Proposal::AppDataUpdate { component: LOG, update: (*b"x").into() }),
        ProposalOrRef::Value(wire(dictionary.clone())),
    ];
    let forged = world.forged_commit(A, update_first);
    assert_eq!(world.verdict(B, &forged), Err(InvalidProposalList));
    let emptied = world.forged_commit(A, vec![ProposalOrRef::Value(wire(Dictionary::new()))]);
    assert_eq!(world.verdict(B, &emptied), Err(InvalidProposalList));
    let forged = world.forged_proposal(Author::External(0, HUB), wire(Dictionary::new()));
    let Ok(Received::Proposal(info)) = world.hub.inspect(&forged) else { panic!("no proposal") };
    assert_eq!(info.body, crate::mls::Proposed::Other(7));

    // The committer lists them first, whatever order it is asked for.
    let info = world.commit_and_accept(A, &[], &[update(b"x"), senders()]);
    assert!(matches!(info.proposals[0].body, crate::mls::Proposed::ExternalSenders(_)));
    assert_eq!(*info.dictionary[&LOG], *b"0x");
}

#[test]
fn a_component_is_removed_alone_and_if_it_is_there() {
    let mut world = World::with_members(2);
    let remove = || Propose::AppDataRemove { component: LOG };
    let absent = Propose::AppDataRemove { component: 8 };
    for invalid in [vec![remove(), remove()], vec![update(b"x"), remove()], vec![absent]] {
        assert_eq!(world.commit(A, &[], &invalid), Err(InvalidProposalList));
    }
    assert_eq!(world.commit_and_accept(A, &[], &[remove()]).dictionary, Dictionary::new());
    assert_eq!(*world.commit_and_accept(A, &[], &[update(b"x")]).dictionary[&LOG], *b"x");
    // A joiner may do so, too.
    let bundle = world.external_commit(D, vec![], &[remove()]).unwrap();
    assert_eq!(world.accept(D, &bundle).dictionary, Dictionary::new());
}

#[test]
fn a_reinit_is_alone_and_the_last_commit() {
    let mut world = World::with_members(2);
    let end = || Propose::ReInit(RoomId(1));
    assert_eq!(world.commit(A, &[], &[end(), update(b"x")]), Err(InvalidProposalList));
    assert_eq!(world.commit(A, &[], &[end(), end()]), Err(InvalidProposalList));
    assert_eq!(world.external_commit(D, vec![], &[end()]), Err(InvalidExternalCommit));
    let message = world.hub.propose(HUB, &end()).unwrap();
    let reference = world.spread(&message);
    let info = world.commit_and_accept(B, &[reference], &[]);
    assert_eq!(info.proposals[0].body, crate::mls::Proposed::ReInit(RoomId(1)));

    assert_eq!(world.verdict(A, &message), Err(Reinitialized));
    assert_eq!(world.hub.propose(HUB, &update(b"x")), Err(Reinitialized));
    assert_eq!(world.commit(A, &[], &[]), Err(Reinitialized));
    assert_eq!(world.propose(B, update(b"x")), Err(Reinitialized));
    assert_eq!(world.of(A).encrypt(ROOM, &[], b"?", Entropy([3; 32])), Err(Reinitialized));
    let entropy = world.entropy();
    world.of(A).create(ROOM, &Dictionary::new(), HUB, entropy).unwrap();
    world.commit(A, &[], &[]).unwrap();
}

#[test]
fn an_update_brings_fresh_keys_each_time() {
    let mut world = World::with_members(2);
    let [first, second] = [(); 2].map(|()| world.publish(B, Propose::Update));
    assert_ne!(first, second);
    assert_eq!(world.commit(A, &[first, second], &[]), Err(InvalidProposalList));
    assert_eq!(world.commit(A, &[], &[Propose::Update]), Err(InvalidProposalList));
    let before = world.group(A).public.state.leaves[&1];
    world.commit_and_accept(A, &[second], &[]);
    assert_ne!(world.group(A).public.state.leaves[&1], before);
}
