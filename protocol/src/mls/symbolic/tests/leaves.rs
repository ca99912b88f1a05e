//! Leaf indices, Welcomes and key packages.

use super::*;
use MlsError::{GroupInfoMismatch, Malformed, NoMatchingKeyPackage, NoSuchGroup};

#[test]
fn adds_take_the_leftmost_blank_leaves_in_list_order() {
    let mut world = World::with_members(4);
    world.commit_and_accept(A, &[], &[Propose::Remove(D), Propose::Remove(B)]);
    assert_eq!(world.hub.leaves(), [(0, A), (2, C)].into());
    let [e, b, d] = [E, B, D].map(|client| Propose::Add(world.key_package(client)));
    // The leaf that this very commit blanks counts as blank.
    let info = world.commit_and_accept(A, &[], &[e, b, Propose::Remove(C), d]);
    assert_eq!(info.leaves, [(0, A), (1, E), (2, B), (3, D)].into());
}

#[test]
fn the_creators_leaf_is_reused_like_any_other() {
    let mut world = World::with_members(3);
    world.commit_and_accept(B, &[], &[Propose::Remove(A)]);
    world.add(B, D);
    assert_eq!(world.hub.leaves(), [(0, D), (1, B), (2, C)].into());
}

#[test]
fn a_welcome_is_for_the_key_packages_that_it_names() {
    let mut world = World::with_members(1);
    let [b, c] = [B, C].map(|client| world.key_package(client));
    let bundle = world.commit(A, &[], &[Propose::Add(b.clone()), Propose::Add(c.clone())]).unwrap();
    let welcome = bundle.welcome.clone().unwrap();
    let refs = [&b, &c].map(|octets| Symbolic::key_package(&world.config, octets).unwrap().1);
    assert_eq!(Symbolic::welcome_refs(&welcome).unwrap(), refs);

    world.key_package(D);
    assert_eq!(world.of(D).join(ROOM, &welcome, &bundle.tree), Err(NoMatchingKeyPackage));
    assert_eq!(world.of(B).join(ROOM, &bundle.commit, &bundle.tree), Err(Malformed));
    assert_eq!(world.of(B).join(ROOM, &welcome, &welcome), Err(Malformed));
    assert_eq!(world.of(B).join(RoomId(1), &welcome, &bundle.tree), Err(NoSuchGroup));
    let old_tree = world.newest.1.clone();
    assert_eq!(world.of(B).join(ROOM, &welcome, &old_tree), Err(GroupInfoMismatch));
    world.accept(A, &bundle);
    for client in [B, C] {
        world.of(client).join(ROOM, &welcome, &bundle.tree).unwrap();
    }
    world.assert_agreement();
    world.commit_and_accept(C, &[], &[Propose::Remove(A)]);
}

#[test]
fn a_key_package_is_used_once() {
    let mut world = World::with_members(1);
    let key_package = world.key_package(B);
    let bundle = world.commit(A, &[], &[Propose::Add(key_package.clone())]).unwrap();
    world.accept(A, &bundle);
    let welcome = bundle.welcome.clone().unwrap();
    world.of(B).join(ROOM, &welcome, &bundle.tree).unwrap();
    assert_eq!(world.of(B).join(ROOM, &welcome, &bundle.tree), Err(NoMatchingKeyPackage));

    // Nothing in the group forbids to add it again; only, its owner cannot open the Welcome.
    world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
    let bundle = world.commit(A, &[], &[Propose::Add(key_package)]).unwrap();
    world.accept(A, &bundle);
    let welcome = bundle.welcome.clone().unwrap();
    assert_eq!(world.of(B).join(ROOM, &welcome, &bundle.tree), Err(NoMatchingKeyPackage));
}

#[test]
fn a_key_package_of_last_resort_is_used_again() {
    let mut world = World::with_members(1);
    let fresh = world.key_package(B);
    let last_resort = world.of(B).last_resort_key_package(Lifetime::ALWAYS, Entropy([7; 32])).unwrap();
    assert!(Symbolic::is_last_resort(&last_resort) && !Symbolic::is_last_resort(&fresh));
    for _ in 0..2 {
        let bundle = world.commit(A, &[], &[Propose::Add(last_resort.clone())]).unwrap();
        world.accept(A, &bundle);
        world.of(B).join(ROOM, &bundle.welcome.unwrap(), &bundle.tree).unwrap();
        world.commit_and_accept(A, &[], &[Propose::Remove(B)]);
    }
}

