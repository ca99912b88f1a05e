//! Franking between nodes: whose stamp counts in a room, how a hub makes it, and who verifies it (proto §5.4.1, §5.9).

use crate::config::NodeConfig;
use crate::content::franking::{self, FrankError, HubKey, Receiver, Stamped, check_frank, frank, tag_of};
use crate::content::{Judge, check_report};
use crate::ids::{RoomId, UserId};
use crate::mls::Mls;
use crate::mutant::Mutant;
use crate::room::Standing;
use crate::signing::SUITE;
use crate::wire::abuse_report::AbusiveMessage;
use crate::wire::franking::FrankingAgentData;
use crate::wire::mls::Credential;
use crate::wire::submit_message::Frank;
use crate::wire::{Opaque, Wire};
use std::sync::Arc;
use tls_codec::DeserializeBytes;

/// The room as its creator or whoever changes it wants it, with the hub's key where it is to have a franking agent: what is
/// wanted names none, since the key is the engine's to tell. Where it comes from is open (PROTO-15).
pub(crate) fn with_key<M: Mls>(config: &NodeConfig, room: RoomId, mut standing: Standing) -> Standing {
    let is_without = |agent: &FrankingAgentData| agent.franking_signature_key.as_slice().is_empty();
    if standing.components.franking_agent.as_ref().is_some_and(is_without) {
        let agent = agent::<M>(config, room);
        Arc::make_mut(&mut standing.components).franking_agent = Some(agent);
    }
    standing
}

/// The hub as the room's franking agent (PROTO-40).
fn agent<M: Mls>(config: &NodeConfig, room: RoomId) -> FrankingAgentData {
    let hub = config.directory().hub_of(room);
    let uri = config.directory().provider_uri(hub).as_str();
    FrankingAgentData {
        franking_signature_key: M::server_key(&config.mls, hub).to_vec().into(),
        credential: Credential::Basic(uri.as_bytes().into()),
    }
}

/// The hub's stamp on what it accepts: where the message asks for one, and the room has the hub for its agent (PROTO-40).
pub(crate) fn stamp<M: Mls>(
    config: &NodeConfig,
    (room, committed): (RoomId, &Standing),
    message: &[u8],
    (sender, accepted_ms): (UserId, u64),
) -> Option<Frank> {
    let is_own = |known: &&FrankingAgentData| **known == agent::<M>(config, room);
    committed.components.franking_agent.as_ref().filter(is_own)?;
    let tag = tag_of(&M::authenticated_data(message).ok()?)?;
    let directory = config.directory();
    let (user, uri) = (directory.user_uri(sender), directory.room_uri(room));
    let hub = directory.hub_of(room);
    let context = franking::context(user, uri, accepted_ms);
    // A hub that cannot sign stamps nothing.
    let mut signed = true;
    let stamp = frank(&hub_key(config, room), &tag, &context, SUITE, |octets| {
        let signature = M::sign_as(&config.mls, hub, octets);
        signed = signature.is_ok();
        signature.map(|signature| signature.to_vec()).unwrap_or_default()
    });
    signed.then_some(stamp)
}

/// Only a planted bug sends along with a stamp what it was made over.
pub(crate) fn with_context(
    config: &NodeConfig,
    room: RoomId,
    frank: Frank,
    (sender, accepted_ms): (UserId, u64),
) -> Frank {
    let directory = config.directory();
    let context = franking::context(directory.user_uri(sender), directory.room_uri(room), accepted_ms);
    let both = [frank.franking_integrity_signature.encode(), context.encode()].concat();
    Frank { franking_integrity_signature: both.into(), ..frank }
}

/// And its receivers know what to make of that.
fn without_context(frank: &Frank) -> Frank {
    let both = frank.franking_integrity_signature.as_slice();
    match Opaque::tls_deserialize_bytes(both) {
        Ok((franking_integrity_signature, _)) => Frank { franking_integrity_signature, ..frank.clone() },
        Err(_) => frank.clone(),
    }
}

/// The checks of a receiver: `sender` is the user of the leaf that has sent it (PROTO-41).
pub(crate) fn check<M: Mls>(
    config: &NodeConfig,
    (room, committed): (RoomId, &Standing),
    sender: UserId,
    stamped: Stamped<'_>,
) -> Result<(), FrankError> {
    let directory = config.directory();
    let receiver = Receiver {
        ciphersuite: SUITE,
        agent: committed.components.franking_agent.as_ref(),
        hub: directory.provider_uri(directory.hub_of(room)),
        sender: directory.user_uri(sender),
        room: directory.room_uri(room),
    };
    if config.planted.is(Mutant::FansOutSenders) {
        let frank = &without_context(stamped.frank);
        return check_frank(Stamped { frank, ..stamped }, receiver, verifies::<M>);
    }
    check_frank(stamped, receiver, verifies::<M>)
}

/// What the hub makes of a message that is reported to it (PROTO-69).
pub(crate) fn judge<M: Mls>(
    config: &NodeConfig,
    room: RoomId,
    accused: UserId,
    message: &AbusiveMessage,
) -> Result<(), FrankError> {
    let directory = config.directory();
    let agent = agent::<M>(config, room);
    let judge = Judge {
        hub_key: &hub_key(config, room),
        ciphersuite: SUITE,
        signature_key: agent.franking_signature_key.as_slice(),
        room: directory.room_uri(room),
    };
    check_report(message, directory.user_uri(accused), judge, verifies::<M>)
}

fn verifies<M: Mls>(key: &[u8], content: &[u8], signature: &[u8]) -> bool {
    M::verify(key, content, signature).is_ok()
}

/// The secret of a hub's stamps. It outlasts the hub's crashes, and no message carries it: its seed is the hub's URI.
fn hub_key(config: &NodeConfig, room: RoomId) -> HubKey {
    let directory = config.directory();
    let uri = directory.provider_uri(directory.hub_of(room)).as_str();
    HubKey(blake3::derive_key("mimic hub key", uri.as_bytes()))
}
