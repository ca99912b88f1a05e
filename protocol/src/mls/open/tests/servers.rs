//! What servers propose, and what ends a group: the library alone does little of either.

use super::world::*;
use crate::ids::{ProviderId, RoomId};
use crate::mls::open::signer::StepSigner;
use crate::mls::open::{
    InsecureFastCrypto, OpenMember, OpenObserver, RealCrypto, SimCrypto, codec, settings,
};
use crate::mls::{
    Entropy, MlsError, MlsGroup, MlsMember, MlsObserver, Octets, Propose, Proposed, Received, Sender,
};
use openmls::prelude::*;

const A: ProviderId = ProviderId(0);
const B: ProviderId = ProviderId(1);

/// Ann, Bob's first client and Cat are in the room.
fn trio<C: SimCrypto>(seed: u8) -> World<C> {
    let mut world = World::<C>::new(seed);
    let adds = [BOB1, CAT].map(|client| world.add(client));
    world.commit(ANN, &adds);
    world
}

/// A server's proposal that the hub accepts and all members keep.
fn announce<C: SimCrypto>(world: &mut World<C>, by: ProviderId, propose: &Propose) -> Proposed {
    let message = world.hub.propose(by, propose).unwrap();
    assert_eq!(world.hub.propose(by, propose), Ok(message.clone()), "no randomness is in it");
    let info = world.proposal(&message);
    assert_eq!(info.sender, Sender::External(by));
    let room = world.room;
    world.hub.keep(&message).unwrap();
    for member in world.members.values_mut().filter(|member| member.group(room).is_some()) {
        assert!(matches!(member.process(room, &message), Ok(Received::Proposal(at)) if at == info));
        member.keep(room, &message).unwrap();
    }
    world.accepted.push(message);
    info.body
}

fn the_library_reads_what_a_server_says_as_if_it_had_made_it<C: SimCrypto>() {
    let world = trio::<C>(1);
    let (secret, _) = settings::server_keys::<C>(&world.config.directory, A);
    let crypto = C::default();
    let signer = StepSigner { crypto: &crypto, secret: &secret };
    let group = &world.members[&ANN].groups[&world.room].inner;
    let message = ExternalProposal::new_remove::<crate::mls::open::OpenProvider<C>>(
        LeafNodeIndex::new(2),
        group.group_id().clone(),
        group.epoch(),
        &signer,
        SenderExtensionIndex::new(0),
    );
    let message = codec::encode(&message.unwrap()).unwrap();
    assert_eq!(world.hub.propose(A, &Propose::Remove(CAT)), Ok(message));
}

fn servers_propose_all_that_they_may<C: SimCrypto>() {
    let mut world = trio::<C>(2);
    let add = world.add(BOB2);
    assert!(matches!(announce(&mut world, A, &add), Proposed::Add(BOB2, _)));
    assert_eq!(announce(&mut world, A, &Propose::Remove(CAT)), Proposed::Remove(CAT));
    announce(&mut world, A, &entry("hub"));
    announce(&mut world, A, &Propose::ExternalSenders(vec![A, B]));
    let info = world.commit(ANN, &[title("of Ann")]);
    assert_eq!(info.proposals.iter().filter(|it| it.sender == Sender::External(A)).count(), 4);
    assert_eq!((info.leaves.len(), &*info.dictionary[&LOG]), (3, &b"0hub"[..]));
    assert_eq!(world.hub.external_senders(), [A, B]);
    assert_eq!(world.members[&BOB2].group(world.room).unwrap().external_senders(), [A, B]);
    world.say(BOB2, "in");
}

fn an_update_of_a_server_survives_restarts_and_joins<C: SimCrypto>() {
    let mut world = trio::<C>(3);
    announce(&mut world, A, &entry("hub"));
    let (config, room) = (world.config.clone(), world.room);
    write(&mut world.hub_disk, world.hub.take_writes());
    world.hub = OpenObserver::recover(&config, room, &world.hub_disk).unwrap();
    let mut disk = world.disks[&CAT].clone();
    write(&mut disk, world.at(CAT).take_writes());
    let cat = OpenMember::<C>::recover(&config, CAT, &disk).unwrap();
    world.members.insert(CAT, cat);
    let bundle = world.join(BOB2, &[]).unwrap();
    let info = world.accept(&bundle);
    assert_eq!((info.sender, &*info.dictionary[&LOG]), (Sender::Joiner(BOB2), &b"0hub"[..]));

    announce(&mut world, A, &Propose::AppDataRemove { component: LOG });
    assert_eq!(world.commit(CAT, &[]).dictionary.len(), 0);
}

