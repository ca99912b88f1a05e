//! What is wrong with a scenario file is shown with file, line, caret and a hint: one picture per kind of problem.

use miette::{GraphicalReportHandler, GraphicalTheme};
use mimic_sim::scenario::{Problem, Scenario};

const GOOD: &str = r#"[scenario]
name = "two"

[[provider]]
domain = "a.example"

[[provider]]
domain = "b.example"

[[user]]
name = "alice"
provider = "a.example"
devices = ["ClientA1"]

[[user]]
name = "bob"
provider = "b.example"
devices = ["ClientB1", "ClientB2"]

[room]
name = "clubhouse"
hub = "a.example"
creator = "alice"
policy = "cooperative"

[workload]
operations = 10
messages = 20
mean-gap-ms = 100

[faults]
loss = { probability = 0.5, chance = [0.01, 0.3] }
crash.hub = { probability = 0.5, count = [1, 3], down-ms = [200, 1_000], while-writing = 0.7 }

[phases]
safety-ms = 10_000
liveness-ms = 5_000
"#;

/// The good scenario with one part of it replaced.
fn with(old: &str, new: &str) -> String {
    assert_eq!(GOOD.matches(old).count(), 1, "{old} is not unique");
    GOOD.replace(old, new)
}

/// What a user sees.
fn shown(text: &str) -> String {
    let error = Scenario::parse("scenarios/two.toml", text).unwrap_err();
    let mut picture = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    handler.render_report(&mut picture, &error).unwrap();
    picture
}

macro_rules! shows {
    ($($name:ident: $old:expr => $new:expr;)*) => {
        $(
            #[test]
            fn $name() {
                insta::assert_snapshot!(shown(&with($old, $new)));
            }
        )*
    };
}

