//! A logarithmic axis of durations, from a millisecond on.

use super::PlotError;
use super::layout::Extent;
use super::sheet::{Sheet, at_left, font};
use super::style::{GRID, INK, MUTED};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Whole decades between two pixel columns; the first one is a millisecond.
pub(super) struct LogAxis {
    left: i32,
    right: i32,
    decades: u32,
}

impl LogAxis {
    /// An axis that reaches `longest_ms` at least.
    pub(super) fn new(left: i32, right: i32, longest_ms: u64) -> Self {
        let decades = (1..).find(|decades| 10u64.pow(*decades) >= longest_ms).unwrap_or(1);
        Self { left, right, decades: decades.max(3) }
    }

    /// The pixel column of a duration; what is shorter than a millisecond is at the left end.
    pub(super) fn x(&self, ms: u64) -> i32 {
        let share = (ms.max(1) as f64).log10() / f64::from(self.decades);
        (self.left + (share * f64::from(self.right - self.left)).round() as i32).min(self.right)
    }

    /// The grid through `extent`, with the labels and the axis' own name below it.
    pub(super) fn draw(&self, sheet: &Sheet<'_>, extent: Extent, name: &str) -> Result<(), PlotError> {
        for decade in 0..=self.decades {
            let (ms, x) = (10u64.pow(decade), self.x(10u64.pow(decade)));
            sheet.path(vec![(x, extent.top), (x, extent.bottom)], GRID.stroke_width(1))?;
            sheet.path(vec![(x, extent.bottom), (x, extent.bottom + 4)], MUTED.stroke_width(1))?;
            sheet.text(&duration(ms), (x, extent.bottom + 13), centred(font(11)))?;
            for minor in (2..10).filter(|_| decade < self.decades) {
                let x = self.x(ms * minor);
                sheet.path(vec![(x, extent.bottom), (x, extent.bottom + 2)], MUTED.stroke_width(1))?;
            }
        }
        sheet.path(vec![(self.left, extent.bottom), (self.right, extent.bottom)], MUTED.stroke_width(1))?;
        let middle = i32::midpoint(self.left, self.right);
        sheet.text(name, (middle, extent.bottom + 31), centred(font(12).color(&INK)))
    }
}

/// Anchored at its middle.
pub(super) fn centred(style: TextStyle<'_>) -> TextStyle<'_> {
    at_left(style).pos(Pos::new(HPos::Center, VPos::Center))
}

/// `250 ms`, `1.3 s`
pub(super) fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        _ if ms.is_multiple_of(1_000) => format!("{} s", ms / 1_000),
        _ => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_equally_wide_and_the_ends_hold() {
        let axis = LogAxis::new(100, 500, 9_000);
        let columns = [0, 1, 10, 100, 1_000, 10_000, 99_000].map(|ms| axis.x(ms));
        assert_eq!(columns, [100, 100, 200, 300, 400, 500, 500]);
        assert_eq!(LogAxis::new(0, 30, 5).x(1_000), 30, "three decades at least");
        assert_eq!([7, 1_000, 12_345].map(duration), ["7 ms", "1 s", "12.3 s"]);
    }
}
