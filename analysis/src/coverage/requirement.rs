//! The requirements of the drafts, one line each.

use super::CoverageError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

const FILE: &str = "requirements.toml";
const TEXT: &str = include_str!("../../../spec/requirements.toml");

/// What kind of requirement it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Tag {
    /// Safety.
    S,
    /// Liveness.
    L,
    /// Encoding.
    E,
    /// Privacy.
    P,
    /// A fact that shapes the model.
    M,
}

/// One requirement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requirement {
    /// Its name: `PROTO-31`.
    pub id: String,
    /// Where it stands.
    pub section: String,
    /// Its kinds.
    pub tags: Vec<Tag>,
    /// What must hold.
    pub says: String,
}

/// The requirements of one document.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Draft {
    /// The document.
    pub name: String,
    /// Its requirements, in its order.
    pub requirements: Vec<Requirement>,
}

/// All of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Catalogue {
    /// By document.
    pub drafts: Vec<Draft>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    draft: Vec<DraftLines>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DraftLines {
    name: String,
    requirements: Vec<(String, String, String, String)>,
}

impl Catalogue {
    /// What stands in `spec/requirements.toml`.
    pub fn current() -> Result<Self, CoverageError> {
        Self::parse(TEXT)
    }

    /// Reads the file.
    pub fn parse(text: &str) -> Result<Self, CoverageError> {
        let file: File =
            toml::from_str(text).map_err(|cause| CoverageError::Malformed { file: FILE, cause })?;
        let drafts: Result<Vec<Draft>, CoverageError> = file.draft.into_iter().map(draft).collect();
        let catalogue = Self { drafts: drafts? };
        let mut ids = BTreeSet::new();
        let twice =
            catalogue.all().map(|requirement| requirement.id.clone()).find(|id| !ids.insert(id.clone()));
        match twice {
            Some(id) => Err(CoverageError::Twice { id }),
            None => Ok(catalogue),
        }
    }

    /// Every requirement, document by document.
    pub fn all(&self) -> impl Iterator<Item = &Requirement> {
        self.drafts.iter().flat_map(|draft| &draft.requirements)
    }
}

fn draft(lines: DraftLines) -> Result<Draft, CoverageError> {
    let requirement = |(id, section, tags, says): (String, String, String, String)| {
        let tags = tags.split_whitespace().map(|tag| {
            let unknown = || CoverageError::UnknownTag { id: id.clone(), tag: tag.to_owned() };
            self::tag(tag).ok_or_else(unknown)
        });
        let tags = tags.collect::<Result<Vec<Tag>, CoverageError>>()?;
        Ok(Requirement { id, section, tags, says })
    };
    let requirements = lines.requirements.into_iter().map(requirement).collect::<Result<_, _>>()?;
    Ok(Draft { name: lines.name, requirements })
}

fn tag(letter: &str) -> Option<Tag> {
    [("S", Tag::S), ("L", Tag::L), ("E", Tag::E), ("P", Tag::P), ("M", Tag::M)]
        .into_iter()
        .find_map(|(known, tag)| (known == letter).then_some(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_complete_and_each_line_says_something() {
        let catalogue = Catalogue::current().unwrap();
        assert_eq!(catalogue.all().count(), 238);
        for Requirement { id, section, tags, says } in catalogue.all() {
            assert!(!section.is_empty() && !tags.is_empty() && says.ends_with('.'), "{id}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        let parse =
            |line: &str| Catalogue::parse(&format!("[[draft]]\nname = \"d\"\nrequirements = [{line}]"));
        let twice = parse(r#"["A-01", "§1", "S", "One."], ["A-01", "§2", "S", "Two."]"#);
        assert_eq!(twice, Err(CoverageError::Twice { id: "A-01".to_owned() }));
        let tagged = parse(r#"["A-01", "§1", "S X", "One."]"#);
        assert_eq!(tagged, Err(CoverageError::UnknownTag { id: "A-01".to_owned(), tag: "X".to_owned() }));
        assert!(matches!(parse(r#"["A-01", "§1", "S"]"#), Err(CoverageError::Malformed { .. })));
    }
}
