//! The rungs of a ladder say what the numbered lines of the same path say.

use mimic_models::{Ladder, Place, PropertyReport, Rung, check};
use mimic_protocol::{Mutant, Planted};

/// The rungs of each line, in its order.
fn rungs(ladder: &Ladder, step: usize) -> Vec<&Rung> {
    ladder.rungs.iter().filter(|rung| rung.step == step).collect()
}

fn agrees(property: &PropertyReport) {
    let (Some(lines), Some(ladder)) = (&property.steps, &property.ladder) else { return };
    assert!(ladder.rungs.is_sorted_by_key(|rung| rung.step), "{ladder:?}");
    for (step, line) in (1..).zip(lines) {
        let said = line.to_lowercase();
        let of_step = rungs(ladder, step);
        assert!(!of_step.is_empty(), "no rung for {line}");
        for Rung { place, what, then, .. } in of_step {
            for words in then.iter().chain([what]) {
                let words = words.trim_end_matches(", late").to_lowercase();
                assert!(said.contains(&words), "{words:?} is not in {line:?}");
            }
            let Place::Arrow { from, by_way_of, to, .. } = place else { continue };
            assert!(said.contains(&ladder.columns[*to].to_lowercase()), "{line}");
            let last = by_way_of.last().unwrap_or(from);
            let is_named = said.contains(&ladder.columns[*last].to_lowercase());
            assert!(is_named || said.contains("the answer"), "{line}");
        }
    }
    let told: usize = ladder.rungs.iter().map(|rung| rung.then.len()).sum();
    assert!(told > 0, "nothing comes of anything in {lines:?}");
}

#[test]
fn rungs_and_lines_agree() {
    for (scope, mutant, violated) in [
        ("hub-crash", Mutant::AnswerBeforeDurable, 4),
        ("hub-crash", Mutant::RefusesRepetitions, 2),
        ("add-remove", Mutant::MembersWithoutEntry, 1),
        ("leave-commit", Mutant::NobodyCommits, 2),
    ] {
        let report = check("room", Some(scope), 2, Planted::new(mutant).into(), &|_| ()).unwrap();
        let told = report.properties.iter().filter(|property| property.ladder.is_some());
        assert_eq!(told.clone().count(), violated, "{scope} {mutant:?}");
        told.for_each(agrees);
    }
}

/// A client at a follower reaches the hub by way of it, in one go.
#[test]
fn an_arrow_knows_by_way_of_whom_it_has_come() {
    let planted = Planted::new(Mutant::AnswerBeforeDurable);
    let report = check("room", Some("hub-crash"), 2, planted.into(), &|_| ()).unwrap();
    let ladder = report.property("INV-04").and_then(|property| property.ladder.as_ref()).unwrap();
    let [hub, follower, alice, bob] = ["hub a.example", "follower b.example", "Alice's phone", "Bob's phone"]
        .map(|name| ladder.columns.iter().position(|column| column == name).unwrap());
    let ways = ladder.rungs.iter().filter_map(|rung| match &rung.place {
        Place::Arrow { from, by_way_of, to, .. } => Some((*from, &by_way_of[..], *to)),
        Place::Mark { .. } | Place::Remark => None,
    });
    assert_eq!(ways.collect::<Vec<_>>(), [(bob, &[follower][..], hub), (alice, &[][..], hub)]);
}
