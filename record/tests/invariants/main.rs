//! Each invariant, by itself: a story in which it holds and counts, and one for each way in which it fires.

mod authorised;
mod by_log;
mod consents;
mod world;

use authorised::given;
use mimic_protocol::content::franking::FrankError;
use mimic_protocol::ledger::{Knowledge, Lesson, Way};
use mimic_protocol::mls::{KeyPackageRef, Lifetime, MlsError, ProposalInfo, Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::policy::Usage;
use mimic_protocol::room::{ListChange, Participant, Standing};
use mimic_protocol::uri::MimiUri;
use mimic_protocol::{ClientId, UserId};
use mimic_record::{ClientView, Event, NodeView, SeatView, Tally, invariants};
use std::collections::BTreeMap;
use std::sync::Arc;
use world::*;

/// An invariant, and what happens.
type Story = (&'static str, &'static str, fn(&mut World));

const HOLDS: &[Story] = &[
    ("INV-01", "members are participants, at the hub and at a client", |w| w.seat(A1, w.up_to_date())),
    ("INV-02", "each participant has one role, and it is defined", |w| w.seat(A1, w.up_to_date())),
    ("INV-03", "a client is where the hub is", |w| w.seat(A1, w.up_to_date())),
    ("INV-04", "one commit after another", |w| {
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.commit(Sender::Member(B1), &[], &[], &[]);
    }),
    ("INV-05", "a member commits nothing", |w| w.commit(Sender::Member(A1), &[], &[], &[])),
    ("INV-06", "a banned user's clients go by themselves, and others talk", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.propose(Sender::Member(B1), &[], &[Proposed::SelfRemove]);
        w.message(ALICE);
    }),
    ("INV-06", "who is let in again may talk again", |w| {
        let ban = w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(A1), &ban, &[], &[]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Change(BOB, 20)], &[]);
        w.commit(Sender::Joiner(B1), &[], &[], &[]);
        w.message(BOB);
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.message(ALICE);
    }),
    ("INV-07", "a message goes to those who take part, and is read by members", |w| {
        let message = MessageId(0);
        let out = Fact::FannedOut { room: ROOM, message, follower: FOLLOWER };
        let queued = Fact::Queued { room: ROOM, message, client: A1 };
        w.accept(Accepted::Message { epoch: 0, sender: BOB }, vec![out, queued]);
        w.observe(A1, vec![read(message, 0, B1)]);
    }),
    ("INV-08", "everybody applies what comes, and one leaves something out", |w| {
        let events: Vec<MessageId> = (0..3).map(|_| w.message(ALICE)).collect();
        w.observe(A1, events.iter().map(|m| read(*m, 0, A1)).collect());
        w.observe(B1, [events[0], events[2]].map(|m| read(m, 0, A1)).to_vec());
    }),
    ("INV-09", "a leave, its commit, and then a message of the next epoch", |w| {
        joins(w, &[A1, B1, C1]);
        let leave = w.propose(Sender::Member(C1), &[], &[Proposed::SelfRemove]);
        [A1, B1].into_iter().for_each(|client| w.observe(client, kept(&leave)));
        w.commit(Sender::Member(A1), &leave, &[], &[]);
        // Who leaves has made the proposal, and need not hear of it.
        [A1, B1, C1].into_iter().for_each(|client| w.observe(client, vec![applied(MessageId(1), 1)]));
        let message = w.message(ALICE);
        w.observe(B1, vec![read(message, 1, A1)]);
    }),
    ("INV-09", "who joins begins with what is there then", |w| {
        joins(w, &[A1]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(CATHY, 20)], &[add(C1)]);
        w.observe(A1, vec![applied(MessageId(0), 1)]);
        w.observe(C1, vec![Fact::Joined { room: ROOM, epoch: 1 }]);
        let message = w.message(ALICE);
        w.observe(C1, vec![read(message, 1, A1)]);
    }),
    ("INV-10", "two clients read the same, and then the next", |w| {
        for client in [B1, C1] {
            w.observe(client, vec![says(1), says(2)]);
        }
    }),
    ("INV-11", "the follower is notified", |w| {
        let message = w.message(ALICE);
        w.observe(FOLLOWER, vec![Fact::Notified { room: ROOM, message }]);
        w.end();
    }),
    ("INV-11", "a provider whose only user is about to go is due no message", |w| {
        let message = w.message(ALICE);
        w.observe(FOLLOWER, vec![Fact::Notified { room: ROOM, message }]);
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        let ban = MessageId(1);
        w.observe(FOLLOWER, vec![Fact::Notified { room: ROOM, message: ban }]);
        w.message(ALICE);
        w.end();
    }),
    ("INV-12", "a leave is committed", |w| {
        let leave = w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.commit(Sender::Member(A1), &leave, &[], &[]);
        w.end();
    }),
    ("INV-13", "a member commits what a server has proposed", |w| {
        let out = w.propose(Sender::External(HUB), &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(A1), &out, &[], &[]);
        w.end();
    }),
    ("INV-14", "one key package after another, each added once", |w| {
        w.observe(HUB, vec![handed_out(C1, false, 1), handed_out(D1, false, 0)]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(CATHY, 20)], &[add(C1)]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(DAN, 20)], &[add(D1)]);
    }),
    ("INV-14", "the last resort serves again when nothing else is left", |w| {
        w.observe(HUB, vec![handed_out(C1, true, 0), handed_out(C1, true, 0)]);
        for _ in 0..2 {
            w.commit(Sender::Member(A1), &[], &[ListChange::Add(CATHY, 20)], &[add(C1)]);
            w.commit(Sender::Member(A1), &[], &[ListChange::Remove(CATHY)], &[Proposed::Remove(C1)]);
        }
    }),
    ("INV-14", "key packages are handed out and used until their last second", |w| {
        w.observe(HUB, vec![handed_out_at(60), used_at(60)]);
    }),
    ("INV-15", "a client enters by the commit that the hub took", |w| {
        w.given(standing(&[(ALICE, 10)]), &[A1]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(BOB, 20)], &[add(B1)]);
        w.enters(B1, w.up_to_date());
    }),
    ("INV-16", "the hub and the server of a participant may propose", |w| {
        let senders = Proposed::ExternalSenders(vec![HUB, FOLLOWER]);
        w.commit(Sender::Member(A1), &[], &[], &[senders]);
    }),
    ("INV-17", "a commit keeps the bounds", |w| w.commit(Sender::Member(A1), &[], &[], &[])),
    ("INV-18", "two leave, and a third is left", |w| {
        w.given(standing(&[(ALICE, 10), (BOB, 20), (CATHY, 20)]), &[A1, B1, C1]);
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.propose(Sender::Member(C1), &[ListChange::Remove(CATHY)], &[Proposed::SelfRemove]);
    }),
    ("INV-19", "what was pending is committed", |w| {
        let leave = w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.commit(Sender::Member(A1), &leave, &[], &[]);
        w.end();
    }),
    ("INV-20", "the hub notifies", |w| w.is_notified_by(HUB)),
    ("INV-21", "what one client said is shown as that, by two others", |w| {
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.observe(A1, vec![read(MessageId(0), 0, B1)]);
        w.observe(C1, vec![read(MessageId(0), 0, B1)]);
    }),
    ("INV-22", "the hub believes what was sent, and does not believe what was not", |w| {
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.at_hub(Event::Start, vec![judged(MessageId(0), None)]);
        w.at_hub(Event::Start, vec![judged(MessageId(1), Some(FrankError::WrongServerFrank))]);
    }),
    ("INV-23", "who has consented is handed out, for that room", |w| {
        w.says_of_consent(B1, None, true);
        w.hand_out_to(ALICE, B1);
        w.says_of_consent(B1, Some(ROOM), false);
        w.says_of_consent(B1, Some(ROOM), true);
        w.hand_out_to(ALICE, B1);
    }),
    ("INV-24", "the hub learns who has sent, followers who acts, and a provider all of its own", |w| {
        w.observe(HUB, vec![learnt(BOB, Knowledge::Message)]);
        w.observe(FOLLOWER, vec![learnt(ALICE, Knowledge::Handshake), learnt(ALICE, Knowledge::Listed)]);
        w.observe(FOLLOWER, vec![learnt(BOB, Knowledge::Message), learnt(BOB, Knowledge::Person)]);
    }),
    ("INV-25", "the hub is back with its order and its debts", |w| {
        let message = MessageId(0);
        let out = Fact::FannedOut { room: ROOM, message, follower: FOLLOWER };
        w.hub.owed = vec![(FOLLOWER, 1)];
        w.accept(Accepted::Message { epoch: 0, sender: ALICE }, vec![out]);
        w.at_hub(Event::Restart, Vec::new());
        w.hub.owed = Vec::new();
        w.observe(FOLLOWER, vec![Fact::Notified { room: ROOM, message }]);
        w.at_hub(Event::Restart, Vec::new());
    }),
    ("INV-26", "a user of the parent comes into the child, and goes with it", |w| {
        given::child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20)]);
        w.given(in_parent(&[(ALICE, 10), (BOB, 20)]), &[A1, B1]);
        w.others.insert(OTHER_ROOM, standing(&[(ALICE, 10), (CATHY, 20), (DAN, 20)]));
        w.given(in_parent(&[(ALICE, 10)]), &[A1]);
        w.end();
    }),
    ("INV-27", "the same users, and others beside them", |w| {
        given::fixed(w, &[(ALICE, 10), (BOB, 20)]);
        w.given(fixed(&[(ALICE, 10), (BOB, 20), (CATHY, 20)]), &[A1]);
        w.given(standing(&[(ALICE, 10), (BOB, 20)]), &[A1]);
    }),
    ("INV-28", "what is said in an epoch is read in it", |w| {
        w.seat(A1, w.up_to_date());
        w.seat(B1, w.up_to_date());
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.observe(A1, vec![read(MessageId(0), 0, B1)]);
    }),
    ("INV-28", "two commits for one epoch lead to two branches, which look different", |w| {
        w.seat(A1, w.up_to_date());
        w.seat(B1, w.up_to_date());
        comes(w, A1, MessageId(0), (1, 10));
        comes(w, B1, MessageId(1), (1, 11));
    }),
    ("INV-29", "what is fanned out twice is processed twice", |w| {
        let out = || Fact::FannedOut { room: ROOM, message: MessageId(0), follower: FOLLOWER };
        w.at_hub(Event::Start, vec![out(), out()]);
        w.observe(FOLLOWER, vec![notified(0), notified(0)]);
    }),
    ("INV-30", "two events of one time, and a later one", |w| {
        w.at_hub(Event::Start, vec![accepted_at(0, 5), accepted_at(1, 5), accepted_at(2, 6)]);
    }),
    ("INV-31", "a banned user's devices go, and others go on", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.propose(Sender::Member(B1), &[], &[Proposed::SelfRemove]);
    }),
    ("INV-31", "another one lifts the ban", |w| {
        let ban = w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(A1), &ban, &[], &[]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Change(BOB, 20)], &[]);
        w.commit(Sender::Joiner(B1), &[], &[], &[]);
    }),
    ("INV-32", "the hub tells what it has", |w| w.gives(0, 0)),
    ("INV-33", "a leave counts from its acceptance on", |w| {
        let leave = w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.commit(Sender::Member(A1), &leave, &[], &[]);
    }),
    ("INV-34", "one message is shown by everybody, and another by nobody", |w| {
        let [shown, aside] = [0, 1].map(MessageId);
        w.observe(A1, vec![read(shown, 0, B1), discarded(aside, B1)]);
        w.observe(C1, vec![read(shown, 0, B1), discarded(aside, B1)]);
    }),
];

