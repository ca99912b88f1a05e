//! A room of minimal metadata: nobody is in it by a name (proto §6, PROTO-75).

use super::*;
use mimic_protocol::node::Deed;
use mimic_protocol::plans::Plans;
use mimic_protocol::policy::examples::Example;
use mimic_protocol::readings::Carrier;

/// Who Alice and Bob are in the masquerade.
const OWL: UserId = UserId(5);
const HARE: UserId = UserId(6);
const OWL1: ClientId = ClientId(10);
const HARE1: ClientId = ClientId(12);

/// Owl has created the room, and let Hare in, and wants Bob in the list, under his own name.
pub(super) fn told(readings: Readings, planted: Planted) -> (Story, Option<Result<(), Refusal>>) {
    let mut directory = world();
    for (person, name) in [(UserId(0), "owl"), (BOB, "hare")] {
        let pseudonym = directory.add_pseudonym(directory.provider_of(person), name);
        directory.add_client(pseudonym, "phone");
        directory.add_client(pseudonym, "laptop");
        directory.stand_for(pseudonym, person, ROOM);
    }
    let mut room = Example::Cooperative.room(OWL);
    room.base.pseudonyms_allowed = true;
    let plans = Plans { rooms: [(ROOM, room)].into(), ..Plans::default() };
    let driver = Driver::planned(directory, readings, planted, plans);
    let mut story = Story { driver, intents: 0, texts: 0, outcomes: Vec::new() };
    story.wants(OWL1, Action::Create);
    story.wants(OWL1, Action::Add(HARE, USER));
    story.wants(OWL1, Action::Do(Deed::Enlist(BOB, USER)));
    let outcome = story.outcomes.pop().and_then(|(_, _, outcome)| outcome);
    (story, outcome)
}

#[test]
fn nobody_takes_part_by_a_name() {
    for carrier in [Carrier::GroupContext, Carrier::HubLog] {
        let readings = Readings { carrier, ..Readings::default() };
        let (story, outcome) = told(readings, Planted::NONE);
        assert_eq!(outcome, Some(Err(Refusal::NotAllowed)));
        assert_eq!(violated(&story.driver.judge()), Vec::<&str>::new());
        let (story, outcome) = told(readings, Planted::new(Mutant::NamesEverywhere));
        assert_eq!(outcome, Some(Ok(())));
        assert_eq!(violated(&story.driver.judge()), ["INV-05"]);
    }
}

/// PROTO-24: no key package with a name in its credential fits.
#[test]
fn what_has_a_name_in_it_is_not_handed_out() {
    let (mut story, _) = told(Readings::default(), Planted::NONE);
    story.wants(OWL1, Action::Add(BOB, USER));
    let outcome = story.outcomes.pop().and_then(|(_, _, outcome)| outcome);
    assert_eq!(outcome, Some(Err(Refusal::NoKeyMaterial)));
}

#[test]
fn who_takes_part_sees_who_the_others_are() {
    let (story, _) = told(Readings::default(), Planted::NONE);
    let seen = |node: ClientId, of: ClientId| {
        let mut facts = story.driver.facts.iter().filter(|(by, _)| *by == node.into());
        facts.find_map(|(_, fact)| match fact {
            Fact::Recognised { pseudonym, client, .. } if *pseudonym == of => Some(*client),
            _ => None,
        })
    };
    assert_eq!((seen(OWL1, HARE1), seen(HARE1, OWL1)), (Some(Some(B1)), Some(Some(A1))));
    assert_eq!(seen(B1, OWL1), None);
}