fn servers_propose_no_more_than_they_may<C: SimCrypto>() {
    let mut world = trio::<C>(4);
    let room = world.room;
    for no_servers in [Propose::SelfRemove, Propose::Update, Propose::Remove(BOB2)] {
        assert_eq!(world.hub.propose(A, &no_servers), Err(MlsError::InvalidProposal));
    }
    assert_eq!(world.hub.propose(B, &entry("x")), Err(MlsError::NotAnExternalSender));
    let unknown = Propose::ExternalSenders(vec![A, ProviderId(9)]);
    assert_eq!(world.hub.propose(A, &unknown), Err(MlsError::UnknownCredential));
    assert_eq!(world.hub.propose(A, &Propose::ReInit(RoomId(9))), Err(MlsError::NoSuchGroup));

    // What the library refuses for its type is authentic all the same: nothing else gets that far.
    let message = world.hub.propose(A, &entry("x")).unwrap();
    for place in [message.len() - 1, message.len() - 70] {
        let mut altered = message.to_vec();
        altered[place] ^= 1;
        let altered = Octets::from(altered);
        assert_eq!(world.hub.inspect(&altered).unwrap_err(), MlsError::NotAuthentic);
        assert_eq!(world.at(CAT).process(room, &altered).unwrap_err(), MlsError::NotAuthentic);
    }

    // An index that now is another's, or nobody's (RACE-23).
    world.commit(ANN, &[Propose::ExternalSenders(vec![B])]);
    assert_eq!(world.hub.inspect(&message).unwrap_err(), MlsError::WrongEpoch);
    assert_eq!(world.hub.propose(A, &entry("x")), Err(MlsError::NotAnExternalSender));
    announce(&mut world, B, &entry("b"));
    assert_eq!(*world.commit(ANN, &[]).dictionary[&LOG], *b"0b");
}

fn extensions_change_once_and_leave_the_dictionary_alone<C: SimCrypto>() {
    let mut world = trio::<C>(5);
    let both = [Propose::ExternalSenders(vec![A, B]), Propose::ExternalSenders(vec![])];
    assert_eq!(world.make(ANN, &both), Err(MlsError::InvalidProposalList));
    assert_eq!(world.join(BOB2, &both[..1]), Err(MlsError::InvalidExternalCommit));
    world.propose(BOB1, &entry("x"));
    let late = world.make(ANN, &both[..1]);
    assert_eq!(late, Err(MlsError::Limit), "by value it comes behind the reference to the update");
    world.propose(CAT, &both[0]);
    let info = world.commit(ANN, &[]);
    assert_eq!(info.proposals[0].body, Proposed::ExternalSenders(vec![A, B]));
    assert_eq!(*info.dictionary[&LOG], *b"0x");
    world.commit(ANN, &[entry("y"), both[1].clone()]);
    assert_eq!(world.hub.external_senders(), []);
}

fn fresh_keys_are_taken_with_somebody_elses_commit<C: SimCrypto>() {
    let mut world = trio::<C>(6);
    let info = world.propose(BOB1, &Propose::Update);
    assert_eq!((info.sender, info.body), (Sender::Member(BOB1), Proposed::Update));
    assert_eq!(world.make(BOB1, &[]), Err(MlsError::InvalidProposalList));
    assert_eq!(world.make(ANN, &[Propose::Update]), Err(MlsError::InvalidProposalList));
    let (config, room) = (world.config.clone(), world.room);
    let bob = OpenMember::<C>::recover(&config, BOB1, &world.disks[&BOB1]).unwrap();
    world.members.insert(BOB1, bob);
    world.commit(CAT, &[]);
    assert_eq!(world.members[&BOB1].group(room).unwrap().pending(), []);
    world.say(BOB1, "fresh");
    world.commit(BOB1, &[]);
    world.say(ANN, "and on");
}

fn a_group_ends_with_a_reinit<C: SimCrypto>() {
    let mut world = trio::<C>(7);
    let (room, entropy) = (world.room, Entropy([1; 32]));
    let end = Propose::ReInit(room);
    assert_eq!(world.make(ANN, &[end.clone(), entry("x")]), Err(MlsError::InvalidProposalList));
    assert_eq!(world.join(BOB2, std::slice::from_ref(&end)), Err(MlsError::InvalidExternalCommit));
    assert_eq!(announce(&mut world, A, &end), Proposed::ReInit(room));
    let late = world.join(BOB2, &[]).unwrap();
    let bundle = world.make(BOB1, &[]).unwrap();
    let info = world.inspect(&bundle);
    assert_eq!(info.proposals.len(), 1);
    world.at(BOB2).discard_pending(room).unwrap();
    world.accept(&bundle);

    let over = MlsError::Reinitialized;
    assert_eq!(world.hub.inspect(&late.commit).unwrap_err(), over);
    assert_eq!(world.hub.propose(A, &entry("x")), Err(over));
    let (config, disk) = (world.config.clone(), world.disks[&ANN].clone());
    let again = OpenMember::<C>::recover(&config, ANN, &disk).unwrap();
    world.members.insert(ANN, again);
    world.hub = OpenObserver::recover(&config, room, &world.hub_disk).unwrap();
    assert_eq!(world.hub.inspect(&late.commit).unwrap_err(), over);
    for client in [ANN, BOB1, CAT] {
        let member = world.at(client);
        assert_eq!(member.process(room, &late.commit).unwrap_err(), over);
        assert_eq!(member.encrypt(room, &[], b"?", entropy), Err(over));
        assert_eq!(member.propose(room, &entry("x"), entropy), Err(over));
        assert_eq!(member.commit(room, &[], &[], entropy), Err(over));
    }
    world.at(ANN).create(room, &Default::default(), A, entropy).unwrap();
    world.at(ANN).commit(room, &[], &[], entropy).unwrap();
}

super::in_both! {
    the_library_reads_what_a_server_says_as_if_it_had_made_it
    servers_propose_all_that_they_may
    an_update_of_a_server_survives_restarts_and_joins
    servers_propose_no_more_than_they_may
    extensions_change_once_and_leave_the_dictionary_alone
    fresh_keys_are_taken_with_somebody_elses_commit
    a_group_ends_with_a_reinit
}