const FIRES: &[Story] = &[
    ("INV-01", "the hub commits a removal without the device", |w| {
        w.commit(Sender::Member(A1), &[], &[ListChange::Remove(BOB)], &[]);
    }),
    ("INV-01", "a client sees a device of a stranger", |w| {
        let mut seat = w.up_to_date();
        seat.leaves = Arc::new(BTreeMap::from([(0, C1)]));
        w.seat(A1, seat);
    }),
    ("INV-02", "a user is listed twice", |w| list(w, &[(ALICE, 10), (BOB, 20), (ALICE, 20)])),
    ("INV-02", "a user is listed in role 0", |w| list(w, &[(ALICE, 10), (BOB, 0)])),
    ("INV-02", "a user is listed in a role that is not there", |w| list(w, &[(ALICE, 10), (BOB, 99)])),
    ("INV-02", "a client lists a user in a role that is not there", |w| {
        let mut seat = w.up_to_date();
        seat.standing = Some(Arc::new(standing(&[(ALICE, 99)])));
        w.seat(A1, seat);
    }),
    ("INV-03", "a client has another GroupContext", |w| {
        let seat = mimic_record::SeatView { context: Some(7), ..w.up_to_date() };
        w.seat(A1, seat);
    }),
    ("INV-03", "a client has another list", |w| {
        let other = Some(Arc::new(standing(&[(ALICE, 10)])));
        let seat = mimic_record::SeatView { standing: other, ..w.up_to_date() };
        w.seat(A1, seat);
    }),
    ("INV-04", "the hub forgets a commit and takes another", |w| {
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.hub.epoch = 0;
        w.commit(Sender::Member(B1), &[], &[], &[]);
    }),
    ("INV-05", "somebody commits who is not there", |w| {
        w.commit(Sender::Member(C1), &[], &[], &[]);
    }),
    ("INV-06", "a banned user talks", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.message(BOB);
    }),
    ("INV-06", "a removed user commits", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(B1), &[], &[], &[]);
    }),
    ("INV-06", "a removed user removes another's device", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.propose(Sender::Member(B1), &[], &[Proposed::Remove(A1)]);
    }),
    ("INV-06", "a removed user's device comes in by itself", |w| {
        let out = w.propose(Sender::Member(A1), &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(A1), &out, &[], &[]);
        w.commit(Sender::Joiner(B2), &[], &[], &[]);
    }),
    ("INV-07", "a message goes to a provider whose only user is banned", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        let out = Fact::FannedOut { room: ROOM, message: MessageId(1), follower: FOLLOWER };
        w.accept(Accepted::Message { epoch: 0, sender: ALICE }, vec![out]);
    }),
    ("INV-07", "the hub hands a message to a client that is no member", |w| {
        let queued = Fact::Queued { room: ROOM, message: MessageId(0), client: D1 };
        w.accept(Accepted::Message { epoch: 0, sender: ALICE }, vec![queued]);
    }),
    ("INV-07", "a client that is no member reads", |w| w.observe(C1, vec![read(MessageId(0), 0, A1)])),
    ("INV-07", "a message of one who is no member is read", |w| {
        w.observe(A1, vec![read(MessageId(0), 0, C1)]);
    }),
    ("INV-08", "a client applies the second event first", |w| {
        let (first, second) = (w.message(ALICE), w.message(ALICE));
        w.observe(B1, vec![read(second, 0, A1), read(first, 0, A1)]);
    }),
    ("INV-08", "a client applies what the hub has not accepted", |w| {
        w.observe(B1, vec![read(MessageId(7), 0, A1)]);
    }),
    ("INV-09", "a client applies a commit without a proposal that it refers to", |w| {
        joins(w, &[A1, B1]);
        let leave = w.propose(Sender::Member(C1), &[], &[Proposed::SelfRemove]);
        w.observe(A1, kept(&leave));
        w.commit(Sender::Member(A1), &leave, &[], &[]);
        w.observe(B1, vec![applied(MessageId(1), 1)]);
    }),
    ("INV-09", "what a client has kept of another epoch is no help", |w| {
        joins(w, &[B1]);
        let leave = w.propose(Sender::Member(C1), &[], &[Proposed::SelfRemove]);
        w.observe(B1, kept(&leave));
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.observe(B1, vec![applied(MessageId(1), 1)]);
        w.commit(Sender::Member(A1), &leave, &[], &[]);
        w.observe(B1, vec![applied(MessageId(2), 2)]);
    }),
    ("INV-09", "a client reads a message of the next epoch", |w| {
        joins(w, &[B1]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
        let message = w.message(ALICE);
        w.observe(B1, vec![read(message, 0, A1)]);
    }),
    ("INV-09", "a client applies the second commit first", |w| {
        joins(w, &[B1]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.observe(B1, vec![applied(MessageId(1), 2)]);
    }),
    ("INV-09", "a client keeps a proposal of the next epoch", |w| {
        joins(w, &[B1]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
        let leave = w.propose(Sender::Member(C1), &[], &[Proposed::SelfRemove]);
        w.observe(B1, kept(&leave));
    }),
    ("INV-10", "a client reads the same twice", |w| w.observe(B1, vec![says(1), says(1)])),
    ("INV-11", "a message never comes to the follower", |w| {
        w.message(ALICE);
        w.end();
    }),
    ("INV-11", "a removal never comes to the provider of the removed", |w| {
        let changes = [ListChange::Remove(BOB)];
        w.commit(Sender::Member(A1), &[], &changes, &[Proposed::Remove(B1)]);
        w.end();
    }),
    ("INV-11", "a commit never comes to the provider of the added", |w| {
        let alone = standing(&[(ALICE, 10)]);
        w.given(alone, &[A1]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(BOB, 20)], &[add(B1)]);
        w.end();
    }),
    ("INV-12", "nobody commits a leave", |w| {
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.end();
    }),
    ("INV-12", "the list entry goes, and the device stays", |w| {
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.end();
    }),
    ("INV-13", "members leave out what a server has proposed, again and again", |w| {
        w.propose(Sender::External(HUB), &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.commit(Sender::Member(A1), &[], &[], &[]);
    }),
    ("INV-13", "nobody commits what a server has proposed", |w| {
        w.propose(Sender::External(HUB), &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
        w.end();
    }),
    ("INV-14", "a key package is handed out twice", |w| {
        w.observe(HUB, vec![handed_out(C1, false, 0), handed_out(C1, false, 0)]);
    }),
    ("INV-14", "a key package is handed out that has expired", |w| {
        w.observe(HUB, vec![handed_out_at(61)]);
    }),
    ("INV-14", "a key package is used that has expired", |w| {
        w.observe(A1, vec![used_at(61)]);
    }),
    ("INV-14", "a key package is used that is not valid yet", |w| {
        w.observe(A1, vec![used_at(9)]);
    }),
    ("INV-14", "the last resort is handed out while there are others", |w| {
        w.observe(HUB, vec![handed_out(C1, true, 2)]);
    }),
    ("INV-14", "a client is added again with the key package of the first time", |w| {
        w.observe(HUB, vec![handed_out(C1, false, 0)]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(CATHY, 20)], &[add(C1)]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Remove(CATHY)], &[Proposed::Remove(C1)]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Add(CATHY, 20)], &[add(C1)]);
    }),
    ("INV-15", "a client enters a group that nobody has made", |w| {
        let seat = mimic_record::SeatView { epoch: Some(1), ..w.up_to_date() };
        w.enters(B1, seat);
    }),
    ("INV-15", "a client enters another group of the same epoch", |w| {
        let seat = mimic_record::SeatView { context: Some(7), ..w.up_to_date() };
        w.enters(B1, seat);
    }),
    ("INV-15", "a client enters a group that it is no member of", |w| w.enters(C1, w.up_to_date())),
    ("INV-16", "the hub may not propose any more", |w| {
        w.commit(Sender::Member(A1), &[], &[], &[Proposed::ExternalSenders(vec![FOLLOWER])]);
    }),
    ("INV-16", "a server without a participant may propose", |w| {
        let senders = Proposed::ExternalSenders(vec![HUB, FOLLOWER]);
        w.commit(Sender::Member(A1), &[], &[ListChange::Remove(BOB)], &[senders, Proposed::Remove(B1)]);
    }),
    ("INV-17", "there are more clients than there may be", |w| {
        let mut tight = standing(&[(ALICE, 10), (BOB, 20)]);
        tight.base.max_clients = Some(1);
        w.hub.epoch = 1;
        w.given(tight, &[A1, B1]);
    }),
    ("INV-18", "a device is removed twice", |w| {
        w.given(standing(&[(ALICE, 10), (BOB, 20), (CATHY, 20)]), &[A1, B1, C1]);
        w.propose(Sender::Member(A1), &[], &[Proposed::Remove(B1)]);
        w.propose(Sender::Member(B1), &[], &[Proposed::SelfRemove]);
    }),
    ("INV-18", "a user is changed twice", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 10)], &[]);
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[]);
    }),
    ("INV-18", "everybody leaves", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Remove(ALICE)], &[Proposed::SelfRemove]);
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
    }),
    ("INV-19", "nobody commits", |w| {
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.end();
    }),
    ("INV-20", "a client notifies", |w| w.is_notified_by(B1)),
    ("INV-21", "a client takes a message for somebody else's", |w| {
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.observe(A1, vec![read(MessageId(0), 0, C1)]);
    }),
    ("INV-21", "a client reads another text than was said", |w| {
        w.observe(B1, vec![said(MessageId(0), 7)]);
        w.observe(A1, vec![read(MessageId(0), 0, B1)]);
    }),
    ("INV-21", "a client reads what nobody has said", |w| w.observe(A1, vec![read(MessageId(0), 0, B1)])),
    ("INV-22", "the hub believes what somebody else has sent", |w| {
        w.observe(C1, vec![said(MessageId(0), 0)]);
        w.at_hub(Event::Start, vec![judged(MessageId(0), None)]);
    }),
    ("INV-22", "the hub does not know its own stamp again", |w| {
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.at_hub(Event::Start, vec![judged(MessageId(0), Some(FrankError::WrongServerFrank))]);
    }),
    ("INV-23", "nobody has consented", |w| w.hand_out_to(ALICE, B1)),
    ("INV-23", "consent was for another requester", |w| {
        w.says_of_consent(B1, None, true);
        w.hand_out_to(CATHY, B1);
    }),
    ("INV-23", "what was said of the room comes before what was said of any", |w| {
        w.says_of_consent(B1, Some(ROOM), false);
        w.says_of_consent(B1, None, true);
        w.hand_out_to(ALICE, B1);
    }),
    ("INV-23", "somebody else speaks for the target", |w| w.says_of_consent(C1, None, true)),
    ("INV-24", "a follower learns who has sent a message", |w| {
        w.observe(FOLLOWER, vec![learnt(ALICE, Knowledge::Message)]);
    }),
    ("INV-24", "the hub learns who is behind a pseudonym", |w| {
        w.observe(HUB, vec![learnt(BOB, Knowledge::Person)]);
    }),
    ("INV-25", "the hub forgets the last event", |w| {
        w.message(ALICE);
        w.hub.position = 0;
        w.at_hub(Event::Restart, Vec::new());
    }),
    ("INV-25", "the hub forgets what it owes", |w| {
        let out = Fact::FannedOut { room: ROOM, message: MessageId(0), follower: FOLLOWER };
        w.hub.owed = vec![(FOLLOWER, 1)];
        w.accept(Accepted::Message { epoch: 0, sender: ALICE }, vec![out]);
        w.hub.owed = Vec::new();
        w.at_hub(Event::Restart, Vec::new());
    }),
    ("INV-26", "a user comes into the child from outside", |w| {
        given::child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20)]);
        w.given(in_parent(&[(ALICE, 10), (BOB, 20)]), &[A1, B1]);
        w.given(in_parent(&[(ALICE, 10), (DAN, 20)]), &[A1, D1]);
    }),
    ("INV-26", "the last one of the parent comes into the child", |w| {
        given::child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20)]);
        w.given(in_parent(&[(ALICE, 10), (BOB, 20)]), &[A1, B1]);
        w.given(in_parent(&[(ALICE, 10), (BOB, 20), (CATHY, 20)]), &[A1, B1]);
    }),
    ("INV-26", "a user leaves the parent, and nobody sees to the child", |w| {
        given::child(w, &[(ALICE, 10), (BOB, 20), (CATHY, 20)]);
        w.given(in_parent(&[(ALICE, 10), (BOB, 20)]), &[A1, B1]);
        w.others.insert(OTHER_ROOM, standing(&[(ALICE, 10), (CATHY, 20)]));
        w.at_hub(Event::Start, Vec::new());
        w.end();
    }),
    ("INV-27", "two rooms are fixed for the same users", |w| {
        given::fixed(w, &[(ALICE, 10), (BOB, 20)]);
        w.at_hub(Event::Start, Vec::new());
        w.given(fixed(&[(BOB, 10), (ALICE, 20)]), &[A1]);
    }),
    ("INV-27", "one of the users is banned, and does not count", |w| {
        given::fixed(w, &[(ALICE, 10), (BOB, 20)]);
        w.at_hub(Event::Start, Vec::new());
        w.given(fixed(&[(ALICE, 10), (BOB, 20), (CATHY, 1)]), &[A1]);
    }),
    ("INV-28", "a client reads what was said on another branch", |w| {
        w.seat(B1, w.up_to_date());
        w.seat(A1, SeatView { context: Some(99), ..w.up_to_date() });
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.observe(A1, vec![read(MessageId(0), 0, B1)]);
    }),
    ("INV-28", "a client reads what was said in the epoch before", |w| {
        w.seat(B1, w.up_to_date());
        w.seat(A1, SeatView { epoch: Some(1), ..w.up_to_date() });
        w.observe(B1, vec![said(MessageId(0), 0)]);
        w.observe(A1, vec![read(MessageId(0), 0, B1)]);
    }),
    ("INV-28", "two commits for one epoch lead to branches that look the same", |w| {
        w.seat(A1, w.up_to_date());
        w.seat(B1, w.up_to_date());
        comes(w, A1, MessageId(0), (1, 10));
        comes(w, B1, MessageId(1), (1, 10));
    }),
    ("INV-28", "a client goes over to another branch", |w| {
        w.seat(A1, w.up_to_date());
        w.seat(B1, SeatView { context: Some(99), ..w.up_to_date() });
        comes(w, A1, MessageId(0), (1, 10));
        comes(w, B1, MessageId(0), (1, 10));
    }),
    ("INV-29", "a repetition is processed", |w| {
        w.at_hub(
            Event::Start,
            vec![Fact::FannedOut { room: ROOM, message: MessageId(0), follower: FOLLOWER }],
        );
        w.observe(FOLLOWER, vec![notified(0)]);
        w.observe(FOLLOWER, vec![notified(0)]);
    }),
    ("INV-30", "an event is of a time before that of the one before it", |w| {
        w.at_hub(Event::Start, vec![accepted_at(0, 5), accepted_at(1, 4)]);
    }),
    ("INV-31", "a banned user commits", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[]);
        w.commit(Sender::Member(B1), &[], &[], &[]);
    }),
    ("INV-31", "a banned user gives itself a role", |w| {
        w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[]);
        w.propose(Sender::Member(B1), &[ListChange::Change(BOB, 20)], &[]);
    }),
    ("INV-31", "a banned user's other device comes in", |w| {
        let ban = w.propose(Sender::Member(A1), &[ListChange::Change(BOB, 1)], &[Proposed::Remove(B1)]);
        w.commit(Sender::Member(A1), &ban, &[], &[]);
        w.commit(Sender::Joiner(B2), &[], &[], &[]);
    }),
    ("INV-32", "nobody can join by what the hub tells", |w| {
        w.observe(B2, vec![Fact::GroupInfoUseless { room: ROOM, error: MlsError::NotAuthentic }]);
    }),
    ("INV-32", "the hub tells of an epoch that is over", |w| {
        w.commit(Sender::Member(A1), &[], &[], &[]);
        w.gives(0, 0);
    }),
    ("INV-32", "the hub keeps a pending proposal to itself", |w| {
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.gives(0, 0);
    }),
    ("INV-33", "a leave does not count", |w| {
        let before = w.hub.effective.clone();
        let accepted = vec![Fact::Opened { room: ROOM }];
        w.propose(Sender::Member(B1), &[ListChange::Remove(BOB)], &[Proposed::SelfRemove]);
        w.hub.effective = before;
        w.at_hub(Event::Start, accepted);
    }),
    ("INV-34", "one client shows what another puts aside", |w| {
        w.observe(A1, vec![discarded(MessageId(0), B1)]);
        w.observe(C1, vec![read(MessageId(0), 0, B1)]);
    }),
];

