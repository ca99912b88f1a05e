//! Assets by Oblivious HTTP: the relay does not see what is fetched, and the gateway fetches from asset servers alone (proto §5.10.3,
//! PROTO-73).

use super::*;
use mimic_protocol::codec::{Hop, encode_request, encode_response};
use mimic_protocol::http::{BinaryRequest, BinaryResponse};
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{AnswerSecret, Entropy, Mls, Octets};
use mimic_protocol::node::Exchange;
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::policy::{AssetKind, Usage};
use mimic_protocol::wire::asset_policy::{
    AssetPolicy, AssetUploadLocation, DownloadPrivacy, DownloadPrivacyType,
};
use mimic_protocol::wire::mls::HpkeCiphertext;
use std::sync::Arc;

const RELAY: ProviderId = ProviderId(1);
const OWNER: ProviderId = ProviderId(2);
/// What RFC 9458 puts in front of what is sealed, for the one key that a gateway has here.
const HEADER: [u8; 7] = [0, 0, 0x20, 0, 1, 0, 1];

use DownloadPrivacyType::{Direct, HubProxy, Ohttp};

fn ways(
    allowed: &[DownloadPrivacyType],
    forbidden: &[DownloadPrivacyType],
    preferred: DownloadPrivacyType,
) -> DownloadPrivacy {
    DownloadPrivacy {
        allowed_download_types: allowed.to_vec(),
        forbidden_download_types: forbidden.to_vec(),
        default_download_type: preferred,
    }
}

/// A room in which assets are fetched so, with Cathy's image in it.
pub(super) fn room_with_an_image(planted: Planted, download_privacy: DownloadPrivacy) -> Story {
    let mut room = Example::Cooperative.room(UserId(0));
    Arc::make_mut(&mut room.components).asset = Some(AssetPolicy {
        asset_upload_location: AssetUploadLocation::Unspecified,
        upload_domains: Vec::new(),
        download_privacy,
        max_image: 1 << 20,
        max_audio: 0,
        max_video: 0,
        max_attachment: 0,
        forbidden_media_types: Vec::new(),
        permitted_media_types: None,
    });
    let plans = Plans { rooms: [(ROOM, room)].into(), ..Plans::default() };
    let driver = Driver::planned(world(), Readings::default(), planted, plans);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.wants(A1, Action::Create);
    for user in [BOB, CATHY] {
        story.wants(A1, Action::Add(user, USER));
    }
    story.wants(C1, Action::Use(Usage::Upload(AssetKind::Image), 7));
    story
}

/// The same, where Oblivious HTTP is preferred.
pub(super) fn room_for_ohttp(planted: Planted) -> Story {
    room_with_an_image(planted, ways(&[], &[], Ohttp))
}

fn fetches(story: &mut Story) -> Option<Result<(), Refusal>> {
    story.wants(B1, Action::Use(Usage::Download(AssetKind::Image), 8));
    story.outcomes.last().and_then(|(_, _, outcome)| *outcome)
}

fn served(story: &Story) -> Vec<(NodeId, NodeId)> {
    let served = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::AssetServed { to } => Some((*node, *to)),
        _ => None,
    });
    served.collect()
}

fn genuine(story: &Story) -> usize {
    let fetched = |(node, fact): &&(NodeId, Fact)| {
        *node == B1.into() && matches!(fact, Fact::Fetched { is_genuine: true, .. })
    };
    story.driver.facts.iter().filter(fetched).count()
}

/// All octets of downloads that Bob's provider gets, from him and from the hub, and sends.
fn relayed(story: &Story) -> Vec<Vec<u8>> {
    let directory = story.driver.config.directory();
    let call = Call::Oblivious(ROOM);
    let octets = |(from, to, body): &(NodeId, NodeId, Body)| {
        let hop = Hop { from: *from, to: *to };
        match body {
            Body::Request(request @ (Request::Oblivious { .. } | Request::Download { .. })) => {
                encode_request(directory, hop, request).ok()
            }
            Body::Response(response @ (Response::Oblivious(_) | Response::Asset(_))) => {
                encode_response(directory, hop, &Exchange { origin: B1.into(), call }, response).ok()
            }
            _ => None,
        }
    };
    let at_relay = |(from, to, _): &&(NodeId, NodeId, Body)| [from, to].contains(&&RELAY.into());
    story.driver.sent.iter().filter(at_relay).filter_map(octets).collect()
}

fn contains(octets: &[u8], text: &[u8]) -> bool {
    octets.windows(text.len()).any(|window| window == text)
}

