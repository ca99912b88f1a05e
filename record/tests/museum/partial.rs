//! A GroupInfo that comes in part: the hub rebuilds it, and takes it if its committer has signed it (proto §5.3, PROTO-32, MLS-21).

use super::*;
use mimic_protocol::mls::{GroupInfoForm, MlsError};
use mimic_protocol::node::{Bundle, Deed};
use mimic_protocol::readings::GroupInfoOption;
use mimic_protocol::wire::ratchet_tree::{PartialGroupInfo, RatchetTreePresence};

/// A symbolic signature of a GroupInfo is the number of the client whose it is.
const BOBS_SIGNATURE: &[u8] = &[2];

fn begun(planted: Planted) -> Story {
    let readings = Readings { group_info_option: GroupInfoOption::Partial, ..Readings::default() };
    let mut story = Story::begin_under(readings, planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Do(Deed::Enlist(BOB, USER)));
    story
}

/// The next GroupInfo in part changes on its way.
fn spoils(story: &mut Story, spoil: impl Fn(&mut PartialGroupInfo) + 'static) {
    story.driver.alter(move |packet| {
        let Body::Request(Request::Update { bundle: Bundle::Commit(bundle), .. }) = &mut packet.body else {
            return false;
        };
        let GroupInfoForm::Partial(partial) = &mut bundle.group_info else { return false };
        spoil(partial);
        true
    });
}

fn forms(story: &Story) -> Vec<bool> {
    let partial = story.driver.sent.iter().filter_map(|(_, _, body)| match body {
        Body::Request(Request::Update { bundle: Bundle::Commit(bundle), .. }) => {
            Some(matches!(bundle.group_info, GroupInfoForm::Partial(_)))
        }
        _ => None,
    });
    partial.collect()
}

/// A member commits, and others join by what the hub has rebuilt: after a member's commit, and after a joiner's.
#[test]
fn others_join_by_what_the_hub_has_rebuilt() {
    let mut story = begun(Planted::NONE);
    for joiner in [B1, B2, A2] {
        story.wants(joiner, Action::JoinOwnDevice);
    }
    story.wants(B1, Action::UpdateKeys);
    assert!(story.outcomes.iter().all(|(_, _, outcome)| *outcome == Some(Ok(()))), "{:?}", story.outcomes);
    let forms = forms(&story);
    assert!(forms.len() >= 4 && forms.iter().all(|partial| *partial), "{forms:?}");
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// RACE-33: Bob's signature is put in the place of Alice's. Taken all the same, nobody can join by it.
#[test]
fn a_part_that_the_committer_has_not_signed_is_refused() {
    let ends = |planted| {
        let mut story = begun(planted);
        spoils(&mut story, |partial| partial.signature = BOBS_SIGNATURE.into());
        story.wants(A1, Action::UpdateKeys);
        story.states(B2, Action::JoinOwnDevice);
        story.driver.run();
        let refused = |(_, fact): &(NodeId, Fact)| {
            matches!(fact, Fact::Rejected { reason: Rejection::Mls(MlsError::NotAuthentic), .. })
        };
        (story.driver.facts.iter().any(refused), story.driver.violated().contains(&"INV-32"))
    };
    assert_eq!(ends(Planted::NONE), (true, false));
    assert_eq!(ends(Planted::new(Mutant::TakesAnyPartial)), (false, true));
}

/// No GroupInfo here has a tree in it, and none has had one: nothing of that kind is there, comes or goes.
#[test]
fn a_tree_in_the_group_info_is_refused() {
    use RatchetTreePresence::{Added, Present, Removed};
    for presence in [Present, Removed, Added] {
        let mut story = begun(Planted::NONE);
        spoils(&mut story, move |partial| partial.ratchet_tree_presence = presence);
        story.wants(A1, Action::UpdateKeys);
        let bad = |(_, fact): &(NodeId, Fact)| {
            matches!(fact, Fact::Rejected { reason: Rejection::BadGroupInfo, .. })
        };
        assert!(story.driver.facts.iter().any(bad), "{presence:?}");
    }
}