#[test]
fn a_failed_join_changes_nothing() {
    let mut world = World::with_members(1);
    let key_package = world.key_package(B);
    let old_tree = world.newest.1.clone();
    let bundle = world.commit(A, &[], &[Propose::Add(key_package)]).unwrap();
    world.of(B).take_writes();
    let before = world.of(B).clone();
    let welcome = bundle.welcome.clone().unwrap();
    assert!(world.of(B).join(ROOM, &welcome, &old_tree).is_err());
    assert_eq!(*world.of(B), before);
    world.of(B).join(ROOM, &welcome, &bundle.tree).unwrap();
}

#[test]
fn a_new_welcome_replaces_the_older_group() {
    let mut world = World::with_members(2);
    let add = Propose::Add(world.key_package(B));
    let bundle = world.commit(A, &[], &[Propose::Remove(B), add]).unwrap();
    world.accept(A, &bundle);
    assert!(!is_in(world.of(B)));
    world.of(B).join(ROOM, bundle.welcome.as_ref().unwrap(), &bundle.tree).unwrap();
    world.assert_agreement();
    assert_eq!(world.group(B).leaves().len(), 2);
}

#[test]
fn a_removed_member_reads_its_removal_and_stops() {
    let mut world = World::with_members(3);
    let last = world.group(B).context_digest();
    let bundle = world.commit(A, &[], &[Propose::Remove(B)]).unwrap();
    let Received::Commit(info, staged) = world.of(B).process(ROOM, &bundle.commit).unwrap() else {
        panic!("B cannot read its removal");
    };
    assert!(!info.leaves.values().any(|client| *client == B));
    world.of(B).merge(ROOM, staged).unwrap();
    assert_eq!(world.group(B).context_digest(), last);
    assert_eq!(world.propose(B, update(b"1")), Err(NoSuchGroup));
    assert_eq!(world.commit(B, &[], &[]), Err(NoSuchGroup));
    assert_eq!(world.of(B).encrypt(ROOM, &[], b"", Entropy([0; 32])), Err(NoSuchGroup));
    assert_eq!(world.of(B).process(ROOM, &bundle.commit).unwrap_err(), NoSuchGroup);
    world.of(B).forget(ROOM);
    assert!(world.of(B).group(ROOM).is_none());
}

#[test]
fn a_member_whose_leaf_is_taken_again_is_still_removed() {
    let mut world = World::with_members(3);
    let add = Propose::Add(world.key_package(D));
    let info = world.commit_and_accept(A, &[], &[Propose::Remove(B), add]);
    assert_eq!(info.leaves[&1], D);
    assert!(!is_in(world.of(B)));
}

#[test]
fn a_tree_names_each_client_once() {
    let mut world = World::with_members(3);
    let mut state = (*world.group(A).public.state).clone();
    let key = Key::fresh(Entropy([5; 32]), "forged");
    state.leaves.insert(3, Leaf { holder: Holder::first(B), key });
    let group_info = super::super::wire::seal_group_info(state.group_info(0, Holder::first(A)));
    let opened = SymbolicObserver::open(&world.config, ROOM, &group_info, &state.sealed_tree());
    assert_eq!(opened.unwrap_err(), GroupInfoMismatch);
    state.leaves.insert(3, Leaf { holder: Holder::first(ClientId(77)), key });
    let group_info = super::super::wire::seal_group_info(state.group_info(0, Holder::first(A)));
    let opened = SymbolicObserver::open(&world.config, ROOM, &group_info, &state.sealed_tree());
    assert_eq!(opened.unwrap_err(), MlsError::UnknownCredential);
    let (group_info, tree) = world.newest.clone();
    let forged =
        super::super::wire::seal_group_info(world.group(A).public.state.group_info(1, Holder::first(A)));
    let opened = SymbolicObserver::open(&world.config, ROOM, &forged, &tree);
    assert_eq!(opened.unwrap_err(), MlsError::NotAuthentic);
    assert!(SymbolicObserver::open(&world.config, ROOM, &group_info, &tree).is_ok());
    world.commit_and_accept(A, &[], &[]);
}

#[test]
fn a_key_package_names_its_client() {
    let mut world = World::with_members(1);
    let [first, second] = [B, B].map(|client| world.key_package(client));
    let [(client, one), (_, two)] =
        [&first, &second].map(|octets| Symbolic::key_package(&world.config, octets).unwrap());
    assert_eq!(client, B);
    assert_ne!(one, two, "each key package is fresh");
    assert_ne!(one, KeyPackageRef([0; 32]));
    let (group_info, _) = &world.newest;
    assert_eq!(Symbolic::key_package(&world.config, group_info), Err(Malformed));
}
