//! Whole stories of a room, in both kinds of cryptography.

use super::world::*;
use crate::ids::{ClientId, ProviderId};
use crate::mls::open::{InsecureFastCrypto, OpenMember, OpenObserver, RealCrypto, SimCrypto};
use crate::mls::{
    ContentKind, Dictionary, Entropy, Envelope, Leaves, Lifetime, Mls, MlsError, MlsGroup, MlsMember,
    MlsObserver, Octets, ProposalInfo, Propose, Proposed, Received, Sender,
};

fn log<C: SimCrypto>(world: &World<C>) -> String {
    String::from_utf8(world.hub.dictionary()[&LOG].to_vec()).unwrap()
}

fn leaves(of: &[(u32, ClientId)]) -> Leaves {
    of.iter().copied().collect()
}

/// Ann, Bob's two clients and Cat are in the room.
fn crowd<C: SimCrypto>(seed: u8) -> World<C> {
    let mut world = World::<C>::new(seed);
    let adds = [BOB1, BOB2, CAT].map(|client| world.add(client));
    world.commit(ANN, &adds);
    world
}

fn two_clients_of_a_user_come_with_their_list_entry<C: SimCrypto>() {
    let mut world = World::<C>::new(1);
    let (add1, add2) = (world.add(BOB1), world.add(BOB2));
    let refs = [&add1, &add2].map(|add| {
        let Propose::Add(octets) = add else { unreachable!() };
        Engine::<C>::key_package(&world.config, octets).unwrap()
    });
    assert_eq!([refs[0].0, refs[1].0], [BOB1, BOB2]);
    let bundle = world.make(ANN, &[add1, add2, entry("+bob")]).unwrap();
    assert!(world.members[&ANN].has_pending_commit(world.room));
    let mut welcomed = Engine::<C>::welcome_refs(bundle.welcome.as_ref().unwrap()).unwrap();
    welcomed.sort();
    let mut expected = refs.map(|(_, reference)| reference);
    expected.sort();
    assert_eq!(welcomed, expected);
    let room = world.room;
    let envelope = Engine::<C>::envelope(&world.config, &bundle.commit).unwrap();
    assert_eq!(envelope, Envelope { room, epoch: 0, content: ContentKind::Commit });

    let info = world.accept(&bundle);
    let by_ann = |body| ProposalInfo { reference: None, sender: Sender::Member(ANN), body };
    let update = Proposed::AppDataUpdate { component: LOG, update: (*b"+bob").into() };
    let added = refs.map(|(client, reference)| by_ann(Proposed::Add(client, reference)));
    assert_eq!(info.proposals, [added.as_slice(), &[by_ann(update)]].concat());
    assert_eq!((info.sender, info.epoch), (Sender::Member(ANN), 0));
    assert_eq!(info.leaves, leaves(&[(0, ANN), (1, BOB1), (2, BOB2)]));
    assert_eq!(log(&world), "0+bob");
    world.say(BOB2, "hello");
    world.say(ANN, "hi");
}

fn members_are_removed_and_their_leaves_used_again<C: SimCrypto>() {
    let mut world = crowd::<C>(2);
    let info = world.commit(BOB1, &[Propose::Remove(BOB2), entry("-bob2")]);
    assert_eq!(info.leaves, leaves(&[(0, ANN), (1, BOB1), (3, CAT)]));
    assert!(world.members[&BOB2].group(world.room).is_none());
    world.say(CAT, "gone");
    let add = world.add(BOB2);
    let info = world.commit(CAT, &[add]);
    assert_eq!(info.leaves, leaves(&[(0, ANN), (1, BOB1), (2, BOB2), (3, CAT)]));
    world.say(BOB2, "back");
    world.commit(BOB2, &[]);
    world.say(ANN, "again");
}

/// MLS-15: its private key outlasts the Welcomes.
fn a_key_package_of_last_resort_is_used_again<C: SimCrypto>() {
    let mut world = World::<C>::new(6);
    let entropy = world.entropy();
    let Propose::Add(fresh) = world.add(CAT) else { unreachable!() };
    let last_resort = world.at(CAT).last_resort_key_package(Lifetime::ALWAYS, entropy).unwrap();
    assert!(Engine::<C>::is_last_resort(&last_resort) && !Engine::<C>::is_last_resort(&fresh));
    for _ in 0..2 {
        world.commit(ANN, &[Propose::Add(last_resort.clone())]);
        world.say(CAT, "again");
        world.commit(CAT, &[]);
        world.commit(ANN, &[Propose::Remove(CAT)]);
    }
}

