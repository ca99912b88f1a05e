//! Every status and code of every endpoint, each in a situation in which a provider answers with it (docs/endpoints.md).

use super::oblivious::{asks_sealed, room_for_ohttp};
use super::peers::{found, known};
use super::*;
use mimic_protocol::Discretion;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_protocol::mls::{Entropy, Lifetime, Mls, MlsMember, Octets};
use mimic_protocol::node::{
    Bundle, ClientMaterial, Consent, GroupInfoAnswer, KeyMaterialAnswer, UpdateAnswer,
};
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::{AssetKind, Usage};
use mimic_protocol::profile::SearchPolicy;
use mimic_protocol::readings::LastResort;
use mimic_protocol::signing::key_material_request;
use mimic_protocol::wire::identifier_query::IdentifierQueryCode;
use std::collections::BTreeSet;

/// What answers are called in the table: the endpoint, and the code.
fn codes(response: &Response, call: Call) -> Vec<String> {
    let endpoint = match call {
        Call::Publish | Call::Open(_) | Call::Deliver(_) => return Vec::new(),
        Call::KeyMaterial(..) => "keyMaterial",
        Call::Update(_) => "update",
        Call::Submit(_) => "submitMessage",
        Call::GroupInfo(_) => "groupInfo",
        Call::ReportAbuse(_) => "reportAbuse",
        Call::Consent(..) => "consent",
        Call::Search(..) => "identifierQuery",
        Call::Download(_) | Call::Tree(_) => "proxyDownload",
        Call::Oblivious(_) | Call::OhttpKeys(_) => "ohttp-gateway",
        Call::Directory(_) => "directory",
        Call::Notify(..) => "notify",
    };
    let code = match response {
        Response::KeyMaterial(KeyMaterialAnswer { status, clients }) => {
            let of_client = clients.iter().map(|(_, material)| match material {
                ClientMaterial::KeyPackage(_) => "client success",
                ClientMaterial::Exhausted => "client keyMaterialExhausted",
                ClientMaterial::Incompatible(_) => "client nothingCompatible",
            });
            let all = of_client.map(str::to_owned).chain([format!("{status:?}")]);
            return all.map(|code| format!("{endpoint} {code}")).collect();
        }
        Response::Update(UpdateAnswer::Success { .. })
        | Response::GroupInfo(GroupInfoAnswer::Success { .. }) => "Success".to_owned(),
        Response::Update(UpdateAnswer::WrongEpoch { .. }) => "WrongEpoch".to_owned(),
        Response::Update(UpdateAnswer::InvalidProposal(_)) => "InvalidProposal".to_owned(),
        Response::Submit(SubmitAnswer::Accepted { .. }) => "Accepted".to_owned(),
        Response::Submit(SubmitAnswer::EpochTooOld { .. }) => "EpochTooOld".to_owned(),
        Response::Update(UpdateAnswer::NotAllowed) | Response::Submit(SubmitAnswer::NotAllowed) => {
            "NotAllowed".to_owned()
        }
        Response::GroupInfo(other) => format!("{other:?}"),
        Response::Search(answer) => format!("{:?}", answer.code),
        Response::Directory(_)
        | Response::Asset(_)
        | Response::Oblivious(_)
        | Response::OhttpKeys(_)
        | Response::Done => "200".to_owned(),
        Response::Created => "201".to_owned(),
        Response::BadRequest => "400".to_owned(),
        Response::Refused => "403".to_owned(),
        Response::NotFound => "404".to_owned(),
        Response::Left => "410".to_owned(),
        Response::Unavailable { .. } => "503".to_owned(),
    };
    vec![format!("{endpoint} {code}")]
}

fn seen(story: &Story) -> BTreeSet<String> {
    story.driver.answered.iter().flat_map(|(call, response)| codes(response, *call)).collect()
}

fn planned(plans: Plans) -> Story {
    let driver = Driver::planned(world(), Readings::default(), Planted::NONE, plans);
    Story { driver, intents: 0, texts: 0, outcomes: Vec::new() }
}

fn asks(story: &mut Story, client: ClientId, call: Call, request: Request) {
    story.driver.asks(client, call, request);
    story.driver.run();
}

/// A room that is not there yet, one that is, and races for its epochs.
fn room() -> Story {
    let mut story = planned(Plans::default());
    let nothing: Octets = [1, 2, 3].as_slice().into();
    let bundle = Bundle::Proposals(vec![nothing.clone()]);
    let update = Request::Update { room: ROOM, bundle, vouchers: Vec::new() };
    let submit = Request::Submit { room: ROOM, message: nothing, sender: BOB, vouchers: Vec::new() };
    asks(&mut story, B1, Call::Update(ROOM), update.clone());
    asks(&mut story, B1, Call::Submit(ROOM), submit);
    story.wants(A2, Action::JoinOwnDevice);
    story.wants(A1, Action::Create);
    for user in [BOB, CATHY] {
        story.wants(A1, Action::Add(user, USER));
    }
    asks(&mut story, B1, Call::Update(ROOM), update);
    story.wants(E1, Action::JoinOwnDevice);
    story.wants(A2, Action::JoinOwnDevice);
    story.states(B1, Action::UpdateKeys);
    story.states(C1, Action::UpdateKeys);
    story.states(C2, Action::Send(1));
    story.driver.run();
    story.wants(C1, Action::Use(Usage::Upload(AssetKind::Image), 7));
    for url in ["https://assets.c.example/7", "https://assets.c.example/nothing", "https://c.example/7"] {
        let request = Request::Download { hub: HUB, url: url.to_owned() };
        asks(&mut story, B1, Call::Download(ROOM), request);
    }
    story
}