/// PROTO-73: Cathy's provider sees the hub ask, the hub sees Bob's provider, and Bob's provider sees neither the URL, nor where it
/// leads, nor what comes back. A client that asks in the clear all the same tells it all.
#[test]
fn the_relay_does_not_see_what_is_fetched() {
    let sees = |planted| {
        let mut story = room_for_ohttp(planted);
        assert_eq!(fetches(&mut story), Some(Ok(())));
        assert_eq!((served(&story), genuine(&story)), (vec![(OWNER.into(), HUB.into())], 1));
        let relayed = relayed(&story);
        assert_eq!(relayed.len(), 4);
        let content = mimic_protocol::assets::content("https://assets.c.example/7");
        [&b"assets"[..], b"c.example", &content[..]]
            .map(|text| relayed.iter().any(|octets| contains(octets, text)))
    };
    assert_eq!(sees(Planted::NONE), [false; 3]);
    assert_eq!(sees(Planted::new(Mutant::DownloadsInTheClear)), [true; 3]);
}

/// The relay hands Bob's device a key of its own for that of the gateway. It is not used; taken all the same, the relay reads what is
/// fetched.
#[test]
fn a_relay_cannot_put_its_own_key_in_the_place_of_the_gateways() {
    let reads = |planted| {
        let mut story = room_for_ohttp(planted);
        let mls = story.driver.config.mls.clone();
        let own = Symbolic::server_sealing_key(&mls, RELAY).expect("it has a key");
        let told = [&[0, 9 + own.len() as u8, 0, 0, 0x20][..], &own, &[0, 4, 0, 1, 0, 1]].concat();
        story.driver.alter(move |packet| {
            let Body::Response(Response::OhttpKeys(octets)) = &mut packet.body else { return false };
            *octets = told.as_slice().into();
            true
        });
        let fetched = fetches(&mut story);
        assert!(story.driver.faults_are_spent());
        let info = [&b"message/bhttp request\0"[..], &HEADER].concat();
        let opens = |(_, _, body): &(NodeId, NodeId, Body)| match body {
            Body::Request(Request::Oblivious { sealed, .. }) => {
                let (enc, ciphertext) = sealed[HEADER.len()..].split_at(32);
                let sealed = HpkeCiphertext { kem_output: enc.into(), ciphertext: ciphertext.into() };
                let labels = (&info[..], &b"message/bhttp response"[..]);
                Symbolic::unseal_for_answer(&mls, RELAY, labels, &sealed).is_ok()
            }
            _ => false,
        };
        (fetched == Some(Ok(())), story.driver.sent.iter().any(opens))
    };
    assert_eq!(reads(Planted::NONE), (true, false));
    assert_eq!(reads(Planted::new(Mutant::TakesAnyGatewayKey)), (false, true));
}

/// The gateway hears of the key's fetch from the relay alone, and of one client's key once.
#[test]
fn the_key_of_a_gateway_is_fetched_by_the_relay() {
    let mut story = room_for_ohttp(Planted::NONE);
    for _ in 0..2 {
        assert_eq!(fetches(&mut story), Some(Ok(())));
    }
    let asked = story.driver.sent.iter().filter_map(|(from, to, body)| {
        matches!(body, Body::Request(Request::OhttpKeys { .. })).then_some((*from, *to))
    });
    assert_eq!(asked.collect::<Vec<_>>(), [(B1.into(), RELAY.into()), (RELAY.into(), HUB.into())]);
}

/// room-policy §6.4: the way that is preferred, else one that is allowed; never the one that is NOT RECOMMENDED.
#[test]
fn assets_are_fetched_as_the_room_has_it() {
    let way = |privacy| {
        let mut story = room_with_an_image(Planted::NONE, privacy);
        let outcome = fetches(&mut story);
        let asked = story.driver.sent.iter().find_map(|(from, _, body)| match body {
            Body::Request(Request::OhttpKeys { .. }) if *from == B1.into() => Some(Ohttp),
            Body::Request(Request::Download { .. }) if *from == B1.into() => Some(HubProxy),
            Body::Request(Request::Asset { .. }) if *from == B1.into() => Some(Direct),
            _ => None,
        });
        (asked, outcome)
    };
    let done = |way| (Some(way), Some(Ok(())));
    let cases = [
        (ways(&[], &[], Ohttp), done(Ohttp)),
        (ways(&[], &[], HubProxy), done(HubProxy)),
        (ways(&[], &[], Direct), done(HubProxy)),
        (ways(&[Direct, Ohttp], &[], Direct), done(Ohttp)),
        (ways(&[Direct], &[HubProxy], Direct), (None, Some(Err(Refusal::NotPermitted)))),
        (ways(&[HubProxy, Ohttp], &[], HubProxy), done(HubProxy)),
        (ways(&[], &[HubProxy], Ohttp), done(Ohttp)),
    ];
    for (privacy, expected) in cases {
        assert_eq!(way(privacy.clone()), expected, "{privacy:?}");
    }
}