fn proposals_by_reference_are_committed_together<C: SimCrypto>() {
    let mut world = crowd::<C>(3);
    let left = world.propose(CAT, &Propose::SelfRemove);
    let removed = world.propose(ANN, &Propose::Remove(BOB2));
    let first = world.propose(BOB1, &entry("a"));
    let second = world.propose(ANN, &entry("b"));
    assert_eq!((left.sender, left.body), (Sender::Member(CAT), Proposed::SelfRemove));
    assert_eq!(removed.body, Proposed::Remove(BOB2));
    assert_eq!(world.hub.pending().len(), 4);
    // The order is the commit's, not that in which they came.
    world.accepted.swap(2, 3);
    let info = world.commit(BOB1, &[entry("c")]);
    assert_eq!(info.leaves, leaves(&[(0, ANN), (1, BOB1)]));
    let references: Vec<_> = info.proposals.iter().filter_map(|info| info.reference).collect();
    assert_eq!((info.proposals.len(), references.len()), (5, 4));
    assert_eq!(references[..2], [second.reference.unwrap(), first.reference.unwrap()]);
    assert_eq!(log(&world), "0bac");
    assert_eq!(world.hub.pending(), []);
    world.say(ANN, "alone with bob");
}

fn an_external_join_carries_what_is_pending<C: SimCrypto>() {
    let mut world = crowd::<C>(4);
    world.commit(ANN, &[Propose::Remove(CAT)]);
    let left = world.propose(BOB2, &Propose::SelfRemove);
    world.propose(ANN, &entry("x"));
    assert_eq!(world.join(CAT, &[entry("x")]), Err(MlsError::Limit), "two that are the same by value");
    let bundle = world.join(CAT, &[entry("+cat")]).unwrap();
    let (room, ann) = (world.room, world.members[&ANN].group(world.room).unwrap().epoch());
    assert!(world.members[&CAT].has_pending_commit(room) && world.members[&CAT].group(room).is_none());
    let info = world.inspect(&bundle);
    assert_eq!((info.sender, info.epoch), (Sender::Joiner(CAT), ann));
    assert_eq!(info.leaves, leaves(&[(0, ANN), (1, BOB1), (2, CAT)]));
    let by_reference: Vec<_> = info.proposals.iter().filter(|info| info.reference.is_some()).collect();
    assert_eq!(by_reference, [&left]);
    assert_eq!(
        info.proposals.iter().filter(|info| matches!(info.body, Proposed::AppDataUpdate { .. })).count(),
        2
    );
    world.accept(&bundle);
    assert_eq!(log(&world), "0x+cat");
    world.say(CAT, "here I am");
    world.say(BOB1, "welcome");
}

fn a_client_joins_again_in_place_of_its_old_leaf<C: SimCrypto>() {
    let mut world = crowd::<C>(5);
    let bundle = world.join(BOB1, &[]).unwrap();
    assert_eq!(world.members[&BOB1].group(world.room).unwrap().epoch(), 1, "still the old group");
    let info = world.accept(&bundle);
    let body = Proposed::Remove(BOB1);
    assert_eq!(info.proposals, [ProposalInfo { reference: None, sender: Sender::Joiner(BOB1), body }]);
    assert_eq!(info.leaves, leaves(&[(0, ANN), (1, BOB1), (2, BOB2), (3, CAT)]));
    world.say(BOB1, "back");
    world.commit(BOB1, &[]);
    world.say(CAT, "fine");
}

fn a_tentative_join_is_dropped_or_waits<C: SimCrypto>() {
    let mut world = crowd::<C>(6);
    world.commit(ANN, &[Propose::Remove(CAT)]);
    let room = world.room;
    let late = world.join(CAT, &[]).unwrap();
    assert_eq!(world.join(CAT, &[]), Err(MlsError::CommitPending));
    let other = world.make(ANN, &[]).unwrap();
    assert_eq!(world.at(CAT).process(room, &other.commit).unwrap_err(), MlsError::WrongEpoch);
    let before = world.disks[&CAT].clone();
    world.at(CAT).discard_pending(room).unwrap();
    assert_eq!(world.at(CAT).discard_pending(room), Err(MlsError::NoSuchGroup));
    world.accept(&other);
    assert_eq!(world.hub.inspect(&late.commit).unwrap_err(), MlsError::WrongEpoch);
    assert_eq!(world.disks[&CAT], before, "nothing is left of the attempt");
    let bundle = world.join(CAT, &[]).unwrap();
    world.accept(&bundle);
    world.say(CAT, "now");
}