/// A child of the hub's other room, with these participants.
fn in_parent(participants: &[(UserId, u32)]) -> Standing {
    let mut child = standing(participants);
    child.base.parent_room = Some(MimiUri::room("a.example", "other"));
    child
}

/// A room with these participants for good.
fn fixed(participants: &[(UserId, u32)]) -> Standing {
    let mut room = standing(participants);
    room.base.fixed_membership = true;
    room
}

#[test]
fn every_invariant_has_a_story_of_each_kind() {
    let ids: Vec<&str> =
        invariants::all(&Default::default()).iter().map(|invariant| invariant.id()).collect();
    for stories in [HOLDS, FIRES] {
        let mut told: Vec<&str> = stories.iter().map(|(id, ..)| *id).collect();
        told.dedup();
        assert_eq!(told, ids);
    }
}

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
        // Once, so that a story does not fire for another reason than its own.
        assert_eq!(told(id, *tell).violations.len(), 1, "{id}: {story}");
    }
}

/// The demand on a leave ends where nobody is left who could commit it (RACE-02).
#[test]
fn a_leave_of_the_last_member_is_nobodys_fault() {
    let tally = told("INV-12", |w| {
        w.given(standing(&[(ALICE, 10)]), &[A1]);
        w.propose(Sender::Member(A1), &[ListChange::Remove(ALICE)], &[Proposed::SelfRemove]);
        w.end();
    });
    assert_eq!(tally, Tally::default());
}

