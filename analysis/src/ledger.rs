//! The metadata ledger of a run: what each provider has learnt of each user, by the lessons that its own steps tell of.

use crate::names;
use mimic_protocol::ledger::{Knowledge, Lesson, Way};
use mimic_protocol::node::Fact;
use mimic_protocol::{Directory, NodeId, ProviderId, RoomId, UserId};
use mimic_record::Step;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

/// What all providers have learnt, by user and then by provider, in the order of the world's directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger(pub Vec<LedgerEntry>);

/// What one provider has learnt of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The user.
    pub user: String,
    /// The provider.
    pub provider: String,
    /// Whether the user is one of its own.
    pub is_own: bool,
    /// What, in the order of the kinds.
    pub learnt: Vec<LedgerLine>,
}

/// One kind of knowledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// Which.
    pub what: Knowledge,
    /// In which rooms, where that was said.
    pub rooms: Vec<String>,
    /// By what.
    pub by: Vec<Way>,
    /// In how many steps it was learnt; a step in which it came in two ways counts twice.
    pub times: u64,
    /// In which step first.
    pub first_step: u64,
}

/// The lessons of one kind.
struct Noted {
    rooms: BTreeSet<RoomId>,
    by: BTreeSet<Way>,
    times: u64,
    first_step: u64,
}

impl Noted {
    fn line(&self, directory: &Directory, what: Knowledge) -> LedgerLine {
        let rooms = self.rooms.iter().map(|room| names::room(directory, *room)).collect();
        let by = self.by.iter().copied().collect();
        LedgerLine { what, rooms, by, times: self.times, first_step: self.first_step }
    }
}

impl Ledger {
    /// The ledger of these steps.
    pub fn of(directory: &Directory, steps: &[Step]) -> Self {
        let mut all: BTreeMap<(UserId, ProviderId), BTreeMap<Knowledge, Noted>> = BTreeMap::new();
        for step in steps {
            let NodeId::Provider(provider) = step.node else { continue };
            for fact in &step.facts {
                let Fact::Learnt(Lesson { about, what, room, by }) = fact else { continue };
                let first =
                    || Noted { rooms: BTreeSet::new(), by: BTreeSet::new(), times: 0, first_step: step.n };
                let noted = all.entry((*about, provider)).or_default().entry(*what).or_insert_with(first);
                noted.rooms.extend(room);
                noted.by.insert(*by);
                noted.times += 1;
            }
        }
        let entries = all.into_iter().map(|((user, provider), noted)| LedgerEntry {
            user: names::user(directory, user),
            provider: names::node(directory, provider.into()),
            is_own: directory.provider_of(user) == provider,
            learnt: noted.iter().map(|(what, noted)| noted.line(directory, *what)).collect(),
        });
        Self(entries.collect())
    }

    /// The letters of what a provider has learnt of a user; a dot if that is nothing.
    fn letters(&self, user: &str, provider: &str) -> String {
        let entry = self.0.iter().find(|entry| entry.user == user && entry.provider == provider);
        let Some(LedgerEntry { is_own, learnt, .. }) = entry else { return ".".to_owned() };
        let known = |what: &Knowledge| learnt.iter().any(|line| line.what == *what);
        let letters = Knowledge::ALL.iter().filter(|(what, ..)| known(what)).map(|(_, letter, _)| *letter);
        let letters: String = letters.collect();
        if *is_own { format!("({letters})") } else { letters }
    }
}

/// A row for each user, a column for each provider, and what the letters mean. What a provider has learnt of its own users
/// stands in brackets.
impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return writeln!(f, "  nothing");
        }
        let used =
            |what: &Knowledge| self.0.iter().any(|entry| entry.learnt.iter().any(|line| line.what == *what));
        let legend = Knowledge::ALL.iter().filter(|(what, ..)| used(what));
        let legend: Vec<String> = legend.map(|(_, letter, words)| format!("{letter} {words}")).collect();
        for part in legend.chunks(6) {
            writeln!(f, "  {}", part.join(" · "))?;
        }
        let mut users: Vec<&str> = self.0.iter().map(|entry| &entry.user[..]).collect();
        users.dedup();
        let providers: BTreeSet<&str> = self.0.iter().map(|entry| &entry.provider[..]).collect();
        let header = std::iter::once(String::new()).chain(providers.iter().map(|name| (*name).to_owned()));
        let mut rows: Vec<Vec<String>> = vec![header.collect()];
        rows.extend(users.iter().map(|user| {
            let cells = providers.iter().map(|provider| self.letters(user, provider));
            std::iter::once((*user).to_owned()).chain(cells).collect()
        }));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..=providers.len()).map(width).collect();
        for row in &rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                write!(line, "  {cell:<width$}")?;
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
