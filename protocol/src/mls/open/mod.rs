//! Real MLS (RFC 9420) through openmls 0.9.2: what it runs on is ours, so that equal steps give equal octets.
//!
//! [`OpenMls`] is the engine; it is generic over the cryptography, which is [`RealCrypto`] or [`InsecureFastCrypto`]. A
//! member and an observer each have one store, [`Kv`], and write to it what the library writes and a few cells of their own.
//! Handshakes are PublicMessages and application messages PrivateMessages; credentials are the URIs of clients.
//!
//! # What the library, at version 0.9.2, does otherwise, and how it is bridged
//!
//! * **Joining merges at once.** An external commit is finished by merging it, with no way back. So it is made on a store of
//!   its own, which waits inside the client's store until the commit is known to be accepted (MLS-02).
//! * **External commits refer to SelfRemoves alone.** Pending AppDataUpdates are carried by value (MLS-12). An AppDataUpdate of
//!   an external sender is refused altogether, by members and hub: [`Limit`](MlsError::Limit).
//! * **An old leaf is known by its signature key alone.** A client that has lost its key cannot come back beside its old leaf,
//!   and one whose own SelfRemove is pending cannot before that is committed: `Limit`.
//! * **Proposals by value that are the same are one.** A commit with two of them is not made, and not taken: `Limit`.
//! * **A key that a SelfRemove frees stays taken** within the same commit; an Add of that client beside it: `Limit`.
//! * **Commits are listed in the library's order:** Adds, then AppDataUpdates, both in the order asked for, then whatever
//!   removes a leaf, in the order of a hash map. Nothing depends on the last, but octets do: they repeat only where std's
//!   hash seeds do, as in the simulator. References are listed in the order in which they were kept; the kept ones are put
//!   into the order asked for first.
//! * **A commit that is pending stops proposals** of the own: [`CommitPending`](MlsError::CommitPending), in both engines.
//! * **A kept proposal can be kept again.** Here it is kept once, and making the same proposal again gives the same octets.
//! * **A removed member goes on to the next epoch.** Here it stays in its last one, and can do nothing but look.
//! * **What fails can leave traces,** such as a key package that a refused Welcome has used up. Each change is an attempt on
//!   the store, undone as a whole if it fails.
//! * **A hub cannot tell a wrong confirmation tag,** and would run ahead of the members. It takes a commit only together with a
//!   GroupInfo of the epoch that it leads to, signed by a member of it (RACE-33).
//! * **Lists are not checked as a whole** in all that MLS-03, MLS-04, MLS-11 and MLS-12 ask for: see `list`. Credentials are not
//!   checked at all: each leaf names a client of the directory, each client has one leaf, and a leaf stays with its client
//!   (ID-06).
//! * **The clock is read:** lifetimes are checked against it, and so they cover all of time; and the time of entering an
//!   epoch is stored, so that stores are equal only where clocks are.
//! * **Parallel loops** seal path secrets: see [`on_fresh_thread`].
//!
//! Not bridged, because nothing asks for it so far: ReInit, SemiPrivateMessage, external_pending_proposals, PartialGroupInfo.

mod codec;
mod det_hpke;
mod errors;
mod external;
mod fast_crypto;
mod fresh_thread;
mod group;
mod incoming;
mod kv;
mod list;
mod member;
mod observer;
mod outgoing;
mod provider;
mod rand;
mod real_crypto;
mod settings;
mod signer;
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

use crate::ids::ClientId;
use crate::mls::{Envelope, KeyPackageRef, Mls, MlsConfig, MlsError};
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
        let client = view::client_of_leaf(&config.directory, key_package.leaf_node())?;
        Ok((client, codec::key_package_ref(&crypto, &key_package)?))
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
}
