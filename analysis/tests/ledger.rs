//! The metadata ledger as a table and as data.

use mimic_analysis::Ledger;
use mimic_protocol::ledger::{Knowledge, Lesson, Way};
use mimic_protocol::node::Fact;
use mimic_protocol::{Directory, NodeId, ProviderId, RoomId, UserId};
use mimic_record::{Event, Step};

const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);

/// Alice at the hub, Bob at a follower.
fn directory() -> Directory {
    let mut directory = Directory::default();
    for (domain, name) in [("a.example", "alice"), ("b.example", "bob")] {
        let provider = directory.add_provider(domain);
        directory.add_user(provider, name);
    }
    directory.add_room(ProviderId(0), "clubhouse");
    directory
}

fn step(n: u64, provider: u16, lessons: &[(UserId, Knowledge, Way)]) -> Step {
    let room = Some(RoomId(0));
    let learnt = |(about, what, by): &(UserId, Knowledge, Way)| {
        Fact::Learnt(Lesson { about: *about, what: *what, room, by: *by })
    };
    Step {
        n,
        at_us: n,
        written_us: 0,
        node: NodeId::Provider(ProviderId(provider)),
        event: Event::Start,
        cause: None,
        facts: lessons.iter().map(learnt).collect(),
        change: None,
        view: None,
    }
}

fn ledger() -> Ledger {
    let steps = [
        step(3, 0, &[(BOB, Knowledge::Message, Way::Submit), (BOB, Knowledge::Listed, Way::Update)]),
        step(4, 0, &[(BOB, Knowledge::Message, Way::Submit), (ALICE, Knowledge::Receipt, Way::Deliver)]),
        step(5, 1, &[(ALICE, Knowledge::Handshake, Way::Notify)]),
    ];
    Ledger::of(&directory(), &steps)
}

#[test]
fn each_provider_has_a_column_and_each_user_a_row() {
    let expected = [
        "  P named by a room · H sends handshakes · M sends messages · R receives",
        "         a.example  b.example",
        "  alice  (R)        H",
        "  bob    PM         .",
        "",
    ];
    assert_eq!(ledger().to_string(), expected.join("\n"));
    assert_eq!(Ledger::default().to_string(), "  nothing\n");
}

#[test]
fn how_often_it_was_learnt_and_by_what_is_in_the_data() {
    let data = serde_json::to_value(ledger()).unwrap();
    let message = serde_json::json!({
        "what": "message", "rooms": ["clubhouse"], "by": ["submit"], "times": 2, "first_step": 3,
    });
    assert_eq!(data[2]["user"], "bob");
    assert_eq!(data[2]["provider"], "a.example");
    assert_eq!(data[2]["is_own"], false);
    assert_eq!(data[2]["learnt"][1], message);
}
