//! Frames of what only the reading `carrier = hub-log` has: state events, and copies of the logs beside what the draft has.
//! They have an endpoint of their own, so that the drafts' frames stay what they are.

use super::common::{
    fan_out, fanout_message, full_tree, group, group_info, split_vouchers, tree, with_vouchers,
};
use super::{CodecError, Endpoint};
use crate::config::NodeConfig;
use crate::directory::Directory;
use crate::mls::Octets;
use crate::node::{Bundle, Event, FanOut, Request, VouchedEvent};
use crate::wire::notify::FanoutMessage;
use crate::wire::ratchet_tree::RatchetTreeOption;
use crate::wire::state_log::VouchedEvent as WireVouchedEvent;
use crate::wire::{GroupInfoBytes, Opaque, Wire};
use tls_codec::DeserializeBytes;

const UPDATE: u8 = 1;
const NOTIFY: u8 = 2;
const DELIVER: u8 = 3;
const OPEN: u8 = 4;

/// The frame of such a request; none if it has nothing of the logs.
pub(super) fn encode(directory: &Directory, request: &Request) -> Result<Option<Vec<u8>>, CodecError> {
    let (kind, room, body) = match request {
        Request::Update { room, bundle: Bundle::State(event), .. } => {
            (UPDATE, *room, vouched(event).encode())
        }
        Request::Notify { room, event } if has_log(event) => (NOTIFY, *room, news(directory, event)?),
        Request::Deliver { position, room, event } if has_log(event) => {
            (DELIVER, *room, [position.to_be_bytes().to_vec(), news(directory, event)?].concat())
        }
        Request::Open { room, group_info: info, tree: nodes, state: Some(state) } => {
            let parts = [opaque(state).encode(), group_info(info)?.encode(), tree(nodes).encode()];
            (OPEN, *room, parts.concat())
        }
        _ => return Ok(None),
    };
    let path = Opaque::from(directory.group_uri(room).as_str().as_bytes()).encode();
    Ok(Some([vec![Endpoint::Log as u8], path, vec![kind], body].concat()))
}

/// The request of a frame whose path has been read.
pub(super) fn decode(config: &NodeConfig, path: &[u8], rest: &[u8]) -> Result<Request, CodecError> {
    let room = group(config.directory(), path)?;
    let (kind, body) = rest.split_first().ok_or(CodecError::UnknownEndpoint)?;
    Ok(match *kind {
        UPDATE => Request::Update { room, bundle: Bundle::State(read_vouched(body)?), vouchers: Vec::new() },
        NOTIFY => Request::Notify { room, event: read_news(config, body)? },
        DELIVER => {
            let (position, body) = prefix::<u64>(body)?;
            Request::Deliver { position, room, event: read_news(config, body)? }
        }
        OPEN => {
            let (state, rest) = prefix::<Opaque>(body)?;
            let (info, rest) = prefix::<GroupInfoBytes>(rest)?;
            let tree = full_tree(RatchetTreeOption::decode(rest)?)?;
            let group_info = info.as_slice().into();
            Request::Open { room, group_info, tree, state: Some(state.as_slice().into()) }
        }
        _ => return Err(CodecError::UnknownEndpoint),
    })
}

/// A copy of the logs in front of an answer, as `decode_beside` reads it.
pub(super) fn encode_beside(state: &Octets, body: Vec<u8>) -> Vec<u8> {
    [opaque(state).encode(), body].concat()
}

/// The copy of the logs, and the answer behind it.
pub(super) fn decode_beside(body: &[u8]) -> Result<(Octets, &[u8]), CodecError> {
    let (state, rest) = prefix::<Opaque>(body)?;
    Ok((state.as_slice().into(), rest))
}

fn has_log(event: &FanOut) -> bool {
    matches!(event.event, Event::State(_) | Event::Welcome { state: Some(_), .. })
}

/// A state event with its time; or a copy of the logs, and the Welcome that it comes with.
fn news(directory: &Directory, event: &FanOut) -> Result<Vec<u8>, CodecError> {
    match &event.event {
        Event::State(state) => {
            Ok([vec![0], event.accepted_ms.to_be_bytes().to_vec(), vouched(state).encode()].concat())
        }
        Event::Welcome { state: Some(state), .. } => {
            let body = with_vouchers(directory, fanout_message(event)?.encode(), &event.vouchers);
            Ok([vec![1], encode_beside(state, body)].concat())
        }
        _ => Err(CodecError::Unsupported),
    }
}

fn read_news(config: &NodeConfig, body: &[u8]) -> Result<FanOut, CodecError> {
    match body.split_first() {
        Some((0, rest)) => {
            let (accepted_ms, octets) = prefix::<u64>(rest)?;
            Ok(FanOut::new(accepted_ms, Event::State(read_vouched(octets)?)))
        }
        Some((1, rest)) => {
            let (copy, rest) = decode_beside(rest)?;
            let (message, vouchers) = split_vouchers::<FanoutMessage>(config, rest)?;
            let mut event = FanOut { vouchers, ..fan_out(message)? };
            match &mut event.event {
                Event::Welcome { state, .. } => *state = Some(copy),
                _ => return Err(CodecError::Unsupported),
            }
            Ok(event)
        }
        _ => Err(CodecError::UnknownEndpoint),
    }
}

fn vouched(VouchedEvent { event, origin }: &VouchedEvent) -> WireVouchedEvent {
    WireVouchedEvent { event: opaque(event), origin: opaque(origin) }
}

fn read_vouched(octets: &[u8]) -> Result<VouchedEvent, CodecError> {
    let WireVouchedEvent { event, origin } = WireVouchedEvent::decode(octets)?;
    Ok(VouchedEvent { event: event.as_slice().into(), origin: origin.as_slice().into() })
}

fn opaque(octets: &Octets) -> Opaque {
    octets.to_vec().into()
}

fn prefix<T: DeserializeBytes>(bytes: &[u8]) -> Result<(T, &[u8]), CodecError> {
    T::tls_deserialize_bytes(bytes).map_err(|error| CodecError::Wire(error.into()))
}
