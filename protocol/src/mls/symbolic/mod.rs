//! MLS reduced to what a model needs: keys are symbols, everything that decides between accept and reject is exact.
//!
//! * The secret of an epoch is its transcript: a hash of the parent's and of the commit between them.
//!   Whoever holds a group at that transcript can read the epoch's application messages; nobody else's code path leads there.
//! * A signature is the name of the signer, a ciphertext says who can open it. Octets that a test makes by hand can claim
//!   anything, so a Byzantine party is written down as the octets that it could make with its own keys.
//! * An UpdatePath is one fresh leaf key, readable by all members that remain. Commits always carry one (MLS-07).
//! * Exact are epochs and forks (MLS-01), sender types (MLS-10), proposals by value and by reference, what external commits
//!   carry (MLS-04, MLS-12), the validity of whole lists (MLS-03, MLS-05, MLS-11), leaf indices (RFC 9420 §7.7, §12.4.2), what
//!   a Welcome is for, and the removed member's view of its removal (MLS-06).
//! * The order of checks is that of RFC 9420 §12.4.2 and §6: octets, group, epoch, sender, own commit, references, list,
//!   confirmation tag.
//!
//! Values are small: what does not change from step to step is behind an `Arc`, and a member, a group and an observer are
//! `Eq` and `Hash`.

mod cells;
mod committing;
mod group;
mod joining;
mod list;
mod member;
mod observer;
mod public;
mod sealing;
mod showing;
mod state;
#[cfg(test)]
mod tests;
mod wire;

pub use group::SymbolicGroup;
pub use member::SymbolicMember;
pub use observer::SymbolicObserver;
pub use public::SymbolicStaged;

use super::{
    AnswerSecret, ContentKind, Dictionary, Entropy, Envelope, KeyPackageRef, Lifetime, Mls, MlsConfig,
    MlsError, Octets, Shown,
};
use crate::capabilities;
use crate::ids::{ClientId, ProviderId, RoomId};
use crate::mutant::Mutant;
use crate::wire::mls::{Capabilities, HpkeCiphertext};
use crate::wire::ratchet_tree::{PartialGroupInfo, RatchetTreePresence};
use wire::{Body, Holder, Message, Signer};

/// The abstract engine.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Symbolic;

impl Mls for Symbolic {
    type Member = SymbolicMember;
    type Observer = SymbolicObserver;

    fn envelope(config: &MlsConfig, message: &[u8]) -> Result<Envelope, MlsError> {
        let (room, epoch, content) = match wire::open_message(message)? {
            Message::Public(public) => match public.body {
                Body::Proposal(_) => (public.room, public.epoch, ContentKind::Proposal),
                Body::Commit(_) => (public.room, public.epoch, ContentKind::Commit),
            },
            Message::Private(private) => (private.room, private.epoch, ContentKind::Application),
            Message::Welcome(_) => return Err(MlsError::Malformed),
        };
        if knows_room(config, room) {
            Ok(Envelope { room, epoch, content })
        } else {
            Err(MlsError::NoSuchGroup)
        }
    }

    fn key_package(config: &MlsConfig, key_package: &[u8]) -> Result<(ClientId, KeyPackageRef), MlsError> {
        let opened = wire::open_key_package(key_package)?;
        require_client(config, opened.client())?;
        Ok((opened.client(), opened.reference()))
    }

    fn is_last_resort(key_package: &[u8]) -> bool {
        wire::open_key_package(key_package).is_ok_and(|opened| opened.last_resort)
    }

    fn lifetime(key_package: &[u8]) -> Result<Lifetime, MlsError> {
        Ok(wire::open_key_package(key_package)?.lifetime)
    }

    fn capabilities(config: &MlsConfig, key_package: &[u8]) -> Result<Capabilities, MlsError> {
        Ok(capabilities::of_client(&config.directory, wire::open_key_package(key_package)?.client()))
    }

    fn welcome_refs(welcome: &[u8]) -> Result<Vec<KeyPackageRef>, MlsError> {
        Ok(wire::open_welcome(welcome)?.key_packages)
    }

    fn group_info_context(group_info: &[u8]) -> Result<(u64, [u8; 32]), MlsError> {
        let context = wire::open_group_info(group_info)?.context;
        Ok((context.epoch, context.digest()))
    }

    fn group_info_room(config: &MlsConfig, group_info: &[u8]) -> Result<RoomId, MlsError> {
        let room = wire::open_group_info(group_info)?.context.room;
        if knows_room(config, room) { Ok(room) } else { Err(MlsError::NoSuchGroup) }
    }

    fn group_info_dictionary(group_info: &[u8]) -> Result<Dictionary, MlsError> {
        Ok(wire::open_group_info(group_info)?.context.dictionary)
    }

