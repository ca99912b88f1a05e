//! The tables that sweeps and comparisons leave: a row for each seed, for each violation, and for each removal or ban.

use crate::error::CliError;
use crate::folder::Folder;
use crate::parquet_file::Table;
use crate::seed_results::{BySeed, SeedResult};
use mimic_analysis::{ConvergenceFigures, ExposureFigures, PastStep, names};
use mimic_protocol::Directory;
use mimic_record::Verdict;
use mimic_sim::faults::Family;
use std::collections::BTreeSet;

/// The files.
pub const FILES: [&str; 3] = ["seeds.parquet", "violations.parquet", "exposures.parquet"];

/// What a column shows of a value.
type Of<V, T> = fn(&V) -> T;

/// Writes them. Each part has its name in the column `preset`.
pub fn write(folder: &Folder, directory: &Directory, parts: &[(String, &BySeed)]) -> Result<(), CliError> {
    let tables = [seeds(parts), violations(parts), exposures(directory, parts)];
    FILES.into_iter().zip(tables).try_for_each(|(name, table)| folder.write(name, &table.file()?))
}

/// One row for each seed under each preset. Where the simulator failed, the verdict is `panicked` and the rest is missing.
fn seeds(parts: &[(String, &BySeed)]) -> Table {
    let rows: Vec<(&str, u64, Option<&SeedResult>)> = parts
        .iter()
        .flat_map(|(preset, seeds)| seeds.iter().map(|(seed, r)| (preset.as_str(), *seed, r.as_ref())))
        .collect();
    let number = |of: &dyn Fn(&SeedResult) -> Option<u64>| -> Vec<Option<u64>> {
        rows.iter().map(|(.., result)| result.and_then(of)).collect()
    };
    let mut table = Table::default();
    table.number("seed", rows.iter().map(|(_, seed, _)| Some(*seed)));
    table.text("preset", rows.iter().map(|(preset, ..)| Some(*preset)));
    let verdict = |result: Option<&SeedResult>| result.map_or("panicked", |r| word(r.judgement.verdict()));
    table.text("verdict", rows.iter().map(|(.., result)| Some(verdict(*result))));
    table.text("digest", rows.iter().map(|(.., result)| result.map(|r| r.digest.as_str())));
    let plain: [(&str, Of<SeedResult, u64>); 3] =
        [("virtual_ms", |r| r.virtual_ms), ("operations", |r| r.operations), ("messages", |r| r.messages)];
    for (name, of) in plain {
        table.number(name, number(&|r| Some(of(r))).into_iter());
    }
    let conforms = |r: &SeedResult| Some(if r.conforms? { "yes" } else { "no" });
    table.text("conforms", rows.iter().map(|(.., result)| result.and_then(conforms)));
    table.number("unmet", number(&|r| Some(r.unmet.len() as u64)).into_iter());
    for id in invariants(parts) {
        let of = |r: &SeedResult| r.judgement.invariants.iter().find(|i| i.id == id).cloned();
        let verdicts = rows.iter().map(|(.., result)| result.and_then(of).map(|i| word(i.verdict)));
        table.text(&id, verdicts);
        table.number(&format!("{id}_checked"), number(&|r| of(r).map(|i| i.checked)).into_iter());
    }
    for family in Family::ALL {
        table.number(&format!("struck_{family}"), number(&|r| Some(r.struck.of(family))).into_iter());
    }
    for (name, of) in CONVERGENCE {
        table.number(name, number(&|r| of(&r.convergence)).into_iter());
    }
    for (name, of) in EXPOSURE {
        table.number(name, number(&|r| of(&ExposureFigures::measure(&r.windows))).into_iter());
    }
    table
}

const CONVERGENCE: [(&str, Of<ConvergenceFigures, Option<u64>>); 8] = [
    ("head_epoch", |c| Some(c.head_epoch)),
    ("lag_epochs_max", |c| Some(c.lag_epochs_max)),
    ("reach_samples", |c| Some(c.reach_samples)),
    ("never_reached", |c| Some(c.never_reached)),
    ("reach_ms_p50", |c| c.reach_ms_p50),
    ("reach_ms_p95", |c| c.reach_ms_p95),
    ("reach_ms_max", |c| c.reach_ms_max),
    ("converged_after_heal_ms", |c| c.converged_after_heal_ms),
];

const EXPOSURE: [(&str, Of<ExposureFigures, Option<u64>>); 8] = [
    ("exposure_windows", |e| Some(e.windows)),
    ("exposure_still_open", |e| Some(e.still_open)),
    ("exposure_gone_ms_p50", |e| e.gone_ms_p50),
    ("exposure_gone_ms_max", |e| e.gone_ms_max),
    ("exposure_closed_ms_p50", |e| e.closed_ms_p50),
    ("exposure_closed_ms_max", |e| e.closed_ms_max),
    ("exposure_from_commit_ms_p50", |e| e.from_commit_ms_p50),
    ("exposure_from_commit_ms_max", |e| e.from_commit_ms_max),
];

