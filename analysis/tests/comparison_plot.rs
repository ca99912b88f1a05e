//! The figure of a comparison: what it shows, and that the same figure gives the same bytes.

use mimic_analysis::comparison::{HOW_TO_READ, PresetColumn, VerdictShare};
use mimic_analysis::{ComparisonFigure, render_comparison};

fn column(name: &str, violated: u64) -> PresetColumn {
    let share = |id: &str, violated, inconclusive| VerdictShare {
        id: id.to_owned(),
        held: 20 - violated - inconclusive,
        violated,
        inconclusive,
    };
    PresetColumn {
        name: name.to_owned(),
        seeds: [20 - violated, violated, 0, 0],
        invariants: vec![share("INV-04", 0, 0), share("INV-06", violated, 5)],
        reach_ms: (1..=20).map(|n| n * n * 7).collect(),
        gone_ms: vec![0, 12, 300],
        closed_ms: vec![40, 1_300],
        still_open: 1,
    }
}

fn figure() -> ComparisonFigure {
    ComparisonFigure {
        title: "clubhouse under 2 readings".to_owned(),
        subtitle: "seeds 0..20 each".to_owned(),
        caption: HOW_TO_READ.to_owned(),
        presets: vec![column("at-accept", 0), column("at-commit", 3)],
    }
}

#[test]
fn a_small_comparison_is_drawn_as_before() {
    let svg = render_comparison(&figure()).unwrap();
    assert_eq!(svg, render_comparison(&figure()).unwrap());
    insta::assert_snapshot!(svg);
}

#[test]
fn every_preset_invariant_and_violation_is_named_in_the_picture() {
    let svg = render_comparison(&figure()).unwrap();
    for name in ["at-accept", "INV-06", "violated in 3", "17 held · 3 violated", "at-commit (2 of 3)"] {
        assert!(svg.lines().any(|line| line.trim() == name), "{name} is missing");
    }
}

#[test]
fn an_invariant_that_only_one_preset_judges_is_no_violation_of_the_other() {
    let mut figure = figure();
    figure.presets[0].invariants.pop();
    assert!(render_comparison(&figure).unwrap().contains("not judged"));
    figure.presets.clear();
    assert!(render_comparison(&figure).unwrap().contains("there was nothing to measure"));
}
