//! `mimic distance`: the least number of operations and faults that breaks each property.

use crate::check::planted;
use crate::check_args::DistanceArgs;
use crate::check_report::wrapped;
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::progress::ModelProgress;
use crate::report::seconds;
use crate::say::say;
use indicatif::HumanCount;
use mimic_models::{Conditions, Distance, Distances, MlsEngine, Spent};

/// Runs the command.
pub fn distance(args: &DistanceArgs) -> Result<Exit, CliError> {
    let shown = ModelProgress::new(args.json);
    let read = |scope| args.readings.over(scope);
    let conditions = Conditions {
        planted: planted(args.mutant),
        read: &read,
        engine: MlsEngine::Symbolic,
        limits: args.limiting.limits(),
        witness: None,
    };
    let distances = mimic_models::distance(&args.composing.composition(), conditions, &|at| shown.at(at))?;
    drop(shown);
    if args.json {
        say(format_args!("{}\n", json::object(&distances)?))?;
    } else {
        say(text(&distances))?;
    }
    Ok(exit(&distances))
}

/// How the command ends: that something can be broken is a result; a search that was cut off is not complete.
fn exit(distances: &Distances) -> Exit {
    if distances.cut_off.is_some() { Exit::Inconclusive } else { Exit::AsDeclared }
}

/// The text for people.
fn text(distances: &Distances) -> String {
    let mut text = format!(
        "distance · scope {} · read {}\n  {} different states in {} searches, in {}\n\nproperties\n",
        distances.scope,
        distances.readings,
        HumanCount(distances.unique_states),
        distances.searched.len() + usize::from(distances.cut_off.is_some()),
        seconds(distances.wall_ms)
    );
    for Distance { id, broken_by, steps } in &distances.properties {
        let broken =
            broken_by.map_or_else(|| "not broken".to_owned(), |spent| format!("broken by {}", tell(spent)));
        text.push_str(&format!("  {id:<21} {broken}\n"));
        for (n, step) in steps.iter().enumerate() {
            text.push_str(&wrapped(&format!("  {:>6}. ", n + 1), step.split(' '), " "));
        }
    }
    let searched: Vec<String> = distances.searched.iter().copied().map(tell).collect();
    text.push('\n');
    text.push_str(&wrapped("searched   ", searched.iter().map(String::as_str), "; "));
    if let Some(spent) = distances.cut_off {
        text.push_str(&format!("cut off    at {}: more may break what is not broken\n", tell(spent)));
    }
    text
}

fn tell(spent: Spent) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!("{} and {}", count(spent.operations, "operation"), count(spent.faults, "fault"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mimic_protocol::Readings;

    fn distances() -> Distances {
        let spent = |operations, faults| Spent { operations, faults };
        let property = |id: &str, broken_by: Option<Spent>, steps: &[&str]| Distance {
            id: id.to_owned(),
            broken_by,
            steps: steps.iter().map(|step| (*step).to_owned()).collect(),
        };
        Distances {
            scope: "--providers 2 --users 2 --clients 3 --ops 2 --faults 1 --alphabet leave,message"
                .to_owned(),
            readings: Readings::default(),
            properties: vec![
                property("INV-04", None, &[]),
                property("INV-06", Some(spent(2, 0)), &["Bob leaves", "The hub accepts what he says"]),
            ],
            searched: vec![spent(1, 0), spent(2, 0), spent(1, 1)],
            cut_off: None,
            unique_states: 43_210,
            wall_ms: 1_250,
        }
    }

    #[test]
    fn each_property_comes_with_the_least_that_breaks_it() {
        insta::assert_snapshot!(text(&distances()));
        assert_eq!(exit(&distances()), Exit::AsDeclared);
    }

    #[test]
    fn a_search_that_was_cut_off_is_inconclusive() {
        let cut = Distances { cut_off: Some(Spent { operations: 2, faults: 1 }), ..distances() };
        assert_eq!(exit(&cut), Exit::Inconclusive);
        let says = "cut off    at 2 operations and 1 fault: more may break what is not broken\n";
        assert!(text(&cut).ends_with(says), "{}", text(&cut));
    }
}
