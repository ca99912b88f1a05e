//! The table: what is said of each requirement, and the state that follows.

use super::{Catalogue, Check, CoverageError, Entry, Registry, Requirement, Sight, Sightings, Tag};
use serde::Serialize;
use std::collections::BTreeMap;

/// How far a requirement is covered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Something would notice if it were broken, and was seen to notice a planted bug that breaks it.
    Checked,
    /// What it demands happens, in a scenario or in a test.
    Exercised,
    /// It is not for this testbed.
    OutOfScope,
    /// Neither.
    Missing,
}

impl State {
    /// All of them.
    pub const ALL: [State; 4] = [State::Checked, State::Exercised, State::OutOfScope, State::Missing];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            State::Checked => "checked",
            State::Exercised => "exercised",
            State::OutOfScope => "out of scope",
            State::Missing => "missing",
        }
    }
}

/// How often something was seen in one scenario.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Seen {
    /// What.
    pub sight: Sight,
    /// Where.
    pub scenario: String,
    /// How often, over all of its seeds.
    pub count: u64,
}

/// One requirement and what is said of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Row {
    /// Its name.
    pub id: String,
    /// The document.
    pub draft: String,
    /// Where in it.
    pub section: String,
    /// Its kinds.
    pub tags: Vec<Tag>,
    /// What must hold.
    pub says: String,
    /// How far it is covered.
    pub state: State,
    /// By whom it is checked, with which planted bug.
    pub checked: Vec<Check>,
    /// The tests in which it happens.
    pub tests: Vec<String>,
    /// Where it was seen.
    pub seen: Vec<Seen>,
    /// Why it is out of scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub out_of_scope: Option<String>,
    /// What of it is not covered, although the state says that it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<String>,
}

/// How many requirements of a group are in which state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Tally {
    /// Of `State::Checked`.
    pub checked: usize,
    /// Of `State::Exercised`.
    pub exercised: usize,
    /// Of `State::OutOfScope`.
    pub out_of_scope: usize,
    /// Of `State::Missing`.
    pub missing: usize,
}

impl Tally {
    fn of<'r>(rows: impl Iterator<Item = &'r Row>) -> Self {
        let mut tally = Self::default();
        rows.for_each(|row| *tally.at(row.state) += 1);
        tally
    }

    /// How many there are.
    pub fn all(&self) -> usize {
        self.checked + self.exercised + self.out_of_scope + self.missing
    }

    fn at(&mut self, state: State) -> &mut usize {
        match state {
            State::Checked => &mut self.checked,
            State::Exercised => &mut self.exercised,
            State::OutOfScope => &mut self.out_of_scope,
            State::Missing => &mut self.missing,
        }
    }
}

/// What the project holds itself to: of the requirements that something can violate in the architecture, the room policy and
/// the protocol's §5.3, §5.6 and §7.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Bar {
    /// Those tagged S, L, E or P, by state.
    pub binding: Tally,
    /// All of them, by state.
    pub all: Tally,
}

impl Bar {
    /// How many of the binding ones are checked, in percent and rounded down.
    pub fn percent(&self) -> usize {
        (100 * self.binding.checked).checked_div(self.binding.all()).unwrap_or(0)
    }
}

/// The whole table.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Coverage {
    /// A row for each requirement, in the order of the catalogue.
    pub rows: Vec<Row>,
    /// How many seeds of each scenario were run.
    pub seeds: u64,
}

impl Coverage {
    /// Puts the three files together.
    pub fn new(
        catalogue: &Catalogue,
        registry: &Registry,
        sightings: &Sightings,
    ) -> Result<Self, CoverageError> {
        let unknown = |id: &&String| catalogue.all().all(|requirement| requirement.id != **id);
        if let Some(id) = registry.entries.keys().find(unknown) {
            return Err(CoverageError::UnknownRequirement { id: id.clone() });
        }
        let none = Entry::default();
        let rows = catalogue.drafts.iter().flat_map(|draft| {
            let entry = |requirement: &Requirement| registry.entries.get(&requirement.id).unwrap_or(&none);
            draft.requirements.iter().map(move |r| row(&draft.name, r, entry(r), sightings))
        });
        Ok(Self { rows: rows.collect(), seeds: sightings.seeds })
    }

    /// The rows of one state, in order.
    pub fn in_state(&self, state: State) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.state == state)
    }

    /// How many are in which state, all together.
    pub fn total(&self) -> Tally {
        Tally::of(self.rows.iter())
    }

    /// The same by document, in the order of the catalogue.
    pub fn by_draft(&self) -> Vec<(&str, Tally)> {
        let mut drafts: Vec<(&str, Tally)> = Vec::new();
        for row in &self.rows {
            if drafts.last().is_none_or(|(draft, _)| *draft != row.draft) {
                drafts.push((&row.draft, Tally::default()));
            }
            if let Some((_, tally)) = drafts.last_mut() {
                *tally.at(row.state) += 1;
            }
        }
        drafts
    }

    /// What the project holds itself to.
    pub fn bar(&self) -> Bar {
        let all = || self.rows.iter().filter(|row| row.is_in_bar());
        let binds = |row: &&Row| row.tags.iter().any(|tag| *tag != Tag::M);
        Bar { binding: Tally::of(all().filter(binds)), all: Tally::of(all()) }
    }
}