fn told(invariant: &str, tell: fn(&mut World)) -> Tally {
    let mut world = World::new(invariant);
    tell(&mut world);
    world.tally
}

fn list(world: &mut World, entries: &[(mimic_protocol::UserId, u32)]) {
    let mut committed = (*world.hub.committed).clone();
    committed.participants =
        entries.iter().map(|(user, role)| Participant { user: *user, role: *role }).collect();
    world.hub.committed = Arc::new(committed);
    world.at_hub(Event::Start, Vec::new());
}

fn discarded(message: MessageId, sender: ClientId) -> Fact {
    Fact::Discarded { room: ROOM, message, sender, usage: Usage::React }
}

/// The key package with which `add` adds the client.
fn handed_out(client: ClientId, of_last_resort: bool, others: usize) -> Fact {
    let Proposed::Add(client, key_package) = add(client) else { unreachable!() };
    let (to, by_consent) = ((ALICE, ROOM), false);
    let lifetime = (Lifetime::ALWAYS, 0);
    Fact::HandedOut { to, by_consent, client, key_package, of_last_resort, others, lifetime }
}

/// A key package is valid from second 10 to second 60.
const LIFETIME: Lifetime = Lifetime { not_before_s: 10, not_after_s: 60 };

fn handed_out_at(now_s: u64) -> Fact {
    match handed_out(C1, false, 0) {
        Fact::HandedOut { to, by_consent, client, key_package, of_last_resort, others, .. } => {
            let lifetime = (LIFETIME, now_s);
            Fact::HandedOut { to, by_consent, client, key_package, of_last_resort, others, lifetime }
        }
        other => other,
    }
}