fn all_of_it_survives_a_restart<C: SimCrypto>() {
    let mut world = crowd::<C>(7);
    world.propose(CAT, &Propose::SelfRemove);
    world.propose(ANN, &entry("x"));
    let pending = world.make(BOB1, &[entry("y")]).unwrap();
    let room = world.room;
    let joiner = ClientId(3);
    restart(&mut world);
    assert!(world.members[&BOB1].has_pending_commit(room));
    world.accept(&pending);
    assert_eq!(log(&world), "0xy");
    let bundle = world.join(joiner, &[]).unwrap();
    restart(&mut world);
    assert!(world.members[&joiner].has_pending_commit(room));
    world.accept(&bundle);
    restart(&mut world);
    world.say(joiner, "after three crashes");
    let add = world.add(BOB1);
    assert_eq!(world.make(ANN, &[add]).unwrap_err(), MlsError::InvalidProposalList);
}

/// Everybody loses what is in memory.
fn restart<C: SimCrypto>(world: &mut World<C>) {
    let room = world.room;
    let clients: Vec<_> = world.members.keys().copied().collect();
    for client in clients {
        let writes = world.at(client).take_writes();
        write(world.disks.entry(client).or_default(), writes);
        let recovered = OpenMember::<C>::recover(&world.config, client, &world.disks[&client]).unwrap();
        let before = world.members.insert(client, recovered).unwrap();
        let after = world.members[&client].group(room).map(view);
        assert_eq!(after, before.group(room).map(view));
    }
    write(&mut world.hub_disk, world.hub.take_writes());
    let recovered = OpenObserver::recover(&world.config, room, &world.hub_disk).unwrap();
    assert_eq!(view(&recovered), view(&world.hub));
    world.hub = recovered;
}

fn commits_of_one_epoch_compete<C: SimCrypto>() {
    let mut world = crowd::<C>(8);
    let room = world.room;
    let won = world.make(ANN, &[entry("a")]).unwrap();
    let lost = world.make(BOB1, &[entry("b")]).unwrap();
    assert_eq!(world.make(BOB1, &[]).unwrap_err(), MlsError::CommitPending);
    let entropy = world.entropy();
    assert_eq!(world.at(BOB1).propose(room, &entry("c"), entropy).unwrap_err(), MlsError::CommitPending);
    world.say(BOB1, "while it is pending");
    world.accept(&won);
    assert!(!world.members[&BOB1].has_pending_commit(room), "merging another's commit drops the own");
    assert_eq!(world.at(BOB1).merge_pending(room), Err(MlsError::NoCommitPending));
    assert_eq!(world.hub.inspect(&lost.commit).unwrap_err(), MlsError::WrongEpoch);
    assert_eq!(log(&world), "0a");

    let dropped = world.make(CAT, &[entry("d")]).unwrap();
    world.at(CAT).discard_pending(room).unwrap();
    assert_eq!(world.at(CAT).process(room, &dropped.commit).unwrap_err(), MlsError::NotAuthentic);
    world.commit(CAT, &[]);
}

fn a_removed_client_reads_its_last_epoch<C: SimCrypto>() {
    let mut world = crowd::<C>(9);
    let room = world.room;
    let entropy = world.entropy();
    let message = world.at(ANN).encrypt(room, &[], b"last words", entropy).unwrap();
    let bundle = world.make(ANN, &[Propose::Remove(CAT)]).unwrap();
    let member = world.at(CAT);
    let before = view(member.group(room).unwrap());
    let Received::Commit(info, staged) = member.process(room, &bundle.commit).unwrap() else {
        panic!("no commit")
    };
    assert!(!info.leaves.values().any(|client| *client == CAT));
    member.merge(room, staged).unwrap();
    let writes = member.take_writes();
    write(world.disks.get_mut(&CAT).unwrap(), writes);
    let restarted = OpenMember::<C>::recover(&world.config, CAT, &world.disks[&CAT]).unwrap();
    world.members.insert(CAT, restarted);
    let entropy = world.entropy();
    let member = world.at(CAT);
    assert_eq!(view(member.group(room).unwrap()), before);
    assert_eq!(member.process(room, &message).unwrap_err(), MlsError::NoSuchGroup);
    // An application message is no proposal, whatever the group.
    assert_eq!(member.keep(room, &message), Err(MlsError::Malformed));
    assert_eq!(member.clear_proposals(room), Err(MlsError::NoSuchGroup));
    assert_eq!(member.discard_pending(room), Err(MlsError::NoCommitPending));
    assert_eq!(member.encrypt(room, &[], b"no", entropy), Err(MlsError::NoSuchGroup));
    assert_eq!(member.commit(room, &[], &[], entropy), Err(MlsError::NoSuchGroup));
    assert_eq!(member.propose(room, &Propose::SelfRemove, entropy), Err(MlsError::NoSuchGroup));
    member.forget(room);
    assert!(member.group(room).is_none());
    assert_eq!(member.process(room, &message).unwrap_err(), MlsError::NoSuchGroup);
}

