//! What is wrong with a scenario file, where, and what to do about it.

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;

/// A problem with its place: printed by miette with file, line, caret and hint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.problem)]
pub struct ScenarioError(Box<Place>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    problem: Problem,
    source: NamedSource<Arc<str>>,
    span: SourceSpan,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is no TOML.
    #[error("this is not TOML: {message}")]
    Syntax {
        /// What the parser says.
        message: String,
    },
    /// A key that nothing reads.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that are known there.
        known: Vec<String>,
    },
    /// A value that is none of the possible ones.
    #[error("unknown value `{value}`")]
    UnknownValue {
        /// The value.
        value: String,
        /// The possible values.
        known: Vec<String>,
    },
    /// A value of another type than the key has.
    #[error("wrong type: found {found}, expected {expected}")]
    WrongType {
        /// What is there.
        found: String,
        /// What should be there.
        expected: String,
    },
    /// A value of the right type that makes no sense.
    #[error("{message}")]
    BadValue {
        /// What is wrong with it.
        message: String,
    },
    /// A key that has no default is not there.
    #[error("the key `{key}` is missing")]
    MissingKey {
        /// The key.
        key: String,
    },
    /// Two things of one name.
    #[error("there is already a {what} `{name}`")]
    Duplicate {
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A name that cannot stand in a MIMI URI.
    #[error("`{name}` cannot be the name of a {what}")]
    BadName {
        /// What.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A provider that is not declared.
    #[error("unknown provider `{name}`")]
    UnknownProvider {
        /// The name.
        name: String,
        /// The declared ones.
        known: Vec<String>,
    },
    /// A user that is not declared.
    #[error("unknown user `{name}`")]
    UnknownUser {
        /// The name.
        name: String,
        /// The declared ones.
        known: Vec<String>,
    },
    /// Times that contradict each other or themselves.
    #[error("impossible time: {reason}")]
    ImpossibleTime {
        /// Why.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// Settings that are each fine and do not go together.
    #[error("{reason}")]
    Contradiction {
        /// Why.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// A line of a story that makes no sense.
    #[error("{}", unreadable(found.as_deref(), expected))]
    Unreadable {
        /// The word that is there; none at the end of the line.
        found: Option<String>,
        /// What should be there.
        expected: &'static str,
        /// What it could be, where that can be listed.
        known: Vec<String>,
    },
    /// No entry of the catalogue has such a name.
    #[error("`{name}` cannot be the name of a {what}")]
    BadCitation {
        /// What.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// More of something than ids can number.
    #[error("too many {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
    },
}

impl ScenarioError {
    pub(super) fn new(problem: Problem, file_name: &str, text: &str, span: Range<usize>) -> Self {
        let source = NamedSource::new(file_name, Arc::from(text));
        Self(Box::new(Place { problem, source, span: span.into() }))
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// The octets of the file that the problem is about.
    pub fn span(&self) -> Range<usize> {
        self.0.span.offset()..self.0.span.offset() + self.0.span.len()
    }
}

impl Diagnostic for ScenarioError {
    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.0.problem.help()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let label = LabeledSpan::new_with_span(Some(self.0.problem.label().to_owned()), self.0.span);
        Some(Box::new(std::iter::once(label)))
    }
}

impl Problem {
    fn label(&self) -> &'static str {
        match self {
            Problem::Syntax { .. } => "here",
            Problem::UnknownKey { .. } => "nothing reads this key",
            Problem::UnknownValue { .. } => "this is none of the possible values",
            Problem::WrongType { .. } => "this has the wrong type",
            Problem::BadValue { .. } => "this value",
            Problem::MissingKey { .. } => "missing in here",
            Problem::Duplicate { .. } => "this name is taken",
            Problem::BadName { .. } => "this name",
            Problem::UnknownProvider { .. } | Problem::UnknownUser { .. } => "this one is not declared",
            Problem::ImpossibleTime { .. } => "this time",
            Problem::Contradiction { .. } => "this",
            Problem::TooMany { .. } => "this one is too many",
            Problem::Unreadable { found: Some(_), .. } => "this word",
            Problem::Unreadable { found: None, .. } => "here",
            Problem::BadCitation { .. } => "this name",
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Problem::Syntax { .. } => "scenario files are TOML, see https://toml.io".to_owned(),
            Problem::UnknownKey { key, known } => suggest(key, known, "the keys here are"),
            Problem::UnknownValue { value, known } => suggest(value, known, "the possible values are"),
            Problem::WrongType { found, expected } => type_help(found, expected),
            Problem::BadValue { .. } => {
                "probabilities are from 0 to 1, ranges are written [low, high], and times and counts are whole \
                 numbers that are not negative"
                    .to_owned()
            }
            Problem::MissingKey { .. } => "it has no default; scenarios/clubhouse.toml shows every key".to_owned(),
            Problem::Duplicate { what, .. } => format!("give each {what} a name of its own"),
            Problem::BadName { .. } => {
                "names become parts of MIMI URIs: letters, digits, dots, hyphens and underscores (a domain has no \
                 underscores)"
                    .to_owned()
            }
            Problem::UnknownProvider { name, known } => suggest(name, known, "the declared providers are"),
            Problem::UnknownUser { name, known } => suggest(name, known, "the declared users are"),
            Problem::ImpossibleTime { help, .. } | Problem::Contradiction { help, .. } => (*help).to_owned(),
            Problem::TooMany { .. } => "a world has at most 10,000 of each".to_owned(),
            Problem::Unreadable { known, .. } if known.is_empty() => {
                "docs/scenarios.md has the whole language of stories".to_owned()
            }
            Problem::Unreadable { found, known, .. } => {
                suggest(found.as_deref().unwrap_or_default(), known, "here can be")
            }
            Problem::BadCitation { .. } => "such as PROTO-31, INV-06 or RACE-37b".to_owned(),
        }
    }
}

fn unreadable(found: Option<&str>, expected: &str) -> String {
    match found {
        Some(found) => format!("found `{found}`, expected {expected}"),
        None => format!("the line ends, expected {expected}"),
    }
}

/// Names the nearest of the known names if one is near, and all of them in any case.
fn suggest(name: &str, known: &[String], list: &str) -> String {
    let list = match known {
        [] => return "there is none to choose from".to_owned(),
        [only] => return format!("the only one here is `{only}`"),
        many => format!("{list} {}", quoted(many)),
    };
    let nearest = known.iter().map(|other| (strsim::jaro_winkler(name, other), other));
    let nearest = nearest.filter(|(likeness, _)| *likeness > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, other)) => format!("did you mean `{other}`? {list}"),
        None => list,
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn type_help(found: &str, expected: &str) -> String {
    let help = match expected {
        _ if found == "a table" => "what is there once is written in single brackets, as in [phases]",
        "a whole number from 0 up" => "write it without quotes, such as 80",
        "a number" => "write a number without quotes, such as 0.3",
        "a string" => "write a text in quotes, such as \"alice\"",
        "a list" => "write a list in brackets, such as [\"ClientA1\"] or [10, 200]",
        _ => "scenarios/clubhouse.toml shows every key",
    };
    help.to_owned()
}
