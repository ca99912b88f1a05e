//! What stories show to be refused is accepted by a hub with the planted bug that overlooks it, and an invariant sees that.
#![cfg(feature = "museum")]

use mimic_protocol::Mutant;
use mimic_protocol::mls::symbolic::Symbolic;
use mimic_record::Verdict;
use mimic_sim::run_over;
use mimic_sim::scenario::Scenario;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The story, the planted bug that it gives an occasion to, and who sees that.
type Row = (&'static str, Mutant, &'static str);

fn told(story: &str, mutant: Option<Mutant>) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let text = fs::read_to_string(folder.join(format!("{story}.toml"))).unwrap();
    let scenario = Scenario { mutant, ..Scenario::parse(story, &text).unwrap() };
    let result = run_over::<Symbolic>(&scenario, 1, "symbolic").unwrap();
    let invariants = &result.judgement.invariants;
    let violated = invariants.iter().filter(|invariant| invariant.verdict == Verdict::Violated);
    violated.map(|invariant| invariant.id.clone()).collect()
}

fn are_seen(rows: &[Row]) {
    for (story, mutant, by) in rows {
        assert_eq!(told(story, None), BTreeSet::new(), "{story}");
        let violated = told(story, Some(*mutant));
        assert!(violated.contains(*by), "{story} with {mutant:?}: {violated:?}");
    }
}

/// POL-22, POL-27 to POL-30.
#[test]
fn ways_in_that_are_none() {
    are_seen(&[
        ("way_open_join", Mutant::AnyTransition, "INV-05"),
        ("way_preauthorised_join", Mutant::AnyPreauthorisation, "INV-05"),
        ("way_join_link", Mutant::AnyTransition, "INV-05"),
        ("way_join_link", Mutant::AnyLink, "INV-05"),
        ("race_31_one_link_two_users", Mutant::LinksForEverybody, "INV-05"),
        ("way_join_link_expires", Mutant::LinksNeverExpire, "INV-05"),
        ("way_no_outsiders", Mutant::OpenToOutsiders, "INV-05"),
    ]);
}

/// POL-25, POL-34 to POL-38.
#[test]
fn deeds_that_the_role_does_not_cover() {
    are_seen(&[
        ("way_kick", Mutant::AnybodyKicks, "INV-05"),
        ("way_ban_and_unban", Mutant::AnybodyUnbans, "INV-05"),
        ("way_inactive_participant", Mutant::AddsForeignClients, "INV-05"),
        ("room_cooperative", Mutant::AnybodyBans, "INV-05"),
        ("room_cooperative", Mutant::AnybodyPromotes, "INV-05"),
        ("room_strict", Mutant::AnybodyAdds, "INV-05"),
        ("room_strict", Mutant::AnyPreauthorisation, "INV-05"),
        ("room_moderated", Mutant::AnybodySends, "INV-05"),
        ("room_multi_organization", Mutant::AnyTransition, "INV-05"),
    ]);
}

/// POL-07, POL-11, POL-39, POL-43, POL-44.
#[test]
fn changes_of_policy_that_nobody_may_make() {
    are_seen(&[
        ("way_policy_changes", Mutant::AnybodyRenames, "INV-05"),
        ("way_policy_changes", Mutant::AnybodyDefinesRoles, "INV-05"),
        ("room_strict", Mutant::AnybodyPreauthorises, "INV-05"),
        ("room_cooperative", Mutant::AnybodyChangesPolicy, "INV-05"),
        ("way_no_outsiders", Mutant::AnybodyChangesPolicy, "INV-05"),
        ("way_updates_that_do_not_share_a_commit", Mutant::RolesWithList, "INV-05"),
        ("way_updates_that_do_not_share_a_commit", Mutant::PreauthWithList, "INV-05"),
        ("race_44_narrowing_before_an_add", Mutant::AnybodyAdds, "INV-05"),
    ]);
}

/// POL-08, POL-14 to POL-17, POL-22.
#[test]
fn rooms_that_may_not_be_like_that() {
    are_seen(&[
        ("way_limits", Mutant::SeveralDevices, "INV-05"),
        ("way_limits", Mutant::RoomWithoutLimits, "INV-05"),
        ("way_limits", Mutant::ManyJoinLinks, "INV-05"),
        ("way_limits", Mutant::OrphansRoles, "INV-05"),
        ("way_fixed_membership", Mutant::MembershipNotFixed, "INV-05"),
        ("way_fixed_membership", Mutant::FixedRoomTwice, "INV-27"),
        ("way_parent_and_child", Mutant::ChildOutgrowsParent, "INV-26"),
        ("race_27_the_hub_follows", Mutant::KeepsOrphans, "INV-26"),
    ]);
}

/// PROTO-31, RACE-07: a join that voids the removal of its own author.
#[test]
fn a_resync_that_outlives_a_removal() {
    are_seen(&[
        ("race_07_the_removed_is_not_back_by_a_resync", Mutant::ResyncsTheRemoved, "INV-05"),
        ("race_07_the_removed_is_not_back_by_a_resync", Mutant::ResyncsTheRemoved, "INV-06"),
    ]);
}

/// INV-18: what nobody could commit together is not taken (RACE-16).
#[test]
fn a_ban_and_its_end_in_one_epoch() {
    are_seen(&[("race_16_ban_and_unban_in_one_epoch", Mutant::AcceptsConflicts, "INV-18")]);
}

/// What the story says that does not come true.
fn unmet(story: &str, mutant: Option<Mutant>) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios");
    let text = fs::read_to_string(folder.join(format!("{story}.toml"))).unwrap();
    let scenario = Scenario { mutant, ..Scenario::parse(story, &text).unwrap() };
    let result = run_over::<Symbolic>(&scenario, 1, "symbolic").unwrap();
    result.unmet.into_iter().map(|unmet| unmet.why).collect()
}

/// POL-02, POL-19: no invariant speaks of it, but the story does, of the room that it says stays closed.
#[test]
fn a_temporary_room_ends_with_its_group() {
    let story = "way_temporary_room_ends";
    assert_eq!(unmet(story, None), Vec::<String>::new());
    let found = unmet(story, Some(Mutant::RoomsComeBack));
    assert!(found.contains(&"again is done".to_owned()), "{found:?}");
}

/// ARCH-04: the room's name leads to the group that it goes on with.
#[test]
fn a_room_outlives_its_group() {
    let story = "way_persistent_room_goes_on";
    assert_eq!(unmet(story, None), Vec::<String>::new());
    let found = unmet(story, Some(Mutant::KeepsFirstGroup));
    assert!(!found.is_empty());
}
