//! One switch set to one value, as people write it.

use super::Readings;
use std::fmt;
use std::str::FromStr;

/// One switch set to one value, written `key=value`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reading {
    key: String,
    value: String,
}

impl Reading {
    /// Sets it.
    pub fn apply(&self, readings: &mut Readings) {
        // That it can be set was found out when it was read.
        let _ = readings.set(&self.key, &self.value);
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.key, self.value)
    }
}

impl FromStr for Reading {
    type Err = ReadingError;

    fn from_str(text: &str) -> Result<Self, ReadingError> {
        let Some((key, value)) = text.split_once('=') else {
            return Err(ReadingError {
                what: format!("\"{text}\" is no reading: write KEY=VALUE"),
                known: Readings::SWITCHES.iter().map(|switch| switch.key).collect(),
            });
        };
        Readings::default().set(key, value)?;
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

/// A name that no preset, switch or value has.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{what}; there is: {}", known.join(", "))]
pub struct ReadingError {
    pub(super) what: String,
    pub(super) known: Vec<&'static str>,
}

impl ReadingError {
    pub(super) fn unknown_key(key: &str) -> Self {
        let known = Readings::SWITCHES.iter().map(|switch| switch.key).collect();
        Self { what: format!("there is no reading \"{key}\""), known }
    }

    pub(super) fn unknown_value(key: &str, value: &str) -> Self {
        let switch = Readings::SWITCHES.iter().find(|switch| switch.key == key);
        let known = switch.map(|switch| switch.values.iter().map(|(name, _)| *name).collect());
        let what = format!("{key} cannot be read as \"{value}\"");
        Self { what, known: known.unwrap_or_default() }
    }
}