fn used_at(now_s: u64) -> Fact {
    Fact::KeyPackageUsed { room: ROOM, key_package: KeyPackageRef([7; 32]), lifetime: (LIFETIME, now_s) }
}

/// These clients are members from the first epoch on.
fn joins(w: &mut World, clients: &[ClientId]) {
    for client in clients {
        w.observe(*client, vec![Fact::Joined { room: ROOM, epoch: 0 }]);
    }
}

fn kept(proposals: &[ProposalInfo]) -> Vec<Fact> {
    let references = proposals.iter().filter_map(|info| info.reference);
    references.map(|proposal| Fact::Kept { room: ROOM, proposal }).collect()
}

fn applied(message: MessageId, epoch: u64) -> Fact {
    Fact::Applied { room: ROOM, message, epoch, text: None }
}

/// A client applies a commit, which leads it to an epoch with this GroupContext.
fn comes(w: &mut World, client: ClientId, commit: MessageId, (epoch, context): (u64, u64)) {
    let seat = SeatView { epoch: Some(epoch), context: Some(context), ..w.up_to_date() };
    let view = NodeView::Client(ClientView { seats: BTreeMap::from([(ROOM, seat)]) });
    w.step(client, Event::Start, vec![applied(commit, epoch)], Some(view));
}

fn read(message: MessageId, epoch: u64, sender: ClientId) -> Fact {
    Fact::Applied { room: ROOM, message, epoch, text: Some((sender, 0)) }
}

fn says(text: u32) -> Fact {
    Fact::Applied { room: ROOM, message: MessageId(text.into()), epoch: 0, text: Some((A1, text)) }
}

fn said(message: MessageId, text: u32) -> Fact {
    Fact::Said { room: ROOM, message, content: message, text: Some(text), sequences: None }
}

/// What the hub makes of a report that Bob has sent this.
fn judged(content: MessageId, refuted: Option<FrankError>) -> Fact {
    Fact::AbuseJudged { room: ROOM, accused: BOB, content, refuted }
}

fn learnt(about: UserId, what: Knowledge) -> Fact {
    Fact::Learnt(Lesson { about, what, room: Some(ROOM), by: Way::Notify })
}

fn notified(message: u64) -> Fact {
    Fact::Notified { room: ROOM, message: MessageId(message) }
}

fn accepted_at(position: u64, accepted_ms: u64) -> Fact {
    let event = Accepted::Message { epoch: 0, sender: ALICE };
    Fact::Accepted { room: ROOM, position, accepted_ms, message: MessageId(position), event }
}
