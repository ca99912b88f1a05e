//! The hub's two logs: what follows on what, and what a joiner is told.

use mimic_protocol::mls::{Octets, Sender};
use mimic_protocol::policy::examples::cooperative_room;
use mimic_protocol::room::{
    Components, ListChange, Log, RoomLog, Sequences, Standing, StateEvent, component,
};
use mimic_protocol::wire::app_data::AppDataUpdate;
use mimic_protocol::wire::policy::HistoryPolicy;
use mimic_protocol::{ClientId, Directory, Readings, RoomId, UserId};

const ALICE: UserId = UserId(0);
const BOB: UserId = UserId(1);
const ROOM: RoomId = RoomId(0);
const USER: u32 = 2;

fn directory() -> Directory {
    let mut directory = Directory::default();
    let hub = directory.add_provider("a.example");
    for name in ["alice", "bob"] {
        let user = directory.add_user(hub, name);
        directory.add_client(user, "phone");
    }
    directory.add_room(hub, "clubhouse");
    directory
}

fn adds_bob(directory: &Directory, log: &RoomLog, sequence: u64) -> StateEvent {
    let update = log.standing.list_update(directory, ListChange::Add(BOB, USER)).unwrap();
    let updates = vec![AppDataUpdate::update(component::PARTICIPANT_LIST, &update)];
    let (author, signature) = (Sender::Member(ClientId(0)), Octets::from(&b"signature"[..]));
    StateEvent { room: ROOM, log: Log::Participation, sequence, author, updates, signature }
}

#[test]
fn an_event_takes_the_next_place_of_its_own_log_and_no_other() {
    let directory = directory();
    let log = RoomLog::begin(cooperative_room(ALICE));
    let readings = Readings::default();
    let after = log.after(&directory, &adds_bob(&directory, &log, 1), readings).unwrap();
    assert_eq!(after.sequences, Sequences { policy: 0, participation: 1 });
    assert_eq!(after.standing.role_of(BOB), Some(USER));
    assert!(after.sequences.is_ahead_of(&log.sequences) && !log.sequences.is_ahead_of(&after.sequences));
    for sequence in [0, 2] {
        assert_eq!(log.after(&directory, &adds_bob(&directory, &log, sequence), readings), None);
    }
    let misplaced = StateEvent { log: Log::Policy, ..adds_bob(&directory, &log, 1) };
    assert_eq!(log.after(&directory, &misplaced, readings), None);
    let empty = StateEvent { updates: Vec::new(), ..adds_bob(&directory, &log, 1) };
    assert_eq!(log.after(&directory, &empty, readings), None);
    // Bob is there already.
    let again = adds_bob(&directory, &log, 2);
    assert_eq!(after.after(&directory, &again, readings), None);
}

#[test]
fn an_event_can_remove_what_the_room_has_and_nothing_else() {
    let directory = directory();
    let begun = cooperative_room(ALICE);
    let with = Components { history: Some(HistoryPolicy::Forbidden), ..(*begun.components).clone() };
    let log = RoomLog::begin(Standing { components: with.into(), ..begun.clone() });
    let updates = vec![AppDataUpdate::remove(component::CHAT_HISTORY_POLICY)];
    let event = log.next(ROOM, Sender::Member(ClientId(0)), Log::Policy, updates);
    assert_eq!(StateEvent::decode(&directory, &event.encode(&directory)), Ok(event.clone()));
    let after = log.after(&directory, &event, Readings::default()).expect("it is there");
    assert_eq!((*after.standing).clone(), begun);
    let again = StateEvent { sequence: 2, ..event };
    assert_eq!(after.after(&directory, &again, Readings::default()), None);
}

#[test]
fn events_and_copies_come_through_the_wire() {
    let directory = directory();
    let log = RoomLog::begin(cooperative_room(ALICE));
    let event = adds_bob(&directory, &log, 1);
    let octets = event.encode(&directory);
    assert_eq!(StateEvent::decode(&directory, &octets), Ok(event.clone()));
    assert!(StateEvent::decode(&directory, &octets[1..]).is_err());
    let after = log.after(&directory, &event, Readings::default()).unwrap();
    let copy = after.encode(&directory);
    assert_eq!(RoomLog::decode(&directory, &copy), Ok(after));
    assert!(RoomLog::decode(&directory, &copy[..copy.len() - 1]).is_err());
}
