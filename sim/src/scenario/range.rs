//! Probabilities and closed ranges, as scenario files write them: `0.3` and `[low, high]`.

use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// A probability.
#[derive(Clone, Copy, PartialEq, PartialOrd, Debug, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Chance(f64);

/// A number is no probability.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
#[error("a probability is between 0 and 1, and {0} is not")]
pub struct NotAChance(f64);

impl Chance {
    /// Its value, from 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Chance {
    type Error = NotAChance;

    fn try_from(value: f64) -> Result<Self, NotAChance> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(NotAChance(value)) }
    }
}

impl From<Chance> for f64 {
    fn from(chance: Chance) -> Self {
        chance.0
    }
}

/// All values from `low` to `high`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Vec<T>", into = "[T; 2]")]
#[serde(bound(serialize = "T: Serialize + Clone", deserialize = "T: Deserialize<'de> + PartialOrd + Debug"))]
pub struct Range<T> {
    low: T,
    high: T,
}

/// A list is no range.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotARange {
    /// It has another number of entries. Deserialised as an array of two, a longer list would be cut in silence.
    #[error("a range is written [low, high], with two numbers and not {0}")]
    Length(usize),
    /// Its ends are in the wrong order.
    #[error("a range is written [low, high], and this one's low end is above its high end")]
    Reversed,
}

impl<T: Copy> Range<T> {
    /// The lower end.
    pub fn low(self) -> T {
        self.low
    }

    /// The upper end.
    pub fn high(self) -> T {
        self.high
    }
}

impl<T: PartialOrd> TryFrom<Vec<T>> for Range<T> {
    type Error = NotARange;

    fn try_from(ends: Vec<T>) -> Result<Self, NotARange> {
        match <[T; 2]>::try_from(ends) {
            Ok([low, high]) if low <= high => Ok(Self { low, high }),
            Ok(_) => Err(NotARange::Reversed),
            Err(ends) => Err(NotARange::Length(ends.len())),
        }
    }
}

impl<T> From<Range<T>> for [T; 2] {
    fn from(range: Range<T>) -> Self {
        [range.low, range.high]
    }
}
