//! The page `docs/coverage.md`.

use super::{Check, Coverage, Row, State, Tally};
use std::fmt::Write;

const HEAD: &str = "\
# Coverage

What the drafts demand, and what becomes of it here. Made by `mimic coverage --write` from `spec/requirements.toml` (what there
is to cover), `spec/coverage.toml` (what covers it, kept by hand) and `spec/sightings.toml` (what the scenarios have shown): do
not edit it. A test fails where it is stale, and where anything that `spec/coverage.toml` names does not exist.

* **checked**: an invariant, a property of the models or a test would notice if it were broken, and was seen to notice a
  planted bug (`protocol/src/mutant.rs`) that breaks it.
* **exercised**: it happens, in a scenario (how often is counted) or in a test; whether something would notice if it did not, no
  planted bug has shown.
* **out of scope**: it is not for this testbed, for the reason given.
* **missing**: none of these. `mimic coverage --missing` lists them.

Tags: S safety, L liveness, E encoding, P privacy, M a fact that shapes the model. *Open* says what a covered requirement still
lacks.
";

/// The whole page.
pub fn page(coverage: &Coverage) -> String {
    let mut page = HEAD.to_owned();
    // Writing to a string does not fail.
    let _ = summary(&mut page, coverage);
    let drafts: Vec<&str> = coverage.by_draft().into_iter().map(|(draft, _)| draft).collect();
    for draft in drafts {
        let _ = table(&mut page, draft, coverage.rows.iter().filter(|row| row.draft == draft));
    }
    page
}

fn summary(page: &mut String, coverage: &Coverage) -> std::fmt::Result {
    writeln!(page, "\n## In short\n")?;
    writeln!(page, "| document | requirements | checked | exercised | out of scope | missing |")?;
    writeln!(page, "|---|--:|--:|--:|--:|--:|")?;
    for (draft, tally) in coverage.by_draft() {
        writeln!(page, "| {draft} | {} |", counts(&tally))?;
    }
    writeln!(page, "| **all** | {} |", counts(&coverage.total()))?;
    let bar = coverage.bar();
    let (binding, all) = (bar.binding, bar.all);
    writeln!(page, "\nOf ARCH, POL and PROTO §5.3, §5.6 and §7, {} requirements:\n", all.all())?;
    writeln!(page, "* {} are missing.", all.missing)?;
    let percent = bar.percent();
    writeln!(
        page,
        "* {} are tagged S, L, E or P; {} of these are checked: {percent} %.",
        binding.all(),
        binding.checked
    )?;
    writeln!(page, "\nScenarios are counted over {} seeds each.", coverage.seeds)
}

fn counts(tally: &Tally) -> String {
    let Tally { checked, exercised, out_of_scope, missing } = tally;
    format!("{} | {checked} | {exercised} | {out_of_scope} | {missing}", tally.all())
}

fn table<'r>(page: &mut String, draft: &str, rows: impl Iterator<Item = &'r Row>) -> std::fmt::Result {
    writeln!(page, "\n## {draft}\n")?;
    writeln!(page, "| id | section | tags | what must hold | state | by what |")?;
    writeln!(page, "|---|---|---|---|---|---|")?;
    for row in rows {
        let tags: Vec<String> = row.tags.iter().map(|tag| format!("{tag:?}")).collect();
        let (id, section, says) = (&row.id, cell(&row.section), cell(&row.says));
        let state = match row.state {
            State::Checked => format!("**{}**", row.state.name()),
            State::Exercised | State::OutOfScope | State::Missing => row.state.name().to_owned(),
        };
        writeln!(page, "| {id} | {section} | {} | {says} | {state} | {} |", tags.join(" "), cell(&by(row)))?;
    }
    Ok(())
}

/// By what a requirement is covered, in words.
fn by(row: &Row) -> String {
    let mut parts: Vec<String> = row.checked.iter().map(check).collect();
    parts.extend(row.tests.iter().map(|test| format!("`{test}`")));
    let seen: Vec<String> = row.seen_in().iter().map(|(name, count)| format!("{name} {count}")).collect();
    if !seen.is_empty() {
        parts.push(format!("seen: {}", seen.join(", ")));
    }
    parts.extend(row.out_of_scope.clone());
    parts.extend(row.open.iter().map(|open| format!("*Open:* {open}")));
    parts.join("; ")
}

fn check(check: &Check) -> String {
    let mutant = check.mutant_name();
    let by = if check.by.contains("::") { format!("`{}`", check.by) } else { check.by.clone() };
    format!("{by} with `{mutant}`")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
