//! Who vouches for a state event: its author, and the server that it comes from (arch §5.2, ARCH-36).
//!
//! "Each event is authenticated by its originating server so that all other participating servers can verify its origin, even
//! those to whom the event has been distributed by the hub. If an event was ultimately created by a client, it is also
//! authenticated by the client that created it." A server's own event has one signature, which is both.

use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::ProviderId;
use crate::mls::{Mls, MlsError, MlsGroup, MlsMember, Octets, Sender};
use crate::node::VouchedEvent;
use crate::room::StateEvent;
use crate::signing::labelled;
use crate::wire::{Opaque, Wire};
use tls_codec::DeserializeBytes;

/// The label of both signatures. The drafts have none: they have no such events.
const LABEL: &str = "MIMIStateEvent";

/// A server's own event, signed with the key that it has in external_senders (arch §5.1, ARCH-33).
pub fn by_server<M: Mls>(
    config: &NodeConfig,
    server: ProviderId,
    event: &StateEvent,
) -> Result<VouchedEvent, MlsError> {
    let signature = seal_of::<M>(config, server, &event.to_be_signed(config.directory()))?;
    let event = StateEvent { signature, ..event.clone() }.encode(config.directory());
    Ok(VouchedEvent { event, origin: Octets::default() })
}

/// A client's own event, signed with the key of its leaf.
pub fn by_client(
    directory: &Directory,
    member: &impl MlsMember,
    event: &StateEvent,
) -> Result<Octets, MlsError> {
    let (key, signature) = member.sign_in(event.room, &labelled(LABEL, &event.to_be_signed(directory)))?;
    let signature = seal(&key, &signature);
    Ok(StateEvent { signature, ..event.clone() }.encode(directory))
}

/// What a server passes on of a client of its own.
pub fn from_server<M: Mls>(
    config: &NodeConfig,
    server: ProviderId,
    event: Octets,
) -> Result<VouchedEvent, MlsError> {
    let origin = seal_of::<M>(config, server, &event)?;
    Ok(VouchedEvent { event, origin })
}

/// Whether the author has signed it: with the key that the group knows it by, if the author has a place there; a server must
/// have one (ARCH-33), a client that is about to join has none yet.
pub(crate) fn check_author<M: Mls>(
    config: &NodeConfig,
    group: Option<&impl MlsGroup>,
    event: &StateEvent,
) -> Result<(), MlsError> {
    let key = group.and_then(|group| group.signature_key(event.author));
    if group.is_some() && key.is_none() && matches!(event.author, Sender::External(_)) {
        return Err(MlsError::NotAnExternalSender);
    }
    let content = event.to_be_signed(config.directory());
    check::<M>(config, event.author, key, &content, &event.signature)
}

/// Whether the author's server has passed it on.
pub(crate) fn check_origin<M: Mls>(
    config: &NodeConfig,
    author: Sender,
    vouched: &VouchedEvent,
) -> Result<(), MlsError> {
    if let Sender::External(_) = author {
        return Ok(());
    }
    let origin = Sender::External(origin_of(config.directory(), author));
    check::<M>(config, origin, None, &vouched.event, &vouched.origin)
}

/// The server that an event of this author comes from.
pub(crate) fn origin_of(directory: &Directory, author: Sender) -> ProviderId {
    match author {
        Sender::Member(client) | Sender::Joiner(client) => directory.provider_of_client(client),
        Sender::External(provider) => provider,
    }
}

/// A signature with the key that it verifies with: not everybody knows that from elsewhere.
fn seal(key: &[u8], signature: &[u8]) -> Octets {
    [Opaque::from(key).encode(), Opaque::from(signature).encode()].concat().into()
}

fn seal_of<M: Mls>(config: &NodeConfig, server: ProviderId, content: &[u8]) -> Result<Octets, MlsError> {
    let signature = M::sign_as(&config.mls, server, &labelled(LABEL, content))?;
    Ok(seal(&M::server_key(&config.mls, server), &signature))
}

/// Verifies a signature of `by`. `key` is the one by which a group knows the signer; where no group does, a server has the key of
/// its domain, and a client the one that comes with its signature, as with a key package.
fn check<M: Mls>(
    config: &NodeConfig,
    by: Sender,
    key: Option<Octets>,
    content: &[u8],
    sealed: &[u8],
) -> Result<(), MlsError> {
    let read = |octets| Opaque::tls_deserialize_bytes(octets).map_err(|_| MlsError::NotAuthentic);
    let (used, rest) = read(sealed)?;
    let (signature, rest) = read(rest)?;
    let expected = match (key, by) {
        (Some(key), _) => Some(key),
        (None, Sender::External(server)) => Some(M::server_key(&config.mls, server)),
        (None, Sender::Member(_) | Sender::Joiner(_)) => None,
    };
    if !rest.is_empty() || expected.is_some_and(|key| *key != *used.as_slice()) {
        return Err(MlsError::NotAuthentic);
    }
    M::verify(used.as_slice(), &labelled(LABEL, content), signature.as_slice())
}
