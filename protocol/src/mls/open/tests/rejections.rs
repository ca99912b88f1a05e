//! What is not valid is refused by its maker, by the hub and by the members, and leaves no trace.

use super::world::*;
use crate::ids::ClientId;
use crate::mls::open::signer::StepSigner;
use crate::mls::open::{
    InsecureFastCrypto, OpenMember, OpenObserver, RealCrypto, SUITE, SimCrypto, codec, settings,
};
use crate::mls::{
    Entropy, Mls, MlsError, MlsGroup, MlsMember, MlsObserver, Octets, Propose, Proposed, Received,
};
use openmls::component::ComponentData;
use openmls::group::MlsGroup as Inner;
use openmls::prelude::*;

/// Ann, Bob's first client and Cat are in the room.
fn trio<C: SimCrypto>(seed: u8) -> World<C> {
    let mut world = World::<C>::new(seed);
    let adds = [BOB1, CAT].map(|client| world.add(client));
    world.commit(ANN, &adds);
    world
}

/// A commit straight over openmls, with whatever updates its maker claims; the maker forgets it again.
fn forge<C: SimCrypto>(
    world: &mut World<C>,
    maker: ClientId,
    proposals: Vec<Proposal>,
    claimed: &[(u16, Option<&str>)],
    leaf: LeafNodeParameters,
) -> (Octets, Octets) {
    let room = world.room;
    let OpenMember { provider, identity, groups, .. } = world.members.get_mut(&maker).unwrap();
    provider.reseed([77; 32]);
    let signer = StepSigner { crypto: provider.crypto(), secret: &identity.secret };
    let group = &mut groups.get_mut(&room).unwrap().inner;
    let mut builder = group
        .commit_builder()
        .force_self_update(true)
        .leaf_node_parameters(leaf)
        .add_proposals(proposals)
        .load_psks(provider.kv())
        .unwrap()
        .create_group_info(true);
    let mut updater = builder.app_data_dictionary_updater();
    for (component, value) in claimed {
        match value {
            Some(value) => {
                updater.set(ComponentData::from_parts(*component, value.as_bytes().to_vec().into()))
            }
            None => updater.remove(component),
        }
    }
    let changes = updater.changes();
    builder.with_app_data_dictionary_updates(changes);
    let built = builder.build(provider.rand(), provider.crypto(), &signer, |_| true).unwrap();
    let (commit, _, group_info) = built.stage_commit(provider).unwrap().into_messages();
    group.clear_pending_commit(provider.kv()).unwrap();
    (codec::encode(&commit).unwrap(), codec::group_info_octets(&group_info.unwrap()).unwrap())
}

fn update(component: u16, text: &str) -> Proposal {
    Proposal::AppDataUpdate(Box::new(AppDataUpdateProposal::update(component, text.as_bytes().to_vec())))
}

/// The hub and a member refuse the commit for the same reason, and are where they were.
fn refused<C: SimCrypto>(world: &mut World<C>, commit: &Octets, by: MlsError) {
    let room = world.room;
    let before = view(&world.hub);
    assert_eq!(world.hub.inspect(commit).unwrap_err(), by);
    assert_eq!(world.at(CAT).process(room, commit).unwrap_err(), by);
    assert_eq!((view(&world.hub), view(world.at(CAT).group(room).unwrap())), (before.clone(), before));
}

