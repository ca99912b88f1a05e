//! A hub that does not ask the policy, and what is not allowed: INV-05 sees each such deed, which a hub that asks refuses.

use super::*;

/// What is not allowed: what goes before it, who does it, and what.
type Deed = (&'static [(ClientId, Action)], ClientId, Action);

/// Bob is an ordinary user. Dan is one too, until something is done about that; Eve is not in the room.
fn gathered(planted: Planted) -> Story {
    let mut story = Story::begin(planted);
    story.wants(A1, Action::Create);
    for user in [BOB, DAN] {
        story.wants(A1, Action::Add(user, USER));
    }
    story
}

/// What INV-05 and the others say of the deed, and how it ended for who did it.
fn told(planted: Planted, (before, doer, action): Deed) -> (Judgement, Option<Outcome>) {
    let mut story = gathered(planted);
    before.iter().for_each(|(client, action)| story.wants(*client, *action));
    story.wants(doer, action);
    (story.driver.judge(), story.outcomes.pop())
}

/// The deed is refused by a hub that asks; one that does not ask is found out.
fn is_caught(deed: Deed, mutant: Mutant, by: &str) {
    let (judgement, outcome) = told(Planted::NONE, deed);
    assert_eq!(judgement.findings, []);
    assert_eq!(outcome, Some((deed.1.into(), deed.2, Some(Err(Refusal::NotAllowed)))));
    let (judgement, outcome) = told(Planted::new(mutant), deed);
    assert_eq!(outcome, Some((deed.1.into(), deed.2, Some(Ok(())))));
    assert!(violated(&judgement).contains(&by), "{:?}", violated(&judgement));
}

/// POL-25: an ordinary user may add others as ordinary users alone.
#[test]
fn adding_in_a_role_that_is_not_the_actors_to_give() {
    is_caught((&[], B1, Action::Add(EVE, ADMIN)), Mutant::NoAuthorisation, "INV-05");
}

/// POL-31: an ordinary user may not remove an admin.
#[test]
fn removing_whom_the_actor_may_not_remove() {
    let promoted = &[(A1, Action::ChangeRole(DAN, ADMIN))];
    is_caught((promoted, B1, Action::Remove(DAN)), Mutant::NoAuthorisation, "INV-05");
}

/// POL-35: an ordinary user changes nobody's role.
#[test]
fn changing_a_role_without_can_change_user_role() {
    is_caught((&[], B1, Action::ChangeRole(DAN, ADMIN)), Mutant::NoAuthorisation, "INV-05");
}

/// POL-37: an ordinary user bans nobody.
#[test]
fn banning_without_can_ban() {
    is_caught((&[], B1, Action::Ban(DAN)), Mutant::NoAuthorisation, "INV-05");
}

/// POL-38: an ordinary user takes no ban back.
#[test]
fn unbanning_without_can_unban() {
    let banned = &[(A1, Action::Ban(DAN))];
    is_caught((banned, B1, Action::ChangeRole(DAN, USER)), Mutant::NoAuthorisation, "INV-05");
}

/// POL-05: the last admin does not go, since there has to be one.
#[test]
fn leaving_a_role_below_its_minimum() {
    is_caught((&[], A1, Action::Leave), Mutant::NoLimits, "INV-05");
}