/// One row for each violation; the steps that led to it are lines of `past`, where it is told.
fn violations(parts: &[(String, &BySeed)]) -> Table {
    let rows: Vec<_> = each(parts)
        .flat_map(|(preset, seed, result)| result.stories.iter().map(move |(s, at)| (preset, seed, s, *at)))
        .collect();
    let mut table = Table::default();
    table.number("seed", rows.iter().map(|row| Some(row.1)));
    table.text("preset", rows.iter().map(|row| Some(row.0)));
    table.text("invariant", rows.iter().map(|row| Some(row.2.invariant.as_str())));
    table.number("step", rows.iter().map(|row| row.2.step));
    table.number("at_ms", rows.iter().map(|row| row.3));
    table.text("what", rows.iter().map(|row| Some(row.2.what.as_str())));
    table.text("past", rows.iter().map(|row| past(&row.2.past)));
    table
}

fn past(steps: &[PastStep]) -> Option<String> {
    let line = |s: &PastStep| format!("{} ({} ms) {} {}", s.step, s.at_ms, s.node, s.what);
    (!steps.is_empty()).then(|| steps.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// One row for each removal or ban; what did not come about before the run ended is missing.
fn exposures(directory: &Directory, parts: &[(String, &BySeed)]) -> Table {
    let rows: Vec<_> = each(parts)
        .flat_map(|(preset, seed, result)| result.windows.iter().map(move |window| (preset, seed, window)))
        .collect();
    let mut table = Table::default();
    table.number("seed", rows.iter().map(|row| Some(row.1)));
    table.text("preset", rows.iter().map(|row| Some(row.0)));
    table.text("room", rows.iter().map(|row| Some(names::room(directory, row.2.room))));
    table.text("user", rows.iter().map(|row| Some(names::user(directory, row.2.user))));
    table.text("how", rows.iter().map(|row| Some(row.2.how.name())));
    table.number("accepted_ms", rows.iter().map(|row| Some(row.2.accepted_ms)));
    table.number("until_gone_ms", rows.iter().map(|row| row.2.until_gone_ms()));
    table.number("until_closed_ms", rows.iter().map(|row| row.2.until_closed_ms()));
    table.number("from_commit_ms", rows.iter().map(|row| row.2.from_commit_ms()));
    table.number("still_waiting", rows.iter().map(|row| Some(row.2.waiting.len() as u64)));
    table
}

/// The seeds that ended.
fn each<'p>(parts: &'p [(String, &BySeed)]) -> impl Iterator<Item = (&'p str, u64, &'p SeedResult)> {
    parts.iter().flat_map(|(preset, seeds)| {
        seeds.iter().filter_map(|(seed, result)| Some((preset.as_str(), *seed, result.as_ref()?)))
    })
}

fn invariants(parts: &[(String, &BySeed)]) -> BTreeSet<String> {
    each(parts).flat_map(|(.., result)| &result.judgement.invariants).map(|i| i.id.clone()).collect()
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Held => "held",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Violated => "violated",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parquet_file::tests::rows;
    use crate::seed_results::samples;
    use mimic_analysis::Story;
    use mimic_record::InvariantVerdict;

    fn seeds_of_a_sweep() -> BySeed {
        let mut bad = samples::seed();
        bad.judgement.invariants =
            vec![InvariantVerdict { id: "INV-04".to_owned(), verdict: Verdict::Violated, checked: 3 }];
        let step = PastStep { step: 8, at_ms: 61, node: "bob/phone".to_owned(), what: "crashes".to_owned() };
        let story =
            |past| Story { invariant: "INV-04".to_owned(), step: Some(9), what: "two".to_owned(), past };
        bad.stories = vec![(story(vec![step.clone(), step]), Some(70)), (story(Vec::new()), None)];
        BySeed::from([(3, Some(samples::seed())), (4, Some(bad)), (5, None)])
    }

    #[test]
    fn every_seed_and_every_violation_has_its_row() {
        let seeds_by_number = seeds_of_a_sweep();
        let parts = [("at-commit".to_owned(), &seeds_by_number)];
        let all = rows(seeds(&parts).file().unwrap());
        assert_eq!(all.len(), 3);
        assert!(
            all[0]
                .starts_with("{seed: 3, preset: \"at-commit\", verdict: \"inconclusive\", digest: \"9f2c\"")
        );
        assert!(all[0].contains("INV-04: null, INV-04_checked: null"), "{}", all[0]);
        assert!(all[1].contains("INV-04: \"violated\", INV-04_checked: 3"), "{}", all[1]);
        assert!(all[2].starts_with("{seed: 5, preset: \"at-commit\", verdict: \"panicked\", digest: null"));
        let violated = rows(violations(&parts).file().unwrap());
        let head = "{seed: 4, preset: \"at-commit\", invariant: \"INV-04\", step: 9, at_ms: 70, what: \"two\", past: ";
        let line = "8 (61 ms) bob/phone crashes";
        assert_eq!(violated[0], format!("{head}\"{line}\n{line}\"}}"));
        assert!(violated[1].ends_with("at_ms: null, what: \"two\", past: null}"), "{}", violated[1]);
    }
}
