//! Real MLS (RFC 9420) through openmls 0.9.2: what it runs on is ours, so that equal steps give equal octets.
//!
//! [`OpenMls`] is the engine; it is generic over the cryptography, which is [`RealCrypto`] or [`InsecureFastCrypto`]. A
//! member and an observer each have one store, [`Kv`], and write to it what the library writes and a few cells of their own.
//! Handshakes are PublicMessages and application messages PrivateMessages; credentials are the URIs of clients.
//!
#![doc = include_str!("bridges.md")]

mod codec;
mod copies;
pub(crate) mod decoders;
mod det_hpke;
mod errors;
mod external;
mod fast_crypto;
mod fresh_thread;
mod group;
mod identities;
mod incoming;
mod kv;
mod list;
mod member;
mod observer;
mod outgoing;
mod proposing;
mod provider;
mod rand;
mod real_crypto;
mod sealing;
mod servers;
mod settings;
mod signer;
mod signing;
mod storage;
#[cfg(test)]
mod tests;
mod view;

pub use fast_crypto::InsecureFastCrypto;
pub use fresh_thread::on_fresh_thread;
pub use group::OpenGroup;
pub use incoming::OpenStaged;
pub use kv::{Kv, KvError, Slot};
pub use member::OpenMember;
pub use observer::OpenObserver;
pub use provider::{OpenProvider, SUITE, SimCrypto};
pub use rand::{RandError, SeededRand};
pub use real_crypto::RealCrypto;

use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mls::{
    AnswerSecret, ContentKind, Dictionary, Entropy, Envelope, KeyPackageRef, Lifetime, Mls, MlsConfig,
    MlsError, Octets, Shown,
};
use crate::wire::mls::{Capabilities, HpkeCiphertext};
use crate::wire::ratchet_tree::PartialGroupInfo;
use std::marker::PhantomData;

/// The engine over openmls, with the cryptography `C`.
#[derive(Debug)]
pub struct OpenMls<C>(PhantomData<C>);

impl<C: SimCrypto> Mls for OpenMls<C> {
    type Member = OpenMember<C>;
    type Observer = OpenObserver<C>;

    fn envelope(config: &MlsConfig, message: &[u8]) -> Result<Envelope, MlsError> {
        let (message, content) = codec::protocol_message(message)?;
        let room = config.directory.resolve_room(message.group_id().as_slice());
        Ok(Envelope { room: room.ok_or(MlsError::NoSuchGroup)?, epoch: message.epoch().as_u64(), content })
    }

    fn key_package(config: &MlsConfig, key_package: &[u8]) -> Result<(ClientId, KeyPackageRef), MlsError> {
        let crypto = C::default();
        let key_package = codec::key_package(&crypto, key_package)?;
        let client = view::client_of_leaf(config, key_package.leaf_node())?;
        Ok((client, codec::key_package_ref(&crypto, &key_package)?))
    }

    fn is_last_resort(key_package: &[u8]) -> bool {
        codec::key_package(&C::default(), key_package).is_ok_and(|package| settings::is_last_resort(&package))
    }

    fn lifetime(key_package: &[u8]) -> Result<Lifetime, MlsError> {
        Ok(settings::lifetime_of(&codec::key_package(&C::default(), key_package)?))
    }

    fn capabilities(_: &MlsConfig, key_package: &[u8]) -> Result<Capabilities, MlsError> {
        settings::capabilities_of(&codec::key_package(&C::default(), key_package)?)
    }

    fn welcome_refs(welcome: &[u8]) -> Result<Vec<KeyPackageRef>, MlsError> {
        let welcome = codec::welcome(welcome)?;
        let refs = welcome.secrets().iter().map(|secrets| codec::hash_ref(&secrets.new_member()));
        refs.map(|reference| reference.map(KeyPackageRef)).collect()
    }

    fn group_info_context(group_info: &[u8]) -> Result<(u64, [u8; 32]), MlsError> {
        let group_info = codec::group_info(group_info)?;
        let context = group_info.group_context();
        Ok((context.epoch().as_u64(), codec::context_digest(context)))
    }

    fn group_info_room(config: &MlsConfig, group_info: &[u8]) -> Result<RoomId, MlsError> {
        let group_info = codec::group_info(group_info)?;
        let room = config.directory.resolve_room(group_info.group_context().group_id().as_slice());
        room.ok_or(MlsError::NoSuchGroup)
    }

