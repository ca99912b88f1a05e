//! Leaves in a room of minimal metadata: what their credentials say to whom (proto §6).

use super::world::{ANN, BOB1, CAT, Engine, config};
use crate::identity::reveal;
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::open::signer::StepSigner;
use crate::mls::open::{InsecureFastCrypto, OpenMember, RealCrypto, SUITE, SimCrypto, codec, settings};
use crate::mls::{Dictionary, Entropy, Lifetime, Mls, MlsConfig, MlsError, MlsGroup, MlsMember, Propose};
use crate::mutant::Planted;
use openmls::prelude::{CredentialWithKey, KeyPackage, OpenMlsProvider};
use std::sync::Arc;

/// Who Ann and Bob are in the room that hides names.
const OWL: ClientId = ClientId(4);
const HARE: ClientId = ClientId(5);

/// The small world with such a room besides.
fn masquerade(planted: Planted) -> (MlsConfig, RoomId) {
    let (mut config, _) = config();
    let directory = Arc::make_mut(&mut config.directory);
    let room = directory.add_room(ProviderId(0), "masquerade");
    for (client, name) in [(ANN, "owl"), (BOB1, "hare")] {
        let person = directory.user_of(client);
        let pseudonym = directory.add_pseudonym(directory.provider_of(person), name);
        directory.add_client(pseudonym, "1");
        directory.stand_for(pseudonym, person, room);
    }
    config.planted = planted;
    (config, room)
}

fn member<C: SimCrypto>(config: &MlsConfig, client: ClientId) -> OpenMember<C> {
    OpenMember::new(config, client, Entropy([client.0 as u8; 32]))
}

