//! The named scopes: their pinned counts of different states, and what a planted bug leads to.

use mimic_models::check;
use mimic_protocol::Planted;
use mimic_record::Verdict;

#[test]
fn the_small_scopes_have_their_pinned_counts_and_nothing_is_violated() {
    let pinned = [("hub-crash", 1_194), ("device-ban", 4_992), ("add-remove", 26_100)];
    for (scope, unique_states) in pinned {
        let report = check("room", Some(scope), 1, Planted::NONE, &|_| ()).unwrap();
        assert_eq!((report.unique_states, scope), (unique_states, scope));
        assert!(report.properties.iter().all(|property| property.verdict != Verdict::Violated), "{scope}");
    }
}

/// What the simulator finds by seeds (RACE-41), as a shortest story.
#[cfg(feature = "museum")]
#[test]
fn a_hub_that_answers_before_its_record_is_durable_accepts_two_commits() {
    let planted = Planted::new(mimic_protocol::Mutant::AnswerBeforeDurable);
    let report = check("room", Some("hub-crash"), 1, planted, &|_| ()).unwrap();
    let one_commit = report.property("INV-04").unwrap();
    assert_eq!(one_commit.verdict, Verdict::Violated);
    assert!(one_commit.steps.as_ref().is_some_and(|steps| steps.len() > 3), "{:?}", one_commit.steps);
}