fn a_commit_is_not_made_of_an_invalid_list<C: SimCrypto>() {
    let mut world = trio::<C>(1);
    world.propose(CAT, &Propose::SelfRemove);
    world.propose(CAT, &entry("bye"));
    let room = world.room;
    let (cat_leaves, said) = (world.accepted[0].clone(), world.accepted[1].clone());
    let (again, twice) = (world.add(BOB1), world.add(BOB2));
    world.at(BOB1).take_writes();
    world.at(ANN).take_writes();
    let stray = Propose::AppDataUpdate { component: 0x99, update: (*b"?").into() };
    let mut invalid = |by: ClientId, references: &[&Octets], values: &[Propose], why: MlsError| {
        let references: Vec<_> = references.iter().map(|message| world.reference(message)).collect();
        let entropy = world.entropy();
        let member = world.at(by);
        assert_eq!(member.commit(room, &references, values, entropy).unwrap_err(), why, "{values:?}");
        assert_eq!((member.take_writes(), member.has_pending_commit(room)), (vec![], false));
    };
    let list = MlsError::InvalidProposalList;
    invalid(ANN, &[], &[Propose::SelfRemove], list);
    invalid(ANN, &[], &[Propose::Remove(ANN)], list);
    invalid(ANN, &[], &[Propose::Remove(BOB2)], list);
    invalid(ANN, &[], &[Propose::Remove(BOB1), Propose::Remove(BOB1)], list);
    invalid(ANN, &[], &[again], list);
    invalid(ANN, &[], &[twice.clone(), twice.clone()], list);
    invalid(ANN, &[], &[title("a"), title("b")], list);
    invalid(ANN, &[], &[stray], list);
    invalid(ANN, &[&cat_leaves], &[Propose::Remove(CAT)], list);
    invalid(ANN, &[&cat_leaves, &cat_leaves], &[], list);
    invalid(CAT, &[&cat_leaves], &[], list);
    invalid(BOB1, &[&said, &said], &[], list);
    invalid(ANN, &[], &[Propose::Add((*b"?").into())], MlsError::Malformed);
    // The library would make one of the two.
    invalid(ANN, &[], &[entry("same"), entry("same")], MlsError::Limit);
    let entropy = world.entropy();
    let unknown = world.at(ANN).commit(room, &[crate::mls::ProposalRef([0; 32])], &[], entropy);
    assert_eq!(unknown, Err(MlsError::MissingProposal));
    world.commit(ANN, &[twice, title("only one")]);
}

fn a_proposal_is_kept_once<C: SimCrypto>() {
    let mut world = trio::<C>(2);
    let room = world.room;
    world.propose(BOB1, &entry("x"));
    let message = world.accepted[0].clone();
    for client in [ANN, BOB1, CAT] {
        world.at(client).take_writes();
        world.at(client).keep(room, &message).unwrap();
        assert_eq!(world.at(client).take_writes(), []);
    }
    world.hub.keep(&message).unwrap();
    let entropy = world.entropy();
    assert_eq!(world.at(BOB1).propose(room, &entry("x"), entropy), Ok(message.clone()));
    assert_eq!(world.at(BOB1).take_writes(), []);
    assert_eq!((world.hub.pending().len(), world.at(BOB1).group(room).unwrap().pending().len()), (1, 1));
    let commit = world.make(ANN, &[]).unwrap();
    assert_eq!(world.hub.keep(&commit.commit), Err(MlsError::Malformed));
    assert_eq!(world.at(CAT).keep(room, &commit.commit), Err(MlsError::Malformed));
    world.accept(&commit);
    assert_eq!(world.hub.keep(&message), Err(MlsError::WrongEpoch));
}

fn a_proposal_that_makes_no_sense_is_not_made<C: SimCrypto>() {
    let mut world = trio::<C>(3);
    let (room, entropy) = (world.room, world.entropy());
    let ann = world.at(ANN);
    ann.take_writes();
    assert_eq!(ann.propose(room, &Propose::Remove(BOB2), entropy), Err(MlsError::InvalidProposal));
    assert_eq!(ann.propose(room, &Propose::Add((*b"?").into()), entropy), Err(MlsError::Malformed));
    assert_eq!(ann.take_writes(), []);
    assert_eq!(world.at(BOB2).propose(room, &entry("x"), entropy), Err(MlsError::NoSuchGroup));
}

fn a_reference_must_be_known<C: SimCrypto>() {
    let mut world = trio::<C>(4);
    let (room, entropy) = (world.room, world.entropy());
    let secret = world.at(ANN).propose(room, &entry("x"), entropy).unwrap();
    let reference = world.reference(&secret);
    let commit = world.at(ANN).commit(room, &[reference], &[title("t")], entropy).unwrap();
    refused(&mut world, &commit.commit, MlsError::MissingProposal);
    world.hub.keep(&secret).unwrap();
    assert!(world.hub.inspect(&commit.commit).is_ok());
    assert_eq!(world.at(CAT).process(room, &commit.commit).unwrap_err(), MlsError::MissingProposal);

    let leaving = world.at(BOB1).propose(room, &Propose::SelfRemove, entropy).unwrap();
    world.hub.keep(&leaving).unwrap();
    world.accepted.push(leaving);
    let join = world.join(BOB2, &[]).unwrap();
    assert!(world.hub.inspect(&join.commit).is_ok());
    assert_eq!(world.at(CAT).process(room, &join.commit).unwrap_err(), MlsError::MissingProposal);
}

