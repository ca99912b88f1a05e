//! Epochs, forks, senders and application messages.

use super::super::wire::{Message, PrivateMessage, open_message, seal_message};
use super::*;
use crate::mls::ContentKind;
use MlsError::{Malformed, NoSuchGroup, NotAuthentic, Replayed, WrongEpoch};

fn encrypt(world: &mut World, client: ClientId, payload: &[u8]) -> Octets {
    let entropy = world.entropy();
    world.of(client).encrypt(ROOM, &[], payload, entropy).unwrap()
}

fn open_private(octets: &Octets) -> PrivateMessage {
    match open_message(octets) {
        Ok(Message::Private(message)) => message,
        other => panic!("no application message: {other:?}"),
    }
}

#[test]
fn messages_belong_to_one_epoch() {
    let mut world = World::with_members(2);
    let proposal = world.propose(A, update(b"1")).unwrap();
    world.of(A).clear_proposals(ROOM).unwrap();
    let message = encrypt(&mut world, A, b"hi");
    let rival = world.commit(B, &[], &[]).unwrap();
    assert_eq!(world.verdict(B, &proposal), Ok(()));

    world.of(B).discard_pending(ROOM).unwrap();
    world.commit_and_accept(A, &[], &[]);
    for old in [&proposal, &message, &rival.commit] {
        assert_eq!(world.verdict(B, old), Err(WrongEpoch));
    }
    assert_eq!(world.of(A).keep(ROOM, &proposal), Err(WrongEpoch));
    let mut early = world.of(B).clone();
    let bundle = world.commit(A, &[], &[]).unwrap();
    world.accept(A, &bundle);
    let next = world.commit(A, &[], &[]).unwrap();
    assert_eq!(early.process(ROOM, &next.commit).unwrap_err(), WrongEpoch);
}

#[test]
fn messages_belong_to_one_group() {
    let mut world = World::with_members(2);
    let message = encrypt(&mut world, A, b"hi");
    let proposal = world.propose(A, update(b"1")).unwrap();
    for octets in [&message, &proposal] {
        assert_eq!(world.of(B).process(RoomId(1), octets).unwrap_err(), NoSuchGroup);
        assert_eq!(world.of(C).process(ROOM, octets).unwrap_err(), NoSuchGroup);
    }
    world.of(B).create(RoomId(1), &Dictionary::new(), HUB, Entropy([7; 32])).unwrap();
    assert_eq!(world.of(B).process(RoomId(1), &proposal).unwrap_err(), NoSuchGroup);
    assert_eq!(world.of(B).keep(RoomId(1), &proposal), Err(NoSuchGroup));
    assert!(world.of(B).process(ROOM, &proposal).is_ok());
}

#[test]
fn forks_of_one_epoch_cannot_read_each_other() {
    let mut world = World::with_members(3);
    let (ours, theirs) = (world.commit(A, &[], &[]).unwrap(), world.commit(B, &[], &[]).unwrap());
    // C is shown another history than A.
    let Received::Commit(_, staged) = world.of(C).process(ROOM, &theirs.commit).unwrap() else { panic!() };
    world.of(C).merge(ROOM, staged).unwrap();
    world.of(B).merge_pending(ROOM).unwrap();
    world.of(A).merge_pending(ROOM).unwrap();
    assert_eq!(world.group(A).epoch(), world.group(B).epoch());
    assert_ne!(world.group(A).context_digest(), world.group(B).context_digest());
    assert_eq!(world.group(C).context_digest(), world.group(B).context_digest());

    let message = encrypt(&mut world, A, b"hi");
    assert_eq!(world.of(B).process(ROOM, &message).unwrap_err(), NotAuthentic);
    let proposal = world.propose(A, update(b"1")).unwrap();
    assert_eq!(world.of(B).process(ROOM, &proposal).unwrap_err(), NotAuthentic);
    let next = world.commit(B, &[], &[]).unwrap();
    assert_eq!(world.of(A).process(ROOM, &next.commit).unwrap_err(), NotAuthentic);
    assert!(matches!(world.of(C).process(ROOM, &next.commit), Ok(Received::Commit(..))));
    assert_ne!(ours.commit, theirs.commit);
}

