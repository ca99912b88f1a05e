//! HTTP between providers: the directory document, the heads of requests, and the statuses of answers (proto §4.1, §5.1).

use mimic_protocol::codec::{
    CodecError, Hop, decode_request, decode_response, encode_failure, encode_request, encode_response,
};
use mimic_protocol::http::{
    BinaryRequest, BinaryResponse, DirectoryDocument, DirectoryError, Endpoint, HttpError, RequestHead,
    ResponseHead, read_request, read_response, write_request, write_response,
};
use mimic_protocol::node::{Bundle, Call, Exchange, Request, Response};
use mimic_protocol::wire::ratchet_tree::{GroupInfoOption, RatchetTreeOption};
use mimic_protocol::wire::update::HandshakeBundle;
use mimic_protocol::wire::{GroupInfoBytes, MessageKind, MlsBytes, Wire};
use mimic_protocol::{ClientId, Directory, NodeConfig, Planted, ProviderId, Readings, RoomId, UserId};
use proptest::prelude::*;
use std::sync::Arc;

const A: ProviderId = ProviderId(0);
const B: ProviderId = ProviderId(1);

/// The document of proto §5.1, with the comma and the slash that are missing there, and domains where §5.7 has them (AMB-01).
const EXAMPLE: &str = r#"{
  "keyMaterial": "https://mimi.example.com/v1/keyMaterial/{targetUser}",
  "update": "https://mimi.example.com/v1/update/{roomId}",
  "notify": "https://mimi.example.com/v1/notify/{roomId}",
  "submitMessage": "https://mimi.example.com/v1/submitMessage/{roomId}",
  "groupInfo": "https://mimi.example.com/v1/groupInfo/{roomId}",
  "requestConsent": "https://mimi.example.com/v1/requestConsent/{targetDomain}",
  "updateConsent": "https://mimi.example.com/v1/updateConsent/{requesterDomain}",
  "identifierQuery": "https://mimi.example.com/v1/identifierQuery/{domain}",
  "reportAbuse": "https://mimi.example.com/v1/reportAbuse/{roomId}",
  "proxyDownload": "https://mimi.example.com/v1/proxyDownload/{downloadUrl}"
}"#;