impl Row {
    fn is_in_bar(&self) -> bool {
        match self.id.split_once('-').map_or("", |(family, _)| family) {
            "ARCH" | "POL" => true,
            "PROTO" => {
                let chapter = |of: &str| self.section == of || self.section.starts_with(&format!("{of}."));
                ["§5.3", "§5.6", "§7"].into_iter().any(chapter)
            }
            _ => false,
        }
    }

    /// How often it was seen in each scenario, all its sights together, the most first.
    pub fn seen_in(&self) -> Vec<(&str, u64)> {
        let mut scenarios: BTreeMap<&str, u64> = BTreeMap::new();
        for seen in &self.seen {
            *scenarios.entry(&seen.scenario).or_default() += seen.count;
        }
        let mut scenarios: Vec<(&str, u64)> = scenarios.into_iter().collect();
        scenarios.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
        scenarios
    }
}

fn row(draft: &str, requirement: &Requirement, entry: &Entry, sightings: &Sightings) -> Row {
    let seen = entry.seen.iter().flat_map(|sight| {
        let of = sightings.of(*sight).into_iter();
        of.map(|(scenario, count)| Seen { sight: *sight, scenario: scenario.to_owned(), count })
    });
    let seen: Vec<Seen> = seen.collect();
    let state = if !entry.checked.is_empty() {
        State::Checked
    } else if !entry.tests.is_empty() || !seen.is_empty() {
        State::Exercised
    } else if entry.out_of_scope.is_some() {
        State::OutOfScope
    } else {
        State::Missing
    };
    Row {
        id: requirement.id.clone(),
        draft: draft.to_owned(),
        section: requirement.section.clone(),
        tags: requirement.tags.clone(),
        says: requirement.says.clone(),
        state,
        checked: entry.checked.clone(),
        tests: entry.tests.clone(),
        seen,
        out_of_scope: entry.out_of_scope.clone(),
        open: entry.open.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Counts;
    use super::*;

    const REQUIREMENTS: &str = r#"
        [[draft]]
        name = "arch"
        requirements = [["ARCH-01", "§2", "S", "One."], ["ARCH-02", "§3", "M", "Two."]]
        [[draft]]
        name = "protocol"
        requirements = [
            ["PROTO-01", "§5.3", "S", "Three."],
            ["PROTO-02", "§7.1", "S L", "Four."],
            ["PROTO-03", "§5.30", "S", "Five."],
        ]
    "#;
    const ENTRIES: &str = r#"
        [ARCH-01]
        checked = [{ by = "INV-06", mutant = "blocked-may-send" }]
        [ARCH-02]
        out-of-scope = "for a reason"
        [PROTO-01]
        seen = ["room-opened"]
        [PROTO-02]
        seen = ["user-banned"]
    "#;

    fn coverage() -> Coverage {
        let scenarios =
            [("story".to_owned(), Counts::from([(Sight::RoomOpened, 2), (Sight::UserBanned, 0)]))];
        let sightings = Sightings { seeds: 1, scenarios: scenarios.into() };
        let (catalogue, registry) = (Catalogue::parse(REQUIREMENTS), Registry::parse(ENTRIES));
        Coverage::new(&catalogue.unwrap(), &registry.unwrap(), &sightings).unwrap()
    }

    #[test]
    fn states_follow_from_what_is_said_and_what_was_seen() {
        use State::*;
        let states: Vec<State> = coverage().rows.iter().map(|row| row.state).collect();
        // What was never seen is missing, whatever the registry says.
        assert_eq!(states, [Checked, OutOfScope, Exercised, Missing, Missing]);
    }

    #[test]
    fn the_bar_is_of_the_binding_requirements_of_three_documents() {
        let coverage = coverage();
        let bar = coverage.bar();
        assert_eq!(bar.binding, Tally { checked: 1, exercised: 1, out_of_scope: 0, missing: 1 });
        assert_eq!((bar.all.all(), bar.percent()), (4, 33));
        let [(arch, _), (protocol, tally)] = coverage.by_draft()[..] else { panic!("two documents") };
        assert_eq!((arch, protocol, tally.all()), ("arch", "protocol", 3));
    }

    #[test]
    fn what_is_said_is_said_of_a_requirement() {
        let (catalogue, registry) =
            (Catalogue::parse(REQUIREMENTS), Registry::parse("[A-1]\nseen = [\"notified\"]"));
        let result = Coverage::new(&catalogue.unwrap(), &registry.unwrap(), &Sightings::default());
        assert_eq!(result, Err(CoverageError::UnknownRequirement { id: "A-1".to_owned() }));
    }
}