fn messages_are_read_once_and_unaltered<C: SimCrypto>() {
    let mut world = crowd::<C>(10);
    let room = world.room;
    let entropy = world.entropy();
    let message = world.at(ANN).encrypt(room, &[], b"once", entropy).unwrap();
    let entropy = world.entropy();
    let later = world.at(ANN).encrypt(room, &[], b"later", entropy).unwrap();
    let mut altered = message.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    let cat = world.at(CAT);
    assert_eq!(cat.process(room, &altered.into()).unwrap_err(), MlsError::NotAuthentic);
    assert!(matches!(cat.process(room, &later), Ok(Received::Message { .. })));
    assert!(matches!(cat.process(room, &message), Ok(Received::Message { .. })));
    assert_eq!(cat.process(room, &message).unwrap_err(), MlsError::Replayed);
    assert_eq!(cat.process(room, &Octets::from(*b"?")).unwrap_err(), MlsError::Malformed);
    assert!(matches!(world.at(ANN).process(room, &message), Ok(Received::OwnMessage)));
    world.commit(BOB1, &[]);
    assert_eq!(world.at(BOB2).process(room, &message).unwrap_err(), MlsError::WrongEpoch);

    world.propose(BOB1, &entry("x"));
    let entropy = world.entropy();
    let refused = world.at(ANN).encrypt(room, &[], b"with a proposal pending", entropy);
    assert_eq!(refused, Err(MlsError::CommitPending));
    world.at(ANN).clear_proposals(room).unwrap();
    assert!(world.at(ANN).encrypt(room, &[], b"without", entropy).is_ok());
}

fn the_same_steps_give_the_same_octets<C: SimCrypto>() {
    let run = |seed: u8| {
        let mut world = crowd::<C>(seed);
        let entropy = world.entropy();
        let room = world.room;
        let message = world.at(ANN).encrypt(room, &[], b"m", entropy).unwrap();
        let commit = world.make(ANN, &[Propose::Remove(CAT), entry("x")]).unwrap();
        let join = world.join(BOB1, &[]).unwrap();
        (message, commit, join)
    };
    assert_eq!(run(11), run(11));
    let (one, other) = (run(11), run(12));
    assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
}

fn creating_a_group_is_no_commit<C: SimCrypto>() {
    let (config, room) = config();
    let mut ann = OpenMember::<C>::new(&config, ANN, Entropy([1; 32]));
    let opened = ann.create(room, &Dictionary::new(), ProviderId(1), Entropy([2; 32])).unwrap();
    assert!(opened.commit.is_empty() && opened.welcome.is_none());
    assert_eq!(ann.merge_pending(room), Err(MlsError::NoCommitPending));
    assert_eq!(
        (ann.group(room).unwrap().epoch(), ann.group(room).unwrap().dictionary()),
        (0, Dictionary::new())
    );
    let observer = OpenObserver::<C>::open(&config, room, &opened.group_info, &opened.tree).unwrap();
    assert_eq!(view(&observer), view(ann.group(room).unwrap()));
}

super::in_both! {
    two_clients_of_a_user_come_with_their_list_entry
    members_are_removed_and_their_leaves_used_again
    a_key_package_of_last_resort_is_used_again
    proposals_by_reference_are_committed_together
    an_external_join_carries_what_is_pending
    a_client_joins_again_in_place_of_its_old_leaf
    a_tentative_join_is_dropped_or_waits
    all_of_it_survives_a_restart
    commits_of_one_epoch_compete
    a_removed_client_reads_its_last_epoch
    messages_are_read_once_and_unaltered
    the_same_steps_give_the_same_octets
    creating_a_group_is_no_commit
}