fn config() -> Arc<NodeConfig> {
    let mut directory = Directory::default();
    let [a, b] = ["a.example", "b.example"].map(|domain| directory.add_provider(domain));
    directory.serve_under(a, "/mimi/v2");
    for (provider, name) in [(a, "alice"), (b, "bob")] {
        let user = directory.add_user(provider, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(a, "clubhouse");
    NodeConfig::new(Arc::new(directory), Readings::default(), Planted::NONE)
}

fn hop() -> Hop {
    Hop { from: B.into(), to: A.into() }
}

/// PROTO-19.
#[test]
fn a_directory_document_says_where_the_endpoints_are() {
    let example = DirectoryDocument::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(example, DirectoryDocument::new("mimi.example.com", "/v1"));
    assert_eq!(DirectoryDocument::parse(example.to_json().as_bytes()), Ok(example.clone()));
    let more = EXAMPLE.replacen('{', r#"{ "version": 3, "knock": "https://mimi.example.com/knock","#, 1);
    assert_eq!(DirectoryDocument::parse(more.as_bytes()), Ok(example));
    let cases = [
        ("[]".to_owned(), DirectoryError::NoObject),
        (EXAMPLE.replace("\"notify\"", "\"knock\""), DirectoryError::Missing("notify")),
        (
            EXAMPLE.replace("https://mimi.example.com/v1/update/", "http://x/"),
            DirectoryError::BadTemplate("update"),
        ),
        (EXAMPLE.replace("/{domain}", "/"), DirectoryError::BadTemplate("identifierQuery")),
    ];
    for (text, error) in cases {
        assert_eq!(DirectoryDocument::parse(text.as_bytes()), Err(error));
    }
}

/// PROTO-19: a variable's value is percent-encoded, and what is found at the path is what was put there.
#[test]
fn templates_are_expanded_with_percent_encoding() {
    let document = DirectoryDocument::new("a.example", "/v1");
    let room = document.path(Endpoint::Update, "mimi://a.example/r/club house?100%");
    assert_eq!(room, "/v1/update/mimi%3A%2F%2Fa.example%2Fr%2Fclub%20house%3F100%25");
    for endpoint in Endpoint::LISTED {
        for value in
            ["mimi://a.example/r/clubhouse", "a.example", "https://assets.a.example/7?a=b#c", "ü/{x}%2F"]
        {
            let path = document.path(endpoint, value);
            assert_eq!(document.find(endpoint.method(), &path), Ok((endpoint, value.as_bytes().to_vec())));
            let other = if endpoint.method() == "GET" { "POST" } else { "GET" };
            assert_eq!(document.find(other, &path), Err(HttpError::WrongMethod));
        }
    }
    let unknown = ["/v1/update/", "/v1/update", "/v1/update/a/b", "/v1/update/a?b", "/v2/update/a", "/", ""];
    for path in unknown {
        assert_eq!(document.find("POST", path), Err(HttpError::NoSuchEndpoint), "{path}");
    }
}

fn untyped(status: u16) -> ResponseHead<'static> {
    ResponseHead { status, content_type: None, retry_after_s: None }
}

fn query() -> Request {
    Request::Search { at: A, query: Vec::new() }
}

/// PROTO-12: what a request looks like on the wire.
#[test]
fn a_request_names_its_source_and_its_target() {
    let config = config();
    let octets = encode_request(config.directory(), hop(), &query()).unwrap();
    let (head, body) = octets.split_at(octets.len() - 2);
    let expected = "POST /mimi/v2/identifierQuery/a.example HTTP/1.1\r\nHost: a.example\r\nFrom: mimi@b.example\r\n\
                    Content-Length: 2\r\n\r\n";
    assert_eq!((std::str::from_utf8(head), body), (Ok(expected), &[0, 0][..]));
    assert_eq!(decode_request(&config, hop(), &octets), Ok((B.into(), query())));
}

/// PROTO-12, PROTO-13: each flaw of a head has its status, and no request gets through with one.
#[test]
fn malformed_heads_are_refused_by_status() {
    let config = config();
    let good = String::from_utf8(encode_request(config.directory(), hop(), &query()).unwrap()).unwrap();
    let cases = [
        ("Host: a.example", "Host: a.example:8443", None),
        ("Host: a.example", "host: a.example", None),
        ("Host: a.example", "Host: b.example", Some((HttpError::Misdirected, 421))),
        ("Host: a.example\r\n", "", Some((HttpError::Misdirected, 421))),
        ("From: mimi@b.example\r\n", "", Some((HttpError::BadFrom, 400))),
        ("mimi@b.example", "Mimi Server <mimi@b.example>", Some((HttpError::BadFrom, 400))),
        ("mimi@b.example", "root@b.example", Some((HttpError::BadFrom, 400))),
        ("mimi@b.example", "b.example", Some((HttpError::BadFrom, 400))),
        (
            "From: mimi@b.example",
            "From: mimi@b.example\r\nFrom: mimi@c.example",
            Some((HttpError::BadFrom, 400)),
        ),
        ("mimi@b.example", "mimi@a.example", Some((HttpError::ForgedFrom, 403))),
        ("mimi@b.example", "mimi@nobody.example", Some((HttpError::ForgedFrom, 403))),
        ("/mimi/v2/", "/mimi/v1/", Some((HttpError::NoSuchEndpoint, 404))),
        ("POST", "GET", Some((HttpError::WrongMethod, 405))),
        ("HTTP/1.1", "HTCPCP/1.0", Some((HttpError::Malformed, 400))),
        ("Content-Length: 2", "Content-Length: 3", Some((HttpError::Malformed, 400))),
        ("Content-Length: 2", "Content-Length: two", Some((HttpError::Malformed, 400))),
    ];
    for (from, to, flaw) in cases {
        let read = decode_request(&config, hop(), good.replacen(from, to, 1).as_bytes());
        match flaw {
            None => assert_eq!(read, Ok((B.into(), query())), "{to}"),
            Some((error, status)) => {
                let error = CodecError::Http(error);
                assert_eq!((error.status(), read), (status, Err(error)), "{to}");
            }
        }
    }
}

/// A body that is none has a status as well, and whoever asked is refused by it.
#[test]
fn malformed_bodies_are_refused_by_status() {
    let config = config();
    let room = RoomId(0);
    let exchange = Exchange { origin: B.into(), call: Call::Search(room, A) };
    let back = Hop { from: A.into(), to: B.into() };
    let good = encode_request(config.directory(), hop(), &query()).unwrap();
    for length in 0..good.len() {
        let error = decode_request(&config, hop(), &good[..length]).unwrap_err();
        let answer = encode_failure(back, &exchange, &error);
        assert_eq!(read_response(&answer), Ok((untyped(400), &[][..])), "{length}: {error}");
        let read = decode_response(config.directory(), back, &exchange, &answer);
        assert_eq!(read, Ok(Response::Refused));
    }
    let grant = mimic_protocol::node::Consent::Grant;
    let scope = mimic_protocol::node::ConsentScope { requester: UserId(1), target: UserId(0), room: None };
    let consent = Request::Consent { consent: grant, scope, serial: None, key_packages: Vec::new() };
    let octets = encode_request(config.directory(), hop(), &consent).unwrap();
    let text = String::from_utf8_lossy(&octets).replace("updateConsent", "requestConsent");
    let (read, wrong) = (decode_request(&config, hop(), text.as_bytes()), CodecError::WrongOperation);
    assert_eq!((wrong.status(), read), (400, Err(wrong)));
}

/// Answers say their status and their length.
#[test]
fn answers_say_how_it_ended() {
    let answer = write_response(&untyped(201), b"abc");
    assert_eq!(answer, b"HTTP/1.1 201 \r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(read_response(&answer), Ok((untyped(201), &b"abc"[..])));
    assert_eq!(read_response(&answer[..answer.len() - 1]), Err(HttpError::Malformed));
    assert_eq!(read_request(&answer), Err(HttpError::Malformed));
    let config = config();
    let exchange = Exchange { origin: B.into(), call: Call::Update(RoomId(0)) };
    let back = Hop { from: A.into(), to: B.into() };
    for (status, read) in
        [(403, Ok(Response::Refused)), (503, Ok(Response::Refused)), (302, Err(CodecError::UnknownEndpoint))]
    {
        let octets = write_response(&untyped(status), &[]);
        assert_eq!(decode_response(config.directory(), back, &exchange, &octets), read);
    }
}

/// What has no place in the drafts has no path between providers.
#[test]
fn private_frames_stay_between_a_client_and_its_provider() {
    let config = config();
    let publish = Request::Publish { key_packages: Vec::new(), key_changes: 0 };
    let octets = encode_request(config.directory(), hop(), &publish).unwrap();
    let refused = Err(CodecError::Http(HttpError::Malformed));
    assert_eq!(decode_request(&config, hop(), &octets), refused);
    let update =
        Request::Update { room: RoomId(0), bundle: Bundle::Proposals(Vec::new()), vouchers: Vec::new() };
    assert_eq!(encode_request(config.directory(), hop(), &update), Err(CodecError::Unsupported));
}

/// Trees from elsewhere are a part of the drafts that is not built, and whoever sends one is told so.
#[test]
fn what_is_not_built_is_said_to_be() {
    let config = config();
    let bundle = HandshakeBundle::Commit {
        commit: MlsBytes::symbolic(MessageKind::Commit, &[]),
        welcome: None,
        group_info: GroupInfoOption::Full(GroupInfoBytes::symbolic(&[])),
        ratchet_tree: RatchetTreeOption::DistributionService,
    };
    let path = config.directory().document(A).path(Endpoint::Update, "mimi://a.example/r/clubhouse");
    let (host, from) = ("a.example", "b.example");
    let head = RequestHead { method: "POST", path: &path, host, from, content_type: None };
    let error = decode_request(&config, hop(), &write_request(&head, &bundle.encode())).unwrap_err();
    assert_eq!((error.status(), error), (501, CodecError::Unsupported));
}

fn sealed() -> Request {
    Request::Oblivious { gateway: A, sealed: b"sealed".as_slice().into() }
}

/// PROTO-73: the gateway has its place from RFC 9540, and its messages the media types of RFC 9458.
#[test]
fn oblivious_http_has_a_place_and_media_types() {
    let config = config();
    let octets = encode_request(config.directory(), hop(), &sealed()).unwrap();
    let expected = "POST /.well-known/ohttp-gateway HTTP/1.1\r\nHost: a.example\r\nFrom: mimi@b.example\r\n\
                    Content-Type: message/ohttp-req\r\nContent-Length: 6\r\n\r\nsealed";
    assert_eq!(std::str::from_utf8(&octets), Ok(expected));
    assert_eq!(decode_request(&config, hop(), &octets), Ok((B.into(), sealed())));
    let read = |from, to| decode_request(&config, hop(), expected.replacen(from, to, 1).as_bytes());
    let wrong = CodecError::Http(HttpError::WrongMedia);
    assert_eq!((wrong.status(), read("ohttp-req", "http")), (415, Err(wrong.clone())));
    assert_eq!(read("Content-Type: message/ohttp-req\r\n", ""), Err(wrong));
    assert_eq!(read("POST", "PUT"), Err(CodecError::Http(HttpError::WrongMethod)));
    // In the same place is what its key is.
    assert_eq!(read("POST", "GET"), Err(CodecError::Http(HttpError::Malformed)));
    let asks = Request::OhttpKeys { gateway: A };
    let octets = encode_request(config.directory(), hop(), &asks).unwrap();
    assert!(octets.starts_with(b"GET /.well-known/ohttp-gateway HTTP/1.1\r\n"));
    assert_eq!(decode_request(&config, hop(), &octets), Ok((B.into(), asks)));
    assert_eq!(read("/.well-known", "/mimi/v2"), Err(CodecError::Http(HttpError::NoSuchEndpoint)));
}

/// The owner answers the gateway in the clear, and the gateway the relay sealed: the media type says which it is.
#[test]
fn what_is_sealed_is_not_taken_for_an_asset() {
    let config = config();
    let exchange = Exchange { origin: B.into(), call: Call::Oblivious(RoomId(0)) };
    let back = Hop { from: A.into(), to: B.into() };
    let octets = || b"octets".as_slice().into();
    for response in [
        Response::Oblivious(octets()),
        Response::Asset(octets()),
        Response::NotFound,
        Response::BadRequest,
        Response::Refused,
    ] {
        let written = encode_response(config.directory(), back, &exchange, &response).unwrap();
        assert_eq!(decode_response(config.directory(), back, &exchange, &written), Ok(response));
    }
}

/// RFC 9292: what is written, what padding and truncation leave the same, and what is none.
#[test]
fn binary_http_is_that_of_the_rfc() {
    let get = BinaryRequest::get("https://example.com/");
    let octets = b"\x00\x03GET\x05https\x0bexample.com\x01/\x00\x00\x00".to_vec();
    assert_eq!(get.encode(), octets);
    for same in [&octets[..], &octets[..octets.len() - 3], &[&octets[..], &[0; 20]].concat()] {
        assert_eq!(BinaryRequest::decode(same), Ok(get.clone()));
    }
    let response = BinaryResponse { status: 200, content: b"abc".to_vec() };
    let octets = b"\x01\x40\xc8\x00\x03abc\x00".to_vec();
    assert_eq!(response.encode(), Ok(octets.clone()));
    assert_eq!(BinaryResponse::decode(&octets), Ok(response));
    assert_eq!(BinaryRequest::decode(&octets), Err(HttpError::Malformed));
    assert_eq!(BinaryResponse::decode(&get.encode()), Err(HttpError::Malformed));
    for none in
        [&b""[..], b"\x04", b"\x00\x03GE", b"\x00\x03GET\x05https\x0bexample.com\x01/\x00\x00\x00\x01"]
    {
        assert_eq!(BinaryRequest::decode(none), Err(HttpError::Malformed));
    }
    assert_eq!(BinaryResponse { status: 600, content: Vec::new() }.encode(), Err(HttpError::Malformed));
}

/// RFC 9292 §3.8: URLs of whatever length up to a bound make requests of one length.
#[test]
fn padding_hides_how_long_a_url_is() {
    let length = |path: &str| {
        let request = BinaryRequest::get(&format!("https://assets.a.example/{path}"));
        assert_eq!(BinaryRequest::decode(&request.padded()), Ok(request.clone()));
        (request.encode().len(), request.padded().len())
    };
    let lengths = [0, 1, 200, 230].map(|n| length(&"7".repeat(n)));
    assert!(lengths.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(lengths.map(|(_, padded)| padded), [256, 256, 256, 512]);
}

/// What stands before a path in a target has none of its delimiters, so that none is read as another.
#[test]
fn a_target_is_written_in_one_way() {
    let parts = |scheme: &str, authority: &str, path: &str| {
        let vector = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
        let head = [vector("GET"), vector(scheme), vector(authority), vector(path)].concat();
        BinaryRequest::decode(&[&[0], &head[..]].concat())
    };
    let malformed = Err(HttpError::Malformed);
    assert_eq!(parts("https", "a.example", "/7"), Ok(BinaryRequest::get("https://a.example/7")));
    assert_eq!(parts("https://a.example/", "b.example", "/7"), malformed);
    assert_eq!(parts("https", "a.example/7", ""), malformed);
    assert_eq!(parts("https", "a.example", "7"), malformed);
}

proptest! {
    #[test]
    fn binary_http_comes_back_as_it_was(
        method in "[A-Z]{1,9}", host in "[a-z.:@]{0,20}", path in "(/[a-z0-9?/]{0,90})?",
        status in 200u16..600, content in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let url = format!("https://{host}{path}");
        let request = BinaryRequest { method, url, content: content.clone() };
        prop_assert_eq!(BinaryRequest::decode(&request.encode()), Ok(request));
        let response = BinaryResponse { status, content };
        prop_assert_eq!(BinaryResponse::decode(&response.encode().unwrap()), Ok(response));
    }

    #[test]
    fn sealed_octets_come_back_as_they_were(sealed in prop::collection::vec(any::<u8>(), 0..300)) {
        let config = config();
        let request = Request::Oblivious { gateway: A, sealed: sealed.clone().into() };
        let client = Hop { from: ClientId(1).into(), to: B.into() };
        for (hop, from) in [(hop(), B.into()), (client, client.from)] {
            let octets = encode_request(config.directory(), hop, &request).unwrap();
            prop_assert_eq!(decode_request(&config, hop, &octets), Ok((from, request.clone())));
        }
        let response = Response::Oblivious(sealed.into());
        let exchange = Exchange { origin: ClientId(1).into(), call: Call::Oblivious(RoomId(0)) };
        for hop in [Hop { from: A.into(), to: B.into() }, Hop { from: B.into(), to: ClientId(1).into() }] {
            let octets = encode_response(config.directory(), hop, &exchange, &response).unwrap();
            let read = decode_response(config.directory(), hop, &exchange, &octets);
            prop_assert_eq!(read, Ok(response.clone()));
        }
    }
}
