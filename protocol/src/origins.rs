//! Which server an event comes from, as that server says it (arch §5.2, ARCH-36, OPEN-09): with `event-authentication = origin`,
//! for all events but state events, which have that anyway (`vouching.rs`).
//!
//! The server signs the octets of what a client of its own hands in, or of what it proposes itself, together with the room and
//! its own domain. The hub keeps that with the event, and each server that is notified of the event verifies it with the key of
//! that domain. Nothing in an application message shows a follower which provider it comes from; this does, which is one reason
//! why no reading of protocol-06 has it. Which user sent it stays hidden (INV-24).

use crate::config::NodeConfig;
use crate::ids::{ProviderId, RoomId};
use crate::mls::{Mls, MlsError, Octets};
use crate::node::{Bundle, Event, Voucher};
use crate::signing::labelled;
use crate::wire::Wire;
use crate::wire::voucher::VoucherTbs;
use std::slice::from_ref;

/// The word of `server` that these messages come from it.
pub(crate) fn vouch<M: Mls>(
    config: &NodeConfig,
    server: ProviderId,
    (room, messages): (RoomId, &[Octets]),
) -> Result<Voucher, MlsError> {
    let octets = labelled(VoucherTbs::LABEL, &to_be_signed(config, server, (room, messages)));
    Ok(Voucher { server, signature: M::sign_as(&config.mls, server, &octets)? })
}

/// Whether it is the word of the server that it names, and about these messages.
pub(crate) fn check<M: Mls>(
    config: &NodeConfig,
    event: (RoomId, &[Octets]),
    voucher: &Voucher,
) -> Result<(), MlsError> {
    let octets = labelled(VoucherTbs::LABEL, &to_be_signed(config, voucher.server, event));
    M::verify(&M::server_key(&config.mls, voucher.server), &octets, &voucher.signature)
}

/// What of a bundle is fanned out by itself, and so needs a voucher of its own. State events bring theirs along.
pub(crate) fn parts_of_bundle(bundle: &Bundle) -> Vec<&[Octets]> {
    match bundle {
        Bundle::Commit(commit) => [&commit.commit].into_iter().chain(&commit.welcome).map(from_ref).collect(),
        Bundle::Proposals(batch) => vec![batch],
        Bundle::State(_) => Vec::new(),
    }
}

/// The same of an event. What is stapled to a commit is the hub's own (PROTO-47).
pub(crate) fn parts_of_event(event: &Event) -> Vec<&[Octets]> {
    match event {
        Event::Message { message, .. } => vec![from_ref(message)],
        Event::Proposals(batch) => vec![batch],
        Event::Commit { commit, staple } if staple.is_empty() => vec![from_ref(commit)],
        Event::Commit { commit, staple } => vec![from_ref(commit), staple],
        Event::State(_) => Vec::new(),
        Event::Welcome { welcome, .. } => vec![from_ref(welcome)],
    }
}

fn to_be_signed(config: &NodeConfig, server: ProviderId, (room, messages): (RoomId, &[Octets])) -> Vec<u8> {
    let directory = config.directory();
    let tbs = VoucherTbs {
        room: directory.room_uri(room).into(),
        server: directory.provider_uri(server).into(),
        messages: messages.iter().map(|message| (&**message).into()).collect(),
    };
    tbs.encode()
}
