//! A story: its lines as they stand in the file, and what came of those that say what must be.

use super::names::Names;
use super::statement::Statement;
use super::step::Step;
use super::words::{Misread, Words};
use mimic_protocol::readings::Reading;
use mimic_protocol::{Readings, RoomId};
use serde::{Serialize, Serializer};

/// What happens in which order, and what must come out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Story {
    /// Whether a seeded part comes first; without one the story begins with a world in which nobody has wanted anything.
    pub after_seeded_part: bool,
    /// What happens.
    pub steps: Vec<Line<Step>>,
    /// What is the case after everything has come to rest.
    pub outcome: Vec<Line<Statement>>,
    /// Which property of a model the steps violate, or what is seen at their end, if they are a path of that model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replays: Option<String>,
}

/// One line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line<T> {
    /// Its number in the scenario file, counted from 1.
    pub number: usize,
    /// How it is written.
    pub text: String,
    /// By what later lines speak of it.
    pub label: Option<String>,
    /// Of which room it speaks.
    pub room: RoomId,
    /// Under which readings it stands; under all, if it does not say.
    pub when: Vec<Reading>,
    /// What it says.
    pub says: T,
}

/// Two files that say the same differ in nothing else.
impl<T> Serialize for Line<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.text.serialize(serializer)
    }
}

/// A line of a story that could not happen, or that is not the case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmet {
    /// Its number in the scenario file.
    pub line: usize,
    /// How it is written.
    pub text: String,
    /// What is the case instead, or what could have happened.
    pub why: String,
}

impl Story {
    /// Whether it says, under these readings, that an invariant is violated.
    pub fn tells_of_violations(&self, readings: &Readings) -> bool {
        let violates = |line: &&Line<Statement>| matches!(line.says, Statement::Violates(_));
        self.outcome.iter().filter(violates).any(|line| line.stands(readings))
    }

    /// What is to be said of the story if the seeded part before it does not come to rest.
    pub fn never_begun(&self) -> Vec<Unmet> {
        let why = "the seeded part did not come to rest, so that the story never began";
        self.steps.first().map(|line| line.unmet(why.to_owned())).into_iter().collect()
    }
}

impl<T> Line<T> {
    /// Whether it stands under these readings.
    pub fn stands(&self, readings: &Readings) -> bool {
        let mut with = *readings;
        self.when.iter().for_each(|reading| reading.apply(&mut with));
        with == *readings
    }

    /// That this line did not come true.
    pub fn unmet(&self, why: String) -> Unmet {
        Unmet { line: self.number, text: self.text.clone(), why }
    }
}

impl Line<Step> {
    /// Reads a step. A want can have a label: a word with a colon before it.
    pub fn read(
        (number, text): (usize, &str),
        names: &Names<'_>,
        labels: &mut Vec<String>,
    ) -> Result<Self, Misread> {
        let mut words = Words::of(text);
        let names = &names.where_spoken(&mut words);
        let when = read_when(&mut words)?;
        let before = words.clone();
        let label = words.peek().and_then(|word| word.strip_suffix(':')).map(str::to_owned);
        if let Some(label) = &label {
            words.take("a label")?;
            if labels.contains(label) || names.find_node(label).is_some() || names.find_user(label).is_some()
            {
                return Err(before.misread("a label that is no other name", &[]));
            }
        }
        let says = Step::read(&mut words, names, labels)?;
        words.finish()?;
        if let Some(label) = &label {
            if !matches!(says, Step::Want(..)) {
                return Err(before.misread("a step without a label: only what a user wants has one", &[]));
            }
            labels.push(label.clone());
        }
        Ok(Self { number, text: text.to_owned(), label, room: names.room(), when, says })
    }
}

impl Line<Statement> {
    /// Reads a statement.
    pub fn read_statement(
        (number, text): (usize, &str),
        names: &Names<'_>,
        labels: &[String],
    ) -> Result<Self, Misread> {
        let mut words = Words::of(text);
        let names = &names.where_spoken(&mut words);
        let when = read_when(&mut words)?;
        let says = Statement::read(&mut words, names, labels)?;
        words.finish()?;
        Ok(Self { number, text: text.to_owned(), label: None, room: names.room(), when, says })
    }
}

/// `when KEY=VALUE:`, or several of them: `when KEY=VALUE, KEY=VALUE:`
fn read_when(words: &mut Words<'_>) -> Result<Vec<Reading>, Misread> {
    let mut readings = Vec::new();
    if !words.accept("when") {
        return Ok(readings);
    }
    let known: Vec<&str> = Readings::SWITCHES.iter().map(|switch| switch.key).collect();
    loop {
        let is_last = words.peek().is_none_or(|word| word.ends_with(':'));
        let reading = |word: &str| word.strip_suffix(':').unwrap_or(word).parse().ok();
        let expected = "a reading with a colon, such as `effective-at=commit:`";
        readings.push(words.take_as(expected, &known, reading)?);
        if is_last {
            return Ok(readings);
        }
        words.expect(",")?;
    }
}
