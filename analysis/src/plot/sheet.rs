//! A white page to draw on in pixels: strokes, marks and texts, whatever the figure.

use super::PlotError;
use super::layout::Extent;
use super::style::{INK, WHITE};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(super) struct Sheet<'a> {
    pub(super) area: Area<'a>,
}

impl<'a> Sheet<'a> {
    /// An empty page.
    pub(super) fn new(area: Area<'a>) -> Result<Self, PlotError> {
        area.fill(&WHITE).map_err(backend)?;
        Ok(Self { area })
    }

    pub(super) fn rect(&self, from: (i32, i32), to: (i32, i32), style: ShapeStyle) -> Result<(), PlotError> {
        self.area.draw(&Rectangle::new([from, to], style)).map_err(backend)
    }

    pub(super) fn path(&self, points: Vec<(i32, i32)>, style: ShapeStyle) -> Result<(), PlotError> {
        self.area.draw(&PathElement::new(points, style)).map_err(backend)
    }

    pub(super) fn dashed(&self, x: i32, extent: Extent, style: ShapeStyle) -> Result<(), PlotError> {
        let mut top = extent.top;
        while top < extent.bottom {
            self.path(vec![(x, top), (x, (top + 5).min(extent.bottom))], style)?;
            top += 9;
        }
        Ok(())
    }

    /// Short strokes along lines that are level or upright.
    pub(super) fn dotted(&self, points: &[(i32, i32)], style: ShapeStyle) -> Result<(), PlotError> {
        for ends in points.windows(2) {
            let ((x, y), (to_x, to_y)) = (ends[0], ends[1]);
            let (length, dx, dy) =
                ((to_x - x).abs() + (to_y - y).abs(), (to_x - x).signum(), (to_y - y).signum());
            for from in (0..length).step_by(7) {
                let to = (from + 3).min(length);
                self.path(vec![(x + dx * from, y + dy * from), (x + dx * to, y + dy * to)], style)?;
            }
        }
        Ok(())
    }

    pub(super) fn disc(&self, at: (i32, i32), radius: i32, style: ShapeStyle) -> Result<(), PlotError> {
        self.area.draw(&Circle::new(at, radius, style)).map_err(backend)
    }

    /// A cross with a white rim, so that it is seen on any line.
    pub(super) fn cross(&self, (x, y): (i32, i32)) -> Result<(), PlotError> {
        for style in [ShapeStyle::from(WHITE).stroke_width(5), ShapeStyle::from(INK).stroke_width(2)] {
            self.path(vec![(x - 5, y - 5), (x + 5, y + 5)], style)?;
            self.path(vec![(x - 5, y + 5), (x + 5, y - 5)], style)?;
        }
        Ok(())
    }

    /// Diagonal strokes through a rectangle.
    pub(super) fn hatch(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> Result<(), PlotError> {
        let height = to.1 - from.1;
        let mut start = from.0 - from.0.rem_euclid(HATCH_PX) - height - HATCH_PX;
        while start < to.0 {
            let (low, high) = (start.max(from.0), (start + height).min(to.0));
            if low < high {
                let ends = vec![(low, to.1 - (low - start)), (high, to.1 - (high - start))];
                self.path(ends, colour.stroke_width(1))?;
            }
            start += HATCH_PX;
        }
        Ok(())
    }

    pub(super) fn text(&self, text: &str, at: (i32, i32), style: TextStyle<'_>) -> Result<(), PlotError> {
        self.area.draw(&Text::new(text, at, style)).map_err(backend)
    }

    pub(super) fn present(&self) -> Result<(), PlotError> {
        self.area.present().map_err(backend)
    }
}

const HATCH_PX: i32 = 5;

/// Any failure of the backend; it writes into a string, so that none is expected.
pub(super) fn backend(error: impl std::fmt::Display) -> PlotError {
    PlotError::Backend { reason: error.to_string() }
}

/// A plain sans serif of the given size. The backend divides sizes by 1.24, so this multiplies first.
pub(super) fn font(size_px: i32) -> TextStyle<'static> {
    ("sans-serif", f64::from(size_px) * 1.24).into_font().color(&INK)
}

/// The same in bold.
pub(super) fn bold(size_px: i32) -> TextStyle<'static> {
    ("sans-serif", f64::from(size_px) * 1.24, FontStyle::Bold).into_font().color(&INK)
}

/// Anchored at the middle of its left edge.
pub(super) fn at_left(style: TextStyle<'_>) -> TextStyle<'_> {
    style.pos(Pos::new(HPos::Left, VPos::Center))
}

/// Anchored at the middle of its right edge.
pub(super) fn at_right(style: TextStyle<'_>) -> TextStyle<'_> {
    style.pos(Pos::new(HPos::Right, VPos::Center))
}

/// Breaks a text into lines of at most so many characters, between words.
pub(super) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
