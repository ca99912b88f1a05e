//! What there is to check: as data, and as a text.

use crate::check_report::wrapped;
use indicatif::HumanCount;
use mimic_models::{ModelInfo, PropertyInfo, ScopeInfo};
use serde::{Deserialize, Serialize};

/// What `mimic check --list` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckList {
    /// Each model.
    pub models: Vec<ModelInfo>,
}

/// The text for people.
pub fn text(list: &CheckList) -> String {
    list.models.iter().map(model).collect::<Vec<_>>().join("\n")
}

fn model(model: &ModelInfo) -> String {
    let mut text = format!("{}: {}\n\nscopes, the default one first\n", model.name, model.about);
    for ScopeInfo { name, about, known } in &model.scopes {
        text.push_str(&wrapped(&format!("  {name:<14}"), about.split(' '), " "));
        if let Some(known) = known {
            text.push_str(&format!(
                "{:16}{} states, {} of them different, depth {}\n",
                "",
                HumanCount(known.states),
                HumanCount(known.unique_states),
                known.depth
            ));
        }
    }
    text.push_str("\nor a scope in numbers: --providers, --users, --clients, --ops, --faults, --byzantine, --alphabet\n");
    let operations = model.operations.iter().map(String::as_str);
    text.push_str(&wrapped("  operations    ", operations, ", "));
    for (name, operations) in model.alphabets.iter().filter(|(_, all)| *all != model.operations) {
        text.push_str(&wrapped(&format!("  {name:<14}"), operations.iter().map(String::as_str), ", "));
    }
    text.push_str("  all           every operation\n\nproperties\n");
    for PropertyInfo { id, says, requirements } in &model.properties {
        text.push_str(&wrapped(&format!("  {id:<21} "), says.split(' '), " "));
        if requirements.iter().any(|requirement| requirement != id) {
            text.push_str(&format!("{:24}for {}\n", "", requirements.join(", ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_says_what_there_is_and_what_is_known_of_it() {
        insta::assert_snapshot!(text(&CheckList { models: mimic_models::list() }));
    }
}
