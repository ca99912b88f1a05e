//! A closed range that a seed's configuration is drawn from, written `[low, high]` in scenario files.

use crate::keyed::Draw;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

/// All values from `low` to `high`, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "[T; 2]", into = "[T; 2]")]
#[serde(bound(serialize = "T: Serialize + Clone", deserialize = "T: Deserialize<'de> + PartialOrd + Debug"))]
pub struct Span<T> {
    low: T,
    high: T,
}

/// The ends of a span are in the wrong order.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a range is written [low, high], but {low} is above {high}")]
pub struct EmptySpan {
    low: String,
    high: String,
}

impl<T: PartialOrd + Debug> TryFrom<[T; 2]> for Span<T> {
    type Error = EmptySpan;

    fn try_from([low, high]: [T; 2]) -> Result<Self, EmptySpan> {
        if low <= high {
            Ok(Self { low, high })
        } else {
            Err(EmptySpan { low: format!("{low:?}"), high: format!("{high:?}") })
        }
    }
}

impl<T> From<Span<T>> for [T; 2] {
    fn from(span: Span<T>) -> Self {
        [span.low, span.high]
    }
}

impl<T: Copy + PartialOrd> Span<T> {
    /// From `low` to `high`, which may not be below it.
    pub const fn new(low: T, high: T) -> Self {
        Self { low, high }
    }

    /// The lower end.
    pub fn low(self) -> T {
        self.low
    }

    /// The upper end.
    pub fn high(self) -> T {
        self.high
    }
}

impl Span<u64> {
    /// A uniform value.
    pub fn draw(self, draw: &mut Draw) -> u64 {
        draw.range(self.low..self.high.saturating_add(1))
    }
}

impl Span<f64> {
    /// A uniform value.
    pub fn draw(self, draw: &mut Draw) -> f64 {
        self.low + (self.high - self.low) * draw.fraction()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keyed::Randomness;

    #[test]
    fn both_ends_are_drawn_and_nothing_beyond() {
        let mut draw = Randomness::new(1).config("span");
        let drawn: std::collections::BTreeSet<u64> =
            (0..100).map(|_| Span::new(3, 5).draw(&mut draw)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [3, 4, 5]);
    }

    #[test]
    fn a_span_is_a_pair_in_order() {
        let span: Span<f64> = serde_json::from_str("[0.1, 0.3]").unwrap();
        assert_eq!(span, Span::new(0.1, 0.3));
        assert_eq!(serde_json::to_string(&span).unwrap(), "[0.1,0.3]");
        let error = serde_json::from_str::<Span<u64>>("[3, 2]").unwrap_err().to_string();
        assert!(error.contains("[low, high], but 3 is above 2"), "{error}");
    }
}
