//! What providers are to one another: who speaks is who the connection says (proto §4.1), who is found is who lets itself be found
//! (§5.8), and assets come through the hub (§5.10).

use super::*;
use mimic_protocol::codec::{CodecError, Hop, decode_request, encode_request};
use mimic_protocol::http::HttpError;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Entropy, Mls, MlsMember};
use mimic_protocol::node::{
    ClientMaterial, Consent, ConsentScope, Deed, GroupInfoAnswer, KeyMaterialAnswer, UserStatus,
};
use mimic_protocol::plans::{Plans, Query, QueryId};
use mimic_protocol::policy::{AssetKind, Usage};
use mimic_protocol::profile::{Field, Profile, SearchPolicy, Term};
use mimic_protocol::signing::key_material_request;
use mimic_protocol::wire::franking::SignContent;
use mimic_protocol::wire::identifier_query::IdentifierQueryCode;
use mimic_protocol::wire::key_material::{KeyMaterialRequest, KeyMaterialRequestTbs};
use mimic_protocol::wire::mls::Credential;
use mimic_protocol::wire::{IdentifierUri, Wire};
use mimic_protocol::{NodeConfig, assets};
use std::sync::Arc;

/// PROTO-12, PROTO-13: the head of a request is held against the connection that it came on.
#[test]
fn nobody_speaks_for_another_provider() {
    let read = |planted, connected: ProviderId| {
        let config = NodeConfig::new(Arc::new(world()), Readings::default(), planted);
        let scope = ConsentScope { requester: UserId(0), target: BOB, room: None };
        let request =
            Request::Consent { consent: Consent::Grant, scope, serial: None, key_packages: Vec::new() };
        let written = Hop { from: ProviderId(1).into(), to: HUB.into() };
        let octets = encode_request(config.directory(), written, &request).expect("it has an encoding");
        let came = Hop { from: connected.into(), to: HUB.into() };
        decode_request(&config, came, &octets).map(|(from, _)| from)
    };
    let forged = Err(CodecError::Http(HttpError::ForgedFrom));
    assert_eq!(read(Planted::NONE, ProviderId(1)), Ok(ProviderId(1).into()));
    assert_eq!(read(Planted::NONE, ProviderId(2)), forged);
    assert_eq!(read(Planted::new(Mutant::BelievesFrom), ProviderId(2)), Ok(ProviderId(1).into()));
}

/// PROTO-23: the hub asks for Bob's key packages in Eve's name, with what Alice has signed.
#[test]
fn an_altered_request_for_key_packages_is_refused() {
    let ends = |planted, alters| {
        let mut story = Story::begin(planted);
        story.wants(A1, Action::Create);
        if alters {
            story.driver.alter(|packet| {
                let Body::Request(Request::KeyMaterial { requester, signed, .. }) = &mut packet.body else {
                    return false;
                };
                let uri = |text: &str| IdentifierUri(text.as_bytes().into());
                *requester = E1;
                signed.tbs.requesting_user = uri("mimi://a.example/u/eve");
                signed.tbs.requester_credential =
                    Credential::Basic("mimi://a.example/d/eve/phone".as_bytes().into());
                packet.to == ProviderId(1).into()
            });
        }
        story.wants(A1, Action::Add(BOB, USER));
        story.outcomes[1].2
    };
    assert_eq!(ends(Planted::NONE, false), Some(Ok(())));
    assert_eq!(ends(Planted::NONE, true), Some(Err(Refusal::NotAllowed)));
    assert_eq!(ends(Planted::new(Mutant::TakesUnsignedRequests), true), Some(Ok(())));
}

/// PROTO-55: Bob's other device asks for the GroupInfo, and on its way the request gets a join link.
#[test]
fn an_altered_request_for_the_group_info_is_refused() {
    let ends = |planted, alters| {
        let mut story = Story::begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Do(Deed::Enlist(BOB, USER)));
        if alters {
            story.driver.alter(|packet| {
                let Body::Request(Request::GroupInfo { signed, .. }) = &mut packet.body else { return false };
                signed.tbs.joining_code = Some([7].as_slice().into());
                true
            });
        }
        story.wants(B2, Action::JoinOwnDevice);
        story.outcomes[2].2
    };
    assert_eq!(ends(Planted::NONE, false), Some(Ok(())));
    assert_eq!(ends(Planted::NONE, true), Some(Err(Refusal::NotAuthorized)));
    assert_eq!(ends(Planted::new(Mutant::TakesUnsignedRequests), true), Some(Ok(())));
}