fn the_dictionary_after_a_commit_is_not_the_committers_choice<C: SimCrypto>() {
    let mut world = trio::<C>(5);
    let room = world.room;
    let plain = LeafNodeParameters::default;
    let (unknown, _) = forge(&mut world, ANN, vec![update(0x99, "x")], &[(0x99, Some("x"))], plain());
    refused(&mut world, &unknown, MlsError::InvalidProposalList);
    let both = vec![update(TITLE, "a"), update(TITLE, "b")];
    let (twice, _) = forge(&mut world, ANN, both, &[(TITLE, Some("b"))], plain());
    refused(&mut world, &twice, MlsError::InvalidProposalList);

    // What only those can see who know the secrets, the hub sees in the GroupInfo.
    let (lie, group_info) = forge(&mut world, ANN, vec![update(LOG, "x")], &[(LOG, Some("forged"))], plain());
    assert_eq!(world.at(CAT).process(room, &lie).unwrap_err(), MlsError::NotAuthentic);
    let Received::Commit(_, staged) = world.hub.inspect(&lie).unwrap() else { panic!("no commit") };
    assert_eq!(world.hub.merge(staged, &group_info), Err(MlsError::GroupInfoMismatch));
}

fn a_component_can_be_removed_if_it_is_there<C: SimCrypto>() {
    let mut world = trio::<C>(6);
    let remove = |component| Proposal::AppDataUpdate(Box::new(AppDataUpdateProposal::remove(component)));
    let plain = LeafNodeParameters::default;
    let (absent, _) = forge(&mut world, ANN, vec![remove(TITLE)], &[(TITLE, None)], plain());
    refused(&mut world, &absent, MlsError::InvalidProposalList);
    let (removed, _) = forge(&mut world, ANN, vec![remove(LOG)], &[(LOG, None)], plain());
    let Received::Commit(info, _) = world.hub.inspect(&removed).unwrap() else { panic!("no commit") };
    assert_eq!(
        (info.dictionary.len(), info.proposals[0].body.clone()),
        (0, Proposed::AppDataRemove { component: LOG })
    );
    let room = world.room;
    assert!(matches!(world.at(CAT).process(room, &removed), Ok(Received::Commit(same, _)) if same == info));
}

fn a_leaf_stays_with_its_client<C: SimCrypto>() {
    let mut world = trio::<C>(7);
    let as_cat = CredentialWithKey {
        credential: settings::credential::<C>(&world.config, CAT, &[]).unwrap(),
        signature_key: world.members[&ANN].identity.public.as_slice().into(),
    };
    let swapped = LeafNodeParameters::builder().with_credential_with_key(as_cat).build();
    let (commit, _) = forge(&mut world, ANN, vec![], &[], swapped);
    refused(&mut world, &commit, MlsError::UnknownCredential);
}

/// The key package of a client with a key of its own choice, or of nobody.
fn key_package<C: SimCrypto>(world: &World<C>, client: Option<ClientId>) -> KeyPackage {
    let mut stranger = OpenMember::<C>::new(&world.config, client.unwrap_or(BOB2), Entropy([9; 32]));
    let credential = match client {
        Some(client) => settings::credential::<C>(&world.config, client, &[]).unwrap(),
        None => BasicCredential::new(b"mimi://c.example/d/eve/1".to_vec()).into(),
    };
    stranger.provider.reseed([10; 32]);
    let signer = StepSigner { crypto: stranger.provider.crypto(), secret: &stranger.identity.secret };
    let key = CredentialWithKey { credential, signature_key: stranger.identity.public.as_slice().into() };
    let builder = KeyPackage::builder()
        .leaf_node_capabilities(settings::capabilities(&world.config.directory, CAT))
        .key_package_lifetime(settings::lifetime(crate::mls::Lifetime::ALWAYS));
    builder.build(SUITE, &stranger.provider, &signer, key).unwrap().key_package().clone()
}

