//! The texts of `mimic coverage`.

use crate::coverage_summary::CoverageSummary;
use mimic_analysis::coverage::{Row, State, Tally};

/// The whole table: a line for each requirement, and what it adds up to.
pub fn table(summary: &CoverageSummary) -> String {
    let mut text = String::new();
    for row in &summary.requirements {
        text.push_str(format!("{:<9} {:<12} {}", row.id, row.state.name(), by(row)).trim_end());
        text.push('\n');
    }
    text.push('\n');
    for (draft, tally) in summary.documents.iter().map(|d| (&d.document[..], d.tally)) {
        text.push_str(&format!("{draft:<50} {}\n", tally_text(&tally)));
    }
    text.push_str(&format!("{:<50} {}\n\n", "all", tally_text(&summary.total)));
    let bar = summary.bar;
    text.push_str(&format!(
        "ARCH, POL and PROTO §5.3, §5.6, §7: {} of {} missing; of {} tagged S, L, E or P {} checked, {} %\n",
        bar.all.missing,
        bar.all.all(),
        bar.binding.all(),
        bar.binding.checked,
        bar.percent(),
    ));
    text
}

/// One line for each requirement that is missing: its id first.
pub fn missing(summary: &CoverageSummary) -> String {
    summary.requirements.iter().map(|row| format!("{:<9} {}\n", row.id, row.says)).collect()
}

fn by(row: &Row) -> String {
    let mut parts: Vec<String> =
        row.checked.iter().map(|check| format!("{} with {}", check.by, check.mutant_name())).collect();
    if row.state == State::Exercised && !row.tests.is_empty() {
        parts.push(match row.tests.len() {
            1 => "1 test".to_owned(),
            tests => format!("{tests} tests"),
        });
    }
    parts.extend(row.seen_in().iter().map(|(scenario, count)| format!("{scenario} {count}")));
    parts.extend(row.out_of_scope.clone());
    parts.join(", ")
}

fn tally_text(tally: &Tally) -> String {
    let Tally { checked, exercised, out_of_scope, missing } = tally;
    format!(
        "{checked:>3} checked {exercised:>3} exercised {out_of_scope:>3} out of scope {missing:>3} missing"
    )
}
