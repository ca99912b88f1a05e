//! Several batches that a hub accepts in one step, as when it proposes again what a commit has voided (proto §5.5, PROTO-47).

use super::given::*;
use crate::world::*;
use mimic_protocol::mls::{Proposed, Sender};
use mimic_protocol::node::{Accepted, Fact, MessageId};
use mimic_protocol::room::ListChange;
use std::sync::Arc;

const HUB_PROPOSES: Sender = Sender::External(HUB);

/// What is so in the room before, and what is wrong with taking two users out, if anything is.
type Case = (fn(&mut World), Option<&'static str>);

#[test]
fn each_batch_of_a_step_is_judged_at_its_place() {
    let cases: [Case; 3] = [
        (|_| {}, None),
        // Only the second breaks it.
        (|w| change_role(w, 20, |role| role.min_participants = 1), Some("MinParticipants(20)")),
        // Neither may be.
        (|w| grant(w, 21, &[], &[]), Some("")),
    ];
    for (n, (given, objection)) in cases.into_iter().enumerate() {
        let mut world = World::new("INV-05");
        world.given(standing(&[(ALICE, 10), (BOB, 20), (CATHY, 20)]), &[A1, B1, C1]);
        grant_all(&mut world);
        enforced(&mut world);
        given(&mut world);
        take_out_bob_and_cathy(&mut world);
        let found: Vec<&str> = world.tally.violations.iter().map(|(_, words)| &words[..]).collect();
        match (objection, &found[..]) {
            (None, []) | (Some(""), [_, _]) => {}
            (Some(objection), [words]) if !objection.is_empty() && words.contains(objection) => {}
            _ => panic!("case {n}: {found:?}"),
        }
    }
}

/// The hub proposes to take out both, a batch for each, in one step.
fn take_out_bob_and_cathy(w: &mut World) {
    let bob = w.proposals(HUB_PROPOSES, &[ListChange::Remove(BOB)], &[Proposed::Remove(B1)]);
    Arc::make_mut(&mut w.hub.effective).participants.retain(|participant| participant.user != BOB);
    w.hub.pending += bob.len();
    let event = Accepted::Proposals { epoch: w.hub.epoch, proposals: bob };
    let message = MessageId(u64::MAX);
    w.beside.push(Fact::Accepted { room: ROOM, position: w.hub.position, accepted_ms: 0, message, event });
    w.hub.position += 1;
    w.propose(HUB_PROPOSES, &[ListChange::Remove(CATHY)], &[Proposed::Remove(C1)]);
}
