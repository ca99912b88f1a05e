//! Durable cells: what is written, and what comes back from it.

use super::*;
use crate::mls::Writes;
use std::collections::BTreeMap;

type Cells = BTreeMap<Vec<u8>, Octets>;

fn apply(cells: &mut Cells, writes: Writes) {
    assert!(writes.is_sorted_by(|one, two| one.0 < two.0), "sorted, each key once");
    for (key, content) in writes {
        match content {
            Some(content) => cells.insert(key, content),
            None => cells.remove(&key),
        };
    }
}

fn recovered(world: &World, client: ClientId, cells: &Cells) -> SymbolicMember {
    SymbolicMember::recover(&world.config, client, cells).unwrap()
}

#[test]
fn a_member_comes_back_as_it_was() {
    let mut world = World::with_members(3);
    let mut cells = Cells::new();
    let check = |world: &mut World, cells: &mut Cells| {
        apply(cells, world.of(B).take_writes());
        assert!(recovered(world, B, cells) == *world.of(B));
        assert!(world.of(B).take_writes().is_empty());
    };
    check(&mut world, &mut cells);
    world.key_package(B);
    check(&mut world, &mut cells);
    world.publish(A, update(b"1"));
    world.publish(B, Propose::Remove(C));
    check(&mut world, &mut cells);
    world.commit(B, &[], &[]).unwrap();
    check(&mut world, &mut cells);
    world.of(B).discard_pending(ROOM).unwrap();
    world.external_commit(B, vec![], &[]).unwrap();
    check(&mut world, &mut cells);
    world.of(B).discard_pending(ROOM).unwrap();
    world.commit_and_accept(A, &[], &[]);
    let message = world.of(A).encrypt(ROOM, &[], b"hi", Entropy([0; 32])).unwrap();
    world.of(B).process(ROOM, &message).unwrap();
    check(&mut world, &mut cells);
    world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
    check(&mut world, &mut cells);
    world.of(B).forget(ROOM);
    check(&mut world, &mut cells);
    assert_eq!(cells.len(), 1, "the cell of a forgotten room is gone");
}

#[test]
fn a_discarded_first_join_leaves_no_cell() {
    let mut world = World::with_members(1);
    world.external_commit(D, vec![], &[]).unwrap();
    let mut cells = Cells::new();
    apply(&mut cells, world.of(D).take_writes());
    assert_eq!(cells.len(), 2);
    world.of(D).discard_pending(ROOM).unwrap();
    apply(&mut cells, world.of(D).take_writes());
    assert_eq!(cells.len(), 1);
    assert!(recovered(&world, D, &cells) == *world.of(D));
}

#[test]
fn only_what_changed_is_written() {
    let mut world = World::with_members(2);
    world.of(B).take_writes();
    world.hub.take_writes();
    let proposal = world.propose(A, update(b"1")).unwrap();
    world.of(B).process(ROOM, &proposal).unwrap();
    world.hub.inspect(&proposal).unwrap();
    assert!(world.of(B).take_writes().is_empty());
    assert!(world.hub.take_writes().is_empty());
    world.spread(&proposal);
    assert_eq!(world.of(B).take_writes().len(), 1);
    assert_eq!(world.hub.take_writes().len(), 1);
}

#[test]
fn an_observer_comes_back_as_it_was() {
    let mut world = World::with_members(2);
    let mut cells = Cells::new();
    let check = |world: &mut World, cells: &mut Cells| {
        apply(cells, world.hub.take_writes());
        let recovered = SymbolicObserver::recover(&world.config, ROOM, cells).unwrap();
        assert_eq!(recovered, world.hub);
    };
    check(&mut world, &mut cells);
    world.publish(B, update(b"1"));
    check(&mut world, &mut cells);
    world.commit_and_accept(A, &[], &[]);
    check(&mut world, &mut cells);
    assert_eq!(SymbolicObserver::recover(&world.config, RoomId(1), &cells).unwrap_err(), MlsError::Storage);
}

#[test]
fn damaged_cells_are_noticed() {
    let mut world = World::with_members(2);
    let mut cells = Cells::new();
    apply(&mut cells, world.of(B).take_writes());
    let recover = |cells: &Cells| SymbolicMember::recover(&world.config, B, cells).map(|_| ());
    assert_eq!(recover(&cells), Ok(()));
    assert_eq!(recover(&Cells::new()), Err(MlsError::Storage));
    for (key, content) in &cells {
        let mut cut = cells.clone();
        cut.insert(key.clone(), content[..content.len() - 1].into());
        assert_eq!(recover(&cut), Err(MlsError::Storage));
    }
    let mut strange = cells.clone();
    strange.insert(b"rooms".to_vec(), Octets::from([]));
    assert_eq!(recover(&strange), Err(MlsError::Storage));
    let mut moved = cells.clone();
    let room = moved.remove(&b"room\0\0"[..]).unwrap();
    moved.insert(b"room\0\x01".to_vec(), room);
    assert_eq!(recover(&moved), Err(MlsError::Storage));
}

#[test]
fn equal_situations_are_equal_values() {
    let (mut one, mut two) = (World::with_members(3), World::with_members(3));
    for client in [A, B, C] {
        assert!(one.of(client) == two.of(client));
    }
    assert_eq!(one.hub, two.hub);
    one.propose(A, update(b"1")).unwrap();
    assert!(one.of(A) != two.of(A));
    // Another way into the same situation.
    two.propose(A, update(b"2")).unwrap();
    two.of(A).clear_proposals(ROOM).unwrap();
    two.propose(A, update(b"1")).unwrap();
    assert!(one.of(A) == two.of(A));
}
