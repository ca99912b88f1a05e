//! Ratchet trees on the web: the hub's answer says where the tree is, and who joins fetches it (ratchet-tree-options §3, MLS-21).

use super::*;
use mimic_protocol::node::Deed;
use mimic_protocol::readings::TreeOption;

fn begun(planted: Planted) -> Story {
    let readings = Readings { tree_option: TreeOption::Https, ..Readings::default() };
    let mut story = Story::begin_under(readings, planted);
    story.wants(A1, Action::Create);
    story.wants(A1, Action::Do(Deed::Enlist(BOB, USER)));
    story
}

fn fetched(story: &Story) -> usize {
    let fetched = story.driver.facts.iter().filter(|(_, fact)| matches!(fact, Fact::TreeFetched { .. }));
    fetched.count()
}

/// Who asked whom for a tree.
fn asked(story: &Story) -> Vec<(NodeId, NodeId)> {
    let asked = story.driver.sent.iter().filter_map(|(from, to, body)| match body {
        Body::Request(Request::Download { url, .. }) => {
            Some((*from, *to, url.contains("//trees.a.example/")))
        }
        _ => None,
    });
    asked
        .map(|(from, to, of_tree)| {
            assert!(of_tree);
            (from, to)
        })
        .collect()
}

/// A client asks its provider, and that the hub; at the hub's own domain the tree is, and nowhere else.
#[test]
fn who_joins_fetches_the_tree() {
    let mut story = begun(Planted::NONE);
    for joiner in [B2, A2] {
        story.wants(joiner, Action::JoinOwnDevice);
    }
    assert!(story.outcomes.iter().all(|(_, _, outcome)| *outcome == Some(Ok(()))), "{:?}", story.outcomes);
    assert_eq!(fetched(&story), 2);
    let follower = ProviderId(1);
    let expected = [(B2.into(), follower.into()), (follower.into(), HUB.into()), (A2.into(), HUB.into())];
    assert_eq!(asked(&story), expected);
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// RACE-08: the hub goes on between its answer and the fetch. The tree is not there any more, and the client asks again.
#[test]
fn a_tree_that_is_over_is_not_there() {
    let mut story = begun(Planted::NONE);
    let id = story.states(B2, Action::JoinOwnDevice);
    story.driver.run_until(|fact| matches!(fact, Fact::GroupInfoGiven { .. }));
    story.states(A1, Action::UpdateKeys);
    story.driver.run();
    assert_eq!(story.driver.outcome(id), Some(Ok(())));
    let given = story.driver.facts.iter().filter(|(_, fact)| matches!(fact, Fact::GroupInfoGiven { .. }));
    assert_eq!((given.count(), fetched(&story)), (2, 1));
    assert_eq!(story.driver.violated(), [""; 0]);
}

/// Somebody on the way puts the tree of an earlier epoch in its place: that is not what the hub has signed for this one. Taken all the
/// same, it does not fit the GroupInfo.
#[test]
fn a_tree_that_the_hub_has_not_signed_is_no_answer() {
    let ends = |planted| {
        let mut story = begun(planted);
        let sent = story.driver.sent.iter().find_map(|(_, _, body)| match body {
            Body::Request(Request::Open { tree, .. }) => Some(tree.clone()),
            _ => None,
        });
        let first = sent.expect("the room was opened");
        story.driver.alter(move |packet| {
            let Body::Response(Response::Asset(tree)) = &mut packet.body else { return false };
            *tree = first.clone();
            true
        });
        story.wants(B2, Action::JoinOwnDevice);
        assert!(story.driver.faults_are_spent());
        (story.outcomes[2].2 == Some(Ok(())), story.driver.violated())
    };
    assert_eq!(ends(Planted::NONE), (true, vec![]));
    assert_eq!(ends(Planted::new(Mutant::TakesAnyTree)), (false, vec!["INV-32"]));
}