/// PROTO-56: somebody on the way puts another signature on the answer. Bob's other device takes it for no answer, and asks again.
#[test]
fn a_group_info_that_the_hub_has_not_signed_is_no_answer() {
    let asks = |planted, alters| {
        let mut story = Story::begin(planted);
        story.wants(A1, Action::Create);
        story.wants(A1, Action::Do(Deed::Enlist(BOB, USER)));
        if alters {
            story.driver.alter(|packet| {
                let Body::Response(Response::GroupInfo(GroupInfoAnswer::Success { signature, .. })) =
                    &mut packet.body
                else {
                    return false;
                };
                *signature = [7].as_slice().into();
                true
            });
        }
        story.wants(B2, Action::JoinOwnDevice);
        assert_eq!(story.outcomes[2].2, Some(Ok(())));
        let is_question = |body: &Body| matches!(body, Body::Request(Request::GroupInfo { .. }));
        story.driver.sent.iter().filter(|(from, _, body)| *from == B2.into() && is_question(body)).count()
    };
    assert_eq!(asks(Planted::NONE, false), 1);
    assert_eq!(asks(Planted::NONE, true), 2);
    assert_eq!(asks(Planted::new(Mutant::TakesAnyGroupInfo), true), 1);
}

/// PROTO-24: whoever needs another cipher suite is told that nothing fits, client by client.
#[test]
fn what_does_not_fit_is_not_handed_out() {
    let mut story = Story::begin(Planted::NONE);
    story.wants(A1, Action::Create);
    let member = <Symbolic as Mls>::Member::new(&story.driver.config.mls, A1, Entropy([1; 32]));
    let config = story.driver.config.clone();
    let asked = key_material_request(&config, &member, (ROOM, BOB, A1)).expect("it can be signed");
    let Request::KeyMaterial { room, target, requester, signed } = asked else { panic!("it asks for that") };
    let mut tbs = signed.tbs;
    tbs.acceptable_ciphersuites = vec![7];
    let octets = SignContent {
        label: format!("MLS 1.0 {}", KeyMaterialRequestTbs::LABEL).into_bytes().into(),
        content: tbs.encode().into(),
    };
    let signature = member.sign(&octets.encode()).expect("it can sign").to_vec().into();
    let request =
        Request::KeyMaterial { room, target, requester, signed: KeyMaterialRequest { tbs, signature } };
    story.driver.asks(A1, Call::KeyMaterial(ROOM, BOB), request);
    story.driver.run();
    let mut answers = story.driver.sent.iter().filter_map(|(_, _, body)| match body {
        Body::Response(Response::KeyMaterial(answer)) => Some(answer.clone()),
        _ => None,
    });
    let clients = [B1, B2].map(|client| (client, ClientMaterial::Incompatible(None))).to_vec();
    let expected = KeyMaterialAnswer { status: UserStatus::NoCompatibleMaterial, clients };
    assert_eq!(answers.next_back(), Some(expected));
}

fn field(field: Field, value: &str) -> (Field, Vec<String>) {
    (field, vec![value.to_owned()])
}

/// Bob can be found by his handle and his names, not by his address; another of his provider by nothing.
pub(super) fn known() -> (Directory, Plans) {
    let mut directory = world();
    let zach = directory.add_user(ProviderId(1), "zach");
    let fields = [
        field(Field::Handle, "im:bob.jones@b.example"),
        field(Field::Email, "bob@b.example"),
        field(Field::Name, "Robert Jones"),
        field(Field::Claim("given_name".to_owned()), "Robert"),
        field(Field::Vcard("ORG".to_owned()), "Rental Cars"),
    ];
    let open =
        [Field::Handle, Field::Nick, Field::Name, Field::Profile, Field::Claim("given_name".to_owned())];
    let bob = Profile { fields: fields.clone().into(), searchable: open.into() };
    let zach_is = Profile { fields: fields.into(), searchable: [].into() };
    let profiles = [(BOB, bob), (zach, zach_is)].into();
    (directory, Plans { profiles, ..Plans::default() })
}

/// What Alice's device learns from Bob's provider, which has this policy.
pub(super) fn found(
    planted: Planted,
    policy: SearchPolicy,
    query: &[(&str, &str)],
) -> (IdentifierQueryCode, Vec<UserId>) {
    let (directory, mut plans) = known();
    let field = |name: &str| Field::try_from(name.to_owned()).expect("it is a field");
    let terms: Vec<Term> = query.iter().map(|(name, value)| (field(name), (*value).to_owned())).collect();
    plans.search = [(ProviderId(1), policy)].into();
    plans.queries = vec![Query { at: ProviderId(1), terms }];
    let driver = Driver::planned(directory, Readings::default(), planted, plans);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.wants(A1, Action::Search(QueryId(0)));
    let mut answers = story.driver.facts.iter().filter_map(|(_, fact)| match fact {
        Fact::Found { code, users, .. } => Some((*code, users.clone())),
        _ => None,
    });
    answers.next().expect("it was answered")
}

