//! Who vouches for a state event: its author, and the server that it comes from (arch §5.2, ARCH-36).
//!
//! "Each event is authenticated by its originating server so that all other participating servers can verify its origin, even
//! those to whom the event has been distributed by the hub. If an event was ultimately created by a client, it is also
//! authenticated by the client that created it." A server's own event has one signature, which is both.

use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::ids::ProviderId;
use crate::mls::{Mls, MlsError, MlsGroup, Octets, Sender};
use crate::node::VouchedEvent;
use crate::room::StateEvent;

/// A server's own event, signed with the key that it has in external_senders (arch §5.1, ARCH-33).
pub(crate) fn by_server<M: Mls>(
    config: &NodeConfig,
    server: ProviderId,
    event: &StateEvent,
) -> Result<VouchedEvent, MlsError> {
    let signature = M::sign_as(&config.mls, server, &event.to_be_signed(config.directory()))?;
    let event = StateEvent { signature, ..event.clone() }.encode(config.directory());
    Ok(VouchedEvent { event, origin: Octets::default() })
}

/// What a server passes on of a client of its own.
pub(crate) fn from_server<M: Mls>(
    config: &NodeConfig,
    server: ProviderId,
    event: Octets,
) -> Result<VouchedEvent, MlsError> {
    let origin = M::sign_as(&config.mls, server, &event)?;
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
    M::verify(&config.mls, event.author, key.as_ref(), &content, &event.signature)
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
    M::verify(&config.mls, origin, None, &vouched.event, &vouched.origin)
}

/// The server that an event of this author comes from.
pub(crate) fn origin_of(directory: &Directory, author: Sender) -> ProviderId {
    match author {
        Sender::Member(client) | Sender::Joiner(client) => directory.provider_of_client(client),
        Sender::External(provider) => provider,
    }
}