#[test]
fn senders_are_members() {
    let mut world = World::with_members(3);
    world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
    let ghost = world.forged_proposal(Author::Member(1), Proposal::Remove(2));
    assert_eq!(world.verdict(C, &ghost), Err(NotAuthentic));
    let ghost = world.forged_commit_of(Author::Member(1), B, vec![]);
    assert_eq!(world.verdict(C, &ghost), Err(NotAuthentic));
    let joiner = world.forged_proposal(Author::Joiner, Proposal::Remove(2));
    assert_eq!(world.verdict(C, &joiner), Err(Malformed));
    let mut private = open_private(&encrypt(&mut world, A, b"hi"));
    private.leaf = 1;
    let ghost = seal_message(&Message::Private(private));
    assert_eq!(world.of(C).process(ROOM, &ghost).unwrap_err(), NotAuthentic);
}

#[test]
fn an_application_message_is_decrypted_once_by_each_member() {
    let mut world = World::with_members(3);
    let message = encrypt(&mut world, A, b"hi");
    for client in [B, C] {
        match world.of(client).process(ROOM, &message) {
            Ok(Received::Message { sender, payload, .. }) => {
                assert_eq!((sender, &payload[..]), (A, &b"hi"[..]));
            }
            other => panic!("not decrypted: {other:?}"),
        }
        assert_eq!(world.of(client).process(ROOM, &message).unwrap_err(), Replayed);
    }
    assert!(matches!(world.of(A).process(ROOM, &message), Ok(Received::OwnMessage)));
    assert!(matches!(world.of(A).process(ROOM, &message), Ok(Received::OwnMessage)));
    assert_eq!(world.hub.inspect(&message).unwrap_err(), NotAuthentic);
}

#[test]
fn application_messages_may_come_in_any_order() {
    let mut world = World::with_members(2);
    let messages: Vec<_> = (0..9u8).map(|n| encrypt(&mut world, A, &[n])).collect();
    for n in [4, 2, 8, 0, 1, 3, 7, 5, 6] {
        assert!(matches!(world.of(B).process(ROOM, &messages[n]), Ok(Received::Message { .. })));
    }
    for message in &messages {
        assert_eq!(world.of(B).process(ROOM, message).unwrap_err(), Replayed);
    }
}

#[test]
fn a_message_too_far_ahead_is_not_decrypted_and_costs_nothing() {
    let mut world = World::with_members(2);
    let mut private = open_private(&encrypt(&mut world, A, b"hi"));
    let before = world.of(B).clone();
    for generation in [1001, u32::MAX] {
        private.generation = generation;
        let far = seal_message(&Message::Private(private.clone()));
        assert_eq!(world.of(B).process(ROOM, &far).unwrap_err(), NotAuthentic);
    }
    assert_eq!(*world.of(B), before);
    private.generation = 1000;
    let ahead = seal_message(&Message::Private(private));
    assert!(world.of(B).process(ROOM, &ahead).is_ok());
}

#[test]
fn pending_proposals_are_committed_before_anything_is_said() {
    let mut world = World::with_members(2);
    let reference = world.publish(A, update(b"1"));
    for client in [A, B] {
        let entropy = Entropy([0; 32]);
        assert_eq!(world.of(client).encrypt(ROOM, &[], b"hi", entropy), Err(MlsError::CommitPending));
    }
    world.commit_and_accept(B, &[reference], &[]);
    encrypt(&mut world, A, b"hi");
    world.commit(A, &[], &[]).unwrap();
    encrypt(&mut world, A, b"a pending commit does not matter");
}

#[test]
fn envelopes_tell_what_is_visible() {
    let mut world = World::with_members(2);
    let config = world.config.clone();
    let proposal = world.propose(B, update(b"1")).unwrap();
    let message = encrypt(&mut world, A, b"hi");
    let add = Propose::Add(world.key_package(C));
    let bundle = world.commit(A, &[], &[add]).unwrap();
    let kinds = [
        (&proposal, ContentKind::Proposal),
        (&message, ContentKind::Application),
        (&bundle.commit, ContentKind::Commit),
    ];
    for (octets, content) in kinds {
        let envelope = Symbolic::envelope(&config, octets).unwrap();
        assert_eq!((envelope.room, envelope.epoch, envelope.content), (ROOM, 1, content));
    }
    assert_eq!(Symbolic::envelope(&config, bundle.welcome.as_ref().unwrap()), Err(Malformed));
    assert_eq!(Symbolic::envelope(&config, &bundle.tree), Err(Malformed));
    let mut elsewhere = open_private(&message);
    elsewhere.room = RoomId(99);
    let elsewhere = seal_message(&Message::Private(elsewhere));
    assert_eq!(Symbolic::envelope(&config, &elsewhere), Err(NoSuchGroup));
}