/// Octets that are sealed for a gateway, and what an answer to them is opened with.
struct Question {
    encapsulated: Octets,
    enc: Vec<u8>,
    secret: AnswerSecret,
}

impl Question {
    /// The status in the answer that is sealed for this.
    fn status(&self, answer: Option<Response>) -> u16 {
        let Some(Response::Oblivious(answer)) = answer else { panic!("{answer:?} is not sealed") };
        let (nonce, sealed) = answer.split_at(16);
        let opened = Symbolic::unseal_answer(self.secret, &[&self.enc, nonce].concat(), sealed);
        BinaryResponse::decode(&opened.expect("it is for this")).expect("it is an answer").status
    }
}

/// Any octets, sealed for a gateway; each with a seed of its own.
fn sealed_for(story: &Story, gateway: ProviderId, request: &[u8], seed: u8) -> Question {
    let mls = &story.driver.config.mls;
    let key = Symbolic::server_sealing_key(mls, gateway).expect("it has a key");
    let info = [&b"message/bhttp request\0"[..], &HEADER].concat();
    let labels = (&info[..], &b"message/bhttp response"[..]);
    let sealed = Symbolic::seal_for_answer(&key, labels, request, Entropy([seed; 32]));
    let (sealed, secret) = sealed.expect("it can be sealed");
    let (enc, ciphertext) = (sealed.kem_output.as_slice(), sealed.ciphertext.as_slice());
    let encapsulated = [&HEADER, enc, ciphertext].concat().into();
    Question { encapsulated, enc: enc.to_vec(), secret }
}

/// A request of Bob's device, and what its provider answers.
pub(super) fn asks_sealed(story: &mut Story, gateway: ProviderId, sealed: Octets) -> Option<Response> {
    let before = story.driver.sent.len();
    let call = Call::Oblivious(ROOM);
    story.driver.asks(B1, call, Request::Oblivious { gateway, sealed });
    story.driver.run();
    story.driver.sent[before..].iter().find_map(|(_, to, body)| match body {
        Body::Response(response) if *to == B1.into() => Some(response.clone()),
        _ => None,
    })
}

/// PROTO-73: as for the hub's proxy (PROTO-72), nothing but what lies at the asset server of somebody in its rooms, however it is
/// written, and nothing but a GET.
#[test]
fn the_gateway_is_no_open_proxy() {
    let asked = |planted, request: &BinaryRequest| {
        let mut story = room_for_ohttp(planted);
        let question = sealed_for(&story, HUB, &request.encode(), 1);
        // The answer is sealed, whatever it says: the relay does not learn that the target was refused.
        let status = question.status(asks_sealed(&mut story, HUB, question.encapsulated.clone()));
        assert_eq!(served(&story).is_empty(), status == 403, "{request:?}");
        status == 200
    };
    let get = |url: &str| BinaryRequest::get(url);
    assert!(asked(Planted::NONE, &get("https://assets.c.example/7")));
    let tricks = [
        "http://assets.c.example/7",
        "https://assets.c.example:8443/7",
        "https://user@assets.c.example/7",
        "https://assets.c.example@intranet.c.example/7",
        "https://assets.c.example.evil.example/7",
        "https://ASSETS.C.EXAMPLE/7",
        "https://intranet.c.example/7",
        "https://c.example/7",
        "https://assets.c.example",
        "",
    ];
    for url in tricks {
        assert!(!asked(Planted::NONE, &get(url)), "{url}");
    }
    let post = BinaryRequest { method: "POST".to_owned(), ..get("https://assets.c.example/7") };
    let with_content = BinaryRequest { content: vec![1], ..get("https://assets.c.example/7") };
    assert!(!asked(Planted::NONE, &post) && !asked(Planted::NONE, &with_content));
    assert!(asked(Planted::new(Mutant::OpenProxy), &get("https://intranet.c.example/7")));
}