    fn group_info_dictionary(group_info: &[u8]) -> Result<Dictionary, MlsError> {
        Ok(view::dictionary(codec::group_info(group_info)?.group_context()))
    }

    fn partial_group_info(group_info: &[u8]) -> Result<PartialGroupInfo, MlsError> {
        codec::partial_group_info(group_info)
    }

    fn authenticated_data(message: &[u8]) -> Result<Vec<u8>, MlsError> {
        codec::authenticated_data(message)
    }

    fn shown(config: &MlsConfig, object: &[u8]) -> Shown {
        let shown = Shown::scan(&config.directory, object);
        let message = codec::protocol_message(object).ok();
        let leaf = message.as_ref().and_then(|(message, _)| codec::member_leaf(message));
        let is_commit = message.is_some_and(|(_, content)| content == ContentKind::Commit);
        Shown { leaf, committer: shown.committer.filter(|_| is_commit), ..shown }
    }

    fn server_key(config: &MlsConfig, server: ProviderId) -> Octets {
        settings::server_keys::<C>(&config.directory, server).1.into()
    }

    fn sign_as(config: &MlsConfig, server: ProviderId, octets: &[u8]) -> Result<Octets, MlsError> {
        signing::sign(&C::default(), &settings::server_keys::<C>(&config.directory, server).0, octets)
    }

    fn server_sealing_key(config: &MlsConfig, server: ProviderId) -> Result<Octets, MlsError> {
        let (secret, _) = settings::server_keys::<C>(&config.directory, server);
        sealing::public_key(&C::default(), &secret)
    }

    fn unseal_as(
        config: &MlsConfig,
        server: ProviderId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError> {
        let (secret, _) = settings::server_keys::<C>(&config.directory, server);
        sealing::open(&C::default(), &secret, info, sealed)
    }

    fn client_key(config: &MlsConfig, client: ClientId) -> Octets {
        settings::client_keys::<C>(&config.directory, client).1.into()
    }

    fn sign_as_client(config: &MlsConfig, client: ClientId, octets: &[u8]) -> Result<Octets, MlsError> {
        signing::sign(&C::default(), &settings::client_keys::<C>(&config.directory, client).0, octets)
    }

    fn participants_key(config: &MlsConfig, room: RoomId) -> Result<Octets, MlsError> {
        let (secret, _) = settings::participants_keys::<C>(&config.directory, room);
        sealing::public_key(&C::default(), &secret)
    }

    fn unseal_for_participants(
        config: &MlsConfig,
        room: RoomId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError> {
        let (secret, _) = settings::participants_keys::<C>(&config.directory, room);
        sealing::open(&C::default(), &secret, info, sealed)
    }

    fn seal(key: &[u8], info: &[u8], content: &[u8], entropy: Entropy) -> Result<HpkeCiphertext, MlsError> {
        sealing::seal::<C>(key, info, content, entropy)
    }

    fn seal_for_answer(
        key: &[u8],
        labels: (&[u8], &[u8]),
        content: &[u8],
        entropy: Entropy,
    ) -> Result<(HpkeCiphertext, AnswerSecret), MlsError> {
        sealing::seal_for_answer::<C>(key, labels, content, entropy)
    }

    fn unseal_for_answer(
        config: &MlsConfig,
        server: ProviderId,
        labels: (&[u8], &[u8]),
        sealed: &HpkeCiphertext,
    ) -> Result<(Vec<u8>, AnswerSecret), MlsError> {
        let (secret, _) = settings::server_keys::<C>(&config.directory, server);
        sealing::open_for_answer(&C::default(), &secret, labels, sealed)
    }

    fn seal_answer(secret: AnswerSecret, salt: &[u8], content: &[u8]) -> Result<Vec<u8>, MlsError> {
        sealing::seal_answer::<C>(secret, salt, content)
    }

    fn unseal_answer(secret: AnswerSecret, salt: &[u8], sealed: &[u8]) -> Result<Vec<u8>, MlsError> {
        sealing::open_answer::<C>(secret, salt, sealed)
    }

    fn verify(key: &[u8], octets: &[u8], signature: &[u8]) -> Result<(), MlsError> {
        signing::verify::<C>(key, octets, signature)
    }
}