fn only_known_clients_are_added_and_each_once<C: SimCrypto>() {
    let mut world = trio::<C>(8);
    let plain = LeafNodeParameters::default;
    let nobody = key_package(&world, None);
    let octets = codec::encode(&nobody).unwrap();
    assert_eq!(Engine::<C>::key_package(&world.config, &octets), Err(MlsError::UnknownCredential));
    let entropy = world.entropy();
    let (room, add) = (world.room, Propose::Add(octets));
    assert_eq!(world.at(ANN).propose(room, &add, entropy), Err(MlsError::UnknownCredential));
    let (commit, _) = forge(&mut world, ANN, vec![Proposal::Add(Box::new(nobody.into()))], &[], plain());
    refused(&mut world, &commit, MlsError::UnknownCredential);

    // Another key makes no other client.
    let second = key_package(&world, Some(CAT));
    let mut octets = codec::encode(&second).unwrap().to_vec();
    assert_eq!(Engine::<C>::key_package(&world.config, &octets).unwrap().0, CAT);
    *octets.last_mut().unwrap() ^= 1;
    assert_eq!(Engine::<C>::key_package(&world.config, &octets), Err(MlsError::NotAuthentic));
    let (commit, _) = forge(&mut world, ANN, vec![Proposal::Add(Box::new(second.into()))], &[], plain());
    refused(&mut world, &commit, MlsError::InvalidProposalList);
}

fn a_group_info_must_fit<C: SimCrypto>() {
    let mut world = trio::<C>(9);
    let older = (world.group_info.clone(), world.hub.tree());
    let bundle = world.make(ANN, &[entry("x")]).unwrap();
    let mut altered = bundle.group_info.to_vec();
    *altered.last_mut().unwrap() ^= 1;
    let wrong = [
        (older.0.clone(), MlsError::GroupInfoMismatch),
        (altered.clone().into(), MlsError::NotAuthentic),
        ((*b"?").into(), MlsError::Malformed),
    ];
    for (group_info, why) in wrong {
        let before = (view(&world.hub), world.hub.tree());
        let Received::Commit(_, staged) = world.hub.inspect(&bundle.commit).unwrap() else {
            panic!("no commit")
        };
        assert_eq!(world.hub.merge(staged, &group_info), Err(why));
        assert_eq!(
            (view(&world.hub), world.hub.tree(), world.hub.take_writes()),
            (before.0, before.1, vec![])
        );
    }
    let Received::Commit(_, stale) = world.hub.inspect(&bundle.commit).unwrap() else { panic!("no commit") };
    world.accept(&bundle);
    assert_eq!(world.hub.merge(stale, &bundle.group_info), Err(MlsError::WrongEpoch));

    let open = |group_info: &Octets, tree: &Octets| {
        OpenObserver::<C>::open(&world.config, world.room, group_info, tree).map(|_| ()).unwrap_err()
    };
    assert_eq!(open(&bundle.group_info, &older.1), MlsError::GroupInfoMismatch);
    assert_eq!(open(&altered.into(), &bundle.tree), MlsError::NotAuthentic);
    assert_eq!(open(&bundle.tree, &bundle.tree), MlsError::Malformed);
}

fn a_welcome_is_good_once<C: SimCrypto>() {
    let mut world = trio::<C>(10);
    let (room, older) = (world.room, world.hub.tree());
    let add = world.add(BOB2);
    let bundle = world.make(ANN, &[add]).unwrap();
    let welcome = bundle.welcome.clone().unwrap();
    assert_eq!(world.at(BOB2).join(room, &welcome, &older), Err(MlsError::GroupInfoMismatch));
    assert_eq!(world.at(CAT).join(room, &welcome, &bundle.tree), Err(MlsError::NoMatchingKeyPackage));
    assert_eq!(world.at(CAT).group(room).unwrap().epoch(), 1, "its own group is still there");
    assert_eq!(world.at(BOB2).join(room, &bundle.commit, &bundle.tree), Err(MlsError::Malformed));
    world.accept(&bundle);
    assert_eq!(world.at(BOB2).join(room, &welcome, &bundle.tree), Err(MlsError::NoMatchingKeyPackage));
    world.say(BOB2, "in all the same");
}

