//! The invariants that mean something else where the room's state is in the hub's logs (`carrier = hub-log`).

use super::{Story, read};
use crate::world::*;
use mimic_protocol::mls::{Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::room::{ListChange, Sequences};
use mimic_record::{Event, SeatView, Tally};
use std::sync::Arc;

#[test]
fn what_is_as_it_should_be_holds_and_is_counted() {
    for (id, story, tell) in HOLDS {
        let tally = told(id, *tell);
        assert_eq!(tally.violations, [], "{id}: {story}");
        assert!(tally.checked > 0, "{id}: {story}");
    }
}

#[test]
fn what_is_wrong_fires() {
    for (id, story, tell) in FIRES {
        assert_eq!(told(id, *tell).violations.len(), 1, "{id}: {story}");
    }
}

fn told(invariant: &str, tell: fn(&mut World)) -> Tally {
    let mut world = World::by_log(invariant);
    tell(&mut world);
    world.tally
}

const HOLDS: &[Story] = &[
    ("INV-01", "a device outlasts its user, and is taken out", |w| {
        w.state_event(A1, &[ListChange::Remove(BOB)]);
        w.commit(Sender::Member(A1), &[], &[], &[Proposed::Remove(B1)]);
        w.end();
    }),
    ("INV-01", "nobody is left who could take a device out", |w| {
        w.state_event(A1, &[ListChange::Remove(BOB), ListChange::Remove(ALICE)]);
        w.end();
    }),
    ("INV-03", "the list changes within an epoch, and who reads has come as far as who spoke", |w| {
        w.seat(B1, w.up_to_date());
        w.state_event(A1, &[ListChange::Add(CATHY, 20)]);
        w.seat(B1, w.up_to_date());
        said_and_read(w, Sequences { policy: 0, participation: 1 });
    }),
    ("INV-04", "one event after another, and a commit", |w| {
        w.state_event(A1, &[ListChange::Add(CATHY, 20)]);
        w.state_event(A1, &[ListChange::Remove(CATHY)]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
    }),
    ("INV-12", "a leaver's device is taken out", |w| {
        w.state_event(B1, &[ListChange::Remove(BOB)]);
        w.commit(Sender::Member(A1), &[], &[], &[Proposed::Remove(B1)]);
        w.end();
    }),
    ("INV-33", "an event changes the list, and a commit does not", |w| {
        w.state_event(A1, &[ListChange::Remove(BOB)]);
        w.commit(Sender::Member(A1), &[], &[], &[Proposed::Remove(B1)]);
    }),
];

const FIRES: &[Story] = &[
    ("INV-01", "a stranger's device comes in", |w| {
        w.commit(Sender::Member(A1), &[], &[], &[add(C1)]);
    }),
    ("INV-01", "nobody takes out the device of one who was removed", |w| {
        w.state_event(A1, &[ListChange::Remove(BOB)]);
        w.end();
    }),
    ("INV-03", "two have come equally far, to different lists", |w| {
        let other = Some(Arc::new(standing(&[(ALICE, 10)])));
        let seat = SeatView { standing: other, ..w.up_to_date() };
        w.seat(A1, seat);
    }),
    ("INV-03", "two are in one epoch of different groups", |w| {
        let seat = SeatView { context: Some(7), ..w.up_to_date() };
        w.seat(A1, seat);
    }),
    ("INV-03", "who reads has heard of an event of which who spoke had not", |w| {
        w.state_event(A1, &[ListChange::Add(CATHY, 20)]);
        w.seat(B1, w.up_to_date());
        said_and_read(w, Sequences::default());
    }),
    ("INV-04", "the hub forgets an event and takes another in its place", |w| {
        w.state_event(A1, &[ListChange::Add(CATHY, 20)]);
        w.hub.sequences = Some(Sequences::default());
        w.state_event(A1, &[ListChange::Remove(CATHY)]);
    }),
    ("INV-05", "a role that may do nothing removes a user", |w| {
        w.state_event(A1, &[ListChange::Remove(BOB)]);
    }),
    ("INV-05", "a commit changes the list", |w| {
        w.commit(Sender::Member(A1), &[], &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
    }),
    ("INV-05", "a commit lets in a stranger's device", |w| {
        w.commit(Sender::Member(A1), &[], &[], &[add(C1)]);
    }),
    ("INV-05", "a removed user commits", |w| {
        w.given(standing(&[(ALICE, 10)]), &[A1, B1]);
        w.commit(Sender::Member(B1), &[], &[], &[]);
    }),
    ("INV-06", "a user changes its role after its removal", |w| {
        w.state_event(A1, &[ListChange::Remove(BOB)]);
        w.state_event(B1, &[ListChange::Change(ALICE, 20)]);
    }),
    ("INV-12", "a leaver's device stays", |w| {
        w.state_event(B1, &[ListChange::Remove(BOB)]);
        w.end();
    }),
    ("INV-25", "the hub forgets the last event of a log", |w| {
        w.state_event(A1, &[ListChange::Add(CATHY, 20)]);
        w.hub.sequences = Some(Sequences::default());
        w.at_hub(Event::Restart, Vec::new());
    }),
    ("INV-31", "a banned user lifts its ban by an event", |w| {
        w.state_event(A1, &[ListChange::Change(BOB, 1)]);
        w.state_event(B1, &[ListChange::Change(BOB, 20)]);
    }),
    ("INV-33", "the list changes by itself", |w| {
        w.given(standing(&[(ALICE, 10)]), &[A1, B1]);
    }),
];

/// Alice says something when her logs have come as far as `sequences`, and Bob reads it.
fn said_and_read(w: &mut World, sequences: Sequences) {
    let message = MessageId(w.hub.position);
    w.observe(
        A1,
        vec![Fact::Said { room: ROOM, message, content: message, text: None, sequences: Some(sequences) }],
    );
    w.accept(Accepted::Message { epoch: 0, sender: ALICE }, Vec::new());
    w.observe(B1, vec![read(message, 0, A1)]);
}