/// What a gateway cannot open, what a relay does not relay, and an asset.
fn oblivious() -> Story {
    let mut story = room_for_ohttp(Planted::NONE);
    for gateway in [HUB, ProviderId(2)] {
        asks_sealed(&mut story, gateway, [1, 2, 3].as_slice().into());
    }
    story.wants(B1, Action::Use(Usage::Download(AssetKind::Image), 8));
    story
}

/// Bob's key packages, until there are none, and then one of one device.
fn key_packages() -> Story {
    let readings = Readings { last_resort: LastResort::Forbidden, ..Readings::default() };
    let mut story = Story::begin_under(readings, Planted::NONE);
    story.wants(A1, Action::Create);
    let config = story.driver.config.clone();
    let member = |client| <Symbolic as Mls>::Member::new(&config.mls, client, Entropy([1; 32]));
    let request = |client| {
        key_material_request(&config, &member(client), (ROOM, BOB, client)).expect("it can be signed")
    };
    let call = Call::KeyMaterial(ROOM, BOB);
    for _ in 0..20 {
        asks(&mut story, A1, call, request(A1));
    }
    let fresh = member(B1).fresh_key_package(Lifetime::ALWAYS, Entropy([77; 32])).expect("it can be made");
    asks(&mut story, B1, Call::Publish, Request::Publish { key_packages: vec![fresh], key_changes: 0 });
    asks(&mut story, A1, call, request(A1));
    // Cathy's device asks in Alice's name.
    asks(&mut story, C1, call, request(A1));
    let Request::KeyMaterial { room, target, requester, mut signed } = request(A1) else { return story };
    signed.signature = Vec::new().into();
    asks(&mut story, A1, call, Request::KeyMaterial { room, target, requester, signed });
    story.wants(ProviderId(1), Action::Delete(BOB));
    asks(&mut story, A1, call, request(A1));
    story
}

/// Consent of users who are there, and of one who is not any more.
fn consents() -> Story {
    let consent = [(ProviderId(1), Discretion::Open)].into();
    let mut story = planned(Plans { consent, ..Plans::default() });
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Add(BOB, USER));
    story.wants(A1, Action::Consent(Consent::Request, BOB, false));
    story.wants(B1, Action::Consent(Consent::Grant, UserId(0), false));
    story.wants(B1, Action::Consent(Consent::Revoke, UserId(0), true));
    story.wants(A1, Action::Add(BOB, USER));
    let scope = mimic_protocol::node::ConsentScope { requester: UserId(0), target: BOB, room: None };
    let request =
        Request::Consent { consent: Consent::Grant, scope, serial: Some(9), key_packages: Vec::new() };
    asks(&mut story, C1, Call::Consent(ROOM, UserId(0)), request);
    story.wants(ProviderId(1), Action::Delete(BOB));
    story.wants(A1, Action::Consent(Consent::Request, BOB, false));
    story
}

/// All that the endpoints can answer here, and in which of the situations they do.
#[test]
fn every_code_of_every_endpoint_is_produced() {
    let mut all = BTreeSet::new();
    let busy = super::busy::busy(Planted::NONE);
    for story in [room(), oblivious(), key_packages(), consents(), super::franking::reported(), busy] {
        all.extend(seen(&story));
    }
    let query = [("handle", "im:bob.jones@b.example")];
    let policies = [
        (SearchPolicy::default(), &query[..]),
        (SearchPolicy::default(), &[("nick", "nobody")]),
        (SearchPolicy { most: Some(0), ..SearchPolicy::default() }, &query),
        (SearchPolicy { closed: true, ..SearchPolicy::default() }, &query),
        (
            SearchPolicy { fields: known().1.profiles[&BOB].searchable.clone(), ..SearchPolicy::default() },
            &[("phone", "+1")],
        ),
    ];
    for (policy, query) in policies {
        let code: IdentifierQueryCode = found(Planted::NONE, policy, query).0;
        all.insert(format!("identifierQuery {code:?}"));
    }
    let expected = [
        "consent 201",
        "consent 403",
        "consent 404",
        "groupInfo NoSuchRoom",
        "groupInfo NotAuthorized",
        "groupInfo Success",
        "identifierQuery Ambiguous",
        "identifierQuery Forbidden",
        "identifierQuery NotFound",
        "identifierQuery Success",
        "identifierQuery UnsupportedField",
        "keyMaterial 403",
        "keyMaterial NoCompatibleMaterial",
        "keyMaterial NoConsent",
        "keyMaterial NoConsentForThisRoom",
        "keyMaterial PartialSuccess",
        "keyMaterial Success",
        "keyMaterial UserDeleted",
        "keyMaterial UserUnknown",
        "keyMaterial client keyMaterialExhausted",
        "keyMaterial client success",
        "notify 201",
        "notify 503",
        "ohttp-gateway 200",
        "ohttp-gateway 400",
        "ohttp-gateway 403",
        "proxyDownload 200",
        "proxyDownload 403",
        "proxyDownload 404",
        "reportAbuse 200",
        "submitMessage Accepted",
        "submitMessage EpochTooOld",
        "submitMessage NotAllowed",
        "update InvalidProposal",
        "update NotAllowed",
        "update Success",
        "update WrongEpoch",
    ];
    assert_eq!(all.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}
