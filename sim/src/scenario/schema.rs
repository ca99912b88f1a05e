//! The JSON Schema of a scenario file, for editors. What serde can be asked is not written down again.

use super::Expectation;
use super::probe::{keys, variants};
use super::schema_policy::{changes, envelope, room};
use super::workload::{Contents, Weights};
use mimic_protocol::readings::{Preset, Switch};
use mimic_protocol::{Discretion, Mutant, Readings};
use serde_json::{Map, Value, json};

/// The schema.
pub fn schema() -> Value {
    let tables = [
        ("scenario", header()),
        ("provider", list_of(provider())),
        ("user", list_of(user())),
        ("room", room()),
        ("further-room", list_of(room())),
        ("change", list_of(changes())),
        ("query", list_of(query())),
        ("workload", workload()),
        ("faults", faults()),
        ("phases", phases()),
        ("readings", readings()),
        ("story", story()),
    ];
    let mut schema = table(&tables, &["scenario", "provider", "user", "room"]);
    let head = [
        ("$schema", json!("https://json-schema.org/draft/2020-12/schema")),
        ("title", json!("A mimic scenario")),
        ("anyOf", json!([{ "required": ["workload", "phases"] }, { "required": ["story"] }])),
    ];
    if let Some(schema) = schema.as_object_mut() {
        schema.extend(head.map(|(key, value)| (key.to_owned(), value)));
    }
    schema
}

fn header() -> Value {
    let entries = [
        ("name", name("Its name, also of the folder that its runs are written to.")),
        ("about", text("What it is about, for people.")),
        ("expect", choice("How a run of it is expected to end.", variants::<Expectation>())),
        ("requirements", names("The requirements that it shows, such as PROTO-31.")),
        ("races", names("The races that it provokes, such as RACE-06.")),
        ("mutant", choice("The bug that every node is built with.", variants::<Mutant>())),
    ];
    table(&entries, &["name"])
}

fn provider() -> Value {
    let generous = "Key packages go with what its users grant for a room.";
    let consent = "Its users are added with their consent alone; how much it tells those who have none.";
    let entries = [
        ("domain", name("The domain, such as a.example.")),
        ("envelope", envelope()),
        ("consent", choice(consent, variants::<Discretion>())),
        ("grants-key-packages", json!({ "type": "boolean", "description": generous })),
        ("clock-ahead-s", clock("How far its clock is ahead of the world's, in seconds.")),
        ("busy", busy()),
        ("search", search()),
    ];
    table(&entries, &["domain"])
}

fn clock(about: &str) -> Value {
    json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX, "description": about })
}

fn busy() -> Value {
    let time = |about: &str| json!({ "type": "integer", "minimum": 0, "description": about });
    let entries = [
        ("from-ms", time("When it begins, in milliseconds from the beginning, by its clock.")),
        ("until-ms", time("When it is over.")),
    ];
    let mut table = table(&entries, &["from-ms", "until-ms"]);
    table["description"] =
        "When it is too busy for what hubs notify it of: it answers 503 with Retry-After.".into();
    table
}

fn user() -> Value {
    let entries = [
        ("name", name("Its name, unique in the scenario.")),
        ("provider", name("The domain of its provider.")),
        (
            "role",
            name("The role that it is added with in the seeded part, by its name in the room's policy."),
        ),
        ("claims", names("What its credentials claim beside who it is: `key=value`.")),
        (
            "supports",
            names("The policy components that its devices know beside the registered ones, by their ids."),
        ),
        ("profile", profile()),
        ("clock-ahead-s", clock("How far the clocks of its devices are ahead of the world's, in seconds.")),
        (
            "key-packages-last-s",
            json!({ "type": "integer", "minimum": 0, "description": "How long its key packages last, in seconds." }),
        ),
        ("pseudonym", pseudonym()),
        ("devices", names("The devices that it has from the beginning.")),
        ("new-devices", names("The devices that it gets in the course of the run.")),
        ("outdated", names("Those of its devices that know MLS without the extensions that rooms require.")),
    ];
    table(&entries, &["name", "provider", "devices"])
}

fn pseudonym() -> Value {
    let entries = [
        ("of", name("The user who is behind it, of the same provider and with as many devices.")),
        ("room", name("The room in which it stands for that user: one of minimal metadata.")),
    ];
    table(&entries, &["of", "room"])
}

/// The names of profile fields: `claim:` and `vcard:` stand before names of others.
const FIELD: &str = "^(handle|nick|email|phone|name|profile|claim:.+|vcard:.+)$";