fn contains(octets: &[u8], text: &str) -> bool {
    octets.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Whether Bob's name stands in what everybody can read of Hare: in a key package, a commit, the tree.
fn is_named<C: SimCrypto>(planted: Planted) -> bool {
    let (config, room) = masquerade(planted);
    let (mut owl, mut hare) = (member::<C>(&config, OWL), member::<C>(&config, HARE));
    let created = owl.create(room, &Dictionary::new(), ProviderId(0), Entropy([7; 32])).unwrap();
    let package = hare.fresh_key_package(Lifetime::ALWAYS, Entropy([8; 32])).unwrap();
    let bundle = owl.commit(room, &[], &[Propose::Add(package.clone())], Entropy([9; 32])).unwrap();
    let (bob, hare) =
        (config.directory.client_uri(BOB1).as_str(), config.directory.client_uri(HARE).as_str());
    let all =
        [&package, &created.group_info, &created.tree, &bundle.commit, &bundle.group_info, &bundle.tree];
    assert!(contains(&package, hare) && contains(&bundle.tree, hare));
    let is_named = all.into_iter().any(|octets| contains(octets, bob));
    // Whoever carries it can tell whose name that is.
    for octets in [&package, &bundle.commit, &bundle.tree] {
        let shown = Engine::<C>::shown(&config, octets);
        assert!(shown.clients.contains(&HARE) && !shown.clients.contains(&BOB1));
        assert_eq!(shown.linked.get(&HARE), is_named.then_some(&BOB1));
    }
    is_named
}

fn the_name_stands_nowhere_in_the_clear<C: SimCrypto>() {
    assert!(!is_named::<C>(Planted::NONE));
    #[cfg(feature = "museum")]
    assert!(is_named::<C>(Planted::new(crate::mutant::Mutant::LinksInTheClear)));
}

fn participants_see_who_it_is<C: SimCrypto>() {
    let (config, room) = masquerade(Planted::NONE);
    let (mut owl, mut hare) = (member::<C>(&config, OWL), member::<C>(&config, HARE));
    owl.create(room, &Dictionary::new(), ProviderId(0), Entropy([7; 32])).unwrap();
    let package = hare.fresh_key_package(Lifetime::ALWAYS, Entropy([8; 32])).unwrap();
    let bundle = owl.commit(room, &[], &[Propose::Add(package)], Entropy([9; 32])).unwrap();
    owl.merge_pending(room).unwrap();
    hare.join(room, &bundle.welcome.unwrap(), &bundle.tree).unwrap();
    let seen = |member: &OpenMember<C>, client| {
        let pseudonym = member.group(room).unwrap().pseudonym(&config, client).expect("it has one");
        reveal::<Engine<C>>(&config, room, &pseudonym)
    };
    assert_eq!((seen(&hare, OWL), seen(&owl, HARE)), (Ok(ANN), Ok(BOB1)));
    let mut pseudonym = hare.group(room).unwrap().pseudonym(&config, OWL).unwrap();
    // Another room's participants cannot open it.
    assert_eq!(reveal::<Engine<C>>(&config, RoomId(0), &pseudonym), Err(MlsError::NotAuthentic));
    // Nor is a link good for another pseudonym than the one that it was signed for.
    pseudonym.tbs.client_pseudonym = config.directory.client_uri(HARE).into();
    assert_eq!(reveal::<Engine<C>>(&config, room, &pseudonym), Err(MlsError::NotAuthentic));
}

/// The key package of `client` whose credential was made for another client, or for another key.
fn key_package<C: SimCrypto>(config: &MlsConfig, client: ClientId, (named, key): (ClientId, u8)) -> Vec<u8> {
    let mut holder = member::<C>(config, client);
    holder.provider.reseed([10; 32]);
    let other = OpenMember::<C>::new(config, named, Entropy([key; 32]));
    let credential = settings::credential::<C>(config, named, &other.identity.public).unwrap();
    let signer = StepSigner { crypto: holder.provider.crypto(), secret: &holder.identity.secret };
    let key = CredentialWithKey { credential, signature_key: holder.identity.public.as_slice().into() };
    let builder = KeyPackage::builder()
        .leaf_node_capabilities(settings::capabilities(&config.directory, named))
        .key_package_lifetime(settings::lifetime(Lifetime::ALWAYS));
    let package = builder.build(SUITE, &holder.provider, &signer, key).unwrap();
    codec::encode(package.key_package()).unwrap().to_vec()
}

fn a_pseudonym_is_of_the_key_that_signs<C: SimCrypto>() {
    let (config, _) = masquerade(Planted::NONE);
    let read = |octets: Vec<u8>| Engine::<C>::key_package(&config, &octets).map(|(client, _)| client);
    assert_eq!(read(key_package::<C>(&config, HARE, (HARE, HARE.0 as u8))), Ok(HARE));
    assert_eq!(read(key_package::<C>(&config, HARE, (HARE, 99))), Err(MlsError::UnknownCredential));
    assert_eq!(read(key_package::<C>(&config, BOB1, (HARE, 99))), Err(MlsError::UnknownCredential));
}

/// PROTO-75: all leaves are pseudonymous, and nobody hides elsewhere.
fn names_and_pseudonyms_do_not_mix<C: SimCrypto>() {
    let (config, room) = masquerade(Planted::NONE);
    let (mut owl, mut cat) = (member::<C>(&config, OWL), member::<C>(&config, CAT));
    owl.create(room, &Dictionary::new(), ProviderId(0), Entropy([7; 32])).unwrap();
    let named = cat.fresh_key_package(Lifetime::ALWAYS, Entropy([8; 32])).unwrap();
    assert!(owl.commit(room, &[], &[Propose::Add(named)], Entropy([9; 32])).is_err());
    let mut hare = member::<C>(&config, HARE);
    let hidden = hare.fresh_key_package(Lifetime::ALWAYS, Entropy([8; 32])).unwrap();
    cat.create(RoomId(0), &Dictionary::new(), ProviderId(0), Entropy([7; 32])).unwrap();
    assert!(cat.commit(RoomId(0), &[], &[Propose::Add(hidden)], Entropy([9; 32])).is_err());
}

super::in_both! {
    the_name_stands_nowhere_in_the_clear
    participants_see_who_it_is
    a_pseudonym_is_of_the_key_that_signs
    names_and_pseudonyms_do_not_mix
}
