//! `mimic check --mutants`: which planted bugs the properties of the models find.

use crate::check_args::CheckArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::say::say;
use mimic_models::{Kill, MlsEngine};
use serde::{Deserialize, Serialize};

/// The kill matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutantsSummary {
    /// The properties, in the order of the columns.
    pub properties: Vec<String>,
    /// Each planted bug.
    pub kills: Vec<Kill>,
    /// The properties that no bug violates.
    pub unsharpened: Vec<String>,
    /// How long it took.
    pub wall_ms: u64,
}

impl MutantsSummary {
    /// How the command ends: every property must find something, and every bug do what it is known for.
    pub fn exit(&self) -> Exit {
        let as_known = self.kills.iter().all(|kill| kill.as_known);
        if as_known && self.unsharpened.is_empty() { Exit::AsDeclared } else { Exit::Violated }
    }
}

/// Runs the command.
pub fn mutants(args: &CheckArgs) -> Result<Exit, CliError> {
    let summary = look(args)?;
    if args.json {
        say(format_args!("{}\n", json::object(&summary)?))?;
    } else {
        say(text(&summary))?;
    }
    Ok(summary.exit())
}

#[cfg(feature = "museum")]
fn look(args: &CheckArgs) -> Result<MutantsSummary, CliError> {
    use crate::check::threads;
    use crate::progress::ModelProgress;
    use crate::wall::Wall;
    use mimic_models::{CULPRITS, PropertyInfo};
    use mimic_protocol::Planted;

    let wall = Wall::start();
    let shown = ModelProgress::new(args.json);
    let models = mimic_models::list();
    let properties: Vec<String> =
        models.into_iter().flat_map(|model| model.properties).map(|PropertyInfo { id, .. }| id).collect();
    let mut kills = Vec::new();
    for culprit in CULPRITS {
        let planted = Planted::new(culprit.mutant);
        kills.push(culprit.look(threads(args), planted, args.limiting.limits(), &|at| shown.at(at))?);
    }
    let finds = |id: &String| kills.iter().any(|kill| kill.violated.iter().any(|(found, _)| found == id));
    let unsharpened = properties.iter().filter(|id| !finds(id)).cloned().collect();
    Ok(MutantsSummary { properties, kills, unsharpened, wall_ms: wall.elapsed_ms() })
}

#[cfg(not(feature = "museum"))]
fn look(_: &CheckArgs) -> Result<MutantsSummary, CliError> {
    Err(CliError::NoMuseum)
}

/// The matrix for people: a row for each bug, a column for each property.
fn text(summary: &MutantsSummary) -> String {
    use crate::check_report::name;
    use crate::report::seconds;
    const BUG: usize = 24;
    const SCOPE: usize = 23;

    let widths: Vec<usize> = summary.properties.iter().map(|id| id.len().max(6)).collect();
    let mut text = format!(
        "{} planted bugs, in {}; each number is that of the steps after which the property is violated\n\n",
        summary.kills.len(),
        seconds(summary.wall_ms)
    );
    let mut row = |first: &str, second: &str, cells: &mut dyn Iterator<Item = String>| {
        let mut line = format!("  {first:<BUG$}  {second:<SCOPE$}");
        for (cell, width) in cells.zip(&widths) {
            line.push_str(&format!("  {cell:>width$}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    };
    row("planted bug", "scope", &mut summary.properties.iter().cloned());
    for kill in &summary.kills {
        let steps = |id: &String| kill.violated.iter().find(|(found, _)| found == id);
        let cell = |id: &String| steps(id).map_or_else(|| "-".to_owned(), |(_, steps)| steps.to_string());
        row(&name(kill.mutant), &place(kill), &mut summary.properties.iter().map(cell));
    }
    text.push('\n');
    for kill in summary.kills.iter().filter(|kill| !kill.as_known) {
        text.push_str(&format!("NOT AS KNOWN  {} in {}\n", name(kill.mutant), place(kill)));
    }
    for id in &summary.unsharpened {
        text.push_str(&format!("NO BUG VIOLATES  {id}\n"));
    }
    if summary.exit() == Exit::AsDeclared {
        text.push_str("each property is violated by a planted bug, and each bug does what it is known for\n");
    }
    text
}

/// Where a bug was looked for.
fn place(kill: &Kill) -> String {
    match kill.engine {
        MlsEngine::Symbolic => kill.scope.clone(),
        MlsEngine::OpenMls => format!("{} (OpenMLS)", kill.scope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::Mutant;

    fn summary() -> MutantsSummary {
        let kill = |mutant, scope: &str, violated: &[(&str, usize)], as_known| Kill {
            mutant,
            scope: scope.to_owned(),
            engine: MlsEngine::Symbolic,
            violated: violated.iter().map(|(id, steps)| ((*id).to_owned(), *steps)).collect(),
            as_known,
        };
        MutantsSummary {
            properties: ["INV-01", "INV-03", "rest is agreement"].map(str::to_owned).to_vec(),
            kills: vec![
                kill(
                    Mutant::AnswerBeforeDurable,
                    "hub-crash",
                    &[("INV-03", 9), ("rest is agreement", 14)],
                    true,
                ),
                kill(Mutant::MembersWithoutEntry, "add-remove", &[("INV-01", 4)], true),
            ],
            unsharpened: Vec::new(),
            wall_ms: 31_400,
        }
    }

    #[test]
    fn the_matrix_has_a_row_for_each_bug_and_a_column_for_each_property() {
        insta::assert_snapshot!(text(&summary()));
    }

    #[test]
    fn what_is_blunt_is_told_and_ends_with_1() {
        assert_eq!(summary().exit(), Exit::AsDeclared);
        let mut blunt = summary();
        blunt.unsharpened.push("INV-06".to_owned());
        blunt.kills[0].as_known = false;
        assert_eq!(blunt.exit(), Exit::Violated);
        let text = text(&blunt);
        assert!(text.contains("NO BUG VIOLATES  INV-06\n"), "{text}");
        assert!(text.contains("NOT AS KNOWN  answer-before-durable in hub-crash\n"), "{text}");
    }
}
