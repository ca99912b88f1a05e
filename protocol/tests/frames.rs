//! Frames that are none: each breach has its name (the good ones are those of whole stories, in `story`).

use mimic_protocol::codec::{CodecError, Hop, decode_request, decode_response, encode_request};
use mimic_protocol::decoders::world;
use mimic_protocol::node::{Call, Exchange, Request};
use mimic_protocol::wire::app_data::AppDataDictionary;
use mimic_protocol::wire::consent::{ConsentAct, ConsentEntry};
use mimic_protocol::wire::group_info::{GroupInfoRequest, GroupInfoRequestTbs};
use mimic_protocol::wire::mls::Credential;
use mimic_protocol::wire::notify::{Attached, FanoutMessage, NotifyRequest};
use mimic_protocol::wire::update::{UpdateOutcome, UpdateRoomResponse};
use mimic_protocol::wire::{
    IdentifierUri, Malformed, MessageKind, MlsBytes, Opaque, Protocol, Wire, WireError,
};
use mimic_protocol::{ClientId, NodeId, ProviderId, RoomId};

const ALICE: &str = "mimi://a.example/u/alice";
const BOB: &str = "mimi://b.example/u/bob";
const ROOM: &str = "mimi://a.example/r/clubhouse";
const GROUP: &str = "mimi://a.example/g/clubhouse";
const SECOND_GROUP: &str = "mimi://a.example/g/clubhouse-2";

fn opaque(text: &str) -> Opaque {
    text.as_bytes().into()
}

fn frame(endpoint: u8, path: &str, body: Vec<u8>) -> Vec<u8> {
    [vec![endpoint], opaque(path).encode(), body].concat()
}

fn hop() -> Hop {
    Hop { from: ClientId(0).into(), to: ProviderId(0).into() }
}

fn refused(frame: &[u8]) -> CodecError {
    decode_request(world(), hop(), frame).expect_err("no frame")
}

fn message() -> FanoutMessage {
    let message = MlsBytes::symbolic(MessageKind::Application, b"content");
    FanoutMessage { timestamp_ms: 1, message, attached: Attached::Application { frank: None } }
}

fn group_info_request(requesting_credential: Credential) -> Vec<u8> {
    let tbs = GroupInfoRequestTbs {
        protocol: Protocol::Mls10,
        cipher_suite: 1,
        requesting_signature_key: opaque(""),
        requesting_credential,
        group_info_public_key: opaque(""),
        joining_code: None,
    };
    GroupInfoRequest { tbs, signature: opaque("") }.encode()
}

fn consent(act: ConsentAct) -> Vec<u8> {
    let uri = |uri: &str| IdentifierUri(opaque(uri));
    let extensions = AppDataDictionary::default();
    ConsentEntry { act, requester: uri(ALICE), target: uri(BOB), room: None, extensions }.encode()
}

#[test]
fn what_is_no_request_says_why() {
    let notify = |count| NotifyRequest(vec![message(); count]).encode();
    let cases = [
        (Vec::new(), CodecError::UnknownEndpoint),
        (vec![0, 0], CodecError::UnknownEndpoint),
        (vec![99, 0], CodecError::UnknownEndpoint),
        (vec![4], CodecError::Wire(WireError::EndOfInput)),
        (frame(4, ROOM, Vec::new()), CodecError::Wire(Malformed::NoMessage.into())),
        (frame(4, ROOM, notify(2)), CodecError::Unsupported),
        (frame(4, "mimi://a.example/r/elsewhere", notify(1)), CodecError::UnknownName),
        (frame(4, ALICE, notify(1)), CodecError::UnknownName),
        (frame(4, "clubhouse", notify(1)), CodecError::UnknownName),
        (frame(5, ROOM, group_info_request(Credential::X509(Vec::new()))), CodecError::Unsupported),
        (frame(5, ROOM, group_info_request(Credential::Basic(opaque(ALICE)))), CodecError::UnknownName),
        (frame(7, "b.example", consent(ConsentAct::Revoke)), CodecError::WrongOperation),
        (frame(8, "a.example", consent(ConsentAct::Request)), CodecError::WrongOperation),
        (frame(7, "a.example", consent(ConsentAct::Request)), CodecError::Misaddressed),
        (frame(8, "b.example", consent(ConsentAct::Revoke)), CodecError::Misaddressed),
        (frame(0x84, GROUP, vec![9]), CodecError::UnknownEndpoint),
        (frame(0x84, GROUP, Vec::new()), CodecError::UnknownEndpoint),
        (frame(0x84, GROUP, vec![2, 7]), CodecError::UnknownEndpoint),
        (frame(0x85, "", vec![0, 0, 0]), CodecError::Unsupported),
    ];
    for (octets, error) in cases {
        assert_eq!(refused(&octets), error, "{octets:02x?}");
    }
    assert!(decode_request(world(), hop(), &frame(4, ROOM, notify(1))).is_ok());
}

/// A room may have had several groups: a path of the drafts' that named one of them would be read as the room's first one.
#[test]
fn the_drafts_paths_name_rooms_and_ours_name_groups() {
    let notify = NotifyRequest(vec![message()]).encode();
    assert_eq!(refused(&frame(4, GROUP, notify.clone())), CodecError::UnknownName);
    assert_eq!(refused(&frame(4, SECOND_GROUP, notify)), CodecError::UnknownName);
    let deliver = |path| frame(0x83, path, [vec![0; 8], message().encode()].concat());
    assert_eq!(refused(&deliver(ROOM)), CodecError::UnknownName);
    let octets = deliver(SECOND_GROUP);
    let (_, read) = decode_request(world(), hop(), &octets).expect("a frame");
    assert!(matches!(read, Request::Deliver { room: RoomId(1), .. }), "{read:?}");
    assert_eq!(encode_request(world().directory(), hop(), &read), Ok(octets));
}

#[test]
fn what_is_no_answer_says_why() {
    let answer = |call, octets: &[u8]| {
        let exchange = Exchange { origin: NodeId::Client(ClientId(0)), call };
        decode_response(world().directory(), hop(), &exchange, octets).expect_err("no answer")
    };
    let update = Call::Update(RoomId(0));
    let outcome = UpdateOutcome::InvalidProposal { invalid_proposals: vec![opaque("too short")] };
    let body = UpdateRoomResponse { error_description: String::new(), outcome }.encode();
    let cases = [
        (Call::Publish, vec![], CodecError::UnknownEndpoint),
        (Call::Publish, vec![0x81, 0], CodecError::UnknownEndpoint),
        (Call::Publish, vec![0x82, 0, 200], CodecError::UnknownEndpoint),
        (Call::Publish, vec![0x81, 0, 201], CodecError::UnknownEndpoint),
        (Call::Publish, vec![0x81, 0, 200, 0], CodecError::Unsupported),
        (update, vec![2, 0, 200], CodecError::Wire(WireError::EndOfInput)),
        (update, vec![2, 0, 200, 4, 0], CodecError::Wire(WireError::UnknownValue(4))),
        (update, [vec![2, 0, 200], body].concat(), CodecError::Unsupported),
    ];
    for (call, octets, error) in cases {
        assert_eq!(answer(call, &octets), error, "{octets:02x?}");
    }
}
