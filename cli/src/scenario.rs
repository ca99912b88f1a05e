//! `mimic scenario`: lists, checks and begins scenario files.

use crate::args::{ListArgs, NewArgs, ScenarioCommand, ValidateArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::json;
use crate::run::read_scenario;
use crate::say::say;
use crate::scenario_text;
use mimic_sim::scenario::{Expectation, Scenario, schema};
use serde::{Deserialize, Serialize};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The file that `new` begins with.
const STARTER: &str = include_str!("starter.toml");
/// The name in it that is replaced.
const STARTER_NAME: &str = "STARTER";

/// What `list` says of a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioList {
    /// Each scenario, by the names of the files.
    pub scenarios: Vec<ScenarioEntry>,
}

/// What `list` says of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioEntry {
    /// Its file.
    pub file: String,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub about: String,
    /// The requirements that it shows.
    pub requirements: Vec<String>,
    /// The races that it provokes.
    pub races: Vec<String>,
    /// How it is expected to end.
    pub expect: Expectation,
}

/// Runs the command.
pub fn scenario(command: &ScenarioCommand) -> Result<Exit, CliError> {
    match command {
        ScenarioCommand::List(args) => list(args),
        ScenarioCommand::Validate(args) => validate(args),
        ScenarioCommand::Schema => {
            say(format_args!("{}\n", serde_json::to_string_pretty(&schema())?))?;
            Ok(Exit::AsDeclared)
        }
        ScenarioCommand::New(args) => new(args),
    }
}

fn list(args: &ListArgs) -> Result<Exit, CliError> {
    let mut scenarios = Vec::new();
    for path in files(&args.folder)? {
        let Scenario { name, about, requirements, races, expect, .. } = read_scenario(&path)?;
        let file = path.to_string_lossy().into_owned();
        scenarios.push(ScenarioEntry { file, name, about, requirements, races, expect });
    }
    let list = ScenarioList { scenarios };
    if args.json {
        say(format_args!("{}\n", json::object(&list)?))?;
    } else {
        say(scenario_text::list(&list))?;
    }
    Ok(Exit::AsDeclared)
}

fn validate(args: &ValidateArgs) -> Result<Exit, CliError> {
    for path in &args.files {
        let scenario = read_scenario(path)?;
        say(format_args!("{}\n", scenario_text::valid(path, &scenario)))?;
    }
    Ok(Exit::AsDeclared)
}

/// Begins a scenario; a file that is there already stays as it is.
fn new(args: &NewArgs) -> Result<Exit, CliError> {
    let path = args.folder.join(format!("{}.toml", args.name));
    let text = STARTER.replace(STARTER_NAME, &args.name);
    // A name that cannot be one is refused before a file of that name is there.
    Scenario::parse(&path.to_string_lossy(), &text)?;
    let unwritable = |cause| CliError::Unwritable { path: path.clone(), cause };
    let file = OpenOptions::new().write(true).create_new(true).open(&path);
    let mut file = match file {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            return Err(CliError::Exists { path: path.clone() });
        }
        file => file.map_err(unwritable)?,
    };
    file.write_all(text.as_bytes()).map_err(unwritable)?;
    say(format_args!("{}\n", path.display()))?;
    Ok(Exit::AsDeclared)
}

/// The scenario files of a folder, in the order of their names.
fn files(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let unreadable = |cause| CliError::UnreadableFolder { path: folder.to_owned(), cause };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_starter_is_a_scenario_with_a_story() {
        let scenario = Scenario::parse("new.toml", &STARTER.replace(STARTER_NAME, "new")).unwrap();
        assert_eq!(scenario.name, "new");
        assert!(scenario.begins_with_its_story());
    }
}
