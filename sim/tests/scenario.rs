//! Scenario files that are right: what they mean, and what of their text does not matter.

use mimic_protocol::{ClientId, Directory, ProviderId, Readings, UserId};
use mimic_sim::scenario::{Expectation, Role, Scenario};

const CLUBHOUSE: &str = include_str!("../../scenarios/clubhouse.toml");

fn clubhouse() -> Scenario {
    Scenario::parse("scenarios/clubhouse.toml", CLUBHOUSE).unwrap()
}

#[test]
fn clubhouse_is_the_draft_s_room_with_more_users() {
    let scenario = clubhouse();
    assert_eq!(scenario.providers, ["a.example", "b.example", "c.example"]);
    assert_eq!((scenario.room.hub, scenario.room.creator), (ProviderId(0), UserId(0)));
    let homes = |name| scenario.user_id(name).map(|id| scenario.users[usize::from(id.0)].provider);
    assert_eq!(["alice", "bob", "cathy"].map(homes), [0, 1, 2].map(|id| Some(ProviderId(id))));
    assert!(scenario.users.len() >= 9);
    assert!(scenario.users.iter().filter(|user| user.devices.len() == 2).count() >= 3);
    assert!(scenario.workload.operations >= 60 && scenario.workload.messages >= 200);
    assert_eq!((scenario.expect, scenario.mutant), (Expectation::Held, None));
    assert_eq!(scenario.readings, Readings::default());
}

#[test]
fn clubhouse_has_every_family_of_faults() {
    let faults = clubhouse().faults;
    assert!(faults.loss.is_some_and(|loss| loss.chance.high().value() == 0.3));
    assert!(faults.duplication.is_some() && faults.delay.is_some() && faults.reordering.is_some());
    assert!(faults.partition.symmetric.is_some() && faults.partition.one_way.is_some());
    assert!(faults.crash.hub.is_some() && faults.crash.follower.is_some() && faults.crash.client.is_some());
    assert!(faults.disk.slow.is_some() && faults.disk.lost_write.is_some());
}

#[test]
fn ids_and_directory_agree() {
    let scenario = clubhouse();
    let directory = scenario.directory();
    assert_eq!(directory.room_uri(scenario.room_id()).as_str(), "mimi://a.example/r/clubhouse");
    let cathy = scenario.user_id("cathy").unwrap();
    let names: Vec<&str> =
        directory.clients_of(cathy).map(|client| directory.client_uri(client).as_str()).collect();
    let expected = ["ClientC1", "ClientC2", "ClientC3"].map(|d| format!("mimi://c.example/d/cathy/{d}"));
    assert_eq!(names, expected);
    assert_eq!(scenario.provider_id("c.example"), Some(directory.provider_of(cathy)));
    assert_eq!(scenario.creating_client(), Some(ClientId(0)));
    let new = scenario.new_clients();
    let named: Vec<_> = new.iter().map(|client| last_segment(&directory, *client)).collect();
    assert_eq!(named, ["ClientC3", "ClientD2", "ClientH2"]);
}

fn last_segment(directory: &Directory, client: ClientId) -> String {
    let uri = directory.client_uri(client).as_str();
    uri.rsplit('/').next().unwrap_or_default().to_owned()
}

#[test]
fn roles_are_the_policy_s() {
    let scenario = clubhouse();
    let role = |name| &scenario.users[usize::from(scenario.user_id(name).unwrap().0)].role;
    let of = |name: &str, index| Role { name: name.to_owned(), index };
    let expected = [of("super_admin", 4), of("group_admin", 3), of("ordinary_user", 2)];
    assert_eq!(["alice", "bob", "dave"].map(|name| role(name).clone()), expected);
}

fn changed(old: &str, new: &str) -> String {
    assert!(CLUBHOUSE.contains(old), "there is no {old}");
    CLUBHOUSE.replace(old, new)
}

#[test]
fn the_gap_is_derived_from_the_phase_where_it_is_not_given() {
    let text = changed("mean-gap-ms = 350\n", "");
    let scenario = Scenario::parse("clubhouse.toml", &text).unwrap();
    assert_eq!(scenario.workload.mean_gap_ms, 180_000 * 4 / 5 / 275);
}

#[test]
fn the_digest_is_of_the_meaning_and_not_of_the_text() {
    let digest = |text: &str| Scenario::parse("clubhouse.toml", text).unwrap().digest().unwrap();
    let original = digest(CLUBHOUSE);
    let retold = CLUBHOUSE
        .replace("# ----", "# ====")
        .replace("hub = \"a.example\"\ncreator = \"alice\"\n", "creator = 'alice'\nhub = 'a.example'\n")
        .replace("180_000", "180000")
        .replace("Alice creates", "Alice makes")
        .replace("\n[readings]\nlist-indices = \"epoch-start\"\nomission-answer = \"not-allowed\"\n", "");
    assert_eq!(digest(&retold), original);
    let changes = [
        ("operations = 65", "operations = 66"),
        ("\"epoch-start\"", "\"running\""),
        ("[0.01, 0.10]", "[0.01, 0.11]"),
        ("\"ClientI1\"", "\"ClientJ1\""),
    ];
    for (old, new) in changes {
        assert_ne!(digest(&changed(old, new)), original, "{new}");
    }
}

#[test]
#[cfg(feature = "museum")]
fn a_planted_bug_is_named_in_the_header() {
    let text =
        CLUBHOUSE.replace("expect = \"held\"", "expect = \"violated\"\nmutant = \"answer-before-durable\"");
    let scenario = Scenario::parse("clubhouse.toml", &text).unwrap();
    assert_eq!(scenario.mutant, Some(mimic_protocol::Mutant::AnswerBeforeDurable));
    assert_eq!(scenario.expect, Expectation::Violated);
}