/// PROTO-66, PROTO-67, ID-03: all that is asked must match, exactly but for names, in fields that are open.
#[test]
fn who_lets_itself_be_found_is_found() {
    use IdentifierQueryCode::{Ambiguous, Forbidden, NotFound, Success, UnsupportedField};
    let any = SearchPolicy::default();
    let by_name = SearchPolicy { not_alone: [Field::Name].into(), ..SearchPolicy::default() };
    let few = SearchPolicy { fields: [Field::Handle].into(), ..SearchPolicy::default() };
    let closed = SearchPolicy { closed: true, ..SearchPolicy::default() };
    let exact = SearchPolicy { most: Some(0), ..SearchPolicy::default() };
    let handle = ("handle", "im:bob.jones@b.example");
    type Case<'a> = (&'a SearchPolicy, &'a [(&'a str, &'a str)], IdentifierQueryCode);
    let cases: &[Case<'_>] = &[
        (&any, &[handle], Success),
        (&any, &[("handle", "im:bob@b.example")], NotFound),
        (&any, &[("nick", "bob.jones")], Success),
        (&any, &[("name", "JON")], Success),
        (&any, &[("name", "jon"), ("nick", "alice")], NotFound),
        (&any, &[("claim:given_name", "Robert")], Success),
        (&any, &[("claim:given_name", "Rob")], NotFound),
        (&any, &[("profile", "Robert J")], Success),
        // Neither by what is closed itself, nor by its octets in a search through all.
        (&any, &[("email", "bob@b.example")], NotFound),
        (&any, &[("vcard:ORG", "Rental Cars")], NotFound),
        (&any, &[("profile", "bob@b.example")], NotFound),
        (&any, &[], Forbidden),
        (&by_name, &[("name", "jon")], Forbidden),
        (&by_name, &[("name", "jon"), handle], Success),
        (&few, &[handle], Success),
        (&few, &[handle, ("phone", "+1")], UnsupportedField),
        (&closed, &[handle], Forbidden),
        (&exact, &[handle], Ambiguous),
    ];
    for (policy, query, code) in cases {
        let users = if *code == Success { vec![BOB] } else { Vec::new() };
        assert_eq!(found(Planted::NONE, (*policy).clone(), query), (*code, users), "{query:?}");
    }
}

/// PROTO-67: "a user opted out is never returned".
#[test]
fn who_does_not_want_to_be_found_is_not() {
    let query = [("email", "bob@b.example")];
    let any = SearchPolicy::default;
    assert_eq!(found(Planted::NONE, any(), &query).1, []);
    assert_eq!(found(Planted::new(Mutant::FindsTheHidden), any(), &query).1.len(), 2);
}

/// PROTO-66: a match fulfils all that is asked.
#[test]
fn one_term_is_not_enough() {
    let query = [("handle", "im:bob.jones@b.example"), ("name", "Somebody Else")];
    assert_eq!(found(Planted::NONE, SearchPolicy::default(), &query).1, []);
    assert_eq!(found(Planted::new(Mutant::OneTermIsEnough), SearchPolicy::default(), &query).1, [BOB]);
}

/// Cathy sends an image, and Bob fetches it.
fn image_is_fetched(planted: Planted) -> Story {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    for user in [BOB, CATHY] {
        story.wants(A1, Action::Add(user, USER));
    }
    story.wants(C1, Action::Use(Usage::Upload(AssetKind::Image), 7));
    story.wants(B1, Action::Use(Usage::Download(AssetKind::Image), 8));
    story
}

fn served(story: &Story) -> Vec<(NodeId, NodeId)> {
    let served = story.driver.facts.iter().filter_map(|(node, fact)| match fact {
        Fact::AssetServed { to } => Some((*node, *to)),
        _ => None,
    });
    served.collect()
}

/// PROTO-71, PROTO-72: Cathy's provider sees the hub ask, not who wants the image.
#[test]
fn assets_come_through_the_hub() {
    let story = image_is_fetched(Planted::NONE);
    assert_eq!(served(&story), [(ProviderId(2).into(), HUB.into())]);
    let genuine = |(node, fact): &(NodeId, Fact)| {
        *node == B1.into() && matches!(fact, Fact::Fetched { is_genuine: true, .. })
    };
    assert!(story.driver.facts.iter().any(genuine));
    let story = image_is_fetched(Planted::new(Mutant::DownloadsDirectly));
    assert_eq!(served(&story), [(ProviderId(2).into(), B1.into())]);
}

/// PROTO-72: the hub fetches what lies at the asset server of somebody in its rooms, and nothing else, however it is written.
#[test]
fn the_hub_is_no_open_proxy() {
    let asked = |planted, url: &str| {
        let mut story = image_is_fetched(planted);
        let before = served(&story).len();
        let request = Request::Download { hub: HUB, url: url.to_owned() };
        story.driver.asks(B1, Call::Download(ROOM), request);
        story.driver.run();
        served(&story).len() > before
    };
    assert!(asked(Planted::NONE, "https://assets.c.example/7"));
    let tricks = [
        "http://assets.c.example/7",
        "https://assets.c.example:8443/7",
        "https://user@assets.c.example/7",
        "https://assets.c.example@intranet.c.example/7",
        "https://assets.c.example.evil.example/7",
        "https://ASSETS.C.EXAMPLE/7",
        "https://assets.c.ex\u{430}mple/7",
        "https://assets.c.example\\@intranet.c.example/7",
        "https://intranet.c.example/7",
        "https://c.example/7",
        "https://assets.c.example",
        "assets.c.example/7",
        "",
    ];
    for url in tricks {
        assert!(!asked(Planted::NONE, url), "{url}");
    }
    assert!(asked(Planted::new(Mutant::OpenProxy), "https://intranet.c.example/7"));
    assert_eq!(assets::content("https://a/1").len(), 32);
}