shows! {
    not_toml: "operations = 10" => "operations = = 10";
    unknown_key: "operations = 10" => "operatoins = 10";
    unknown_key_in_another_spelling: "safety-ms = " => "safety_ms = ";
    unknown_table: "[faults]" => "[fualts]";
    unknown_fault_family: "crash.hub = " => "crash.server = ";
    wrong_type: "operations = 10" => "operations = \"many\"";
    wrong_type_of_a_list: "devices = [\"ClientA1\"]" => "devices = \"ClientA1\"";
    wrong_type_of_a_table: "[phases]\nsafety-ms = 10_000\nliveness-ms = 5_000\n" => "[[phases]]\nsafety-ms = 10_000\n";
    wrong_type_of_a_range: "count = [1, 3]" => "count = 3";
    range_of_three: "count = [1, 3]" => "count = [1, 2, 3]";
    too_large_for_a_number: "messages = 20" => "messages = 99999999999999999999";
    negative_count: "messages = 20" => "messages = -20";
    no_probability: "loss = { probability = 0.5," => "loss = { probability = 50,";
    range_reversed: "count = [1, 3]" => "count = [3, 1]";
    missing_key: "mean-gap-ms = 100\n\n[faults]\nloss = { probability = 0.5, " =>
        "mean-gap-ms = 100\n\n[faults]\nloss = { ";
    missing_table: "[phases]\nsafety-ms = 10_000\nliveness-ms = 5_000\n" => "";
    unknown_provider: "provider = \"b.example\"" => "provider = \"b.exmaple\"";
    unknown_hub: "hub = \"a.example\"" => "hub = \"z.test\"";
    unknown_user: "creator = \"alice\"" => "creator = \"alise\"";
    unknown_policy: "policy = \"cooperative\"" => "policy = \"severe\"";
    unknown_role: "name = \"bob\"" => "name = \"bob\"\nrole = \"admin\"";
    unknown_capability: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[room.with.roles.banned]\ncan = [\"canAddParticipants\"]";
    unknown_role_in_a_policy: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[room.with.roles.speaker]\ncan = [\"canBan\"]";
    a_new_role_with_an_old_number: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[room.with.roles.speaker]\nindex = 3";
    a_claim_without_a_value: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[[room.with.preauth]]\nrole = \"ordinary_user\"\nclaims = [\"staff\"]";
    open_join_on_another_role: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[room.with.roles.ordinary_user]\ncan = [\"canOpenJoin\"]";
    unknown_parent_room: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[room.with.base]\nparent-room = \"lobby\"";
    a_change_of_no_room: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[[change]]\nname = \"wider\"\nroom = \"lobby\"";
    unreadable_deed_of_a_change: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[[change]]\nname = \"wider\"\nalso = [\"removes boob\"]";
    two_rooms_of_one_name: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[[further-room]]\nname = \"clubhouse\"\nhub = \"a.example\"\ncreator = \"alice\"\npolicy = \"strict\"";
    continued_elsewhere: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[[further-room]]\nname = \"annex\"\nhub = \"b.example\"\ncreator = \"bob\"\npolicy = \"strict\"\ncontinues = \"clubhouse\"";
    continued_before_its_time: "policy = \"cooperative\"" => "policy = \"cooperative\"\n[[further-room]]\nname = \"annex\"\nhub = \"a.example\"\ncreator = \"alice\"\npolicy = \"strict\"\ncontinues = \"annex\"";
    unknown_expectation: "name = \"two\"" => "name = \"two\"\nexpect = \"pass\"";
    unknown_reading: "[phases]" => "[readings]\nlist-indices = \"running-total\"\n\n[phases]";
    duplicate_provider: "domain = \"b.example\"" => "domain = \"a.example\"";
    duplicate_user: "name = \"bob\"" => "name = \"alice\"";
    duplicate_device: "\"ClientB1\", \"ClientB2\"" => "\"ClientB1\", \"ClientB1\"";
    bad_name: "name = \"bob\"" => "name = \"bob smith\"";
    bad_domain: "domain = \"b.example\"" => "domain = \"b/example\"";
    no_liveness: "liveness-ms = 5_000" => "liveness-ms = 0";
    longer_than_a_week: "safety-ms = 10_000" => "safety-ms = 9_223_372_036_854_775_807";
    gap_longer_than_the_phase: "mean-gap-ms = 100" => "mean-gap-ms = 11_000";
    workload_longer_than_the_phase: "messages = 20" => "messages = 4_000_000_000";
    workload_without_room: "mean-gap-ms = 100\n" => "weights = { add = 0, remove = 0, ban = 0, unban = 0, \
        change-role = 0, leave = 0, new-device = 0, update-keys = 0 }\n";
    fault_longer_than_the_phase: "down-ms = [200, 1_000]" => "down-ms = [20_000, 30_000]";
    creator_elsewhere: "creator = \"alice\"" => "creator = \"bob\"";
    creator_without_device: "devices = [\"ClientA1\"]" => "devices = []";
    creator_in_a_lesser_role: "name = \"alice\"" => "name = \"alice\"\nrole = \"ordinary_user\"";
}

#[test]
fn intents_that_do_not_fit_without_a_given_gap() {
    let text = with("mean-gap-ms = 100\n", "").replace("safety-ms = 10_000", "safety-ms = 20");
    insta::assert_snapshot!(shown(&text.replace("crash.hub", "# crash.hub")));
}

#[test]
fn more_devices_than_ids_can_number() {
    let devices: Vec<String> = (0..10_001).map(|n| format!("\"d{n}\"")).collect();
    let text = with("devices = [\"ClientA1\"]", &format!("devices = [{}]", devices.join(",")));
    let error = Scenario::parse("two.toml", &text).unwrap_err();
    assert_eq!(error.problem(), &Problem::TooMany { what: "users or devices" });
}

#[test]
#[cfg(not(feature = "museum"))]
fn a_planted_bug_that_is_not_compiled_in() {
    insta::assert_snapshot!(shown(&with("name = \"two\"", "name = \"two\"\nmutant = \"no-authorisation\"")));
}

#[test]
fn the_place_is_that_of_the_value() {
    let text = with("creator = \"alice\"", "creator = \"alise\"");
    let error = Scenario::parse("two.toml", &text).unwrap_err();
    assert_eq!(&text[error.span()], "\"alise\"");
    let known = vec!["alice".to_owned(), "bob".to_owned()];
    assert_eq!(error.problem(), &Problem::UnknownUser { name: "alise".to_owned(), known });
}

#[test]
fn every_prefix_of_a_scenario_is_read_or_explained() {
    for end in 0..GOOD.len() {
        if let Err(error) = Scenario::parse("two.toml", &GOOD[..end]) {
            let span = error.span();
            assert!(span.start <= span.end && span.end <= end, "{span:?} in {end}");
            shown(&GOOD[..end]);
        }
    }
}