/// An external commit straight over openmls, by whoever has the key.
fn forge_join<C: SimCrypto>(world: &World<C>, as_client: ClientId, key_of: &OpenMember<C>) -> Octets {
    let mut provider = crate::mls::open::OpenProvider::<C>::default();
    provider.reseed([78; 32]);
    let signer = StepSigner { crypto: provider.crypto(), secret: &key_of.identity.secret };
    let credential = CredentialWithKey {
        credential: settings::credential::<C>(&world.config, as_client, &[]).unwrap(),
        signature_key: key_of.identity.public.as_slice().into(),
    };
    let leaf = LeafNodeParameters::builder()
        .with_capabilities(settings::capabilities(&world.config.directory, CAT))
        .build();
    let builder = Inner::external_commit_builder().with_ratchet_tree(codec::tree(&world.hub.tree()).unwrap());
    let group_info = codec::group_info(&world.group_info).unwrap();
    let builder = builder.build_group(&provider, group_info, credential).unwrap().leaf_node_parameters(leaf);
    let builder = builder.load_psks(provider.kv()).unwrap();
    let built = builder.build(provider.rand(), provider.crypto(), &signer, |_| true).unwrap();
    codec::encode(built.finalize(&provider).unwrap().1.commit()).unwrap()
}

fn a_joiner_takes_nobodys_place_and_no_second_one<C: SimCrypto>() {
    let mut world = trio::<C>(11);
    let in_bobs_place = forge_join(&world, BOB2, &world.members[&BOB1]);
    refused(&mut world, &in_bobs_place, MlsError::InvalidExternalCommit);

    // A client that has lost its key cannot say which leaf is its own: the library knows it by the key alone.
    let reborn = OpenMember::<C>::new(&world.config, BOB1, Entropy([12; 32]));
    let second_place = forge_join(&world, BOB1, &reborn);
    refused(&mut world, &second_place, MlsError::InvalidExternalCommit);
    world.members.insert(BOB1, reborn);
    assert_eq!(world.join(BOB1, &[]), Err(MlsError::Limit));
}

fn a_joiner_is_given_what_fits<C: SimCrypto>() {
    let mut world = trio::<C>(12);
    world.propose(CAT, &Propose::SelfRemove);
    assert_eq!(world.join(CAT, &[]), Err(MlsError::Limit), "a Remove beside the SelfRemove");
    assert_eq!(world.join(BOB2, &[Propose::Remove(CAT)]), Err(MlsError::InvalidExternalCommit));
    world.propose(ANN, &title("a"));
    assert_eq!(world.join(BOB2, &[title("b")]), Err(MlsError::InvalidExternalCommit));
    let (room, entropy) = (world.room, world.entropy());
    let mut material = world.material();
    material.tree = (*b"?").into();
    assert_eq!(world.at(BOB2).external_commit(room, &material, &[], entropy), Err(MlsError::Malformed));
    let mut material = world.material();
    material.proposals.push(material.group_info.clone());
    assert_eq!(world.at(BOB2).external_commit(room, &material, &[], entropy), Err(MlsError::Malformed));
    let before = world.disks[&BOB2].clone();
    assert_eq!(world.at(BOB2).take_writes(), []);
    let bundle = world.join(BOB2, &[]).unwrap();
    let info = world.accept(&bundle);
    assert_eq!(info.proposals.len(), 2, "the SelfRemove and the title");
    assert!(world.disks[&BOB2].len() > before.len());
}

fn damaged_cells_are_told<C: SimCrypto>() {
    let world = trio::<C>(14);
    let recover = |disk: &Disk| OpenMember::<C>::recover(&world.config, ANN, disk).map(|_| ()).unwrap_err();
    assert_eq!(recover(&Disk::new()), MlsError::Storage);
    for (key, value) in &world.disks[&ANN] {
        let mut disk = world.disks[&ANN].clone();
        disk.insert(key.clone(), value[..value.len() / 2].into());
        if OpenMember::<C>::recover(&world.config, ANN, &disk).is_err() {
            assert_eq!(recover(&disk), MlsError::Storage);
        }
    }
    let hub = OpenObserver::<C>::recover(&world.config, world.room, &Disk::new());
    assert_eq!(hub.map(|_| ()).unwrap_err(), MlsError::Storage);
}

super::in_both! {
    a_commit_is_not_made_of_an_invalid_list
    a_proposal_is_kept_once
    a_proposal_that_makes_no_sense_is_not_made
    a_reference_must_be_known
    the_dictionary_after_a_commit_is_not_the_committers_choice
    a_component_can_be_removed_if_it_is_there
    a_leaf_stays_with_its_client
    only_known_clients_are_added_and_each_once
    a_group_info_must_fit
    a_welcome_is_good_once
    a_joiner_takes_nobodys_place_and_no_second_one
    a_joiner_is_given_what_fits
    damaged_cells_are_told
}