/// RFC 9458 §5.2: what a gateway cannot open it refuses in the clear; what it can, but is no request, sealed.
#[test]
fn what_a_gateway_cannot_open_is_a_bad_request() {
    let mut story = room_for_ohttp(Planted::NONE);
    let request = BinaryRequest::get("https://assets.c.example/7").encode();
    let mut altered = sealed_for(&story, HUB, &request, 1).encapsulated.to_vec();
    *altered.last_mut().expect("it is not empty") ^= 1;
    let for_another = sealed_for(&story, RELAY, &request, 2).encapsulated;
    for sealed in [altered.into(), for_another, Octets::from([]), HEADER.as_slice().into()] {
        assert_eq!(asks_sealed(&mut story, HUB, sealed), Some(Response::BadRequest));
    }
    assert_eq!(served(&story), []);
}

/// The same: what a gateway can open it answers sealed, whatever it has to say.
#[test]
fn what_is_sealed_says_how_it_ended() {
    let mut story = room_for_ohttp(Planted::NONE);
    let get = |url: &str| BinaryRequest::get(url).encode();
    let cases = [
        (get("https://assets.c.example/7"), 200),
        (get("https://assets.a.example/7"), 200),
        (b"GET /7 HTTP/1.1".to_vec(), 400),
        (get("https://intranet.c.example/7"), 403),
        (get("https://assets.c.example/nothing"), 404),
    ];
    for (request, status) in cases {
        let question = sealed_for(&story, HUB, &request, 1);
        let answer = asks_sealed(&mut story, HUB, question.encapsulated.clone());
        assert_eq!(question.status(answer), status, "{request:02x?}");
    }
}

/// A provider relays to hubs alone, and for its own clients alone.
#[test]
fn a_relay_is_no_open_relay() {
    let mut story = room_for_ohttp(Planted::NONE);
    let request = BinaryRequest::get("https://assets.c.example/7").encode();
    let sealed = sealed_for(&story, OWNER, &request, 1).encapsulated;
    assert_eq!(asks_sealed(&mut story, OWNER, sealed.clone()), Some(Response::Refused));
    // Cathy's device, by Bob's provider.
    let request = Request::Oblivious { gateway: HUB, sealed };
    let before = story.driver.sent.len();
    story.driver.asks_at(C1, RELAY, Call::Oblivious(ROOM), request);
    story.driver.run();
    assert!(
        matches!(story.driver.sent[before..], [(_, to, Body::Response(Response::Refused))] if to == C1.into())
    );
}

/// What comes back altered, or sealed for another request, is no answer: the client asks again, sealed anew, as it does when the hub
/// crashes over an open request.
#[test]
fn what_the_gateway_has_not_sealed_is_no_answer() {
    let asks = |meanwhile: fn(&mut Driver)| {
        let mut story = room_for_ohttp(Planted::NONE);
        meanwhile(&mut story.driver);
        assert_eq!((fetches(&mut story), genuine(&story)), (Some(Ok(())), 1));
        assert!(story.driver.faults_are_spent());
        let asked = story.driver.sent.iter().filter_map(|(from, _, body)| match body {
            Body::Request(Request::Oblivious { sealed, .. }) if *from == B1.into() => Some(sealed.clone()),
            _ => None,
        });
        let mut asked: Vec<_> = asked.collect();
        let all = asked.len();
        asked.dedup();
        assert_eq!(asked.len(), all, "each try is sealed anew");
        all
    };
    assert_eq!(asks(|_| ()), 1);
    let altered = |driver: &mut Driver| {
        driver.alter(|packet| {
            let Body::Response(Response::Oblivious(octets)) = &mut packet.body else { return false };
            let mut other = octets.to_vec();
            other[20] ^= 1;
            *octets = other.into();
            true
        });
    };
    assert_eq!(asks(altered), 2);
    let lost = |driver: &mut Driver| {
        driver.lose(|packet| matches!(packet.body, Body::Request(Request::Asset { .. })));
    };
    assert_eq!(asks(lost), 2);
}

/// The gateway keeps what it needs for the answer in memory alone: after a crash it makes nothing of what the owner answers.
#[test]
fn a_gateway_that_crashes_is_asked_again() {
    let mut story = room_for_ohttp(Planted::NONE);
    let id = story.states(B1, Action::Use(Usage::Download(AssetKind::Image), 8));
    story.driver.run_until(|fact| matches!(fact, Fact::AssetServed { .. }));
    story.driver.crash(HUB);
    story.driver.run();
    assert_eq!((story.driver.outcome(id), served(&story).len(), genuine(&story)), (Some(Ok(())), 2, 1));
}
