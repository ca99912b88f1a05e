//! The part of the JSON Schema that is about rooms and their policies.

use super::probe::variants;
use super::schema::{choice, count, list_of, name, names, table, text};
use mimic_protocol::policy::Capability;
use mimic_protocol::policy::examples::Example;
use serde_json::{Value, json};

/// A room.
pub(super) fn room() -> Value {
    let participants = "Who is in the list from the beginning: a user, and its role.";
    let entries = [
        ("name", name("Its name.")),
        ("hub", name("The domain of its hub.")),
        ("creator", name("The user whose first device creates it, a user of the hub.")),
        ("policy", choice("Of which type it is (room-policy, Appendix A).", variants::<Example>())),
        (
            "continues",
            name(
                "The room in whose place it comes, as that stands when its group ends: the same room with another group. It stands before this one.",
            ),
        ),
        ("participants", by_name(name(participants))),
        ("with", policy()),
    ];
    table(&entries, &["name", "hub", "creator", "policy"])
}

/// A change of a room's policy.
pub(super) fn changes() -> Value {
    let entries = [
        ("name", name("By what the story speaks of it.")),
        ("room", name("The room, if it is not the first one.")),
        ("with", policy()),
        ("also", names("What is done by the same message, such as `removes bob`.")),
    ];
    table(&entries, &["name"])
}

/// What a hub has rooms with.
pub(super) fn envelope() -> Value {
    let ids = |about: &str| list_described(count("A number of the registry."), about);
    let entries = [
        ("withheld-capabilities", ids("Capabilities that no role may have.")),
        ("no-self-joining", flag("Nobody joins by itself.")),
        ("max-roles", count("How many roles there may be.")),
        ("max-users", count("How many users a room may take; it has to say how many.")),
        ("max-clients", count("How many clients a room may take; it has to say how many.")),
        ("no-pseudonyms", flag("Users go by their names.")),
        ("no-persistent-rooms", flag("Rooms end with their groups.")),
        ("no-discovery", flag("Rooms cannot be searched for.")),
        ("withheld-components", ids("Components that rooms do not have.")),
        ("required-components", ids("Components that every room has.")),
        ("banning", flag("There is a role for the banned.")),
    ];
    table(&entries, &[])
}

/// What is different in a policy.
fn policy() -> Value {
    let octets = "Its octets in hexadecimal digits.";
    let entries = [
        ("roles", by_name(role())),
        ("base", base()),
        ("preauth", list_of(preauth())),
        ("metadata", metadata()),
        ("links", links()),
        ("operational", operational()),
        ("components", by_name(text(octets))),
        ("without-components", names("Components that are not there, such as 0x0028.")),
        ("franking", flag("The hub stamps messages, so that they can be reported.")),
    ];
    table(&entries, &[])
}

fn role() -> Value {
    let capabilities = |about: &str| {
        let known: Vec<&str> = Capability::ALL.iter().map(|capability| capability.name()).collect();
        list_described(json!({ "enum": known }), about)
    };
    let entries = [
        ("index", count("The number of a new role.")),
        ("gone", flag("There is no such role.")),
        ("can", capabilities("Capabilities that it has.")),
        ("cannot", capabilities("Capabilities that it does not have.")),
        ("moves", by_name(names("To which roles it may move users of this role."))),
        ("min-participants", count("How many participants hold it at least.")),
        ("max-participants", count("And at most.")),
        ("min-active", count("How many participants with clients hold it at least.")),
        ("max-active", count("And at most.")),
    ];
    table(&entries, &[])
}

fn base() -> Value {
    let entries = [
        ("fixed-membership", flag("The participants are those of the beginning.")),
        ("parent-room", name("The room whose participants this one's are among.")),
        ("multi-device", flag("A user may have several clients in the group.")),
        ("max-clients", count("How many clients the group may have.")),
        ("max-users", count("How many users the list may have.")),
        ("pseudonyms-allowed", flag("Users may go by pseudonyms.")),
        ("persistent-room", flag("The room outlives its group.")),
        ("discoverable", flag("The room can be searched for.")),
        ("policy-component-ids", names("The policy components in force, by their ids, such as 0x0025.")),
    ];
    table(&entries, &[])
}

fn preauth() -> Value {
    let entries = [
        ("role", name("The role that the claims give.")),
        ("user", name("The claim to be this user.")),
        ("domain", name("The claim to be of this domain.")),
        ("provider", name("The claim to be the server of this domain.")),
        ("claims", names("Other claims: `key=value`.")),
    ];
    table(&entries, &["role"])
}

fn metadata() -> Value {
    let entries = [
        ("name", text("The room's name.")),
        ("description", text("Its description.")),
        ("avatar", text("Where its picture is.")),
        ("subject", text("Its subject.")),
        ("mood", text("Its mood.")),
    ];
    table(&entries, &[])
}

fn links() -> Value {
    let entries = [
        ("add", names("Join links that are there.")),
        ("remove", names("Join links that are not there.")),
        ("on-request", flag("At most one link is kept.")),
        ("multiuser", flag("A link is for several users.")),
        ("expiration-s", count("For how many seconds a new link is good; 0 is for ever.")),
    ];
    table(&entries, &[])
}

fn operational() -> Value {
    let delay = json!({
        "type": "array", "items": count("Milliseconds."), "minItems": 2, "maxItems": 2,
        "description": "After which delay at least, and at most, members commit what is pending.",
    });
    let entries = [
        ("external-proposals", flag("Servers may propose.")),
        ("external-commits", flag("Clients may join by themselves.")),
        ("commit-delay-ms", delay),
        ("epoch-tolerance", count("How many epochs late a message may be.")),
    ];
    table(&entries, &[])
}

fn by_name(of: Value) -> Value {
    json!({ "type": "object", "additionalProperties": of })
}

fn list_described(items: Value, about: &str) -> Value {
    json!({ "type": "array", "items": items, "description": about })
}

fn flag(about: &str) -> Value {
    json!({ "type": "boolean", "description": about })
}