fn by_field(about: &str, value: &Value) -> Value {
    let fields = json!({ FIELD: value });
    json!({ "type": "object", "description": about, "patternProperties": fields, "additionalProperties": false })
}

fn fields(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string", "pattern": FIELD }, "description": about })
}

fn search() -> Value {
    let entries = [
        ("closed", json!({ "type": "boolean", "description": "It answers no query." })),
        ("fields", fields("The fields that it knows; all, where it is not said.")),
        ("not-alone", fields("The fields that are not enough for a query.")),
        ("most", count("How many may match before a query has to be more exact.")),
    ];
    table(&entries, &[])
}

fn profile() -> Value {
    let values = json!({ "type": "array", "items": { "type": "string" } });
    let entries = [
        ("fields", by_field("What is known of it beside its name.", &values)),
        ("searchable", fields("By what it lets itself be found.")),
    ];
    table(&entries, &[])
}

fn query() -> Value {
    let entries = [
        ("name", name("Its name.")),
        ("at", name("The domain of the provider that is asked.")),
        ("where", by_field("What must match, all of it.", &json!({ "type": "string" }))),
    ];
    table(&entries, &["name", "at", "where"])
}

fn workload() -> Value {
    let weighted = |keys: Vec<String>| {
        let often = || count("How often it is chosen, relative to the others.");
        let keys: Vec<(&str, Value)> = keys.iter().map(|key| (key.as_str(), often())).collect();
        table(&keys, &[])
    };
    let entries = [
        ("operations", count("How many intents that change the room are to be done.")),
        ("messages", count("How many messages are to be sent.")),
        ("mean-gap-ms", count("The mean time between two intents.")),
        ("weights", weighted(keys::<Weights>())),
        ("contents", weighted(keys::<Contents>())),
    ];
    table(&entries, &["operations", "messages"])
}

fn phases() -> Value {
    let entries = [
        ("safety-ms", count("How long users act and faults strike.")),
        ("liveness-ms", count("How long everything that is pending then has to be settled.")),
    ];
    table(&entries, &["safety-ms", "liveness-ms"])
}

fn readings() -> Value {
    let preset = Preset::ALL.map(|preset| preset.name().to_owned()).to_vec();
    let preset = ("preset", choice("Where to begin; what follows differs from it.", preset));
    let switch = |switch: &Switch| {
        let values = switch.values.iter().map(|(name, _)| (*name).to_owned()).collect();
        (switch.key, choice(switch.about.trim(), values))
    };
    let entries: Vec<(&str, Value)> =
        [preset].into_iter().chain(Readings::SWITCHES.iter().map(switch)).collect();
    table(&entries, &[])
}

fn story() -> Value {
    let entries = [
        ("steps", lines("What happens, in this order; docs/scenarios.md has the language.")),
        ("outcome", lines("What is the case after everything has come to rest.")),
        ("replays", text("Of a model's path: the property that it violates, or what is seen at its end.")),
    ];
    table(&entries, &["steps"])
}

fn faults() -> Value {
    let family = |keys: &[(&'static str, Value)]| {
        let probability = ("probability", chance("How probable it is that the family is on in a seed."));
        let entries: Vec<(&str, Value)> = [probability].into_iter().chain(keys.iter().cloned()).collect();
        let required: Vec<&str> = entries.iter().map(|(key, _)| *key).collect();
        table(&entries, &required)
    };
    let each = || ("chance", range(chance("How probable it then is each time.")));
    let time = |key| (key, range(count("Milliseconds.")));
    let many = || ("count", range(count("How many there then are.")));
    let crash = || {
        let writing =
            ("while-writing", chance("How probable it is that a crash waits until the node is writing."));
        family(&[many(), time("down-ms"), writing])
    };
    let cut = || family(&[many(), time("duration-ms")]);
    let entries = [
        ("loss", family(&[each()])),
        ("duplication", family(&[each(), time("within-ms")])),
        ("delay", family(&[each(), time("mean-ms")])),
        ("reordering", family(&[each(), time("within-ms")])),
        ("partition", table(&[("symmetric", cut()), ("one-way", cut())], &[])),
        ("crash", table(&[("hub", crash()), ("follower", crash()), ("client", crash())], &[])),
        (
            "disk",
            table(&[("slow", family(&[each(), time("mean-ms")])), ("lost-write", family(&[each()]))], &[]),
        ),
    ];
    table(&entries, &[])
}

pub(super) fn table(entries: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": properties })
}

pub(super) fn list_of(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

pub(super) fn text(about: &str) -> Value {
    json!({ "type": "string", "description": about })
}

pub(super) fn name(about: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "description": about })
}