    /// What it signs is whose it is, and it has no extensions.
    fn partial_group_info(group_info: &[u8]) -> Result<PartialGroupInfo, MlsError> {
        let signature = wire::encode(&wire::open_group_info(group_info)?.signed_by).into();
        let ratchet_tree_presence = RatchetTreePresence::NoRatchetTree;
        Ok(PartialGroupInfo { ratchet_tree_presence, extensions: Vec::new(), signature })
    }

    fn authenticated_data(message: &[u8]) -> Result<Vec<u8>, MlsError> {
        match wire::open_message(message)? {
            Message::Private(private) => Ok(private.aad.to_vec()),
            _ => Err(MlsError::Malformed),
        }
    }

    fn shown(config: &MlsConfig, object: &[u8]) -> Shown {
        showing::shown(config, object)
    }

    fn server_key(_: &MlsConfig, server: ProviderId) -> Octets {
        Signer::Server(server).key()
    }

    fn sign_as(config: &MlsConfig, server: ProviderId, octets: &[u8]) -> Result<Octets, MlsError> {
        require_provider(config, server)?;
        Ok(wire::seal_signature(Signer::Server(server).sign(octets)))
    }

    fn server_sealing_key(_: &MlsConfig, server: ProviderId) -> Result<Octets, MlsError> {
        Ok(Signer::Server(server).key())
    }

    fn unseal_as(
        _: &MlsConfig,
        server: ProviderId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError> {
        sealing::unseal(Signer::Server(server), info, sealed)
    }

    fn client_key(_: &MlsConfig, client: ClientId) -> Octets {
        Signer::Client(Holder::first(client)).key()
    }

    fn sign_as_client(config: &MlsConfig, client: ClientId, octets: &[u8]) -> Result<Octets, MlsError> {
        require_client(config, client)?;
        Ok(wire::seal_signature(Signer::Client(Holder::first(client)).sign(octets)))
    }

    fn participants_key(_: &MlsConfig, room: RoomId) -> Result<Octets, MlsError> {
        Ok(Signer::Participants(room).key())
    }

    fn unseal_for_participants(
        _: &MlsConfig,
        room: RoomId,
        info: &[u8],
        sealed: &HpkeCiphertext,
    ) -> Result<Vec<u8>, MlsError> {
        sealing::unseal(Signer::Participants(room), info, sealed)
    }

    fn seal(key: &[u8], info: &[u8], content: &[u8], _: Entropy) -> Result<HpkeCiphertext, MlsError> {
        Ok(sealing::seal(key, info, content))
    }

    fn seal_for_answer(
        key: &[u8],
        labels: (&[u8], &[u8]),
        content: &[u8],
        entropy: Entropy,
    ) -> Result<(HpkeCiphertext, AnswerSecret), MlsError> {
        Ok(sealing::seal_for_answer(key, labels, content, entropy))
    }

    fn unseal_for_answer(
        _: &MlsConfig,
        server: ProviderId,
        labels: (&[u8], &[u8]),
        sealed: &HpkeCiphertext,
    ) -> Result<(Vec<u8>, AnswerSecret), MlsError> {
        sealing::unseal_for_answer(Signer::Server(server), labels, sealed)
    }

    fn seal_answer(secret: AnswerSecret, salt: &[u8], content: &[u8]) -> Result<Vec<u8>, MlsError> {
        Ok(sealing::lock(&secret.0, salt, content))
    }

    fn unseal_answer(secret: AnswerSecret, salt: &[u8], sealed: &[u8]) -> Result<Vec<u8>, MlsError> {
        sealing::unlock(&secret.0, salt, sealed)
    }

    fn verify(key: &[u8], octets: &[u8], signature: &[u8]) -> Result<(), MlsError> {
        let signature = wire::open_signature(signature).map_err(|_| MlsError::NotAuthentic)?;
        let signer = signature.signer;
        if *signer.key() == *key && signature == signer.sign(octets) {
            Ok(())
        } else {
            Err(MlsError::NotAuthentic)
        }
    }
}

/// An external sender whose credential names no provider of the directory is invalid.
fn require_provider(config: &MlsConfig, provider: ProviderId) -> Result<(), MlsError> {
    let known = config.directory.providers().any(|known| known == provider);
    if known { Ok(()) } else { Err(MlsError::UnknownCredential) }
}

fn knows_room(config: &MlsConfig, room: RoomId) -> bool {
    config.directory.rooms().nth(room.0.into()).is_some()
}

/// A leaf whose credential names no client of the directory is invalid.
fn require_client(config: &MlsConfig, client: ClientId) -> Result<(), MlsError> {
    let known = config.directory.clients().nth(client.0.into()).is_some()
        || config.planted.is(Mutant::TakesUnknownClients);
    if known { Ok(()) } else { Err(MlsError::UnknownCredential) }
}