pub(super) fn names(about: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string", "minLength": 1 }, "description": about })
}

fn lines(about: &str) -> Value {
    names(about)
}

pub(super) fn choice(about: &str, of: Vec<String>) -> Value {
    json!({ "enum": of, "description": about })
}

pub(super) fn count(about: &str) -> Value {
    json!({ "type": "integer", "minimum": 0, "description": about })
}

fn chance(about: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1, "description": about })
}

fn range(of: Value) -> Value {
    json!({ "type": "array", "items": of, "minItems": 2, "maxItems": 2 })
}

#[cfg(test)]
mod tests {
    use super::super::fault_ranges::*;
    use super::super::file::*;
    use super::super::policy_file::*;
    use super::super::workload::Phases;
    use super::*;
    use mimic_protocol::policy::Envelope;
    use mimic_protocol::readings::ReadingsEntry;

    fn keys_in(schema: &Value, path: &str) -> Vec<String> {
        let table = schema.pointer(path).unwrap_or_else(|| panic!("no {path}"));
        let mut keys: Vec<String> = table["properties"].as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }

    /// Every key that is accepted is in the schema, and no other.
    #[test]
    fn the_schema_has_the_keys_that_the_reader_accepts() {
        let schema = schema();
        let tables: [(&str, Vec<String>); 33] = [
            ("", keys::<ScenarioFile>()),
            ("/properties/scenario", keys::<Header>()),
            ("/properties/provider/items", keys::<ProviderEntry>()),
            ("/properties/user/items", keys::<UserEntry>()),
            ("/properties/provider/items/properties/envelope", keys::<Envelope>()),
            ("/properties/room", keys::<RoomEntry>()),
            ("/properties/further-room/items", keys::<RoomEntry>()),
            ("/properties/change/items", keys::<ChangeEntry>()),
            ("/properties/room/properties/with", keys::<PolicyEntry>()),
            ("/properties/room/properties/with/properties/roles/additionalProperties", keys::<RoleEntry>()),
            ("/properties/room/properties/with/properties/base", keys::<BaseEntry>()),
            ("/properties/room/properties/with/properties/preauth/items", keys::<PreauthEntry>()),
            ("/properties/room/properties/with/properties/metadata", keys::<MetadataEntry>()),
            ("/properties/room/properties/with/properties/links", keys::<LinksEntry>()),
            ("/properties/room/properties/with/properties/operational", keys::<OperationalEntry>()),
            ("/properties/change/items/properties/with", keys::<PolicyEntry>()),
            ("/properties/workload", keys::<WorkloadEntry>()),
            ("/properties/workload/properties/weights", keys::<Weights>()),
            ("/properties/workload/properties/contents", keys::<Contents>()),
            ("/properties/phases", keys::<Phases>()),
            ("/properties/readings", keys::<ReadingsEntry>()),
            ("/properties/story", keys::<StoryEntry>()),
            ("/properties/faults", keys::<FaultRanges>()),
            ("/properties/faults/properties/partition", keys::<PartitionFaults>()),
            ("/properties/faults/properties/crash", keys::<CrashFaults>()),
            ("/properties/faults/properties/disk", keys::<DiskFaults>()),
            ("/properties/faults/properties/loss", keys::<RateRanges>()),
            ("/properties/faults/properties/duplication", keys::<WithinRanges>()),
            ("/properties/faults/properties/reordering", keys::<WithinRanges>()),
            ("/properties/faults/properties/delay", keys::<MeanRanges>()),
            ("/properties/faults/properties/crash/properties/client", keys::<CrashRanges>()),
            ("/properties/faults/properties/partition/properties/one-way", keys::<PartitionRanges>()),
            ("/properties/faults/properties/disk/properties/slow", keys::<MeanRanges>()),
        ];
        for (path, mut expected) in tables {
            expected.sort();
            assert!(!expected.is_empty(), "{path}");
            assert_eq!(keys_in(&schema, path), expected, "{path}");
        }
    }

    #[test]
    fn the_schema_that_is_checked_in_is_current() {
        let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
        let checked_in = include_str!("../../../scenarios/schema.json");
        assert!(
            text == checked_in,
            "scenarios/schema.json is stale: mimic scenario schema > scenarios/schema.json"
        );
    }
}
